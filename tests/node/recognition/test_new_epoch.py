"""A new epoch: what is marked goes, what stays is read and found as before, whoever writes meanwhile."""

import asyncio

import pytest

from node.errors import FatalError, NodeError, PushBackError
from node.recognition.records import new_epoch, vault
from node.recognition.records.epoch_keys import key_path
from node.recognition.records.new_epoch import NewEpoch
from node.recognition.records.private_records import Lookup, PrivateRecords
from node.recognition.records.record_keys import PAGE_RECORDS
from node.recognition.records.vault import Vault
from node.storage.erasing import mark_for_erasure
from node.storage.pending import add_pending, pending_of
from tests.node.recognition.test_issue import a_credential, awards
from tests.node.recognition.test_vault import WORDS, execute, write

FILE = Lookup("file", b"f" * 32)
NUMBER = Lookup.of_text("case", "REC/1", sole=False)


@pytest.fixture
def epochs(ledger) -> NewEpoch:
    """Give what moves the ledger's records under a new epoch."""
    return NewEpoch(ledger.folder, ledger.database, ledger.clock)


async def mark(ledger, *leaves) -> None:
    """Let the records at these leaves go."""
    rows = await execute(ledger, "SELECT record_id FROM records WHERE leaf = ANY($1::bigint[])", list(leaves))
    async with ledger.database.writing() as connection:
        await mark_for_erasure(connection, [row["record_id"] for row in rows])


async def run(epochs) -> new_epoch.Moved:
    """Do a whole run."""
    return await epochs.run(await epochs.prepare())


async def live(ledger) -> list[int]:
    """Return the epochs that live."""
    rows = await execute(ledger, "SELECT epoch FROM key_epochs WHERE destroyed_at IS NULL ORDER BY epoch")
    return [row["epoch"] for row in rows]


async def another_process(ledger) -> PrivateRecords:
    """Return the private records as another process has them, which has looked at the epochs a moment ago."""
    other = await Vault.open(ledger.folder, ledger.database, ledger.clock)
    await other.look_at_epochs()
    return PrivateRecords(other, ledger.logs["northlake"].reader.state.head.log_id, ledger.logs["northlake"].origin)


async def test_what_is_marked_goes_and_what_stays_is_found(ledger, epochs):
    """Under all its look-ups, with its content, in a vault that was open and in one that is opened."""
    await write(ledger, FILE, NUMBER, leaf=3)
    await write(ledger, Lookup("file", b"g" * 32), NUMBER, leaf=4, content={"v": 2})
    await mark(ledger, 4)
    moved = await run(epochs)
    assert (moved.erased, moved.kept, moved.epoch, await live(ledger)) == (1, 1, 2, [2])
    for records in (ledger.records("northlake"), await another_process(ledger)):
        for lookup in (FILE, NUMBER):
            assert [one.content for one in await records.find(lookup)] == [WORDS]
        assert (await records.at("case", 3)).content == WORDS
        assert await records.at("case", 4, leaving=True) is None
    assert {row["epoch"] for row in await execute(ledger, "SELECT epoch FROM record_lookups")} == {2}


async def test_no_key_and_no_look_up_of_before_is_kept(ledger, epochs):
    """Every page, every wrapped key and every look-up is another one; bodies stay as they are."""
    await write(ledger, FILE, leaf=3)
    await write(ledger, leaf=4)
    rows = "SELECT wrapped FROM records UNION SELECT wrapped FROM key_pages UNION SELECT lookup FROM record_lookups"
    before = {row[0] for row in await execute(ledger, rows)}
    bodies = await execute(ledger, "SELECT body FROM records WHERE leaf = 3")
    await mark(ledger, 4)
    await run(epochs)
    assert before & {row[0] for row in await execute(ledger, rows)} == set()
    assert await execute(ledger, "SELECT body FROM records") == bodies


async def test_more_than_a_page_and_more_than_a_step(ledger, epochs, monkeypatch):
    """All of it moves, page by page, with what went left out."""
    monkeypatch.setattr(new_epoch, "STEP_PAGES", 1)
    for leaf in range(PAGE_RECORDS + 44):
        await write(ledger, Lookup.of_text("file", str(leaf)), leaf=leaf, content={"v": leaf})
    await mark(ledger, *range(0, PAGE_RECORDS + 44, 2))
    steps = []
    moved = await epochs.run(await epochs.prepare(), steps.append)
    assert (moved.erased, moved.kept, len(steps)) == (150, 150, 2)
    records = ledger.records("northlake")
    for leaf in (1, 255, 257, 299):
        assert [one.content for one in await records.find(Lookup.of_text("file", str(leaf)))] == [{"v": leaf}]


async def test_what_waits_for_a_second_person_stays(ledger, epochs):
    """A record that explains no entry yet and is found by nothing moves like any other."""
    head = ledger.logs["northlake"].reader.state.head
    body = b'{"content":{"v":1},"lookups":[]}'
    row = await ledger.vault.lock(log_id=head.log_id, origin=head.origin, kind="publication", body=body)
    async with ledger.database.writing() as connection:
        assert await add_pending(connection, row)
    await write(ledger, leaf=4)
    await mark(ledger, 4)
    await run(epochs)
    async with ledger.vault.reading() as connection:
        (waiting,) = await pending_of(connection, head.log_id, "publication")
    assert ledger.vault.unlock(waiting, head.origin) == body


async def test_nothing_is_wanted_where_nothing_is_marked(ledger, epochs):
    """Nor again after a run."""
    await write(ledger, leaf=3)
    assert not await epochs.is_wanted()
    await mark(ledger, 3)
    assert await epochs.is_wanted()
    await run(epochs)
    assert not await epochs.is_wanted()


async def test_a_run_that_died_is_gone_on_with(ledger, epochs, monkeypatch):
    """Under the same new epoch; meanwhile both halves are read, found and written."""
    monkeypatch.setattr(new_epoch, "STEP_PAGES", 1)
    for leaf in range(PAGE_RECORDS + 1):
        await write(ledger, Lookup.of_text("file", str(leaf)), leaf=leaf)
    await mark(ledger, 7)

    def die(_: int) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await epochs.run(await epochs.prepare(), die)
    assert (await live(ledger), await epochs.is_wanted()) == ([1, 2], True)
    assert {row["epoch"] for row in await execute(ledger, "SELECT epoch FROM key_pages")} == {1, 2}
    for records in (ledger.records("northlake"), await another_process(ledger)):
        for leaf in range(0, PAGE_RECORDS + 1, 32):
            assert len(await records.find(Lookup.of_text("file", str(leaf)))) == 1
    await write(ledger, Lookup.of_text("file", "new"), leaf=999)
    moved = await run(epochs)
    assert (moved.epoch, await live(ledger)) == (2, [2])
    assert len(await ledger.records("northlake").find(Lookup.of_text("file", "new"))) == 1


async def test_what_is_marked_under_the_new_epoch_asks_for_another(ledger, epochs):
    """A record that was moved already, in a run that died, can't go by the keys that it was moved under."""
    await write(ledger, leaf=3)
    await write(ledger, leaf=4)
    await mark(ledger, 3)
    await run(epochs)
    await mark(ledger, 4)
    assert (await run(epochs)).epoch == 3
    assert await live(ledger) == [3]


async def test_a_key_file_without_a_row_is_used(ledger, epochs):
    """The process died between the two."""
    await write(ledger, leaf=3)
    await mark(ledger, 3)
    first = await epochs.prepare()
    assert key_path(ledger.folder, 2).exists()
    assert await epochs.prepare() == first


async def test_a_process_that_knows_the_old_epoch_reads_on(ledger, epochs):
    """What it has in mind is set right by its next look, and the destroyed key is in its mind no more."""
    await write(ledger, FILE, leaf=3)
    await write(ledger, leaf=4)
    other = await another_process(ledger)
    await mark(ledger, 4)
    await run(epochs)
    key_path(ledger.folder, 1).unlink()
    assert [one.content for one in await other.find(FILE)] == [WORDS]
    assert other._vault.epochs == (2,)


@pytest.mark.parametrize("where", ["an open page", "a new page"])
async def test_nothing_is_written_under_keys_that_are_about_to_go(ledger, epochs, where):
    """The database refuses it, and the next try writes under the new epoch."""
    await write(ledger, FILE, leaf=3)
    other = await another_process(ledger)
    if where == "an open page":
        await other.companion("case", WORDS, [])
    companion = None if where == "a new page" else await other.companion("case", WORDS, [NUMBER])
    await write(ledger, leaf=4)
    await mark(ledger, 4)
    await run(epochs)
    if companion is None:
        with pytest.raises(PushBackError):
            await other.companion("case", WORDS, [NUMBER])
    else:
        with pytest.raises(Exception, match="records_page_id_fkey"):
            await _write(ledger, companion)
    await other._vault.look_at_epochs()
    await _write(ledger, await other.companion("case", WORDS, [NUMBER]))
    assert [one.leaf for one in await other.find(NUMBER)] == [9]


async def _write(ledger, companion) -> None:
    async with ledger.database.writing() as connection:
        await companion(connection, 9)


async def test_a_sole_look_up_is_taken_once_while_two_epochs_live(ledger, epochs):
    """By a process that knows of the old one alone, and by one that knows of both."""
    await write(ledger, FILE, leaf=3)
    await write(ledger, leaf=4)
    late = await (await another_process(ledger)).companion("case", WORDS, [FILE])
    await mark(ledger, 4)
    key = await epochs.prepare()
    async with ledger.database.writing() as connection:
        await new_epoch.begin_epoch(connection, key.epoch, key.check, 0)
    with pytest.raises(Exception, match="record_lookups_sole"):
        await _write(ledger, late)
    await ledger.vault.look_at_epochs()
    with pytest.raises(Exception, match="record_lookups_sole"):
        await write(ledger, FILE, leaf=9)
    await epochs.run(key)
    with pytest.raises(Exception, match="record_lookups_sole"):
        await write(ledger, FILE, leaf=9)


async def test_look_ups_that_were_taken_over_under_the_old_epoch_alone_are_moved_so(ledger, epochs):
    """The one that superseded has them under the new epoch, though the superseded one was moved before."""
    await write(ledger, FILE, leaf=3)
    first = (await ledger.records("northlake").at("case", 3)).record_id
    other = await another_process(ledger)
    for _ in range(PAGE_RECORDS):  # so that both don't move together
        await ledger.vault.lock(log_id=1, origin="a", kind="case", body=b"")
    late = await other.companion("case", WORDS, [FILE], instead_of=[first])
    await write(ledger, leaf=4)
    await mark(ledger, 4)
    key = await epochs.prepare()
    async with ledger.database.writing() as connection:
        await new_epoch.begin_epoch(connection, key.epoch, key.check, 0)
    page = (await execute(ledger, "SELECT page_id FROM records WHERE leaf = 3"))[0]["page_id"]
    await _move_first(epochs, key, page)
    await _write(ledger, late)
    await epochs.run(key)
    assert [one.leaf for one in await ledger.records("northlake").find(FILE)] == [9]


async def _move_first(epochs, key, page) -> None:
    """Move one page alone."""

    async def chosen(*_, **__):
        return [page]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_epoch, "take_pages", chosen)
        await epochs._step(key)


async def test_awards_go_on_while_records_move(ledger, epochs, monkeypatch):
    """None is lost, none is entered twice, none is left under a key that goes."""
    monkeypatch.setattr(new_epoch, "STEP_PAGES", 1)
    monkeypatch.setattr(vault, "PAGE_RECORDS", 4)
    service = awards(ledger)
    files = [a_credential(credential_id=f"urn:x:{number}") for number in range(24)]

    async def issue(file: bytes) -> int:
        while True:
            try:
                return (await service.issue(file)).leaf
            except PushBackError:
                await asyncio.sleep(0.01)

    first = await issue(files[0])
    await mark(ledger, first)
    leaves, moved = await asyncio.gather(asyncio.gather(*(issue(file) for file in files[1:])), run(epochs))
    assert sorted(leaves) == list(range(1, 24))
    key_path(ledger.folder, 1).unlink()
    records = await another_process(ledger)
    assert [(await records.at("award", leaf)).content["credential"] for leaf in leaves] == [
        f"urn:x:{number}" for number in range(1, 24)
    ]
    assert moved.erased == 1


async def test_a_record_that_can_t_be_read_stops_the_run(ledger, epochs):
    """No key is destroyed while something hangs from it that was damaged: it can still be mended from a backup."""
    await write(ledger, leaf=3)
    await write(ledger, leaf=4)
    await mark(ledger, 4)
    await execute(
        ledger, "UPDATE records SET wrapped = set_byte(wrapped, 30, 1 # get_byte(wrapped, 30)) WHERE leaf = 3"
    )
    with pytest.raises(NodeError, match="can't be decrypted"):
        await run(epochs)
    assert await live(ledger) == [1, 2]
    assert len(await execute(ledger, "SELECT FROM records")) == 2


async def test_a_lost_key_stops_the_run(ledger, epochs):
    """Before anything is begun."""
    await write(ledger, leaf=3)
    await mark(ledger, 3)
    key_path(ledger.folder, 1).unlink()
    with pytest.raises(FatalError, match="can't be read"):
        await epochs.prepare()
    assert not key_path(ledger.folder, 2).exists()
