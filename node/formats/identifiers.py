"""Institutional identifiers as foreign documents write them, to the schemes that entries know.

Recognised by the document's name or address of the scheme, or by an address that only that scheme uses
(``https://ror.org/…``). Legal registers become eIDAS semantics identifiers, as seals name their holders: a VAT number
``654321`` of Ireland is ``VATIE-654321``, a company register's number ``NTRIE-…`` (ETSI EN 319 412-1, 5.1.4).

What names another scheme, or is no identifier of the scheme it names, is kept as ``other`` with the document's name
for it, for people to see. Placeholders (``urn:epass:…``, ``0000``) are left out: many bodies would share one.
"""

import re
from typing import Final

from node.formats.reading import Identifier
from protocol.errors import MalformedError
from protocol.recognition.identifiers import normalise

OTHER: Final = "other"

_PLACEHOLDER: Final = re.compile(r"urn:epass:.*|[0\s-]*", re.DOTALL)
_SEMANTICS: Final = re.compile(r"(?:VAT|NTR|LEI|PSD)[A-Z]{2}-.+")
_BY_ADDRESS: Final = (
    ("ror", re.compile(r"(https?://(?:www\.)?ror\.org/0[a-z0-9]{6}[0-9]{2})/?", re.IGNORECASE)),
    ("deqar", re.compile(r"https?://(?:data\.)?deqar\.eu/institution/(?:DEQARINST)?([0-9]{1,6})/?", re.IGNORECASE)),
)
_BY_NAME: Final = (
    ("schac", re.compile(r"schac|hei[-_ ]?id", re.IGNORECASE)),
    ("ror", re.compile(r"\bror\b|ror\.org|research organi[sz]ation registry", re.IGNORECASE)),
    ("pic", re.compile(r"\bpic\b|participant identification code", re.IGNORECASE)),
    ("erasmus-charter", re.compile(r"\beche\b|erasmus[-_ ]?charter|charter for higher education", re.IGNORECASE)),
    ("erasmus", re.compile(r"erasmus", re.IGNORECASE)),
    ("eter", re.compile(r"\beter\b|orgreg", re.IGNORECASE)),
    ("deqar", re.compile(r"deqar", re.IGNORECASE)),
    ("whed", re.compile(r"whed|\biau\b", re.IGNORECASE)),
    ("eidas", re.compile(r"eidas", re.IGNORECASE)),
)


def identifier(value: str, *, scheme: str = "", address: str = "") -> Identifier | None:
    """Return the typed identifier, or nothing where the value says nothing.

    Args:
        value: The identifier as written.
        scheme: The document's name of the scheme.
        address: The document's address of the scheme.
    """
    if _PLACEHOLDER.fullmatch(value):
        return None
    for known, pattern in _BY_ADDRESS:
        if match := pattern.fullmatch(value):
            return _in_own_form(known, match[1], scheme)
    for known, pattern in _BY_NAME:
        if pattern.search(scheme) or pattern.search(address):
            return _in_own_form(known, value, scheme)
    return Identifier(OTHER, value, scheme or address)


def legal(value: str, *, register: str, country: str, label: str) -> Identifier | None:
    """Return an entry of a legal register as an eIDAS identifier.

    Args:
        value: The entry as written.
        register: ``VAT``, ``NTR``, or empty where the document does not say which register.
        country: Alpha-2 code of the register's country.
        label: What the document calls it.
    """
    if _PLACEHOLDER.fullmatch(value):
        return None
    if _SEMANTICS.fullmatch(value):
        return _in_own_form("eidas", value, label)
    bare = value.removeprefix(country)
    if register and country and bare:
        return _in_own_form("eidas", f"{register}{country}-{bare}", label)
    return Identifier(OTHER, f"{country} {value}".strip(), label)


def _in_own_form(scheme: str, value: str, label: str) -> Identifier:
    """Return the identifier in its one spelling; as ``other`` where it is none of its scheme."""
    if scheme == "deqar" and value.isascii() and value.isdigit():
        value = f"DEQARINST{value}"
    try:
        return Identifier(scheme, normalise(scheme, value), label)
    except MalformedError:
        return Identifier(OTHER, value, label or scheme)
