"""A whole node inside the test, in the hands of an operator who starts again what has ended."""

import asyncio
import contextlib

from node.config import Config
from node.errors import FatalError
from node.runtime.serve import Running, run_node
from tests.support.scenarios import SOON


class RestartedNode:
    """A node of one configuration. It may end by itself, but only with a word to its operator (`FatalError`)."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._running: Running

    async def running(self) -> Running:
        """Return the node, started if it doesn't run, as often as that takes."""
        while self._task is None or self._task.done():
            await self.stop()
            started: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
            stop = self._stop = asyncio.Event()
            task = self._task = asyncio.create_task(run_node(self._config, stop=stop, started=started.set_result))
            await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
            if started.done():
                self._running = started.result()
            else:
                await self.stop()
                await asyncio.sleep(SOON)
        return self._running

    async def stop(self) -> None:
        """Stop it, if it runs; what made it end by itself is raised, unless it is a word to its operator."""
        task, self._task = self._task, None
        if task is not None:
            self._stop.set()
            with contextlib.suppress(FatalError):
                await task
