"""What counts calls and says which of them fail: the k-th, or all from the k-th on."""

import asyncio


class Counter:
    """Counts nothing until it is armed."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """The calls since it was armed."""
        self.struck = asyncio.Event()
        """Set once a call was meant to fail."""
        self.culprit = ""
        """Which call failed first, for a message."""
        self._number = 0
        self._lasting = False

    def arm(self, number: int, *, lasting: bool = False) -> None:
        """Begin to count; let the call of this number fail, counted from 1, and if that is to last, all that follow."""
        self.names.clear()
        self._number, self._lasting = number, lasting

    def heal(self) -> None:
        """Let nothing fail any more."""
        self._number = 0

    def strikes(self, name: str) -> bool:
        """Count a call, and return whether it fails."""
        self.names.append(name)
        count = len(self.names)
        fails = 0 < self._number == count or (self._lasting and 0 < self._number < count)
        if fails and not self.struck.is_set():
            self.culprit = f"call {count}, {name}"
            self.struck.set()
        return fails
