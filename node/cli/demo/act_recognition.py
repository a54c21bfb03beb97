"""First act: three universities say who they are, award, and recognise what others award; each holds all of it."""

from node.cli.demo import cast, documents
from node.cli.demo.scene import Scene
from node.errors import FatalError, NodeError
from protocol.encoding import canonical


async def play(scene: Scene) -> None:
    """Play it."""
    await _introduce(scene)
    await _award(scene)
    await _publish_rules(scene)
    await _follow(scene)


async def _introduce(scene: Scene) -> None:
    """Each institution says who it is and what it awards."""
    seen = scene.narrator.seen
    scene.narrator.step(
        "Three universities each run a node, with a database and a log of their own. Each has added the other two as "
        "partners: what one signs leaves its node only once both others hold it and have cosigned it."
    )
    for site in scene.stage.sites:
        done = await scene.post(site, "/v1/institutions", site.university.institution(site.public_url))
        by = await scene.cosigners(site, done["log_proof"])
        seen(f"{site.university.name}: {site.public_url}, log {site.university.origin}, leaf {done['leaf']}, {by}")
    scene.policy = await scene.policy_of(scene.tampere)
    scene.narrator.step("Tampere and Dublin publish which learning achievements they award: in clear, for everybody.")
    for site, achievement in ((scene.tampere, cast.marine_robotics()), (scene.dublin, cast.data_ethics())):
        done = await scene.post(site, "/v1/achievements", achievement)
        entry = done["entry"]
        credits = entry["workload"]["credits"]["points"]
        seen(f"{site.university.name}: {entry['title']['en']}, {credits} ECTS, leaf {done['leaf']}")


async def _award(scene: Scene) -> None:
    """Two learners get credentials and receipts."""
    seen, today = scene.narrator.seen, scene.clock.today()
    scene.credential = documents.european_digital_credential(today, cast.AINO)
    scene.badge = documents.open_badge(today)
    scene.narrator.step(
        "Tampere issues Aino a European Digital Credential and logs the award. The log gets three numbers that mean "
        "nothing to anybody without Aino's receipt: no name, no programme, no date."
    )
    done = await scene.issue(scene.tampere, scene.credential, "marine-robotics.json")
    scene.receipt = canonical.encode(done["receipt"])
    seen(f"logged: {done['receipt']['entry']}")
    again = await scene.issue(scene.tampere, scene.credential, "marine-robotics.json")
    seen(f"leaf {done['leaf']}; the same file again gives leaf {again['leaf']}, nothing new is logged")
    seen(f"in the receipt: {await scene.cosigners(scene.tampere, done['receipt']['log_proof'])}")
    scene.narrator.step("Dublin issues Brian an Open Badge in the same way.")
    done = await scene.issue(scene.dublin, scene.badge, "data-ethics.json")
    scene.badge_receipt = canonical.encode(done["receipt"])
    seen(f"leaf {done['leaf']} of {done['receipt']['origin']}")
    scene.narrator.step("Tampere can't award what is Dublin's to award.")
    try:
        await scene.issue(scene.tampere, scene.badge, "data-ethics.json")
    except NodeError as error:
        seen(f"refused: {error}")
    else:
        raise FatalError("Tampere's node awarded Dublin's badge")


async def _publish_rules(scene: Scene) -> None:
    """Twente and Dublin say once how they recognise the achievement."""
    seen = scene.narrator.seen
    scene.narrator.step(
        "Twente and Dublin each publish a rule on Tampere's Marine Robotics: decided once, not case after case."
    )
    rules = ((scene.twente, cast.twente_recognises_robotics()), (scene.dublin, cast.dublin_recognises_robotics()))
    for site, rule in rules:
        done = await scene.post(site, "/v1/rules", rule)
        seen(f"{site.university.name}: {done['entry']['outcome']}, leaf {done['leaf']}")
    scene.narrator.step("A rule that gives less than full recognition must say why, and where to appeal.")
    unfair = {
        name: part for name, part in cast.dublin_recognises_robotics().items() if name not in ("grounds", "appeal")
    }
    try:
        await scene.post(scene.dublin, "/v1/rules", unfair | {"id": "without-grounds"})
    except NodeError as error:
        seen(f"refused: {error}")
    else:
        raise FatalError("Dublin's node took a rule without grounds")


async def _follow(scene: Scene) -> None:
    """Everybody mirrors everybody."""
    scene.narrator.step("Each node follows its partners' logs, and keeps only what it has verified to the signed root.")
    for site in scene.stage.sites:
        sizes = await scene.followed(site)
        told = ", ".join(f"{origin} at {size} entries" for origin, size in sizes.items())
        scene.narrator.seen(f"{site.university.name} has {told}")
