"""Indexes of the tests' logs: made and shown at once, as a node's own publication does it over time."""

from collections.abc import Iterable, Sequence
from functools import partial

from node.errors import NotFoundError
from node.log.index.reading import Reading
from node.log.index.tree import IndexTree
from node.log.keys import load_key
from node.log.prove import LogReader
from node.recognition.known_logs import KnownLogs
from node.recognition.proofs.excerpts import Excerpts, Indexes
from node.recognition.proofs.present import Presenter
from node.storage.database import Database
from node.storage.quorum_times import Recorded, store_recorded
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.index_note import sign_index
from tests.support.examples import seed
from tests.support.ledger import Ledger, RunningLog

PARTNERS = [Signer(f"{name}.example/index", seed(name), COSIGNATURE) for name in ("reed", "moor")]
"""Their index cosigners; the ledger's checkpoints are cosigned by nobody."""


def indexes_of(database: Database, logs: KnownLogs) -> Indexes:
    """Return what gives the index of each log that can be read, one for each origin, with one memory for all."""
    reading, made = Reading(database), dict[str, IndexTree]()

    def reader(origin: str) -> LogReader:
        log = next((one for one in logs() if one.origin == origin), None)
        if log is None or log.reader is None:
            raise NotFoundError(f"nothing of {origin} is read here any more")
        return log.reader

    def index(origin: str) -> IndexTree | None:
        if origin not in made:
            if not any(log.origin == origin and log.readable for log in logs()):
                return None
            made[origin] = IndexTree(database, partial(reader, origin), reading)
        return made[origin]

    return index


async def show_index(ledger: Ledger, name: str, cosigners: Sequence[Signer] = PARTNERS) -> None:
    """Grow the index of a log to its checkpoint and show it, cosigned now."""
    log = ledger.logs[name]
    tree = IndexTree(ledger.database, lambda: log.reader)
    published = log.reader.published
    row = await tree.state()
    await store_recorded(
        ledger.database,
        [Recorded(row.log_id, published.size, ledger.clock.now(), witnessed=False, note=published.note)],
    )
    overlay = await tree.extend(published.size)
    note = Note.parse(sign_index(overlay.head, load_key(log.settings.key)))
    cosigned = note.adding(cosign(note.text, one, ledger.clock.now()) for one in cosigners)
    assert await tree.commit(overlay, cosigned.render())


def policy_of(logs: Iterable[RunningLog], cosigners: Sequence[Signer] = ()) -> Policy:
    """Return a policy that believes these logs, and asks for all of some cosigners."""
    lines = [f"log {log.reader.state.head.verifier_key}" for log in logs]
    lines += [f"witness w{at} {one.verifier.render()}" for at, one in enumerate(cosigners)]
    names = " ".join(f"w{at}" for at in range(len(cosigners)))
    lines += [f"group all all {names}", "quorum all", ""] if cosigners else ["quorum none", ""]
    return Policy.parse("\n".join(lines).encode())


def presenter(ledger: Ledger) -> Presenter:
    """Return what makes presentations from the ledger's logs."""
    excerpts = Excerpts(ledger.database, indexes_of(ledger.database, ledger.known_logs), Policy())
    return Presenter(excerpts, ledger.institutions())
