"""A database whose writing connection fails where a test wants it to.

The statements of a sequencer's connection are named by what they are for::

    connect · settings · identity · barrier · head · tiles · tails · bundles   begins, or finds out what became
    step                                                                        the one statement that moves the head
    begin · step · copy · companion · commit                                    the same as an explicit transaction
    advance · confirm · enrol                                                   what a cosigner cosigned last
    rollback · release · lookup

A fault is armed for the next statement of a name, or for the k-th statement of any name; it happens once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

import asyncpg

from node.storage.database import Connection, Database


class Fault(Enum):
    """What happens to a statement."""

    REFUSED = "the server refuses: disk full, nothing done"
    CANCELLED = "the server cancels it, nothing done"
    LOST_BEFORE = "the connection is lost before it arrives"
    LOST_AFTER = "it is done, and the connection lost before the answer arrives"
    ENDED_AFTER = "it is done, and instead of the answer the server says that it ends the session"
    WARNED = "it is done, and the server answers with a warning"
    LATE = "the connection is lost, and the server does it only when the next barrier has passed"


NAMES = {
    "WITH head AS": "step",
    "UPDATE logs SET epoch": "barrier",
    "UPDATE logs SET released": "release",
    "SELECT * FROM logs": "head",
    "UPDATE cosigned SET size": "advance",
    "UPDATE cosigned SET confirmed": "confirm",
    "INSERT INTO cosigned": "enrol",
    "SELECT system_identifier": "identity",
    "FROM tiles": "tiles",
    "FROM tails": "tails",
    "FROM bundles": "bundles",
    "FROM submissions": "lookup",
    "FROM tags": "lookup",
    "FROM clear_entries": "lookup",
    "current_setting": "settings",
}


def name_of(statement: str) -> str:
    """Return what a statement is for."""
    return next((name for begin, name in NAMES.items() if begin in statement), "companion")


class FaultyDatabase(Database):
    """The real database, reached by a sequencer over connections that fail on demand."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__(arguments)
        self.statements: list[str] = []
        """The names of all statements so far."""
        self.late: list[Callable[[], Awaitable[Any]]] = []
        """Statements that the server has and hasn't done yet."""
        self.done_late: list[Any] = []
        """What became of them."""
        self.hold: asyncio.Event | None = None
        """While it is there and unset, barriers wait, as they do for a standby that is away."""
        self.delay: dict[str, float] = {}
        """Seconds that statements of a name take."""
        self._armed: list[tuple[Callable[[str], bool], Fault]] = []

    def arm(self, fault: Fault, name: str, *, skip: int = 0) -> None:
        """Let the next statement of a name fail, or a later one."""
        remaining = [skip]

        def is_it(found: str) -> bool:
            if found == name:
                remaining[0] -= 1
            return found == name and remaining[0] < 0

        self._armed.append((is_it, fault))

    def arm_at(self, fault: Fault, number: int) -> None:
        """Let the statement of this number fail, counted from the first."""
        self._armed.append((lambda _: len(self.statements) == number, fault))

    @property
    def armed(self) -> bool:
        """Whether a fault is still to come."""
        return bool(self._armed)

    async def close(self) -> None:
        """Close the pool, once what is late has been done."""
        await self.do_late()
        await super().close()

    async def do_late(self) -> None:
        """Do what the server still has to do."""
        while self.late:
            self.done_late.append(await self.late.pop(0)())

    async def connect(self, on_warning: Callable[[str], None]) -> Connection:
        """Open a connection that may fail, to begin with here."""

        async def really() -> Connection:
            return await super(FaultyDatabase, self).connect(on_warning)

        fault = self.next_fault("connect")
        if fault in (None, Fault.WARNED):
            return FaultyConnection(self, await really())
        raise _error_of(fault)

    def next_fault(self, name: str) -> Fault | None:
        """Count a statement and return the fault that is meant for it."""
        self.statements.append(name)
        for armed in self._armed:
            if armed[0](name):
                self._armed.remove(armed)
                return armed[1]
        return None


class FaultyConnection:
    """A connection that counts and, when asked to, fails its statements."""

    def __init__(self, database: FaultyDatabase, real: asyncpg.Connection) -> None:
        self._database = database
        self._real = real
        self._is_late = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def fetchval(self, statement: str, *arguments: Any, **options: Any) -> Any:
        """Run a statement."""
        return await self.attempt(name_of(statement), lambda: self._real.fetchval(statement, *arguments, **options))

    async def fetchrow(self, statement: str, *arguments: Any) -> Any:
        """Run a statement."""
        return await self.attempt(name_of(statement), lambda: self._real.fetchrow(statement, *arguments))

    async def fetch(self, statement: str, *arguments: Any) -> Any:
        """Run a statement."""
        return await self.attempt(name_of(statement), lambda: self._real.fetch(statement, *arguments))

    async def execute(self, statement: str, *arguments: Any) -> Any:
        """Run a statement."""
        return await self.attempt(name_of(statement), lambda: self._real.execute(statement, *arguments))

    async def copy_records_to_table(self, table: str, **options: Any) -> Any:
        """Copy rows."""
        return await self.attempt("copy", lambda: self._real.copy_records_to_table(table, **options))

    def transaction(self) -> "FaultyTransaction":
        """Return a transaction whose ends may fail."""
        return FaultyTransaction(self, self._real.transaction())

    async def attempt(
        self,
        name: str,
        really: Callable[[], Awaitable[Any]],
        *,
        if_refused: Callable[[], Awaitable[Any]] | None = None,
    ) -> Any:
        """Do what a statement does, or what becomes of it under the fault that is armed for it."""
        fault = self._database.next_fault(name)
        if name == "barrier" and self._database.hold is not None:
            await self._database.hold.wait()
        if name in self._database.delay:
            await asyncio.sleep(self._database.delay[name])
        if fault is None:
            result = await really()
            if name == "barrier":
                await self._database.do_late()
            return result
        if fault is Fault.LATE and not self._real.is_in_transaction():
            # The client has lost its connection; the server has the statement, and takes its time.
            self._is_late = True
            self._database.late.append(lambda: self._do_and_close(really))
            raise _error_of(fault)
        if fault in (Fault.LOST_AFTER, Fault.ENDED_AFTER, Fault.WARNED, Fault.LATE):
            result = await really()
            if fault is Fault.WARNED:
                await self._real.execute(
                    "DO $$ BEGIN RAISE WARNING 'canceling wait for synchronous replication'; END $$"
                )
                return result
        if fault not in (Fault.REFUSED, Fault.CANCELLED):
            self._real.terminate()
        elif if_refused is not None:
            await if_refused()
        raise _error_of(fault)

    async def _do_and_close(self, really: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await really()
        except asyncpg.PostgresError as error:
            return error
        finally:
            await self._real.close()

    def terminate(self) -> None:
        """Close at once, unless a late statement still has to arrive on it."""
        if not self._is_late:
            self._real.terminate()


class FaultyTransaction:
    """A transaction that counts and fails like the statements inside it."""

    def __init__(self, connection: FaultyConnection, real: Any) -> None:
        self._connection = connection
        self._real = real

    async def start(self) -> None:
        """Begin."""
        await self._connection.attempt("begin", self._real.start)

    async def commit(self) -> None:
        """Commit."""
        await self._connection.attempt("commit", self._real.commit, if_refused=self._real.rollback)

    async def rollback(self) -> None:
        """Roll back."""
        await self._connection.attempt("rollback", self._real.rollback, if_refused=self._real.rollback)


def _error_of(fault: Fault) -> Exception:
    match fault:
        case Fault.REFUSED:
            return asyncpg.DiskFullError("could not extend file: no space left on device")
        case Fault.CANCELLED:
            return asyncpg.QueryCanceledError("canceling statement due to user request")
        case Fault.ENDED_AFTER:
            return asyncpg.AdminShutdownError("terminating connection due to administrator command")
        case _:
            return ConnectionResetError("connection lost")
