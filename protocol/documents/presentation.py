r"""Presentations: what a learner shows of a receipt, to whom the learner chooses.

One file, ``*.nostra-presentation.json``, media type ``application/json``: canonical JSON of::

    {"award":{"entry":"{\"document\":…,\"kind\":\"sealed\",…}",     the sealed entry of the award, verbatim
              "file":{"hash":HASH,"name":"credential.json"},      the credential's file
              "log_proof":"c2sp.org/tlog-proof@v1\nindex 7\n…",   the only source of proof
              "opening":{"key":HASH,"status_key_id":HASH},        open_0, and the id of the award's status key
              "origin":"ledger.example.org/nostra"},
     "decisions":{"ledger.other.example/nostra":HASH},            k_i by the origin of a deciding institution's log
     "kind":"presentation",
     "standing":{"key":HASH},                                     k_status: the award's standing, today and later
     "v":1}

Every key is chosen: ``standing`` lets the reader follow the award's standing, each of ``decisions`` what one
institution decided. What is absent isn't shown. ``award`` is absent where only decisions are shown, as of a credential
on paper; ``standing`` has no place without it. Unknown members, another order and blanks are refused.

Secrets never leave the receipt: s and r can't be found from these keys, nor one key from another
(`protocol.recognition.sealed`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

import msgspec

from protocol.documents.form import check_hashes, check_logged, read_document
from protocol.documents.receipt import Receipt, check_file_name
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding import canonical
from protocol.encoding.wire import b64url, check_origin, parse_b64url32
from protocol.errors import MalformedError
from protocol.recognition.sealed import award_key, decisions_key, opening_key, status_key, status_key_id

KIND: Final = "presentation"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hash: str
    name: str


class _Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    status_key_id: str


class _Award(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry: str
    file: _File
    log_proof: str
    opening: _Opening
    origin: str


class _Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["presentation"]
    v: Literal[1]
    award: _Award | msgspec.UnsetType = msgspec.UNSET
    standing: _Standing | msgspec.UnsetType = msgspec.UNSET
    decisions: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedAward:
    """An award's entry with its place in the log and its opening, and which file it is about."""

    origin: str
    entry: bytes
    log_proof: TlogProof
    opening: bytes
    """open_0 of the award's key."""
    status_key_id: bytes
    file_name: str
    file_hash: bytes

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        check_logged(self.origin, self.entry, self.log_proof)
        check_hashes(opening=self.opening, status_key_id=self.status_key_id, file=self.file_hash)
        check_file_name(self.file_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """What is shown: an award, the key of its standing, keys of institutions' decisions."""

    award: PresentedAward | None = None
    status_key: bytes | None = None
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    """k_i by origin."""

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        if self.award is None and not self.decisions:
            raise MalformedError("shows nothing: give an award, or keys of decisions")
        if self.status_key is not None:
            check_hashes(standing=self.status_key)
            if self.award is None:
                raise MalformedError("is of an award: show that too", "standing")
            if status_key_id(self.status_key) != self.award.status_key_id:
                raise MalformedError("is not the status key that the award names", "standing")
        for origin, key in self.decisions.items():
            check_origin(origin, "decisions")
            check_hashes(decisions=key)

    @classmethod
    def of(cls, receipt: Receipt, *, standing: bool = True, decisions: Iterable[str] = ()) -> Self:
        """Return what a receipt's holder shows: its award, its standing or not, what these origins decided."""
        key, follows = award_key(receipt.standing, receipt.origin), status_key(receipt.standing, receipt.origin)
        award = PresentedAward(
            origin=receipt.origin,
            entry=receipt.entry,
            log_proof=receipt.log_proof,
            opening=opening_key(key, 0),
            status_key_id=status_key_id(follows),
            file_name=receipt.file_name,
            file_hash=receipt.file_hash,
        )
        chosen = {origin: decisions_key(receipt.recognition, origin) for origin in sorted(set(decisions))}
        return cls(award=award, status_key=follows if standing else None, decisions=chosen)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a presentation, without verifying it.

        Raises:
            MalformedError: The bytes are not a presentation.
        """
        written = read_document(data, _Written)
        if written.decisions == {}:
            raise MalformedError("leave them out where none is shown", "decisions")
        decisions = {} if isinstance(written.decisions, msgspec.UnsetType) else written.decisions
        standing = None if isinstance(written.standing, msgspec.UnsetType) else written.standing.key
        return cls(
            award=None if isinstance(written.award, msgspec.UnsetType) else _presented(written.award),
            status_key=None if standing is None else parse_b64url32(standing, "standing.key"),
            decisions={origin: parse_b64url32(key, f"decisions.{origin}") for origin, key in decisions.items()},
        )

    def render(self) -> bytes:
        """Return the presentation's bytes."""
        value: dict[str, Any] = {"kind": KIND, "v": 1}
        if self.award is not None:
            value["award"] = _written(self.award)
        if self.status_key is not None:
            value["standing"] = {"key": b64url(self.status_key)}
        if self.decisions:
            value["decisions"] = {origin: b64url(key) for origin, key in self.decisions.items()}
        return canonical.encode(value)


def _presented(written: _Award) -> PresentedAward:
    return PresentedAward(
        origin=written.origin,
        entry=written.entry.encode(),
        log_proof=TlogProof.parse(written.log_proof.encode()),
        opening=parse_b64url32(written.opening.key, "award.opening.key"),
        status_key_id=parse_b64url32(written.opening.status_key_id, "award.opening.status_key_id"),
        file_name=written.file.name,
        file_hash=parse_b64url32(written.file.hash, "award.file.hash"),
    )


def _written(award: PresentedAward) -> dict[str, Any]:
    return {
        "entry": award.entry.decode("ascii"),
        "file": {"hash": b64url(award.file_hash), "name": award.file_name},
        "log_proof": award.log_proof.render().decode(),
        "opening": {"key": b64url(award.opening), "status_key_id": b64url(award.status_key_id)},
        "origin": award.origin,
    }
