"""A key of a log that counts only up to its last good checkpoint: retired in good order, or in wrong hands.

A log may change its key and stays the same log. Whoever relies on it then knows several keys of one origin: ended ones,
each with the size s and root hash r at which it ends, and at most one that has no end. A checkpoint (n, R) that one of
them signed counts if

1. the key has no end, or n < s, or n = s and R = r;
2. and for each key that ended before it, at its own s and r: n > s, or n = s and R = r.

So of a key that was stolen nothing counts above the size that its owner vouches for, and what a later key signs does
not reach back behind the keys before it. Where the ends are known from (a configuration, a roster) is the caller's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from protocol.encoding.keys import VerifierKey
from protocol.errors import NoTrustedKeyError


@dataclass(frozen=True, slots=True)
class EndedKey(VerifierKey):
    """A log's key with its last good checkpoint, and why that is the last: ``retired`` or ``compromised``."""

    size: int
    root: bytes
    why: str

    @classmethod
    def of(cls, key: VerifierKey, *, size: int, root: bytes, why: str) -> "EndedKey":
        """Return the key with its end."""
        return cls(key.name, key.algorithm, key.public_key, size, root, why)

    def key(self) -> VerifierKey:
        """Return the key by itself."""
        return VerifierKey(self.name, self.algorithm, self.public_key)


def unended(keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Return the keys that have no end: only they speak for a log today, on anything but old checkpoints."""
    return [key for key in keys if not isinstance(key, EndedKey)]


def counting(
    signers: Iterable[VerifierKey], keys: Iterable[VerifierKey], *, size: int, root: bytes
) -> tuple[VerifierKey, ...]:
    """Return those of the keys that signed a checkpoint which count at its size.

    Args:
        signers: The keys that signed it, each one of `keys`.
        keys: All that are known of its origin.
        size: The checkpoint's tree size.
        root: Its root hash.

    Raises:
        NoTrustedKeyError: None of them does.
    """
    ends = [key for key in keys if isinstance(key, EndedKey)]
    judged = [(signer, _why_not(signer, ends, size, root)) for signer in signers]
    if counted := tuple(signer for signer, why in judged if not why):
        return counted
    raise NoTrustedKeyError(judged[0][1] if judged else "nothing here is signed by a known key")


def _why_not(signer: VerifierKey, ends: list[EndedKey], size: int, root: bytes) -> str:
    """Return why what this key signed doesn't count, or an empty text."""
    name = f"the key {signer.key_id.hex()} of {signer.name}"
    if isinstance(signer, EndedKey) and not (size < signer.size or (size == signer.size and root == signer.root)):
        what = "another tree than its last" if size == signer.size else f"size {size}"
        return f"{name} was {signer.why}: it counts up to size {signer.size}, and this checkpoint is of {what}"
    for end in ends:
        earlier = not isinstance(signer, EndedKey) or end.size < signer.size
        if earlier and not (size > end.size or (size == end.size and root == end.root)):
            return f"{name} counts from size {end.size} on, where the one before it ended, and not at size {size}"
    return ""
