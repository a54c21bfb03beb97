"""Who is meant, and which entry is meant.

- `Body`: an institution, as {scheme, value} or as {country, name}, never both.
- `AwardingBody`: a body as an achievement shows it: name, country, region, every identifier it gives.
- `Identifier`: a typed identifier with the dates between which it is an institution's own.
- `Reference`: {kind, origin, id, version} of an entry.

An *identity* is a pair of scheme and value, as the index's keys hold it. A body {country, name} has the identity
``name``, ``FI:Tampere University``.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import UNSET, UnsetType, field

from protocol.errors import MalformedError
from protocol.recognition.identifiers import Scheme, check_identifier, normalise
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Country, Date, Id, Line, Name, Names, Origin, Region, Version
from protocol.recognition.shape import SET, Strict, build
from protocol.recognition.words import ReferenceKind

Identity = tuple[str, str]
"""Scheme and value."""


class Body(Strict, frozen=True, kw_only=True):
    """An institution, by one identifier or by country and name."""

    scheme: Scheme | UnsetType = UNSET
    value: Line | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    name: Name | UnsetType = UNSET

    @property
    def identity(self) -> Identity:
        """Scheme and value; ``name`` and ``country:name`` where the body is given so."""
        if self.scheme is UNSET:
            return "name", f"{self.country}:{self.name}"
        return str(self.scheme), str(self.value)

    @classmethod
    def of(cls, identity: Identity) -> "Body":
        """Return the body of an identity; the scheme ``name`` gives country and name.

        Raises:
            InadmissibleError: It is no identity in its canonical spelling.
        """
        scheme, value = identity
        return build(cls.completed({"scheme": scheme, "value": value}), cls)

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Bring an identifier to its canonical spelling, and one of scheme ``name`` to country and name."""
        full = _normalised(value)
        if full.get("scheme") == "name" and isinstance(full.get("value"), str):
            country, _, name = full["value"].partition(":")
            return {"country": country, "name": name}
        return full

    def problems(self) -> Iterator[Problem]:
        """Tell a mixed or half form, and a wrong spelling."""
        by_identifier = (self.scheme is not UNSET, self.value is not UNSET)
        by_name = (self.country is not UNSET, self.name is not UNSET)
        if (by_identifier, by_name) not in (((True, True), (False, False)), ((False, False), (True, True))):
            yield Problem("", "name a body either by scheme and value, or by country and name")
        elif self.scheme == "name":
            yield Problem("scheme", "write a body that has no identifier as country and name")
        else:
            yield from () if self.scheme is UNSET else _spelling_problems(*self.identity, "value")


class Identifier(Strict, frozen=True, kw_only=True):
    """A typed identifier, with the legal dates between which it is the institution's own."""

    scheme: Scheme
    value: Line
    from_: Date | UnsetType = field(default=UNSET, name="from")
    until: Date | UnsetType = UNSET

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Bring the value to its canonical spelling."""
        return _normalised(value)

    def problems(self) -> Iterator[Problem]:
        """Tell a wrong spelling and a range that ends before it begins."""
        yield from _spelling_problems(self.scheme, self.value, "value")
        yield from range_problems(self.from_, self.until, "until")


class Alias(Strict, frozen=True, kw_only=True):
    """One identifier, without dates."""

    scheme: Scheme
    value: Line

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Bring the value to its canonical spelling."""
        return _normalised(value)

    def problems(self) -> Iterator[Problem]:
        """Tell a wrong spelling."""
        yield from _spelling_problems(self.scheme, self.value, "value")


class AwardingBody(Strict, frozen=True, kw_only=True):
    """A body as the achievement it awards shows it."""

    name: Names
    country: Country
    region: Region | UnsetType = UNSET
    identifiers: Annotated[tuple[Alias, ...], SET] | UnsetType = UNSET

    def identities(self) -> list[Identity]:
        """Return every identity under which the body is found, its names in every language among them."""
        return identities_of(self.name, self.country, self.identifiers)

    def problems(self) -> Iterator[Problem]:
        """Tell a region of another country."""
        yield from region_problems(self.country, self.region)


class Reference(Strict, frozen=True, kw_only=True):
    """One version of an entry in a log."""

    kind: ReferenceKind
    origin: Origin
    id: Id
    version: Version


def identities_of(
    name: dict[str, str], country: str, identifiers: tuple[Alias | Identifier, ...] | UnsetType
) -> list[Identity]:
    """Return the identities that a name, a country and identifiers give, sorted, each once."""
    typed = () if identifiers is UNSET else identifiers
    return sorted(
        {(one.scheme, one.value) for one in typed} | {("name", f"{country}:{text}") for text in name.values()}
    )


def range_problems(first: str | UnsetType, last: str | UnsetType, where: str) -> Iterator[Problem]:
    """Tell a range of legal dates that ends before it begins."""
    if isinstance(first, str) and isinstance(last, str) and last < first:
        yield Problem(where, f"ends on {last}, before it begins on {first}")


def region_problems(country: str, region: str | UnsetType) -> Iterator[Problem]:
    """Tell a region of another country."""
    if isinstance(region, str) and not region.startswith(f"{country}-"):
        yield Problem("region", f"'{region}' does not lie in {country}: an ISO 3166-2 code begins with the country")


def _spelling_problems(scheme: str, value: str, where: str) -> Iterator[Problem]:
    try:
        check_identifier(scheme, value)
    except MalformedError as error:
        yield Problem(where, error.what)


def _normalised(value: dict[str, Any]) -> dict[str, Any]:
    scheme, text = value.get("scheme"), value.get("value")
    if not isinstance(scheme, str) or not isinstance(text, str):
        return value
    try:
        return value | {"value": normalise(scheme, text)}
    except MalformedError:
        return value  # building tells what is wrong with it
