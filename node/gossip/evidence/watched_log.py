"""A log as gossip sees it, own or followed: what is held of it here, and where more of its tree can be read."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from node.log.follow import LogSource, Target
from node.log.prove import LogReader
from node.log.state import Published
from protocol.encoding.keys import VerifierKey
from protocol.errors import ProtocolError
from protocol.log.checkpoint import open_checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedLog:
    """One log."""

    origin: str
    keys_now: Callable[[], tuple[VerifierKey, ...]]
    """Gives the keys by which it is known here, those that have ended among them."""
    own: bool
    """Whether this node signs it."""
    reader: Callable[[], LogReader | None]
    """Gives what reads the tree that is held here; None while nothing is."""
    notes: Callable[[], Iterable[bytes]]
    """Gives the notes that rest on what is held here, or go beyond it: mirrored, pending, cosigned."""
    ask: Callable[[], Awaitable[object]]
    """Asks the log itself what is new, and takes it over."""
    sources: Callable[[str], Sequence[LogSource]]
    """Gives who may serve the tree of a note, best first, for one that the partner of this name told."""
    grow: Callable[[LogSource], Awaitable[None]]
    """Takes over what a source serves beyond what is held here; raises NodeError."""
    pushed_at: Callable[[], int | None] = lambda: None
    """Gives when it last had our mirror cosign what it pushed, in POSIX seconds; None where it never did."""

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The keys by which it is known here."""
        return self.keys_now()

    def open(self, note: bytes) -> Target | None:
        """Return a note that the log signed, without anybody else's lines; None of any other."""
        try:
            checkpoint, _ = open_checkpoint(note, self.keys)
        except ProtocolError:
            return None
        return Target(checkpoint, Target(checkpoint, note).signed().encode())

    def published(self) -> Published | None:
        """Return the checkpoint that is shown of it here, if there is one."""
        reader = self.reader()
        return None if reader is None else reader.state.published

    @property
    def size(self) -> int:
        """How large the tree is that is held here."""
        reader = self.reader()
        return 0 if reader is None else reader.state.head.size
