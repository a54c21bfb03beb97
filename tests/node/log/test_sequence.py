"""The sequencer gives entries their leaves, batch after batch, and answers with what can be verified.

The log of each test is checked as a whole when the test is over (`tests.support.check_everything`).
"""

import asyncio

import pytest

from node.errors import PushBackError
from node.log import sequence
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.own_log import a_log


async def test_empty_log_shows_a_checkpoint(log):
    """A log signs its checkpoint of size zero before anything is in it."""
    assert (log.size, list(log.promises.checkpoints)) == (0, [0])


async def test_single_entry_is_answered_with_its_receipt(log):
    """One entry gets the next leaf, and an inclusion proof under a signed checkpoint that its submitter can verify."""
    answers = [await log.submit(f"single {number}") for number in range(5)]
    assert [answer.first_leaf for answer in answers] == [0, 1, 2, 3, 4]
    assert all(answer.log_proof for answer in answers), "verified by `keep`"


async def test_bundle_stands_together(log):
    """The entries of one submission have consecutive leaves in their order."""
    await log.submit("before", 2)
    answer = await log.submit_entries([*sealed_entries("a", 3), an_achievement_entry("A-1"), *sealed_entries("b", 2)])
    assert (answer.first_leaf, answer.count, log.size) == (2, 6, 8)


async def test_what_arrives_while_a_batch_commits_is_the_next_batch(log):
    """Many submitters share few commits: one checkpoint for the first, few for all the others."""
    await asyncio.gather(*(log.submit(f"waiting {number}") for number in range(60)))
    sizes = set(log.promises.checkpoints) - {0}
    assert max(sizes) == 60
    assert len(sizes) <= 4, f"{len(sizes)} commits for 60 entries that came at once"


async def test_large_batches_are_prepared_ahead(log):
    """With much waiting, one batch is integrated while the one before commits, and all is as if they came in turn."""
    waiting = [log.enqueue(sealed_entries("first", 2))]
    await asyncio.sleep(0)
    for number in range(8):
        await asyncio.sleep(0.002)
        waiting.append(log.enqueue(sealed_entries(f"ahead {number}", sequence.PREPARE_FROM)))
    for label, answer in zip(["first", *(f"ahead {number}" for number in range(8))], waiting, strict=True):
        log.keep(await answer, sealed_entries(label, 2 if label == "first" else sequence.PREPARE_FROM))
    assert log.size == 2 + 8 * sequence.PREPARE_FROM


async def test_many_single_entries_across_a_tile(log):
    """Single entries that complete a tile in one batch each get a proof."""
    await log.submit("fill", 250)
    answers = await asyncio.gather(*(log.submit(f"across {number}") for number in range(300)))
    assert all(answer.log_proof for answer in answers)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 513])
async def test_log_of_a_size(log, size):
    """At sizes around whole tiles, grown in one go or by one entry, tiles and bundles are those of the tree."""
    await log.submit("at once", size)
    await log.submit("one more")
    await log.restart()
    await log.submit("after", 255)
    assert log.size == size + 256


async def test_log_that_fills_a_tile_of_level_one(log):
    """Past 65,536 entries the second level has a full tile, and everything goes on, also from a new start."""
    for number in range(6):
        await log.submit(f"bulk {number}", 10_000)
    await log.submit("fill", 65_535 - log.size)
    for _ in range(3):
        await log.submit(f"at {log.size}")
    await log.restart()
    await log.submit("after a new start", 300)
    assert log.size == 65_838


async def test_restart_resumes(log):
    """A new process goes on from what is stored, at any size."""
    for number, count in enumerate([1, 254, 1, 1, 300]):
        await log.restart()
        await log.submit(f"start {number}", count)
    assert log.size == 557


async def test_stop_finishes_what_is_queued(log):
    """Told to stop, the log takes no more and answers those who wait."""
    waiting = [log.enqueue(sealed_entries(f"waiting {number}", 1)) for number in range(5)]
    log.sequencer.stop()
    with pytest.raises(PushBackError, match="stopping"):
        log.enqueue(sealed_entries("late", 1))
    for number, answer in enumerate(waiting):
        log.keep(await answer, sealed_entries(f"waiting {number}", 1))


async def test_pushes_back_when_too_much_waits(log):
    """Beyond its limit the queue takes no more, and says when to come again; what it took is logged."""
    await log.stop()
    await log.start(queue_limit=10)
    taken = log.enqueue(sealed_entries("taken", 8))
    with pytest.raises(PushBackError, match="8 entries are waiting") as refusal:
        log.enqueue(sealed_entries("too much", 3))
    assert (refusal.value.status, refusal.value.retry_after) == (503, 1)
    log.keep(await taken, sealed_entries("taken", 8))
    await log.submit("there is room again", 3)


async def test_submitter_that_goes_away_changes_nothing(log):
    """An answer that nobody waits for any more is not missed; the entry stands, and so do the others."""
    gone = log.enqueue(sealed_entries("gone", 1))
    gone.cancel()
    assert (await log.submit("stayed")).first_leaf == 1


async def test_killed_process_leaves_whole_batches(log):
    """A process that dies in the middle of its work leaves all of a batch or nothing of it."""
    for number in range(5):
        waiting = [log.enqueue(sealed_entries(f"dying {number}.{at}", 3)) for at in range(4)]
        await asyncio.sleep(0.001 * number)
        await log.die()
        await asyncio.gather(*waiting, return_exceptions=True)
        for at, answer in enumerate(waiting):
            if answer.exception() is None:
                log.keep(answer.result(), sealed_entries(f"dying {number}.{at}", 3))
        await log.start()
        await log.check()
    assert log.size % 3 == 0


async def test_two_logs_in_one_database(log, logs_dsn, tmp_path):
    """Logs that share a database share nothing else: each has its leaves, its tags and its checkpoints."""
    async with a_log(logs_dsn, tmp_path, f"{log.origin}/second") as second:
        for number in range(4):
            answers = await asyncio.gather(log.submit(f"both {number}", 70), second.submit(f"both {number}", 70))
            assert [answer.first_leaf for answer in answers] == [70 * number, 70 * number]
    assert log.promises.checkpoints.keys() == second.promises.checkpoints.keys()


async def test_release_is_written_down_when_idle(log, monkeypatch):
    """Once nothing is left to do, the database says which checkpoint may be shown."""
    monkeypatch.setattr(sequence, "IDLE_SECONDS", 0.01)
    await log.submit("a", 3)
    await asyncio.sleep(0.4)
    assert (await log.check()).head["released_size"] == 3


async def test_head_file_follows_when_idle(log, monkeypatch):
    """The head file is written at most once a second, but the last head is in it before long."""
    monkeypatch.setattr(sequence, "IDLE_SECONDS", 0.05)
    for number in range(3):
        await log.submit(f"quick {number}")
    async with asyncio.timeout(5):
        while log.head_file.read().size < 3:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.05)
