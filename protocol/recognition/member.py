"""A member of a roster: a log, who runs its node, and the keys by which log and node speak.

One object of a Recognized Entities credential's ``credentialSubject`` (`protocol.recognition.roster`): its ``id`` is
``https://`` and the log's origin, since the credential's vocabulary names things by URL.
"""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Final

from msgspec import UNSET, UnsetType, field

from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import MalformedError
from protocol.log.merkle import EMPTY_ROOT
from protocol.recognition.bodies import range_problems
from protocol.recognition.identifiers import check_identifier
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import CosignerKey, Date, Hash, Id, Line, LogKey, Name, Origin, Size, Url
from protocol.recognition.shape import LIST, Open, members
from protocol.recognition.words import CosignerClaim, KeyEnd

MEMBER_TYPE: Final = "RecognizedEntity"


class LastGood(Open, frozen=True, kw_only=True):
    """The last checkpoint of a key that counts, and why it is the last."""

    size: Size
    root: Hash
    why: KeyEnd

    def problems(self) -> Iterator[Problem]:
        """Tell an empty tree with the root hash of another."""
        if self.size == 0 and parse_b64url32(self.root) != EMPTY_ROOT:
            yield Problem("root", "the root hash of an empty tree is SHA-256 of nothing")


class MemberKey(Open, frozen=True, kw_only=True):
    """A key of a member's log, the dates from and until which it signs, and where it ends."""

    verifier_key: LogKey
    from_: Date = field(name="from")
    until: Date | UnsetType = UNSET
    last: LastGood | UnsetType = UNSET

    @property
    def key(self) -> VerifierKey:
        """The verifier key."""
        return VerifierKey.parse(self.verifier_key)

    def problems(self) -> Iterator[Problem]:
        """Tell a range that ends before it begins."""
        yield from range_problems(self.from_, self.until, "until")


class Cosigner(Open, frozen=True, kw_only=True):
    """A key by which a member cosigns others' logs, whole or by hash."""

    claim: CosignerClaim
    verifier_key: CosignerKey | UnsetType = UNSET
    verifier_key_hash: Hash | UnsetType = UNSET

    @property
    def hash(self) -> str:
        """SHA-256 of the verifier key's text, as base64url."""
        if isinstance(self.verifier_key_hash, str):
            return self.verifier_key_hash
        return hash_of_key(str(self.verifier_key))

    def problems(self) -> Iterator[Problem]:
        """Tell a key that is given twice, or not at all."""
        if (self.verifier_key is UNSET) == (self.verifier_key_hash is UNSET):
            yield Problem("", "give verifierKey or verifierKeyHash, one of them")


class Member(Open, frozen=True, kw_only=True):
    """A log of a member, who runs its node, and its keys."""

    id: Line
    type: Any
    name: Name
    origin: Origin
    node: Url
    operator: Id
    schac: Line | UnsetType = UNSET
    log_keys: Annotated[tuple[MemberKey, ...], LIST]
    cosigners: Annotated[tuple[Cosigner, ...], LIST] | UnsetType = UNSET

    def identities(self) -> Iterator[tuple[str, str]]:
        """Give (place, what stands there and must stand nowhere else): the log, and each key by itself and by hash."""
        yield "origin", self.origin
        for position, one in enumerate(self.log_keys):
            yield f"logKeys[{position}].verifierKey", b64url(one.key.public_key)
        for position, cosigner in enumerate(members(self.cosigners)):
            yield f"cosigners[{position}]", cosigner.hash
            if isinstance(cosigner.verifier_key, str):
                yield f"cosigners[{position}]", b64url(VerifierKey.parse(cosigner.verifier_key).public_key)

    @property
    def current(self) -> MemberKey | None:
        """The key that signs now; None where the log was closed."""
        return next((key for key in self.log_keys if key.last is UNSET), None)

    def problems(self) -> Iterator[Problem]:
        """Tell an id that isn't the log's, a key of another log, and more than one key that signs now."""
        if self.id != f"https://{self.origin}":
            yield Problem("id", f"is '{self.id[:60]}', must be 'https://{self.origin}': it names the log")
        if MEMBER_TYPE not in words_of(self.type):
            yield Problem("type", f"must be, or hold, '{MEMBER_TYPE}'")
        if isinstance(self.schac, str):
            yield from _schac_problems(self.schac)
        for position, one in enumerate(self.log_keys):
            if one.key.name != self.origin:
                yield Problem(f"logKeys[{position}].verifierKey", f"is named '{one.key.name}', not by the origin")
        signing = [position for position, one in enumerate(self.log_keys) if one.last is UNSET]
        for position in signing[1:]:
            yield Problem(f"logKeys[{position}].last", "is missing: one key of a log signs at a time")


def hash_of_key(verifier_key: str) -> str:
    """Return the hash by which a roster may name a cosigner's key: SHA-256 of its text, as base64url."""
    return b64url(hashlib.sha256(verifier_key.encode()).digest())


def words_of(value: Any) -> list[Any]:
    """Return a JSON-LD value as the list that it stands for."""
    return value if isinstance(value, list) else [value]


def _schac_problems(value: str) -> Iterator[Problem]:
    try:
        check_identifier("schac", value)
    except MalformedError as error:
        yield Problem("schac", error.what)
