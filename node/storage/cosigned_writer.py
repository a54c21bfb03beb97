"""The one connection on which this process moves the rows of `cosigned`, many at a time.

What waits while a commit is under way goes into the next, all in one statement. Those whom a commit has answered ask
again at once, where logs are busy: they are waited for, for a part of the time that the commit took. Otherwise two
halves of the askers would take turns for ever, each with commits of its own.

A mover is told that it moved only after a known COMMIT. After an unknown outcome (`node.storage.writer` says when one
is) the connection is given up and the same statement sent on a new one: it tells by the note whether it was carried out
before, and its own commit is the barrier for all before it. If the process dies at any line, or the server stays away
too long, the row has moved or not, and no cosignature has left.

No time limit and no cancellation is ever put around a commit: a mover that goes away leaves it to end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

import asyncpg

from node.errors import NodeError, PushBackError
from node.storage.cosigned import Advance, Claim, Cosigned, advance_all, confirm, enrol
from node.storage.database import Connection, Database, check_server
from node.storage.writer import DATABASE_FAILURES, RECONNECT_SECONDS, nothing_written
from node.telemetry import COSIGNED_ROWS, UNKNOWN_COMMITS, warn

MOST_AT_ONCE: Final = 256
"""Rows that one statement moves; more wait for the next."""

QUIET_TURNS: Final = 2
"""Turns of the event loop that bring no further row: what has arrived is read in the first, checked in the second."""

WAIT_SHARE: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 0.003
"""How long those are waited for who were answered: of the time that their commit took, and at most."""

ROLLED_BACK: Final = ("40001", "40P01")
"""SQLSTATEs that say 'nothing was written, and the same may succeed now': serialization failure, deadlock."""

LABEL: Final = "cosigned"
"""What stands for an origin in the metric of unknown commits: one commit is of many logs."""

Told = TypeVar("Told")
Waiting = tuple[Advance, asyncio.Future[bool]]
Unsure = tuple[Claim, list[str], asyncio.Future[list[Cosigned]]]


class CosignedWriter:
    """Moves rows of `cosigned`; `run` has to run beside whoever asks."""

    def __init__(self, database: Database) -> None:
        """Prepare; the connection is opened when first needed."""
        self._database = database
        self._connection: Connection | None = None
        self._warnings: list[str] = []
        self._waiting: list[Waiting] = []
        self._unsure: list[Unsure] = []
        self._wake = asyncio.Event()
        self._expected = 0
        """How many may ask soon: those whom the latest commit answered, and those who waited meanwhile."""
        self._patience = 0.0
        """Seconds that they are waited for."""
        self._ended = False

    async def advance(self, wanted: Advance) -> bool:
        """Move a row; return False if it does not stand where the move begins, or is suspended, and nothing was done.

        Raises:
            PushBackError: It is not known to have moved; no cosignature of it may leave.
        """
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, told))
        self._ask()
        return await told

    async def confirm(self, claim: Claim, origins: Sequence[str]) -> list[Cosigned]:
        """Return the logs' rows, begun where there were none; nothing that they say can be lost any more.

        Raises:
            PushBackError: The database could not be asked.
        """
        told: asyncio.Future[list[Cosigned]] = asyncio.get_running_loop().create_future()
        self._unsure.append((claim, list(origins), told))
        self._ask()
        return await told

    def _ask(self) -> None:
        self._wake.set()
        if self._ended:
            self._turn_away()

    async def run(self) -> None:
        """Commit what waits, group by group, until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting or self._unsure:
                    if self._waiting:
                        await self._gather()
                        await self._move(self._take())
                    if self._unsure:
                        await self._make_sure(self._unsure.pop(0))
        finally:
            self._ended = True
            self._turn_away()
            self._close()

    async def _gather(self) -> None:
        """Let those join the commit who have arrived, and for a moment those who were just answered."""
        quiet = 0
        while quiet < QUIET_TURNS and len(self._waiting) < MOST_AT_ONCE:
            before = len(self._waiting)
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._waiting) == before else 0
        if len(self._waiting) < self._expected:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    while len(self._waiting) < self._expected:
                        self._wake.clear()
                        await self._wake.wait()

    def _take(self) -> list[Waiting]:
        """Return the group that comes next: of each row the first that waits."""
        group: dict[tuple[str, str], Waiting] = {}
        later = []
        for one in self._waiting:
            row = (one[0].origin, one[0].claim)
            if row in group or len(group) == MOST_AT_ONCE:
                later.append(one)
            else:
                group[row] = one
        self._waiting = later
        return list(group.values())

    async def _move(self, group: list[Waiting]) -> None:
        wanted = [one for one, _ in group]
        COSIGNED_ROWS.observe(len(group))
        now = asyncio.get_running_loop().time
        began = now()
        with _telling(*(told for _, told in group)):
            moved = await self._known(lambda connection, again: advance_all(connection, wanted, again=again))
            for one, told in group:
                _tell(told, (one.origin, one.claim) in moved)
        self._expected = min(len(group) + len(self._waiting), MOST_AT_ONCE)
        self._patience = min(WAIT_SHARE * (now() - began), LONGEST_WAIT_SECONDS)

    async def _make_sure(self, unsure: Unsure) -> None:
        claim, origins, told = unsure

        async def ask(connection: Connection, again: bool) -> list[Cosigned]:
            await enrol(connection, claim, origins)
            return await confirm(connection, claim, origins)

        with _telling(told):
            _tell(told, await self._known(ask))

    async def _known(self, act: Callable[[Connection, bool], Awaitable[Told]]) -> Told:
        """Return what a statement gives once its commit is known; unknown, it is sent again on another connection.

        Raises:
            PushBackError: The server refused, or could not be reached for some seconds.
        """
        failure, again = "", False
        for pause in (0.0, *RECONNECT_SECONDS):
            await asyncio.sleep(pause)
            try:
                result = await act(await self._connected(), again)
                if not self._warnings:
                    return result
                failure = self._warnings[-1]
            except asyncpg.PostgresError as error:
                failure = str(error)
                if nothing_written(error.sqlstate or "") and not self._warnings:
                    if error.sqlstate not in ROLLED_BACK:
                        break
                    continue
            except DATABASE_FAILURES as error:
                failure = str(error) or type(error).__name__
            # Nothing that was sent is relied on: it may be carried out, now or later, or lost.
            again = True
            self._close()
            UNKNOWN_COMMITS.labels(LABEL).inc()
            warn("commit_unknown", log=LABEL, failure=failure)
        raise PushBackError(f"the database has not taken what is to be cosigned: {failure}", code="not-ready")

    async def _connected(self) -> Connection:
        """Return the connection, opened anew if need be.

        Raises:
            FatalError: The server that answers doesn't keep what it acknowledges.
        """
        self._warnings.clear()
        if self._connection is None:
            self._connection = await self._database.connect(self._warnings.append)
            await check_server(self._connection)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            # Closing politely would wait for a server that may be gone.
            self._connection.terminate()
        self._connection = None

    def _turn_away(self) -> None:
        """Tell all who wait that nothing more is written here."""
        error = PushBackError("the node is stopping", code="not-ready")
        for _, told in self._waiting:
            _fail(told, error)
        for _, _, unsure in self._unsure:
            _fail(unsure, error)
        self._waiting, self._unsure = [], []


@contextmanager
def _telling(*waiting: asyncio.Future[Any]) -> Iterator[None]:
    """Let those who wait know what keeps them from an answer; only a refusal lets the writer go on."""
    try:
        yield
    except BaseException as error:
        for told in waiting:
            _fail(told, error if isinstance(error, NodeError) else PushBackError("the node has stopped"))
        if not isinstance(error, PushBackError):
            raise


def _tell(told: asyncio.Future[Told], result: Told) -> None:
    if not told.done():
        told.set_result(result)


def _fail(told: asyncio.Future[Any], error: NodeError) -> None:
    if not told.done():
        told.set_exception(error)
        told.exception()  # whoever waited may be gone: it is no fault that nobody hears it
