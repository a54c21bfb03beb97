"""The proof cases of transparency-dev/merkle: 518 of them, of which 482 must fail."""

import base64
import json
from collections.abc import Callable

import pytest

from protocol.errors import BadProofError
from protocol.log.merkle import (
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)


def unpacked(text: str | None) -> bytes:
    """Return bytes that a vector gives in base64; the vectors also hold values that are no hash."""
    return base64.b64decode(text or "")


def proof_of(case: dict) -> list[bytes]:
    """Return the hashes of a vector's proof."""
    return [unpacked(text) for text in case["proof"] or []]


def an_inclusion(case: dict) -> None:
    """Verify an inclusion case."""
    leaf, root = unpacked(case["leafHash"]), unpacked(case["root"])
    verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof_of(case), root)


def a_consistency(case: dict) -> None:
    """Verify a consistency case."""
    old_root, root = unpacked(case["root1"]), unpacked(case["root2"])
    verify_consistency(case["size1"], case["size2"], proof_of(case), old_root, root)


def a_subtree_inclusion(case: dict) -> None:
    """Verify the case of a leaf in a subtree."""
    leaf, root = unpacked(case["leafHash"]), unpacked(case["root"])
    verify_subtree_inclusion(case["leafIdx"], case["start"], case["end"], leaf, proof_of(case), root)


def a_subtree_consistency(case: dict) -> None:
    """Verify the case of a subtree in a tree."""
    part, root = unpacked(case["root1"]), unpacked(case["root2"])
    verify_subtree_consistency(case["start"], case["end"], case["size"], proof_of(case), part, root)


def refused(verify: Callable[[dict], None], case: dict) -> bool:
    """Return whether the case is refused, and refused as a bad proof and nothing else."""
    try:
        verify(case)
    except BadProofError:
        return True
    return False


@pytest.mark.parametrize(
    ("family", "verify", "cases", "must_fail"),
    [
        ("inclusion", an_inclusion, 98, 92),
        ("consistency", a_consistency, 98, 92),
        ("subtreeinclusion", a_subtree_inclusion, 204, 192),
        ("subtreeconsistency", a_subtree_consistency, 118, 106),
    ],
)
def test_every_foreign_proof_case_is_decided_as_it_should_be(shared, family, verify, cases, must_fail):
    """Every case is accepted or refused as its authors say, and the set of cases is the whole set."""
    folder = shared / "vectors" / "merkle" / family
    read = {str(file.relative_to(folder)): json.loads(file.read_bytes()) for file in folder.rglob("*.json")}

    wrong = [f"{name}: {case['desc']}" for name, case in read.items() if refused(verify, case) != case["wantErr"]]

    assert wrong == []
    assert (len(read), sum(case["wantErr"] for case in read.values())) == (cases, must_fail)
