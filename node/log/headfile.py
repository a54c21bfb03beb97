"""What the node remembers of its log's head outside the database, in a file beside the log key.

A database copied back from yesterday looks healthy, and a node that went on signing over it would fork its log. So the
node keeps the newest head it knows of, with the server it came from, where a restored database does not overwrite it:
canonical JSON (`protocol.encoding.canonical`) of exactly these members, in ``<key file>.head``::

    {"origin":"ledger.example.org/nostra","root":"<base64>","size":20852163,
     "system_identifier":"7412345678901234567","timeline":1,"v":1}

System identifier (64 bits, hence text) and timeline are PostgreSQL's own words for "which database cluster" and "which
of its histories"; a restore to a point in time or a standby's promotion begins a new timeline.

System identifier 0 is no server's: so writes a recovery, or the restore of a backup, which know how far the log was and
not upon what server it may be gone on with. Only a start that the operator says is meant goes on from there.

The file is written at most once a second, so it may lag behind: it narrows the gap, and only partners close it
(design.md 5). If the process dies now, the old file or the new one is there, whole.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from node.errors import FatalError
from node.storage.files import replace_file
from protocol.encoding.canonical import decode, encode
from protocol.encoding.wire import b64, check_origin, parse_b64_hash
from protocol.errors import MalformedError

VERSION = 1
SYSTEM_IDENTIFIER = re.compile("0|-?[1-9][0-9]{0,18}")  # PostgreSQL shows it as a signed number of 64 bits
MEMBERS = {"origin": str, "root": str, "size": int, "system_identifier": str, "timeline": int, "v": int}
NO_SERVER = 0
"""The system identifier of no PostgreSQL."""

SHORTEST_INTERVAL = 1.0  # Seconds between two writes, each of which waits for the disk.


@dataclass(frozen=True, slots=True)
class HeadState:
    """The head of a log, and the database that holds it."""

    origin: str
    size: int
    root: bytes
    system_identifier: int
    timeline: int

    def render(self) -> bytes:
        """Return the bytes of the file."""
        return encode(
            {
                "origin": self.origin,
                "root": b64(self.root),
                "size": self.size,
                "system_identifier": str(self.system_identifier),
                "timeline": self.timeline,
                "v": VERSION,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the bytes of the file.

        Raises:
            MalformedError: they are not exactly what `render` writes.
        """
        members = _members(decode(data))
        if members["v"] != VERSION or members["size"] < 0 or members["timeline"] < 1:
            raise MalformedError("a number is out of its range")
        check_origin(members["origin"])
        root, system = parse_b64_hash(members["root"]), members["system_identifier"]
        if not SYSTEM_IDENTIFIER.fullmatch(system):
            raise MalformedError("expected a decimal number", "system_identifier")
        return cls(members["origin"], members["size"], root, int(system), members["timeline"])


def check(head: HeadState, state: HeadState | None, *, restore_accepted: bool = False) -> None:
    """Check that the database's head may be signed upon, given what the file remembers.

    ``restore_accepted`` is an operator's logged word that a new server or a new history of it is meant. It never
    excuses a database that is behind the file, or that holds another tree.

    Raises:
        FatalError: it may not; the text names the way out.
    """
    if state is None:
        if head.size and not restore_accepted:
            raise FatalError(f"nothing beside the key remembers the head of {head.origin}", mend=ACCEPT)
        return
    if state.origin != head.origin:
        raise FatalError(f"the head file beside the key is of {state.origin}, not of {head.origin}", mend=WRONG_FILE)
    if head.size < state.size:
        raise FatalError(
            f"the database holds {head.size} entries of {head.origin}, which had {state.size}", mend=RECOVER
        )
    if head.size == state.size and head.root != state.root:
        raise FatalError(f"the database holds another tree of {head.origin} at size {head.size}", mend=RECOVER)
    if restore_accepted:
        return
    if head.system_identifier != state.system_identifier:
        raise FatalError(f"the database of {head.origin} is on another PostgreSQL cluster than before", mend=ACCEPT)
    if head.timeline != state.timeline:
        raise FatalError(
            f"the database of {head.origin} is on timeline {head.timeline}, was on {state.timeline}", mend=ACCEPT
        )


ACCEPT = (
    "if this is a restore or a fail-over that you meant, and it lost nothing, start once with `nostra serve "
    "--accept-restore`"
)
RECOVER = "put the newer database back, or recover the log from its mirrors; it signs nothing until then"
UNWRITABLE = "make room on its disk, or let the node write beside its key, and start again"
WRONG_FILE = "put the key and its head file back together from the backup"


class HeadFile:
    """The file of one log."""

    def __init__(self, key_file: Path) -> None:
        """Name the log's key file, which the head file stands beside."""
        self.path = key_file.with_name(f"{key_file.name}.head")
        self._written_at: float | None = None
        self._unwritten: HeadState | None = None

    def read(self) -> HeadState | None:
        """Return what was remembered, or None where there is no file.

        Raises:
            FatalError: the file is damaged.
        """
        try:
            return HeadState.parse(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, MalformedError) as error:
            raise FatalError(f"{self.path} can't be read: {error}", mend=WRONG_FILE) from None

    def remember(self, state: HeadState, now: float) -> bool:
        """Take a newer head, write it if the last write was a second ago, and return whether it was written.

        ``now`` is seconds on a clock that never goes back. The caller calls ``flush`` when it stops.
        """
        self._unwritten = state
        return self.write_if_due(now)

    def write_if_due(self, now: float) -> bool:
        """Write the head that was taken and not yet written, if the last write was a second ago."""
        recent = self._written_at is not None and now - self._written_at < SHORTEST_INTERVAL
        if recent or self._unwritten is None:
            return False
        self.flush()
        self._written_at = now
        return True

    def flush(self) -> None:
        """Write the head that was taken and not yet written, if there is one."""
        if self._unwritten is not None:
            self.write(self._unwritten)
            self._unwritten = None

    def write(self, state: HeadState) -> None:
        """Write durably, now.

        Raises:
            FatalError: it can't be written, so that a restore would go unnoticed.
        """
        try:
            replace_file(self.path, state.render())
        except OSError as error:
            raise FatalError(f"{self.path} can't be written: {error}", mend=UNWRITABLE) from None


def _members(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(MEMBERS):
        raise MalformedError(f"expected exactly the members {', '.join(MEMBERS)}")
    for name, kind in MEMBERS.items():
        if type(value[name]) is not kind:
            raise MalformedError(f"expected {'a number' if kind is int else 'text'}", name)
    return value
