"""The hazard of system calls: the k-th of a name, in each traced process, fails or kills (strace, `-e inject`).

Whatever process runs when the hazard is armed is traced, a node with all its threads; one that begins later is not.
"""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from tests.support.counter import Counter
from tests.support.counting import Place, Scenario

ATTACHES_WITHIN = 20.0
LOOK_EVERY = 0.02

TOLD = ("(INJECTED)", "killed by SIGKILL")
"""What strace writes of a call that failed, and of a process that was killed."""


class OfProcesses(Scenario, Protocol):
    """A scenario that is played by processes."""

    def processes(self, whose: str) -> Iterable[int]:
        """Return the process numbers of the "node", or of its "server"."""


class SystemCalls:
    """One system call, of the node or of its PostgreSQL."""

    def __init__(self, name: str, how: str, *, whose: str) -> None:
        """Let calls of a name fail; `how` is strace's word for that, such as `error=EIO`."""
        self.counter = Counter()
        self._name, self._how, self._whose = name, how, whose
        self._told: Path
        self._strace: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def around(self, place: Place) -> AsyncIterator[str]:
        """Trace nobody yet."""
        self._told = place.folder / "strace"
        try:
            yield place.dsn
        finally:
            await self.heal()

    async def arm(self, scenario: OfProcesses, number: int, *, lasting: bool) -> None:
        """Trace what runs, and let a call fail."""
        when = f"{number}+" if lasting else str(number)
        processes = list(scenario.processes(self._whose))
        self._strace = await asyncio.create_subprocess_exec(
            *("strace", *(["-f"] if self._whose == "node" else []), "-o", str(self._told), "-e", f"trace={self._name}"),
            *("-e", f"inject={self._name}:{self._how}:when={when}"),
            *(part for process in processes for part in ("-p", str(process))),
            stderr=asyncio.subprocess.PIPE,
        )
        assert self._strace.stderr is not None
        async with asyncio.timeout(ATTACHES_WITHIN):
            attached = 0
            while attached < len(processes):
                line = await self._strace.stderr.readline()
                assert line, f"strace ended, {attached} of {len(processes)} processes attached"
                attached += b" attached" in line or b"No such process" in line
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while not self._look():  # noqa: ASYNC110 - a file that grows tells nobody
            await asyncio.sleep(LOOK_EVERY)

    def _look(self) -> bool:
        """Read what strace has told; return whether a call has failed."""
        if not self.counter.struck.is_set() and self._told.exists():
            lines = self._told.read_text(errors="replace").splitlines()
            struck = next((line for line in lines if any(word in line for word in TOLD)), None)
            if struck is not None:
                self.counter.culprit = f"{self._whose}: {self._name} {self._how}: {struck[:120]}"
                self.counter.struck.set()
        return self.counter.struck.is_set()

    async def heal(self) -> None:
        """Trace no more."""
        strace, self._strace = self._strace, None
        if strace is None:
            return
        with contextlib.suppress(ProcessLookupError):
            strace.send_signal(signal.SIGINT)
        await strace.communicate()
        self._look()
        if self._watching is not None:
            self._watching.cancel()


def system_calls(name: str, how: str, *, whose: str) -> Callable[[], SystemCalls]:
    """Return what makes the hazard of one system call that fails in this way."""
    return partial(SystemCalls, name, how, whose=whose)


@cache
def why_not() -> str:
    """Return why system calls can't be made to fail here, or an empty text."""
    if sys.platform != "linux" or shutil.which("strace") is None:
        return "no strace here"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        tried = subprocess.Popen(
            ["strace", "-e", "trace=read", "-p", str(child.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True
        )  # fmt: skip
        assert tried.stderr is not None
        said = tried.stderr.readline()
        tried.send_signal(signal.SIGINT)
        tried.communicate()
        child.communicate(b"\n")
    return "" if " attached" in said else f"strace may not attach to a process here: {said.strip()}"
