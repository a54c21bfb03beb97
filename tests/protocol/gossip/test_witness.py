"""The rule of a witness: what it has cosigned is always one history, whatever it is asked."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from protocol.encoding.note import MAX_SIGNATURES, NoteSignature
from protocol.errors import BadProofError, MalformedError, ProtocolError, StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.witness import (
    MAX_ANSWER_BYTES,
    State,
    check_update,
    origin_hash,
    parse_lines,
    parse_size,
    render_lines,
    render_size,
)
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import EMPTY_ROOT, leaf_hash, root_of
from protocol.log.proofs import consistency_spans
from tests.support.examples import ORIGIN

LINE = NoteSignature("mirror.example", b"\x00\x01\x02\x03", b"signature")
LONGEST = 24


class LyingLog(RuleBasedStateMachine):
    """A log with two histories asks one witness for cosignatures, with true and with made up proofs."""

    @initialize(common=st.integers(0, LONGEST))
    def begin(self, common):
        """Part the two histories somewhere, or never."""
        self.histories = [
            [leaf_hash(b"%d" % at if at < common else b"%d %d" % (at, which)) for at in range(LONGEST)]
            for which in range(2)
        ]
        self.last: State | None = None
        self.cosigned: list[State] = []

    @rule(which=st.integers(0, 1), size=st.integers(0, LONGEST), skew=st.sampled_from([0, 0, 0, 1, -1]))
    def ask_in_earnest(self, which, size, skew):
        """Ask with the proof of one history, from where the witness is or from beside it."""
        leaves = self.histories[which]
        old = max((self.last.size if self.last else 0) + skew, 0)
        spans = consistency_spans(old, size) if old <= size else []
        self.ask(old, [root_of(leaves[span.start : span.end]) for span in spans], size, root_of(leaves[:size]))

    @rule(
        old=st.integers(0, LONGEST), size=st.integers(0, LONGEST), which=st.integers(0, 1),
        proof=st.lists(st.sampled_from([bytes(32), EMPTY_ROOT, leaf_hash(b"0"), leaf_hash(b"1")]), max_size=6),
    )  # fmt: skip
    def ask_with_anything(self, old, size, which, proof):
        """Ask with a made up proof."""
        self.ask(old, proof, size, root_of(self.histories[which][:size]))

    def ask(self, old, proof, size, root):
        """Take the state over where the witness would cosign."""
        try:
            check_update(AddCheckpoint(old, tuple(proof), b""), Checkpoint(ORIGIN, size, root), self.last)
        except ProtocolError:
            return
        self.last = State(size, root)
        self.cosigned.append(self.last)

    @invariant()
    def all_that_was_cosigned_is_one_history(self):
        """Sizes never fall, and one of the histories has every root hash that was cosigned."""
        sizes = [state.size for state in self.cosigned]
        assert sizes == sorted(sizes)
        assert any(all(root_of(leaves[: it.size]) == it.root for it in self.cosigned) for leaves in self.histories)


LyingLog.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLyingLog = LyingLog.TestCase


@pytest.mark.parametrize("size", range(1, LONGEST))
def test_each_size_is_reached_from_each_before(size):
    """An honest log is cosigned, from every size to every later one."""
    leaves = [leaf_hash(b"%d" % at) for at in range(size)]
    for old in range(size + 1):
        proof = tuple(root_of(leaves[span.start : span.end]) for span in consistency_spans(old, size))
        last = State(old, root_of(leaves[:old])) if old else None
        check_update(AddCheckpoint(old, proof, b""), Checkpoint(ORIGIN, size, root_of(leaves)), last)


@pytest.mark.parametrize(
    ("old", "size", "last", "error"),
    [
        (6, 5, 5, MalformedError),
        (6, 5, None, MalformedError),
        (0, 5, 4, StaleSizeError),
        (0, 0, 4, StaleSizeError),
        (5, 5, None, StaleSizeError),
        (5, 9, 5, BadProofError),
    ],
)
def test_the_first_reason_is_told(old, size, last, error):
    """Of several things that are wrong, the answer tells the first in the specification's order."""
    state = None if last is None else State(last, bytes(32))
    with pytest.raises(error):
        check_update(AddCheckpoint(old, (bytes(32),), b""), Checkpoint(ORIGIN, size, b"\x01" * 32), state)


def test_a_stale_request_is_told_the_size():
    """The client goes on from there."""
    with pytest.raises(StaleSizeError, match="cosigned last is 7") as raised:
        check_update(AddCheckpoint(0, (), b""), Checkpoint(ORIGIN, 9, bytes(32)), State(7, bytes(32)))
    assert raised.value.size == 7
    assert parse_size(render_size(raised.value.size)) == 7


@pytest.mark.parametrize("body", [b"", b"7", b"07\n", b"7\n\n", b" 7\n", b"-1\n", b"\xff\n", b"9" * 5000 + b"\n"])
def test_only_a_decimal_line_is_a_size(body):
    """Whatever else a witness sends with 409 tells nothing."""
    with pytest.raises(MalformedError):
        parse_size(body)


def test_signature_lines_are_read_as_written():
    """The body of a 200 answer, one line and many."""
    for count in (1, MAX_SIGNATURES):
        assert parse_lines(render_lines([LINE] * count)) == (LINE,) * count


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\n", b"hello\n", render_lines([LINE])[:-1], render_lines([LINE]) + b"\n", b"\xff" + render_lines([LINE]),
        render_lines([LINE] * (MAX_SIGNATURES + 1)), b"<html>" * MAX_ANSWER_BYTES,
    ],
)  # fmt: skip
def test_what_is_no_signature_lines_is_refused(body):
    """A body that is cut, empty, something else or too long."""
    with pytest.raises(MalformedError):
        parse_lines(body)


def test_the_longest_answer_fits():
    """64 lines of ML-DSA-44 cosignatures under names of 255 bytes stay below the bound on an answer."""
    line = NoteSignature("n" * 255, bytes(4), bytes(8 + 2420))
    body = render_lines([line] * MAX_SIGNATURES)
    assert len(parse_lines(body)) == MAX_SIGNATURES


def test_a_log_stands_under_the_hash_of_its_origin():
    """In the paths of witnesses and mirrors; `printf example.org | sha256sum` gives the same."""
    assert origin_hash("example.org") == "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"
