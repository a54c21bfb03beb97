"""What a presentation's keys show: good standing only where a verifier has followed the chain to its proved end."""

import dataclasses

import pytest

from protocol.documents.presentation import Presentation
from protocol.documents.proved_excerpt import END_KEY
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.gossip.policy import Policy
from protocol.recognition.entry import from_json, render
from protocol.recognition.sealed import DecisionStatement
from protocol.recognition.snapshot import Snapshot
from protocol.recognition.standing import Link
from protocol.verify.checks import Question, run
from protocol.verify.kinds import verify_file
from protocol.verify.presentation import PRESENTATION
from protocol.verify.trust import Trust
from tests.support.examples import (
    COSIGNED,
    CREDENTIAL,
    DECIDER,
    DECIDING_LOG,
    LOG,
    ORIGIN,
    PARTNERS,
    seed,
)
from tests.support.excerpts import (
    ASKED_AT,
    DECISIONS_KEY,
    INDEXERS,
    LEAF,
    POLICY,
    STATUS_KEY,
    TAG,
    a_presentation,
    a_receipt_in,
    awarding_log,
    chain_keys,
    deciding_log,
    decisions,
    decisions_excerpt,
    standing_excerpt,
    statuses,
    tag_keys,
    with_decisions,
)

TRUST = Trust(POLICY, "from a policy")
LOG_ALONE = Trust.by_keys([LOG.verifier, DECIDING_LOG.verifier])
GOOD = awarding_log()
DAY = 86_400


def verified(presentation, *, trust=TRUST, at=ASKED_AT):
    """Return the report on a presentation."""
    return verify_file(presentation.render(), trust, document=CREDENTIAL, at=at)


def step(report, name):
    """Return what the report says in one of its steps, and its verdict."""
    return next(one.result for one in report.steps if one.name == name), report.verdict


def test_good_standing_is_proved():
    """The award, no status, and a fresh index that lists none: the file is verified, and says since when."""
    report = verified(a_presentation(GOOD, 1))
    assert step(report, "standing") == ("yes", "verified")
    assert (report.facts["standing"], report.facts["logs"][ORIGIN]["index"]) == ("good", "proved")
    assert report.facts["logs"][ORIGIN]["index_time"] == "2026-09-21T14:13:27Z"


@pytest.mark.parametrize(
    ("log", "numbers", "expected"),
    [
        pytest.param(awarding_log(*statuses("suspended", "reinstated")), (1, 2, 3), "yes", id="reinstated"),
        pytest.param(awarding_log(*statuses("suspended")), (1, 2), "no", id="suspended"),
        pytest.param(awarding_log(*statuses("revoked")), (1, 2), "no", id="revoked"),
        pytest.param(awarding_log(*statuses("superseded")), (1, 2), "no", id="superseded"),
        pytest.param(awarding_log(*statuses("closed")), (1, 2), "not checked", id="closed"),
        pytest.param(GOOD, (), "not checked", id="nothing shown of the first"),
        pytest.param(awarding_log(*statuses("reinstated")), (1,), "not checked", id="the end isn't shown"),
        pytest.param(awarding_log(*statuses("suspended", "reinstated")), (1, 3), "not checked", id="the second hidden"),
        pytest.param(awarding_log(statuses("suspended", "reinstated")[1]), (1, 2, 3), "not checked", id="a gap"),
        pytest.param(awarding_log(*statuses("reinstated") * 2), (1, 2), "not checked", id="a duplicate"),
    ],
)
def test_standing_is_judged_by_what_the_log_shows(log, numbers, expected):
    """Whatever the log holds, only a chain read to its end gives good standing."""
    result, verdict = step(verified(a_presentation(log, *numbers)), "standing")
    assert (result, verdict) == (expected, "verified" if expected == "yes" else "refused")


def test_a_hidden_revocation_is_caught_by_its_absent_proof():
    """A node that leaves the revocation out of what it shows can't show that the first status is absent."""
    revoked = awarding_log(*statuses("revoked"))
    honest = standing_excerpt(revoked, 1, 2)
    hidden = dataclasses.replace(
        honest,
        entries=tuple(one for one in honest.entries if one.leaf == LEAF),
        index=dataclasses.replace(
            honest.index, answers=tuple(one for one in honest.index.answers if one.leaves in ((), (LEAF,)))
        ),
    )
    assert step(verified(a_presentation(revoked, excerpt=hidden)), "standing") == ("not checked", "refused")


def test_a_hidden_revocation_is_caught_by_its_index():
    """An index from which the log leaves the revocation out was recomputed by nobody: good standing isn't proved."""
    revoked = awarding_log(*statuses("revoked"))
    indexed = tuple(entry if entry != revoked.entries[LEAF + 1] else b"" for entry in revoked.entries)
    lying = dataclasses.replace(revoked, indexed=indexed)
    excerpt = lying.excerpt([*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, 1), END_KEY], index_cosigners=INDEXERS[:1])
    report = verified(a_presentation(revoked, excerpt=excerpt))
    assert step(report, "standing") == ("not checked", "refused")
    assert "claimed by the log alone" in next(one.why for one in report.steps if one.name == "standing")


def test_an_old_index_is_caught():
    """What was true before the revocation is stale a day later, however well it was proved then."""
    old = a_presentation(GOOD, 1)
    assert step(verified(old, at=COSIGNED[1] + DAY), "standing") == ("yes", "verified")
    assert step(verified(old, at=COSIGNED[1] + DAY + 1), "standing") == ("not checked", "refused")
    assert step(verified(old, trust=dataclasses.replace(TRUST, freshness=3600)), "standing")[0] == "not checked"
    assert step(verified(old, at=COSIGNED[0] - 3600), "standing")[0] == "not checked"
    assert step(verified(old, at=None), "standing")[0] == "not checked"


def test_a_revocation_is_told_however_old_the_index_is():
    """What was entered was entered: it isn't unknown because nobody has confirmed it lately."""
    revoked = a_presentation(awarding_log(*statuses("revoked")), 1, 2)
    assert step(verified(revoked, at=COSIGNED[1] + 9 * DAY), "standing") == ("no", "refused")


def test_a_log_alone_proves_no_good_standing():
    """Where no quorum is asked for, the standing is unknown, and what the log claims is said."""
    report = verified(a_presentation(GOOD, 1), trust=LOG_ALONE)
    assert step(report, "standing") == ("warning", "verified")
    assert (report.facts["standing"], report.facts["claimed"]) == ("unknown", "good")


def test_a_witness_with_the_logs_own_key_does_not_vouch_for_its_index():
    """The log's key under a cosigner's name is still the log."""
    itself = Signer("friend.example", seed("log"), COSIGNATURE)
    lines = [f"log {LOG.verifier.render()}", f"witness a {PARTNERS[0].verifier.render()}"]
    lines += [f"witness b {itself.verifier.render()}", "group g any a b", "quorum g", ""]
    policy = Policy.parse("\n".join(lines).encode())
    excerpt = GOOD.excerpt([*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, 1), END_KEY], index_cosigners=[itself])
    report = verified(a_presentation(GOOD, excerpt=excerpt), trust=Trust(policy))
    assert step(report, "standing") == ("not checked", "refused")


@pytest.mark.parametrize("required", [frozenset(), frozenset({"standing"})])
def test_what_is_not_shown_is_not_checked(required):
    """A learner may show the award alone; a relying party may require more."""
    alone = Presentation.of(a_receipt_in(GOOD), standing=False).render()
    report = run(PRESENTATION, Question(alone, TRUST, CREDENTIAL, ASKED_AT, required))
    assert step(report, "standing") == ("not checked", "refused" if required else "verified")


def a_snapshot(log, *said, numbers=()):
    """Return a presentation of a snapshot of these statuses."""
    links = [Link(number, LEAF + number, one) for number, one in enumerate(said, 1)]
    snapshot = Snapshot.of(STATUS_KEY, ORIGIN, links)
    excerpt = standing_excerpt(log, *(numbers or range(1, len(said) + 2)))
    return Presentation.of(a_receipt_in(log)).proved({ORIGIN: excerpt}, snapshot)


@pytest.mark.parametrize(
    ("log", "said", "expected"),
    [
        pytest.param(GOOD, (), "warning", id="no status"),
        pytest.param(
            awarding_log(*statuses("suspended", "reinstated")), ("suspended", "reinstated"), "warning", id="reinstated"
        ),
        pytest.param(awarding_log(*statuses("revoked")), ("revoked",), "no", id="revoked"),
        pytest.param(awarding_log(*statuses("revoked")), ("reinstated",), "not checked", id="another status"),
        pytest.param(awarding_log(*statuses("revoked")), (), "not checked", id="the next one is there"),
    ],
)
def test_a_snapshot_shows_standing_by_its_makers_word(log, said, expected):
    """Each status opens its entry, and the next tag is absent: whether that is the next one is the maker's word."""
    report = verified(a_snapshot(log, *said))
    assert step(report, "standing") == (expected, "verified" if expected == "warning" else "refused")
    if expected == "warning":
        assert (report.facts["standing"], report.facts["standing_by"]) == ("good", "presenter")


def test_a_snapshot_says_whether_a_status_stands_twice():
    """Of each status shown, the index has to list the entries."""
    log = awarding_log(*statuses("suspended", "reinstated"))
    assert step(verified(a_snapshot(log, "suspended", "reinstated", numbers=(1, 3))), "standing")[0] == "not checked"
    twice = awarding_log(*statuses("reinstated"), *statuses("reinstated"))
    assert step(verified(a_snapshot(twice, "reinstated")), "standing")[0] == "not checked"


DECIDED = DecisionStatement(1, "decided", "full", "credit", 0)
WITHDRAWN = DecisionStatement(2, "withdrawn", "", "", 1)


def decided(*said, shown):
    """Return the step on decisions and the facts of a presentation with what the log shows of these numbers."""
    log = deciding_log(*decisions(*said))
    report = verified(with_decisions(a_presentation(GOOD, 1), decisions_excerpt(log, *shown)))
    facts = report.facts.get("decisions", {}).get(DECIDER, {}).get("standing", [])
    return step(report, "decisions"), [(one["number"], one["outcome"], one["purpose"]) for one in facts]


@pytest.mark.parametrize(
    ("said", "shown", "expected", "standing"),
    [
        pytest.param((), (1,), "yes", [], id="none"),
        pytest.param((DECIDED,), (1, 2), "yes", [(1, "full", "credit")], id="one"),
        pytest.param((DECIDED, WITHDRAWN), (1, 2, 3), "yes", [], id="withdrawn"),
        pytest.param((DECIDED, WITHDRAWN), (1,), "not checked", [], id="the withdrawal is hidden"),
        pytest.param((DECIDED,), (2,), "not checked", [], id="the decision is hidden"),
        pytest.param((WITHDRAWN,), (1, 2, 3), "not checked", [], id="a gap"),
    ],
)
def test_decisions_are_complete_by_proof(said, shown, expected, standing):
    """A hidden decision, or a hidden withdrawal, is caught: the list has to be shown to its end."""
    verdict = "verified" if expected == "yes" else "refused"
    assert decided(*said, shown=shown) == ((expected, verdict), standing)


REFUSED = DecisionStatement(1, "decided", "refused", "credit", 0)


@pytest.mark.parametrize(
    ("indexers", "late", "trust", "expected"),
    [
        pytest.param(INDEXERS[:1], 0, TRUST, ("not checked", "refused"), id="recomputed by nobody"),
        pytest.param(INDEXERS, DAY, TRUST, ("not checked", "refused"), id="old"),
        pytest.param(INDEXERS, 0, TRUST, ("yes", "verified"), id="as if a quorum lied"),
        pytest.param(INDEXERS, 0, LOG_ALONE, ("warning", "verified"), id="where no quorum is asked for"),
    ],
)
def test_a_decision_that_an_index_hides_is_caught(indexers, late, trust, expected):
    """That no decision stands counts only by a quorum that recomputed the index, not longer ago than the limit."""
    log = deciding_log(*decisions(REFUSED))
    lying = dataclasses.replace(log, indexed=(*log.entries[:2], b"", *log.entries[3:]))
    keys = [*chain_keys(DECISIONS_KEY, DECIDER, 1), END_KEY]
    excerpt = lying.excerpt(keys, index_cosigners=indexers)
    shown = Presentation(decisions={DECIDER: DECISIONS_KEY}, proofs={DECIDER: excerpt})
    assert step(verified(shown, trust=trust, at=ASKED_AT + late), "decisions") == expected


def test_decisions_of_whom_nothing_is_shown_are_told_apart():
    """A key without its log's excerpt lets the log be asked; what the others decided stands."""
    shown = with_decisions(a_presentation(GOOD, 1), decisions_excerpt(deciding_log(), 1))
    both = dataclasses.replace(shown, decisions={**shown.decisions, "ledger.third.example": seed("third")})
    report = verified(both)
    assert step(report, "decisions") == ("warning", "verified")
    assert list(report.facts["decisions"]) == [DECIDER]


def test_a_presentation_of_decisions_alone():
    """As on a credential on paper: its log's excerpt has to come with it."""
    excerpt = decisions_excerpt(deciding_log(*decisions(DECIDED)), 1, 2)
    shown = Presentation(decisions={DECIDER: DECISIONS_KEY}, proofs={DECIDER: excerpt})
    assert step(verified(shown), "decisions") == ("yes", "verified")
    assert step(verified(Presentation(decisions={DECIDER: DECISIONS_KEY})), "decisions")[1] == "refused"


@pytest.mark.parametrize("shown", [False, True], ids=["not shown", "shown"])
def test_whether_the_log_has_ended_has_to_be_shown(shown):
    """Behind a log's own end nothing counts: an excerpt that doesn't say whether there is one is refused."""
    ended = render(from_json({"kind": "succession", "v": 1, "size": LEAF + 3, "successor": "next.example/nostra"}))
    log = awarding_log(*statuses("suspended"), ended, *statuses("suspended", "reinstated")[1:])
    keys = [*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, 1, 2, 3)]
    report = verified(a_presentation(log, excerpt=log.excerpt([*keys, END_KEY] if shown else keys)))
    assert step(report, "proofs") == ("yes" if shown else "no", "refused")
    standing, _ = step(report, "standing")  # suspended: what reinstates it stands behind the end
    assert standing == ("no" if shown else "not checked")


def test_a_checkpoint_that_nobody_confirmed_shows_nothing():
    """Entries count where the partners asked for have cosigned the log's checkpoint."""
    excerpt = GOOD.excerpt([*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, 1), END_KEY], cosigners=PARTNERS[:1])
    assert step(verified(a_presentation(GOOD, excerpt=excerpt)), "proofs") == ("no", "refused")
