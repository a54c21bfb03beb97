"""Whose turn it is to be asked about a checkpoint: in a large consortium not everybody's, each time.

Of thirteen partners three may be a quorum. If all were asked about each checkpoint, a member would do for the others'
logs what is twelve times its own work. So a round asks at once

- those who made the quorum of the round before, the earliest of them, and
- one other partner, each in its turn: where it answers sooner, it takes the place of one of them.

The rest is asked as soon as one of those fails, or the quorum takes longer than usual. Whoever wasn't asked for
`SPREAD_SECONDS` is asked about the next checkpoint in any case: so each partner holds what is older than that, and
nobody has to wait longer for it when the log rests.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

SPREAD_SECONDS: Final = 5.0
"""After so long a partner is asked again, whoever else has been."""

USUAL_SECONDS: Final = 0.5
"""A quorum that takes longer, and twice as long as the one before, has everybody asked."""


class Turns:
    """The turns of some partners; times are seconds of one monotonic clock."""

    def __init__(self, names: Sequence[str], suffice: Callable[[Collection[str]], bool]) -> None:
        """Ask all of them at first; `suffice` says whether some are a quorum."""
        self._names = tuple(names)
        self._suffice = suffice
        self._first = frozenset(names)
        self._asked_at: dict[str, float] = {}
        self._began = 0.0
        self._usual = USUAL_SECONDS
        self._has_quorum = False
        self._is_open = False
        """Whether it is everybody's turn, until there is a quorum."""
        self._other = 0

    def begin(self, now: float, first: Collection[str] = ()) -> None:
        """Begin a round; one that follows a round without a quorum asks everybody.

        Args:
            now: Seconds.
            first: Whose turn it is first, in place of what the rounds before tell; unless these are no quorum.
        """
        self._is_open = not self._has_quorum
        self._began, self._has_quorum = now, False
        if first and self._suffice(first):
            self._first = frozenset(first)
            return
        others = [name for name in self._names if name not in self._first]
        if others:
            self._other = (self._other + 1) % len(others)
            self._first |= {others[self._other]}

    def failed(self, name: str) -> bool:
        """Take note that somebody doesn't answer; return whether that makes it everybody's turn."""
        if self._has_quorum or self._is_open or name not in self._first:
            return False
        self._is_open = True
        return True

    def made(self, cosigned: Sequence[str], now: float) -> None:
        """Take note that those who have cosigned, the earliest first, are a quorum."""
        if self._has_quorum:
            return
        enough = next(count for count in range(len(cosigned) + 1) if self._suffice(cosigned[:count]))
        self._first, self._has_quorum, self._is_open = frozenset(cosigned[:enough]), True, False
        self._usual = max(USUAL_SECONDS, 2 * (now - self._began))

    def asked(self, name: str, now: float) -> None:
        """Take note that somebody is asked."""
        self._asked_at[name] = now

    def pause(self, name: str, now: float) -> float:
        """Return the seconds until it is a partner's turn; 0 when it is, and for whoever isn't one of them."""
        if name not in self._names or name in self._first or self._is_open or name not in self._asked_at:
            return 0.0
        due = self._asked_at[name] + SPREAD_SECONDS
        if not self._has_quorum:
            due = min(due, self._began + self._usual)
        return max(0.0, due - now)
