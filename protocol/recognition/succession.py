"""This log is closed, and another origin follows (entry kind ``succession``, version 1).

The entry is the log's last: ``size`` is the tree size with it, so it stands at leaf index ``size`` − 1. At any other
place it closes nothing, and whatever a log holds behind it counts for nothing. It extends no trust by itself: whoever
relies on the log takes its successor from its policy, its configuration or a roster.
"""

from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta

from protocol.encoding.jcs import MAX_INTEGER
from protocol.recognition.scalars import Id, Origin, Version
from protocol.recognition.shape import Strict

DEFAULT_ID: Final = "succession"


class Succession(Strict, frozen=True, kw_only=True, tag_field="kind", tag="succession"):
    """The end of a log."""

    kind: ClassVar[str] = "succession"
    v: Literal[1] = 1
    id: Id
    version: Version
    size: Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
    successor: Origin

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format, id and version."""
        return {"kind": cls.kind, "v": 1, "id": DEFAULT_ID, "version": 1} | value

    def closes_at(self, leaf: int) -> bool:
        """Return whether an entry at this leaf index is the end that it says."""
        return self.size == leaf + 1
