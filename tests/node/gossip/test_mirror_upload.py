"""Entries that a log pushes are verified package by package, kept, and cosigned once they are all here."""

from dataclasses import replace

import pytest

from protocol.encoding.note import Note
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.witness import parse_lines
from protocol.log.proofs import Span
from tests.support.growing_log import GrowingLog
from tests.support.mirroring import SIZE
from tests.support.pushing import a_package, an_upload

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


async def test_the_largest_entries_there_can_be_are_taken_in(pushed):
    """A package of 256 entries of 65,535 bytes each is held against its proof, and kept."""
    pushed.log.entries = [bytes([leaf % 251]) * 65_535 for leaf in range(257)]
    await pushed.offer(0, 257)
    assert (await pushed.bring(an_upload(pushed.log, 0, 257), pieces=1 << 18)).status == 200


def test_a_package_of_the_tests_is_the_one_of_the_specification():
    """The proof is of the subtree from the bundle's beginning to the package's end."""
    log = GrowingLog("spec.example/log", 300)
    assert len(a_package(log, Span(256, 300), 300).proof) == 1
