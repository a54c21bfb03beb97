"""A checkpoint that a log pushes becomes the pending one of its mirror, or is refused and changes nothing."""

import pytest

from protocol.encoding.keys import Signer
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.witness import origin_hash, parse_size
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.growing_log import GrowingLog
from tests.support.mirroring import SIZE, pushed_to


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


async def test_a_mirror_without_a_key_takes_nothing_in(mirrors_dsn, pushing_log):
    """A node that can't cosign says so."""
    async with pushed_to(mirrors_dsn, pushing_log, cosigner=None) as keyless:
        assert (await keyless.offer(0, 5)).status == 503


async def test_the_hash_of_an_origin_finds_its_mirror(pushed):
    """The path's name is SHA-256 of the origin; any other is nobody's."""
    mirror = pushed.mirrors.hashed(origin_hash(pushed.log.origin))
    assert mirror is pushed.mirrors.find(pushed.log.origin)
    assert pushed.mirrors.hashed(origin_hash("nobody.example/log")) is None
