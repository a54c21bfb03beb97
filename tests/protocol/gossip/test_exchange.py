"""What two nodes tell each other in a round; the table of what is read is in the golden files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding.note import MAX_NOTE_BYTES, sign_note
from protocol.errors import MalformedError, ProtocolError
from protocol.gossip.exchange import MAX_EXCHANGE_BYTES, MAX_NOTES, Exchange, pack
from tests.support.examples import LOG
from tests.vectors import checkpoint


def a_note(size: int, length: int = 0) -> bytes:
    """Return a checkpoint note, with an extension line of some length."""
    extensions = ["x" * length] if length else []
    return sign_note(checkpoint.text(str(size), checkpoint.ROOT, *extensions), LOG).render()


NOTES = [a_note(size) for size in range(1, MAX_NOTES + 5)]
LONGEST = a_note(9, MAX_NOTE_BYTES - len(a_note(9)) - 1)
"""As long as a note may be; JSON makes it longer."""


def test_the_most_notes_are_told_in_one_and_one_more_is_refused():
    """256 of them, whoever counts."""
    most = Exchange(tuple(NOTES[:MAX_NOTES]))
    assert Exchange.parse(most.render()) == most

    with pytest.raises(MalformedError, match="256"):
        Exchange(tuple(NOTES[: MAX_NOTES + 1]))
    one_more = most.render().replace(b'"],"v":1}', b'","' + NOTES[-1].replace(b"\n", b"\\n") + b'"],"v":1}')
    with pytest.raises(MalformedError, match="256"):
        Exchange.parse(one_more)


def test_no_more_than_a_mebibyte_is_read_or_written():
    """A note of that length is one, and too long to be told."""
    exchange = Exchange((LONGEST,))

    with pytest.raises(MalformedError, match=str(MAX_EXCHANGE_BYTES)):
        exchange.render()
    with pytest.raises(MalformedError, match=str(MAX_EXCHANGE_BYTES)):
        Exchange.parse(b" " * (MAX_EXCHANGE_BYTES + 1))


@pytest.mark.parametrize(
    ("lengths", "notes"),
    [
        ([], []), ([0], [1]), ([0] * 256, [256]), ([0] * 257, [256, 1]), ([0] * 600, [256, 256, 88]),
        ([500_000] * 3, [2, 1]), ([600_000] * 2, [1, 1]), ([0, 600_000, 600_000, 0], [2, 2]),
    ],
)  # fmt: skip
def test_notes_are_divided_among_as_many_exchanges_as_they_need(lengths, notes):
    """In their order, each of them once, and every exchange can be read."""
    told = [a_note(at, length) for at, length in enumerate(lengths, 1)]

    packed = list(pack(told))

    assert [len(exchange.notes) for exchange in packed] == notes
    assert [note for exchange in packed for note in exchange.notes] == told
    assert all(Exchange.parse(exchange.render()) == exchange for exchange in packed)


def test_a_note_too_long_for_any_exchange_keeps_no_other_back():
    """It is left out: a log whose notes are that long is known by its mirrors."""
    assert [exchange.notes for exchange in pack([NOTES[0], LONGEST, NOTES[1]])] == [(NOTES[0], NOTES[1])]


def test_what_is_no_checkpoint_note_is_not_told():
    """A node that mixes up what it keeps is told so."""
    for note in (b"", b"\xff", b"a\n", sign_note("a\nb\nc\n", LOG).render()):
        with pytest.raises(MalformedError):
            list(pack([note]))
        with pytest.raises(MalformedError):
            Exchange((note,))


@given(st.data())
def test_a_changed_exchange_is_refused_or_says_something_else(data):
    """Any byte changed, dropped or doubled gives one of our errors or another exchange in its only form."""
    good = Exchange(tuple(NOTES[:2])).render()
    at = data.draw(st.integers(0, len(good) - 1))
    changed = good[:at] + data.draw(st.binary(max_size=3)) + good[at + 1 :]

    try:
        exchange = Exchange.parse(changed)
    except ProtocolError:
        return
    assert exchange.render() == changed
