"""Fifth act: Tampere loses its disk, and gets its log back from its partners, its private records from a backup."""

import asyncio
import shutil
from pathlib import Path

from node.cli.demo import cast, documents
from node.cli.demo.command import nostra
from node.cli.demo.scene import Scene
from node.cli.demo.telling import check_verdict, log_told
from node.errors import FatalError
from protocol.encoding import canonical
from protocol.verify.kinds import verify_file


async def play(scene: Scene) -> None:
    """Play it."""
    backup, keys = scene.stage.folder / "tuni-backup", scene.stage.folder / "tuni-backup-keys"
    await _back_up(scene, backup, keys)
    late = await _award(scene, documents.european_digital_credential(scene.clock.today(), cast.CHIARA))
    scene.narrator.seen(f"leaf {late[2]}")
    await _lose_the_disk(scene)
    await _refuse_to_sign(scene)
    await _recover(scene, backup, keys)
    await _go_on(scene, late)


async def _back_up(scene: Scene, backup: Path, keys: Path) -> None:
    """What only this node has goes into an encrypted file."""
    scene.narrator.step(
        "Every night Tampere backs up what only Tampere has: secrets behind receipts, decisions, tokens. Encrypted, "
        "and its keys apart. The log itself is left to the partners. Later that day it awards Chiara, too."
    )
    told = await nostra("backup", str(backup), "--keys", str(keys), "--config", str(scene.tampere.config))
    scene.narrator.seen(told.splitlines()[0].replace(str(backup), backup.name))


async def _award(scene: Scene, credential: bytes) -> tuple[bytes, bytes, int]:
    """Tampere awards; return the credential, its receipt and its leaf."""
    done = await scene.issue(scene.tampere, credential, "marine-robotics.json")
    return credential, canonical.encode(done["receipt"]), done["leaf"]


async def _lose_the_disk(scene: Scene) -> None:
    """The database is gone in the middle of the work; partners answer for the log meanwhile."""
    scene.narrator.step(
        "Then the disk dies: Tampere's node is killed and its database deleted. Only its keys are left. Twente still "
        "answers about Aino's credential, from its verified copy of Tampere's log."
    )
    await scene.followed(scene.twente)
    await scene.tampere.kill()
    await asyncio.to_thread(shutil.rmtree, scene.tampere.data)
    answer = await scene.ask_about(scene.twente, scene.credential, scene.receipt)
    scene.narrator.seen(
        f"Genuine? {answer['trusts']['authentic']['result']}; standing: {answer['standing']['standing']}"
    )
    scene.narrator.seen(next(one["sentence"] for one in answer["institutions"]))
    for log in answer["logs"]:
        if log["origin"] == scene.tampere.university.origin:
            scene.narrator.seen(log_told(log))


async def _refuse_to_sign(scene: Scene) -> None:
    """A node that knows less than it has signed signs nothing."""
    scene.narrator.step("Upon an empty disk Tampere's node refuses to start: signing anew would be a second history.")
    scene.narrator.seen(await scene.tampere.start_in_vain())


async def _recover(scene: Scene, backup: Path, keys: Path) -> None:
    """Private records come from the backup, the entries from partners' mirrors, and all partners have to agree."""
    config = ("--config", str(scene.tampere.config))
    scene.narrator.step(
        "`nostra restore` puts the backup back. `nostra recover` asks both partners how far the log was, reads it from "
        "their mirrors, and verifies every entry up to what Tampere's own key has signed."
    )
    restored = await nostra("restore", str(backup), "--keys", str(keys), *config)
    recovered = await nostra("recover", *config)
    for line in (restored + recovered).splitlines():
        scene.narrator.seen(" ".join(line.split()))
    await scene.tampere.start("--accept-restore")


async def _go_on(scene: Scene, late: tuple[bytes, bytes, int]) -> None:
    """A new award is witnessed, the old ones still stand, and nobody saw a second history."""
    seen = scene.narrator.seen
    scene.narrator.step(
        "Once both partners have said what they last saw of it, Tampere signs again: a new award, witnessed like the "
        "ones before. The receipts from before the fire hold, Chiara's too, of whom no backup knew."
    )
    done = await scene.issue(
        scene.tampere, documents.european_digital_credential(scene.clock.today(), cast.DAAN), "marine-robotics.json"
    )
    seen(f"Daan's award: leaf {done['leaf']}, {await scene.cosigners(scene.tampere, done['receipt']['log_proof'])}")
    again = await scene.issue(scene.tampere, scene.credential, "marine-robotics.json")
    seen(f"Aino's award is known again: leaf {again['leaf']}, {'entered anew' if again['new'] else 'nothing new'}")
    for name, credential, receipt in (("Aino", scene.credential, scene.receipt), ("Chiara", *late[:2])):
        report = verify_file(receipt, scene.trust_in_tampere(), document=credential)
        check_verdict(report, "verified")
        seen(f"{name}'s receipt from before: {report.verdict}")
    await scene.all_followed()
    for site in scene.others(scene.tampere):
        if (await site.public(scene.http).get("/gossip/evidence"))["evidence"]:
            raise FatalError(f"{site.university.name} has evidence against somebody")
    seen("for both partners it is one history still: neither has evidence of another")
