"""A node's life: what it refuses to start with, how it stops, and what several of them on one database see."""

import asyncio
import os
import signal
import socket

import pytest

from node.config import load
from node.errors import FatalError
from node.log.headfile import HeadFile
from node.log.keys import create_key
from tests.support.entries import a_sealed_entry, bundle_of, sealed_entries
from tests.support.nodes import NodeUnderTest, make_config, node_running
from tests.support.postgres import reachable

BUNDLE = {"Content-Type": "application/octet-stream"}


async def size_of(node: NodeUnderTest) -> int:
    """Return the published tree size."""
    return (await node.get("/v1/log")).json()["size"]


async def until(size: int, node: NodeUnderTest) -> None:
    """Wait until a node shows this size."""
    async with asyncio.timeout(15):
        while await size_of(node) < size:  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.05)


async def test_a_port_in_use_is_said_as_such(tmp_path, dsn):
    """The error names the address and the setting."""
    config = make_config(tmp_path / "node", dsn)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = (tmp_path / "node/nostra.toml").read_text()
        (tmp_path / "node/nostra.toml").write_text(
            text.replace('public = "127.0.0.1:0"', f'public = "127.0.0.1:{port}"')
        )
        config = load(tmp_path / "node/nostra.toml", {"DATABASE_URL": dsn})
        with pytest.raises(FatalError, match=rf"can't listen at 127\.0\.0\.1:{port}: .*\[http\] public"):
            async with node_running(config):
                pass


async def test_a_database_that_does_not_answer_is_said_as_such(tmp_path):
    """The error names the way out, and no password."""
    config = make_config(tmp_path / "node", "postgresql://someone:secret4711@127.0.0.1:9/nostra")
    with pytest.raises(FatalError, match=r"can't be opened: .*DATABASE_URL") as raised:
        async with node_running(config):
            pass
    assert "4711" not in str(raised.value)


async def test_a_key_of_another_origin_is_refused(tmp_path, dsn):
    """A log is signed with its own key or not at all."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"])
    config.logs[0].key.unlink()
    create_key(config.logs[0].key, "other.example.org/nostra")
    with pytest.raises(FatalError, match=r"is the key of 'other\.example\.org/nostra'"):
        async with node_running(config):
            pass


async def test_a_new_key_does_not_take_over_a_log(tmp_path, dsn):
    """The database remembers the key that a log began with."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"])
    async with node_running(config):
        pass
    config.logs[0].key.unlink()
    create_key(config.logs[0].key, config.logs[0].origin)
    with pytest.raises(FatalError, match="holds another key's log"):
        async with node_running(config):
            pass


async def test_stopping_finishes_what_was_taken(tmp_path, dsn):
    """Requests under way are answered, their entries stand after the next start, and the head file knows them."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"])
    async with node_running(config) as node:
        asked = [asyncio.create_task(node.post("/v1/entries", entry)) for entry in sealed_entries("last", 40)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        node.stop.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        logged = [answer.json()["leaf"] for answer in answers if getattr(answer, "status", 0) == 201]
    assert logged, "nothing was answered"
    remembered = HeadFile(config.logs[0].key).read()
    async with node_running(config) as node:
        assert await size_of(node) == remembered.size > max(logged)
        for leaf in logged:
            assert (await node.get(f"/v1/entries/{leaf}")).status == 200


async def harm(config) -> None:
    """Run a node and change its log's root behind its back; return when the node has ended."""
    async with node_running(config) as node:
        await node.post("/v1/entries", a_sealed_entry("one"))
        async with node.parts.database.writing() as connection:
            await connection.execute("UPDATE logs SET root = sha256(root), epoch = epoch + 1")
        assert (await node.post("/v1/entries", a_sealed_entry("two"))).status == 503
        await asyncio.wait_for(node.ended.wait(), 15)


async def test_a_log_that_can_not_go_on_ends_the_node(tmp_path, dsn):
    """When a sequencer finds its log harmed the whole node ends, with that reason and no other."""
    with pytest.raises(FatalError, match="another tree"):
        await harm(make_config(tmp_path / "node", dsn, logs=["uni"]))


async def test_a_second_process_shows_what_the_first_released(tmp_path, dsn):
    """Two nodes on one database: what one logs the other shows within seconds, with proofs, and can go on from."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"])
    async with node_running(config) as first, node_running(config) as second:
        await first.post("/v1/entries", bundle_of(sealed_entries("first", 300)), headers=BUNDLE)
        await until(300, second)
        assert (await second.get("/v1/entries/299")).status == 200
        assert (await second.get("/v1/proofs/inclusion?leaf=3&size=300")).status == 200
        answer = await second.post("/v1/entries", a_sealed_entry("second"))
        assert (answer.status, answer.json()["leaf"]) == (201, 300)
        await until(301, first)


async def test_two_processes_write_one_log(tmp_path, dsn):
    """Both take entries at once: each leaf is given once, and both end with one checkpoint."""
    config = make_config(tmp_path / "node", dsn, logs=["uni"])
    async with node_running(config) as first, node_running(config) as second:
        entries = sealed_entries("both", 60)
        asked = [(first, second)[at % 2].post("/v1/entries", entry) for at, entry in enumerate(entries)]
        leaves = [answer.json()["leaf"] for answer in await asyncio.gather(*asked)]
        assert sorted(leaves) == list(range(60))
        await asyncio.gather(until(60, first), until(60, second))
        assert (await first.get("/checkpoint")).body == (await second.get("/checkpoint")).body


async def test_a_killed_embedded_server_is_started_again(tmp_path_factory):
    """The node outlives its PostgreSQL: it says it isn't ready, starts it again, and goes on with the same log."""
    folder = reachable(tmp_path_factory.mktemp("database"))
    config = make_config(folder, "", logs=["uni"])
    async with node_running(config) as node:
        assert (await node.post("/v1/entries", a_sealed_entry("before"))).status == 201
        os.kill(int((folder / "data/postgres/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        answer = None
        async with asyncio.timeout(30):
            while answer is None or answer.status != 201:
                answer = await node.post("/v1/entries", a_sealed_entry("after"), headers={"Request-Key": "after"})
        assert answer.json()["leaf"] == 1
        assert (await node.get("/v1/entries/0")).status == 200
