"""What an institution says: rules with all that ends them, decisions before rules, and what blocks both."""

import pytest

from protocol.recognition.entry import from_json
from protocol.recognition.institution import Institution
from protocol.recognition.logged import Then
from protocol.recognition.published import keys_listed, lists_key, newest
from protocol.recognition.question import AskedAchievement, AskedDates, AskedScope, Question
from protocol.recognition.rules_asked import TimedEntry, ending_terms, question_terms, rules_asked
from protocol.recognition.says import DecisionChain, DocumentPart, says
from protocol.recognition.sealed import DecisionStatement
from protocol.recognition.standing import Link, standing_decisions
from protocol.recognition.terms import terms_of
from tests.support.statements import NORTHLAKE_ORIGIN, a_rule, an_institution

ORIGIN = "ledger.bay.example/nostra"
WATER = AskedAchievement(identities=frozenset({("schac", "northlake.example")}), code="WAT-204")


def question(**changed) -> Question:
    """Return the question on Northern Lake's course."""
    return Question(**{"achievements": (WATER,), "dates": AskedDates(at="2026-06-01")} | changed)


def rule(version: int = 1, **changed) -> dict:
    """Return a rule's plain value."""
    return a_rule(version=version, **changed)


def withdrawal(origin: str = ORIGIN, version: int = 1) -> dict:
    """Return a withdrawal of the rule from the spring on."""
    target = {"kind": "rule", "origin": origin, "id": "northlake-water", "version": version}
    ended = {"kind": "withdrawal", "id": "w-1", "version": 1, "target": target, "from": "2026-03-01"}
    return ended | {"texts": "A" * 43}


def under(*values: dict, thens: dict[int, Then] | None = None):
    """Return what stands under every term, of a log that holds these."""
    found = {}
    for leaf, value in enumerate(values):
        timed = TimedEntry(leaf, from_json({"v": 1} | value), (thens or {}).get(leaf, "already"))
        for term in terms_of(timed.entry):
            found.setdefault(term, []).append(timed)
    return found


def found(*values: dict, asked: Question | None = None, thens: dict[int, Then] | None = None):
    """Return the rules of a log that holds these."""
    return rules_asked(asked or question(), under(*values, thens=thens), ORIGIN)


def test_a_rule_is_found_once_and_in_force():
    """Whichever of its achievement's identities is asked under."""
    (one,) = found(rule())
    assert (one.name, one.leaf, one.state.state, one.then) == ("northlake-water 1", 0, "in force", "already")


@pytest.mark.parametrize(
    ("values", "states"),
    [
        pytest.param([rule(), withdrawal()], ["withdrawn"], id="withdrawn"),
        pytest.param([rule(), withdrawal(origin=NORTHLAKE_ORIGIN)], ["in force"], id="another log's withdrawal"),
        pytest.param([rule(), withdrawal(version=2)], ["in force"], id="another version's withdrawal"),
        pytest.param([rule(), rule(2)], ["superseded", "in force"], id="a newer version"),
        pytest.param([rule(), rule(outcome="full")], ["in force"], id="the lowest leaf of a version counts"),
        pytest.param([rule(subject={"type": "qualification", "country": "FI", "code": "MSc"})], [], id="of another"),
        pytest.param([rule(subject={"type": "criteria", "eqfLevels": [7]})], ["in force"], id="criteria"),
    ],
)
def test_what_ends_a_rule_is_seen(values, states):
    """Withdrawals and versions of the same log."""
    assert [one.state.state for one in found(*values)] == states


def test_what_may_not_have_been_there_leaves_it_open():
    """A withdrawal whose time isn't known makes the rule's state undetermined."""
    (one,) = found(rule(), withdrawal(), thens={1: "undetermined"})
    assert one.then == "undetermined"


def test_the_terms_of_a_question_are_all_under_which_a_rule_could_stand():
    """Every identity, criteria, the qualification; of a qualification alone no criteria."""
    asked = question(qualification=("FI", "MSc"))
    assert question_terms(asked) == [
        ("criteria",), ("qualification", "FI", "MSc"), ("subject", "schac", "northlake.example", "WAT-204")
    ]  # fmt: skip
    unnamed = question(achievements=(AskedAchievement(identities=frozenset(), code=""),))
    assert question_terms(unnamed) == [("criteria",)]
    assert question_terms(question(achievements=(), qualification=("FI", "MSc"))) == [("qualification", "FI", "MSc")]
    assert ending_terms(from_json(rule())) == (("rule", "northlake-water"), ("target", "rule", "northlake-water"))


def chain(*said: tuple, documents=None) -> DecisionChain:
    """Return a chain of decisions: act, outcome, purpose, replaces; None where one can't be read."""
    links = [
        Link(number, 10 + number, None if one is None else DecisionStatement(number, *one))
        for number, one in enumerate(said, 1)
    ]
    return DecisionChain(standing_decisions(links), documents or {})


REFUSED = ("decided", "refused", "credit", 0)
PARTIAL = ("decided", "partial", "credit", 0)


@pytest.mark.parametrize(
    ("chains", "blocked", "outcome", "ground", "why"),
    [
        pytest.param([], "", "full", "", "nothing else applies", id="a rule"),
        pytest.param([chain(PARTIAL)], "", "partial", "", "a decision on this credential comes", id="a decision"),
        pytest.param([chain(REFUSED, PARTIAL)], "", "partial", "", "more favourable", id="two decisions"),
        pytest.param([chain(("decided", "full", "access", 0))], "", "full", "", "nothing else", id="another purpose"),
        pytest.param([chain(PARTIAL)], "its standing is revoked", "none-found", "its standing", "", id="blocked"),
        pytest.param([chain(None)], "", "unknown", "can't be followed", "nothing else", id="unreadable"),
        pytest.param([chain(None)], "blocked", "unknown", "can't be followed", "", id="unreadable and blocked"),
    ],
)
def test_decisions_come_before_rules_and_what_blocks_before_both(chains, blocked, outcome, ground, why):
    """What can't be followed is unknown, whatever the rules say."""
    judged = says(question(), found(rule()), chains, blocked=blocked).judged
    assert (judged.outcome, ground in judged.ground, why in judged.why) == (outcome, True, True)
    assert (judged.wins is None) == bool(ground)


def test_where_nothing_applies_the_ground_names_what_speaks_of_it():
    """None found is never a refusal, and tells what was looked at."""
    nothing = says(question(), found(), [], blocked="")
    assert nothing.judged.ground.startswith("no rule speaks of it")
    assert nothing.judged.why == ""
    ended = says(question(), found(rule(), withdrawal()), [], blocked="")
    assert ended.judged.ground == (
        "of 1 that speak of it none applies: northlake-water 1: withdrawn from 2026-03-01 by w-1 1"
    )
    assert [why for _, why in ended.others] == ["withdrawn from 2026-03-01 by w-1 1"]


@pytest.mark.parametrize(
    ("value", "asked", "why"),
    [
        (rule(validFrom="2026-09-01"), question(), "it begins on 2026-09-01"),
        (rule(validUntil="2026-02-01"), question(), "it ended on 2026-02-01"),
        (rule(), question(purpose="access"), "it is for credit"),
        (rule(scope={"units": ["MATH"]}), question(scope=AskedScope(unit="BIO")), "its scope is another"),
        (
            rule(subject={"type": "achievements", "group": [
                {"body": {"scheme": "schac", "value": "northlake.example"}, "code": "WAT-204", "versions": [2]}
            ]}),
            question(),
            "it also needs the version of WAT-204",
        ),
    ],
)  # fmt: skip
def test_why_a_rule_does_not_apply_is_told(value, asked, why):
    """Its dates, its purposes, its scope, and what is missing."""
    assert [reason for _, reason in says(asked, found(value, asked=asked), [], blocked="").others] == [why]


def test_a_decisions_document_limits_where_it_holds():
    """Its scope and credits are known to whoever has it."""
    scope = from_json(rule(scope={"units": ["MATH"]})).scope
    limited = chain(PARTIAL, documents={1: DocumentPart(scope=scope, basis="case-by-case")})
    here = says(question(scope=AskedScope(unit="MATH")), [], [limited], blocked="").judged.wins.kept
    assert (here.type, here.name, here.basis, here.limits) == ("decision", "1", "case-by-case", ())
    assert says(question(scope=AskedScope(unit="BIO")), [], [limited], blocked="").judged.outcome == "none-found"


def test_the_highest_version_holds_and_of_one_version_the_lowest_leaf():
    """Of institutions and achievements alike; other kinds don't count."""
    entries = [from_json({"v": 1} | an_institution(name, id="us", version=version)) for name, version in
               (("One", 1), ("Two", 2), ("Two again", 2))]  # fmt: skip
    timed = [TimedEntry(leaf, entry) for leaf, entry in enumerate(entries)]
    held = newest([*reversed(timed), TimedEntry(9, from_json({"v": 1} | rule()))], Institution)
    assert held is not None
    assert (held[0], held[1].name["en"]) == (1, "Two")
    assert newest([], Institution) is None


def test_keys_are_listed_from_their_first_to_their_last_day():
    """Both inclusive; an institution without keys lists none."""
    key = "z6MknUwzaEcrzwMRdDbPCx9eMvN4jG9ChVVbqDt5aBfSf9SY"
    listed = from_json(
        {"v": 1} | an_institution(id="us", assertionKeys=[{"key": key, "from": "2026-01-01", "until": "2026-06-30"}])
    )
    days = {day: lists_key(listed, key, day) for day in ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01")}
    assert list(days.values()) == [False, True, True, False]
    assert keys_listed(from_json({"v": 1} | an_institution(id="us")), "2026-01-01") == []
