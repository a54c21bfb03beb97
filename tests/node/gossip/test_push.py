"""A node pushes its log to another's mirror, over HTTP: what is durable here is held there, and cosigned."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from node.client import HttpClient
from node.client.cosigning import MirrorClient
from node.config import PartnerSettings
from node.errors import BadAnswerError, ConflictError
from node.gossip.cosigning.cosigner import open_cosigner
from node.gossip.release.push import MirrorPush
from node.log.state import Published
from node.telemetry import render_metrics
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import verify
from protocol.gossip.witness import origin_hash
from protocol.log.checkpoint import open_checkpoint
from tests.node.gossip.test_two_nodes import PARTNER
from tests.support.entries import bundle_of, sealed_entries
from tests.support.nodes import NodeUnderTest, make_config, node_running

BYTES = {"Content-Type": "application/octet-stream"}


@dataclass
class Pair:
    """A node with a log, and one that mirrors it."""

    one: NodeUnderTest
    two: NodeUnderTest
    http: HttpClient

    @property
    def origin(self) -> str:
        """The log that is pushed."""
        return self.one.verifier_key.name

    @property
    def mirror_keys(self):
        """The keys of the mirror."""
        return open_cosigner(self.two.config, "mirror").keys

    def push(self, keys=None) -> MirrorPush:
        """Return what pushes the log."""
        partner = PartnerSettings(
            "two", "two.example.org/nostra", self.two.verifier_key, self.two.public_url, keys or self.mirror_keys
        )
        return MirrorPush(
            self.one.parts.log(None).reader, partner, MirrorClient(self.http, f"{self.two.public_url}/mirror")
        )

    async def log(self, count: int, label: str = "pushed") -> Published:
        """Log entries, and return the checkpoint that they are under."""
        entries = sealed_entries(label, count)
        for at in range(0, count, 5000):
            answer = await self.one.post("/v1/entries", bundle_of(entries[at : at + 5000]), headers=BYTES)
            assert answer.status == 201, answer.body
        return self.one.parts.log(None).reader.published

    async def shown(self) -> Note | None:
        """Return the checkpoint that the mirror shows; None if it shows none."""
        answer = await self.two.get(f"/mirror/{origin_hash(self.origin)}/checkpoint")
        assert answer.status in (200, 404)
        return Note.parse(answer.body) if answer.status == 200 else None


@asynccontextmanager
async def two_nodes(folder, dsns):
    """Run both."""
    async with node_running(make_config(folder / "one", dsns[0], logs=["one"])) as one:
        key = one.verifier_key
        more = PARTNER.format(origin=key.name, key=key.render(), url=one.public_url)
        async with (
            node_running(make_config(folder / "two", dsns[1], logs=["two"], more=more)) as two,
            HttpClient() as http,
        ):
            yield Pair(one, two, http)


@pytest.fixture
def dsns(database_server):
    """Give the addresses of two empty databases."""
    names = [database_server.create() for _ in range(2)]
    yield [database_server.dsn_of(name) for name in names]
    for name in names:
        database_server.drop(name)


@pytest.fixture
async def pair(tmp_path, dsns):
    """Give both nodes, nothing pushed yet."""
    async with two_nodes(tmp_path, dsns) as nodes:
        yield nodes


@pytest.mark.parametrize("sizes", [[1], [0, 1, 2], [255, 256, 257], [300, 301, 9000], [8192, 20000]], ids=str)
async def test_what_is_pushed_is_cosigned_and_served(pair, sizes):
    """After each push the mirror shows this very checkpoint with the lines that the push returned."""
    push, size = pair.push(), 0
    for wanted in sizes:
        target = (
            await pair.log(wanted - size, f"to {wanted}")
            if wanted > size
            else pair.one.parts.log(None).reader.published
        )
        size = wanted
        lines = await push.push(target)
        shown = await pair.shown()
        assert shown.signatures[1:] == lines
        checkpoint, note = open_checkpoint(shown.render(), [pair.one.verifier_key])
        assert (checkpoint.size, checkpoint.root) == (size, target.root)
        assert [one.key for one in verify(note, pair.mirror_keys)] == list(pair.mirror_keys)


async def test_a_push_finds_out_what_the_mirror_has(pair):
    """Another process of ours, which knows nothing, goes on from what the mirror says; nothing is sent twice."""
    await pair.push().push(await pair.log(300, "first"))
    target = await pair.log(5, "then")
    lines = await pair.push().push(target)
    assert (await pair.shown()).signatures[1:] == lines


async def test_the_second_batch_costs_one_request(pair):
    """A mirror that has said that it takes a checkpoint as a ticket is not asked twice."""
    push = pair.push()
    await push.push(await pair.log(3, "first"))
    offers = _answered("/mirror/add-checkpoint")
    await push.push(await pair.log(300, "second"))
    assert (_answered("/mirror/add-checkpoint"), (await pair.shown()).text.split("\n")[1]) == (offers, "303")


def _answered(route: str) -> float:
    """Return how often a route was answered by any node here."""
    lines = render_metrics().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("nostra_requests_total") and route in line)


async def test_a_push_of_what_is_overtaken_says_by_what(pair):
    """The mirror has a larger checkpoint pending: this one is not cosigned any more."""
    older = await pair.log(3, "older")
    await pair.push().push(await pair.log(2, "newer"))
    with pytest.raises(ConflictError) as caught:
        await pair.push().push(older)
    assert caught.value.known_size == 5


@pytest.mark.parametrize("after", [0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1])
async def test_a_push_may_be_given_up_anywhere(pair, after):
    """However far it got, the same push begins anew and comes to its end."""
    push, target = pair.push(), await pair.log(9000)
    given_up = asyncio.create_task(push.push(target))
    await asyncio.sleep(after)
    given_up.cancel()
    await asyncio.wait([given_up])
    lines = await push.push(target)
    assert (await pair.shown()).signatures[1:] == lines


async def test_lines_of_keys_that_are_not_known_are_left_out(pair):
    """Only the partner's own keys of the configuration speak for it."""
    push, target = pair.push(pair.mirror_keys[:1]), await pair.log(3)
    assert [line.key_id for line in await push.push(target)] == [pair.mirror_keys[0].key_id]
    stranger = Signer("two.example.org/nostra/mirror", b"\7" * 32, COSIGNATURE).verifier
    with pytest.raises(BadAnswerError, match="none of its keys"):
        await pair.push((stranger,)).push(target)
