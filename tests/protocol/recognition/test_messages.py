"""Every rule of an entry or document is told in words that mend, all that is wrong at once."""

import msgspec
import pytest

from protocol.encoding import canonical
from protocol.errors import MalformedError
from protocol.recognition.decision import parse_decision
from protocol.recognition.entry import check, from_json, parse_entry
from protocol.recognition.identifiers import check_identifier, normalise
from protocol.recognition.problems import InadmissibleError, Problem
from tests.vectors import membership_examples as membership
from tests.vectors import recognition_examples as examples
from tests.vectors.membership_mutations import MEMBERSHIP
from tests.vectors.recognition import EXAMPLES, changed, mutated
from tests.vectors.recognition_identifiers import NOT_IDENTIFIERS
from tests.vectors.recognition_mutations import ALL, DECISION, REMOVED


def problems_of(data: bytes, kind: str) -> list[str]:
    """Return all problems of an entry or a decision document, as lines."""
    with pytest.raises(InadmissibleError) as raised:
        parse_decision(data) if kind == "decision" else parse_entry(data, strict=True)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("row", [*ALL, *MEMBERSHIP, *DECISION], ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_broken_rule_is_told_with_place_and_remedy(row):
    """Each mutation of an example gives exactly its problems."""
    assert problems_of(mutated(row), row[0]) == row[4]


@pytest.mark.parametrize("row", NOT_IDENTIFIERS, ids=lambda row: row[0])
def test_a_wrong_identifier_is_told_with_its_remedy(row):
    """Each text that is no identifier of its scheme says why."""
    _, scheme, text, message = row
    with pytest.raises(MalformedError) as raised:
        normalise(scheme, text)
    assert str(raised.value) == message


def test_an_identifier_that_is_only_written_otherwise_says_how():
    """In an entry an identifier stands in its canonical spelling."""
    with pytest.raises(MalformedError, match=r"write it as 'tuni\.fi'"):
        check_identifier("schac", "TUNI.fi")


def mandatory(kind: str) -> list[str]:
    """Return the members of the fullest example without which it is not admissible."""
    optional = {
        "institution": {"region", "assertionKeys"},
        "achievement": {
            "cycle", "eqfLevel", "furtherInformation", "gradingScheme", "iscedF", "languages", "prerequisites",
            "skills", "stackability", "supervision",
        },
        "mandate": {"until"},
        "rule": {"scope", "supersedes", "validUntil"},
        "decision": {"remarks", "scope"},
    }.get(kind, set())  # fmt: skip
    return sorted(set(EXAMPLES[kind][1]()) - optional)


def removals() -> list[tuple[str, str]]:
    """Return (kind, member) for every mandatory member of every kind."""
    kinds = [
        "institution", "achievement", "mandate", "rule", "withdrawal", "roster", "key", "succession", "sealed",
        "decision",
    ]  # fmt: skip
    return [(kind, name) for kind in kinds for name in mandatory(kind)]


@pytest.mark.parametrize(("kind", "name"), removals())
def test_an_example_without_one_mandatory_member_is_refused(kind, name):
    """Each member that isn't optional is missed; kind and v are what an entry is known by."""
    lines = problems_of(mutated((kind, "", name, REMOVED, [])), kind)
    assert any(name in line for line in lines), lines


@pytest.mark.parametrize("kind", ["institution", "achievement", "mandate", "rule", "decision"])
def test_an_example_without_its_optional_members_is_admissible(kind):
    """What is optional may be left out, all of it at once."""
    value = EXAMPLES[kind][1]()
    least = {name: value[name] for name in mandatory(kind)}
    parse = parse_decision if kind == "decision" else parse_entry
    assert not hasattr(parse(canonical.encode(least)), "reason")


def test_all_problems_of_form_are_told_at_once():
    """A registrar sees everything that is wrong with a draft in one go."""
    draft = examples.a_rule()
    draft |= {"outcome": "refused", "validFrom": "soon", "learner": "Aino"}
    del draft["criteria"]["level"]
    draft["effect"]["credits"]["points"] = 5
    with pytest.raises(InadmissibleError) as raised:
        from_json(draft)
    assert sorted(problem.where for problem in raised.value.problems) == [
        "criteria.level", "effect.credits.points", "learner", "outcome", "validFrom",
    ]  # fmt: skip


def test_the_error_shows_its_first_problem_and_counts_the_rest():
    """One line is enough for a log or a shell."""
    error = InadmissibleError([Problem("id", "is missing: add it"), Problem("", "b"), Problem("c", "d")])
    assert str(error) == "id: is missing: add it (and 2 more)"
    assert (error.where, error.what) == ("id", "is missing: add it (and 2 more)")


@pytest.mark.parametrize(
    ("example", "origin", "lines"),
    [
        (examples.a_rule, examples.DCU, []),
        (examples.a_full_rule, examples.TUNI, []),
        (examples.an_institution, examples.TUNI, []),
        (examples.a_mandate, examples.TUNI, []),
        (
            examples.a_rule,
            examples.TUNI,
            [
                "supersedes[0].origin: is 'ledger.dcu.ie/nostra', must be 'ledger.tuni.fi/nostra': a log ends only "
                "what is its own"
            ],
        ),
        (
            examples.a_withdrawal,
            examples.TUNI,
            [
                "target.origin: is 'ledger.dcu.ie/nostra', must be 'ledger.tuni.fi/nostra': a log ends only what is "
                "its own"
            ],
        ),
        (
            examples.a_mandate,
            "ledger.eciu.eu/nostra",
            ["log: is 'ledger.eciu.eu/nostra', this very log: a mandate is for another's"],
        ),
        (membership.a_roster, examples.TUNI, []),
        (membership.a_key, examples.TUNI, []),
        (
            membership.a_key,
            examples.DCU,
            [
                "key: is named 'ledger.tuni.fi/nostra', must be named 'ledger.dcu.ie/nostra': a log says its own next "
                "key"
            ],
        ),
        (membership.a_succession, examples.TUNI, []),
        (
            membership.a_succession,
            "ledger.tuni.fi/nostra-2",
            ["successor: is 'ledger.tuni.fi/nostra-2', this very log: another one follows"],
        ),
    ],
)
def test_references_stay_in_the_log_they_are_meant_for(example, origin, lines):
    """A log ends only what is its own, says its own next key, and neither follows nor empowers itself."""
    assert [str(problem) for problem in check(from_json(example()), origin=origin)] == lines


def test_check_tells_what_a_program_put_together_wrongly():
    """A Struct built in code is checked like bytes from outside."""
    mandate = from_json(examples.a_mandate())
    wrong = type(mandate)(
        id="UPPER", version=0, log=mandate.log, achievements=("a", ""), from_="2026-01-01"
    )  # fmt: skip
    assert sorted(problem.where for problem in check(wrong)) == ["achievements[1]", "id", "version"]
    unsorted = msgspec.structs.replace(mandate, achievements=("b", "a"))
    assert [problem.where for problem in check(unsorted)] == ["achievements[1]"]


def test_an_exemption_names_the_courses():
    """A decision that exempts from nothing is refused."""
    value = changed(examples.a_decision(), "purpose", "exemption")
    del value["mapping"][0]["granted"]["courses"]
    assert problems_of(canonical.encode(value), "decision") == [
        "mapping: grants no courses: purpose 'exemption' says from which courses"
    ]


def test_a_refusal_of_an_incomplete_file_needs_no_complete_date():
    """A file that stayed incomplete after the learner was asked was never complete."""
    value = changed(examples.a_decision(), "outcome", "refused")
    del value["conditions"], value["criteria"], value["mapping"][0]["granted"], value["dates"]["completeFile"]
    value["grounds"] = [{"date": "2026-10-02", "type": "incomplete-after-request"}]
    assert parse_decision(canonical.encode(value)).outcome == "refused"
