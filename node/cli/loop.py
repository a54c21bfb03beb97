"""Runs a command's asynchronous part, on the fast event loop where there is one (docs/adr/0011)."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns."""
    loop_factory = None
    if sys.platform != "win32" and sys.implementation.name == "cpython":
        import uvloop

        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(work)
