"""Institutional identifiers as foreign documents write them: to a scheme that we know and the value in its own form.

Recognised by the scheme's name or address in the document, or by an address that only that scheme uses
(``https://ror.org/…``). What names another scheme is kept as ``other`` with the document's name for it. Country
registers are kept with the country before the code, as eIDAS certificates write them (``IE-123``).
"""

import re
from typing import Final

from node.formats.reading import Identifier

OTHER: Final = "other"

_PLACEHOLDER: Final = "urn:epass:"
"""EU tools number the objects of a document so; the number means nothing outside it."""

_SEMANTICS: Final = re.compile(r"(?:VAT|NTR|LEI|PSD|TAX)[A-Z]{2}-")
"""Semantics identifier of ETSI EN 319 412-1: the country is inside."""

_BY_ADDRESS: Final = (
    ("ror", re.compile(r"https?://(?:www\.)?ror\.org/(0[a-z0-9]{6}[0-9]{2})/?", re.IGNORECASE)),
    ("deqar", re.compile(r"https?://(?:data\.)?deqar\.eu/institution/(?:DEQARINST)?([0-9]{1,6})/?", re.IGNORECASE)),
    ("did", re.compile(r"(did:[a-z0-9]+:[A-Za-z0-9._:%-]+)")),
)
_BY_NAME: Final = (
    ("schac", re.compile(r"schac|hei[-_ ]?id", re.IGNORECASE)),
    ("ror", re.compile(r"\bror\b|research organi[sz]ation registry", re.IGNORECASE)),
    ("pic", re.compile(r"\bpic\b|participant identification code", re.IGNORECASE)),
    ("erasmus-charter", re.compile(r"eche|erasmus[-_ ]charter|charter for higher education", re.IGNORECASE)),
    ("erasmus", re.compile(r"erasmus", re.IGNORECASE)),
    ("eter", re.compile(r"\beter\b|orgreg", re.IGNORECASE)),
    ("deqar", re.compile(r"deqar", re.IGNORECASE)),
    ("whed", re.compile(r"whed|\biau\b", re.IGNORECASE)),
    ("eidas", re.compile(r"eidas", re.IGNORECASE)),
    ("vat", re.compile(r"\bvat\b", re.IGNORECASE)),
)


def identifier(value: str, *, scheme: str = "", address: str = "", country: str = "") -> Identifier | None:
    """Return the typed identifier, or nothing where there is no value.

    Args:
        value: The identifier as written.
        scheme: The document's name of the scheme.
        address: The document's address of the scheme.
        country: Alpha-2 code of a national register.
    """
    if not value or value.startswith(_PLACEHOLDER):
        return None
    for known, pattern in _BY_ADDRESS:
        if match := pattern.fullmatch(value):
            return Identifier(known, _own_form(known, match[1]), scheme)
    for known, pattern in _BY_NAME:
        if pattern.search(scheme) or pattern.search(address):
            return Identifier(known, _own_form(known, value), scheme)
    return Identifier(OTHER, f"{country}-{value}" if country else value, scheme or address)


def legal(value: str, *, scheme: str, country: str) -> Identifier | None:
    """Return an identifier of a legal register (eIDAS, VAT, tax, company), with its country before the code."""
    if not value or value.startswith(_PLACEHOLDER):
        return None
    whole = not country or value.startswith(country) or _SEMANTICS.match(value)
    return Identifier(scheme, value if whole else f"{country}-{value}", scheme)


def _own_form(scheme: str, value: str) -> str:
    if scheme in ("schac", "ror"):
        return value.lower()
    if scheme == "deqar" and value.isdigit():
        return f"DEQARINST{int(value):04d}"
    return value.upper() if scheme == "eter" else value
