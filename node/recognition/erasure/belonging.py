"""Which private records of a log belong together, so that nothing is left of a credential when it is erased.

===========  ==================================================================================================
a record of  takes with it, in the same log
===========  ==================================================================================================
an award     the awards of the same file and of the same credential, the one that it superseded and those that
             superseded it; what was entered of their status; duties to keep them; decisions on them
a decision   every decision and act on the same credentials; duties to keep them. Not the credentials' awards
===========  ==================================================================================================

What a look-up finds only by chance, such as a file number, takes nothing along.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

from node.recognition.awards.record import KIND as AWARD
from node.recognition.awards.record import AwardRecord, by_file, by_replaced
from node.recognition.decisions.record import by_credential_shown
from node.recognition.erasure.retention import by_kept
from node.recognition.records.private_records import Lookup, PrivateRecord, PrivateRecords
from node.recognition.shown import Shown
from node.recognition.standing.record import by_award

SHARED: Final = {
    "award": ("award", "credential", "file", "replaces"),
    "case": ("case-award", "case-file", "case-key", "case-paper"),
}
"""By kind, the purposes of look-ups that records of one credential share."""


async def belonging(records: PrivateRecords, origin: str, seeds: Iterable[PrivateRecord]) -> list[PrivateRecord]:
    """Return these records and all that belongs to them in the same log, those that are to go included."""
    found: dict[UUID, PrivateRecord] = {}
    waiting = list(seeds)
    while waiting:
        record = waiting.pop()
        if record.record_id in found:
            continue
        found[record.record_id] = record
        for lookup in lookups_of(record, origin):
            waiting += await records.find(lookup, leaving=True)
        if record.kind == AWARD and (replaced := AwardRecord.read(record).replaces) is not None:
            before = await records.at(AWARD, replaced, leaving=True)
            waiting += [] if before is None else [before]
    return sorted(found.values(), key=lambda one: (one.leaf, one.kind))


def lookups_of(record: PrivateRecord, origin: str) -> Iterator[Lookup]:
    """Give the look-ups of all that belongs to a record."""
    for lookup in record.lookups:
        if lookup.purpose in SHARED.get(record.kind, ()):
            yield Lookup(lookup.purpose, lookup.value, sole=False)
    yield by_kept(record.kind, record.leaf)
    if record.kind == AWARD:
        award = AwardRecord.read(record)
        yield by_replaced(record.leaf)
        yield by_award(award.tag(origin))
        yield Lookup("case-file", award.file_hash, sole=False)
        yield Lookup("case-award", award.tag(origin), sole=False)


def lookups_of_shown(shown: Shown) -> Iterator[Lookup]:
    """Give the look-ups of all that is kept on a credential that is shown."""
    if shown.file_hash is not None:
        yield Lookup(by_file(shown.file_hash).purpose, shown.file_hash, sole=False)
    yield from by_credential_shown(shown)
