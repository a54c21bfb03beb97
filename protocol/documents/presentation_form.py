"""The JSON form of presentations, part by part; what it means is told in `protocol.documents.presentation`."""

from typing import Any, Literal

import msgspec

from protocol.documents.excerpt import WrittenExcerpt
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import MalformedError
from protocol.recognition.snapshot import Snapshot, StatusOpening


class WrittenFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which file the award is about."""

    hash: str
    name: str


class WrittenOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What opens the award: open_0, and the id of its status key."""

    key: str
    status_key_id: str


class WrittenAward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The award."""

    entry: str
    file: WrittenFile
    log_proof: str
    opening: WrittenOpening
    origin: str


class WrittenStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The opening of one status."""

    key: str
    leaf: int
    number: int
    status: str


class WrittenStanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either a key, or a snapshot's two members."""

    key: str | msgspec.UnsetType = msgspec.UNSET
    next: str | msgspec.UnsetType = msgspec.UNSET
    openings: list[WrittenStatus] | msgspec.UnsetType = msgspec.UNSET


class WrittenPresentation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole."""

    kind: Literal["presentation"]
    v: Literal[1]
    award: WrittenAward | msgspec.UnsetType = msgspec.UNSET
    standing: WrittenStanding | msgspec.UnsetType = msgspec.UNSET
    decisions: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    proofs: dict[str, WrittenExcerpt] | msgspec.UnsetType = msgspec.UNSET


def read_standing(written: WrittenStanding | msgspec.UnsetType) -> tuple[bytes | None, Snapshot | None]:
    """Return the status key or the snapshot that is shown.

    Raises:
        MalformedError: It is neither.
    """
    match written:
        case msgspec.UnsetType():
            return None, None
        case WrittenStanding(key=str(key), next=msgspec.UnsetType(), openings=msgspec.UnsetType()):
            return parse_b64url32(key, "standing.key"), None
        case WrittenStanding(key=msgspec.UnsetType(), next=str(tag), openings=list(openings)):
            statuses = [
                StatusOpening(one.number, one.leaf, parse_b64url32(one.key, "standing.openings.key"), one.status)
                for one in openings
            ]
            return None, Snapshot(tuple(statuses), parse_b64url32(tag, "standing.next"))
        case _:
            raise MalformedError("has a key, or else openings and the next tag", "standing")


def plain_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as a JSON value."""
    openings = [
        {"key": b64url(one.key), "leaf": one.leaf, "number": one.number, "status": one.status}
        for one in snapshot.openings
    ]
    return {"next": b64url(snapshot.next_tag), "openings": openings}
