"""Second act: registrars ask, and decide; whoever asks where nobody has said anything is told just that."""

from node.cli.demo import cast
from node.cli.demo.scene import Scene
from node.cli.demo.telling import tell
from protocol.encoding import canonical


async def play(scene: Scene) -> None:
    """Play it."""
    await _ask(scene)
    await _decide(scene)
    await _decide_on_foreign_documents(scene)


async def _ask(scene: Scene) -> None:
    """A registrar asks about the credential; then anybody about the achievement."""
    scene.narrator.step(
        "Aino applies in Twente. The registrar asks: is the credential genuine, does it stand, is it recognised?"
    )
    tell(scene.narrator, await scene.ask_about(scene.twente, scene.credential, scene.receipt))
    scene.narrator.step("Anybody may ask how the achievement is recognised, without any person's credential.")
    query = {"scheme": "schac", "value": cast.TAMPERE.schac, "code": "MR-101", "purpose": "credit"}
    tell(scene.narrator, await scene.dublin.public(scene.http).get("/v1/recognition", query))


async def _decide(scene: Scene) -> None:
    """Twente decides on Aino's credential; Brian asks where nobody has said anything yet."""
    scene.narrator.step("Twente decides on Aino's credential. The log gets three more numbers, Aino the decision.")
    decision = cast.twente_decides(scene.clock.today())
    done = await scene.decide(scene.twente, decision, scene.credential, scene.receipt)
    scene.files["decision-receipt.json"] = canonical.encode(done["receipts"][0])
    told = done["decision"]
    scene.narrator.seen(f"decision {told['fileNumber']}: {told['outcome']}, leaf {done['leaf']}")
    tell(scene.narrator, await scene.ask_about(scene.twente, scene.credential, scene.receipt))
    scene.narrator.step("Brian shows his badge in Tampere, where nobody has decided on anything like it yet.")
    await scene.all_followed()
    tell(scene.narrator, await scene.ask_about(scene.tampere, scene.badge, scene.badge_receipt))


async def _decide_on_foreign_documents(scene: Scene) -> None:
    """Twente decides on real documents of institutions that run no node."""
    found = [] if scene.samples is None else cast.foreign_documents(scene.samples)
    if not found:
        scene.narrator.say("\n    (No documents of other institutions are at hand, so none is decided on.)")
        return
    scene.narrator.step("Documents of institutions outside the network can be decided on too.")
    for at, path in enumerate(found):
        decision = cast.twente_decides(scene.clock.today(), number=at + 2)
        done = await scene.decide(scene.twente, decision, path.read_bytes())
        scene.narrator.seen(f"{path.name}: {done['decision']['outcome']}, leaf {done['leaf']}")
