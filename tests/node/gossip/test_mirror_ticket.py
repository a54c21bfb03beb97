"""An upload may bring its checkpoint as its ticket: held to the same rule, kept in the same commit as the entries."""

import asyncio

import pytest

from protocol.encoding.keys import Signer
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.mirror_info import MirrorInfo
from protocol.log.checkpoint import sign_checkpoint
from tests.support.growing_log import GrowingLog
from tests.support.mirroring import SIZE, pushed_to
from tests.support.pushing import an_upload


def unsigned(log: GrowingLog) -> bytes:
    """Return a ticket that another key has signed."""
    note = sign_checkpoint(log.checkpoint(SIZE), Signer(log.origin, b"\7" * 32))
    return AddCheckpoint(300, log.proof(300, SIZE), note).render()


TICKETS = {
    "the checkpoint": (lambda log: log.request(300, SIZE), 200),
    "nothing": (lambda log: b"", 409),
    "noise": (lambda log: b"noise", 409),
    "of another key": (unsigned, 409),
    "of another log": (lambda log: GrowingLog("other.example/log", SIZE).request(300, SIZE), 409),
    "of another size": (lambda log: log.request(300, 400), 409),
    "from another size": (lambda log: log.request(200, SIZE), 409),
    "without its proof": (lambda log: AddCheckpoint(300, (), log.note(SIZE)).render(), 422),
    "of another history": (lambda log: log.fork(3).request(300, SIZE), 422),
}


@pytest.mark.parametrize(("ticket", "status"), TICKETS.values(), ids=TICKETS)
async def test_a_ticket_is_taken_as_the_request_that_it_is(pushed, ticket, status):
    """One that fits makes its checkpoint pending; any other changes nothing, and is answered as if it weren't there."""
    await pushed.offer(0, 300)
    await pushed.bring(an_upload(pushed.log, 0, 300))
    before = await pushed.stored()
    answer = await pushed.bring(an_upload(pushed.log, 300, SIZE, ticket=ticket(pushed.log)))
    assert answer.status == status
    if status == 200:
        assert (await pushed.stored()).head["note"] == pushed.log.note(SIZE)
        assert (await pushed.row()).size == SIZE
        return
    assert await pushed.stored() == before
    if status == 409:
        assert MirrorInfo.parse(answer.body) == MirrorInfo(300, 300)


async def test_a_log_may_begin_with_a_ticket(pushed):
    """The first checkpoint ever, the empty one too, needs no request of its own."""
    assert (await pushed.bring(an_upload(pushed.log, 0, 0, ticket=pushed.log.request(0, 0)))).status == 200
    assert (await pushed.bring(an_upload(pushed.log, 0, SIZE, ticket=pushed.log.request(0, SIZE)))).status == 200
    assert (await pushed.stored()).head["note"] == pushed.log.note(SIZE)


async def test_a_ticket_without_entries_is_kept_as_pending_too(pushed):
    """All entries are here already: its note is kept before it is cosigned."""
    await pushed.offer(0, SIZE)
    await pushed.bring(an_upload(pushed.log, 0, SIZE, packages=2))
    await pushed.mirrors.of(pushed.log.origin).mirror.intake.settle()
    assert (await pushed.bring(an_upload(pushed.log, 512, SIZE, ticket=pushed.log.request(SIZE, SIZE)))).status == 200
    assert (await pushed.bring(an_upload(pushed.log, SIZE, SIZE, ticket=pushed.log.request(SIZE, SIZE)))).status == 200


@pytest.mark.parametrize("start", [300, SIZE])
async def test_whoever_lost_the_answer_may_ask_the_same_again(pushed, start):
    """The ticket is out of date by then, and its checkpoint is the one that is pending: the line is given again."""
    await pushed.bring(an_upload(pushed.log, 0, 300, ticket=pushed.log.request(0, 300)))
    first = await pushed.bring(an_upload(pushed.log, 300, SIZE, ticket=pushed.log.request(300, SIZE)))
    again = await pushed.bring(an_upload(pushed.log, start, SIZE, ticket=pushed.log.request(300, SIZE)))
    assert (again.status, again.body) == (200, first.body)


async def test_an_upload_in_parts_may_bring_its_ticket_each_time(pushed):
    """The first part to be committed makes it pending; the others find it so."""
    ticket = pushed.log.request(0, SIZE)
    for start, status in ((0, 202), (256, 202), (512, 200)):
        assert (await pushed.bring(an_upload(pushed.log, start, SIZE, packages=1, ticket=ticket))).status == status


async def test_what_is_not_proven_makes_nothing_pending(pushed):
    """A checkpoint whose first package fails isn't kept: nobody was told that it was."""
    ticket = pushed.log.request(0, SIZE)
    fork = pushed.log.fork(3)
    assert (await pushed.bring(an_upload(fork, 0, SIZE, ticket=ticket))).status == 422
    assert (await pushed.stored()).head["note"] is None


async def test_tickets_side_by_side_leave_one_history(pushed, mirrors_dsn):
    """Two sizes at once, in two processes: each is cosigned, or told what is here or to come again."""
    async with pushed_to(mirrors_dsn, pushed.log) as other:
        await pushed.bring(an_upload(pushed.log, 0, 10, ticket=pushed.log.request(0, 10)))
        await other.mirrors.load()
        bodies = [an_upload(pushed.log, 10, size, ticket=pushed.log.request(10, size)) for size in (20, 300, SIZE)]
        answers = await asyncio.gather(
            *(one.uploads.add_entries(pieces(body)) for one in (pushed, other) for body in bodies)
        )
        assert {answer.status for answer in answers} <= {200, 409, 503}
        assert 200 in {answer.status for answer in answers}
        await pushed.mirrors.load()
        await other.check()


async def pieces(body: bytes):
    """Yield a body whole."""
    yield body
