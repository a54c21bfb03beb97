"""Signs that a text which everybody will read is about a person.

=======================  =====================================================================================
sign                     what is looked for
=======================  =====================================================================================
unique code              `urn:schac:personalUniqueCode:…`, the European identifier (ESI) among them
ORCID iD                 four groups of four digits with a check digit
e-mail address           anywhere but where a role mailbox belongs
phone number             a plus sign and at least eight digits, or an area code and a number
birth date               a date beside a word for birth, or a date in figures of a year of BIRTH_YEARS
national number          Finnish, Swedish, Italian, Spanish and Polish forms, by their check marks where they have any
form of address          `Mr`, `Frau`, `Señora`, … before a capital letter
known person             a name or identifier from this node's private records (`node.formats.known_names`)
=======================  =====================================================================================

A sign is a reason to look, not a proof: it names the place and its kind, and never repeats the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from node.formats.known_names import KnownNames

BIRTH_YEARS: Final = range(1925, 2013)
"""Years in which a learner may be born; a rule's own dates are later."""

MAILBOXES: Final = frozenset({"mailbox"})
"""Members that hold a role mailbox: there an e-mail address is what belongs."""

MOST_DEPTH: Final = 64

_BIRTH_WORD: Final = (
    r"(?:born|birth|d\.?o\.?b\.?|n[ée]e? le|naissance|geboren|geb\.|geburt\w*|geboorte\w*|nacid[oa]|nacimiento|"
    r"nat[oa] il|nascit[ao]\w*|syntynyt|syntym\w*|f[öo]dd|f[öo]dt|f[øo]dsel\w*|urodz\w*|narozen\w*|sz[üu]letett)"
)
_DATE: Final = r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4}|\d{1,2}\.? \w+,? \d{4})"
_BORN: Final = re.compile(rf"\b{_BIRTH_WORD}\W.{{0,20}}?{_DATE}", re.IGNORECASE | re.DOTALL)
_FIGURES: Final = re.compile(
    r"(?<![\d.])(?:(\d{4})([-./])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|1[0-2])\3(\d{4}))(?![\d])"
)
_ORCID: Final = re.compile(r"(?<![\w-])\d{4}-\d{4}-\d{4}-\d{3}[\dX](?![\w-])")
_PESEL: Final = re.compile(r"(?<!\d)\d{11}(?!\d)")
_PESEL_WEIGHTS: Final = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
_DNI: Final = re.compile(r"(?<![\w-])[XYZ]?\d{7,8}-?[A-Z](?![\w-])")
_DNI_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_NATIONAL: Final = re.compile(
    r"(?<![\w-])(?:\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]|(?:19|20)?\d{6}[-+]\d{4}|[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z])(?![\w-])"
)


def _born(text: str) -> bool:
    years = (int(match[1] or match[4]) for match in _FIGURES.finditer(text))
    return _BORN.search(text) is not None or any(year in BIRTH_YEARS for year in years)


def _orcid(text: str) -> bool:
    return any(_is_orcid(one.replace("-", "")) for one in _ORCID.findall(text))


def _is_orcid(digits: str) -> bool:
    """Return whether the last digit is the check digit (ISO 7064, 11-2)."""
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == digits[-1]


def _national(text: str) -> bool:
    if _NATIONAL.search(text):
        return True
    numbers = _PESEL.findall(text)
    if any(
        sum(int(one) * weight for one, weight in zip(number, _PESEL_WEIGHTS, strict=True)) % 10 == 0
        for number in numbers
    ):
        return True
    return any(_is_dni(one.replace("-", "")) for one in _DNI.findall(text))


def _is_dni(number: str) -> bool:
    digits = number[:-1].translate(str.maketrans("XYZ", "012"))
    return len(digits) == 8 and _DNI_LETTERS[int(digits) % 23] == number[-1]


def _pattern(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.search(text) is not None


_EMAIL: Final = "an e-mail address"
_SIGNS: Final[tuple[tuple[str, Callable[[str], bool]], ...]] = (
    ("a unique code (ESI)", _pattern(r"urn:(?:mace:terena\.org:)?schac:personal", re.IGNORECASE)),
    ("an ORCID iD", _orcid),
    (_EMAIL, _pattern(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "a phone number",
        _pattern(
            r"(?<![\w+])\+\d(?:[ ()/.-]{0,2}\d){7,14}(?!\w)|"
            r"(?<![\w./:-])\(?0\d{1,4}\)?[ /-]\d{3,4}[ /-]?\d{2,5}(?![\w/-])"
        ),
    ),
    ("a birth date", _born),
    ("a national number", _national),
    (
        "a form of address before a name",
        _pattern(
            r"\b(?:Mr|Mrs|Ms|Mx|Miss|Herr|Frau|Fru|Madame|Mme|Monsieur|M\.|Señor|Señora|Sr|Sra|Signor|Signora|Sig|"
            r"Dhr|Mevr|Mevrouw|Meneer|Pan|Pani|Rouva|Neiti|Herra)\.? [A-ZÀ-ÖØ-Þ][\w'’-]+"
        ),
    ),
)
KNOWN_PERSON: Final = "a person whom this node knows"


@dataclass(frozen=True, slots=True)
class Sign:
    """A reason to look at a text: where it stands, and what it seems to hold."""

    where: str
    what: str


def signs_in(value: Any, known: KnownNames | None = None) -> Iterator[Sign]:
    """Give the signs in all strings of a JSON value, with their places; names of members are not looked at."""
    for where, member, text in _strings(value):
        for what, is_there in _SIGNS:
            if is_there(text) and not (what == _EMAIL and member in MAILBOXES):
                yield Sign(where, what)
        if known is not None and known.found_in(text):
            yield Sign(where, KNOWN_PERSON)


def _strings(value: Any, where: str = "", member: str = "", depth: int = 0) -> Iterator[tuple[str, str, str]]:
    """Give (place, name of the member, string); what is nested deeper than any document of ours is not looked at."""
    if isinstance(value, str):
        yield where, member, value
    elif depth < MOST_DEPTH and isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, f"{where}.{name}" if where else str(name), str(name), depth + 1)
    elif depth < MOST_DEPTH and isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _strings(inner, f"{where}[{at}]", member, depth + 1)
