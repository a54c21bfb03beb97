"""Fourth act: what stands, and what does not, is proved, so that whoever asks need not trust the node that answers."""

import asyncio
import hashlib
import json
from typing import Any, Final

from node.cli.demo.scene import Scene
from node.cli.demo.tamper import with_earlier_answers
from node.cli.demo.telling import tell_report
from node.errors import FatalError, NodeError
from protocol.encoding import canonical
from protocol.verify.kinds import verify_file

WHAT_IS_TOLD: Final = ("logs", "signature", "institutions", "standing")
"""Steps of a report that this act tells of."""

IN_FULL: Final = ("institutions",)
"""Those of which each part is told."""

PATIENCE: Final = 60
PAUSE: Final = 0.2


async def play(scene: Scene) -> None:
    """Play it."""
    await _present(scene)
    await _verdict(scene)
    await _suspend(scene)
    await _reinstate(scene)


async def _present(scene: Scene) -> None:
    """A learner shows keys of her choice, with proofs; her secrets stay in the receipt."""
    scene.narrator.step(
        "Aino keeps her receipt to herself. From it she has a presentation made for Twente: her award, its standing, "
        "and what Twente decided, each with the proof that nothing else was said."
    )
    presentation = await _presented(scene, numbers=0)
    report = verify_file(presentation, scene.trust_in_all(), document=scene.credential, at=scene.clock.now())
    tell_report(scene.narrator, report, "verified")


async def _verdict(scene: Scene) -> None:
    """The answer to a question as a file that proves it."""
    scene.narrator.step(
        "Twente's registrar asks for a verdict: one signed file with what every institution says and all that proves "
        "it. Anybody works the answer out again, offline; with Aino's presentation also what concerns her alone."
    )
    await _judge(scene, scene.files["presentation.json"], "good")


async def _suspend(scene: Scene) -> None:
    """An award is suspended, and hiding that is found out."""
    earlier = scene.files["presentation.json"]
    scene.narrator.step("Tampere suspends the award. Three more numbers in its log, and the standing is another.")
    await _change(scene, "suspended")
    presentation = await _presented(scene, numbers=1)
    await _judge(scene, presentation, "suspended")
    scene.narrator.step(
        "Somebody would rather show the award without that: the newest signed index, with the earlier proof."
    )
    hiding = with_earlier_answers(presentation, earlier, scene.tampere.university.origin)
    report = verify_file(hiding, scene.trust_in_all(), document=scene.credential, at=scene.clock.now())
    tell_report(scene.narrator, report, "refused", brief=True)


async def _reinstate(scene: Scene) -> None:
    """The award is good again, and its history stays."""
    scene.narrator.step("Tampere reinstates it. What was said stays in the log, and the last word counts.")
    await _change(scene, "reinstated")
    await _judge(scene, await _presented(scene, numbers=2), "good")


async def _change(scene: Scene, status: str) -> None:
    award = {"file_sha256": hashlib.sha256(scene.credential).hexdigest()}
    done = await scene.post(scene.tampere, "/v1/statuses", {"status": status, "awards": [award]})
    scene.narrator.seen(f"{status}: leaf {done['awards'][0]['leaf']} of {scene.tampere.university.origin}")


async def _presented(scene: Scene, *, numbers: int) -> bytes:
    """Return a presentation whose proofs show so many changes of the award's standing."""
    body = {
        "receipt": canonical.decode(scene.receipt),
        "show": ["award", "status", "decisions"],
        "to": [scene.twente.university.origin],
    }
    made: dict[str, Any] = {}

    async def is_proved() -> bool:
        made.clear()
        made.update(await scene.post(scene.tampere, "/v1/presentations", body))
        return not made.get("notes") and _statuses(made["presentation"], scene.tampere.university.origin) == numbers

    try:
        waited = await scene.until(is_proved, "")
    except FatalError:
        raise FatalError(f"the indexes of the logs don't catch up: {'; '.join(made.get('notes', ()))}") from None
    scene.narrator.seen(f"the indexes have what was just said, after {waited:.1f} s")
    scene.files["presentation.json"] = presentation = canonical.encode(made["presentation"])
    return presentation


def _statuses(presentation: dict[str, Any], origin: str) -> int:
    """Return how many changes of standing a presentation proves: its entries in the log are the award and these."""
    proofs = presentation.get("proofs", {})
    return len(proofs[origin]["entries"]) - 1 if origin in proofs else -1


async def _judge(scene: Scene, presentation: bytes, standing: str) -> None:
    """Have Twente give a verdict, and verify it as a stranger would.

    Raises:
        FatalError: It doesn't prove this standing.
    """
    verdict = await _asked(scene, presentation, standing)
    scene.files["verdict.json"] = verdict
    report = verify_file(verdict, scene.trust_in_all(), at=scene.clock.now(), presentation=presentation)
    scene.narrator.seen(f"a verdict of {len(verdict):,} bytes, verified offline in {len(report.steps)} steps")
    for step in report.steps:
        if step.name in WHAT_IS_TOLD:
            scene.narrator.seen(f"{step.result}: {step.text}")
            for part in step.parts if step.name in IN_FULL else ():
                scene.narrator.seen(f"{part.result}: {part.text} ({part.why})")
    tell_report(scene.narrator, report, "verified", brief=True)


async def _asked(scene: Scene, presentation: bytes, standing: str) -> bytes:
    """Return a verdict by which the award has this standing: Twente's mirror may lag a moment behind Tampere."""
    for _ in range(round(PATIENCE / PAUSE)):
        try:
            verdict = await scene.ask_for_verdict(scene.twente, scene.credential, presentation)
        except NodeError:
            await asyncio.sleep(PAUSE)
            continue
        if json.loads(verdict)["credentialSubject"]["standing"]["standing"] == standing:
            return verdict
        await asyncio.sleep(PAUSE)
    raise FatalError(f"Twente gives no verdict by which the award is {standing}")
