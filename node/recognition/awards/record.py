"""The private record behind an award: the standing secret, and what the award is found by.

Content::

    {"credential":"urn:uuid:…","file":{"hash":HASH,"name":"credential.json"},"replaces":4,"standing":HASH,"v":1}

``credential`` is the credential's own id, ``replaces`` the leaf of the award that this one supersedes; either may be
absent. The recognition secret isn't here: it is drawn anew at each delivery of the receipt and never kept.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from node.recognition.records.private_records import Lookup, PrivateRecord
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.recognition.sealed import award_key, award_tag, status_key

KIND: Final = "award"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardRecord:
    """What this node keeps of an award."""

    standing: bytes
    file_hash: bytes
    file_name: str
    credential_id: str = ""
    replaces: int | None = None
    leaf: int = -1
    """Where the award stands; unknown before it is entered."""
    record_id: UUID | None = None

    def tag(self, origin: str) -> bytes:
        """Return the award's tag."""
        return award_tag(award_key(self.standing, origin), origin)

    def status_key(self, origin: str) -> bytes:
        """Return the key of the award's status chain."""
        return status_key(self.standing, origin)

    def lookups(self, origin: str, request_key: str | None) -> list[Lookup]:
        """Return what the record is found by."""
        found = [by_file(self.file_hash), Lookup("award", self.tag(origin))]
        if self.credential_id:
            found.append(by_credential(self.credential_id))
        if request_key is not None:
            found.append(by_request(request_key))
        if self.replaces is not None:
            found.append(by_replaced(self.replaces))
        return found

    def content(self) -> dict[str, Any]:
        """Return what is encrypted."""
        value: dict[str, Any] = {
            "file": {"hash": b64url(self.file_hash), "name": self.file_name},
            "standing": b64url(self.standing),
            "v": 1,
        }
        value |= {"credential": self.credential_id} if self.credential_id else {}
        return value | ({} if self.replaces is None else {"replaces": self.replaces})

    @classmethod
    def read(cls, record: PrivateRecord) -> "AwardRecord":
        """Return the award that a private record tells of."""
        content = record.content
        return cls(
            standing=parse_b64url32(content["standing"]),
            file_hash=parse_b64url32(content["file"]["hash"]),
            file_name=content["file"]["name"],
            credential_id=content.get("credential", ""),
            replaces=content.get("replaces"),
            leaf=record.leaf,
            record_id=record.record_id,
        )


def by_file(file_hash: bytes) -> Lookup:
    """Return the look-up of the newest award of a file."""
    return Lookup("file", file_hash)


def by_credential(credential_id: str) -> Lookup:
    """Return the look-up of the newest award of a credential, by its own id."""
    return Lookup.of_text("credential", credential_id)


def by_replaced(leaf: int) -> Lookup:
    """Return the look-up of the awards that superseded the one at a leaf."""
    return Lookup.of_text("replaces", str(leaf), sole=False)


def by_request(request_key: str) -> Lookup:
    """Return the look-up of the award that a request made."""
    return Lookup.of_text("request", request_key)
