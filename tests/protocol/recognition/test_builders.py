"""What builders write with less care comes out as strict as the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import canonical
from protocol.errors import BadProofError
from protocol.recognition.arrange import from_plain
from protocol.recognition.bodies import Body
from protocol.recognition.decision import decision_from_json
from protocol.recognition.entry import check, from_json, parse_entry, render
from protocol.recognition.identifiers import SCHEMES, normalise, ror_check_digits
from protocol.recognition.problems import InadmissibleError
from protocol.recognition.shape import MOST_PROBLEMS, sorted_set
from protocol.recognition.texts import separate, verify_texts
from tests.vectors import recognition_examples as examples
from tests.vectors.recognition import EXAMPLES


def a_form() -> dict:
    """Return a rule as a form gives it: texts inline, no ids, no version, sets in any order."""
    return {
        "kind": "rule",
        "id": "marine",
        "subject": {
            "type": "achievements",
            "group": [
                {"body": {"scheme": "schac", "value": " TUNI.fi "}, "code": "MR-101", "versions": [2, 1, 2]},
                {"body": {"scheme": "name", "value": "FI:Tampere  University"}, "code": "MR-100"},
            ],
        },
        "outcome": "conditional",
        "purposes": ["exemption", "credit", "credit"],
        "effect": {"courses": [{"code": "B"}, {"code": "A"}], "credits": {"points": "5", "system": "ects"}},
        "basis": {"kind": "case-by-case"},
        "criteria": examples.ALL_MET | {"level": "not met", "workload": "not met"},
        "grounds": [
            {"type": "substantial-difference", "difference": "workload", "text": {"en": "Half the hours."}},
            {"type": "substantial-difference", "difference": "level", "text": {"en": " One level below. "}},
        ],
        "conditions": [{"text": {"en": "Pass the bridging module."}}],
        "reasons": {"fi": "Sisa\u0308lto\u0308 vastaa."},
        "appeal": examples.APPEAL,
        "validFrom": "2026-09-01",
        "appliesBy": "award",
    }


def test_a_form_becomes_an_entry_and_its_texts():
    """Inline texts move out by their ids, and the entry commits to them."""
    entry, document = separate(a_form(), salt=bytes(32))
    assert parse_entry(render(entry), strict=True) == entry
    assert check(entry) == []
    assert document.texts.grounds == {"g1": {"en": "Half the hours."}, "g2": {"en": "One level below."}}
    assert document.texts.conditions == {"c1": {"en": "Pass the bridging module."}}
    assert document.texts.reasons == {"fi": "Sis\u00e4lt\u00f6 vastaa."}
    verify_texts(document, entry.texts)


def test_a_form_loses_doubles_and_gains_order():
    """Sets are sorted by canonical bytes and unique, identifiers stand in their one spelling."""
    entry, _ = separate(a_form(), salt=bytes(32))
    assert entry.purposes == ("credit", "exemption")
    assert [course.code for course in entry.effect.courses] == ["A", "B"]
    assert [one.body.identity for one in entry.subject.group] == [
        ("name", "FI:Tampere University"),
        ("schac", "tuni.fi"),
    ]
    assert entry.subject.group[1].versions == (1, 2)
    assert entry.version == 1


def test_another_salt_hides_the_same_texts():
    """Equal texts can't be recognised by their commitment."""
    entry, document = separate(a_form(), salt=bytes(32))
    other, _ = separate(a_form(), salt=b"\x01" * 32)
    assert entry.texts != other.texts
    with pytest.raises(BadProofError, match="not the ones that the entry committed to"):
        verify_texts(document, other.texts)


def test_a_rule_without_texts_has_no_document():
    """Full recognition needs no reasons, so nothing stands beside it."""
    entry, document = separate(examples.a_full_rule(), salt=bytes(32))
    assert (render(entry), document) == (canonical.encode(examples.a_full_rule()), None)


def a_withdrawal_form() -> dict:
    """Return a withdrawal with its reasons inline."""
    value = examples.a_withdrawal() | {"reasons": {"en": "The course ended."}}
    del value["texts"], value["v"], value["version"]
    return value


def test_a_withdrawal_says_why_beside_it():
    """Reasons of a withdrawal are never in the entry."""
    entry, document = separate(a_withdrawal_form(), salt=bytes(32))
    assert b"course ended" not in render(entry)
    verify_texts(document, entry.texts)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda form: form["grounds"][0].pop("text"), "grounds.g1: is missing: give its text"),
        (lambda form: form["grounds"][0].update(text="Half."),
         "texts.grounds.g1: is 'Half.', must be text by language, such as {\"en\": \"…\"}"),
        (lambda form: form.update(remarks={}),
         "texts.remarks: is empty: give at least one, or leave the member out where it may be absent"),
        (lambda form: form.update(grounds="none"), "grounds: is 'none', must be an array"),
        (lambda form: form.update(grounds=["g"]), "grounds[0]: is 'g', must be an object"),
        (lambda form: form["grounds"][1].update(id="g1"),
         "grounds[1].id: 'g1' is taken: texts are found by id, so each has its own"),
        (lambda form: form["grounds"][1].update(id=["g1"]), "grounds[1].id: is an array, must be a string"),
    ],
)  # fmt: skip
def test_a_form_with_wrong_texts_is_refused(change, line):
    """What is wrong with inline texts is told like all else."""
    form = a_form()
    change(form)
    with pytest.raises(InadmissibleError) as raised:
        separate(form, salt=bytes(32))
    assert line in [str(problem) for problem in raised.value.problems]


def test_a_withdrawal_without_reasons_is_refused():
    """Whoever relied on a rule may know why it ended."""
    form = a_withdrawal_form() | {"remarks": form_text()}
    del form["reasons"]
    with pytest.raises(InadmissibleError, match="reasons: are missing: a withdrawal says why"):
        separate(form, salt=bytes(32))


def form_text() -> dict[str, str]:
    """Return a text."""
    return {"en": "See the website."}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "decision"])
def test_from_json_takes_the_strict_form_as_it_is(name):
    """What is right already stays the same, byte for byte."""
    value = EXAMPLES[name][1]()
    assert render(from_json(value)) == canonical.encode(value)


@pytest.mark.parametrize("name", ["institution", "achievement", "mandate", "rule-full", "withdrawal", "succession"])
def test_from_json_fills_in_format_and_first_version(name):
    """A builder needn't say v, nor the version of a first one."""
    value = EXAMPLES[name][1]()
    del value["v"], value["version"]
    assert (from_json(value).v, from_json(value).version) == (1, 1)


def test_a_decision_takes_effect_on_its_day_unless_said_otherwise():
    """The effective date of a decision has a safe default."""
    value = examples.a_decision()
    del value["dates"]["effective"], value["v"], value["kind"]
    assert decision_from_json(value).dates.effective == "2026-10-20"


@pytest.mark.parametrize("value", [None, [], "rule", 7, {}, {"kind": None}, {"kind": "rule"}, {"kind": "rule", "v": 2}])
def test_from_json_refuses_what_is_no_entry(value):
    """Any JSON value at all is told what it lacks."""
    with pytest.raises(InadmissibleError):
        from_json(value)


@given(
    st.recursive(
        st.none() | st.floats() | st.text(max_size=4) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
    st.sampled_from(["subject", "purposes", "grounds", "conditions", "effect", "basis", "texts", "scope"]),
)
def test_from_json_never_fails_otherwise(value, member):
    """A form can hold anything; the answer is a rule or its problems."""
    try:
        entry = from_json(examples.a_rule() | {member: value})
    except InadmissibleError:
        return
    assert check(entry) == []


@given(st.permutations(examples.an_institution()["identifiers"]))
def test_the_order_in_which_a_set_was_written_does_not_matter(identifiers):
    """Equal sets, equal bytes."""
    value = examples.an_institution() | {"identifiers": [*identifiers, identifiers[0]]}
    assert render(from_json(value)) == canonical.encode(examples.an_institution())


def test_sorted_set_orders_by_canonical_bytes():
    """Ten stands before two: the order is that of bytes."""
    assert sorted_set([2, 10, 2, 1]) == (1, 10, 2)
    bodies = [Body(scheme="schac", value="tuni.fi"), Body(country="FI", name="A"), Body(scheme="schac", value="dcu.ie")]
    assert [body.identity[1] for body in sorted_set(bodies)] == ["FI:A", "dcu.ie", "tuni.fi"]


@pytest.mark.parametrize("identity", [("schac", "tuni.fi"), ("name", "FI:Tampere: University"), ("pic", "906629756")])
def test_a_body_is_its_identity_and_back(identity):
    """The pair that the index knows names the body that rules name."""
    body = Body.of(identity)
    assert body.identity == identity
    assert from_plain({"scheme": identity[0], "value": identity[1]}, Body) == body


@pytest.mark.parametrize(
    "identity", [("schac", "TUNI FI"), ("name", "Tampere University"), ("local", "x"), ("name", "FI:")]
)
def test_what_is_no_identity_is_no_body(identity):
    """A body is made of an identity in its one spelling only."""
    with pytest.raises(InadmissibleError):
        Body.of(identity)


def test_an_institution_is_found_by_all_its_identities():
    """Names in every language and former names find it, beside its identifiers."""
    institution = from_json(examples.an_institution())
    assert institution.identities() == [
        ("erasmus", "SF TAMPERE17"),
        ("name", "FI:Tampere University"),
        ("name", "FI:Tampereen yliopisto"),
        ("name", "FI:University of Tampere"),
        ("ror", "033003e23"),
        ("schac", "tuni.fi"),
    ]


@given(scheme=st.sampled_from(SCHEMES), text=st.text(max_size=40))
def test_a_canonical_spelling_is_its_own(scheme, text):
    """Normalising twice is normalising once."""
    try:
        once = normalise(scheme, text)
    except ValueError:
        return
    assert normalise(scheme, once) == once


ROR_MARKS = "0123456789abcdefghjkmnpqrstvwxyz"


@given(body=st.text(ROR_MARKS, min_size=6, max_size=6), position=st.integers(1, 8), mark=st.sampled_from(ROR_MARKS))
def test_a_ror_id_with_one_wrong_character_is_refused(body, position, mark):
    """Check digits modulo 97 catch every single slip."""
    body = "0" + body
    right = body + ror_check_digits(body)
    assert normalise("ror", right) == right
    wrong = right[:position] + mark + right[position + 1 :]
    if wrong != right:
        with pytest.raises(ValueError, match="ROR"):
            normalise("ror", wrong)


def test_a_text_that_would_take_hours_to_normalise_is_told_as_a_problem():
    """A million combining marks in the wrong order are refused as they stand."""
    value = EXAMPLES["achievement"][1]() | {"title": {"en": "x" + "\u0301\u0316" * 1_000_000}}
    with pytest.raises(InadmissibleError) as refused:
        from_json(value)
    assert [(problem.where, problem.what) for problem in refused.value.problems] == [
        ("title.en", "is not in Unicode form NFC")
    ]


@pytest.mark.parametrize(
    "value",
    [
        EXAMPLES["achievement"][1]() | {f"unknown{number}": 1 for number in range(50_000)},
        EXAMPLES["achievement"][1]() | {"participation": ["by telegraph"] * 50_000},
        EXAMPLES["achievement"][1]() | {"title": {f"N{number}": "x" for number in range(50_000)}},
    ],
    ids=["unknown-members", "members-of-an-array", "languages"],
)
def test_a_value_with_countless_faults_is_told_of_the_first_hundred(value):
    """A hostile value can't make an error larger than itself."""
    with pytest.raises(InadmissibleError) as refused:
        from_json(value)
    assert len(refused.value.problems) == MOST_PROBLEMS
