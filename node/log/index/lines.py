"""What the publisher of an index asks for: the lines of partners' index cosigners on a note of ours."""

from typing import Protocol

from protocol.encoding.note import NoteSignature
from protocol.gossip.cosign_index import CosignIndex


class Lines(Protocol):
    """Gathers partners' lines on one note after the other."""

    @property
    def can_suffice(self) -> bool:
        """Whether a quorum can be had at all."""
        ...

    @property
    def suffice(self) -> bool:
        """Whether those who have cosigned are a quorum."""
        ...

    def all(self) -> tuple[NoteSignature, ...]:
        """Return the lines that are there."""
        ...

    def begin(self, request: CosignIndex) -> None:
        """Have partners asked for their lines on this note, and for those on no other any more."""
        ...

    async def moved(self, seconds: float) -> bool:
        """Wait for further lines, at most so many seconds."""
        ...

    def close(self) -> None:
        """Ask nobody any more."""
        ...
