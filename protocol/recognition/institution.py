"""Who the institution behind a log is (entry kind ``institution``, version 1).

A log speaks for one institution: all its ``institution`` entries have the same id, and the highest version is what
holds. An identifier or a name that ended stays listed with its last day, so that it goes on finding the institution
(a former name as scheme ``name``).

The competent authority is a unit and the mailbox of a role, never a person. Assertion keys sign
Verifiable Credentials; each is an Ed25519 Multikey (``z6Mk…``: base58btc of 0xed 0x01 and the public key).
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, UnsetType, field

from protocol.encoding.multibase import parse_multikey
from protocol.recognition.bodies import Identifier, Identity, identities_of, range_problems, region_problems
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Country, Date, Id, Mailbox, Names, Region, Text, Url, Version, checked
from protocol.recognition.shape import SET, Strict

Multikey = Annotated[str, checked(parse_multikey)]


class AssertionKey(Strict, frozen=True, kw_only=True):
    """A key that signs Verifiable Credentials for the institution, and from when until when."""

    key: Multikey
    from_: Date = field(name="from")
    until: Date | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell a range that ends before it begins."""
        yield from range_problems(self.from_, self.until, "until")


class Authority(Strict, frozen=True, kw_only=True):
    """The unit that decides on recognition: whom to ask for an individual decision."""

    unit: Text
    mailbox: Mailbox
    url: Url


class Institution(Strict, frozen=True, kw_only=True, tag_field="kind", tag="institution"):
    """An institution with all that finds it."""

    kind: ClassVar[str] = "institution"
    v: Literal[1] = 1
    id: Id
    version: Version
    name: Names
    country: Country
    identifiers: Annotated[tuple[Identifier, ...], SET]
    node: Url
    authority: Authority
    region: Region | UnsetType = UNSET
    assertion_keys: Annotated[tuple[AssertionKey, ...], SET] | UnsetType = UNSET

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format and first version."""
        return {"kind": cls.kind, "v": 1, "version": 1} | value

    def identities(self) -> list[Identity]:
        """Return every identity under which the institution is found, its names in every language among them."""
        return identities_of(self.name, self.country, self.identifiers)

    def problems(self) -> Iterator[Problem]:
        """Tell a region of another country."""
        yield from region_problems(self.country, self.region)
