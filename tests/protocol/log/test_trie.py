"""The trie of the index against its recursive definition, and its proofs against every forgery that is thought of."""

import hashlib
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import BadProofError
from protocol.log.index_answer import found_bytes
from protocol.log.trie import (
    EMPTY,
    Absent,
    OtherInner,
    OtherLeaf,
    Present,
    Trie,
    bit_of,
    check_leaves,
    common_bits,
    leaves_value,
    prefix_of,
    root_of_absent,
    root_of_present,
)
from tests.support import reference_trie as reference
from tests.support.tries import (
    adversarial_keys,
    false_absences,
    flipped,
    key_with,
    maps,
    random_keys,
    values,
)

VALUE = hashlib.sha256(b"a value").digest()
KEYS = [key_with(*positions) for count in range(4) for positions in combinations((0, 100, 255), count)]
"""Eight keys that part at the first bit, in the middle and at the last bit."""


def proved(key: bytes, value: bytes, proof: Present | Absent) -> bytes | None:
    """Return the root that a proof leads to, or None where it can't be one."""
    try:
        return root_of_present(key, value, proof) if isinstance(proof, Present) else root_of_absent(key, proof)
    except BadProofError:
        return None


@given(maps(), st.randoms(use_true_random=False))
def test_the_root_is_that_of_the_definition_in_any_order(pairs, random):
    """Of no keys, of random ones and of ones with long shared prefixes."""
    rows = list(pairs.items())
    random.shuffle(rows)
    assert Trie.of(rows).root == reference.root({reference.bits_of(key): value for key, value in rows})


@given(maps(), adversarial_keys | random_keys, st.integers(0, 255))
def test_proofs_are_those_of_the_definition(pairs, asked, position):
    """Path and node found, of keys that are there, of any others and of neighbours that share most bits."""
    trie, slow = Trie.of(pairs.items()), {reference.bits_of(key): value for key, value in pairs.items()}
    for key in [asked, *pairs, *(flipped(key, position) for key in pairs)]:
        bits, proof = reference.bits_of(key), trie.prove(key)
        assert list(proof.path) == reference.path(slow, bits)
        assert isinstance(proof, Present) == (key in pairs)
        if isinstance(proof, Absent):
            assert found_bytes(proof.found) == reference.found(slow, bits)
        assert proved(key, pairs.get(key, VALUE), proof) == trie.root


def test_a_proof_proves_for_one_key_under_one_root_alone():
    """Every proof of every map of eight keys, tried for every key and under the root of every map."""
    tries = [Trie.of((key, VALUE) for key in chosen) for count in range(9) for chosen in combinations(KEYS, count)]
    assert len({trie.root for trie in tries}) == len(tries) == 256
    roots = {trie.root: trie for trie in tries}
    for trie in tries:
        for proof in {trie.prove(key) for key in KEYS}:
            for key in KEYS:
                under = roots.get(proved(key, VALUE, proof) or b"")
                assert under is None or under.prove(key) == proof
                assert under is trie or trie.prove(key) != proof


@given(maps(least=1), st.data())
def test_the_absence_of_a_present_key_is_never_proved(pairs, data):
    """Not from its own leaf, not from any node above it, not with anybody else's proof of absence."""
    trie = Trie.of(pairs.items())
    key = data.draw(st.sampled_from(sorted(pairs)))
    borrowed = [trie.prove(flipped(other, data.draw(st.integers(0, 255)))) for other in pairs]
    forged = [*false_absences(key, pairs[key], trie), *(proof for proof in borrowed if isinstance(proof, Absent))]
    assert [proof for proof in forged if proved(key, VALUE, proof) == trie.root] == []


@given(maps(), adversarial_keys | random_keys, values)
def test_the_presence_of_an_absent_key_is_never_proved(pairs, absent, value):
    """Not with the path to where it would stand, not with the path and value of any key that is there."""
    trie = Trie.of(pairs.items())
    proof = trie.prove(absent)
    if isinstance(proof, Present):
        return
    forged = [(proof.path, value)]
    if isinstance(proof.found, OtherLeaf):
        forged.append((proof.path, proof.found.value))
    forged += [(trie.prove(key).path, pairs[key]) for key in pairs]
    assert [path for path, given in forged if proved(absent, given, Present(path)) == trie.root] == []


@given(maps(least=1), values, st.data())
def test_a_key_is_proved_with_its_own_value_alone(pairs, value, data):
    """Another value under the same key leads to another root."""
    trie = Trie.of(pairs.items())
    key = data.draw(st.sampled_from(sorted(pairs)))
    proof = trie.prove(key)
    assert isinstance(proof, Present)
    assert (proved(key, value, proof) == trie.root) == (value == pairs[key])


def test_keys_may_part_at_every_one_of_their_bits():
    """The deepest trie there is: below each of 256 inner nodes one key leaves."""
    keys = [bytes(32), *(key_with(position) for position in range(256))]
    trie = Trie.of((key, VALUE) for key in keys)
    proof = trie.prove(bytes(32))
    assert [bits for bits, _ in proof.path] == list(range(256))
    assert root_of_present(bytes(32), VALUE, proof) == trie.root
    assert root_of_absent(key_with(3, 9), trie.prove(key_with(3, 9))) == trie.root


@pytest.mark.parametrize(
    ("found", "path"),
    [
        (None, ((0, VALUE),)),
        (OtherLeaf(key_with(9), VALUE), ((9, VALUE), (9, VALUE))),
        (OtherLeaf(key_with(20), VALUE), ((9, VALUE), (4, VALUE))),
        (OtherLeaf(key_with(20), VALUE), ((-1, VALUE),)),
        (OtherLeaf(key_with(20), VALUE), ((256, VALUE),)),
        (OtherLeaf(key_with(20), VALUE), ((9, VALUE[:31]),)),
        (OtherLeaf(key_with(20)[:31], VALUE), ()),
        (OtherLeaf(key_with(20), VALUE[:31]), ()),
        (OtherLeaf(bytes(32), VALUE), ()),
        (OtherLeaf(key_with(9), VALUE), ((9, VALUE),)),
        (OtherLeaf(key_with(3), VALUE), ((9, VALUE),)),
        (OtherInner(0, bytes(32), VALUE, VALUE), ()),
        (OtherInner(20, bytes(32), VALUE, VALUE), ()),
        (OtherInner(3, key_with(4), VALUE, VALUE), ()),
        (OtherInner(20, key_with(4, 20), VALUE, VALUE), ()),
        (OtherInner(256, key_with(4), VALUE, VALUE), ()),
        (OtherInner(-1, bytes(32), VALUE, VALUE), ()),
        (OtherInner(20, key_with(4)[:31], VALUE, VALUE), ()),
        (OtherInner(20, key_with(4), VALUE[:31], VALUE), ()),
        (OtherInner(20, key_with(4), VALUE, VALUE + b"\x00"), ()),
        (OtherInner(20, key_with(4), VALUE, VALUE), ((9, VALUE),)),
    ],
)
def test_what_can_be_no_proof_of_absence_of_zeros_leads_nowhere(found, path):
    """Positions that do not grow, parts of other lengths, nodes that do not exclude the key or stand elsewhere."""
    with pytest.raises(BadProofError):
        root_of_absent(bytes(32), Absent(path, found))


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        (bytes(31), VALUE, ()),
        (bytes(32), VALUE[:31], ()),
        (bytes(32), VALUE, ((5, VALUE), (5, VALUE))),
        (bytes(32), VALUE, ((5, VALUE), (4, VALUE))),
        (bytes(32), VALUE, ((256, VALUE),)),
        (bytes(32), VALUE, ((5, VALUE + b"\x00"),)),
    ],
)
def test_what_can_be_no_proof_of_presence_leads_nowhere(key, value, path):
    """Positions that do not grow within 256 bits, and parts of other lengths."""
    with pytest.raises(BadProofError):
        root_of_present(key, value, Present(path))


def test_bits_are_counted_from_the_first():
    """The most significant bit of the first byte is bit 0, and a prefix keeps what comes first."""
    key = bytes([0b1010_0000]) + bytes(30) + b"\x01"
    assert [bit_of(key, position) for position in (0, 1, 2, 3, 255)] == [1, 0, 1, 0, 1]
    assert prefix_of(key, 1) == b"\x80" + bytes(31)
    assert (prefix_of(key, 0), prefix_of(key, 255), prefix_of(key, 256)) == (bytes(32), key[:31] + b"\x00", key)
    assert (common_bits(key, flipped(key, 2)), common_bits(key, flipped(key, 255)), common_bits(key, key)) == (
        2, 255, 256,
    )  # fmt: skip


def test_no_keys_have_the_root_that_is_defined():
    """It is neither a leaf's nor an inner node's."""
    assert Trie.of([]).root == EMPTY == hashlib.sha256(b"\x02").digest()
    assert Trie.of([]).prove(bytes(32)) == Absent((), None)


def test_a_map_has_each_key_once_and_of_32_bytes():
    """Two values of one key, or a key of another length, are a fault of the caller's."""
    with pytest.raises(ValueError, match="one value"):
        Trie.of([(bytes(32), VALUE), (bytes(32), bytes(32))])
    with pytest.raises(ValueError, match="32 bytes"):
        Trie.of([(bytes(31), VALUE)])


@settings(max_examples=50)
@given(st.lists(st.integers(0, 2**63 - 1), max_size=5, unique=True).map(sorted))
def test_a_value_is_the_hash_of_its_leaf_indexes(leaves):
    """Eight bytes each, most significant first."""
    assert leaves_value(leaves) == hashlib.sha256(b"".join(leaf.to_bytes(8, "big") for leaf in leaves)).digest()
    check_leaves(leaves, 2**63 - 1 if 2**63 - 1 not in leaves else 2**63)


@pytest.mark.parametrize("leaves", [(3, 3), (4, 3), (3, 7), (7,), (-1,), (-1, 3), (2**64,)])
def test_leaf_indexes_ascend_below_the_size(leaves):
    """Each once; of a tree of seven entries."""
    with pytest.raises(BadProofError):
        check_leaves(leaves, 7)
