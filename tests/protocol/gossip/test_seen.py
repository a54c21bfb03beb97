"""Asking what was last seen of a log; the table of what is read is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.keys import Signer
from protocol.encoding.note import MAX_NOTE_BYTES, sign_note
from protocol.encoding.wire import HASH_BYTES
from protocol.errors import BadSignatureError, MalformedError, NoTrustedKeyError, ProtocolError
from protocol.gossip.seen import (
    MAX_ANSWER_BYTES,
    MAX_SKEW_SECONDS,
    Held,
    SeenAnswer,
    SeenRequest,
    open_seen_request,
    sign_seen_request,
)
from tests.support.examples import DECIDER, LOG, ORIGIN, seed
from tests.vectors import checkpoint

NAMES = [f"{DECIDER}/mirror"]
NOW = 1_790_000_000
NOTE = checkpoint.signed(checkpoint.text("9"))


@given(st.integers(0, 2**63 - 1))
def test_a_request_is_read_as_it_was_signed(time):
    """Any time of 63 bits."""
    request = SeenRequest(ORIGIN, NAMES[0], time)

    assert open_seen_request(sign_seen_request(request, LOG), [LOG.verifier]) == request


@pytest.mark.parametrize("away", [-MAX_SKEW_SECONDS, 0, MAX_SKEW_SECONDS])
def test_a_request_of_now_to_this_node_is_answered(away):
    """The clocks may differ by as much as with cosignatures."""
    SeenRequest(ORIGIN, NAMES[0], NOW + away).check(NAMES, now=NOW)


@pytest.mark.parametrize(
    ("to", "away", "what"),
    [
        (NAMES[0], -MAX_SKEW_SECONDS - 1, "clocks"), (NAMES[0], MAX_SKEW_SECONDS + 1, "clocks"),
        ("mirror.other.example", 0, "not here"), (f"{DECIDER}/witness", 0, "not here"),
    ],
)  # fmt: skip
def test_a_request_of_another_time_or_to_another_is_refused(to, away, what):
    """One that somebody kept, or passes on, asks nothing here."""
    with pytest.raises(MalformedError, match=what):
        SeenRequest(ORIGIN, to, NOW + away).check(NAMES, now=NOW)


def test_only_the_log_itself_asks():
    """A node signs for its own log; a program that mixes up its keys is told so."""
    with pytest.raises(ValueError, match="does not sign for"):
        sign_seen_request(SeenRequest(ORIGIN, NAMES[0], NOW), Signer("other.example", seed("other")))


def test_a_request_that_could_not_be_read_is_not_made():
    """Neither a name with blanks nor a time beyond 63 bits."""
    for parts in ((ORIGIN, "a mirror", 5), (ORIGIN, "a", -1), (ORIGIN, "a", 2**63), ("a b", "a", 5)):
        with pytest.raises(MalformedError):
            SeenRequest(*parts)


def test_the_newest_note_is_verified_before_it_is_believed():
    """Under the log's key it says how far the log has been; under another it says nothing."""
    answer = SeenAnswer.parse(SeenAnswer(ORIGIN, None, NOTE).render())

    assert answer.newest([LOG.verifier]).size == 9
    with pytest.raises(NoTrustedKeyError):
        answer.newest([Signer(ORIGIN, seed("impostor")).verifier])
    forged = SeenAnswer(ORIGIN, None, NOTE.replace(b"\n9\n", b"\n8\n"))
    with pytest.raises(BadSignatureError):
        forged.newest([LOG.verifier])
    assert SeenAnswer(ORIGIN).newest([LOG.verifier]) is None


@given(st.integers(0, 2**53 - 1), st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES), st.booleans())
def test_an_answer_is_read_as_it_was_written(size, root, noted):
    """Render and parse are each other's inverse."""
    answer = SeenAnswer(ORIGIN, Held(size, root), NOTE if noted else None)

    assert SeenAnswer.parse(answer.render()) == answer


def test_an_answer_that_could_not_be_read_is_not_made():
    """Neither a size that JSON readers lose nor a hash of another length."""
    for held in (Held(2**53, bytes(32)), Held(-1, bytes(32)), Held(5, bytes(31))):
        with pytest.raises(MalformedError, match="held"):
            SeenAnswer(ORIGIN, held)


def test_the_longest_note_can_be_told_of_and_no_more_is_read():
    """JSON doubles each of its newlines, and that still fits."""
    text = checkpoint.text("9", checkpoint.ROOT, *["x"] * ((MAX_NOTE_BYTES - 500) // 2))
    answer = SeenAnswer(ORIGIN, Held(7, seed("held")), sign_note(text, LOG).render())

    assert SeenAnswer.parse(answer.render()) == answer
    with pytest.raises(MalformedError, match=f"at most {MAX_ANSWER_BYTES}"):
        SeenAnswer.parse(b" " * (MAX_ANSWER_BYTES + 1))


@given(st.data())
def test_a_changed_answer_is_refused_or_says_something_else(data):
    """Any byte changed, dropped or doubled gives one of our errors or another answer in its only form."""
    good = SeenAnswer(ORIGIN, Held(7, seed("held")), NOTE).render()
    at = data.draw(st.integers(0, len(good) - 1))
    changed = good[:at] + data.draw(st.binary(max_size=3)) + good[at + 1 :]

    try:
        answer = SeenAnswer.parse(changed)
    except ProtocolError:
        return
    assert answer.render() == changed
