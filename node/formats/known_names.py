"""Persons that are known by name, to be looked for in texts that everybody reads.

A name is found where two of its words stand side by side, in either order and whatever stands between them but letters
(`Quispe, Rosa` for `Rosa Quispe Mamani`); a name of one word only where it is rare enough not to be a word of the
language, which nobody can tell, so from `LONE_WORD` letters on. An identifier is found where it stands whole.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

LONE_WORD: Final = 5
"""Letters of a name of one word that is looked for."""

SHORT_WORD: Final = 2
"""Letters of the shortest word of a name: initials occur everywhere."""

SHORT_IDENTIFIER: Final = 5
"""Characters of the shortest identifier that is looked for."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN: Final = re.compile(r"[^\s,;()\"“”„<>]+")


class KnownNames:
    """Names and identifiers of persons, ready to be looked for."""

    def __init__(self, names: Iterable[str] = (), identifiers: Iterable[str] = ()) -> None:
        """Take names as people write them, and identifiers as they stand in documents."""
        self._pairs: set[frozenset[str]] = set()
        self._alone: set[str] = set()
        self._identifiers = {_plain(one) for one in identifiers if len(one.strip()) >= SHORT_IDENTIFIER}
        for name in names:
            self._take(name)

    def _take(self, name: str) -> None:
        words = _words(name)
        if len(words) == 1 and len(words[0]) >= LONE_WORD:
            self._alone.add(words[0])
        self._pairs |= {frozenset((one, other)) for one in words for other in words if one != other}

    def __len__(self) -> int:
        """Return how many things are looked for."""
        return len(self._pairs) + len(self._alone) + len(self._identifiers)

    def found_in(self, text: str) -> bool:
        """Whether a text names any of these persons."""
        words = _words(text)
        if not self._alone.isdisjoint(words):
            return True
        if any(frozenset(pair) in self._pairs for pair in pairwise(words)):
            return True
        return bool(self._identifiers) and not self._identifiers.isdisjoint(_tokens(text))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(_plain(text)) if len(word) >= SHORT_WORD]


def _tokens(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(_plain(text)):
        yield token
        yield token.rstrip(".:!?")


def _plain(text: str) -> str:
    """Return a text without case and accents: `VIRTANEN`, `Virtanen` and a sloppy `Aino Jarvi` are the same."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))
