"""Keep what this process knows of an own log in step with the database, and what is shown in step with what is known.

Nothing is shown that isn't known to be committed: `publish` is called behind a known commit or a barrier, and what
other processes have written is shown only once they have released it. Where partners are to hold the entries first,
a durable checkpoint is offered to whoever sees to that (`Release`), and `show_released` is called once they do. The
database must always extend what was relied on before, in this process and, by the head file, in earlier ones: a copy
from yesterday is refused, at the start and under our feet.
"""

from dataclasses import replace
from typing import Final, Protocol

from node.clock import Clock
from node.errors import FatalError
from node.log.headfile import RECOVER, HeadFile, HeadState, check
from node.log.prove import LogReader
from node.log.state import LogState, Published, load_position, published_of
from node.storage.database import Database
from node.storage.heads import Head, store_release
from node.storage.writer import DATABASE_FAILURES, Writer
from node.telemetry import TREE_SIZE, warn

AGAIN: Final = "run `nostra recover` again: it goes on"

LOOK_SECONDS: Final = 1.0
"""How often an idle log looks for what another process has released."""


class Release(Protocol):
    """Gets durable checkpoints to where they may be shown."""

    def offer(self, durable: Published) -> None:
        """Take the newest durable checkpoint, without waiting."""
        ...

    def quorum_time(self, note: bytes) -> int | None:
        """Return when a note got the cosignatures that are asked for; None if it hasn't."""
        ...


class LogKeeper:
    """Keeps one own log."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        head: Head,
        *,
        head_file: HeadFile,
        clock: Clock,
        release: Release | None = None,
    ) -> None:
        """Prepare to keep the log; `begin` loads it."""
        self._database = database
        self._writer = writer
        self._head_file = head_file
        self._clock = clock
        self._release = release
        self._told_size = head.released_size
        """Size of the checkpoint that other processes were told they may show."""
        self._looked_at = 0.0
        self._relied_on: HeadState
        """The newest head that was signed upon, or begun with."""
        self.reader: LogReader

    async def begin(self, *, restore_accepted: bool) -> bool:
        """Connect and load the log; return False if the database failed on the way.

        Raises:
            FatalError: The database isn't the one that this key last signed upon (`node.log.headfile`).
        """
        head = await self._writer.connect()
        remembered = self._head_file.read()
        check(self._state_of(head), remembered, restore_accepted=restore_accepted)
        if head.note is not None and published_of(head.size, head.note).root != head.root:
            raise FatalError(f"the recovery of {head.origin} was cut short at {head.size} entries", mend=AGAIN)
        try:
            state = LogState(await load_position(self._writer.connection, head))
            self.reader = LogReader(self._database.pool, state)
            await self._check_extends(remembered)
        except DATABASE_FAILURES as error:
            warn("database_unreachable", log=head.origin, failure=str(error))
            return False
        self._relied_on = self._state_of(head)
        return True

    async def load(self, head: Head) -> None:
        """Go on from this head; what is published stays.

        Raises:
            FatalError: It doesn't extend what this process relied on: the database was restored under our feet.
        """
        check(self._state_of(head), self._relied_on)
        state = self.reader.state
        if (head.size, head.root) == (state.head.size, state.head.root):
            state.position = replace(state.position, head=head)
        else:
            state.position = await load_position(self._writer.connection, head)
            await self._check_extends(self._relied_on)

    async def _check_extends(self, known: HeadState | None) -> None:
        """Check that the loaded log has at an earlier size the root hash that is known of it."""
        if known is not None and await self.reader.root_at(known.size) != known.root:
            raise FatalError(f"the database holds another tree of {known.origin} at size {known.size}", mend=RECOVER)

    async def holds(self, size: int, root: bytes) -> bool:
        """Whether the log behind the barrier has this root hash at this size: then the batch is in."""
        return self.reader.state.head.size >= size and await self.reader.root_at(size) == root

    def publish(self) -> None:
        """Make the durable checkpoint the one that is shown; where partners are to hold it first, offer it to them."""
        head = self.reader.state.head
        if head.note is None:
            return
        # What is offered leaves the node, if only for the mirrors: from here on the database must not be behind it.
        self._relied_on = self._state_of(head)
        self._head_file.remember(self._relied_on, self._clock.monotonic())
        durable = Published(head.size, head.root, head.note)
        if self._release is None:
            self._show(durable)
        else:
            self._release.offer(durable)

    def show_stored(self) -> None:
        """Show what was released before this process began."""
        head = self.reader.state.head
        if head.released_note is not None and head.released_size is not None:
            self._show(self._read(head.released_size, head.released_note))

    async def show_released(self, published: Published) -> None:
        """Show a checkpoint that partners hold.

        It is stored first: if the process dies after anybody has seen it, the next one shows nothing older.

        Raises:
            DATABASE_FAILURES: It is not stored, or perhaps not; then it isn't shown.
        """
        async with self._database.pool.acquire() as connection:  # one statement, and so one round trip
            await store_release(connection, self.reader.state.head.log_id, published.size, published.note)
        self._told_size = published.size
        shown = self.reader.state.published
        if shown is None or shown.size <= published.size:
            self._show(published)

    def _show(self, published: Published) -> None:
        self.reader.state.published = published
        TREE_SIZE.labels(self.reader.state.head.origin).set(published.size)

    def _read(self, size: int, note: bytes) -> Published:
        return published_of(size, note, None if self._release is None else self._release.quorum_time(note))

    def told(self, size: int) -> None:
        """Note that other processes are told, with a commit under way, that they may show this size."""
        self._told_size = size

    async def rest(self) -> None:
        """Use a pause: write the head down, tell what is released, or look for what others have released."""
        self._head_file.write_if_due(self._clock.monotonic())
        published = self.reader.state.published
        if self._release is None and published is not None and self._told_size != published.size:
            await self._writer.release(published.size, published.note)
            self._told_size = published.size
        elif self._clock.monotonic() - self._looked_at >= LOOK_SECONDS:
            await self._look()

    async def _look(self) -> None:
        """Show what another process of this database has released meanwhile; nothing of ours is under way."""
        self._looked_at = self._clock.monotonic()
        read_head = self._writer.head
        while True:
            try:
                await self._show_released(await read_head())
            except DATABASE_FAILURES as error:
                warn("database_unreachable", log=self.reader.state.head.origin, failure=str(error))
                read_head = self._writer.connect
            else:
                return

    async def _show_released(self, head: Head) -> None:
        size, note = head.released_size or 0, head.released_note
        await self.load(head)
        shown = self.reader.state.published
        if note is not None and (shown is None or size > shown.size):
            self._told_size = size
            self._show(self._read(size, note))
            if self._release is None:
                self._relied_on = replace(self._state_of(head), size=size, root=self.reader.published.root)
                self._head_file.remember(self._relied_on, self._clock.monotonic())

    def close(self) -> None:
        """Write the head down."""
        self._head_file.flush()

    def _state_of(self, head: Head) -> HeadState:
        server = self._writer.identity
        return HeadState(head.origin, head.size, head.root, server.system_identifier, server.timeline)
