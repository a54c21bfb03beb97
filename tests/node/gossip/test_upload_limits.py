"""Whoever stalls, or sends without end, costs one upload and some memory, and holds nobody up."""

import asyncio
from collections.abc import AsyncIterator

from node.gossip.mirror import upload_limits
from protocol.gossip.mirror_info import MirrorInfo
from tests.support.mirroring import SIZE
from tests.support.pushing import an_upload


async def stalling(body: bytes) -> AsyncIterator[bytes]:
    """Yield a body, and then nothing for ever."""
    yield body
    await asyncio.Event().wait()


async def test_an_upload_that_stalls_ends_as_if_it_had_broken_off(pushed, monkeypatch):
    """Nobody else waits for it meanwhile."""
    monkeypatch.setattr(upload_limits, "STALL_SECONDS", 0.2)
    await pushed.offer(0, SIZE)
    stalled = asyncio.create_task(
        pushed.uploads.add_entries(stalling(an_upload(pushed.log, 0, SIZE, packages=1) + b"more"))
    )
    await asyncio.sleep(0.05)
    assert (await pushed.bring(an_upload(pushed.log, 0, SIZE))).status == 200
    answer = await stalled
    assert (answer.status, MirrorInfo.parse(answer.body)) == (202, MirrorInfo(SIZE, SIZE))


async def test_whoever_opens_many_uploads_and_stalls_loses_them(pushed):
    """The oldest that bring nothing are cut off; an honest upload gets through at once."""
    await pushed.offer(0, SIZE)
    body = an_upload(pushed.log, 0, SIZE)
    stalled = []
    for _ in range(upload_limits.MOST_UPLOADS + 5):
        stalled.append(asyncio.create_task(pushed.uploads.add_entries(stalling(body[:100]))))
        pushed.clock.advance(0.001)
        await asyncio.sleep(0)
    assert (await pushed.bring(body)).status == 200
    await asyncio.sleep(0.05)
    assert [task.done() for task in stalled] == [True] * 6 + [False] * (upload_limits.MOST_UPLOADS - 1)
    assert {task.result().status for task in stalled[:6]} == {400}
    for task in stalled:
        task.cancel()
    await asyncio.gather(*stalled, return_exceptions=True)


async def test_packages_that_never_end_do_not_fill_the_memory(pushed, monkeypatch):
    """Of all that is unfinished no more is held than allowed: the largest is cut off."""
    monkeypatch.setattr(upload_limits, "MOST_BYTES", 1 << 20)
    await pushed.offer(0, SIZE)
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield an_upload(pushed.log, 0, SIZE, packages=0)
        while True:
            read += 1 << 16
            yield b"\xff" * (1 << 16)

    assert (await pushed.uploads.add_entries(endless())).status == 400
    assert read <= (1 << 20) + (1 << 16)


async def test_ten_gigabytes_are_not_read(pushed):
    """The first package that isn't proven ends the reading."""
    await pushed.offer(0, SIZE)
    read = 0

    async def zeros() -> AsyncIterator[bytes]:
        nonlocal read
        yield an_upload(pushed.log, 0, SIZE, packages=0)
        while read < 10 * 1000**3:
            read += 1 << 16
            yield bytes(1 << 16)

    assert (await pushed.uploads.add_entries(zeros())).status == 422
    assert read == 1 << 16


async def test_an_upload_is_read_no_further_than_its_last_package(pushed):
    """What follows is nobody's."""
    await pushed.offer(0, SIZE)
    rest = iter([an_upload(pushed.log, 0, SIZE), b"never read"])

    async def pieces() -> AsyncIterator[bytes]:
        for piece in rest:
            yield piece

    assert (await pushed.uploads.add_entries(pieces())).status == 200
    assert next(rest) == b"never read"
