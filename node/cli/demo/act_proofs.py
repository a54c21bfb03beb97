"""Third act: a receipt proves the award to anybody, offline; forgeries of it, and of a log, are refused."""

from node.cli.audit_report import audit_report
from node.cli.demo.scene import Scene
from node.cli.demo.tamper import FlippedLog, forged_receipt, unwitnessed_receipt
from node.cli.demo.telling import tell_report
from node.client import LogClient
from node.log.audit import Audit
from node.log.follow import Target
from protocol.verify.kinds import verify_file
from protocol.verify.log_files import CHECKPOINT
from protocol.verify.report import Report
from protocol.verify.trust import Trust


async def play(scene: Scene) -> None:
    """Play it."""
    _verify_offline(scene)
    _refuse_receipts(scene)
    await _audit_the_log(scene)


def _verify_offline(scene: Scene) -> None:
    """The receipt proves the award to anybody who trusts the policy, without asking anyone."""
    scene.narrator.step(
        "Aino's receipt proves the award offline, to whoever trusts this policy of Tampere's: its log's key, and that "
        "its partners' mirrors have cosigned. Nobody is asked."
    )
    for line in scene.policy.decode().splitlines():
        if line.startswith(("group ", "quorum ")):
            scene.narrator.seen(f"policy: {line}")
    report = verify_file(scene.receipt, scene.trust_in_tampere(), document=scene.credential)
    tell_report(scene.narrator, report, "verified")


def _refuse_receipts(scene: Scene) -> None:
    """No trusted key, no cosignatures, another file: each is refused."""
    scene.narrator.step("Without a trusted key the very same receipt is refused: a key inside a file proves nothing.")
    report = verify_file(scene.receipt, Trust(), document=scene.credential)
    scene.narrator.seen(f"{report.steps[1].result}: {report.steps[1].text}")
    tell_report(scene.narrator, report, "refused", brief=True)
    scene.narrator.step("Tampere alone vouches for nothing: without its partners' lines the receipt is refused.")
    alone = unwitnessed_receipt(scene.receipt)
    report = verify_file(alone, scene.trust_in_tampere(), document=scene.credential)
    tell_report(scene.narrator, report, "refused", brief=True)
    scene.narrator.step("Somebody makes Aino's receipt out for another file.")
    forged = forged_receipt(scene.receipt, scene.badge)
    tell_report(
        scene.narrator, verify_file(forged, scene.trust_in_tampere(), document=scene.badge), "refused", brief=True
    )


async def _audit_the_log(scene: Scene) -> None:
    """A forged log is refused, the real one verified."""
    url = scene.tampere.public_url
    scene.narrator.step("Somebody changes one bit in the copy of Tampere's log that is served.")
    tell_report(scene.narrator, await _audit(scene, FlippedLog(scene.http, url)), "refused", brief=True)
    scene.narrator.step("The log as Tampere's node serves it, read whole and recomputed.")
    tell_report(scene.narrator, await _audit(scene, LogClient(scene.http, url)), "verified")


async def _audit(scene: Scene, source: LogClient) -> Report:
    trust = scene.trust_in_tampere()
    note = await source.checkpoint()
    signed = verify_file(note, trust, kinds=(CHECKPOINT,))
    audit = Audit(source, Target(trust.policy.open(note)[0], note), since=None, progress=lambda _: None)
    return audit_report(signed, await audit.run())
