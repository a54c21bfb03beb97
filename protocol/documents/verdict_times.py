"""When the entries of a verdict were logged: as it is told, and as it is proved to a reader.

Of each log it has, ascending by leaf, each once::

    {"after":INSTANT,        the entry was logged after this moment; left out where none is known
     "bracket":{…},          the time bracket that shows it (`protocol.documents.time_bracket`)
     "by":INSTANT,           it was logged by then
     "leaf":3}

Where a quorum of the reader's policy has dated the notes of the bracket, the moments are the bracket's, whatever is
told. Else they are those told: by the clock of whoever answers alone, as where there is no bracket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.time_bracket import TimeBracket, WrittenBracket
from protocol.documents.verdict_asked import Told
from protocol.encoding.wire import check_instant
from protocol.errors import BadProofError
from protocol.gossip.policy import Policy
from protocol.recognition.logged import Logged, moment


class TimeTold(Told, frozen=True, kw_only=True):
    """When an entry was logged, as whoever answers tells it."""

    leaf: int
    after: str = ""
    by: str = ""
    bracket: WrittenBracket | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless it is in its form."""
        for name in ("after", "by"):
            if value := getattr(self, name):
                check_instant(value, f"times.{name}")

    @property
    def logged(self) -> Logged:
        """The moments as they are told."""
        return Logged(moment(self.after) if self.after else None, moment(self.by) if self.by else None)


def check_once(times: Sequence[TimeTold]) -> None:
    """Raise ValueError unless they ascend by leaf, each once."""
    if any(later.leaf <= one.leaf for one, later in pairwise(times)):
        raise ValueError("times ascend by leaf, each once")


@dataclass(frozen=True, slots=True)
class EntryTime(Logged):
    """When an entry was logged, and on whose word."""

    proved: bool
    """Whether by the clocks of a quorum of the reader's policy; else by that of whoever answers."""
    overlapping: bool = True
    """Whether any two quorums of that policy share a cosigner; where not, another may have seen more, earlier."""


EntryTimes = Mapping[int, EntryTime]
"""By leaf index."""


def verify_times(times: Sequence[TimeTold], excerpt: ProvedExcerpt, policy: Policy) -> dict[int, EntryTime]:
    """Return when the entries of a log were logged.

    Raises:
        MalformedError: A bracket can't be read.
        NoTrustedKeyError: The policy knows no key of the log that counts and signed a note.
        BadSignatureError: A known key's line does not verify.
        BadProofError: An entry is dated that isn't shown, or by checkpoints that are not of its log around it.
    """
    own = {witness.name for witness in policy.witnesses} - {one.name for one in policy.counting(excerpt.origin)}
    return {told.leaf: _verify(told, excerpt, policy, sorted(own)) for told in times}


def _verify(told: TimeTold, excerpt: ProvedExcerpt, policy: Policy, without: Sequence[str]) -> EntryTime:
    where = f"leaf {told.leaf} of {excerpt.origin}"
    shown = excerpt.entries.get(told.leaf)
    if shown is None:
        raise BadProofError(f"{where} is dated and not shown")
    said = told.logged
    if told.bracket is None:
        return EntryTime(said.after, said.by, proved=False)
    found = TimeBracket.read(told.bracket).verify(told.leaf, shown.data, policy, without=without)
    if found.origin != excerpt.origin:
        raise BadProofError(f"{where} is dated by checkpoints of {found.origin}")
    if found.logged == Logged(None, None):
        return EntryTime(said.after, said.by, proved=False)
    return EntryTime(found.logged.after, found.logged.by, proved=True, overlapping=found.overlapping)
