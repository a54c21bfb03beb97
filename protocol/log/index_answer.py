"""An answer of the index: the leaf indexes of all entries under one key, or that there are none, with the proof.

As JSON (`docs/formats/index.md`)::

    {"key":HASH,"leaves":[7,12],"path":BASE64}       these and no others
    {"found":BASE64,"key":HASH,"path":BASE64}        none

- ``key``: 32 bytes in base64url without padding, the key of a term (`protocol.recognition.terms`);
- ``leaves``: ascending, each once, at least one, each below the index's size;
- ``path``: from the root down, 33 bytes for each inner node above: u8(b) ‖ sibling;
- ``found``: the node that stands where the key would, as the bytes whose SHA-256 it is (`protocol.log.trie`): a leaf
  0x00 ‖ key ‖ value, an inner node 0x01 ‖ u16be(b) ‖ p ‖ left ‖ right, or 0x02 where there are no keys at all.

BASE64 is standard and padded. Of a million keys a path has about twenty nodes: some 900 characters.

The answer is as good as the index note that binds its root. It says which leaves the log lists under the key; that
their entries are included in the log and have this key is for the reader to verify, entry by entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec

from protocol.encoding import canonical
from protocol.encoding.wire import HASH_BYTES, b64, b64url, parse_b64, parse_b64url32
from protocol.errors import BadProofError, MalformedError
from protocol.log.index_note import IndexHead
from protocol.log.trie import (
    KEY_BITS,
    Absent,
    OtherInner,
    OtherLeaf,
    Path,
    Present,
    check_leaves,
    leaves_value,
    root_of_absent,
    root_of_present,
)

_STEP_BYTES: Final = 1 + HASH_BYTES
_LEAF_BYTES: Final = 1 + 2 * HASH_BYTES
_INNER_BYTES: Final = 3 + 3 * HASH_BYTES
_EMPTY: Final = b"\x02"


class WrittenAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON form, for documents that hold answers."""

    key: str
    path: str
    found: str | msgspec.UnsetType = msgspec.UNSET
    leaves: list[int] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class IndexAnswer:
    """What the index lists under a key: `leaves` is empty where nothing stands there."""

    key: bytes
    leaves: tuple[int, ...]
    proof: Present | Absent

    def __post_init__(self) -> None:
        """Raise MalformedError where leaves come with a proof of absence, or none with one of presence."""
        if bool(self.leaves) != isinstance(self.proof, Present):
            raise MalformedError("leaves are shown by presence, and that there are none by absence", "answer")

    @classmethod
    def read(cls, written: WrittenAnswer) -> Self:
        """Return the answer that the JSON form holds, without verifying it.

        Raises:
            MalformedError: It is not an answer.
        """
        key, path = parse_b64url32(written.key, "key"), _read_path(written.path)
        leaves = () if isinstance(written.leaves, msgspec.UnsetType) else tuple(written.leaves)
        if isinstance(written.found, msgspec.UnsetType):
            return cls(key, leaves, Present(path))
        if not isinstance(written.leaves, msgspec.UnsetType):
            raise MalformedError("has leaves, or the node found in their place, and not both", "answer")
        return cls(key, leaves, Absent(path, _read_found(parse_b64(written.found, "found"))))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read an answer's canonical JSON, without verifying it.

        Raises:
            MalformedError: The bytes are not an answer.
        """
        try:
            return cls.read(msgspec.convert(canonical.decode(data), WrittenAnswer))
        except msgspec.ValidationError as error:
            raise MalformedError(str(error), "answer") from None

    def plain(self) -> dict[str, Any]:
        """Return the answer as a JSON value."""
        value: dict[str, Any] = {"key": b64url(self.key), "path": b64(_path_bytes(self.proof.path))}
        if isinstance(self.proof, Absent):
            return value | {"found": b64(found_bytes(self.proof.found))}
        return value | {"leaves": list(self.leaves)}

    def render(self) -> bytes:
        """Return the answer's canonical JSON."""
        return canonical.encode(self.plain())

    def verify(self, head: IndexHead) -> None:
        """Raise BadProofError unless under this head exactly these leaves stand under the key.

        Args:
            head: What an index note binds that the caller has opened with keys it trusts.
        """
        check_leaves(self.leaves, head.size)
        if isinstance(self.proof, Present):
            root = root_of_present(self.key, leaves_value(self.leaves), self.proof)
        else:
            root = root_of_absent(self.key, self.proof)
        if root != head.trie_root:
            raise BadProofError("the answer does not lead to the root of the index")


def _read_path(text: str) -> Path:
    data = parse_b64(text, "path")
    if len(data) % _STEP_BYTES or len(data) > KEY_BITS * _STEP_BYTES:
        raise MalformedError(f"has {_STEP_BYTES} bytes for each node, at most {KEY_BITS} nodes", "path")
    return tuple((data[at], data[at + 1 : at + _STEP_BYTES]) for at in range(0, len(data), _STEP_BYTES))


def _path_bytes(path: Sequence[tuple[int, bytes]]) -> bytes:
    return b"".join([bytes([bits]) + sibling for bits, sibling in path])


def _read_found(data: bytes) -> OtherLeaf | OtherInner | None:
    if data == _EMPTY:
        return None
    if len(data) == _LEAF_BYTES and data[0] == 0:
        return OtherLeaf(data[1 : 1 + HASH_BYTES], data[1 + HASH_BYTES :])
    if len(data) == _INNER_BYTES and data[0] == 1:
        prefix, left, right = (data[at : at + HASH_BYTES] for at in range(3, _INNER_BYTES, HASH_BYTES))
        return OtherInner(int.from_bytes(data[1:3], "big"), prefix, left, right)
    raise MalformedError("is no leaf, no inner node and not the empty trie", "found")


def found_bytes(found: OtherLeaf | OtherInner | None) -> bytes:
    """Return the bytes whose SHA-256 is the node found, the empty one if it is None."""
    if found is None:
        return _EMPTY
    if isinstance(found, OtherLeaf):
        return b"\x00" + found.key + found.value
    return b"\x01" + found.bits.to_bytes(2, "big") + found.prefix + found.left + found.right
