"""What a log pushes is verified package by package, kept, and cosigned once it is all here; all else changes nothing."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from node.gossip import upload_limits
from node.storage.cosigned import Cosigned, resume, suspend_all
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.cosignature import read_time
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.witness import origin_hash, parse_lines, parse_size
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.proofs import Span
from tests.node.gossip.pushed import Pushed, pushed_to
from tests.support.growing_log import GrowingLog
from tests.support.pushing import a_package, an_upload, in_pieces

_NUMBERS = itertools.count(1)
SIZE = 600
"""Two full bundles and a part of a third."""


@pytest.fixture(scope="session")
def pushed_dsn(database_server) -> str:
    """Give one database that many mirrors share, each test's own under a name of its own."""
    return database_server.dsn_of(database_server.create())


@pytest.fixture
def log() -> GrowingLog:
    """Give a log of a name that no other test uses."""
    return GrowingLog(f"pushing.example/{next(_NUMBERS)}", SIZE)


@pytest.fixture
async def pushed(pushed_dsn, log) -> AsyncIterator[Pushed]:
    """Give a log and its mirror, nothing pushed yet; at the end everything is checked."""
    async with pushed_to(pushed_dsn, log) as one:
        yield one
        if await one.row() is not None:
            await one.check()


def other_note(log: GrowingLog, size: int, seed: bytes = b"\7" * 32, root: bytes | None = None) -> bytes:
    """Return a checkpoint of a size under another key, or of another root."""
    checkpoint = Checkpoint(log.origin, size, log.root(size) if root is None else root)
    return sign_checkpoint(checkpoint, Signer(log.origin, seed) if root is None else log.signer)


CHECKPOINTS = {
    "the first": ((), lambda log: log.request(0, 20), 200),
    "a further one": ((20,), lambda log: log.request(20, 300), 200),
    "the same again": ((20,), lambda log: log.request(20, 20), 200),
    "an empty tree": ((), lambda log: log.request(0, 0), 200),
    "noise": ((), lambda log: b"not a request", 400),
    "nothing": ((), lambda log: b"", 400),
    "too long": ((), lambda log: b"old 0\n\n" + b"x" * 100_000, 400),
    "an old size beyond it": ((20,), lambda log: AddCheckpoint(30, (), log.note(20)).render(), 400),
    "another log": ((), lambda log: GrowingLog("nobody.example/log", 5).request(0, 5), 404),
    "another key": ((), lambda log: AddCheckpoint(0, (), other_note(log, 20)).render(), 403),
    "from another size": ((20,), lambda log: log.request(7, 300), 409),
    "from a size, the first time": ((), lambda log: log.request(7, 300), 409),
    "back to a smaller one": ((300,), lambda log: log.request(20, 20), 409),
    "with no proof": ((20,), lambda log: AddCheckpoint(20, (), log.note(300)).render(), 422),
    "with another proof": ((20,), lambda log: AddCheckpoint(20, log.proof(19, 300), log.note(300)).render(), 422),
    "with a proof from nothing": ((), lambda log: AddCheckpoint(0, log.proof(7, 300), log.note(300)).render(), 422),
    "another tree of that size": ((20,), lambda log: log.fork(3).request(20, 20), 422),
    "another history": ((20,), lambda log: log.fork(3).request(20, 300), 422),
    "an empty tree with a root": (
        (), lambda log: AddCheckpoint(0, (), other_note(log, 0, root=b"\1" * 32)).render(), 422),
}  # fmt: skip


@pytest.mark.parametrize(("before", "body", "status"), CHECKPOINTS.values(), ids=CHECKPOINTS)
async def test_a_checkpoint_is_pending_or_refused(pushed, before, body, status):
    """Each request has the answer of the specification, without a cosignature; a refused one changes nothing."""
    old = 0
    for size in before:
        assert (await pushed.offer(old, size)).status == 200
        old = size
    held = await pushed.stored()
    answer = await pushed.uploads.add_checkpoint(body(pushed.log))
    assert answer.status == status
    assert answer.body == b"" if status == 200 else answer.body.endswith(b"\n")
    assert (status == 409) == (answer.media_type == "text/x.tlog.size")
    if status == 409:
        assert parse_size(answer.body) == old
    if status != 200:
        assert await pushed.stored() == held
    assert ((await pushed.row()).note, pushed.holding.shown) == (None, None)


FITTING = {
    "all of it": (SIZE, 0, 0, SIZE, 200),
    "the rest": (SIZE, 300, 300, SIZE, 200),
    "some of it again": (SIZE, 300, 256, SIZE, 200),
    "all of it again": (SIZE, 300, 0, SIZE, 200),
    "from inside a bundle that is full": (SIZE, 512, 100, SIZE, 200),
    "nothing is missing": (SIZE, SIZE, SIZE, SIZE, 200),
    "a gap": (SIZE, 300, 301, SIZE, 409),
    "an end that was never pending": (SIZE, 300, 300, 400, 409),
    "an end beyond what is pending": (300, 300, 300, SIZE, 409),
}


@pytest.mark.parametrize(("pending", "held", "start", "end", "status"), FITTING.values(), ids=FITTING)
async def test_an_upload_fits_what_is_here_or_is_told_what_does(pushed, pending, held, start, end, status):
    """With the last entry the checkpoint is cosigned; where it doesn't fit, pending size and next entry are told."""
    await pushed.offer(0, held)
    assert (await pushed.bring(an_upload(pushed.log, 0, held))).status == 200
    await pushed.offer(held, pending)
    answer = await pushed.bring(an_upload(pushed.log, start, end))
    assert answer.status == status
    if status == 200:
        assert (await pushed.row()).size == end
        assert Note.parse(pushed.holding.shown).signatures[1:] == parse_lines(answer.body)
    else:
        assert MirrorInfo.parse(answer.body) == MirrorInfo(pending, held)
        assert answer.media_type == "text/x.tlog.mirror-info"


async def test_nothing_is_taken_in_before_a_checkpoint_is_pending(pushed):
    """Entries without a signed tree to hold them against are refused."""
    answer = await pushed.bring(an_upload(pushed.log, 0, SIZE))
    assert (answer.status, (await pushed.stored()).entries) == (422, [])


def flipped(package):
    """Return a package with one bit of its last entry flipped."""
    *first, last = package.entries
    return replace(package, entries=(*first, last[:-1] + bytes([last[-1] ^ 1])))


SPOILT = {
    "an entry flipped": flipped,
    "entries exchanged": lambda one: replace(one, entries=(*one.entries[1:], one.entries[0])),
    "an entry longer": lambda one: replace(one, entries=(one.entries[0] + b"x", *one.entries[1:])),
    "no proof": lambda one: replace(one, proof=()),
    "a proof one short": lambda one: replace(one, proof=one.proof[:-1]),
    "a proof one long": lambda one: replace(one, proof=(*one.proof, bytes(32))),
    "a proof flipped": lambda one: replace(one, proof=(bytes(32), *one.proof[1:])),
    "the longest proof": lambda one: replace(one, proof=(bytes(32),) * 63),
}


@pytest.mark.parametrize("number", [0, 1, 2], ids=lambda number: f"package {number}")
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_a_package_that_is_not_proven_is_not_kept(pushed, spoil, number):
    """What came before it is kept, nothing after it is read, and nothing is cosigned; then the honest rest is taken."""
    await pushed.offer(0, SIZE)
    answer = await pushed.bring(an_upload(pushed.log, 0, SIZE, spoil={number: spoil}))
    await pushed.mirrors.of(pushed.log.origin).mirror.intake.settle()
    assert (answer.status, (await pushed.stored()).head["size"]) == (422, 256 * number)
    assert (await pushed.row()).note is None
    assert (await pushed.bring(an_upload(pushed.log, 256 * number, SIZE))).status == 200


async def test_entries_of_another_history_never_come_in(pushed):
    """A fork's entries with the fork's own proofs don't lead to the pending root hash."""
    await pushed.offer(0, SIZE)
    fork = pushed.log.fork(256)
    answer = await pushed.bring(an_upload(fork, 0, SIZE))
    await pushed.mirrors.of(pushed.log.origin).mirror.intake.settle()
    assert answer.status == 422
    assert (await pushed.stored()).entries in ([], pushed.log.entries[:256])


CUT = {
    "nothing": (0, 400),
    "a byte": (1, 400),
    "half of the origin": (10, 400),
    "the head": (None, 400),
    "half of the first package": (2000, 400),
    "all but its last byte": (-1, 400),
    "the first package": (0, 202),
    "and a byte": (1, 202),
}


@pytest.mark.parametrize("pieces", [1, 7, 65536])
@pytest.mark.parametrize("name", CUT)
async def test_an_upload_that_breaks_off_leaves_what_was_whole(pushed, name, pieces):
    """Whole packages are kept and told of; the bytes after them are nothing."""
    at, status = CUT[name]
    await pushed.offer(0, SIZE)
    head = len(an_upload(pushed.log, 0, SIZE, packages=0))
    first = len(an_upload(pushed.log, 0, SIZE, packages=1))
    body = an_upload(pushed.log, 0, SIZE)
    if name == "the head":
        body = body[:head]
    elif status == 202 or at == -1:
        body = body[: first + at]
    else:
        body = body[:at]
    answer = await pushed.bring(body, pieces=pieces)
    assert answer.status == status
    if status == 202:
        assert MirrorInfo.parse(answer.body) == MirrorInfo(SIZE, 256)
        assert answer.media_type == "text/x.tlog.mirror-info"
    assert (await pushed.row()).note is None
    assert (await pushed.bring(an_upload(pushed.log, 256 if status == 202 else 0, SIZE))).status == 200


async def test_a_log_goes_on_package_by_package(pushed):
    """A prefix at a time, in any sizes, comes to the same rows as all at once."""
    await pushed.offer(0, SIZE)
    for start, packages, status in [(0, 1, 202), (256, 0, 400), (256, 1, 202), (512, 1, 200)]:
        assert (await pushed.bring(an_upload(pushed.log, start, SIZE, packages=packages))).status == status
    assert (await pushed.stored()).entries == pushed.log.entries


@pytest.mark.parametrize("sizes", [[1, 2, 3], [255, 256, 257], [1, 256, 511, 512, 600], [600]], ids=str)
async def test_each_checkpoint_is_cosigned_in_its_turn(pushed, sizes):
    """Batch after batch, as a log pushes that runs: two requests each."""
    old = 0
    for size in sizes:
        assert (await pushed.offer(old, size)).status == 200
        assert (await pushed.bring(an_upload(pushed.log, old, size))).status == 200
        await pushed.check()
        old = size
    assert sorted(pushed.cosigned) == sizes


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


async def test_two_processes_take_in_one_log(pushed, pushed_dsn):
    """Requests that go now to one process and now to the other come to an end, and neither goes back."""
    async with pushed_to(pushed_dsn, pushed.log) as other:
        old = 0
        for number, size in enumerate([1, 2, 255, 256, 300, 511, 513, 600]):
            one, two = (pushed, other) if number % 2 else (other, pushed)
            assert (await one.offer(old, size)).status == 200
            assert (await two.bring(an_upload(pushed.log, old, size))).status == 200
            old = size
        await other.check()


async def test_two_processes_at_once_end_with_one_log(pushed, pushed_dsn):
    """Both take in the same upload: each answers with a line, or says that it is to be asked again."""
    async with pushed_to(pushed_dsn, pushed.log) as other:
        await pushed.offer(0, SIZE)
        body = an_upload(pushed.log, 0, SIZE)
        for _ in range(3):
            answers = await asyncio.gather(pushed.bring(body), other.bring(body))
            assert {answer.status for answer in answers} <= {200, 503}
        assert {answer.status for answer in answers} == {200}
        await other.check()


async def test_what_was_pending_is_there_after_a_restart(pushed, pushed_dsn):
    """A note that was accepted is what the log is told when it asks what was last seen of it."""
    await pushed.offer(0, 300)
    await pushed.bring(an_upload(pushed.log, 0, 300))
    await pushed.offer(300, SIZE)
    await pushed.bring(an_upload(pushed.log, 300, SIZE, packages=1))
    async with pushed_to(pushed_dsn, pushed.log) as again:
        seen = await again.mirrors.seen(pushed.log.origin)
        assert (seen.size, seen.root, seen.note) == (512, pushed.log.root(512), pushed.log.note(SIZE))
        assert Note.parse(again.holding.shown) == Note.parse(pushed.holding.shown)
        answer = await again.bring(an_upload(pushed.log, 0, SIZE))
        assert answer.status == 200
    await pushed.mirrors.load()


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


FORKS = {
    "at the pending size": lambda fork: fork.request(300, 300),
    "beyond it": lambda fork: fork.request(300, SIZE),
    "below it": lambda fork: fork.request(0, 20),
}


@pytest.mark.parametrize("body", FORKS.values(), ids=FORKS)
async def test_a_signed_note_that_does_not_fit_is_handed_to_who_compares(pushed, body):
    """Both notes go there verbatim; here it is only refused."""
    await pushed.offer(0, 300)
    fork = pushed.log.fork(3)
    assert (await pushed.uploads.add_checkpoint(body(fork))).status in (409, 422)
    (told,) = pushed.told
    assert (told.kept.note, told.shown.checkpoint.root) == (
        pushed.log.note(300), fork.root(told.shown.checkpoint.size))  # fmt: skip


async def test_an_honest_repetition_is_told_to_nobody(pushed):
    """A client that lost its answer asks again, and that is all."""
    await pushed.offer(0, 300)
    await pushed.offer(0, 300)
    await pushed.offer(300, 300)
    await pushed.uploads.add_checkpoint(pushed.log.request(7, SIZE))
    assert pushed.told == []


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


async def test_a_mirror_without_a_key_takes_nothing_in(pushed_dsn, log):
    """A node that can't cosign says so."""
    async with pushed_to(pushed_dsn, log, cosigner=None) as keyless:
        assert (await keyless.offer(0, 5)).status == 503


async def test_the_largest_entries_there_can_be_are_taken_in(pushed):
    """A package of 256 entries of 65,535 bytes each is held against its proof, and kept."""
    pushed.log.entries = [bytes([leaf % 251]) * 65_535 for leaf in range(257)]
    await pushed.offer(0, 257)
    assert (await pushed.bring(an_upload(pushed.log, 0, 257), pieces=1 << 18)).status == 200


async def test_the_hash_of_an_origin_finds_its_mirror(pushed):
    """The path's name is SHA-256 of the origin; any other is nobody's."""
    mirror = pushed.mirrors.hashed(origin_hash(pushed.log.origin))
    assert mirror is pushed.mirrors.find(pushed.log.origin)
    assert pushed.mirrors.hashed(origin_hash("nobody.example/log")) is None


def test_a_package_of_the_tests_is_the_one_of_the_specification():
    """The proof is of the subtree from the bundle's beginning to the package's end."""
    log = GrowingLog("spec.example/log", 300)
    assert len(a_package(log, Span(256, 300), 300).proof) == 1
