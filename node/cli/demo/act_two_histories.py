"""Sixth act: Dublin shows two histories, one to each partner, and is caught as soon as the two talk."""

import asyncio
from typing import Any, Final

from node.cli.demo import cast
from node.cli.demo.command import nostra
from node.cli.demo.scene import Scene
from node.cli.demo.site import Site
from node.cli.demo.telling import tell_report
from node.client import LogClient
from node.errors import FatalError, PushBackError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.witness import MAX_ANSWER_BYTES
from protocol.verify.kinds import verify_file

FORBIDDEN: Final = 403

SAID_WITHIN: Final = 15.0
"""Seconds until a half of Dublin is given up; its partner may have been told of the other half before."""


async def play(scene: Scene) -> None:
    """Play it."""
    copy = await _copy_the_node(scene)
    await _say_two_things(scene, copy)
    evidence = await _find_out(scene)
    _verify(scene, evidence)
    await _cosign_no_more(scene, copy)
    await _answer_no_more(scene)


async def _copy_the_node(scene: Scene) -> Site:
    """Dublin's node is copied, and each half knows one partner only."""
    scene.narrator.step(
        "Somebody in Dublin wants it both ways. The node is copied, database and keys: one half is shown to Tampere, "
        "the other to Twente, which has always reached Dublin by an address of its own."
    )
    await scene.dublin.stop()
    copy = await scene.stage.copy_of(scene.dublin)
    halves = ((scene.dublin, scene.twente), (copy, scene.tampere))
    await asyncio.gather(*(_drop_partner(half, other) for half, other in halves))
    await asyncio.gather(*(half.start() for half, _ in halves))
    scene.stage.doorway.lead_to(copy.port)
    scene.narrator.seen(f"for Tampere, Dublin is at {scene.dublin.public_url}")
    scene.narrator.seen(f"for Twente, Dublin is at {scene.stage.doorway.url}, and behind that is {copy.public_url}")
    return copy


async def _drop_partner(half: Site, other: Site) -> None:
    await nostra("partner", "remove", other.university.key, "--config", str(half.config))


async def _say_two_things(scene: Scene, copy: Site) -> None:
    """The two halves say contrary things at the same place of one log."""
    scene.narrator.step(
        "To Tampere Dublin says that it now recognises Marine Robotics in full, to Twente that it recognises it no "
        "more: two histories of one log. Each partner cosigns what it is shown; alone, it sees nothing wrong."
    )
    # At once: partners talk within a second, and whoever has heard of the one history takes no other.
    said = await asyncio.gather(
        _say(scene, scene.dublin, "/v1/rules", cast.dublin_recognises_fully()),
        _say(scene, copy, "/v1/withdrawals", cast.dublin_withdraws()),
    )
    for what in said:
        scene.narrator.seen(what)


async def _say(scene: Scene, half: Site, path: str, value: dict[str, Any]) -> str:
    """Let a half of Dublin say something; return what it was, and who cosigned it."""
    try:
        async with asyncio.timeout(SAID_WITHIN):
            done = await scene.post(half, path, value)
    except (TimeoutError, PushBackError):
        return f"what {half.public_url} signed was not cosigned in time: its partner has heard of the other already"
    by = await scene.cosigners(half, done["log_proof"])
    return f"leaf {done['leaf']} is {_told(done['entry'])}, {by}"


def _told(entry: dict[str, Any]) -> str:
    outcome = f", outcome {entry['outcome']}" if "outcome" in entry else ""
    return f"a {entry['kind']}{outcome}"


async def _find_out(scene: Scene) -> bytes:
    """The two partners talk; return the evidence that both have then."""
    scene.narrator.step("Tampere and Twente tell each other what they have seen of everybody's log. It does not agree.")
    evidence: dict[str, str] = {}

    async def both_have_it() -> bool:
        for site in (scene.tampere, scene.twente):
            for one in (await site.public(scene.http).get("/gossip/evidence"))["evidence"]:
                evidence[site.university.key] = one["id"]
        return len(evidence) == len((scene.tampere, scene.twente))

    took = await scene.until(both_have_it, "Tampere and Twente have not found out")
    documents = []
    for site in (scene.tampere, scene.twente):
        path = f"{site.public_url}/gossip/evidence/{evidence[site.university.key]}"
        documents.append((await scene.http.get(path, most=1 << 23)).body)
        scene.narrator.seen(f"{site.university.name} has evidence: {path}")
    scene.narrator.seen(f"found {took:.1f} seconds after it was said; {_alike(documents)}")
    scene.files["evidence.json"] = documents[0]
    return documents[0]


def _alike(documents: list[bytes]) -> str:
    one, other = documents
    return "both found the same, byte for byte" if one == other else "each found two notes of its own"


def _verify(scene: Scene, evidence: bytes) -> None:
    """Anybody can verify the evidence, offline."""
    scene.narrator.step("The evidence convinces anybody who knows Dublin's key, offline and for good.")
    tell_report(scene.narrator, verify_file(evidence, scene.dublin.trust()), "verified")


async def _cosign_no_more(scene: Scene, copy: Site) -> None:
    """The witness of who was lied to refuses the liar; the liar's own node stops as well."""
    scene.narrator.step("From now on nobody cosigns for Dublin, and its own node, told so by Tampere, signs no more.")
    note = await LogClient(scene.http, copy.public_url).checkpoint()
    for site in (scene.tampere, scene.twente):
        url, body = f"{site.public_url}/witness/add-checkpoint", AddCheckpoint(0, (), note).render()
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        answer = await scene.http.request("POST", url, most=MAX_ANSWER_BYTES, body=body, headers=headers)
        scene.narrator.seen(f"the witness of {site.university.name}: {answer.status}, {answer.body.decode().strip()}")
        if answer.status != FORBIDDEN:
            raise FatalError(f"the witness of {site.university.name} did not refuse Dublin")

    async def dublin_knows() -> bool:
        return bool((await scene.dublin.public(scene.http).get("/gossip/evidence"))["evidence"])

    await scene.until(dublin_knows, "nobody told Dublin")
    try:
        await scene.post(scene.dublin, "/v1/achievements", cast.data_ethics() | {"id": "de-211", "code": "DE-211"})
    except PushBackError as error:
        scene.narrator.seen(f"{scene.dublin.university.name}: {error}")
    else:
        raise FatalError("Dublin's node went on")


async def _answer_no_more(scene: Scene) -> None:
    """What rests on the liar's log is unknown; what others say still stands."""
    scene.narrator.step(
        "Brian shows his badge from Dublin in Twente: whatever rests on that log can't be known. What Tampere awarded "
        "and Twente recognises stands as it did."
    )
    answer = await scene.ask_about(scene.twente, scene.badge, scene.badge_receipt)
    scene.narrator.seen(f"Issuer? {answer['trusts']['issuer']['result']}: {answer['trusts']['issuer']['why']}")
    scene.narrator.seen(f"Standing: {answer['standing']['standing']}: {answer['standing']['why']}")
    if answer["standing"]["standing"] != "unknown":
        raise FatalError("Twente still relies on Dublin's log")
    answer = await scene.ask_about(scene.twente, scene.credential, scene.receipt)
    for one in answer["institutions"]:
        scene.narrator.seen(f"{one['outcome']}: {one['sentence']}")
