"""Cases of the index: maps with their roots and answers, and answers that verify or are refused.

One log of a hundred entries; what its maps list is made up, term by term.
"""

import base64
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from protocol.encoding import canonical
from protocol.encoding.wire import b64, b64url
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead
from protocol.log.trie import Absent, OtherInner, OtherLeaf, Present, Trie, bit_of, inner_node, leaves_value
from protocol.recognition.terms import Term, term_key
from tests.support.examples import ORIGIN, seed
from tests.support.tries import false_absences, flipped, key_with

SIZE = 100
LOG_ROOT = seed("log root")
Leaves = tuple[int, ...]
Map = Mapping[bytes, Leaves]

TERMS: dict[Term, Leaves] = {
    ("institution",): (0, 31),
    ("criteria",): (8,),
    ("achievement", "schac", "tuni.fi", "MR-101"): (2, 3, 40),
    ("rule", "tuni-robotics"): (4, 9),
    ("subject", "schac", "tuni.fi", "MR-101"): (4, 9, 77),
    ("target", "rule", "tuni-robotics"): (9,),
    **{("tag", b64url(seed(f"tag {at}"))): (10 + at,) for at in range(18)},
}
MANY = {term_key(term): leaves for term, leaves in TERMS.items()}
NAMES = {term_key(term): term for term in TERMS}
NO_TERM = [("rule", "another"), ("roster",), ("tag", b64url(seed("another tag")))]
LONG = {
    key_with(*positions): (at,) for at, positions in enumerate([(), (255,), (254,), (254, 255), (8,), (8, 255), (0,)])
}

MAPS: dict[str, tuple[str, Map]] = {
    "no-keys": ("An index of no keys: the log's entries are understood by nobody", {}),
    "one-key": ("The root is the leaf", dict(list(MANY.items())[:1])),
    "two-keys": ("One inner node, at the first bit at which the keys part", dict(list(MANY.items())[:2])),
    "first-bit": ("Two keys that part at the first bit", {key_with(): (1,), key_with(0): (2,)}),
    "last-bit": ("Two keys that part at the last bit", {key_with(): (1,), key_with(255): (2,)}),
    "many-keys": ("Keys of terms, with one leaf index or several", MANY),
    "long-prefixes": ("Keys that share all but their first, ninth and last bits", LONG),
}  # fmt: skip


def trie_of(index: Map) -> Trie:
    """Return the trie of a map."""
    return Trie.of((key, leaves_value(leaves)) for key, leaves in index.items())


def answer_of(index: Map, key: bytes) -> IndexAnswer:
    """Return the right answer on a key."""
    return IndexAnswer(key, index.get(key, ()), trie_of(index).prove(key))


def head_of(index: Map) -> IndexHead:
    """Return what the log signs of a map."""
    return IndexHead(ORIGIN, SIZE, LOG_ROOT, trie_of(index).root)


HEAD = head_of(MANY)
ROOT = HEAD.trie_root
RULE = term_key(("subject", "schac", "tuni.fi", "MR-101"))
OTHER = term_key(("rule", "another"))
PRESENT, ABSENT = answer_of(MANY, RULE), answer_of(MANY, OTHER)
PATH = PRESENT.proof.path
BY_INNER = answer_of(LONG, key_with(100))
"""Absent, as shown by an inner node whose prefix is not the key's."""


def with_path(*path: tuple[int, bytes]) -> bytes:
    """Return the answer on the rules with another path."""
    return dataclasses.replace(PRESENT, proof=Present(tuple(path))).render()


def with_leaves(*leaves: int) -> bytes:
    """Return the answer on the rules with other leaf indexes."""
    return dataclasses.replace(PRESENT, leaves=leaves).render()


def not_there(key: bytes, proof: Absent) -> bytes:
    """Return the answer that nothing stands under a key."""
    return IndexAnswer(key, (), proof).render()


def written(answer: IndexAnswer, **members: Any) -> bytes:
    """Return an answer with other members; one that is None is left out."""
    value = answer.plain() | members
    return canonical.encode({name: member for name, member in value.items() if member is not None})


def false_absence(index: Map, key: bytes) -> list[bytes]:
    """Return the answers that a present key is absent, from its own leaf and from every node above it."""
    proofs = false_absences(key, leaves_value(index[key]), trie_of(index))
    return [not_there(key, proof) for proof in proofs]


VERIFIED: dict[str, tuple[str, bytes, Map]] = {
    "usual": ("All leaf indexes under a key", PRESENT.render(), MANY),
    "absent-by-leaf": ("Another key's leaf stands where the key would", ABSENT.render(), MANY),
    "absent-by-inner-node": ("An inner node of another prefix stands there", BY_INNER.render(), LONG),
    "absent-among-no-keys": ("No key is there", answer_of({}, RULE).render(), {}),
    "absent-beside-one-key": ("The only leaf is the root", answer_of(MAPS["one-key"][1], OTHER).render(),
                              MAPS["one-key"][1]),
    "alone": ("The only leaf is the root, and the path empty",
              answer_of(MAPS["one-key"][1], term_key(("institution",))).render(), MAPS["one-key"][1]),
}  # fmt: skip
_INNER = BY_INNER.proof.found if isinstance(BY_INNER.proof, Absent) else None
assert isinstance(_INNER, OtherInner)

UNPROVED: dict[str, tuple[str, bytes, Map]] = {
    "other-root": ("The answer is of another map", PRESENT.render(), LONG),
    "leaf-omitted": ("The last leaf index is left out", with_leaves(4, 9), MANY),
    "leaf-added": ("A leaf index more", with_leaves(4, 9, 77, 78), MANY),
    "leaf-replaced": ("Another leaf index", with_leaves(4, 9, 76), MANY),
    "leaves-not-in-order": ("The leaf indexes descend", with_leaves(77, 9, 4), MANY),
    "leaf-repeated": ("A leaf index stands twice", with_leaves(4, 9, 9, 77), MANY),
    "leaf-negative": ("A leaf index below zero", with_leaves(-4, 9, 77), MANY),
    "key-of-another": ("The answer on one key under the name of another",
                       dataclasses.replace(PRESENT, key=term_key(("criteria",))).render(), MANY),
    "key-absent": ("Path and leaves of a present key shown for one that is absent",
                   dataclasses.replace(PRESENT, key=OTHER).render(), MANY),
    "present-at-its-place": ("The value of the leaf that excludes the key shown as its own",
                             IndexAnswer(OTHER, (9,), Present(ABSENT.proof.path)).render(), MANY),
    "path-one-short": ("The last node is left out", with_path(*PATH[:-1]), MANY),
    "path-begins-late": ("The first node is left out", with_path(*PATH[1:]), MANY),
    "path-one-long": ("A node more below", with_path(*PATH, (255, seed("x"))), MANY),
    "path-swapped": ("Two nodes in each other's place", with_path(PATH[1], PATH[0], *PATH[2:]), MANY),
    "path-repeated": ("A node stands twice", with_path(PATH[0], *PATH), MANY),
    "path-other-bit": ("A node at another bit", with_path(*PATH[:-1], (PATH[-1][0] + 1, PATH[-1][1])), MANY),
    "path-other-sibling": ("Another sibling", with_path(*PATH[:-1], (PATH[-1][0], seed("x"))), MANY),
    "empty-claimed": ("A map that has keys is said to have none", not_there(OTHER, Absent((), None)), MANY),
    "empty-below-a-node": ("No keys below a node: it would not be there",
                           not_there(OTHER, Absent(ABSENT.proof.path, None)), MANY),
    "found-elsewhere": ("A leaf that is there, but not where the key would be",
                        not_there(OTHER, Absent(PATH, OtherLeaf(RULE, leaves_value((4, 9, 77))))), MANY),
    "found-elsewhere-on-its-path": ("The same, with the path of the absent key",
                                    not_there(OTHER, Absent(ABSENT.proof.path,
                                                            OtherLeaf(RULE, leaves_value((4, 9, 77))))), MANY),
    "found-is-a-sibling": ("The node beside the key's place",
                           not_there(RULE, Absent(PATH[:-1], OtherLeaf(flipped(RULE, PATH[-1][0]), seed("x")))), MANY),
    "inner-other-prefix": ("The inner node found has another prefix",
                           not_there(key_with(100), Absent(BY_INNER.proof.path, dataclasses.replace(
                               _INNER, prefix=key_with(9)))), LONG),
    "inner-not-padded": ("The prefix of the inner node found goes on behind its bits",
                         not_there(key_with(100), Absent(BY_INNER.proof.path, dataclasses.replace(
                             _INNER, prefix=key_with(255)))), LONG),
    "inner-other-bit": ("The inner node found stands one bit higher",
                        not_there(key_with(100), Absent(BY_INNER.proof.path, dataclasses.replace(
                            _INNER, bits=_INNER.bits - 1))), LONG),
    "inner-at-256": ("Keys have no bit 256",
                     not_there(key_with(100), Absent(BY_INNER.proof.path, dataclasses.replace(
                         _INNER, bits=256))), LONG),
    "inner-children-swapped": ("Left stands for right",
                               not_there(key_with(100), Absent(BY_INNER.proof.path, dataclasses.replace(
                                   _INNER, left=_INNER.right, right=_INNER.left))), LONG),
    **{f"absence-of-a-present-key-{at}": ("A present key is shown as absent from its own leaf" if at == 0 else
                                          f"A present key is shown as absent from node {at} above it", data, MANY)
       for at, data in enumerate(false_absence(MANY, RULE))},
    **{f"absence-of-a-deep-key-{at}": ("A present key is shown as absent from its own leaf" if at == 0 else
                                       f"A present key is shown as absent from node {at} above it", data, LONG)
       for at, data in enumerate(false_absence(LONG, key_with(254, 255)))},
}  # fmt: skip
_WRONG = OtherLeaf(flipped(OTHER, 0), seed("x"))
MISPLACED = not_there(OTHER, Absent(((0, seed("y")),), _WRONG))
MISPLACED_ROOT = inner_node(
    0, bytes(32), *((seed("y"), _WRONG.node()) if bit_of(OTHER, 0) else (_WRONG.node(), seed("y")))
)
UNREADABLE: dict[str, tuple[str, bytes]] = {
    "no-leaves": ("Presence with an empty list", written(PRESENT, leaves=[])),
    "nothing-shown": ("Neither leaves nor the node found", written(PRESENT, leaves=None)),
    "both": ("Leaves, and a node that excludes the key", written(ABSENT, leaves=[4])),
    "no-path": ("The path is left out", written(PRESENT, path=None)),
    "path-cut": ("A sibling of 31 bytes", written(PRESENT, path=b64(b"".join(
        bytes([bits]) + sibling for bits, sibling in PATH)[:-1]))),
    "path-too-long": ("257 nodes", written(PRESENT, path=b64(bytes(33 * 257)))),
    "not-padded": ("Base64 without padding", written(ABSENT, found="Ag")),
    "trailing-bits": ("Base64 whose last bits are not zero", written(ABSENT, found="Ah==")),
    "key-in-hexadecimal": ("The key in hexadecimal", written(PRESENT, key=RULE.hex())),
    "key-padded": ("The key in padded base64", written(PRESENT, key=b64(RULE))),
    "leaves-as-text": ("Leaf indexes as text", written(PRESENT, leaves=["4", "9", "77"])),
    "leaf-true": ("true is not 1", written(PRESENT, leaves=[True, 9])),
    "found-empty": ("No node found", written(ABSENT, found="")),
    "found-of-no-type": ("A node begins with 00, 01 or 02", written(ABSENT, found=b64(b"\x03" + bytes(64)))),
    "found-leaf-cut": ("A leaf of 64 bytes", written(ABSENT, found=b64(b"\x00" + bytes(63)))),
    "found-inner-cut": ("An inner node of 98 bytes", written(ABSENT, found=b64(b"\x01" + bytes(97)))),
    "unknown-member": ("A member that answers do not have", written(PRESENT, size=SIZE)),
    "blank": ("A blank after a colon", PRESENT.render().replace(b":", b": ", 1)),
    "newline-at-end": ("A newline at the end", PRESENT.render() + b"\n"),
    "float": ("A leaf index with a point", PRESENT.render().replace(b"[4,", b"[4.0,")),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: maps, then answers; `input` is base64."""
    for name, (description, index) in MAPS.items():
        yield f"index/map-{name}", _map_case(description, index)
    for name, (description, data, index) in VERIFIED.items():
        gives = {"leaves": list(IndexAnswer.parse(data).leaves)}
        yield f"index/answer-{name}", _answer_case(description, data, index) | {"gives": gives}
    for name, (description, data, index) in UNPROVED.items():
        yield f"index/answer-{name}", _answer_case(description, data, index) | {"error": "BadProofError"}
    for name, (description, data) in UNREADABLE.items():
        yield f"index/answer-{name}", _answer_case(description, data, MANY) | {"error": "MalformedError"}
    yield (
        "index/answer-leaf-beyond",
        _answer_case("A leaf index that the log did not have at this size", PRESENT.render(), MANY, size=77)
        | {"error": "BadProofError"},
    )


def _map_case(description: str, index: Map) -> dict[str, Any]:
    asked: Sequence[bytes] = [*index, *(term_key(term) for term in NO_TERM), *(flipped(key, 250) for key in LONG)]
    head = head_of(index)
    return {
        "description": description, "log_root": b64(LOG_ROOT), "origin": ORIGIN, "size": SIZE,
        "map": [
            {"key": b64url(key), "leaves": list(leaves)} | ({"term": list(NAMES[key])} if key in NAMES else {})
            for key, leaves in index.items()
        ],
        "gives": {
            "answers": [answer_of(index, key).plain() for key in asked], "hash": b64(head.stated().root),
            "root": b64(head.trie_root),
        },
    }  # fmt: skip


def _answer_case(description: str, data: bytes, index: Map, *, size: int = SIZE) -> dict[str, Any]:
    return {
        "description": description, "input": base64.b64encode(data).decode(), "size": size,
        "trie_root": b64(trie_of(index).root),
    }  # fmt: skip
