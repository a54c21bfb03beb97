"""After a restore: nothing of a log is cosigned before what this node cosigned of it is known again.

The state of a cosigner is its memory; restored from yesterday, it would let the node cosign a log anew from there, and
perhaps a second history. So its rows are suspended (`node.gossip.cosigning.suspended`), and each log is freed by
itself:

1. The log itself, and every partner, say what they know of it: the log's checkpoint, the mirror's, the witness's, and
   what they tell in an exchange. All have to answer, in any order and however often each had to be asked: nothing is
   cosigned meanwhile. That one knows nothing is an answer.
2. The newest of these that the log has signed is at least as new as the newest that bears a cosignature of ours, as far
   as anybody knows: whatever we cosigned, the log had signed.
3. What is here, what the file beside the keys remembers, and every smaller checkpoint that was told, must be the
   beginning of that one's tree, as tiles show that lead to its root hash. If not, the log has two histories, or we were
   led astray; either way it stays suspended.
4. The row moves there, and the log is free. A mirror cosigns again once its entries have caught up with the row.

A log that shows less than was cosigned stays suspended, and so does one of which a partner can't be asked. Only an
operator's word, which is logged, frees them otherwise.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from node.errors import BadAnswerError, NodeError
from node.gossip.cosigning.cosigned_file import CosignedState
from node.gossip.cosigning.suspended import read_all
from node.log.follow import LogSource, Target, open_target
from node.log.signed_tree import SignedTree
from node.storage.cosigned import Cosigned, resume
from node.storage.database import Database
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import event, warn
from protocol.encoding.keys import VerifierKey
from protocol.log.merkle import EMPTY_ROOT

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between rounds of asking; the last one repeats."""

LONGEST_FAILURE: Final = 200


@dataclass(frozen=True, slots=True)
class Teller:
    """A partner that is asked about logs."""

    name: str
    notes: Callable[[str], Awaitable[Sequence[bytes]]]
    """Gives what it knows of a log, unverified; raises NodeError where it can't be asked."""
    source: Callable[[str], LogSource]
    """Gives where it serves a log: its own, or its mirror of it."""


class Restored:
    """Frees the suspended logs, one by one."""

    def __init__(
        self,
        database: Database,
        keys: Mapping[str, Sequence[VerifierKey]],
        tellers: Sequence[Teller],
        *,
        remembered: CosignedState | None,
        heard: Callable[[Sequence[bytes], str], object] = lambda notes, name: None,
        freed: Callable[[str], Awaitable[object]] | None = None,
    ) -> None:
        """Prepare; `run` asks.

        Args:
            database: Holds the rows.
            keys: The logs' keys, by origin.
            tellers: All partners.
            remembered: What the file beside the keys remembers: no log is freed below that.
            heard: Is told what each partner told, so that two histories are found.
            freed: Is called with each log that is freed.
        """
        self._database = database
        self._keys = keys
        self._tellers = tellers
        self._remembered = remembered
        self._heard = heard
        self._freed = freed
        self.waits: dict[str, str] = {}
        """Why each log is suspended still."""
        self._told: dict[str, dict[str, list[Target]]] = {}
        """What was told so far of logs that not all have told of, by origin and teller."""

    def reasons(self) -> list[str]:
        """Return why nothing is cosigned of which logs."""
        return [f"nothing of {origin} is cosigned after a restore: {why}" for origin, why in self.waits.items()]

    async def run(self) -> None:
        """Return once nothing is suspended any more of the logs that are followed."""
        attempt = 0
        while await self._round():
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    async def _round(self) -> bool:
        """Try every log that is suspended; return whether one is still."""
        try:
            rows = [row for row in await read_all(self._database) if row.suspended and row.origin in self._keys]
            origins = sorted({row.origin for row in rows})
            self.waits = {origin: self.waits.get(origin, "partners are asked") for origin in origins}
            for origin in origins:
                await self._try(origin, [row for row in rows if row.origin == origin])
        except DATABASE_FAILURES as error:
            warn("database_unreachable", log="cosigned", failure=str(error))
            return True
        return bool(self.waits)

    async def _try(self, origin: str, rows: Sequence[Cosigned]) -> None:
        try:
            newest = await self._newest(origin, rows)
        except NodeError as error:
            why = str(error)
            if self.waits[origin] != why:
                warn("cosigner_suspended", log=origin, reason=why)
            self.waits[origin] = why
            return
        async with self._database.writing() as connection:
            for row in rows:
                stands = newest is None or (row.size, row.root) == (newest.checkpoint.size, newest.checkpoint.root)
                await resume(connection, row if stands or newest is None else _moved(row, newest))
        del self.waits[origin]
        event("cosigner_freed", log=origin, tree_size=0 if newest is None else newest.checkpoint.size)
        if self._freed is not None:
            await self._freed(origin)

    async def _newest(self, origin: str, rows: Sequence[Cosigned]) -> Target | None:
        """Return the newest checkpoint of a log that anybody knows of, once it is found to extend all else.

        Raises:
            NodeError: The log stays suspended; the text says why.
        """
        told = await self._ask(origin)
        known = {(row.size, row.root) for row in rows}
        if self._remembered is not None:
            known |= {(mark.size, mark.root) for mark in self._remembered.of(origin)}
        largest = max(size for size, _ in known)
        newest = max((note for notes in told.values() for note in notes), key=_size, default=None)
        if newest is None or _size(newest) < largest:
            if largest == 0:
                return None
            shown = 0 if newest is None else _size(newest)
            raise BadAnswerError(f"it was cosigned at size {largest}, and nobody shows more than {shown}")
        known |= {(_size(note), note.checkpoint.root) for notes in told.values() for note in notes}
        await self._check(origin, newest, known, sorted(told, key=lambda name: newest not in told[name]))
        return newest

    async def _ask(self, origin: str) -> dict[str, list[Target]]:
        """Return what each partner knows of a log, as far as the log's key signed it.

        Raises:
            BadAnswerError: Not all could be asked.
        """
        told = self._told.setdefault(origin, {})
        failures: dict[str, str] = {}

        async def ask(teller: Teller) -> None:
            try:
                notes = await teller.notes(origin)
            except NodeError as error:
                failures[teller.name] = str(error)[:LONGEST_FAILURE]
                return
            self._heard(notes, teller.name)
            told[teller.name] = [note for one in notes if (note := self._opened(origin, one)) is not None]

        await asyncio.gather(*(ask(teller) for teller in self._tellers if teller.name not in told))
        if failures:
            why = "; ".join(f"{name}: {failure}" for name, failure in failures.items())
            raise BadAnswerError(f"it waits until all partners say what they know of it ({why})")
        return self._told.pop(origin)

    def _opened(self, origin: str, note: bytes) -> Target | None:
        for key in self._keys[origin]:
            try:
                return open_target(note, key)
            except BadAnswerError:
                continue
        return None

    async def _check(
        self, origin: str, newest: Target, known: Iterable[tuple[int, bytes]], tellers: Sequence[str]
    ) -> None:
        """Check that all that is known is the beginning of a tree, by the tiles that one of these serves.

        Raises:
            NodeError: It isn't, or nobody serves it.
        """
        by_name = {teller.name: teller for teller in self._tellers}
        failure: NodeError = BadAnswerError(f"nobody serves its tree of size {_size(newest)}")
        for name in tellers:
            tree = SignedTree(newest.checkpoint, by_name[name].source(origin).tile)
            try:
                for size, root in sorted(known):
                    if root != await _root_at(tree, newest, size):
                        raise _ContradictionError(size)
            except _ContradictionError as contradiction:
                raise BadAnswerError(
                    f"its tree of size {_size(newest)} does not extend what is known of size {contradiction.size}: "
                    "it has shown two histories"
                ) from None
            except NodeError as error:
                failure = error
            else:
                return
        raise failure


class _ContradictionError(Exception):
    """Tiles that lead to the signed root hash show another tree at a size."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


async def _root_at(tree: SignedTree, newest: Target, size: int) -> bytes:
    if size in (0, _size(newest)):
        return newest.checkpoint.root if size else EMPTY_ROOT
    return await tree.root_at(size)


def _moved(row: Cosigned, newest: Target) -> Cosigned:
    """Return a row that stands at a checkpoint that it isn't known to have cosigned: there is no note to show."""
    return Cosigned(row.origin, row.claim, _size(newest), newest.checkpoint.root, None, None, suspended=False)


def _size(note: Target) -> int:
    return note.checkpoint.size
