"""The network that tests of several nodes stand on does what it is told, or they would prove nothing."""

import asyncio

import pytest

from node.config import load
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from node.errors import BadAnswerError, UnreachableError
from node.log.keys import load_key
from tests.support.clock import FakeClock
from tests.support.entries import a_sealed_entry
from tests.support.network import Network
from tests.support.nodes import make_config, node_running
from tests.support.own_log import until
from tests.support.weather import Asked, Weather, an_answer

HERE, THERE = "here", "there"


class Bell:
    """A server that counts how often it was asked, and answers with that."""

    def __init__(self) -> None:
        self.rung = 0

    async def __call__(self, asked: Asked):
        """Answer with the count."""
        self.rung += 1
        return an_answer(asked, b"%d" % self.rung)


@pytest.fixture
async def network():
    """Give a network whose callers give up soon."""
    async with Network(seed=1, patience=0.01) as network:
        yield network


@pytest.fixture
def bell(network) -> Bell:
    """Give a bell that is served there."""
    bell = Bell()
    network.serve(THERE, bell)
    return bell


async def ring(network: Network, source: str = HERE, *, path: str = "/") -> bytes:
    """Ask for the count."""
    return (await network.client(source).get(network.url(THERE) + path, most=100)).body


async def ring_often(network: Network, times: int = 200) -> list[bytes]:
    """Ask again and again, and return what was answered."""
    heard = [await asyncio.gather(ring(network), return_exceptions=True) for _ in range(times)]
    return [answer for (answer,) in heard if isinstance(answer, bytes)]


async def test_in_good_weather_all_arrive_once(network, bell):
    """A request arrives once and is answered, and both are written down."""
    assert await ring(network) == b"1"
    exchange = network.exchanges[-1]
    assert (exchange.asked.source, exchange.asked.path, exchange.answer.body, exchange.arrived) == (HERE, "/", b"1", 1)


async def test_nobody_listens(network):
    """A name that nobody serves can't be reached, until somebody does."""
    with pytest.raises(UnreachableError, match="nobody listens"):
        await ring(network)
    network.serve(THERE, Bell())
    assert await ring(network) == b"1"


CUTS = {
    "refused": lambda network: network.partition([HERE], [THERE]),
    "silent": lambda network: network.partition([HERE], [THERE], silent=True),
    "isolated": lambda network: network.isolate(THERE),
    "one way": lambda network: setattr(network.weather(HERE, THERE), "silent", True),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
async def test_what_is_cut_off_is_reached_again_when_it_heals(network, bell, cut):
    """Behind a cut nothing arrives; others are not concerned, and when all is well again, requests arrive."""
    network.client("elsewhere")
    cut(network)
    with pytest.raises(UnreachableError):
        await ring(network)
    assert bell.rung == 0
    if cut is not CUTS["isolated"]:
        await ring(network, "elsewhere")
    network.heal()
    assert await ring(network) == b"%d" % bell.rung
    assert network.weather(HERE, THERE) == Weather()


async def test_requests_are_lost_and_so_are_answers(network, bell):
    """A lost request does nothing; one whose answer is lost has done its work all the same."""
    network.weather(HERE, THERE).lost = 0.5
    answered = await ring_often(network)
    assert 60 < len(answered) == bell.rung < 140
    network.heal()
    network.weather(HERE, THERE).unanswered = 0.5
    before = bell.rung
    assert 60 < len(await ring_often(network)) < 140
    assert bell.rung == before + 200


async def test_requests_arrive_twice(network, bell):
    """What arrives twice is answered twice, and the caller gets either answer."""
    network.weather(HERE, THERE).twice = 1
    heard = {int(answer) % 2 for answer in await ring_often(network, 40)}
    assert (bell.rung, heard) == (80, {0, 1})


async def test_a_request_can_arrive_once_more(network, bell):
    """A test may deliver an old request again, as late as it likes."""
    await ring(network, path="/late")
    assert (await network.again(network.exchanges[0])).body == b"2"


async def test_what_is_held_waits(network, bell):
    """Held requests wait, others overtake them, and they go on when they are let go."""
    gate = network.hold(HERE, THERE)
    waiting = asyncio.create_task(ring(network))
    assert await ring(network, "elsewhere") == b"1"
    assert not waiting.done()
    gate.set()
    assert await waiting == b"2"


async def test_answers_are_tampered_with(network, bell):
    """What a way does to an answer is what the caller gets, within the bounds that it set itself."""
    network.weather(HERE, THERE).tamper = lambda asked, answer: an_answer(asked, b"other")
    assert await ring(network) == b"other"
    network.weather(HERE, THERE).tamper = lambda asked, answer: an_answer(asked, b"x" * 101)
    with pytest.raises(BadAnswerError, match="101 bytes"):
        await ring(network)


async def test_the_same_seed_is_the_same_weather():
    """Chance depends on the seed and on what is asked, not on which task comes first."""

    async def fates(seed: int, order: list[str]) -> dict[str, list[bool]]:
        async with Network(seed=seed, patience=0) as network:
            network.serve(THERE, Bell())
            network.weather(HERE, THERE).lost = 0.5
            for _ in range(20):
                await asyncio.gather(*(ring(network, path=path) for path in order), return_exceptions=True)
            return {path: [one.answer is None for one in network.exchanges if one.asked.path == path] for path in order}

    assert await fates(1, ["/a", "/b"]) == await fates(1, ["/b", "/a"]) != await fates(2, ["/a", "/b"])


async def test_clocks_are_skewed(network):
    """Each node's clock is as far ahead as it was told, and goes with the network's."""
    base = FakeClock()
    async with Network(clock=base) as other:
        fast, slow = other.clock(HERE, skew=400), other.clock(THERE, skew=-400)
        base.advance(10)
        assert (fast.now() - base.now(), slow.now() - base.now()) == (400, -400)
        assert fast.monotonic() == slow.monotonic() == base.monotonic()


@pytest.fixture
def another_dsn(database_server):
    """Give the address of a second empty database."""
    name = database_server.create()
    yield database_server.dsn_of(name)
    database_server.drop(name)


async def test_two_nodes_on_the_network(network, tmp_path, dsn, another_dsn):
    """A whole node follows another over the network by its name, loses sight of it, and finds it again."""
    there = make_config(tmp_path / THERE, dsn, logs=[THERE])
    here = make_config(tmp_path / HERE, another_dsn, logs=[HERE])
    verifier = load_key(there.logs[0].key).verifier
    path = tmp_path / HERE / "nostra.toml"
    path.write_text(with_partner(path.read_text(), PartnerSettings(THERE, verifier.name, verifier, network.url(THERE))))
    here = load(path, {"DATABASE_URL": another_dsn})
    async with node_running(network.place(THERE, there)) as partner, node_running(network.place(HERE, here)) as node:
        followed = node.parts.mirrors.of(verifier.name)

        async def look() -> str | None:
            return (await node.parts.mirrors.refresh(verifier.name)).status.failure

        assert "nobody listens" in await look()
        network.serve(THERE, partner.public_url)
        await partner.post("/v1/entries", a_sealed_entry("first"))
        assert await look() is None
        network.partition([HERE], [THERE])
        await partner.post("/v1/entries", a_sealed_entry("second"))
        assert "the network is cut" in await look()
        assert followed.reader.published.size == 1
        network.heal()
        assert await look() is None
        await until(lambda: followed.reader.published.size == 2)
