"""Signs of a person in texts: each is found in many spellings, and what rules and achievements say is left alone."""

import pytest

from node.formats.known_names import KnownNames
from node.formats.personal_text import KNOWN_PERSON, signs_in

FOUND = {
    "a unique code (ESI)": [
        "urn:schac:personalUniqueCode:int:esi:FI:5123",
        "see URN:SCHAC:personaluniquecode:int:esi:tuni.fi:x",
        "urn:mace:terena.org:schac:personalUniqueCode:fi:1",
    ],
    "an ORCID iD": ["https://orcid.org/0000-0002-1825-0097", "0000-0001-5109-3700"],
    "an e-mail address": ["write to aino.esimerkki@example.org", "a+b@mail.example.co.uk, please"],
    "a phone number": ["+358 40 123 4567", "call +49 (30) 901820", "040-123 4567 in the morning", "(030) 901 8200"],
    "a birth date": [
        "born on 7 May 1999 in Turku",
        "syntynyt 7.5.1999",
        "geboren am 07.05.1999",
        "née le 7 mai 1999",
        "f. 1999-05-07",
        "07/05/1999",
    ],
    "a national number": ["131052-308T", "19811228-9874", "RSSMRA85T10A562S", "12345678Z", "X1234567L", "44051401458"],
    "a form of address before a name": [
        "as Mr Esimerkki told",
        "Frau Müller hat",
        "für Señora Quispe",
        "rouva Järvi / Rouva Järvi",
    ],
}
INNOCENT = [
    "The course is taught since 2024-09-01 and the act is of 16 June 2010.",
    "Candidates know the methods of ISO 19115-1:2014 and of EN 15232-1 (levels A to D).",
    "Two fifths of our own course, marine law, is not covered: 120 hours instead of 200.",
    "https://ledger.example.org/nostra+b847e31f+AXWKHmYTCQ0FUPhex2U1pOHvtAJHJeLh6PzfJd",
    "urn:uuid:00000000-0000-4000-8000-000000000001",
    "http://data.europa.eu/esco/skill/0714a9b0-0015-4b0c-8000-0000033003e2",
    "0000-0002-1825-0098 is no check digit, and 44051401459 neither; 12345678A is no letter of it",
    "DEQARINST1234, PIC 999874541, VATIE-654321, ISCED 0688, 5 ECTS, version 2.10.2026",
    "A master's thesis (30 credits) by the end of the term; Prof. and Dr. are titles.",
    "",
]


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in FOUND.items() for text in texts])
def test_each_sign_is_found(what, text):
    """Alone, in a sentence, deep in a document."""
    assert what in {sign.what for sign in signs_in(text)}
    (where,) = {sign.where for sign in signs_in({"reasons": [{"en": text}]}) if sign.what == what}
    assert where == "reasons[0].en"


@pytest.mark.parametrize("text", INNOCENT)
def test_what_rules_and_achievements_say_is_left_alone(text):
    """A warning that always comes is read by nobody."""
    assert list(signs_in({"title": {"en": text}})) == []


def test_a_role_s_mailbox_belongs_where_it_stands():
    """An address in the member for it is no sign; a person's name there, or a phone number, is one."""
    authority = {"authority": {"mailbox": "recognition@example.org", "unit": {"en": "Registry"}}}
    assert list(signs_in(authority)) == []
    known = KnownNames(["Aino Esimerkki"])
    assert [sign.what for sign in signs_in({"mailbox": "aino.esimerkki@example.org"}, known)] == [KNOWN_PERSON]


@pytest.mark.parametrize(
    "text",
    [
        "Rosa Quispe passed",
        "QUISPE, Rosa",
        "quispe mamani",
        "of Mamani-Quispe",
        "the thesis of rosa\u00a0quispe",
        "Rósa Quíspe",
        "rosa_quispe",
        "case REC/2026/117, see there",
        "urn:uuid:5F0C1C9E-0000-4000-8000-123456789012.",
        "of Virtanen",
    ],
)
def test_a_known_person_is_found_however_written(text):
    """Two words of the name side by side, an identifier whole, a rare lone word."""
    identifiers = ["REC/2026/117", "urn:uuid:5f0c1c9e-0000-4000-8000-123456789012"]
    known = KnownNames(["Rosa Quispe Mamani", "Virtanen", "Li"], identifiers)
    assert known.found_in(text)


@pytest.mark.parametrize(
    "text", ["Rosa alone", "a rosa is a rose", "Quispe", "REC/2026/1170", "Li", "Virtanens", "Rosa has met Quispe"]
)
def test_a_word_of_a_name_alone_is_no_person(text):
    """One word of several, a longer identifier, a short lone word."""
    assert not KnownNames(["Rosa Quispe Mamani", "Virtanen", "Li"], ["REC/2026/117", "x"]).found_in(text)


def test_nothing_known_is_found_nowhere():
    """Without names nothing is a known person's; and no depth of nesting exhausts the stack."""
    assert len(KnownNames()) == 0
    value: object = "born 1999-05-07"
    for _ in range(5000):
        value = [value]
    assert list(signs_in(value, KnownNames())) == []
