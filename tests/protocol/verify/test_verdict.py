"""Verdicts are verified step by step and fail closed: nothing that is hidden, changed or missing turns to yes."""

import dataclasses
from typing import Any

import msgspec
import pytest

from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.documents.proved_excerpt import verify_excerpt
from protocol.documents.verdict_asked import BodyAsked
from protocol.encoding.wire import b64url
from protocol.recognition.entry import from_json, render
from protocol.recognition.terms import term_key
from protocol.verify.checks import run
from protocol.verify.trust import Trust
from protocol.verify.verdict import VERDICT
from protocol.verify.verdict_question import identities_shown
from tests.support.verdict_logs import ASKED_AT, NOW, Consortium, make_excerpts, make_subject, make_verdict, signed
from tests.support.verdict_world import (
    ALONE,
    DATA,
    GOOD,
    HOSTS,
    VALUE,
    WITH_ALL,
    a_consortium,
    changed,
    is_refused_for,
    positive,
    results,
    step,
    verify,
)


def test_with_a_presentation_all_is_proved_but_the_trusts_and_what_documents_say():
    """Logs, issuer, outcomes, standing and decisions come out as they should; whose a decision is its document says."""
    report = verify(DATA)
    assert report.verdict == "verified"
    assert {name: result for name, result in results(report).items() if result != "yes"} == {
        "institutions": "warning", "trusts": "not checked"
    }  # fmt: skip
    assert [part.result for part in step(report, "institutions").parts] == ["yes", "warning", "yes"]
    assert report.facts["outcomes"] == {
        "ledger.north.example/nostra": {"index": "proved", "outcome": "none-found"},
        "ledger.lake.example/nostra": {"index": "proved", "outcome": "partial"},
        "ledger.bay.example/nostra": {"index": "proved", "outcome": "full"},
    }


def test_alone_it_proves_what_rests_on_clear_entries_and_says_what_does_not():
    """Without a presentation the standing and the decisions are by the signer's word."""
    report = run(VERDICT, ALONE)
    told = results(report)
    assert report.verdict == "verified"
    assert {name for name, result in told.items() if result == "not checked"} == {
        "file", "presentation", "standing", "decisions", "trusts"
    }  # fmt: skip
    assert "signer's word" in step(report, "standing").text


OWN, FAR = ("schac", "north.example"), ("schac", "far.example")


def other_outcome(subject: dict[str, Any]) -> None:
    """Say that the third institution gives more than its rule does."""
    subject["institutions"][2]["applies"][0]["credits"]["points"] = "50"


def other_decision(subject: dict[str, Any]) -> None:
    """Say that the second decided otherwise than its entry says."""
    subject["institutions"][1]["chains"][0]["links"][0]["says"][1] = "full"


def hide_decision(subject: dict[str, Any]) -> None:
    """Say nothing of the second's decision, so that its rule would count."""
    del subject["institutions"][1]["chains"][0]["links"]


def forget_chains(subject: dict[str, Any]) -> None:
    """Leave out that the second decided at all."""
    del subject["institutions"][1]["chains"]


def without_log(subject: dict[str, Any]) -> None:
    """Show nothing of the log that a rule is said to stand in."""
    del subject["logs"][2]["excerpt"]


def without_answer(subject: dict[str, Any]) -> None:
    """Leave out one list of the index that could hold something that ends the rule."""
    index = subject["logs"][2]["excerpt"]["index"]
    key = b64url(term_key(("target", "rule", "northlake-water")))
    index["answers"] = [answer for answer in index["answers"] if answer["key"] != key]


def another_root(subject: dict[str, Any]) -> None:
    """Bring another trie root than the index note binds."""
    subject["logs"][2]["excerpt"]["index"]["trie_root"] = subject["logs"][1]["excerpt"]["index"]["trie_root"]


def swapped_logs(subject: dict[str, Any]) -> None:
    """Give the excerpt of one log for another's."""
    first, second = subject["logs"][1], subject["logs"][2]
    first["excerpt"], second["excerpt"] = second["excerpt"], first["excerpt"]


def other_award(subject: dict[str, Any]) -> None:
    """Open another entry as the award."""
    subject["standing"]["award"]["leaf"] = 0


def other_file(subject: dict[str, Any]) -> None:
    """Be about another file."""
    subject["asked"]["credential"]["file"] = "A" * 43


def not_published(subject: dict[str, Any]) -> None:
    """Ask about an achievement of which the index answers nothing here."""
    subject["asked"]["achievements"][0]["code"] = "WAT-205"


def without_end(subject: dict[str, Any]) -> None:
    """Leave out whether a log has ended."""
    index = subject["logs"][2]["excerpt"]["index"]
    index["answers"] = [one for one in index["answers"] if one["key"] != b64url(term_key(("succession",)))]


CHANGES = [
    pytest.param(other_outcome, "institutions", id="another amount of credits"),
    pytest.param(other_decision, "openings", id="another outcome of a decision"),
    pytest.param(hide_decision, "institutions", id="a decision hidden, and its effect kept"),
    pytest.param(forget_chains, "institutions", id="all decisions hidden"),
    pytest.param(without_log, "institutions", id="a log not shown"),
    pytest.param(without_answer, "institutions", id="an answer of the index left out"),
    pytest.param(without_end, "logs", id="whether a log has ended left out"),
    pytest.param(another_root, "logs", id="another trie root"),
    pytest.param(swapped_logs, "logs", id="another log's excerpt"),
    pytest.param(other_award, "openings", id="another award"),
    pytest.param(other_file, "openings", id="another file"),
    pytest.param(not_published, "question", id="an achievement that is not shown"),
]


@pytest.mark.parametrize(("change", "name"), CHANGES)
def test_what_a_signer_changes_is_refused(change, name):
    """The answering institution itself can't say what the logs don't."""
    assert is_refused_for(changed(change), name)


def test_a_changed_verdict_is_not_the_issuers():
    """Words for people are signed too."""
    value = msgspec.json.decode(DATA)
    value["credentialSubject"]["institutions"][2]["sentence"] = "Bay University recognises everything."
    assert is_refused_for(msgspec.json.encode(value), "signature")


@pytest.mark.parametrize("by", [0, 2])
def test_another_institution_cannot_sign_for_the_issuer(by):
    """The proof's key has to be the issuer's own."""
    assert is_refused_for(signed(VALUE, GOOD.institutions[by]), "issuer")


def test_a_key_that_its_institution_does_not_list_signs_for_nobody():
    """A signature by the right name and a key that the log doesn't hold is refused."""
    lake = GOOD.institutions[1]
    stranger = dataclasses.replace(lake)
    stranger_key = type("Stranger", (type(lake),), {"assertion": GOOD.institutions[2].assertion})(host="lake")
    assert stranger.origin == stranger_key.origin
    assert is_refused_for(signed(VALUE, stranger_key), "issuer")


def test_what_stands_behind_the_end_of_a_log_counts_for_nothing():
    """A rule that was published after the log was closed is no rule."""
    closed = Consortium.of(HOSTS)
    bay = closed.institutions[2]
    bay.entries.insert(
        1, render(from_json({"kind": "succession", "v": 1, "size": 2, "successor": "next.example/nostra"}))
    )
    report = verify(make_verdict(closed), presentation=closed.presentation().render())
    assert report.verdict == "verified"
    assert report.facts["outcomes"][bay.origin] == {"index": "proved", "outcome": "none-found"}


def test_an_old_index_is_stale_and_no_good_standing():
    """An excerpt from before, however well signed, is too old for the reader's limit."""
    old = a_consortium()
    for one in old.institutions:
        one.cosigned = NOW - 2 * 86_400
    report = verify(make_verdict(old))
    assert report.verdict == "refused"
    assert step(report, "standing").result == "no"
    assert all(part.result == "warning" and "STALE" in part.text for part in step(report, "logs").parts)


@pytest.mark.parametrize(
    ("times", "at", "name"),
    [
        pytest.param({}, NOW + 86_400, "now", id="expired"),
        pytest.param({}, NOW - 3_600, "now", id="not yet begun"),
        pytest.param({"validUntil": "2026-09-22T14:15:01Z"}, ASKED_AT, "limit", id="longer than the index is fresh"),
        pytest.param({"validUntil": "2026-09-22T14:15:00Z"}, ASKED_AT, "", id="as long as the index is fresh"),
    ],
)
def test_a_verdict_holds_no_longer_than_its_logs_are_fresh(times, at, name):
    """By the reader's limit, whatever the signer writes."""
    report = verify(signed(VALUE | times, GOOD.institutions[1]), at=at)
    assert {one.name for one in report.steps if one.result == "no"} == ({name} if name else set())


def test_without_a_moment_nothing_holds():
    """A reader without a clock is told that it was not checked, and the verdict is refused."""
    report = verify(DATA, at=None)
    assert (report.verdict, step(report, "now").result) == ("refused", "not checked")


def test_an_institution_that_could_not_be_reached_is_told_apart():
    """Nothing of it needs proof, and nothing of it is a yes."""
    subject = make_subject(GOOD, make_excerpts(GOOD), GOOD.policy())
    gone = msgspec.structs.replace(
        subject.institutions[2], outcome="unreachable", ground="no answer", applies=(), others=(), chains=()
    )
    log = msgspec.structs.replace(subject.logs[2], read="unreachable", failure="no answer", excerpt=None)
    told = msgspec.structs.replace(
        subject, institutions=(*subject.institutions[:2], gone), logs=(*subject.logs[:2], log)
    )
    report = verify(make_verdict(GOOD, subject=told))
    assert (report.verdict, step(report, "institutions").result) == ("verified", "warning")
    assert "unreachable" in step(report, "institutions").parts[2].text
    convicted = msgspec.structs.replace(log, read="mirror", convicted="e1")
    told = msgspec.structs.replace(told, logs=(*subject.logs[:2], convicted))
    assert "two histories" in step(verify(make_verdict(GOOD, subject=told)), "logs").parts[2].why


def test_a_log_that_the_policy_does_not_know_is_not_trusted():
    """No trusted key: nothing is verified, and the file refused."""
    fewer = Consortium(GOOD.institutions[:2]).policy()
    report = verify(DATA, trust=Trust(fewer, "from a smaller policy"))
    assert (report.verdict, step(report, "logs").result) == ("refused", "not checked")
    assert "ledger.bay.example/nostra" in step(report, "logs").text


def test_logs_without_cosigners_are_believed_with_a_warning():
    """Whoever asks for no cosignature is told that completeness is claimed by each log alone."""
    keys = Trust.by_keys([one.signer.verifier for one in GOOD.institutions])
    report = verify(DATA, trust=keys)
    assert report.verdict == "verified"
    assert {step(report, name).result for name in ("logs", "issuer", "institutions", "standing", "decisions")} == {
        "warning"
    }


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"cosigned": NOW - 2 * 86_400}, "STALE"), ({"indexers": 1}, "claimed by the log alone")],
    ids=["old", "claimed"],
)
def test_a_key_that_may_have_been_taken_back_signs_nothing(changes, why):
    """Whoever has a lost key of the issuer's can show an index from before, or one that nobody recomputed."""
    before = a_consortium()
    for name, value in changes.items():
        setattr(before.institutions[1], name, value)
    report = verify(make_verdict(before))
    assert (report.verdict, step(report, "issuer").result, step(report, "signature").result) == (
        "refused", "no", "not checked"
    )  # fmt: skip
    assert why in step(report, "issuer").why


def test_a_log_of_which_partners_confirmed_nothing_is_refused():
    """Where a quorum is asked for, neither a checkpoint nor an index that the log alone signed shows an entry."""
    alone = a_consortium()
    alone.institutions[2].cosigners = alone.institutions[2].indexers = 1
    report = verify(make_verdict(alone))
    assert (report.verdict, step(report, "logs").result) == ("refused", "no")
    assert "confirmed nothing" in step(report, "logs").parts[2].text


def test_an_index_that_a_quorum_recomputed_vouches_for_the_entries_too():
    """It was made from these very entries, whoever cosigned the checkpoint."""
    indexed = a_consortium()
    for one in indexed.institutions:
        one.cosigners = 0
    assert (verify(make_verdict(indexed)).verdict, indexed.institutions[0].indexers) == ("verified", 2)


def test_what_the_log_alone_says_is_complete_is_told_to_programs_too():
    """A rule under an index that partners didn't recompute counts with a warning, in words and as a fact."""
    claimed = a_consortium()
    claimed.institutions[2].indexers = 1
    report = verify(make_verdict(claimed))
    assert (report.verdict, step(report, "institutions").parts[2].result) == ("verified", "warning")
    assert report.facts["outcomes"]["ledger.bay.example/nostra"] == {"index": "claimed", "outcome": "full"}


def test_whose_log_speaks_for_a_body_is_the_signers_word_where_no_log_says_so():
    """A body without a log, and one whose log gives another identity."""
    for origin in ("", "ledger.bay.example/nostra"):
        data = changed(lambda subject, origin=origin: name_body(subject, origin))
        part = step(verify(data), "question").parts[0] if step(verify(data), "question").parts else None
        if origin:
            assert step(verify(data), "question").result == "no"
        else:
            assert part is not None
            assert (part.result, "signer's word" in part.why, "no log shown" in part.text) == ("warning", True, True)


@pytest.mark.parametrize(
    ("named", "shown"), [((OWN,), True), ((OWN, FAR), False), ((FAR,), False), ((), False)], ids=str
)
def test_a_name_more_than_a_bodys_log_gives_is_the_signers_word(named, shown):
    """By it a rule on another body's achievement would be told of this one, and no log says that they are one body."""
    north = GOOD.first
    proved = verify_excerpt(make_excerpts(GOOD)[north.origin], GOOD.policy())
    found, said = identities_shown(BodyAsked(named=named, origin=north.origin), {north.origin: DatedExcerpt(proved)})
    assert (found >= {OWN, *named}, said) == (True, shown)


def name_body(subject: dict[str, Any], origin: str) -> None:
    """Say that another log speaks for the awarding body, or none."""
    (body,) = subject["asked"]["achievements"][0]["bodies"]
    del body["origin"]
    if origin:
        body["origin"] = origin


@pytest.mark.parametrize("question", [WITH_ALL, ALONE], ids=["with all", "alone"])
def test_a_good_verdict_is_refused_once_a_check_is_missing(question):
    """Each check in turn is taken away: its step comes out 'not checked'."""
    for name in VERDICT.steps:
        report = run(without(name), question)
        assert (name, report.verdict, step(report, name).result) == (name, "refused", "not checked")


def without(name: str) -> Any:
    """Return the kind with one check taken out of its table."""
    return dataclasses.replace(VERDICT, checks=tuple(check for check in VERDICT.checks if check.name != name))


def test_no_bad_verdict_gains_a_yes_once_a_check_is_missing():
    """Whatever is changed, with each check in turn taken away it isn't verified, and nothing turns to yes."""
    bad = [changed(one.values[0]) for one in CHANGES] + [signed(VALUE, GOOD.institutions[0])]
    for data in bad:
        question = dataclasses.replace(WITH_ALL, data=data)
        before = run(VERDICT, question)
        assert before.verdict == "refused"
        for name in VERDICT.steps:
            report = run(without(name), question)
            assert report.verdict == "refused"
            assert positive(report) <= positive(before)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(DATA.replace(b'"legalEffect":"information"', b'"legalEffect":"decision"'), id="a decision"),
        pytest.param(DATA.replace(b'"purpose":"credit"', b'"purpose":"credit","more":1', 1), id="an unknown member"),
        pytest.param(DATA.replace(b"RecognitionVerdict", b"RecognitionTwerdict"), id="another type"),
        pytest.param(msgspec.json.encode(VALUE | {"validFrom": "2027-01-01T00:00:00Z"}), id="ends before it begins"),
        pytest.param(msgspec.json.encode(VALUE | {"validFrom": "yesterday"}), id="no instant"),
    ],
)
def test_what_is_not_a_verdict_is_unreadable(data):
    """The first step says no."""
    assert verify(data).verdict == "unreadable"


def test_an_institution_stands_in_a_verdict_once():
    """Two answers of one institution would leave open which counts."""
    twice = changed(lambda subject: subject["institutions"].append(subject["institutions"][0]))
    assert verify(twice).verdict == "unreadable"


def test_blanks_and_order_change_nothing():
    """What is signed is the JSON value."""
    assert verify(msgspec.json.format(DATA, indent=2)).verdict == "verified"
