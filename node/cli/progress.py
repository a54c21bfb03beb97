"""Shows how far a long piece of work is: a bar on a terminal, a plain line now and then elsewhere. Always on stderr.

    with Progress("entries read", total=1_000_000) as progress:
        progress.reach(250_000)

Nothing is shown of work that is over within a second.
"""

import sys
from types import TracebackType
from typing import Final, Self, TextIO

from node.clock import Clock

QUIET_SECONDS: Final = 1.0
BAR_SECONDS: Final = 0.1
LINE_SECONDS: Final = 10.0
BAR_WIDTH: Final = 30


class Progress:
    """The progress of one piece of work, counted in what `what` names."""

    def __init__(
        self, what: str, total: int | None = None, *, stream: TextIO | None = None, clock: Clock | None = None
    ) -> None:
        """Begin; without a total only the count and the rate are shown."""
        self._what = what
        self._total = total
        self._stream = stream or sys.stderr
        self._clock = clock or Clock()
        self._terminal = self._stream.isatty()
        self._began = self._clock.monotonic()
        self._due = self._began + QUIET_SECONDS
        self._shown = False
        self.done = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the end, if anything was shown, and leave the line."""
        if self._shown:
            self._show(self._clock.monotonic())
            if self._terminal:
                self._stream.write("\n")
                self._stream.flush()

    def reach(self, done: int, total: int | None = None) -> None:
        """Say how much is done in all; show it if it is time."""
        self.done = done
        self._total = total or self._total
        now = self._clock.monotonic()
        if now >= self._due:
            self._show(now)
            self._due = now + (BAR_SECONDS if self._terminal else LINE_SECONDS)

    @property
    def rate(self) -> float:
        """How much was done a second so far."""
        return self.done / max(self._clock.monotonic() - self._began, 1e-9)

    def _show(self, now: float) -> None:
        self._shown = True
        words = f"{self.done:,}{f' of {self._total:,}' if self._total else ''} {self._what}, {self.rate:,.0f}/s"
        if not self._terminal:
            self._stream.write(f"{words}\n")
        else:
            self._stream.write(f"\r\x1b[2K{self._bar()}{words}")
        self._stream.flush()

    def _bar(self) -> str:
        if not self._total:
            return ""
        part = min(self.done / self._total, 1)
        full = int(BAR_WIDTH * part)
        return f"[{'#' * full}{'.' * (BAR_WIDTH - full)}] {part:4.0%} "
