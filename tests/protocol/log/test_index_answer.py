"""Answers of the index: whatever is changed in one, in its key or in the head, it is refused."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.encoding import canonical
from protocol.encoding.wire import b64, b64url
from protocol.errors import BadProofError, MalformedError, ProtocolError
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead
from protocol.log.trie import Absent, OtherInner, OtherLeaf, Present, Trie, leaves_value
from tests.support.examples import ORIGIN, seed
from tests.support.tries import adversarial_keys, random_keys

SIZE = 1000
LOG_ROOT = seed("log root")

lists = st.sets(st.integers(0, SIZE - 1), min_size=1, max_size=4).map(lambda leaves: tuple(sorted(leaves)))
indexes = st.dictionaries(adversarial_keys | random_keys, lists, max_size=12)


def asked(index: dict[bytes, tuple[int, ...]], key: bytes) -> tuple[IndexHead, IndexAnswer]:
    """Return the head of an index and its answer on a key."""
    trie = Trie.of((each, leaves_value(leaves)) for each, leaves in index.items())
    return IndexHead(ORIGIN, SIZE, LOG_ROOT, trie.root), IndexAnswer(key, index.get(key, ()), trie.prove(key))


@st.composite
def answers(draw) -> tuple[IndexHead, IndexAnswer]:
    """Draw an answer, of a key that is there or not."""
    index = draw(indexes)
    key = draw(st.sampled_from(sorted(index)) if index and draw(st.booleans()) else adversarial_keys | random_keys)
    return asked(index, key)


def refused(answer: IndexAnswer, head: IndexHead) -> bool:
    """Return whether an answer is refused under a head."""
    try:
        answer.verify(head)
    except BadProofError:
        return True
    return False


@given(answers())
def test_an_answer_is_read_as_it_was_written_and_verifies(given):
    """Through its canonical JSON, with all leaves under the key or with none."""
    head, answer = given
    read = IndexAnswer.parse(answer.render())
    assert read == answer
    read.verify(head)


@given(answers(), st.data())
def test_another_key_head_or_list_is_refused(given, data):
    """One thing is changed at a time: a bit of the key or of the root, the list of leaves, the size below it."""
    head, answer = given
    bit = 1 << data.draw(st.integers(0, 7))
    at = data.draw(st.integers(0, 31))
    turned = dataclasses.replace(head, trie_root=_turned(head.trie_root, at, bit))
    assert refused(answer, turned)
    if answer.leaves:
        leaf = data.draw(st.integers(0, SIZE - 1).filter(lambda leaf: leaf not in answer.leaves))
        more = tuple(sorted((*answer.leaves, leaf)))
        fewer = answer.leaves[1:] if len(answer.leaves) > 1 else (leaf,)
        for other in (more, fewer, (*answer.leaves, answer.leaves[-1]), (*more[::-1],), (answer.leaves[0], *more)):
            assert refused(dataclasses.replace(answer, leaves=other), head)
        assert refused(dataclasses.replace(answer, key=_turned(answer.key, at, bit)), head)
        assert refused(answer, dataclasses.replace(head, size=answer.leaves[-1]))


def _turned(value: bytes, at: int, bit: int) -> bytes:
    return value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]


@given(answers(), st.data())
def test_another_path_is_refused(given, data):
    """A node left out, put in, swapped with the next, at another bit, or with another sibling."""
    head, answer = given
    path = answer.proof.path
    at = data.draw(st.integers(0, len(path)))
    bits, sibling = data.draw(st.integers(0, 255)), data.draw(st.binary(min_size=32, max_size=32))
    others = [(*path[:at], (bits, sibling), *path[at:])]
    if at < len(path):
        others += [path[:at] + path[at + 1 :], path[:at], (*path[:at], (path[at][0], sibling), *path[at + 1 :])]
        others += [(*path[:at], (bits, path[at][1]), *path[at + 1 :])]
    if at + 1 < len(path):
        others.append((*path[:at], path[at + 1], path[at], *path[at + 2 :]))
    for other in others:
        changed = dataclasses.replace(answer, proof=dataclasses.replace(answer.proof, path=other))
        assert other == path or refused(changed, head)


@given(answers(), st.data())
def test_another_node_found_is_refused(given, data):
    """Another key, value, prefix or child, and the empty trie, in the place of what excludes the key."""
    head, answer = given
    if not isinstance(answer.proof, Absent) or answer.proof.found is None:
        return
    found, other = answer.proof.found, data.draw(st.binary(min_size=32, max_size=32))
    names = [field.name for field in dataclasses.fields(found) if field.name != "bits"]
    others: list[OtherLeaf | OtherInner | None] = [dataclasses.replace(found, **{name: other}) for name in names]
    others += [None, OtherLeaf(answer.key, other)]
    if isinstance(found, OtherInner):
        others += [dataclasses.replace(found, bits=bits) for bits in range(257) if bits != found.bits]
    for each in others:
        changed = dataclasses.replace(answer, proof=dataclasses.replace(answer.proof, found=each))
        assert each == found or refused(changed, head)


@settings(max_examples=150, deadline=None)
@given(answers(), st.data())
def test_changed_bytes_say_the_same_or_nothing(given, data):
    """With bytes replaced, taken out or put in, what still verifies is the same answer on the same key.

    But for the last bits of an absent key: the node that excludes it excludes all its neighbours too.
    """
    head, answer = given
    whole = answer.render()
    at = data.draw(st.integers(0, len(whole)))
    changed = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    try:
        read = IndexAnswer.parse(changed)
        read.verify(head)
    except ProtocolError:
        return
    assert read == answer or (not answer.leaves and read == dataclasses.replace(answer, key=read.key))


ANSWER = asked({seed("a"): (7, 12), seed("b"): (1,), seed("c"): (2,)}, seed("a"))[1]
NONE = asked({seed("a"): (7, 12), seed("b"): (1,), seed("c"): (2,)}, seed("d"))[1]


@pytest.mark.parametrize(
    "members",
    [
        {"leaves": []},
        {"leaves": [7, True]},
        {"leaves": "7,12"},
        {"leaves": None},
        {"leaves": None, "found": None},
        {"found": b64(b"\x02")},
        {"path": None},
        {"path": b64(bytes(32))},
        {"path": b64(bytes(34))},
        {"path": b64(bytes(33 * 257))},
        {"path": b64url(bytes(33)) + "="},
        {"key": seed("a").hex()},
        {"key": b64(seed("a"))},
        {"key": b64url(seed("a"))[:-1]},
        {"kind": "index-answer"},
    ],
)
def test_what_is_no_answer_is_not_read(members):
    """Members missing, left over or of another form; one that is None here is left out."""
    value = ANSWER.plain() | members
    with pytest.raises(MalformedError):
        IndexAnswer.parse(canonical.encode({name: member for name, member in value.items() if member is not None}))


@pytest.mark.parametrize(
    "found", [b"", b"\x00", b"\x02\x02", b"\x00" + bytes(63), b"\x01" + bytes(64), b"\x00" + bytes(98), b"\x03"]
)
def test_what_is_no_node_is_not_read(found):
    """A node is told by its first byte, and each kind has one length."""
    with pytest.raises(MalformedError, match=r"^found"):
        IndexAnswer.parse(canonical.encode(NONE.plain() | {"found": b64(found)}))


def test_leaves_and_proof_belong_together():
    """Leaves are shown by presence, none by absence, and not the other way about."""
    for leaves, proof in (((), Present(())), ((7,), Absent((), None))):
        with pytest.raises(MalformedError):
            IndexAnswer(seed("a"), leaves, proof)


@pytest.mark.parametrize("data", [b"", b"[]", b"7", ANSWER.render() + b"\n", ANSWER.render()[:-1]])
def test_other_bytes_are_not_an_answer(data):
    """No JSON, another value, a newline at the end, the end cut off."""
    with pytest.raises(MalformedError):
        IndexAnswer.parse(data)


def test_a_path_of_thirty_nodes_stays_below_a_kilobyte_and_a_half():
    """In a map of a million keys the deepest leaf lies below fewer than thirty nodes."""
    path = tuple((bits, seed(f"sibling {bits}")) for bits in range(30))
    found = OtherInner(31, bytes(32), seed("left"), seed("right"))
    present = IndexAnswer(seed("a"), (999_998, 999_999), Present(path))
    absent = IndexAnswer(seed("a"), (), Absent(path, found))
    assert len(present.render()) < 1_500
    assert len(absent.render()) < 1_600
