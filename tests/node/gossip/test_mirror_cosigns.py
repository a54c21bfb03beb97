"""What a mirror has cosigned it holds, and never takes back: side by side, over restarts, after a restore."""

import asyncio

from node.client import HttpClient
from node.gossip.mirror.mirrors import MirrorSet
from node.gossip.mirror.upload import MirrorUploads
from node.storage.cosigned import Cosigned, resume, suspend_all
from protocol.encoding.note import Note
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.cosignature import read_time, verify
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.witness import parse_lines
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.mirroring import COSIGNER, SIZE, pushed_to
from tests.support.pushing import an_upload, in_pieces


async def test_an_earlier_checkpoint_may_still_be_the_end_of_an_upload(pushed):
    """What was pending when an upload began stays good, until something beyond it is cosigned."""
    await pushed.offer(0, 300)
    await pushed.offer(300, 400)
    await pushed.offer(400, SIZE)
    assert (await pushed.bring(an_upload(pushed.log, 0, 300))).status == 200
    assert (await pushed.bring(an_upload(pushed.log, 300, SIZE))).status == 200
    late = await pushed.bring(an_upload(pushed.log, 400, 400))
    assert (late.status, MirrorInfo.parse(late.body)) == (409, MirrorInfo(SIZE, SIZE))
    assert sorted(pushed.cosigned) == [300, SIZE]


async def test_uploads_side_by_side_do_no_harm(pushed):
    """Whoever is second finds the entries there; all are told the same checkpoint, and nothing is stored twice."""
    await pushed.offer(0, SIZE)
    body = an_upload(pushed.log, 0, SIZE)
    answers = await asyncio.gather(*(pushed.uploads.add_entries(in_pieces(body, 1000 + at)) for at in range(8)))
    assert [answer.status for answer in answers] == [200] * 8
    assert (await pushed.stored()).entries == pushed.log.entries


async def test_two_processes_take_in_one_log(pushed, mirrors_dsn):
    """Requests that go now to one process and now to the other come to an end, and neither goes back."""
    async with pushed_to(mirrors_dsn, pushed.log) as other:
        old = 0
        for number, size in enumerate([1, 2, 255, 256, 300, 511, 513, 600]):
            one, two = (pushed, other) if number % 2 else (other, pushed)
            assert (await one.offer(old, size)).status == 200
            assert (await two.bring(an_upload(pushed.log, old, size))).status == 200
            old = size
        await other.check()


async def test_two_processes_at_once_end_with_one_log(pushed, mirrors_dsn):
    """Both take in the same upload: each answers with a line, or says that it is to be asked again."""
    async with pushed_to(mirrors_dsn, pushed.log) as other:
        await pushed.offer(0, SIZE)
        body = an_upload(pushed.log, 0, SIZE)
        for _ in range(3):
            answers = await asyncio.gather(pushed.bring(body), other.bring(body))
            assert {answer.status for answer in answers} <= {200, 503}
        assert {answer.status for answer in answers} == {200}
        await other.check()


async def test_what_was_pending_is_there_after_a_restart(pushed, mirrors_dsn):
    """A note that was accepted is what the log is told when it asks what was last seen of it."""
    await pushed.offer(0, 300)
    await pushed.bring(an_upload(pushed.log, 0, 300))
    await pushed.offer(300, SIZE)
    await pushed.bring(an_upload(pushed.log, 300, SIZE, packages=1))
    async with pushed_to(mirrors_dsn, pushed.log) as again:
        seen = await again.mirrors.seen(pushed.log.origin)
        assert (seen.size, seen.root, seen.note) == (512, pushed.log.root(512), pushed.log.note(SIZE))
        assert Note.parse(again.holding.shown) == Note.parse(pushed.holding.shown)
        answer = await again.bring(an_upload(pushed.log, 0, SIZE))
        assert answer.status == 200
    await pushed.mirrors.load()


async def test_what_is_cosigned_may_be_the_end_of_an_upload_after_a_restart(pushed, mirrors_dsn):
    """Also where more is pending by then, and the mirror has forgotten what was before that."""
    await pushed.offer(0, 300)
    await pushed.bring(an_upload(pushed.log, 0, 300))
    await pushed.offer(300, SIZE)
    async with pushed_to(mirrors_dsn, pushed.log) as again:
        assert (await again.bring(an_upload(pushed.log, 256, 300))).status == 200


async def test_a_checkpoint_of_the_same_tree_under_another_text_is_cosigned_anew(pushed):
    """An Ed25519 line is over the whole text: one over another is none."""
    await pushed.offer(0, 3)
    await pushed.bring(an_upload(pushed.log, 0, 3))
    other = Checkpoint(pushed.log.origin, 3, pushed.log.root(3), ("an extension line",))
    note = sign_checkpoint(other, pushed.log.signer)
    assert (await pushed.uploads.add_checkpoint(AddCheckpoint(3, (), note).render())).status == 200
    answer = await pushed.bring(an_upload(pushed.log, 3, 3))
    lines = Note(other.render(), parse_lines(answer.body))
    assert [one.key for one in verify(lines, COSIGNER.keys)] == list(COSIGNER.keys)


async def test_a_mirror_that_could_not_be_read_at_first_is_read_when_it_is_pushed_to(pushed):
    """A node whose database was away when it began takes in what comes once it is back."""
    await pushed.offer(0, 300)
    await pushed.bring(an_upload(pushed.log, 0, 300))
    partner = pushed.mirrors.of(pushed.log.origin).partner
    async with HttpClient() as http:
        unread = MirrorSet(pushed.database, [partner], http=http, clock=pushed.clock, cosigner=COSIGNER)
        uploads = MirrorUploads(unread, pushed.clock)
        answer = await uploads.add_entries(in_pieces(an_upload(pushed.log, 0, 300)))
        assert answer.status == 200
        assert (await uploads.add_checkpoint(pushed.log.request(300, SIZE))).status == 200
        await unread.close()


async def test_a_line_is_given_again_for_a_moment_and_then_made_anew(pushed):
    """Asked again at once, the mirror repeats itself; later it cosigns with a new time."""
    await pushed.offer(0, 3)
    first = await pushed.bring(an_upload(pushed.log, 0, 3))
    again = await pushed.bring(an_upload(pushed.log, 3, 3))
    pushed.clock.advance(60)
    later = await pushed.bring(an_upload(pushed.log, 3, 3))
    assert again.body == first.body
    assert read_time(parse_lines(later.body)[0]) == read_time(parse_lines(first.body)[0]) + 60


async def test_nothing_of_a_convicted_log_is_taken_in(pushed):
    """Both requests are refused with words, from the moment of the conviction on."""
    await pushed.offer(0, SIZE)
    pushed.convicted.add(pushed.log.origin)
    for answer in (await pushed.offer(SIZE, SIZE), await pushed.bring(an_upload(pushed.log, 0, SIZE))):
        assert (answer.status, b"two histories" in answer.body) == (403, True)
    assert (await pushed.stored()).entries == []


async def test_a_suspended_mirror_cosigns_nothing_until_it_has_caught_up(pushed):
    """After a restore: neither asked nor shown before the entries have reached what it once cosigned."""
    await pushed.offer(0, 300)
    await pushed.bring(an_upload(pushed.log, 0, 300))
    ahead = pushed.log.checkpoint(500)
    async with pushed.database.writing() as connection:
        await suspend_all(connection)
    await pushed.mirrors.load()
    assert [(await pushed.offer(300, 300)).status, (await pushed.bring(an_upload(pushed.log, 300, 300))).status] == [
        503, 503]  # fmt: skip
    async with pushed.database.writing() as connection:
        row = Cosigned(pushed.log.origin, "mirror", 500, ahead.root, pushed.log.note(500), 7, suspended=False)
        await resume(connection, row)
    await pushed.mirrors.load()
    assert pushed.holding.shown is None
    assert (await pushed.offer(300, 400)).status == 200
    assert (await pushed.bring(an_upload(pushed.log, 300, 400))).status == 409
    assert (await pushed.offer(400, SIZE)).status == 200
    assert (await pushed.bring(an_upload(pushed.log, 300, SIZE))).status == 200
    assert (await pushed.row()).size == SIZE


async def test_a_mirror_that_once_cosigned_another_tree_cosigns_no_more(pushed):
    """The row was put ahead of what is held, and turns out to be of another history: silence, not a fork."""
    fork = pushed.log.fork(3)
    await pushed.offer(0, 10)
    async with pushed.database.writing() as connection:
        note = fork.note(300)
        await resume(connection, Cosigned(fork.origin, "mirror", 300, fork.root(300), note, 7, suspended=False))
    await pushed.mirrors.load()
    await pushed.offer(10, SIZE)
    assert (await pushed.bring(an_upload(pushed.log, 0, SIZE))).status == 503
    assert (await pushed.row()).note == note
    async with pushed.database.writing() as connection:
        await connection.execute("DELETE FROM cosigned WHERE origin = $1", fork.origin)
