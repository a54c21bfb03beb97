"""Bodies from strangers: read up to a bound, within a time."""

import asyncio
from typing import Final

from aiohttp import web

from node.errors import BadRequestError, TooLargeError

BODY_SECONDS: Final = 20.0
"""A body of some kilobytes that takes longer comes from nobody who means well."""


async def read_bounded(request: web.Request, most: int) -> bytes:
    """Return a body of at most so many bytes; of a longer one no more than that is kept.

    Raises:
        TooLargeError: It is longer.
        BadRequestError: It did not come in time.
    """
    if (request.content_length or 0) > most:
        raise TooLargeError(f"the body has more than {most} bytes")
    if request.content.is_eof() and request.content_length is not None:
        return request.content.read_nowait()  # it came with the head, as short bodies do: no need to watch the time
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while chunk := await request.content.readany():
                data += chunk
                if len(data) > most:
                    raise TooLargeError(f"the body has more than {most} bytes")
    except TimeoutError:
        raise BadRequestError(f"the body did not come within {BODY_SECONDS:.0f} seconds") from None
    return bytes(data)
