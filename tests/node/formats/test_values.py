"""Small readers: shapes of text and lists, dates, durations, countries, languages, identifiers, words."""

import pytest

from node.formats import countries, dates, identifiers, languages, values, vocabulary, words

BY_LANGUAGE = {
    "string": ("Water", {"und": "Water"}),
    "language-map": ({"en": "Water", "fi": "Vesi"}, {"en": "Water", "fi": "Vesi"}),
    "map-of-lists": ({"en": ["Water", "and ice"]}, {"en": "Water; and ice"}),
    "value-object": ({"@value": "Water", "@language": "en"}, {"en": "Water"}),
    "value-objects": (
        [{"@value": "Water", "@language": "en"}, {"@value": "Vesi", "@language": "fi"}],
        {"en": "Water", "fi": "Vesi"},
    ),
    "value-without-language": ({"@value": "Water"}, {"und": "Water"}),
    "no-language-key": ({"@none": "Water"}, {"und": "Water"}),
    "upper-case-and-underscore": ({"PT_br": "Água"}, {"pt-br": "Água"}),
    "three-letters": ({"eng": "Water"}, {"en": "Water"}),
    "first-of-two": (["Water", "Ice"], {"und": "Water"}),
    "not-a-language": ({"1": "Water", "english": "Ice", "label": "Snow"}, {}),
    "object-with-a-type": ({"type": "Note", "id": "urn:x", "en": "Water"}, {"en": "Water"}),
    "indonesian": ({"id": "Air"}, {"id": "Air"}),
    "value-in-an-unreadable-language": ({"@value": "Water", "@language": "english"}, {"und": "Water"}),
    "private-part": ({"de-x-campus": "Wasser", "de-u-co-phonebk": "Eis"}, {"de": "Wasser"}),
    "no-normal-form-in-time": ({"en": "a" + "\u0301\u0316" * 500_000, "fi": "Vesi"}, {"fi": "Vesi"}),
    "marks-that-turn-the-writing": ({"en": "Wat\u202eer\u2066"}, {"en": "Water"}),
    "other-line-ends": ({"en": "a\u2028b\u2029c\u0085d"}, {"en": "a\nb\ncd"}),
    "blank": ({"en": "  "}, {}),
    "number": (5, {}),
    "nothing": (None, {}),
    "decomposed": ({"fr": "e\u0301te\u0301"}, {"fr": "été"}),
    "control-characters": ({"en": "a\x00b\tc\r\nd"}, {"en": "ab c\nd"}),
}


@pytest.mark.parametrize(("value", "expected"), BY_LANGUAGE.values(), ids=BY_LANGUAGE)
def test_text_by_language_comes_from_any_of_its_shapes(value, expected):
    """JSON-LD's ways to write text all give one mapping."""
    assert values.by_language(value) == expected


DECIMALS = [
    ("5", "5"),
    ("2.50", "2.5"),
    ("1,5", "1.5"),
    ("1,50", "1.5"),
    ("1,500", ""),
    ("1.500", "1.5"),
    (5, "5"),
    (2.5, "2.5"),
    (7.0, "7"),
    ("07", "7"),
    ("0", "0"),
    ("-1", ""),
    (-1, ""),
    ("1e3", ""),
    ("five", ""),
    ("", ""),
    (True, ""),
    (float(2**70), ""),
    ("1.2.3", ""),
    ("٣", ""),
]


@pytest.mark.parametrize(("written", "expected"), DECIMALS)
def test_numbers_become_decimal_text(written, expected):
    """Amounts are text without trailing zeros; what is no amount is nothing."""
    assert values.decimal(written) == expected


INSTANTS = [
    ("2026-06-12T09:30:00Z", "2026-06-12T09:30:00Z"),
    ("2026-06-12T09:30:00.123456789Z", "2026-06-12T09:30:00Z"),
    ("2026-06-12T01:30:00+03:00", "2026-06-11T22:30:00Z"),
    ("2026-06-12T09:30:00", "2026-06-12T09:30:00Z"),
    ("2026-06-12", "2026-06-12T00:00:00Z"),
    ("2026-02-30", ""),
    ("2026-06-12T24:00:00Z", ""),
    ("0001-01-01T00:00:00+14:00", ""),
    ("12.06.2026", ""),
    ("", ""),
]


@pytest.mark.parametrize(("written", "expected"), INSTANTS)
def test_instants_are_brought_to_utc(written, expected):
    """Whole seconds in UTC; what is no instant is nothing."""
    assert dates.instant(written) == expected


def test_a_legal_date_is_the_date_as_written():
    """No reader guesses the author's time zone."""
    assert dates.legal_date("2022-12-31T23:00:00Z") == "2022-12-31"
    assert dates.legal_date("2022-12-31T23:00:00-05:00") == "2022-12-31"
    assert dates.legal_date("yesterday") == ""


DURATIONS = [
    ("PT60H", "60"),
    ("PT7H30M", "7.5"),
    ("PT90M", "1.5"),
    ("PT7.5H", "7.5"),
    ("P0DT40H", "40"),
    ("PT7H19M48S", "7.33"),
    ("P1M", ""),
    ("P2W", ""),
    ("P1DT4H", ""),
    ("PT", ""),
    ("P", ""),
    ("PT0H", ""),
    ("60", ""),
    ("", ""),
]


@pytest.mark.parametrize(("written", "expected"), DURATIONS)
def test_only_the_time_part_of_a_duration_states_hours(written, expected):
    """Sixty hours are a workload; a month is a time span."""
    assert dates.hours(written) == expected


@pytest.mark.parametrize("hours", ["60", "7.5", "0.25", "7.33", "1200"])
def test_hours_survive_being_written_as_a_duration(hours):
    """Writing and reading give the same amount."""
    assert dates.hours(dates.duration(hours)) == hours


COUNTRIES = [
    ("IRL", "IE"),
    ("irl", "IE"),
    ("FI", "FI"),
    ("EL", "GR"),
    ("UK", "GB"),
    ("XKX", "XK"),
    ("1A0", "XK"),
    ("ZZZ", ""),
    ("Ireland", ""),
    ("", ""),
]


@pytest.mark.parametrize(("code", "expected"), COUNTRIES)
def test_countries_become_alpha_2(code, expected):
    """Alpha-3, alpha-2 and the EU's own codes give one code."""
    assert countries.alpha_2(code) == expected


LANGUAGES = [
    ("ENG", "en"),
    ("ger", "de"),
    ("deu", "de"),
    ("smn", "smn"),
    ("pt_BR", "pt-br"),
    ("fi", "fi"),
    ("english language", ""),
    ("english", ""),
    ("en-x-campus", "en"),
    ("sr-Latn-u-nu-latn", "sr-latn"),
    ("", ""),
]


@pytest.mark.parametrize(("code", "expected"), LANGUAGES)
def test_languages_become_bcp_47(code, expected):
    """Three letters become two where there are two."""
    assert languages.tag(code) == expected


CONCEPTS = {
    "eqf-address": (vocabulary.eqf_level, {"id": "http://data.europa.eu/snb/eqf/6"}, 6),
    "eqf-string": (vocabulary.eqf_level, "http://data.europa.eu/snb/eqf/6", 6),
    "eqf-notation": (vocabulary.eqf_level, {"notation": "5"}, 5),
    "eqf-label": (vocabulary.eqf_level, {"prefLabel": {"en": "Level 7"}}, 7),
    "eqf-words": (vocabulary.eqf_level, "EQF level 4", 4),
    "eqf-number": (vocabulary.eqf_level, 8, 8),
    "eqf-nine": (vocabulary.eqf_level, {"notation": "9"}, 0),
    "eqf-of-two": (vocabulary.eqf_level, [{"notation": "6"}, {"notation": "7"}], 0),
    "eqf-twice": (vocabulary.eqf_level, [{"id": vocabulary.EQF + "6"}, "EQF level 6"], 6),
    "eqf-that-contradicts-itself": (vocabulary.eqf_level, {"id": vocabulary.EQF + "6", "notation": "7"}, 0),
    "eqf-over-https": (vocabulary.eqf_level, "https://data.europa.eu/snb/eqf/6", 6),
    "level-of-another-vocabulary": (
        vocabulary.eqf_level,
        {"id": "https://nqf.example/6", "prefLabel": {"en": "Level 6"}},
        0,
    ),
    "level-of-another-scheme": (
        vocabulary.eqf_level,
        {"notation": "6", "inScheme": {"id": "https://isced.example"}},
        0,
    ),
    "eqf-named-in-another-vocabulary": (
        vocabulary.eqf_level,
        {"id": "https://nqf.example/9", "prefLabel": {"en": "EQF level 6"}},
        6,
    ),
    "eqf-in-full": (vocabulary.eqf_level, "European Qualifications Framework, level 6", 6),
    "eqf-too-large": (vocabulary.eqf_level, 10**400, 0),
    "eqf-bad-number": (vocabulary.eqf_level, 0, 0),
    "country-address": (vocabulary.country, {"id": vocabulary.COUNTRY + "IRL", "notation": "country"}, "IE"),
    "country-notation": (vocabulary.country, {"notation": "ES"}, "ES"),
    "language-address": (vocabulary.languages, [{"id": vocabulary.LANGUAGE + "ENG", "notation": "language"}], ("en",)),
    "language-tags": (vocabulary.languages, ["en", "pt-BR", "en"], ("en", "pt-br")),
    "field-address": (vocabulary.isced_f, {"id": vocabulary.ISCED_F + "0688"}, ("0688",)),
    "field-notation": (vocabulary.isced_f, [{"notation": "0410"}, {"notation": "maths"}], ("0410",)),
    "cycle": (vocabulary.cycle, {"prefLabel": {"en": "Second cycle (QF-EHEA)"}}, "second"),
    "cycle-of-schools": (vocabulary.cycle, {"prefLabel": {"en": "Second cycle of basic education"}}, ""),
    "cycle-of-secondary-schools": (vocabulary.cycle, {"prefLabel": {"en": "Lower secondary, first cycle"}}, ""),
    "field-of-another-vocabulary": (vocabulary.isced_f, {"id": "http://eurovoc.europa.eu/4040"}, ()),
    "field-of-another-scheme": (
        vocabulary.isced_f,
        {"notation": "4040", "inScheme": {"id": "http://eurovoc.europa.eu/100141"}},
        (),
    ),
    "region": (lambda value: vocabulary.region(value, "FI"), "FI-11", "FI-11"),
    "region-without-its-country": (lambda value: vocabulary.region(value, "FI"), "11", "FI-11"),
    "region-of-another-country": (lambda value: vocabulary.region(value, "FI"), "SE-AB", ""),
    "region-of-nuts": (lambda value: vocabulary.region(value, "FI"), "FI1", ""),
    "region-that-is-the-country": (lambda value: vocabulary.region(value, "FI"), "FI", ""),
    "ects-points": (vocabulary.credit_system, {"prefLabel": {"en": "ECTS credit points"}}, "ECTS"),
    "another-credit": (vocabulary.credit_system, {"prefLabel": {"en": "non-ECTS credits"}}, "non-ECTS credits"),
    "no-cycle": (vocabulary.cycle, {"prefLabel": {"en": "Master"}}, ""),
    "ects-address": (vocabulary.credit_system, {"id": vocabulary.ECTS_FRAMEWORK}, "ECTS"),
    "ects-in-german": (
        vocabulary.credit_system,
        {"id": vocabulary.ECTS_FRAMEWORK, "prefLabel": {"de": "Europäisches System"}},
        "ECTS",
    ),
    "ects-notation": (vocabulary.credit_system, {"notation": "ECTS"}, "ECTS"),
    "national-system-under-another-address": (
        vocabulary.credit_system,
        {"id": vocabulary.ECVET_FRAMEWORK, "prefLabel": {"en": "National health points"}},
        "National health points",
    ),
    "no-system": (vocabulary.credit_system, None, ""),
    "supervision-address": (
        words.supervision,
        {"id": vocabulary.SUPERVISION + "70be69aaf9"},
        words.SUPERVISED_IDENTIFIED,
    ),
    "supervision-label": (
        words.supervision,
        {"prefLabel": {"en": "Supervised without ID verification"}},
        words.SUPERVISED,
    ),
    "unsupervised-though-identified": (
        words.supervision,
        {"prefLabel": {"en": "Unsupervised with ID verification"}},
        words.UNSUPERVISED,
    ),
    "supervision-of-no-list": (words.supervision, {"prefLabel": {"en": "Proctor chosen by learner"}}, ""),
}


@pytest.mark.parametrize(("read", "value", "expected"), CONCEPTS.values(), ids=CONCEPTS)
def test_concepts_are_known_by_address_notation_or_label(read, value, expected):
    """Each vocabulary is read from whichever of the three the document gives."""
    assert read(value) == expected


WORDS = {
    "by-address": (words.PARTICIPATION, {"id": words.PARTICIPATION.vocabulary + "920fbb3cbe"}, "online"),
    "by-english-label": (words.ASSESSMENT, {"prefLabel": {"en": "Oral examination"}}, "oral-examination"),
    "by-our-word": (words.ASSESSMENT, "prior-learning", "prior-learning"),
    "by-badge-word": (words.ASSESSMENT, "application of a skill", "practical"),
    "of-another-list": (words.ASSESSMENT, "online", ""),
    "of-no-list": (words.PARTICIPATION, "onsite or blended", ""),
    "quality": (words.QUALITY, {"id": words.QUALITY.vocabulary + "820101cba6"}, "programme"),
}


@pytest.mark.parametrize(("closed", "value", "word"), WORDS.values(), ids=WORDS)
def test_foreign_words_become_ours_or_keep_their_text(closed, value, word):
    """What no table knows has a text and no word."""
    found = words.named(value, closed)
    assert found.word == word
    assert found.text


IDENTIFIERS = {
    "ror-url": (("https://ror.org/033003e23", "", ""), ("ror", "033003e23")),
    "ror-by-name": (("033003e23", "ROR", ""), ("ror", "033003e23")),
    "ror-with-wrong-check-digits": (("033003e24", "ROR", ""), ("other", "033003e24")),
    "schac": (("TUNI.fi", "SCHAC", ""), ("schac", "tuni.fi")),
    "pic": (("906629756", "PIC", ""), ("pic", "906629756")),
    "erasmus": (("sf tampere17", "Erasmus code", ""), ("erasmus", "SF TAMPERE17")),
    "charter": (("29556-EPP-1", "ECHE", ""), ("erasmus-charter", "29556-EPP-1")),
    "deqar-digits": (("42", "", "https://www.deqar.eu/"), ("deqar", "DEQARINST0042")),
    "deqar-address": (("https://data.deqar.eu/institution/42", "", ""), ("deqar", "DEQARINST0042")),
    "a-search-that-is-no-charter": (("200012345A", "Structures de recherche", ""), ("other", "200012345A")),
    "unknown": (("Res1818", "Research Alliance", ""), ("other", "Res1818")),
}


@pytest.mark.parametrize(("written", "expected"), IDENTIFIERS.values(), ids=IDENTIFIERS)
def test_identifiers_are_typed_by_what_the_document_calls_them(written, expected):
    """An identifier that is none of its scheme is kept as other."""
    value, scheme, address = written
    found = identifiers.identifier(value, scheme=scheme, address=address)
    assert (found.scheme, found.value) == expected


@pytest.mark.parametrize("value", ["", "0000", "0-0", "urn:epass:legalIdentifier:1"])
def test_placeholders_are_no_identifiers(value):
    """What many bodies would share identifies none."""
    assert identifiers.identifier(value, scheme="SCHAC") is None
    assert identifiers.legal(value, register="VAT", country="IE", label="VAT") is None


LEGAL = {
    "vat": (("654321", "VAT", "IE"), ("eidas", "VATIE-654321")),
    "vat-with-its-country": (("IE654321", "VAT", "IE"), ("eidas", "VATIE-654321")),
    "register": (("17207834", "NTR", "EE"), ("eidas", "NTREE-17207834")),
    "whole": (("VATES-A00000000", "", "ES"), ("eidas", "VATES-A00000000")),
    "register-not-said": (("17207834", "", "EE"), ("other", "EE 17207834")),
}


@pytest.mark.parametrize(("written", "expected"), LEGAL.values(), ids=LEGAL)
def test_legal_registers_become_eidas_identifiers(written, expected):
    """They are written as certificates of seals write them, so that the two can be compared."""
    value, register, country = written
    found = identifiers.legal(value, register=register, country=country, label="legal")
    assert (found.scheme, found.value) == expected
