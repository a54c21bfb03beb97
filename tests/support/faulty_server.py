"""A server between a program and PostgreSQL, whose k-th answer fails: whoever asks, over whatever connection.

It listens on a socket of its own and passes on what it gets, counting round trips: the start of a session, a simple
query, everything up to a Sync (https://www.postgresql.org/docs/18/protocol.html). The counter says which of them fail,
and a `Fault` how. Unlike `tests.support.faulty_database` it knows no names of ours, and concerns the pool as well.
"""

import asyncio
import contextlib
import shutil
import struct
import tempfile
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, quote, urlsplit

from tests.support.counter import Counter
from tests.support.faulty_database import Fault

PORT = 5432
CANCEL_REQUEST = 80877102
COMPLETE = (b"Z", b"G")
"""Types of messages that end a round trip: ready for a query, ready for what is to be copied."""

COMPLETE_IF_FLUSHED = (b"T", b"n", b"E")
"""And what was prepared before a Flush: its columns, that it has none, or an error, which a Sync will follow."""

ASKING = (b"Q", b"S", b"H", b"c", b"f")
"""Types of messages after which the client waits: query, sync, flush, and the two ends of a copy."""

FAIL = "DO $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$"
WARNING = {"S": "WARNING", "V": "WARNING", "C": "01000", "M": "canceling wait for synchronous replication"}
ENDED = {"S": "FATAL", "V": "FATAL", "C": "57P01", "M": "terminating connection due to administrator command"}

SYNC = "sync"
"""What a client asks for after an error: nothing can fail in it that has not failed already."""

Message = tuple[bytes, bytes]
"""Its type, and what follows its length."""


class FaultyServer:
    """Passes sessions on to a PostgreSQL on a Unix socket, until the block ends."""

    def __init__(self, dsn: str, counter: Counter, fault: Fault) -> None:
        """Stand before the server of an address."""
        self.counter, self.fault = counter, fault
        self._address = urlsplit(dsn)
        self._socket = f"{parse_qs(self._address.query)['host'][0]}/.s.PGSQL.{PORT}"
        self._folder = Path(tempfile.mkdtemp(prefix="faulty-", dir="/tmp"))  # a socket's path is short
        self._sessions: set[asyncio.Task[None]] = set()

    @property
    def dsn(self) -> str:
        """The same database, reached through here."""
        return self._address._replace(query=f"host={quote(str(self._folder))}&port={PORT}").geturl()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._begin, self._folder / f".s.PGSQL.{PORT}")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut whoever is still connected."""
        self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        shutil.rmtree(self._folder)

    async def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                up_reader, up_writer = await asyncio.open_unix_connection(self._socket)
                try:
                    await Session(self, reader, writer, up_reader, up_writer).run()
                finally:
                    up_writer.transport.abort()
        finally:
            writer.transport.abort()
            self._sessions.discard(task)


class Session:
    """One connection, and the one behind it."""

    def __init__(
        self,
        server: FaultyServer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        self._server = server
        self._reader, self._writer = reader, writer
        self._up_reader, self._up_writer = up_reader, up_writer
        self._complete = asyncio.Event()
        self._swallow = False
        self._flushed = False
        """Whether the client waits for what a Flush gives."""
        self._before_ready = b""
        """Sent to the client before it is told that the round trip is complete."""
        self._texts: dict[bytes, str] = {}
        """What was prepared, by its name."""
        self._copies = False
        """Whether the server waits for rows."""

    async def run(self) -> None:
        """Pass on what both sides say, until one of them ends."""
        length, code = struct.unpack("!II", await self._reader.readexactly(8))
        started = struct.pack("!II", length, code) + await self._reader.readexactly(length - 8)
        if code == CANCEL_REQUEST:
            self._up_writer.write(started)
            await self._up_writer.drain()
            return
        answers = asyncio.create_task(self._from_server())
        answers.add_done_callback(self._end)
        try:
            await self._round_trip("connect", started, [])
            while True:
                messages = await self._asked()
                await self._round_trip(self._name(messages), b"".join(map(_render, messages)), messages)
        finally:
            answers.cancel()

    def _end(self, answers: asyncio.Task[None]) -> None:
        """The server has hung up: so does the client's side, once all that it said has been passed on."""
        if not answers.cancelled():
            answers.exception()
        self._complete.set()
        self._writer.close()

    async def _from_server(self) -> None:
        while True:
            kind, body = await _read(self._up_reader)
            self._copies = kind == b"G" or (self._copies and kind != b"Z")
            if not self._swallow:
                if kind == b"Z" and self._before_ready:
                    self._writer.write(self._before_ready)
                    self._before_ready = b""
                self._writer.write(_render((kind, body)))
                await self._writer.drain()
            if kind in COMPLETE or (self._flushed and kind in COMPLETE_IF_FLUSHED):
                self._complete.set()

    async def _asked(self) -> list[Message]:
        """Return what the client sends until it waits for an answer."""
        messages: list[Message] = []
        while not messages or messages[-1][0] not in ASKING:
            messages.append(await _read(self._reader))
            if messages[-1][0] == b"X":
                raise asyncio.IncompleteReadError(b"", None)
        return messages

    def _name(self, messages: list[Message]) -> str:
        """Return what a round trip is about: the beginning of its statement."""
        for kind, body in messages:
            if kind == b"P":
                name, text = body.split(b"\0")[:2]
                self._texts[name] = _words(text)
        for kind, body in messages:
            if kind == b"Q":
                return _words(body)
            if kind == b"B":
                return self._texts.get(body.split(b"\0")[1], "an unknown statement")
            if kind == b"P":
                return f"prepare {_words(body.split(bytes(1))[1])}"
        return "copied rows" if messages[-1][0] in (b"c", b"f") else SYNC

    async def _round_trip(self, name: str, data: bytes, messages: list[Message]) -> None:
        """Do what is asked, or what becomes of it under the fault that is meant for it."""
        if messages and messages[-1][0] in (b"c", b"f") and not self._copies:
            self._up_writer.write(data)  # the end of a copy that was refused: the server passes over it, unanswered
            await self._up_writer.drain()
            return
        self._flushed = bool(messages) and messages[-1][0] == b"H"
        is_counted = name != SYNC
        fault = self._server.fault if is_counted and self._server.counter.strikes(name) else None
        if fault is None:
            await self._pass_on(data)
        elif fault in (Fault.REFUSED, Fault.CANCELLED) and messages:
            await self._refuse(messages)
        elif fault is Fault.WARNED:
            self._before_ready = b"" if self._flushed else _told(b"N", WARNING)
            await self._pass_on(data)
        elif fault in (Fault.LOST_AFTER, Fault.ENDED_AFTER):
            self._swallow = True
            await self._pass_on(data)
            if fault is Fault.ENDED_AFTER:
                self._writer.write(_told(b"E", ENDED))
                self._writer.close()
                await self._writer.wait_closed()
            raise ConnectionResetError
        else:
            raise ConnectionResetError

    async def _pass_on(self, data: bytes) -> None:
        self._complete.clear()
        self._up_writer.write(data)
        await self._up_writer.drain()
        await self._complete.wait()

    async def _refuse(self, messages: list[Message]) -> None:
        """Let the server itself say no, so that its session is in the state that it would be in."""
        if messages[-1][0] in (b"c", b"f"):
            await self._pass_on(_render((b"f", b"no space left on device\0")))
        elif messages[0] == (b"Q", b"COMMIT;\0"):
            self._swallow = True
            await self._pass_on(_render((b"Q", b"ROLLBACK\0")))
            self._swallow = False
            refused = {"S": "ERROR", "V": "ERROR", "C": "53100", "M": "no space left on device"}
            self._writer.write(_told(b"E", refused) + _render((b"Z", b"I")))
            await self._writer.drain()
        elif self._flushed:
            # What can't be parsed is refused, and the client asks for the rest of the answer by a Sync.
            await self._pass_on(_render((b"P", b"\0no space left on device\0\0\0")) + _render((b"H", b"")))
        else:
            await self._pass_on(_render((b"Q", FAIL.encode() + b"\0")))


async def _read(reader: asyncio.StreamReader) -> Message:
    kind = await reader.readexactly(1)
    (length,) = struct.unpack("!I", await reader.readexactly(4))
    return kind, await reader.readexactly(length - 4)


def _render(message: Message) -> bytes:
    kind, body = message
    return kind + struct.pack("!I", len(body) + 4) + body


def _told(kind: bytes, fields: dict[str, str]) -> bytes:
    return _render((kind, b"".join(f"{name}{value}\0".encode() for name, value in fields.items()) + b"\0"))


def _words(text: bytes) -> str:
    return " ".join(text.rstrip(b"\0").decode(errors="replace").split())[:70]
