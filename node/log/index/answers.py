"""Answers to keys from the pages of an index: each with its proof, the latest kept in mind.

What is kept is of one root of the trie; another root has other proofs.
"""

import asyncio
from typing import Final

from node.errors import TooLargeError
from node.log.index.find import Found, MissingPageError, find
from node.log.index.grow import PageName, WantedPages
from node.log.index.reading import Reading
from node.storage.index_pages import IndexRow
from protocol.log.index_answer import IndexAnswer
from protocol.log.trie import Absent

MOST_LEAVES: Final = 10_000
"""Leaves under one key that are proved: an answer with more isn't given."""

MOST_ANSWERS: Final = 512
"""Answers of one index kept in mind, some 3 KB each: institutions and rules are asked for with every credential."""

PAUSE_KEYS: Final = 64
"""Keys that are looked up between two pauses: some milliseconds."""

FEW_LEAVES: Final = 64
"""Leaves of an answer that is kept in mind, at most."""


class Answers:
    """Answers from one index."""

    def __init__(self, reading: Reading) -> None:
        """Read pages and lists there."""
        self._reading = reading
        self._answered: tuple[bytes, dict[bytes, IndexAnswer]] = (b"", {})
        """Answers under one root of the trie."""

    async def to(self, row: IndexRow, keys: list[bytes]) -> dict[bytes, IndexAnswer]:
        """Return what an index lists under each key where it stands, in the order of the keys.

        Raises:
            TooLargeError: Too many leaves stand under one of them.
            NotThisPageError: The stored index isn't this one.
        """
        root, answered = self._answered
        if root != row.trie_root or len(answered) > MOST_ANSWERS:
            self._answered = (row.trie_root, answered := {})
        made = await self._make(row, [key for key in keys if key not in answered])
        answers = {key: made.get(key) or answered[key] for key in keys}
        answered |= {key: answer for key, answer in made.items() if len(answer.leaves) <= FEW_LEAVES}
        return answers

    async def _make(self, row: IndexRow, keys: list[bytes]) -> dict[bytes, IndexAnswer]:
        found = await self._find(row, keys)
        several = [
            (key, one.count, one.value) for key, one in found.items() if isinstance(one, Found) and one.count > 1
        ]
        for _, count, _ in several:
            if count > MOST_LEAVES:
                raise TooLargeError(f"{count} entries stand under one key, and at most {MOST_LEAVES} are shown")
        leaves = await self._reading.leaves(row.log_id, several)
        return {key: _answer(key, one, leaves.get(key, ())) for key, one in found.items()}

    async def _find(self, row: IndexRow, keys: list[bytes]) -> dict[bytes, Found | Absent]:
        """Return what stands at each key; pages that are missing are read for all keys at once."""
        found: dict[bytes, Found | Absent] = {}
        read: dict[PageName, bytes] = {}
        cached = self._reading.cache.get

        def page(name: PageName) -> bytes:
            data = read.get(name) or cached(name)
            if data is None:
                raise MissingPageError(name)
            return data

        while True:
            missing: dict[PageName, None] = {}
            for number, key in enumerate(key for key in keys if key not in found):
                if number % PAUSE_KEYS == PAUSE_KEYS - 1:
                    await asyncio.sleep(0)
                try:
                    found[key] = find(key, row.trie_root, page)
                except MissingPageError as error:
                    missing[error.name] = None
            if not missing:
                return {key: found[key] for key in keys}
            wanted = WantedPages(list(missing))
            read |= zip(missing, await self._reading.pages(row.log_id, wanted, {}), strict=True)


def _answer(key: bytes, found: Found | Absent, leaves: tuple[int, ...]) -> IndexAnswer:
    if isinstance(found, Absent):
        return IndexAnswer(key, (), found)
    return IndexAnswer(key, leaves or (found.leaf,), found.proof)
