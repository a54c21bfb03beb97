r"""Presentations: what a learner shows of a receipt, to whom the learner chooses.

One file, ``*.nostra-presentation.json``, media type ``application/json``: canonical JSON of::

    {"award":{"entry":"{\"document\":…,\"kind\":\"sealed\",…}",     the sealed entry of the award, verbatim
              "file":{"hash":HASH,"name":"credential.json"},      the credential's file
              "log_proof":"c2sp.org/tlog-proof@v1\nindex 7\n…",   the only source of proof
              "opening":{"key":HASH,"status_key_id":HASH},        open_0, and the id of the award's status key
              "origin":"ledger.example.org/nostra"},
     "decisions":{"ledger.other.example/nostra":HASH},            k_i by the origin of a deciding institution's log
     "kind":"presentation",
     "proofs":{"ledger.example.org/nostra":EXCERPT,…},            what these logs show: `protocol.documents.excerpt`
     "standing":{"key":HASH},                                     k_status: the award's standing, today and later
     "v":1}

Every key is chosen: ``standing`` lets the reader follow the award's standing, each of ``decisions`` what one
institution decided. What is absent isn't shown. ``award`` is absent where only decisions are shown, as of a credential
on paper; ``standing`` has no place without it. Instead of its key, a snapshot may be shown
(`protocol.recognition.snapshot`), with its proof::

    "standing":{"next":TAG,"openings":[{"key":HASH,"leaf":9,"number":1,"status":"suspended"},…]}

``proofs`` has an excerpt of the log of the award, of logs whose decisions are shown, of each at most one: its entries
under the award's tag and under the tags that follow from the keys, up to the first that is absent. Without it the
keys only let the reader ask the logs. Unknown members, another order and blanks are refused.

Secrets never leave the receipt: s and r can't be found from these keys, nor one key from another
(`protocol.recognition.sealed`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import msgspec

from protocol.documents.excerpt import Excerpt
from protocol.documents.form import check_hashes, check_logged, read_document
from protocol.documents.presentation_form import WrittenAward, WrittenPresentation, plain_snapshot, read_standing
from protocol.documents.receipt import Receipt, check_file_name
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding import canonical
from protocol.encoding.wire import b64url, check_origin, parse_b64url32
from protocol.errors import MalformedError
from protocol.recognition.sealed import award_key, decisions_key, opening_key, status_key, status_key_id
from protocol.recognition.snapshot import Snapshot

KIND: Final = "presentation"


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
    """What is shown: an award, the key or a snapshot of its standing, keys of institutions' decisions, and proofs."""

    award: PresentedAward | None = None
    status_key: bytes | None = None
    snapshot: Snapshot | None = None
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    """k_i by origin."""
    proofs: Mapping[str, Excerpt] = field(default_factory=dict)
    """What a log shows, by its origin."""

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        if self.award is None and not self.decisions:
            raise MalformedError("shows nothing: give an award, or keys of decisions")
        self._check_standing()
        for origin, key in self.decisions.items():
            check_origin(origin, "decisions")
            check_hashes(decisions=key)
        for origin, proof in self.proofs.items():
            if origin not in self.origins:
                raise MalformedError(f"nothing is shown that '{origin[:60]}' could prove", "proofs")
            if proof.unverified().origin != origin:
                raise MalformedError(f"the excerpt of '{origin[:60]}' is of another log", "proofs")

    def _check_standing(self) -> None:
        if self.status_key is None and self.snapshot is None:
            return
        if self.award is None:
            raise MalformedError("is of an award: show that too", "standing")
        if self.status_key is not None:
            check_hashes(standing=self.status_key)
            if self.snapshot is not None:
                raise MalformedError("is shown by a key or by a snapshot, not by both", "standing")
            if status_key_id(self.status_key) != self.award.status_key_id:
                raise MalformedError("is not the status key that the award names", "standing")
        elif self.award.origin not in self.proofs:
            raise MalformedError("a snapshot comes with the excerpt that it opens", "standing")

    @property
    def origins(self) -> frozenset[str]:
        """The logs that can prove something of what is shown."""
        return frozenset(self.decisions) | ({self.award.origin} if self.award is not None else frozenset())

    def proved(self, proofs: Mapping[str, Excerpt], snapshot: Snapshot | None = None) -> "Presentation":
        """Return it with what the logs show, and with a snapshot, if one is given, instead of the status key."""
        status_key = self.status_key if snapshot is None else None
        return replace(self, status_key=status_key, snapshot=snapshot, proofs=dict(proofs))

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
        written = read_document(data, WrittenPresentation)
        for name, value in (("decisions", written.decisions), ("proofs", written.proofs)):
            if value == {}:
                raise MalformedError("leave them out where none is shown", name)
        decisions = {} if isinstance(written.decisions, msgspec.UnsetType) else written.decisions
        proofs = {} if isinstance(written.proofs, msgspec.UnsetType) else written.proofs
        status_key, snapshot = read_standing(written.standing)
        return cls(
            award=None if isinstance(written.award, msgspec.UnsetType) else _presented(written.award),
            status_key=status_key,
            snapshot=snapshot,
            decisions={origin: parse_b64url32(key, f"decisions.{origin}") for origin, key in decisions.items()},
            proofs={origin: Excerpt.read(excerpt) for origin, excerpt in proofs.items()},
        )

    def render(self) -> bytes:
        """Return the presentation's bytes."""
        value: dict[str, Any] = {"kind": KIND, "v": 1}
        if self.award is not None:
            value["award"] = _written(self.award)
        if self.status_key is not None:
            value["standing"] = {"key": b64url(self.status_key)}
        if self.snapshot is not None:
            value["standing"] = plain_snapshot(self.snapshot)
        if self.decisions:
            value["decisions"] = {origin: b64url(key) for origin, key in self.decisions.items()}
        if self.proofs:
            value["proofs"] = {origin: proof.plain() for origin, proof in self.proofs.items()}
        return canonical.encode(value)


def _presented(written: WrittenAward) -> PresentedAward:
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
