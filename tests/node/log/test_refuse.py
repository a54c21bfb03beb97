"""What stands already refuses its own submission alone, or answers it again."""

import asyncio

import pytest

from node.errors import ConflictError, PushBackError
from tests.support.entries import an_achievement_entry, same_tag, sealed_entries


async def test_same_request_has_the_same_leaves(log):
    """The same request key and bytes are answered with the leaves they got, alone, in a bundle, and after a restart."""
    single, bundle = sealed_entries("single", 1), sealed_entries("bundle", 5)
    await log.submit_entries(single, "key 1")
    await log.submit_entries(bundle, "key 2")
    for _ in range(2):
        again = [await log.submit_entries(single, "key 1"), await log.submit_entries(bundle, "key 2")]
        assert [(one.first_leaf, one.count, one.replayed) for one in again] == [(0, 1, True), (1, 5, True)]
        await log.restart()
    assert log.size == 6


async def test_same_request_twice_in_one_batch_is_logged_once(log):
    """Two requests with one key that arrive together have the same leaves."""
    entries = sealed_entries("twice", 2)
    answers = await asyncio.gather(*(log.submit_entries(entries, "one key") for _ in range(3)))
    assert [answer.first_leaf for answer in answers] == [0, 0, 0]
    assert sorted(answer.replayed for answer in answers) == [False, True, True]
    assert log.size == 2


async def test_request_key_for_other_bytes_is_refused(log):
    """A request key that was used for something else is a conflict that names the leaf, and logs nothing."""
    await log.submit("first", 2, request_key="key")
    for label, count in (("other", 2), ("first", 1)):
        with pytest.raises(ConflictError, match="used for other bytes") as refusal:
            await log.submit(label, count, request_key="key")
        assert (refusal.value.code, refusal.value.status, refusal.value.leaf) == ("request-key-reused", 409, 0)
    assert log.size == 2


async def test_without_a_request_key_the_same_is_a_duplicate(log):
    """Without a request key the same entry is a duplicate tag: only a key says that the question is the same."""
    await log.submit("a", 1)
    with pytest.raises(ConflictError) as refusal:
        await log.submit("a", 1)
    assert (refusal.value.code, refusal.value.leaf) == ("duplicate-tag", 0)


DUPLICATES = {
    "alone": ([same_tag("stands/2")], "the tag of the entry stands already at leaf 2"),
    "first of a bundle": ([same_tag("stands/0"), *sealed_entries("x", 2)], "entry 0 of the request .* leaf 0"),
    "last of a bundle": ([*sealed_entries("x", 2), same_tag("stands/1")], "entry 2 of the request .* leaf 1"),
    "in a large bundle": ([*sealed_entries("x", 200), same_tag("stands/2")], "entry 200 of the request .* leaf 2"),
}


@pytest.mark.parametrize(("entries", "reason"), DUPLICATES.values(), ids=DUPLICATES.keys())
async def test_duplicate_tag_refuses_its_own_submission(log, entries, reason):
    """A tag that stands refuses all of its submission, and nothing of the others that arrive with it."""
    await log.submit("stands", 3)
    refused = log.enqueue(entries)
    others = [log.enqueue(sealed_entries(f"other {number}", number + 1)) for number in range(3)]
    for number, answer in enumerate(others):
        log.keep(await answer, sealed_entries(f"other {number}", number + 1))
    with pytest.raises(ConflictError, match=reason) as refusal:
        await refused
    assert (refusal.value.code, refusal.value.status) == ("duplicate-tag", 409)
    assert log.size == 9


async def test_same_tag_twice_in_one_batch(log):
    """Of two submissions with one tag that arrive together the first is logged, the second told where."""
    first, second = log.enqueue(sealed_entries("a", 1)), log.enqueue([same_tag("a/0")])
    log.keep(await first, sealed_entries("a", 1))
    with pytest.raises(ConflictError, match="leaf 0"):
        await second


async def test_same_version_of_an_entry_in_clear(log):
    """Kind, id and version stand once: the second is told the leaf of the first; the next version goes in."""
    await log.submit_entries([an_achievement_entry("A-1")])
    with pytest.raises(ConflictError, match="achievement 'a-1' version 1 stands already at leaf 0") as refusal:
        await log.submit_entries([*sealed_entries("beside", 1), an_achievement_entry("A-1")])
    assert (refusal.value.status, refusal.value.leaf) == (409, 0)
    assert (await log.submit_entries([an_achievement_entry("A-1", version=2)])).first_leaf == 1


async def test_many_refusals_at_once(log):
    """A batch in which every second submission is refused logs the others, in their order."""
    await log.submit("stands", 50)
    waiting = []
    for number in range(50):
        waiting.append(log.enqueue([same_tag(f"stands/{number}")]))
        waiting.append(log.enqueue(sealed_entries(f"new {number}", 1)))
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [outcome.leaf for outcome in outcomes[::2]] == list(range(50))
    assert [outcome.first_leaf for outcome in outcomes[1::2]] == list(range(50, 100))


async def test_companion_is_written_with_its_entries_or_not_at_all(log):
    """What travels with a submission is in the same transaction: there with its entries, gone when they are refused."""
    async with log.database.pool.acquire() as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS companions (origin text, name text, leaf bigint)")

    def companion(name: str):
        async def write(connection, first_leaf: int) -> None:
            await connection.execute("INSERT INTO companions VALUES ($1, $2, $3)", log.origin, name, first_leaf)

        return write

    await log.submit_entries(sealed_entries("a", 2), companions=[companion("a")])
    await log.submit_entries(sealed_entries("b", 1), "key", [companion("b")])
    with pytest.raises(ConflictError):
        await log.submit_entries([same_tag("a/1")], companions=[companion("refused")])
    await log.submit_entries(sealed_entries("b", 1), "key", [companion("a repetition")])
    async with log.database.pool.acquire() as connection:
        rows = await connection.fetch("SELECT name, leaf FROM companions WHERE origin = $1 ORDER BY leaf", log.origin)
    assert [tuple(row) for row in rows] == [("a", 0), ("b", 2)]


async def test_companion_that_fails_refuses_its_own_submission(log):
    """A companion at odds with its table takes only its own submission down."""

    async def fail(connection, first_leaf: int) -> None:
        await connection.execute("SELECT 1 / 0")

    good, bad = log.enqueue(sealed_entries("good", 2)), log.enqueue(sealed_entries("bad", 1), companions=[fail])
    log.keep(await good, sealed_entries("good", 2))
    with pytest.raises(PushBackError, match="division by zero"):
        await bad
    assert log.size == 2
