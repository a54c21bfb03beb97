"""Read from a log, with proof, all that a verdict rests on; what was read is kept as long as the log shows that index.

Which lists a verdict needs follows from what stands in others: the rules found tell what could have ended them, a
chain's links tell where it ends. So a log is asked in rounds, until nothing is missing, under one index note.

Every excerpt is verified here by the node's own policy before anything is built on it: what a reader would refuse, the
node doesn't sign.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final

from node.errors import PushBackError
from node.recognition.known_logs import KnownLog
from node.recognition.proofs.dates import Date, EntryDates
from node.recognition.proofs.excerpts import Excerpts
from node.recognition.proofs.terms import LogTerms
from protocol.documents.proved_excerpt import ProvedExcerpt, verify_excerpt
from protocol.documents.verdict import InstitutionTold
from protocol.errors import NoQuorumError
from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import NO_QUORUM

MOST_KEPT: Final = 256
"""Readings kept, each some kilobytes most often: of a dozen questions put to twenty logs."""

MOST_TOLD: Final = 8

MOST_ROUNDS: Final = 64
"""More than any chain that is followed has steps."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an institution says, with the dates that it rests on."""

    told: InstitutionTold
    dates: Mapping[int, Date]
    until: int | None
    """POSIX seconds until which it is taken as it is, where a quorum may date more meanwhile; None for good."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a log shows: verified, and as it is written into a verdict."""

    proved: ProvedExcerpt
    written: bytes
    """The excerpt's canonical JSON."""
    told: dict[Hashable, Said] = field(default_factory=dict)
    """What was worked out from it, by what else that depends on: a question that is put again is answered at once."""

    def keep(self, name: Hashable, told: Said) -> None:
        """Remember what was worked out."""
        if len(self.told) >= MOST_TOLD:
            self.told.clear()
        self.told[name] = told


@dataclass(slots=True)
class VerdictLogs:
    """Reads logs for verdicts."""

    excerpts: Excerpts
    policy: Policy
    dates: EntryDates
    _kept: dict[tuple[str, bytes, bytes], Read] = field(default_factory=dict)
    """By origin, index note and what was asked; what was used last stands last."""

    @property
    def asks_for_quorum(self) -> bool:
        """Whether what a log says by itself is not enough for this node."""
        return self.policy.quorum != NO_QUORUM

    async def read(self, log: KnownLog, terms: LogTerms) -> Read:
        """Return all that is wanted of a log, of one moment.

        Raises:
            NotFoundError: This node keeps no index of it.
            PushBackError: The index is catching up, or went on meanwhile.
            ProtocolError: What it shows doesn't verify by this node's policy.
        """
        name = (log.origin, await self._note(log), terms.fingerprint)
        read = self._kept.pop(name, None)
        if read is None:
            read = await self._anew(log, terms)
            if await self._note(log) != name[1]:
                return read  # the index went on meanwhile: under which of the two notes it was read isn't told
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        self._kept[name] = read
        return read

    async def _note(self, log: KnownLog) -> bytes:
        """Return the index note that the log shows now."""
        index = self.excerpts.indexes(log.origin)
        return b"" if index is None else (await index.prove(())).note

    async def _anew(self, log: KnownLog, terms: LogTerms) -> Read:
        keys = terms.wanted(None)
        for _ in range(MOST_ROUNDS):
            excerpt = await self.excerpts.under(log, keys)
            proved = verify_excerpt(excerpt, self.policy)
            if self.asks_for_quorum and not proved.is_confirmed:
                raise NoQuorumError(f"its partners have confirmed nothing of what it shows: {proved.log.why}")
            needed = terms.wanted(proved)
            if needed == keys:
                return Read(proved, excerpt.render())
            keys = needed if needed < keys else keys | needed
        raise PushBackError(f"{log.origin} shows more than a verdict can follow", code="not-ready")
