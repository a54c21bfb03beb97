"""A duty to keep what a private record holds: on which legal basis, and until when. While it runs, nothing is erased.

It is a private record itself, of the kind ``retention``, at the leaf of the record that it keeps, and goes with it::

    {"basis":"Archives Act 831/1994","keeps":"award","number":1,"recorded":"2026-11-24","until":"2036-11-24","v":1}

``keeps`` is the kind of that record, ``until`` the last day of the duty. The one with the highest number holds; so one
that was wrong is mended by another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from node.errors import InadmissibleError
from node.recognition.records.private_records import Lookup, PrivateRecord
from protocol.encoding.nfc import nfc
from protocol.encoding.wire import check_date
from protocol.errors import MalformedError

KIND: Final = "retention"
LONGEST_BASIS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A duty to keep a record."""

    until: str
    """The last day, as YYYY-MM-DD."""
    basis: str
    """The law or rule that says so."""
    number: int = 1
    recorded: str = ""

    def runs(self, today: str) -> bool:
        """Whether nothing may be erased on this day."""
        return today <= self.until

    def content(self, keeps: str) -> dict[str, Any]:
        """Return what is encrypted."""
        return {
            "basis": self.basis,
            "keeps": keeps,
            "number": self.number,
            "recorded": self.recorded,
            "until": self.until,
            "v": 1,
        }

    @classmethod
    def read(cls, record: PrivateRecord) -> "Duty":
        """Return the duty that a private record tells of."""
        said = record.content
        return cls(until=said["until"], basis=said["basis"], number=said["number"], recorded=said["recorded"])


def checked_duty(until: str, basis: str) -> Duty:
    """Return a duty as it was told.

    Raises:
        InadmissibleError: It names no day, or no basis.
    """
    problems = []
    try:
        check_date(until)
    except MalformedError as error:
        problems.append(("until", error.what))
    basis = nfc(" ".join(basis.split()))
    if not 0 < len(basis) <= LONGEST_BASIS:
        problems.append(("basis", f"names the law that asks for it, in at most {LONGEST_BASIS} characters"))
    if problems:
        what = "; ".join(f"{where}: {why}" for where, why in problems)
        raise InadmissibleError(f"this duty to keep can't be recorded: {what}", problems)
    return Duty(until=until, basis=basis)


def by_kept(kind: str, leaf: int) -> Lookup:
    """Return the look-up of all duties to keep the record of a kind at a leaf."""
    return Lookup.of_text("retention", f"{kind} {leaf}", sole=False)


def holding(records: Iterable[PrivateRecord]) -> dict[tuple[str, int], Duty]:
    """Return the duties that hold among these records, by kind and leaf of what they keep."""
    found: dict[tuple[str, int], Duty] = {}
    for record in records:
        if record.kind == KIND:
            duty, kept = Duty.read(record), (str(record.content["keeps"]), record.leaf)
            if kept not in found or found[kept].number < duty.number:
                found[kept] = duty
    return found
