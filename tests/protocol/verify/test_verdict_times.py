"""Verdicts as of what was known at a moment: what was logged later isn't relied on, and each time is shown."""

import dataclasses

import msgspec
import pytest

from protocol.documents.verdict_times import TimeTold
from protocol.verify.trust import Trust
from tests.support.verdict_logs import Consortium, signed
from tests.support.verdict_times import AFTER, BY, a_bracket, all_times, known_verdict, told
from tests.support.verdict_world import GOOD, HOSTS, a_consortium, is_refused_for, step, verify

NORTH, LAKE, BAY = (one.origin for one in GOOD.institutions)
RULE = 1
"""The leaf of Bay University's rule."""
MARCH = (AFTER + 15 * 86_400, AFTER + 15 * 86_400 + 30)
"""The night from the first of March on."""


def outcomes(data, **changed):
    """Return what each institution is found to say, by origin."""
    report = verify(data, **changed)
    assert report.verdict == "verified", "\n".join(report.lines())
    return {origin: facts["outcome"] for origin, facts in report.facts["outcomes"].items()}


def said_of(report, origin):
    """Return what the report tells of an institution, in one text."""
    return " ".join(part.text for part in step(report, "institutions").parts if origin in part.text)


def bay_times(*times):
    """Return the usual times, with other ones of Bay University's entries."""
    return all_times(GOOD, {}) | {BAY: times}


def test_what_was_known_by_then_is_proved():
    """All entries were logged before; the report says between which moments."""
    report = verify(known_verdict(GOOD))
    assert (report.verdict, step(report, "times").result) == ("verified", "yes")
    assert {part.result for part in step(report, "institutions").parts if BAY in part.text} == {"yes"}
    assert report.facts["outcomes"][BAY] == {"index": "proved", "outcome": "full", "times": "proved"}
    assert "recognised since 2026-01-01, logged after 2026-02-14T09:00:00Z and by 2026-02-14T09:00:30Z" in said_of(
        report, BAY
    )
    assert report.facts["asked"]["known"] == "2026-03-01"


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        ("2026-02-14", "none-found"),
        ("2026-02-28", "none-found"),
        ("2026-03-01T09:00:00Z", "none-found"),
        ("2026-03-01T09:00:30Z", "full"),
        ("2026-03-01", "full"),
    ],
)
def test_a_rule_that_was_logged_later_is_not_relied_on(known, outcome):
    """From the second on at which a quorum had seen it, it counts; a date means until its end."""
    data = known_verdict(GOOD, known, {(2, RULE): MARCH})
    assert outcomes(data)[BAY] == outcome
    if outcome == "none-found":
        assert "rule northlake-water 1, not known before 2026-03-01T09:00:00Z" in said_of(verify(data), BAY)
        assert (
            "not known before 2026-03-01T09:00:00Z"
            in msgspec.json.decode(data)["credentialSubject"]["institutions"][2]["sentence"]
        )


@pytest.mark.parametrize("known", ["2026-03-01T09:00:01Z", "2026-03-01T09:00:29Z"])
def test_between_the_two_moments_it_cannot_be_determined(known):
    """Nobody's clock says whether the rule was there."""
    report = verify(known_verdict(GOOD, known, {(2, RULE): MARCH}))
    assert (report.verdict, report.facts["outcomes"][BAY]["known"]) == ("verified", "undetermined")
    assert "can't be determined" in said_of(report, BAY)


def test_where_clocks_differ_what_lies_between_is_left_open():
    """The quorum before bears the later time."""
    report = verify(
        known_verdict(GOOD, "2026-02-14T09:00:10Z", {(2, RULE): (BY, AFTER), (0, 1): (1, 2), (0, 2): (1, 2)})
    )
    assert report.facts["outcomes"][BAY]["known"] == "undetermined"


def test_a_withdrawal_that_was_logged_later_leaves_the_rule_standing():
    """What ends a rule counts from when it was logged, whatever day it names."""
    ended = Consortium.of(HOSTS)
    ended.institutions[2].publish(
        kind="withdrawal", id="no-more", target={"kind": "rule", "origin": BAY, "id": "northlake-water", "version": 1},
        **{"from": "2026-01-02", "texts": "A" * 43},
    )  # fmt: skip
    shown = {"presentation": ended.presentation().render()}
    assert outcomes(known_verdict(ended, "2026-02-20", {(2, 2): MARCH}), **shown)[BAY] == "full"
    assert outcomes(known_verdict(ended, "2026-03-02", {(2, 2): MARCH}), **shown)[BAY] == "none-found"
    report = verify(known_verdict(ended, "2026-02-20", {(2, 2): MARCH}), **shown)
    assert "withdrawal no-more 1, not known before 2026-03-01T09:00:00Z" in said_of(report, BAY)
    report = verify(known_verdict(ended, "2026-03-01T09:00:10Z", {(2, 2): MARCH}), **shown)
    assert report.facts["outcomes"][BAY]["known"] == "undetermined"


@pytest.mark.parametrize(("known", "standing"), [("2026-02-20", "good"), ("2026-03-02", "revoked")])
def test_a_revocation_counts_from_when_it_was_logged(known, standing):
    """As the learner's key shows it."""
    revoked = a_consortium("revoked")
    report = verify(known_verdict(revoked, known, {(0, 3): MARCH}), presentation=revoked.presentation().render())
    assert (report.verdict, step(report, "standing").result) == ("verified", "yes"), "\n".join(report.lines())
    assert f"standing is {standing}" in step(report, "standing").text


@pytest.mark.parametrize("leaf", [2, 3], ids=["the award", "its revocation"])
def test_a_standing_that_may_have_changed_by_then_is_unknown(leaf):
    """The award's own entry, and that of a status."""
    revoked = a_consortium("revoked")
    data = known_verdict(revoked, "2026-03-01T09:00:10Z", {(0, leaf): MARCH})
    report = verify(data, presentation=revoked.presentation().render())
    assert report.verdict == "verified", "\n".join(report.lines())
    assert "unknown" in step(report, "standing").text
    assert "can't be determined" in step(report, "standing").text
    assert report.facts["outcomes"][BAY]["outcome"] == "none-found"


@pytest.mark.parametrize(
    ("known", "outcome", "decided"),
    [
        ("2026-02-20", "full", "no decision stands"),
        ("2026-03-02", "partial", "1 decisions stand"),
        ("2026-03-01T09:00:10Z", "unknown", "can't be known"),
    ],
)
def test_a_decision_counts_from_when_it_was_logged(known, outcome, decided):
    """Before it the rule gives the outcome; between the two moments nothing can be known."""
    data = known_verdict(GOOD, known, {(1, 2): MARCH})
    assert outcomes(data)[LAKE] == outcome
    assert decided in next(part.text for part in step(verify(data), "decisions").parts if LAKE in part.text)


def test_an_award_that_was_not_logged_by_then_has_no_standing():
    """So nobody's rules count for it."""
    data = known_verdict(GOOD, "2026-02-20", {(0, 2): MARCH})
    assert set(outcomes(data).values()) >= {"none-found"}
    assert "the award had not been logged by then" in step(verify(data), "standing").text


def test_a_rule_for_earlier_awards_is_retroactive():
    """It was logged after the award that it is applied to; one bracket shows it, though nobody asked what was known."""
    times = {BAY: (told(RULE, a_bracket(GOOD.institutions[2], RULE)),)}
    data = known_verdict(GOOD, "", times=times, award="2026-02-01")
    report = verify(data)
    assert report.verdict == "verified", "\n".join(report.lines())
    assert report.facts["outcomes"][BAY]["retroactive"] == "yes"
    assert "recognised since 2026-01-01, logged after 2026-02-14T09:00:00Z" in said_of(report, BAY)
    assert "retroactive for 2026-02-01" in said_of(report, BAY)


def test_whether_a_rule_is_retroactive_may_be_undetermined():
    """It was logged on the night after the award."""
    interval = {(2, RULE): (AFTER, AFTER + 86_400)}
    report = verify(known_verdict(GOOD, "", interval, award="2026-02-14"))
    assert report.facts["outcomes"][BAY]["retroactive"] == "undetermined"
    assert "whether it was logged by 2026-02-14 can't be determined" in said_of(report, BAY)


def test_asked_of_an_earlier_day_all_that_applies_is_dated():
    """And refused where it isn't, though the question says nothing of what was known."""
    assert verify(known_verdict(GOOD, "", at="2026-08-01")).verdict == "verified"
    value = msgspec.json.decode(known_verdict(GOOD, "", at="2026-08-01"))
    del value["credentialSubject"]["logs"][2]["times"]
    assert is_refused_for(signed(value, GOOD.institutions[1]), "institutions")


def other_time(times):
    """Tell another moment: the bracket's are relied on, so that this changes nothing that is found."""
    times[0]["by"] = "2026-02-13T00:00:00Z"


def without(times):
    """Leave the time out."""
    times.clear()


def other_leaf(times):
    """Date another entry by it."""
    times[0]["leaf"] = 0


def beyond(times):
    """Date an entry that isn't there."""
    times[0]["leaf"] = 9


def swapped(times):
    """Put the later checkpoint before the earlier."""
    bracket = times[0]["bracket"]
    bracket["earlier"], bracket["later"] = bracket["later"], bracket["earlier"]


def turned(times):
    """Turn one bit of a cosignature."""
    line = times[0]["bracket"]["later"]
    times[0]["bracket"]["later"] = line[:-8] + ("A" if line[-8] != "A" else "B") + line[-7:]


def shorter(times):
    """Take a hash from the proof."""
    times[0]["bracket"]["inclusion"] = ""


def of_lake(times):
    """Give the bracket of the same leaf of another log."""
    times[0]["bracket"] = msgspec.to_builtins(told(RULE, a_bracket(GOOD.institutions[1], RULE)))["bracket"]


def twice(times):
    """Date one entry twice."""
    times.append(times[0])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (without, "institutions"),
        (other_leaf, "times"),
        (beyond, "times"),
        (swapped, "times"),
        (turned, "times"),
        (shorter, "times"),
        (of_lake, "times"),
    ],
)
def test_a_time_that_does_not_hold_is_refused(change, name):
    """Missing, of another entry or log, swapped, or changed: nothing is shown, whoever signed it."""
    assert is_refused_for(with_times(change), name)


def with_times(change):
    """Return the verdict with the times of Bay University's log changed, and signed again."""
    value = msgspec.json.decode(known_verdict(GOOD))
    change(value["credentialSubject"]["logs"][2]["times"])
    return signed(value, GOOD.institutions[1])


def test_the_same_entry_in_another_log_dates_nothing():
    """A log that copied another's entry to the same leaf, earlier, can't lend it its time."""
    copied = a_consortium()
    lake, bay = copied.institutions[1], copied.institutions[2]
    assert lake.entries[RULE] == bay.entries[RULE]
    times = all_times(copied, {}) | {BAY: (told(RULE, a_bracket(lake, RULE)),)}
    value = msgspec.json.decode(known_verdict(copied, times=all_times(copied, {})))
    value["credentialSubject"]["logs"][2]["times"] = msgspec.to_builtins(times[BAY])
    report = verify(signed(value, lake))
    assert (report.verdict, step(report, "times").result) == ("refused", "no")
    assert f"dated by checkpoints of {LAKE}" in step(report, "times").why


def test_what_is_told_beside_a_bracket_is_not_relied_on():
    """The moments that count are the bracket's."""
    report = verify(with_times(other_time))
    assert report.verdict == "verified"
    assert "2026-02-13" not in "\n".join(report.lines())


@pytest.mark.parametrize("change", [twice, lambda times: times[0].update(after="yesterday")])
def test_times_in_another_form_are_unreadable(change):
    """Each entry once, each moment an instant."""
    assert verify(with_times(change)).verdict == "unreadable"


def test_a_moment_that_lies_ahead_is_unreadable():
    """What will be known nobody can tell; the day itself may be named."""
    assert verify(known_verdict(GOOD, "2026-09-21")).verdict == "verified"
    value = msgspec.json.decode(known_verdict(GOOD))
    for known in ("2026-09-22", "2026-09-21T14:16:01Z"):
        value["credentialSubject"]["asked"]["dates"]["known"] = known
        assert verify(signed(value, GOOD.institutions[1])).verdict == "unreadable"


def test_without_a_bracket_only_the_answering_node_s_clock_stands_behind_it():
    """It is told so, with a warning at the log and at the institution's outcome."""
    report = verify(known_verdict(GOOD, times=bay_times(told(RULE, None))))
    assert (report.verdict, step(report, "times").result) == ("verified", "warning")
    assert "answering node's clock alone" in " ".join(part.text for part in step(report, "times").parts)
    part = next(part for part in step(report, "institutions").parts if BAY in part.text)
    assert (part.result, "answering node's clock" in part.why) == ("warning", True)
    assert report.facts["outcomes"][BAY]["times"] == "by the answering node's clock"


def test_a_time_of_nobody_s_dates_nothing():
    """Told without a moment: it can't be determined."""
    report = verify(known_verdict(GOOD, times=bay_times(TimeTold(leaf=RULE))))
    assert report.facts["outcomes"][BAY]["known"] == "undetermined"


def test_whoever_asks_for_no_quorum_has_only_the_signer_s_word():
    """The same verdict by the logs' keys alone."""
    keys = Trust.by_keys([one.signer.verifier for one in GOOD.institutions])
    report = verify(known_verdict(GOOD), trust=keys)
    assert (report.verdict, step(report, "times").result) == ("verified", "warning")


def test_a_reader_with_a_slower_quorum_goes_by_its_own():
    """Where a quorum of one is enough for the signer and not for the reader, the reader's moments count."""
    data = known_verdict(GOOD)
    loose = Trust(type(GOOD.policy()).parse(GOOD.policy().render().replace(b"partners 2", b"partners any")), "loose")
    report = verify(data, trust=loose)
    assert (report.verdict, step(report, "times").result) == ("verified", "warning")
    assert "others may have seen these entries earlier" in " ".join(part.text for part in step(report, "times").parts)


def test_times_of_a_log_that_is_not_shown_are_refused():
    """Nothing says whose entries they date."""
    value = msgspec.json.decode(known_verdict(GOOD))
    del value["credentialSubject"]["logs"][2]["excerpt"]
    assert is_refused_for(signed(value, GOOD.institutions[1]), "times")


def test_a_plain_verdict_dates_nothing():
    """It stays as small as it was, and says what it leaves to the signer's word."""
    report = verify(known_verdict(GOOD, "", times={}))
    assert step(report, "times").parts == ()
    assert "signer's word" in step(report, "times").why


def test_a_status_from_later_on_cannot_be_told():
    """The signer tells the revocation, and dates it after the moment asked about."""
    revoked = a_consortium("revoked")
    value = msgspec.json.decode(known_verdict(revoked, "2026-03-02", {(0, 3): MARCH}))
    value["credentialSubject"]["asked"]["dates"]["known"] = "2026-02-20"
    shown = {"presentation": revoked.presentation().render()}
    report = verify(signed(value, revoked.institutions[1]), **shown)
    assert (report.verdict, step(report, "openings").result) == ("refused", "no")
    assert "logged after the moment asked about" in step(report, "openings").why


def test_where_only_the_earlier_checkpoint_was_confirmed_it_is_not_known_by_when():
    """It was logged later than that; whether by the moment asked about nobody says."""
    lone = a_bracket(GOOD.institutions[2], RULE)
    note = lone.later.decode().rsplit("— ", 1)[0].encode()
    report = verify(known_verdict(GOOD, times=bay_times(told(RULE, dataclasses.replace(lone, later=note), by=None))))
    assert report.facts["outcomes"][BAY]["known"] == "undetermined"
    assert "logged after 2026-02-14T09:00:00Z" in said_of(report, BAY)
