"""One step of a log is there as a whole or not at all, and only from exactly where the head stands."""

import itertools
from dataclasses import replace

import asyncpg
import pytest

from node.log.admit import admit_entries
from node.log.integrate import integrate
from node.log.state import load_position
from node.storage import growth
from node.storage.growth import Growth, SubmissionRow, commit_growth
from node.storage.heads import Head, create_log, find_head, pass_barrier, read_head, store_release
from node.storage.migrate import migrate
from tests.support.entries import an_achievement_entry, sealed_entries

ORIGINS = (f"growth.example/{number}" for number in itertools.count(1))
TABLES = ("bundles", "tiles", "tails", "tags", "clear_entries", "terms", "submissions", "texts")


@pytest.fixture(scope="module")
def schema_dsn(database_server) -> str:
    """Give a database that the module's logs share."""
    return database_server.dsn_of(database_server.create())


@pytest.fixture
async def session(schema_dsn):
    """Give a session in a database with the schema."""
    session = await asyncpg.connect(schema_dsn)
    await migrate(session)
    yield session
    await session.close()


@pytest.fixture
async def head(session) -> Head:
    """Give the head of a log that holds nothing yet."""
    return await create_log(session, next(ORIGINS), "key", own=True)


async def a_growth(session, head: Head, label: str, count: int = 300) -> Growth:
    """Return a step that writes to every table."""
    entries = [an_achievement_entry(f"{label}-0"), an_achievement_entry(label), *sealed_entries(label, count)]
    position = await load_position(session, head)
    grown = integrate(
        position, [admit_entries(entries, origin=head.origin)], lambda size, root: b"note %d" % size
    ).growth
    grown.texts.append((b"%032d" % head.size, b"{}"))
    grown.submissions.append(SubmissionRow(f"key {label}", b"digest", head.size, len(entries)))
    return grown


async def counts(session, log_id: int) -> dict[str, int]:
    """Return how many rows of a log each table has."""
    return {
        table: await session.fetchval(f"SELECT count(*) FROM {table} WHERE log_id = $1", log_id) for table in TABLES
    }


WAYS = {"one statement": 1000, "with COPY": 1}


@pytest.mark.parametrize("copy_from", WAYS.values(), ids=WAYS.keys())
async def test_step_writes_every_part(session, head, monkeypatch, copy_from):
    """A step that starts at the head moves it and writes each of its parts."""
    monkeypatch.setattr(growth, "COPY_FROM", copy_from)
    grown = await a_growth(session, head, "A-1")
    assert await commit_growth(session, grown)
    moved = await read_head(session, head.log_id)
    assert (moved.size, moved.root, moved.note, moved.epoch) == (302, grown.root, b"note 302", head.epoch)
    assert await counts(session, head.log_id) == {
        "bundles": 1, "tiles": 1, "tails": 1, "tags": 300, "clear_entries": 2,
        "terms": sum(len(row.terms) for row in grown.clear), "submissions": 1, "texts": 1,
    }  # fmt: skip


ELSEWHERE = {
    "another size": {"size": 1},
    "another root hash": {"root": b"\x01" * 32},
    "another epoch": {"epoch": 7},
    "another log": {"log_id": 999},
}


@pytest.mark.parametrize("copy_from", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE.keys())
async def test_step_from_elsewhere_writes_nothing(session, head, monkeypatch, copy_from, change):
    """A step that starts where the head isn't writes nothing at all, and says so."""
    monkeypatch.setattr(growth, "COPY_FROM", copy_from)
    grown = await a_growth(session, head, "A-1")
    grown.head = replace(head, **change)

    async def companion(connection, first_leaf: int) -> None:
        raise AssertionError("called for a step that isn't taken")

    grown.companions.append((companion, 0))
    assert not await commit_growth(session, grown)
    assert set((await counts(session, head.log_id)).values()) == {0}
    assert await read_head(session, head.log_id) == head


@pytest.mark.parametrize("copy_from", WAYS.values(), ids=WAYS.keys())
async def test_violation_writes_nothing(session, head, monkeypatch, copy_from):
    """A tag, a version or a request key that stands makes the whole step fail, and the session serves on."""
    monkeypatch.setattr(growth, "COPY_FROM", copy_from)
    await commit_growth(session, await a_growth(session, head, "A-1"))
    head = await read_head(session, head.log_id)
    before = await counts(session, head.log_id)
    [standing] = await session.fetchrow("SELECT tag FROM tags WHERE log_id = $1 LIMIT 1", head.log_id)
    fresh = await a_growth(session, head, "A-2")
    for name, change in {
        "tag": {"tags": [*fresh.tags[:-1], standing]},
        "version": {"clear": [replace(row, id="a-1", version=1) for row in fresh.clear[1:]]},
        "request key": {"submissions": [replace(fresh.submissions[0], request_key="key A-1")]},
    }.items():
        with pytest.raises(asyncpg.UniqueViolationError):
            raise AssertionError(f"{name}: {await commit_growth(session, replace(fresh, **change))}")
        assert (await counts(session, head.log_id), await read_head(session, head.log_id)) == (before, head)
    assert await commit_growth(session, fresh)


async def test_barrier_moves_the_epoch_alone(session, head):
    """A barrier changes nothing but the epoch, and what was prepared before it finds the head elsewhere."""
    grown = await a_growth(session, head, "A-1")
    behind = await pass_barrier(session, head.log_id)
    assert behind == replace(head, epoch=head.epoch + 1)
    assert not await commit_growth(session, grown)


async def test_release_never_goes_back(session, head):
    """What may be shown grows only."""
    for size, expected in ((5, 5), (3, 5), (5, 5), (8, 8)):
        await store_release(session, head.log_id, size, b"note %d" % size)
        now = await read_head(session, head.log_id)
        assert (now.released_size, now.released_note) == (expected, b"note %d" % expected)


async def test_log_is_made_once(session, head):
    """Making a log again gives the one that is there, and another name another one."""
    assert await create_log(session, head.origin, "another key", own=True) == head
    assert (await create_log(session, next(ORIGINS), "key", own=False)).log_id != head.log_id
    assert await find_head(session, "nobody.example/log") is None
