"""What the node remembers of its cosigners' state outside the database: in ``cosigned.head``, in the folder of keys.

A cosigner that goes on from yesterday's state can cosign a second history of a log. So what it cosigned last of each
log is kept where a restored database doesn't overwrite it, with the server that holds the state: canonical JSON of
exactly these members::

    {"cosigned":[["ledger.other.example/nostra","mirror",20852163,"<base64 of the root hash>"],…],
     "system_identifier":"7412345678901234567","timeline":1,"v":1}

As a log's head file (`node.log.headfile`) it lags behind by up to a second, and it never goes back: of a log that is
suspended, or whose row is smaller, what is remembered stays. If the process dies now, the old file or the new one is
there, whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from node.config import Config
from node.errors import FatalError
from node.log.headfile import SYSTEM_IDENTIFIER
from node.storage.cosigned import Cosigned
from node.storage.database import Identity
from node.storage.files import replace_file
from protocol.encoding.canonical import decode, encode
from protocol.encoding.wire import b64, check_origin, parse_b64_hash
from protocol.errors import MalformedError

NAME: Final = "cosigned.head"
VERSION: Final = 1
DAMAGED: Final = "remove it: every log is then taken for one whose state was restored, until partners have answered"
UNWRITABLE: Final = "make room on its disk, or let the node write into its folder of keys, and start again"


class Mark(NamedTuple):
    """How far a cosigner has cosigned a log."""

    origin: str
    claim: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class CosignedState:
    """All marks, and the server whose rows they are."""

    server: Identity
    marks: tuple[Mark, ...] = ()

    def render(self) -> bytes:
        """Return the bytes of the file."""
        marks = [[mark.origin, mark.claim, mark.size, b64(mark.root)] for mark in sorted(self.marks)]
        return encode(
            {
                "cosigned": marks,
                "system_identifier": str(self.server.system_identifier),
                "timeline": self.server.timeline,
                "v": VERSION,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the bytes of the file.

        Raises:
            MalformedError: They are not what `render` writes.
        """
        match decode(data):
            case {"cosigned": list(marks), "system_identifier": str(system), "timeline": int(timeline), "v": 1}:
                if not SYSTEM_IDENTIFIER.fullmatch(system) or timeline < 0:
                    raise MalformedError("a number is out of its range")
                return cls(Identity(int(system), timeline), tuple(map(_mark, marks)))
            case _:
                raise MalformedError("it is no state of cosigners, or of a later version")

    def of(self, origin: str) -> list[Mark]:
        """Return the marks of one log."""
        return [mark for mark in self.marks if mark.origin == origin]

    def with_rows(self, rows: Iterable[Cosigned]) -> "CosignedState":
        """Return the state with these rows; what is remembered of a row that is suspended, or smaller, stays."""
        known = {(mark.origin, mark.claim): mark.size for mark in self.marks}
        return self.with_marks(
            Mark(row.origin, row.claim, row.size, row.root)
            for row in rows
            if not row.suspended or row.size > known.get((row.origin, row.claim), -1)
        )

    def with_marks(self, marks: Iterable[Mark]) -> "CosignedState":
        """Return the state with these marks, each in the place of one that isn't larger."""
        merged = {(mark.origin, mark.claim): mark for mark in self.marks}
        for mark in marks:
            before = merged.get((mark.origin, mark.claim))
            if before is None or before.size <= mark.size:
                merged[mark.origin, mark.claim] = mark
        return CosignedState(self.server, tuple(sorted(merged.values())))

    def without(self, origin: str, *, above: int) -> "CosignedState":
        """Return the state without what is remembered of one log above a size: it counts no longer."""
        return replace(self, marks=tuple(mark for mark in self.marks if mark.origin != origin or mark.size <= above))

    def is_behind(self, rows: Iterable[Cosigned]) -> str:
        """Say of which log these rows are behind what is remembered, or of another tree; "" if of none."""
        there: dict[tuple[str, str], Cosigned] = {(row.origin, row.claim): row for row in rows}
        for mark in self.marks:
            row = there.get((mark.origin, mark.claim))
            if mark.size and (row is None or row.size < mark.size):
                held = 0 if row is None else row.size
                return f"the {mark.claim} has cosigned size {mark.size} of {mark.origin}, and the database knows {held}"
            if row is not None and row.size == mark.size and row.root != mark.root:
                return f"the {mark.claim} has cosigned another tree of {mark.origin} at size {mark.size}"
        return ""


class CosignedFile:
    """The file in one folder of keys."""

    def __init__(self, config: Config) -> None:
        """Name the folder."""
        self.path: Path = config.node.keys / NAME

    def read(self) -> CosignedState | None:
        """Return what was remembered, or None where there is no file.

        Raises:
            FatalError: The file is damaged.
        """
        try:
            return CosignedState.parse(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, MalformedError) as error:
            raise FatalError(f"{self.path} can't be read: {error}", mend=DAMAGED) from None

    def write(self, state: CosignedState) -> None:
        """Write durably, now.

        Raises:
            FatalError: It can't be written, so that a restore would go unnoticed.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self.path, state.render())
        except OSError as error:
            raise FatalError(f"{self.path} can't be written: {error}", mend=UNWRITABLE) from None


def _mark(value: Any) -> Mark:
    match value:
        case [str(origin), "witness" | "mirror" as claim, int(size), str(root)] if size >= 0:
            check_origin(origin)
            return Mark(origin, claim, size, parse_b64_hash(root))
        case _:
            raise MalformedError("expected origin, claim, tree size and root hash")
