"""Sealed values to entries of a submission, and a submission to its answer."""

from collections.abc import Sequence

from node.log.admit import admit_entries
from node.log.submission import Sequenced, Submission
from node.recognition.known_logs import OwnLog
from node.storage.growth import Companion
from protocol.encoding.wire import b64url
from protocol.recognition.sealed import SealedValues
from protocol.recognition.sealed_entry import Sealed


def sealed_bytes(values: SealedValues) -> bytes:
    """Return the entry that holds these values."""
    return Sealed(document=b64url(values.document), statement=b64url(values.statement), tag=b64url(values.tag)).render()


async def enter(log: OwnLog, values: Sequence[SealedValues], companions: Sequence[Companion]) -> Sequenced:
    """Enter sealed entries and their private records together, in this order, or not at all.

    If the process dies while it waits, all of it stands or nothing; whoever asks again finds out by the records.
    """
    admitted = admit_entries([sealed_bytes(one) for one in values], origin=log.origin)
    return await log.sequencer.submit(Submission(admitted, companions=tuple(companions)))
