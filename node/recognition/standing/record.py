"""The private record behind a change of an award's status: what the desk that entered it wants to find again.

Content::

    {"award":7,"by":"registry","count":1,"digest":HASH,"number":1,"on":"2026-11-24","reference":"REG-2026/118",
     "status":"revoked","v":1}

``award`` is the award's leaf, ``number`` the link of its chain, ``by`` the name of the token that was used, ``on`` the
day. ``reference`` is the desk's own file number, absent where none was given. A request that changes many awards has
one record for each; ``count`` and ``digest`` of the first tell the same request from another. Erasing an award takes
its status records with it: `by_award` finds them.
"""

from dataclasses import dataclass
from typing import Any, Final

from node.recognition.records.private_records import Lookup, PrivateRecord
from protocol.encoding.wire import b64url, parse_b64url32

KIND: Final = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRecord:
    """What this node keeps of one status entry."""

    award: int
    """Leaf of the award."""
    number: int
    status: str
    by: str
    on: str
    reference: str
    digest: bytes
    """SHA-256 of what was asked for."""
    count: int
    """Entries of the whole request."""
    leaf: int = -1
    """Where the status entry stands; unknown before it is entered."""

    def content(self) -> dict[str, Any]:
        """Return what is encrypted."""
        value: dict[str, Any] = {
            "award": self.award,
            "by": self.by,
            "count": self.count,
            "digest": b64url(self.digest),
            "number": self.number,
            "on": self.on,
            "status": self.status,
            "v": 1,
        }
        return value | ({"reference": self.reference} if self.reference else {})

    @classmethod
    def read(cls, record: PrivateRecord) -> "StatusRecord":
        """Return the status entry that a private record tells of."""
        content = record.content
        return cls(
            award=content["award"],
            number=content["number"],
            status=content["status"],
            by=content["by"],
            on=content["on"],
            reference=content.get("reference", ""),
            digest=parse_b64url32(content["digest"]),
            count=content["count"],
            leaf=record.leaf,
        )


def by_award(award_tag: bytes) -> Lookup:
    """Return the look-up of all status records of an award."""
    return Lookup("status-award", award_tag, sole=False)


def by_status_request(request_key: str) -> Lookup:
    """Return the look-up of the first status record that a request made."""
    return Lookup.of_text("status-request", request_key)
