"""A consortium's members, with the keys by which their logs speak (entry kind ``roster``, version 1).

The consortium operator's log holds it. ``credential`` is a W3C Recognized Entities credential (working draft of
2 August 2026: VCDM 2.0, type ``RecognizedEntityCredential``), so that any verifier of Verifiable Credentials reads it
too; it is signed by eddsa-jcs-2022 (`protocol.encoding.data_integrity`). Its vocabulary is not ours, so members that we
don't know are kept and carry no weight here; what we know is as strict as everywhere. Its arrays are lists.

A key of a log may have a ``last``: the last good checkpoint. What the key signs above it counts for nothing, whether it
was retired in good order or came into wrong hands. A member has at most one key without; one that has none was closed,
and nothing more of it counts. Cosigners' keys of ML-DSA-44 are long, so any may be given by hash: SHA-256 of its
verifier key's text.

The highest version holds. Nothing here extends trust by itself: a node takes it over when its operator has seen what
it changes.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from protocol.encoding.data_integrity import verify_proof
from protocol.errors import ProtocolError
from protocol.recognition.member import Member, words_of
from protocol.recognition.problems import Problem, under
from protocol.recognition.scalars import Id, Instant, Line, Name, Version
from protocol.recognition.shape import LIST, Open, Strict, foreign, rule_problems

CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
TYPES: Final = ("VerifiableCredential", "RecognizedEntityCredential")


class Issuer(Open, frozen=True, kw_only=True):
    """Who issues the credential."""

    id: Line
    name: Name


class RecognizedEntities(Open, frozen=True, kw_only=True):
    """What we read of the credential."""

    context: Any = field(name="@context")
    type: Any
    issuer: Issuer
    valid_from: Instant
    valid_until: Instant | UnsetType = UNSET
    credential_subject: Annotated[tuple[Member, ...], LIST]
    proof: Any

    def problems(self) -> Iterator[Problem]:
        """Tell another kind of credential, and what may stand in it only once."""
        if words_of(self.context)[:1] != [CONTEXT]:
            yield Problem("@context", f"must begin with '{CONTEXT}'")
        for word in TYPES:
            if word not in words_of(self.type):
                yield Problem("type", f"must hold '{word}'")
        if isinstance(self.valid_until, str) and self.valid_until < self.valid_from:
            yield Problem("validUntil", f"ends at {self.valid_until}, before it begins at {self.valid_from}")
        yield from _repeated(
            (f"credentialSubject[{at}].{where}", value)
            for at, member in enumerate(self.credential_subject)
            for where, value in member.identities()
        )


class Roster(Strict, frozen=True, kw_only=True, tag_field="kind", tag="roster"):
    """A consortium's members, as its operator's log holds them."""

    kind: ClassVar[str] = "roster"
    v: Literal[1] = 1
    id: Id
    version: Version
    credential: Annotated[dict[str, Any], foreign(RecognizedEntities)]

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format and first version."""
        return {"kind": cls.kind, "v": 1, "version": 1} | value

    @property
    def entities(self) -> RecognizedEntities:
        """What we read of the credential."""
        return msgspec.convert(self.credential, RecognizedEntities)

    def problems(self) -> Iterator[Problem]:
        """Tell what is wrong in the credential, its signature included."""
        broken = list(under("credential", rule_problems(self.entities)))
        yield from broken or under("credential", _proof_problems(self.credential, self.entities.issuer.id))


def _proof_problems(credential: dict[str, Any], issuer: str) -> Iterator[Problem]:
    try:
        proved = verify_proof(credential)
    except ProtocolError as error:
        yield Problem(getattr(error, "where", "") or "proof", getattr(error, "what", "") or str(error))
        return
    if issuer != proved.did:
        yield Problem("issuer.id", f"is '{issuer[:60]}', and the proof is by {proved.did}")


def _repeated(placed: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for where, value in placed:
        if value in seen:
            yield Problem(where, f"stands in {seen[value]} already: each log and each key belongs to one member")
        seen.setdefault(value, where)
