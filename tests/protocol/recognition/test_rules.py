"""The pure rules of a query: does a rule match, is it in force, which counts first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.recognition.achievement import Achievement, Credits
from protocol.recognition.arrange import from_plain
from protocol.recognition.entry import from_json
from protocol.recognition.in_force import in_force
from protocol.recognition.match import covers, match
from protocol.recognition.precedence import FAVOURABLE, Candidate, in_order, why
from protocol.recognition.question import AskedAchievement, AskedDates, AskedScope, Question
from protocol.recognition.rule import Rule
from protocol.recognition.withdrawal import Withdrawal
from tests.node.formats.documents import FULL, LEAST
from tests.support.statements import NORTHLAKE_ORIGIN, a_rule

BODY = {"scheme": "schac", "value": "northlake.example"}
ENTRY = from_plain(FULL, Achievement)


def rule_on(subject, **changed) -> Rule:
    """Return a rule with another subject."""
    return from_json(a_rule(subject=subject, version=1) | changed)


def group(*members) -> dict:
    """Return a subject of achievements of Northern Lake."""
    return {"type": "achievements", "group": [{"body": BODY} | member for member in members]}


def asked(code="WAT-204", *, entry=ENTRY, **changed) -> AskedAchievement:
    """Return an achievement that is asked about."""
    return AskedAchievement(identities=frozenset({("schac", "northlake.example")}), code=code, entry=entry, **changed)


def question(*achievements, **changed) -> Question:
    """Return a question about these."""
    return Question(achievements=achievements, dates=AskedDates(at="2026-06-01"), **changed)


OTHER_BODY = AskedAchievement(identities=frozenset({("schac", "other.example")}), code="WAT-204")
SCARCE = from_plain(LEAST, Achievement)


@pytest.mark.parametrize(
    ("subject", "about", "expected", "missing"),
    [
        pytest.param(group({"code": "WAT-204"}), [asked()], "yes", (), id="the code"),
        pytest.param(group({"code": "wat-204"}), [asked()], "no", (), id="codes keep their case"),
        pytest.param(group({"code": "WAT-204"}), [OTHER_BODY], "no", (), id="another body's same code"),
        pytest.param(group({"code": "A"}, {"code": "B"}), [asked("A"), asked("B")], "yes", (), id="a whole group"),
        pytest.param(
            group({"code": "A"}, {"code": "B"}), [asked("A")], "in part", ("B of northlake.example",), id="half a group"
        ),
        pytest.param(
            group({"code": "A", "versions": [2]}), [asked("A", versions={2})], "yes", (), id="the listed version"
        ),
        pytest.param(group({"code": "A", "versions": [2]}), [asked("A", versions={1})], "no", (), id="another version"),
        pytest.param(
            group({"code": "A", "versions": [2]}), [asked("A")], "in part", ("the version of A",), id="version unknown"
        ),
        pytest.param(
            group({"code": "A", "awardedFrom": "2025-01-01"}),
            [asked("A", awarded="2025-01-01")],
            "yes",
            (),
            id="first day",
        ),
        pytest.param(
            group({"code": "A", "awardedUntil": "2025-12-31"}),
            [asked("A", awarded="2026-01-01")],
            "no",
            (),
            id="too late",
        ),
        pytest.param(
            group({"code": "A", "awardedFrom": "2025-01-01"}),
            [asked("A")],
            "in part",
            ("the award date of A",),
            id="award date unknown",
        ),
        pytest.param({"type": "criteria", "eqfLevels": [6, 7]}, [asked()], "yes", (), id="a level"),
        pytest.param({"type": "criteria", "eqfLevels": [5]}, [asked()], "no", (), id="another level"),
        pytest.param(
            {"type": "criteria", "eqfLevels": [7]},
            [asked(entry=SCARCE)],
            "in part",
            ("the EQF level of WAT-204",),
            id="a level that isn't published",
        ),
        pytest.param(
            {"type": "criteria", "cycles": ["second"]},
            [asked(entry=None)],
            "in part",
            ("the cycle of WAT-204",),
            id="nothing published",
        ),
        pytest.param(
            {"type": "criteria", "iscedF": ["05"]}, [asked()], "yes", (), id="a broad field has its narrow ones"
        ),
        pytest.param({"type": "criteria", "iscedF": ["0521"]}, [asked()], "yes", (), id="the very field"),
        pytest.param({"type": "criteria", "iscedF": ["061"]}, [asked()], "no", (), id="another field"),
        pytest.param({"type": "criteria", "qualityAssurance": ["internal"]}, [asked()], "yes", (), id="quality"),
        pytest.param({"type": "criteria", "qualityAssurance": ["programme"]}, [asked()], "no", (), id="other quality"),
        pytest.param(
            {"type": "criteria", "credits": {"system": "ects", "least": "2.5", "most": "2.5"}},
            [asked()],
            "yes",
            (),
            id="both ends count",
        ),
        pytest.param(
            {"type": "criteria", "credits": {"system": "ects", "least": "10"}},
            [asked()],
            "no",
            (),
            id="ten is more than 2.5",
        ),
        pytest.param(
            {"type": "criteria", "credits": {"system": "cats", "least": "1"}},
            [asked()],
            "in part",
            ("the credits of WAT-204",),
            id="another system",
        ),
        pytest.param({"type": "criteria", "eqfLevels": [7]}, [], "no", (), id="criteria of nothing"),
        pytest.param(
            {"type": "criteria", "eqfLevels": [7]},
            [asked(), asked("B", entry=SCARCE)],
            "in part",
            ("the EQF level of B",),
            id="all of them",
        ),
    ],
)
def test_whether_a_rule_speaks_of_what_is_asked(subject, about, expected, missing):
    """Wholly, in part (and what is missing), or not."""
    found = match(rule_on(subject), question(*about))
    assert (found.matches, found.missing) == (expected, missing)


@pytest.mark.parametrize(("asked_for", "expected"), [(("FI", "YO"), "yes"), (("SE", "YO"), "no"), (None, "no")])
def test_a_qualification_type_is_matched_by_country_and_code(asked_for, expected):
    """Both have to be the same."""
    rule = rule_on({"type": "qualification", "country": "FI", "code": "YO"}, purposes=["access"])
    assert match(rule, question(qualification=asked_for)).matches == expected


SCOPE = {"programmes": ["ENG", "LAW"], "cycles": ["second"]}


@pytest.mark.parametrize(
    ("scope", "wanted", "holds", "limits"),
    [
        (None, AskedScope(), True, ()),
        (SCOPE, AskedScope(), True, ("programme ENG or LAW", "cycle second")),
        (SCOPE, AskedScope(programme="ENG"), True, ("cycle second",)),
        (SCOPE, AskedScope(programme="ENG", cycle="second", unit="Faculty"), True, ()),
        (SCOPE, AskedScope(programme="MED"), False, ()),
        (SCOPE, AskedScope(cycle="first"), False, ()),
    ],
)
def test_whether_a_scope_holds_where_recognition_is_wanted(scope, wanted, holds, limits):
    """What the question leaves open limits the answer."""
    rule = rule_on(group({"code": "A"}), **({"scope": scope} if scope else {}))
    found = covers(rule.scope, wanted)
    assert (found.holds, found.limits) == (holds, limits)


def dates(**changed) -> AskedDates:
    """Return the dates of a question."""
    return AskedDates(**{"at": "2026-06-01"} | changed)


def ends(start, version=1) -> Withdrawal:
    """Return a withdrawal of the rule."""
    target = {"kind": "rule", "origin": NORTHLAKE_ORIGIN, "id": "northlake-water", "version": version}
    return from_json({"kind": "withdrawal", "id": "end", "target": target, "from": start, "texts": "A" * 43})


def later(start, **changed) -> Rule:
    """Return a rule that supersedes by being the next version."""
    return from_json(a_rule(version=2, validFrom=start) | changed)


NAMED = {"kind": "rule", "origin": NORTHLAKE_ORIGIN, "id": "northlake-water", "version": 1}


@pytest.mark.parametrize(
    ("changed", "on", "withdrawals", "others", "expected"),
    [
        pytest.param({}, dates(), [], [], "in force", id="within"),
        pytest.param(
            {"validFrom": "2026-06-01", "validUntil": "2026-06-01"}, dates(), [], [], "in force", id="one day"
        ),
        pytest.param({"validFrom": "2026-06-02"}, dates(), [], [], "not yet", id="a day early"),
        pytest.param({"validUntil": "2026-05-31"}, dates(), [], [], "ended", id="a day late"),
        pytest.param({"validUntil": "2026-05-31"}, dates(award="2026-05-31"), [], [], "in force", id="awarded in time"),
        pytest.param(
            {"validUntil": "2026-05-31", "appliesBy": "application"},
            dates(award="2026-05-31"),
            [],
            [],
            "ended",
            id="by application",
        ),
        pytest.param({}, dates(), [ends("2026-06-01")], [], "withdrawn", id="its first day without"),
        pytest.param({}, dates(), [ends("2026-06-02")], [], "in force", id="its last day"),
        pytest.param({}, dates(), [ends("2026-01-01", version=2)], [], "in force", id="another version ended"),
        pytest.param({}, dates(), [], [later("2026-06-01")], "superseded", id="the next version begins"),
        pytest.param({}, dates(), [], [later("2026-06-02")], "in force", id="the next version begins tomorrow"),
        pytest.param(
            {}, dates(), [], [later("2026-01-01", id="new", version=1, supersedes=[NAMED])], "superseded", id="by name"
        ),
        pytest.param({}, dates(), [], [later("2026-01-01", id="new", version=1)], "in force", id="an unrelated rule"),
        pytest.param({}, dates(), [], [later("2026-01-01", validUntil="2026-02-01")], "superseded", id="for good"),
    ],
)
def test_whether_a_rule_is_in_force(changed, on, withdrawals, others, expected):
    """On the date that it looks at."""
    rule = from_json(a_rule(version=1) | changed)
    assert in_force(rule, on, withdrawals=withdrawals, others=others).state == expected


def a_candidate(name, outcome="full", points="5", system="ects", **changed) -> Candidate[str]:
    """Return something that would answer."""
    return Candidate(kept=name, outcome=outcome, credits=Credits(points=points, system=system), **changed)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (a_candidate("a", "partial", binding=True), a_candidate("b"), "binding agreement"),
        (a_candidate("a", "partial"), a_candidate("b", unlimited=False), "wherever"),
        (a_candidate("a"), a_candidate("b", "conditional"), "more favourable"),
        (a_candidate("a", "conditional"), a_candidate("b", "partial"), "more favourable"),
        (a_candidate("a", "alternative"), a_candidate("b", "refused"), "more favourable"),
        (a_candidate("a", points="10"), a_candidate("b", points="9.5"), "more credits"),
        (a_candidate("a", points="5.25"), a_candidate("b", points="5.2"), "more credits"),
        (a_candidate("a", listed_version=True), a_candidate("b", leaf=9), "the very version"),
        (a_candidate("a", leaf=9), a_candidate("b", leaf=8), "published last"),
        (
            a_candidate("a", system="cats", points="1", leaf=2),
            a_candidate("b", system="cats", leaf=1),
            "published last",
        ),
    ],
)
def test_what_makes_one_count_before_the_other(first, second, reason):
    """Whichever was found first, and with the reason told."""
    assert [one.kept for one in in_order([second, first])] == ["a", "b"]
    assert reason in why(first, second)


candidates = st.builds(
    Candidate,
    kept=st.integers(),
    outcome=st.sampled_from(sorted(FAVOURABLE)),
    credits=st.sampled_from([None, *(Credits(points=p, system=s) for p in ("1", "2.5", "30") for s in ("ects", "x"))]),
    binding=st.booleans(),
    unlimited=st.booleans(),
    listed_version=st.booleans(),
    leaf=st.integers(0, 99),
)


@given(st.lists(candidates, max_size=6, unique_by=lambda one: one.leaf), st.randoms(use_true_random=False))
def test_the_order_in_which_answers_are_found_changes_nothing(found, random):
    """Precedence is of the answers, not of the search."""
    shuffled = found[:]
    random.shuffle(shuffled)
    assert in_order(shuffled) == in_order(found)


@given(st.lists(candidates, min_size=1, max_size=6))
def test_nothing_more_favourable_is_passed_over(found):
    """Among equals in binding and scope, none that counts later is better for the learner."""
    first, *rest = in_order(found)
    for one in rest:
        if (one.binding, one.unlimited) == (first.binding, first.unlimited):
            assert FAVOURABLE[one.outcome] <= FAVOURABLE[first.outcome]
