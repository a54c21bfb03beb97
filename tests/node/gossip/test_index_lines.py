"""Partners are asked for their lines on an index note side by side; only what is theirs, and of now, is a line."""

import asyncio

import pytest

from node.config import PartnerSettings, PolicySettings
from node.gossip.index import lines as lines_module
from node.gossip.index.lines import IndexLines
from node.gossip.index.quorum import IndexQuorum
from node.gossip.release.policy import release_policy
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosign_index import CosignIndex
from protocol.gossip.cosignature import cosign
from protocol.gossip.witness import render_lines
from protocol.log.index_note import IndexHead, sign_index
from protocol.log.trie import EMPTY
from tests.support.clock import FakeClock
from tests.support.examples import LOG, ORIGIN, seed
from tests.support.network import Network
from tests.support.weather import an_answer

NAMES = ("alfa", "beta", "gamma")
INDEX = {name: Signer(f"{name}.example/index", seed(f"index {name}"), COSIGNATURE) for name in NAMES}
MIRROR = {name: Signer(f"{name}.example/mirror", seed(f"mirror {name}"), COSIGNATURE) for name in NAMES}
STRANGER = Signer("stranger.example/index", seed("stranger"), COSIGNATURE)
NOTE = sign_index(IndexHead(ORIGIN, 9, seed("root"), EMPTY), LOG)
TEXT = Note.parse(NOTE).text
REQUEST = CosignIndex(EMPTY, NOTE)


def a_partner(name: str, url: str, **changed) -> PartnerSettings:
    """Return a partner with its keys."""
    log = Signer(f"{name}.example/log", seed(f"log {name}"))
    keys = {"mirror_keys": (MIRROR[name].verifier,), "index_keys": (INDEX[name].verifier,)} | changed
    return PartnerSettings(name, log.verifier.name, log.verifier, url, **keys)


class Partners:
    """Three partners, each of which answers as a test says, and two of whom are a quorum."""

    def __init__(self, network: Network, clock: FakeClock) -> None:
        self.clock, self.network = clock, network
        self.asked = dict.fromkeys(NAMES, 0)
        self.answers = dict.fromkeys(NAMES, self.cosigned)
        for name in NAMES:
            network.serve(name, self._serving(name))
        partners = [a_partner(name, network.url(name)) for name in NAMES]
        policy = release_policy(PolicySettings(quorum=2), partners, [LOG.verifier])
        self.quorum = IndexQuorum(policy, partners)

    def _serving(self, name: str):
        async def serve(asked):
            self.asked[name] += 1
            return await self.answers[name](name, asked)

        return serve

    async def cosigned(self, name, asked, *signers, time=None, text=TEXT):
        """Answer with lines, by default the partner's own."""
        assert asked.path == "/index/cosign"
        time = self.clock.now() if time is None else time
        return an_answer(asked, render_lines(cosign(text, one, time) for one in signers or (INDEX[name],)))


@pytest.fixture
async def partners(monkeypatch):
    """Give the partners, and what asks them."""
    monkeypatch.setattr(lines_module, "PAUSES", (0.02,))
    clock = FakeClock()
    async with Network(clock=clock, patience=0.05) as network, network.client("ours", clock=clock) as http:
        partners = Partners(network, clock)
        partners.lines = IndexLines(partners.quorum, http, clock)
        yield partners
        partners.lines.close()


async def until(lines: IndexLines, condition) -> None:
    """Return once something is the case."""
    async with asyncio.timeout(10):
        while not condition():
            await lines.moved(0.05)


async def test_a_quorum_suffices_and_the_others_come_later(partners):
    """One that is slow holds nobody up; its line is there when it comes."""
    gate = partners.network.hold("ours", "gamma")
    partners.lines.begin(REQUEST)
    await until(partners.lines, lambda: partners.lines.suffice)
    assert [line.name for line in partners.lines.all()] == ["alfa.example/index", "beta.example/index"]
    assert not partners.lines.complete
    gate.set()
    await until(partners.lines, lambda: partners.lines.complete)
    whole = Note.parse(NOTE).adding(partners.lines.all()).render()
    assert partners.quorum.time(whole, [LOG.verifier]) == partners.clock.now()


LIES = {
    "another's line": (lambda one, name, asked: one.cosigned(name, asked, STRANGER), "none of its index keys"),
    "its mirror's line": (lambda one, name, asked: one.cosigned(name, asked, MIRROR[name]), "none of its index keys"),
    "of another text": (
        lambda one, name, asked: one.cosigned(name, asked, text=TEXT.replace("9", "8", 1)),
        "isn't its",
    ),
    "of yesterday": (lambda one, name, asked: one.cosigned(name, asked, time=one.clock.now() - 86_400), "clock's time"),
    "of tomorrow": (lambda one, name, asked: one.cosigned(name, asked, time=one.clock.now() + 86_400), "clock's time"),
    "noise": (lambda one, name, asked: answer(asked, b"noise"), "signature line"),
    "without end": (lambda one, name, asked: answer(asked, b"x" * (1 << 20)), "at most"),
    "a refusal": (lambda one, name, asked: answer(asked, b"not what I computed\n", 403), "not what I computed"),
    "behind": (lambda one, name, asked: answer(asked, b"it is behind\n", 409), "it is behind"),
    "not now": (lambda one, name, asked: answer(asked, b"later\n", 503), "503"),
    "no such thing": (lambda one, name, asked: answer(asked, b"", 404), "404"),
}


async def answer(asked, body, status=200):
    """Answer with any bytes."""
    return an_answer(asked, body, status=status)


@pytest.mark.parametrize("lie", LIES)
async def test_what_is_no_line_of_its_own_and_of_now_counts_for_nothing(partners, lie):
    """Each costs that partner's place alone, is told, and is asked for again until it is a line."""
    tell, says = LIES[lie]
    partners.answers["beta"] = partners.answers["gamma"] = lambda name, asked: tell(partners, name, asked)
    partners.lines.begin(REQUEST)
    await until(partners.lines, lambda: len(partners.lines.failures) == 2 and partners.lines.all())
    assert not partners.lines.suffice
    assert says in partners.lines.failures["beta"]
    partners.answers["beta"] = partners.cosigned
    await until(partners.lines, lambda: partners.lines.suffice)
    assert set(partners.lines.failures) == {"gamma"}


async def test_whoever_is_away_or_silent_is_asked_again(partners):
    """Without a word from it nothing is waited for but its own line."""
    partners.network.isolate("beta")
    partners.network.isolate("gamma", silent=True)
    partners.lines.begin(REQUEST)
    await until(partners.lines, lambda: len(partners.lines.failures) == 2)
    partners.network.heal()
    await until(partners.lines, lambda: partners.lines.complete)
    assert partners.lines.failures == {}


async def test_another_note_ends_what_was_asked_before(partners):
    """Lines on one note are none on another, however late they come."""
    gate = partners.network.hold("ours", "beta")
    partners.lines.begin(REQUEST)
    await until(partners.lines, lambda: len(partners.lines.all()) == 2)
    other = sign_index(IndexHead(ORIGIN, 10, seed("root"), EMPTY), LOG)
    partners.lines.begin(CosignIndex(EMPTY, other))
    gate.set()
    await until(partners.lines, lambda: len(partners.lines.failures) == 3)
    assert partners.lines.all() == ()


def test_who_has_no_index_key_in_the_policy_is_not_asked():
    """Then no quorum can be had, and the index stands by the log's word alone."""
    partners = [a_partner(name, f"http://{name}.test", index_keys=()) for name in NAMES[:2]]
    partners.append(a_partner("gamma", "http://gamma.test"))
    quorum = IndexQuorum(release_policy(PolicySettings(quorum=2), partners, [LOG.verifier]), partners)
    assert ([one.name for one in quorum.partners], quorum.can_be) == (["gamma"], False)
    alone = IndexQuorum(None, partners)
    assert (alone.partners, alone.can_be, alone.time(NOTE, [LOG.verifier])) == ((), False, None)


def test_a_log_cannot_vouch_for_its_own_index():
    """An index cosigner that holds the log's own key is nobody's, though the policy names it."""
    own = Signer("cosigner.example", seed("log"), COSIGNATURE)
    assert own.verifier.public_key == LOG.verifier.public_key
    partners = [a_partner("alfa", "http://alfa.test", index_keys=(own.verifier,))]
    quorum = IndexQuorum(release_policy(PolicySettings(quorum=1), partners, [LOG.verifier]), partners)
    whole = Note.parse(NOTE).adding([cosign(TEXT, own, 1_790_000_000)]).render()
    assert quorum.time(whole, [LOG.verifier]) is None
    other = Signer(ORIGIN, seed("another log key"))
    assert quorum.time(whole, [other.verifier]) == 1_790_000_000
