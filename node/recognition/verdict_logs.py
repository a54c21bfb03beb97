"""Read from a log, with proof, all that a verdict rests on; what was read is kept as long as the log shows that index.

Which lists a verdict needs follows from what stands in others: the rules found tell what could have ended them, a
chain's links tell where it ends. So a log is asked in rounds, until nothing is missing, under one index note.

Every excerpt is verified here by the node's own policy before anything is built on it: what a reader would refuse, the
node doesn't sign.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from node.errors import PushBackError
from node.recognition.excerpts import Excerpts
from node.recognition.known_logs import KnownLog
from protocol.documents.excerpt import WrittenExcerpt
from protocol.documents.proved_excerpt import ProvedExcerpt, verify_excerpt
from protocol.gossip.policy import Policy

MOST_KEPT: Final = 256
"""Excerpts kept: some kilobytes each, most often, and rounds of a few questions on all partners' logs."""

MOST_ROUNDS: Final = 64
"""More than any chain that is followed has steps."""

Keys = frozenset[bytes]
Wanted = Callable[[ProvedExcerpt | None], Keys]
"""Returns the index keys that are needed, given what the log has shown so far; None where that is nothing yet."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a log shows: verified, and as it is written into a verdict."""

    proved: ProvedExcerpt
    written: WrittenExcerpt


@dataclass(slots=True)
class VerdictLogs:
    """Reads logs for verdicts."""

    excerpts: Excerpts
    policy: Policy
    _kept: dict[tuple[str, bytes, Keys], Read] = field(default_factory=dict)
    """By origin, index note and keys; what was used last stands last."""

    async def read(self, log: KnownLog, wanted: Wanted) -> Read:
        """Return all that is wanted of a log, of one moment.

        Raises:
            NotFoundError: This node keeps no index of it.
            PushBackError: The index is catching up, or went on meanwhile.
            ProtocolError: What it shows doesn't verify by this node's policy.
        """
        keys = wanted(None)
        read = await self._round(log, keys)
        for _ in range(MOST_ROUNDS):
            needed = wanted(read.proved)
            if needed <= keys:
                return read if needed == keys else await self._round(log, needed)
            keys |= needed
            read = await self._round(log, keys)
        raise PushBackError(f"{log.origin} shows more than a verdict can follow", code="not-ready")

    async def _round(self, log: KnownLog, keys: Keys) -> Read:
        index = self.excerpts.indexes(log.origin)
        note = b"" if index is None else (await index.prove(())).note
        name = (log.origin, note, keys)
        read = self._kept.pop(name, None)
        if read is None:
            excerpt = await self.excerpts.under(log, keys)
            read = Read(verify_excerpt(excerpt, self.policy), msgspec.convert(excerpt.plain(), WrittenExcerpt))
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        self._kept[name] = read
        return read
