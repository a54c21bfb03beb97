"""The integrity run finds whatever was changed behind the node's back, and nothing in a log that is in order."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from node.client import HttpClient
from node.config import PartnerSettings
from node.gossip.mirror.mirrors import MirrorSet
from node.log.check import PAGE_BUNDLES, Check
from node.log.index.tree import IndexTree
from node.storage.database import Database
from node.storage.heads import find_head
from node.storage.migrate import migrate
from node.storage.scan import one_moment
from tests.support.clock import FakeClock
from tests.support.entries import an_achievement_entry, an_institution_entry, sealed_entries
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts
from tests.support.lying_log import LogServer, answering
from tests.support.own_log import a_log
from tests.support.static_log import StaticLog

ORIGIN = "checked.example/log"
RULE, COMMITMENT, TEXTS = a_rule_with_texts()
ENTRIES = [
    an_achievement_entry("AB-1"),
    *sealed_entries("checked", PAGE_BUNDLES * 256),
    RULE,
    *NOT_UNDERSTOOD,
    an_achievement_entry("AB-2"),
    *sealed_entries("more", 300),
    *(an_institution_entry(version) for version in (1, 2, 3)),
    *sealed_entries("not shown", 5),
]
SHOWN = len(ENTRIES) - 5
"""Over how many of them the index is."""


async def check(database, origin):
    """Run over a log and return its differences by step."""
    async with one_moment(database) as connection:
        found = await Check(connection, await find_head(connection, origin), lambda _: None).run()
    return {step: faults for step, faults in found.faults.items() if faults}, found


@asynccontextmanager
async def opened(dsn):
    """Open a database, and close it."""
    database = Database({"dsn": dsn})
    await database.open(pool_size=2)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(scope="module")
def template(database_server, tmp_path_factory):
    """Give a database that holds a mirror of a log of all sorts, for copies."""
    name = database_server.create()

    async def fill():
        async with opened(database_server.dsn_of(name)) as database:
            async with database.pool.acquire() as connection:
                await migrate(connection)
            await mirror(database, tmp_path_factory.mktemp("log"))

    asyncio.run(fill())
    return name


@pytest.fixture
def copy(database_server, template):
    """Give the address of a copy of this test's own."""
    name = database_server.create(template)
    yield database_server.dsn_of(name)
    database_server.drop(name)


@pytest.fixture
async def mirrored(copy):
    """Give the copy, opened."""
    async with opened(copy) as database:
        yield database


async def show_index(database, reader, size):
    """Let the index of a log be over its first entries."""
    tree = IndexTree(database, lambda: reader)
    await tree.catch_up(size)
    assert await tree.commit(await tree.extend(size), b"note")


async def mirror(database, folder):
    """Mirror a log of all sorts of entries."""
    log = StaticLog(folder, ORIGIN)
    log.append(ENTRIES)
    async with LogServer(folder) as server, HttpClient() as http:
        server.lies[f"texts/{COMMITMENT}"] = answering(TEXTS)
        partner = PartnerSettings("partner", ORIGIN, log.signer.verifier, server.url)
        mirrors = MirrorSet(database, [partner], http=http, clock=FakeClock())
        assert (await mirrors.refresh(ORIGIN)).status.failure is None
        reader = mirrors.of(ORIGIN).mirror.holding.reader
        await show_index(database, reader, SHOWN)
        await mirrors.close()


async def test_a_mirror_in_order_has_no_difference(mirrored):
    """Sealed and clear entries, and such as are not understood, over several pages."""
    faults, found = await check(mirrored, ORIGIN)
    assert faults == {}
    assert (found.entries, found.tiles) == (len(ENTRIES), len(ENTRIES) // 256)


async def test_an_own_log_in_order_has_no_difference(dsn, tmp_path):
    """The same run, under the log's own rules."""
    async with a_log(dsn, tmp_path, ORIGIN) as log:
        await log.submit("one", 700, request_key="first")
        await log.submit_entries([an_achievement_entry("AB-1")])
        faults, found = await check(log.database, log.origin)
    assert (faults, found.entries) == ({}, 701)


async def test_an_empty_log_has_no_difference(dsn, tmp_path):
    """Nothing is in order, too."""
    async with a_log(dsn, tmp_path, ORIGIN) as log:
        assert (await check(log.database, log.origin))[0] == {}


DAMAGE = [
    ("a bit of a bundle", "UPDATE bundles SET data = set_byte(data, 300, 0) WHERE index = 3", "head"),
    ("a bundle is gone", "DELETE FROM bundles WHERE index = 5", "entries"),
    ("a bundle is cut", "UPDATE bundles SET data = substr(data, 1, 400) WHERE index = 2", "entries"),
    ("a bundle too many", "INSERT INTO bundles SELECT log_id, 999, data FROM bundles WHERE index = 0", "entries"),
    ("the tail is gone", "DELETE FROM tails", "entries"),
    ("the tail is moved", "UPDATE tails SET first = first + 1", "entries"),
    ("a bit of a tile", "UPDATE tiles SET data = set_byte(data, 9, 1 # get_byte(data, 9)) WHERE index = 3", "tiles"),
    ("a tile is gone", "DELETE FROM tiles WHERE index = 0", "tiles"),
    ("a tile too many", "INSERT INTO tiles SELECT log_id, 3, index, data FROM tiles WHERE index = 0", "tiles"),
    ("the head's root", "UPDATE logs SET root = sha256('x')", "head"),
    ("the head's note", "UPDATE logs SET note = 'x'", "head"),
    ("the head's size", "UPDATE logs SET size = size - 1", "entries"),
    ("the released size", "UPDATE logs SET released_size = 5", "released"),
    ("the released note", "UPDATE logs SET released_note = 'x'", "released"),
    ("a tag", "UPDATE tags SET tag = sha256('x') WHERE leaf = 9", "tags"),
    ("a tag's leaf", "UPDATE tags SET leaf = 0 WHERE leaf = 9", "tags"),
    ("a tag is gone", "DELETE FROM tags WHERE leaf = 9", "tags"),
    ("a tag twice", "INSERT INTO tags SELECT * FROM tags WHERE leaf = 9", "tags"),
    ("a tag beyond", "INSERT INTO tags SELECT 99999, log_id, own, tag FROM tags WHERE leaf = 9", "tags"),
    ("a tag's mark", "UPDATE tags SET own = NOT own WHERE leaf = 9", "tags"),
    ("a clear entry", "UPDATE clear_entries SET id = 'other' WHERE leaf = 0", "clear"),
    ("a clear entry's bytes", "UPDATE clear_entries SET entry = 'x' WHERE leaf = 0", "clear"),
    ("a clear entry is gone", "DELETE FROM clear_entries WHERE leaf = 0", "clear"),
    ("a clear entry beyond", "UPDATE clear_entries SET leaf = 99999 WHERE leaf = 0", "clear"),
    ("a term", "UPDATE terms SET term = set_byte(term, 0, 1 # get_byte(term, 0)) WHERE leaf = 0", "terms"),
    ("a term is gone", "DELETE FROM terms WHERE leaf = 0", "terms"),
    ("a term too many", "INSERT INTO terms SELECT sha256('x'), log_id, 0 FROM logs", "terms"),
    ("a term beyond", "UPDATE terms SET leaf = 99999 WHERE leaf = 0", "terms"),
    ("a request key beyond", "INSERT INTO submissions SELECT log_id, 'k', 'd', 9000, 1 FROM logs", "submissions"),
    ("a request key over another", "INSERT INTO submissions SELECT log_id, k, 'd', n, 5 FROM logs,"
     " (VALUES ('a', 1), ('b', 4)) AS keys (k, n)", "submissions"),
    ("a text", "UPDATE texts SET document = 'x'", "texts"),
    ("a page of the index", "UPDATE index_pages SET data = set_byte(data, 30, 1 # get_byte(data, 30)) WHERE region ="
     " (SELECT max(region) FROM index_pages)", "index"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "step"), [case[1:] for case in DAMAGE], ids=[case[0] for case in DAMAGE])
async def test_each_damage_is_found_where_it_is(mirrored, statement, step):
    """Whatever is changed is told under the step that it concerns."""
    async with mirrored.pool.acquire() as connection:
        assert not (await connection.execute(statement)).endswith(" 0")
    faults, _ = await check(mirrored, ORIGIN)
    assert step in faults


async def test_damage_is_told_with_its_place(mirrored):
    """A tag and a tile are named by leaf and path."""
    async with mirrored.pool.acquire() as connection:
        await connection.execute("UPDATE tags SET tag = sha256('x') WHERE leaf = 9")
        await connection.execute("DELETE FROM tiles WHERE index = 3")
    faults, _ = await check(mirrored, ORIGIN)
    assert faults == {
        "tags": ["leaf 9 is not found as its entry says"],
        "tiles": ["tile/0/003 is missing"],
    }


async def test_much_damage_is_told_in_part(mirrored):
    """Twenty differences of a kind are enough."""
    async with mirrored.pool.acquire() as connection:
        await connection.execute("DELETE FROM tags")
    faults, _ = await check(mirrored, ORIGIN)
    assert len(faults["tags"]) == 20


async def test_a_text_taken_down_is_no_difference(mirrored):
    """The log is whole without it."""
    async with mirrored.pool.acquire() as connection:
        await connection.execute("UPDATE texts SET document = NULL, taken_down = true")
    assert (await check(mirrored, ORIGIN))[0] == {}
