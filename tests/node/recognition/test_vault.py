"""Private records: only their key reads them, only their look-up finds them, and nothing can be put elsewhere."""

import asyncio

import pytest

from node.errors import FatalError, NodeError
from node.recognition.records.private_records import Lookup
from node.recognition.records.vault import PAGE_RECORDS, Vault
from tests.support.ledger import open_ledger

WORDS = {"holder": "Sirkka-Liisa Koivuniemi", "v": 1}


async def write(ledger, *lookups, content=WORDS, kind="case", leaf=3, instead_of=()):
    """Write one record in a transaction of its own."""
    companion = await ledger.records("northlake").companion(kind, content, lookups, instead_of=instead_of)
    async with ledger.database.writing() as connection:
        await companion(connection, leaf)


async def execute(ledger, statement, *arguments):
    """Do what an intruder in the database does."""
    async with ledger.database.pool.acquire() as connection:
        return await connection.fetch(statement, *arguments)


async def test_a_record_is_found_by_its_look_ups_and_leaf(ledger):
    """By each of them, with its content and kind; not by another's."""
    await write(ledger, Lookup("file", b"f" * 32), Lookup.of_text("case", "REC/1", sole=False))
    records = ledger.records("northlake")
    for lookup in (Lookup("file", b"f" * 32), Lookup.of_text("case", "REC/1", sole=False)):
        assert [one.content for one in await records.find(lookup)] == [WORDS]
    assert (await records.at("case", 3)).content == WORDS
    assert await records.find(Lookup("file", b"g" * 32)) == []
    assert await records.find(Lookup("award", b"f" * 32)) == []
    assert await records.at("award", 3) is None


async def test_another_log_s_look_up_finds_nothing(ledger):
    """The same file in two logs of one node gives two look-ups that say nothing of each other."""
    await ledger.add("southlake", "South Lake College", "FI")
    await write(ledger, Lookup("file", b"f" * 32))
    assert await ledger.records("southlake").find(Lookup("file", b"f" * 32)) == []
    await ledger.records("southlake").companion("case", WORDS, [Lookup("file", b"f" * 32)])
    assert len(await execute(ledger, "SELECT DISTINCT lookup FROM record_lookups")) == 1


async def test_a_sole_look_up_is_taken_once(ledger):
    """A second record is refused whole, unless the first yields."""
    await write(ledger, Lookup("file", b"f" * 32))
    with pytest.raises(Exception, match="record_lookups_sole"):
        await write(ledger, Lookup("file", b"f" * 32), leaf=4)
    first = (await ledger.records("northlake").at("case", 3)).record_id
    await write(ledger, Lookup("file", b"f" * 32), leaf=5, instead_of=[first])
    assert [one.leaf for one in await ledger.records("northlake").find(Lookup("file", b"f" * 32))] == [5]
    assert [
        one.leaf for one in await ledger.records("northlake").find(Lookup("file", b"f" * 32, sole=False))
    ] == [5, 3]  # fmt: skip


@pytest.mark.parametrize(
    "tampering",
    [
        pytest.param("UPDATE records SET body = set_byte(body, 30, get_byte(body, 30) # 1)", id="a changed byte"),
        pytest.param("UPDATE records SET body = ''", id="nothing left"),
        pytest.param("UPDATE records SET kind = 'case'", id="said to be of another kind"),
        pytest.param(
            "UPDATE records SET body = (SELECT body FROM records WHERE leaf = 4),"
            " wrapped = (SELECT wrapped FROM records WHERE leaf = 4)",
            id="another's body and key in its place",
        ),
        pytest.param("UPDATE key_pages SET wrapped = set_byte(wrapped, 25, 0)", id="a changed page key"),
    ],
)
async def test_what_was_tampered_with_is_refused(ledger, tampering):
    """A record is bound to its id, its log and its kind."""
    await write(ledger, kind="award", leaf=3)
    await write(ledger, kind="award", leaf=4, content={"v": 2})
    await execute(ledger, tampering)
    kind = "case" if "kind" in tampering else "award"
    with pytest.raises(NodeError, match="can't be decrypted"):
        await ledger.records("northlake").at(kind, 3)


async def test_every_record_has_a_key_of_its_own_and_pages_fill(ledger):
    """One page wraps so many keys, then the next one begins; all records stay readable."""
    for leaf in range(PAGE_RECORDS + 1):
        await write(ledger, leaf=leaf, content={"v": leaf})
    pages = await execute(ledger, "SELECT count(*) AS count FROM records GROUP BY page_id ORDER BY count")
    assert [row["count"] for row in pages] == [1, PAGE_RECORDS]
    assert (await execute(ledger, "SELECT count(DISTINCT wrapped) FROM records"))[0][0] == PAGE_RECORDS + 1
    assert (await ledger.records("northlake").at("case", PAGE_RECORDS)).content == {"v": PAGE_RECORDS}


async def test_records_written_at_once_find_their_page(ledger):
    """The first page of a process is durable before any of forty records that begin together goes to it."""
    await asyncio.gather(*(write(ledger, leaf=leaf, content={"v": leaf}) for leaf in range(40)))
    assert [(await ledger.records("northlake").at("case", leaf)).content for leaf in range(40)] == [
        {"v": leaf} for leaf in range(40)
    ]


async def test_nodes_that_start_together_share_one_epoch(dsn, tmp_path, ledger):
    """Two processes over one empty database make one key, and each reads what the other wrote."""
    await execute(ledger, "DELETE FROM key_epochs")
    (tmp_path / "records-1.key").unlink()
    vaults = await asyncio.gather(*(Vault.open(tmp_path, ledger.database, ledger.clock) for _ in range(4)))
    row = await vaults[0].lock(log_id=1, origin="a.example/log", kind="case", body=b"body")
    page = (await execute(ledger, "SELECT epoch, wrapped FROM key_pages"))[0]
    for vault in vaults:
        found = type(row)(
            **{name: getattr(row, name) for name in row.__slots__ if name not in ("epoch", "page_wrapped")},
            epoch=page["epoch"],
            page_wrapped=page["wrapped"],
        )
        assert vault.unlock(found, "a.example/log") == b"body"


async def key_is_lost(folder):
    """Lose the key file."""
    (folder / "records-1.key").unlink()


async def key_is_open(folder):
    """Let others read the key file."""
    (folder / "records-1.key").chmod(0o644)


async def key_is_damaged(folder):
    """Change the epoch that the file names."""
    path = folder / "records-1.key"
    path.write_text(path.read_text().replace("RECORDS+1", "RECORDS+2"))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (key_is_lost, "can't be read"),
        (key_is_open, "run `chmod 600"),
        (key_is_damaged, "is not the key of the private records' epoch 1"),
    ],
)
async def test_a_key_file_that_does_not_serve_stops_the_node(ledger, tmp_path, harm, says):
    """The error names the file and the way out."""
    await harm(tmp_path)
    with pytest.raises(FatalError, match=says):
        await Vault.open(tmp_path, ledger.database, ledger.clock)


async def test_another_database_s_key_is_refused(ledger, tmp_path):
    """A second node process that was given a key of its own must not write what the first can't read."""
    (tmp_path / "elsewhere").mkdir()
    from node.recognition.records.epoch_keys import create_epoch_key

    create_epoch_key(tmp_path / "elsewhere", 1)
    with pytest.raises(FatalError, match="another database's"):
        await Vault.open(tmp_path / "elsewhere", ledger.database, ledger.clock)


async def test_records_survive_a_restart(ledger, dsn, tmp_path):
    """What was written is read with the key file alone."""
    await write(ledger, Lookup("file", b"f" * 32))
    async with open_ledger(dsn, tmp_path) as other:
        await other.add("northlake", "Northern Lake University", "FI")
        assert (await other.records("northlake").find(Lookup("file", b"f" * 32)))[0].content == WORDS


async def test_the_database_alone_tells_nothing(ledger):
    """No row holds what a record says, nor a hash of what it is found by."""
    await write(ledger, Lookup("file", b"f" * 32), Lookup.of_text("case", "REC/1"))
    rows = await execute(
        ledger, "SELECT records::text FROM records UNION ALL SELECT record_lookups::text FROM record_lookups"
    )
    text = " ".join(row[0] for row in rows)
    assert b"Koivuniemi".hex() not in text
    assert (b"f" * 32).hex() not in text
    assert Lookup.of_text("case", "REC/1").value.hex() not in text
