"""Several requests under way while their answers are used one by one, in order.

The window opens as answers prove small and closes when they grow, so a server that sends the largest bundles allowed
costs a few of them in memory, and one that sends ordinary ones is never waited for.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from itertools import islice
from typing import Final, TypeVar

from node.client.bounds import MEBIBYTE

WINDOW: Final = 16
"""Requests under way at once; on one machine more gain nothing, and far away bandwidth counts."""

WINDOW_BYTES: Final = 32 * MEBIBYTE

Item = TypeVar("Item")


async def fetch_ahead(
    items: Iterable[Item], fetch: Callable[[Item], Awaitable[bytes]], *, window: int = WINDOW
) -> AsyncGenerator[tuple[Item, bytes], None]:
    """Yield each item with what was fetched for it, in order. Use it in `contextlib.aclosing`.

    Raises:
        Exception: Whatever `fetch` raised for the next item; all that is under way is then given up.
    """
    rest = iter(items)
    under_way: deque[tuple[Item, asyncio.Future[bytes]]] = deque()
    width = 1
    try:
        while True:
            for item in islice(rest, width - len(under_way)):
                under_way.append((item, asyncio.ensure_future(fetch(item))))
            if not under_way:
                return
            item, answer = under_way.popleft()
            try:
                data = await answer
            except BaseException:
                answer.cancel()
                raise
            width = min(window, width + 2, max(1, WINDOW_BYTES // max(len(data), 1)))
            yield item, data
    finally:
        for _, answer in under_way:
            answer.cancel()
        # Wait for them, so that none outlives us; what they failed on no longer matters.
        await asyncio.gather(*(answer for _, answer in under_way), return_exceptions=True)
