"""Two whole nodes: one logs, the other follows, and an auditor trusts neither."""

import asyncio

import pytest

from node.cli import main
from tests.support.entries import bundle_of, sealed_entries
from tests.support.nodes import make_config, node_running

PARTNER = """
[[partner]]
name = "partner"
origin = "{origin}"
verifier_key = "{key}"
url = "{url}"
"""


@pytest.fixture
def dsns(database_server):
    """Give the addresses of two empty databases."""
    names = [database_server.create() for _ in range(2)]
    yield [database_server.dsn_of(name) for name in names]
    for name in names:
        database_server.drop(name)


async def test_a_node_follows_another_and_both_can_be_audited(tmp_path, dsns, capsys):
    """What one logged over HTTP is in the other's mirror, under the very note that it showed."""
    async with node_running(make_config(tmp_path / "one", dsns[0], logs=["one"])) as one:
        entries = sealed_entries("two nodes", 700)
        headers = {"Content-Type": "application/octet-stream"}
        assert (await one.post("/v1/entries", bundle_of(entries), headers=headers)).status == 201
        key = one.verifier_key
        more = PARTNER.format(origin=key.name, key=key.render(), url=one.public_url)
        async with node_running(make_config(tmp_path / "two", dsns[1], logs=["two"], more=more)) as two:
            log = await two.parts.mirrors.refresh(key.name)
            assert log.status.failure is None
            assert log.reader.published.note == (await one.get("/checkpoint")).body
            assert await log.reader.entry(699) == entries[699]
            codes = [
                await asyncio.to_thread(main, ["audit", node.public_url, "--key", node.verifier_key.render()])
                for node in (one, two)
            ]
    assert codes == [0, 0]
    assert "All 700 entries were read." in capsys.readouterr().out
