"""Walk a log and prove that each entry's shape holds no more than it may; look at what is said in clear.

Every entry is one of three:

- *sealed*: exactly `SEALED_BYTES` bytes of one pattern, in which nothing can stand but three 32-byte values. That these
  are keyed noise can't be proved without the keys. What no noise is can be told: a value that is text, that hardly
  varies, or that stands a second time in the log, which would tie two entries to one person;
- *clear*, and understood: of a closed form, each of whose texts is looked at (`node.formats.personal_text`), as are the
  texts beside the log that it commits to;
- *not understood*: nothing can be said of what is in it. It is named, and the shape is not proved.

What was walked is hashed on the way, so the report speaks of the very entries under the root hash of a checkpoint.
"""

from array import array
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec import UNSET

from node.errors import NodeError, NotFoundError, UnreachableError
from node.formats.known_names import KnownNames
from node.formats.personal_text import Sign, signs_in
from protocol.encoding import canonical
from protocol.encoding.wire import HASH_BYTES, parse_b64url32
from protocol.errors import MalformedError, ProtocolError
from protocol.log.edge import Edge
from protocol.log.merkle import leaf_hash
from protocol.log.tile import parse_bundle
from protocol.recognition.entry import NotUnderstood, parse_entry
from protocol.recognition.sealed_entry import Sealed, values_of_bundle
from protocol.recognition.texts import parse_texts, verify_texts

MOST_NAMED: Final = 100
"""Places that are named of each kind of finding; the rest is counted."""

MOST_TEXTS: Final = 100_000

LEAST_VARIETY: Final = 16
"""Different bytes among the 32 of a value: of random ones there are fewer once in some 10^9 values."""

VALUES: Final = 3
WORD_BYTES: Final = 8
PART_WORDS: Final = 500_000

Progress = Callable[[int], None]
ReadTexts = Callable[[str], Awaitable[bytes]]
"""Return the texts document behind a commitment; NotFoundError where it isn't there."""


@dataclass(slots=True)
class Places:
    """Leaves, or signs at leaves: the first ones named, all of them counted."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)
    """(leaf, what is there)."""

    def add(self, leaf: int, what: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.first) < MOST_NAMED:
            self.first.append((leaf, what))


@dataclass(slots=True)
class Looked:
    """What was found on the way."""

    entries: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    strange: Places = field(default_factory=Places)
    """Entries that aren't understood."""
    no_noise: Places = field(default_factory=Places)
    """Sealed entries with a value that doesn't look like noise."""
    signs: Places = field(default_factory=Places)
    """Signs of a person in clear entries and their texts."""
    texts: int = 0
    """Texts that were read and looked at."""
    texts_missing: int = 0
    texts_false: int = 0
    """Texts that are not what their entry committed to; they were looked at all the same."""
    repeated: int = 0
    """Sealed values that stand in the log a second time."""
    root: bytes = b""


class PrivacyWalk:
    """One walk over a log."""

    def __init__(self, known: KnownNames | None, progress: Progress) -> None:
        """Look for signs, and for these persons."""
        self._known = known
        self._progress = progress
        self._edge = Edge()
        self._commitments: dict[str, int] = {}
        self._words = array("Q")
        """The first eight bytes of each sealed value: two that are equal by chance are rarer than a fault here."""
        self.found = Looked()

    async def read(self, bundles: AsyncIterator[bytes], read_texts: ReadTexts) -> Looked:
        """Look at every entry of the bundles, in their order, and then at the texts.

        Raises:
            MalformedError: A bundle can't be read.
            NodeError: The log can't be read on.
        """
        async for data in bundles:
            self._look_at(data)
            self._progress(self.found.entries)
        for commitment, leaf in self._commitments.items():
            await self._look_at_texts(commitment, leaf, read_texts)
        self.found.repeated = _repeated(self._words)
        self.found.root = self._edge.root()
        return self.found

    def _look_at(self, data: bytes) -> None:
        first, found = self.found.entries, self.found
        entries = parse_bundle(data)
        self._edge.extend([leaf_hash(entry) for entry in entries])
        found.entries += len(entries)
        values = values_of_bundle(data)
        if values is not None:
            self._look_at_values(values, first)
            return
        for leaf, entry in enumerate(entries, first):
            self._look_at_entry(entry, leaf)

    def _look_at_values(self, values: Sequence[bytes], first: int) -> None:
        """Look at document, statement and tag of sealed entries, the first of which stands at this leaf."""
        found = self.found
        found.kinds["sealed"] += len(values) // VALUES
        self._words.extend(array("Q", b"".join(values))[:: HASH_BYTES // WORD_BYTES])
        for at, value in enumerate(values):
            if len(set(value)) < LEAST_VARIETY or value.isascii():
                found.no_noise.add(first + at // VALUES, ("document", "statement", "tag")[at % VALUES])

    def _look_at_entry(self, data: bytes, leaf: int) -> None:
        entry = parse_entry(data)
        if isinstance(entry, NotUnderstood):
            self.found.strange.add(leaf, f"{entry.kind[:40] or 'no kind'} {entry.v}: {entry.reason}")
            return
        if isinstance(entry, Sealed):
            self._look_at_values([parse_b64url32(one) for one in (entry.document, entry.statement, entry.tag)], leaf)
            return
        self.found.kinds[entry.kind] += 1
        for sign in signs_in(canonical.decode(data), self._known):
            self._add(sign, leaf, "")
        commitment = getattr(entry, "texts", UNSET)
        if isinstance(commitment, str) and len(self._commitments) < MOST_TEXTS:
            self._commitments[commitment] = leaf

    async def _look_at_texts(self, commitment: str, leaf: int, read_texts: ReadTexts) -> None:
        try:
            data = await read_texts(commitment)
            value = canonical.decode(data)
        except UnreachableError:
            raise
        except NotFoundError:
            self.found.texts_missing += 1
            return
        except (NodeError, MalformedError):
            self.found.texts_false += 1
            return
        self.found.texts += 1
        self.found.texts_false += not _is_committed(data, commitment)
        for sign in signs_in(value, self._known):
            self._add(sign, leaf, "beside the log, ")

    def _add(self, sign: Sign, leaf: int, prefix: str) -> None:
        self.found.signs.add(leaf, f"{prefix}{sign.where}: {sign.what}")


def _repeated(words: "array[int]") -> int:
    """Return how many words stand there before; looked for part by part, so that it needs little memory."""
    parts = 1 << (len(words) // PART_WORDS).bit_length()
    shift = 8 * WORD_BYTES - (parts - 1).bit_length()
    chosen = (words if parts == 1 else [word for word in words if word >> shift == part] for part in range(parts))
    return sum(len(part) - len(set(part)) for part in chosen)


def _is_committed(data: bytes, commitment: str) -> bool:
    try:
        verify_texts(parse_texts(data), commitment)
    except ProtocolError:
        return False
    return True
