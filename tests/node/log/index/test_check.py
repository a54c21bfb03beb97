"""The integrity run finds whatever differs between an index and the entries of its log."""

import pytest

from node.log.check import Check
from node.storage.heads import find_head
from node.storage.scan import one_moment
from protocol.log.trie import EMPTY

NO_KEYS = f"\\x{EMPTY.hex()}"
LAST = "(SELECT max(region) FROM index_pages WHERE log_id = $1)"

DAMAGE = {
    "size": "UPDATE index_heads SET size = size - 1 WHERE log_id = $1",
    "beyond the log": "UPDATE index_heads SET size = size + 1000 WHERE log_id = $1",
    "root": "UPDATE index_heads SET trie_root = sha256('x') WHERE log_id = $1",
    "no keys": f"UPDATE index_heads SET trie_root = '{NO_KEYS}' WHERE log_id = $1",
    "log root": "UPDATE index_heads SET log_root = sha256('x') WHERE log_id = $1",
    "a page": "UPDATE index_pages SET data = set_byte(data, 30, 1 # get_byte(data, 30))"
    f" WHERE log_id = $1 AND region = {LAST}",
    "a page gone": f"DELETE FROM index_pages WHERE log_id = $1 AND region = {LAST}",
    "a page too many": "INSERT INTO index_pages SELECT log_id, sha256('x'), data FROM index_pages"
    " WHERE log_id = $1 LIMIT 1",
    "a list": "UPDATE index_lists SET leaves = set_byte(leaves, 7, 1 # get_byte(leaves, 7)) WHERE log_id = $1",
    "a list gone": "DELETE FROM index_lists WHERE log_id = $1",
    "a list too many": "INSERT INTO index_lists SELECT log_id, sha256('x'), part, leaves FROM index_lists"
    " WHERE log_id = $1 LIMIT 1",
}


async def faults(index):
    """Return what the run finds."""
    async with one_moment(index.log.database) as connection:
        found = await Check(connection, await find_head(connection, index.log.origin), lambda _: None).run()
    return {step: each for step, each in found.faults.items() if each}


@pytest.fixture
async def shown(index):
    """Give an index over a part of its log, with keys that have several leaves."""
    size = await index.grow("a", 200, institutions=3)
    await index.grow("b", 30, institutions=1)
    await index.show(size)
    return index


async def test_an_index_in_order_has_no_difference(shown):
    """Over a part of the log, and over all of it."""
    assert await faults(shown) == {}
    await shown.show(len(shown.entries))
    assert await faults(shown) == {}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
async def test_each_damage_is_found(shown, statement):
    """Whatever is changed is told, and of nothing else that it differs."""
    async with shown.log.database.pool.acquire() as connection:
        assert not (await connection.execute(statement, shown.tree.log_id)).endswith(" 0")
    assert [*await faults(shown)] == ["index"]


async def test_entries_that_are_not_under_their_keys(shown, monkeypatch):
    """An index whose pages are whole and whose keys are others is found by what the entries have."""
    from node.log.index import added

    monkeypatch.setattr(added, "_TAG_KEY", b"other keys")
    await shown.tree.rebuild()
    await shown.show(len(shown.entries))
    monkeypatch.undo()
    assert await faults(shown) == {"index": ["it does not list the entries under the keys that they have"]}
