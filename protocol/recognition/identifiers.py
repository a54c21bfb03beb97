"""Identifiers of institutions: typed, each in one spelling, with their check digits.

===================  ============================================  ===========================================
scheme               canonical spelling                            also read by `normalise`
===================  ============================================  ===========================================
``schac``            DNS name in lower-case A-labels: ``tuni.fi``  upper case
``ror``              9 characters: ``033003e23``                   the URL ``https://ror.org/033003e23``
``pic``              9 digits: ``906629756``                       –
``erasmus``          country part padded with blanks to 3          any number of blanks, lower case
                     characters, then the rest: ``SF TAMPERE17``
``erasmus-charter``  free text on one line                         –
``eter``             2 letters, 4 digits: ``FI0024``               lower case
``deqar``            ``DEQARINST`` and 4 digits, or more that       lower case, any number of zeros
                     don't begin with 0: ``DEQARINST0015``
``whed``             ``IAU-`` and 6 digits, or more that don't     lower case, any number of zeros
                     begin with 0: ``IAU-000001``
``eidas``            ETSI EN 319 412-1, 5.1.4: ``VATES-A000``      –
``name``             country, ``:``, name: ``FI:Tampere University``  –
===================  ============================================  ===========================================

ROR: ``0``, six characters of Crockford's base 32 (no i, l, o, u), two check digits ``98 − (100·n mod 97)`` over the
number n that the first seven characters spell. Erasmus codes without a blank have a three-letter country part, and
only Ireland (IRL) and Luxembourg (LUX) have one; the code is not one-to-one with SCHAC. Digit counts of ETER and WHED
are as commonly seen, not from a published grammar.
"""

import re
from collections.abc import Callable
from typing import Final, Literal, get_args

from protocol.errors import MalformedError
from protocol.recognition.scalars import check_code, check_country, check_name

Scheme = Literal["deqar", "eidas", "erasmus", "erasmus-charter", "eter", "name", "pic", "ror", "schac", "whed"]
SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_UNSPACED_ERASMUS = re.compile(r"(?:IRL|LUX)[A-Z]")
_MAX_CHARACTERS: Final = 128
"""Longest erasmus-charter and eidas identifier."""

_SPELLINGS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "schac": (re.compile(rf"(?=.{{4,253}}\Z){_LABEL}(?:\.{_LABEL})+"), "a DNS name in A-labels such as tuni.fi"),
    "ror": (re.compile(rf"0[{_CROCKFORD}]{{6}}[0-9]{{2}}"), "a ROR id such as 033003e23"),
    "pic": (re.compile(r"[0-9]{9}"), "a PIC: write 9 digits"),
    "erasmus": (
        re.compile(r"(?:[A-Z]  |[A-Z]{2} |IRL|LUX)[A-Z][A-Z-]{0,9}[0-9]{2,3}"),
        "an Erasmus code: write the country part, a blank and the rest, such as SF TAMPERE17",
    ),
    "eter": (re.compile(r"[A-Z]{2}[0-9]{4}"), "an ETER id: write 2 letters and 4 digits, such as FI0024"),
    "deqar": (
        re.compile(r"DEQARINST(?:[0-9]{4}|[1-9][0-9]{4,7})"),
        "a DEQAR institution: write DEQARINST and its digits, at least 4",
    ),
    "whed": (re.compile(r"IAU-(?:[0-9]{6}|[1-9][0-9]{6,7})"), "a WHED id: write IAU- and its digits, at least 6"),
    "eidas": (
        re.compile(r"(?:(?:VAT|NTR|PSD|LEI)[A-Z]{2}|[A-Z]{2}:[A-Z]{2})-[!-~]{1,120}"),
        "an eIDAS legal identifier such as VATES-A00000000",
    ),
}


def normalise(scheme: str, text: str) -> str:
    """Return the canonical spelling of an identifier.

    Raises:
        MalformedError: The scheme is unknown, or the text is none of its identifiers; says how to write it.
    """
    if scheme not in SCHEMES:
        raise MalformedError(f"'{scheme[:40]}' is not a scheme of identifiers; known are {', '.join(SCHEMES)}")
    canonical = _REWRITES.get(scheme, str)(text.strip())
    _check_spelling(scheme, canonical)
    return canonical


def check_identifier(scheme: str, value: str) -> None:
    """Raise MalformedError unless the value is a scheme's identifier in its canonical spelling."""
    if normalise(scheme, value) != value:
        raise MalformedError(f"write it as '{normalise(scheme, value)}'")


def _check_spelling(scheme: str, text: str) -> None:
    if scheme == "name":
        country, _, name = text.partition(":")
        check_country(country)
        check_name(name)
        return
    if scheme == "erasmus-charter":
        if len(text) > _MAX_CHARACTERS:
            raise MalformedError(f"an Erasmus charter number has at most {_MAX_CHARACTERS} characters")
        check_code(text)
        return
    pattern, what = _SPELLINGS[scheme]
    if not pattern.fullmatch(text):
        raise MalformedError(f"'{text[:60]}' is not {what}")
    if scheme == "ror" and text[7:] != ror_check_digits(text[:7]):
        raise MalformedError(f"the check digits of ROR id '{text}' do not fit: look it up again at ror.org")


def ror_check_digits(body: str) -> str:
    """Return the two check digits that follow a ROR id's first seven characters."""
    number = 0
    for mark in body:
        number = number * 32 + _CROCKFORD.index(mark)
    return f"{98 - (100 * number) % 97:02d}"


def _bare_ror(text: str) -> str:
    return text.lower().removeprefix("https://").removeprefix("http://").removeprefix("ror.org/")


def _padded_erasmus(text: str) -> str:
    country, *rest = text.upper().split()
    if not rest or _UNSPACED_ERASMUS.match(country):
        return " ".join([country, *rest])
    return country.ljust(3) + " ".join(rest)


def _numbered(prefix: str, width: int) -> Callable[[str], str]:
    """Return the rewriting of a prefix and a number, whose zeros fill it up to a width and no further."""
    pattern = re.compile(rf"{prefix}([0-9]{{1,24}})")

    def rewrite(text: str) -> str:
        match = pattern.fullmatch(text.upper())
        return f"{prefix}{int(match[1]):0{width}d}" if match else text.upper()

    return rewrite


_REWRITES: Final[dict[str, Callable[[str], str]]] = {
    "schac": str.lower,
    "ror": _bare_ror,
    "erasmus": lambda text: _padded_erasmus(text) if text else text,
    "eter": str.upper,
    "deqar": _numbered("DEQARINST", 4),
    "whed": _numbered("IAU-", 6),
    "name": lambda text: ":".join(" ".join(part.split()) for part in text.split(":", 1)),
}
