"""How the demonstration speaks: numbered steps, each a sentence for a registrar, with what was seen below it."""

import textwrap
from typing import Final

WIDTH: Final = 110


class Narrator:
    """Prints the steps."""

    def __init__(self) -> None:
        """Begin before the first step."""
        self._step = 0

    def step(self, sentence: str) -> None:
        """Begin a step."""
        self._step += 1
        print(f"\n{self._step:>2}. {_wrapped(sentence, 4)}", flush=True)

    def seen(self, what: str) -> None:
        """Tell something that was seen in this step."""
        print(f"    - {_wrapped(what, 6)}", flush=True)

    def say(self, text: str = "") -> None:
        """Say something outside the steps."""
        print(text, flush=True)


def _wrapped(text: str, indent: int) -> str:
    return textwrap.fill(
        text, WIDTH - indent, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
