"""A command that kills itself, as `kill -9` does, before the k-th step that others could see the effect of.

python -m tests.support.dying_command K NAMES recover --config FILE

Counted from 1 are statements sent to the database, flushes of files and folders, names given to files. If there are
fewer than K, or K is 0, the command ends by itself, and the file NAMES then has a line for each step. A log grows by a
bundle at a time, so that there are several commits.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from node.cli import main
from node.log import follow

STEP_ENTRIES = 128
NAME_WORDS = 4


class Steps:
    """The steps so far, and which is the last."""

    def __init__(self, last: int) -> None:
        self.names: list[str] = []
        self._last = last

    def count(self, act: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        """Return what does the same, and counts."""

        @functools.wraps(act)
        def step(*arguments: Any, **options: Any) -> Any:
            self.names.append(name(*arguments))
            if len(self.names) == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*arguments, **options)

        return step


def counted(last: int) -> Steps:
    """Count every step of this process, and let it be killed before the one of this number."""
    steps = Steps(last)
    for name in ("execute", "_execute", "copy_records_to_table"):
        act = getattr(asyncpg.Connection, name)
        setattr(asyncpg.Connection, name, steps.count(act, lambda _, text, *__: " ".join(text.split()[:NAME_WORDS])))
    for name in ("fsync", "replace", "link"):
        setattr(os, name, steps.count(getattr(os, name), lambda *_, name=name: name))
    return steps


if __name__ == "__main__":
    follow.STEP_ENTRIES = STEP_ENTRIES  # type: ignore[misc]
    steps = counted(int(sys.argv[1]))
    code = main(sys.argv[3:])
    Path(sys.argv[2]).write_text("\n".join(steps.names))
    sys.exit(code)
