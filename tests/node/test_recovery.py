"""Three nodes, of which one loses something: it signs nothing upon the loss, comes back, goes on, and forks nowhere."""

import asyncio

import asyncpg
import pytest

from node.errors import FatalError
from tests.support.check_everything import check_everything
from tests.support.consortium import Consortium, a_consortium
from tests.support.entries import a_sealed_entry

OTHERS = ("beta", "gamma")


@pytest.fixture
async def three(database_server, tmp_path):
    """Give three nodes that run, the first with some entries that all hold."""
    async with a_consortium(database_server, tmp_path) as consortium:
        await consortium.log("alfa", "monday", 5)
        await consortium.log("beta", "sunday", 3)
        yield consortium


async def goes_on(three: Consortium, *, size: int, lost: tuple[str, ...] = ()) -> None:
    """Check that the first node signs again upon all that it had, and that no partner ever saw two histories.

    `lost` are the request keys that only the lost database knew.
    """
    for key in lost:
        del three.members["alfa"].promises.submissions[key]
    await three.log("alfa", "after", 3)
    stored = await three.stored("alfa")
    assert stored.head["size"] == size + 3
    session = await asyncpg.connect(three.dsn("alfa"))
    await check_everything(session, three.members["alfa"].promises)
    await session.close()
    for other in OTHERS:
        three.members["alfa"].promises.observe(await three.mirrored("alfa", other))
        assert (await three.stored(other, "alfa")).entries == stored.entries
        assert await three.sql(other, "SELECT FROM evidence") == []


async def test_yesterdays_database_is_refused_recovered_and_gone_on_with(three):
    """It refuses to start, also against the operator's word; recovered, it waits for all partners, and signs."""
    await three.stop("alfa")
    yesterday = await three.copy_database("alfa")
    await three.start("alfa")
    await three.log("alfa", "tuesday", 4)
    await three.stop("alfa")
    await three.use_database("alfa", yesterday)
    for words in ({}, {"restore_accepted": True}):
        with pytest.raises(FatalError, match=r"holds 5 entries of alfa.example.org/nostra, which had 9"):
            await three.start("alfa", **words)
    ran = await three.run("alfa", "recover", "--json")
    told = ran.told["logs"][0]
    assert (ran.code, told["before"], told["size"], told["lost"]["request_keys_of"]) == (0, 5, 9, 4)
    assert told["released"] == 9
    with pytest.raises(FatalError, match="--accept-restore"):
        await three.start("alfa")
    await three.start("alfa", restore_accepted=True)
    await goes_on(three, size=9, lost=("tuesday",))


async def test_a_whole_machine_put_back_is_held_until_it_is_recovered_beside_the_node(three):
    """Head files too are yesterday's: only partners know more. The node runs, refuses, and goes on by itself."""
    await three.stop("alfa")
    yesterday = await three.copy_database("alfa")
    heads = {path: path.read_bytes() for path in (three.members["alfa"].folder / "keys").glob("*.head")}
    await three.start("alfa")
    await three.log("alfa", "tuesday", 4)
    await three.stop("alfa")
    await three.use_database("alfa", yesterday)
    for path, data in heads.items():
        path.write_bytes(data)
    node = await three.start("alfa")
    assert "has seen 9 entries of it under its own signature, and 5 are here" in await three.held("alfa")
    refused = await node.post("/v1/entries", a_sealed_entry("too soon"))
    assert (refused.status, refused.code) == (503, "held")
    assert (await three.run("alfa", "recover")).code == 0
    await goes_on(three, size=9, lost=("tuesday",))


async def test_a_database_that_is_gone_comes_back_from_partners_and_names_what_is_lost(three):
    """Keys and configuration are left, and no backup: the log is whole again, records and tokens are not."""
    await three.stop("alfa")
    await three.use_database("alfa")
    with pytest.raises(FatalError, match=r"holds 0 entries of alfa.example.org/nostra, which had 5"):
        await three.start("alfa", restore_accepted=True)
    ran = await three.run("alfa", "recover", "--json")
    told = ran.told["logs"][0]
    assert (ran.code, told["before"], told["size"]) == (0, 0, 5)
    assert told["lost"] | {"tokens": True} == {
        "private_records_of": 5, "request_keys_of": 5, "texts_missing": 0, "texts_taken_down": 0, "tokens": True,
    }  # fmt: skip
    await three.start("alfa", restore_accepted=True)
    await goes_on(three, size=5, lost=("monday",))


async def test_a_machine_that_is_gone_comes_back_from_its_backup_and_partners(three, tmp_path):
    """Backup and file of keys, an empty folder, an empty database: all of it is back."""
    backup, keys = tmp_path / "backup", tmp_path / "keys"
    assert (await three.run("alfa", "backup", backup, "--keys", keys)).code == 0
    await three.log("alfa", "later", 4)
    await three.stop("alfa")
    await three.use_database("alfa")
    three.lose_folder("alfa")
    ran = await three.run("alfa", "restore", backup, "--keys", keys)
    assert (ran.code, ran.err) == (0, "")
    ran = await three.run("alfa", "recover", "--json")
    lost = ran.told["logs"][0]["lost"]
    assert (ran.code, lost["request_keys_of"], lost["tokens"]) == (0, 4, False)
    await three.start("alfa", restore_accepted=True)
    told = await three.log("alfa", "monday", 5)
    assert told["leaf"] == 0
    await goes_on(three, size=9, lost=("later",))


async def test_a_restored_witness_cosigns_nothing_before_it_knows_what_it_cosigned(three):
    """While one partner is away all logs stay suspended; once all answer, they are cosigned from the newest on."""
    await three.stop("alfa")
    yesterday = await three.copy_database("alfa")
    await three.start("alfa")
    await three.log("beta", "tuesday", 4)
    await three.stop("alfa")
    await three.use_database("alfa", yesterday)
    await three.stop("gamma")
    node = await three.start("alfa", restore_accepted=True)
    suspended = "SELECT origin FROM cosigned WHERE suspended ORDER BY 1"
    fresh = (await node.get("/health/fresh")).body.decode()
    assert len(await three.sql("alfa", suspended)) == 4
    assert "nothing of beta.example.org/nostra is cosigned after a restore" in fresh
    waiting = asyncio.create_task(three.log("beta", "wednesday", 2))
    await asyncio.sleep(1)
    assert not waiting.done()
    await three.start("gamma")
    await waiting
    async with asyncio.timeout(30):
        while await three.sql("alfa", suspended):  # noqa: ASYNC110 - the database tells no event
            await asyncio.sleep(0.1)
    await three.log("beta", "thursday", 2)
    stored = await three.stored("alfa", "beta")
    assert stored.entries == (await three.stored("beta")).entries
