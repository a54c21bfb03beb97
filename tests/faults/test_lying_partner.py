"""A partner that lies in all kinds to whole nodes that talk: two signed notes that conflict convict, nothing else does.

Each liar has a log of its own, and shows one node this and the other that. What can't be shown by two signed notes is a
refusal or an alarm, and never evidence; nobody honest is accused whatever is served.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from node.clock import Clock
from node.config.partner_sections import PartnerSettings
from protocol.documents.evidence import SplitView
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.cosignature import cosign
from protocol.gossip.witness import render_lines
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.entries import sealed_entries
from tests.support.examples import seed
from tests.support.growing_log import GrowingLog
from tests.support.linked_nodes import serving
from tests.support.network import Network
from tests.support.networked_nodes import NetworkedNodes, networked_nodes
from tests.support.pushing import an_upload, in_pieces
from tests.support.static_log import StaticLog
from tests.support.weather import Answerer, Asked, an_answer

HONEST = ("alfa", "beta")
OTHER_KEY = b"\7" * 32


@dataclass
class Liar:
    """One log: what it shows to each node."""

    name: str
    folder: object

    @property
    def origin(self) -> str:
        """Its log's name."""
        return f"{self.name}.example/log"

    @property
    def key(self):
        """Its log's key."""
        return Signer(self.origin, bytes(range(32))).verifier

    def history(self, name: str, common: int, size: int) -> StaticLog:
        """Return a history of the log: true for a part, and then this one's own."""
        folder = self.folder / self.name / name
        folder.mkdir(parents=True)
        log = StaticLog(folder, self.origin)
        log.append([*sealed_entries(f"{self.name} true", min(common, size)),
                    *sealed_entries(f"{self.name} {name}", max(0, size - common))])  # fmt: skip
        return log


def to_each(alfa: Answerer, beta: Answerer) -> Answerer:
    """Return what shows each node what is meant for it."""

    async def answer(asked: Asked):
        return await (alfa if asked.source == "alfa" else beta)(asked)

    return answer


def instead(served: Answerer, path: str, change: Callable[[bytes], bytes | None]) -> Answerer:
    """Return what serves other bytes where a path begins so, or nothing where they are None."""

    async def answer(asked: Asked):
        honest = await served(asked)
        if not asked.path.startswith(path) or honest.status != 200:
            return honest
        body = change(honest.body)
        return an_answer(asked, b"", status=404) if body is None else an_answer(asked, body)

    return answer


def forked(first: int, second: int, common: int = 200):
    """Show one node one history, and the other another."""

    def make(liar: Liar) -> Answerer:
        one, other = liar.history("one", common, first), liar.history("other", common, second)
        return to_each(serving(one.folder), serving(other.folder))

    return make


def forked_without_tiles(first: int, second: int):
    """Show one node a history, and the other the note of another and no tile of it."""

    def make(liar: Liar) -> Answerer:
        one, other = liar.history("one", 200, first), liar.history("other", 200, second)
        return to_each(serving(one.folder), instead(serving(other.folder), "/tile", lambda _: None))

    return make


def in_turn(first: int, second: int, common: int):
    """Show everybody one history at first, and another from the third time on."""

    def make(liar: Liar) -> Answerer:
        one, other = liar.history("one", common, first), liar.history("other", common, second)
        asked_before = dict.fromkeys(HONEST, 0)

        async def answer(asked: Asked):
            asked_before[asked.source] += asked.path == "/checkpoint"
            return await serving((one if asked_before[asked.source] < 3 else other).folder)(asked)

        return answer

    return make


def spoilt(path: str, change: Callable[[bytes], bytes | None]):
    """Show everybody the same log, with something wrong."""
    return lambda liar: instead(serving(liar.history("one", 300, 300).folder), path, change)


def flip(data: bytes) -> bytes:
    """Flip one bit."""
    return data[:40] + bytes([data[40] ^ 1]) + data[41:]


def signed_otherwise(origin: str | None = None, key: bytes = bytes(range(32))):
    """Show a true tree's note under another name or key."""

    def make(liar: Liar) -> Answerer:
        log, name = liar.history("one", 300, 300), origin or liar.origin
        note = sign_checkpoint(Checkpoint(name, 300, log._edge.root()), Signer(name, key))
        return instead(serving(log.folder), "/checkpoint", lambda _: note)

    return make


CONVICTED = "convicted"
LIES = {
    "fork-1": (forked(1, 1, 0), CONVICTED),
    "fork-1-of-many": (forked(1, 300, 0), CONVICTED),
    "fork-255": (forked(255, 255), CONVICTED),
    "fork-256": (forked(256, 257), CONVICTED),
    "fork-grown": (forked(300, 700), CONVICTED),
    "fork-shorter": (forked(700, 300), CONVICTED),
    "fork-of-the-last": (forked(300, 300, 299), CONVICTED),
    "fork-in-time": (in_turn(300, 301, 200), CONVICTED),
    "rewritten-shorter": (in_turn(300, 250, 200), CONVICTED),
    "fork-no-tiles": (forked_without_tiles(300, 300), CONVICTED),
    "fork-no-tiles-shorter": (forked_without_tiles(300, 250), CONVICTED),
    "fork-no-tiles-longer": (forked_without_tiles(300, 400), "404"),
    "rollback": (in_turn(300, 200, 300), "shows size 200, and has signed size 300 before"),
    "withheld-tiles": (spoilt("/tile", lambda _: None), "404"),
    "flipped-tile": (spoilt("/tile/entries", flip), "not those it signed"),
    "wrong-key": (signed_otherwise(key=OTHER_KEY), "not signed by a trusted key"),
    "other-origin": (signed_otherwise("other.example/log"), "no trusted key"),
}


@pytest.fixture
async def network():
    """Give a network whose callers give up soon."""
    async with Network(seed=3, patience=0.2) as network:
        yield network


async def ends(nodes: NetworkedNodes, liar: Liar, expected: str) -> str:
    """Return how a lie has ended at both nodes, once that is as expected."""

    def end() -> str:
        parts = [nodes.node(name).parts for name in HONEST]
        if all(one.gossip.convictions.is_convicted(liar.origin) for one in parts):
            return CONVICTED
        failures = [one.mirrors.of(liar.origin).status.failure or "" for one in parts]
        return next((one for one in failures if expected in one), "; ".join(failures))

    try:
        await nodes.eventually(lambda: expected in end(), liar.name)
    except AssertionError:
        return end()
    return expected


async def test_each_lie_ends_as_it_must(network, database_server, tmp_path):
    """Evidence on both nodes where two signed notes conflict, which convinces anybody; a refusal in words otherwise."""
    liars = {name: Liar(name, tmp_path / "liars") for name in LIES}
    blocks = [PartnerSettings(name, one.origin, one.key, network.url(name)) for name, one in liars.items()]
    for name, (make, _) in LIES.items():
        network.serve(name, make(liars[name]))
    async with networked_nodes(network, database_server, tmp_path, HONEST, others=blocks) as nodes:
        await nodes.log("alfa", "alfa", 3)
        found = await asyncio.gather(*(ends(nodes, liars[name], expected) for name, (_, expected) in LIES.items()))
        assert dict(zip(LIES, found, strict=True)) == {name: expected for name, (_, expected) in LIES.items()}
        guilty = {liars[name].origin for name, (_, expected) in LIES.items() if expected == CONVICTED}
        for name in HONEST:
            convictions = nodes.node(name).parts.gossip.convictions
            assert set(convictions.origins()) == guilty
            for origin in guilty:
                document = await convictions.document(convictions.evidence_of(origin))
                SplitView.parse(document).verify([Signer(origin, bytes(range(32))).verifier])


@dataclass
class FalseMirror:
    """A partner whose mirror takes everything, and cosigns as the test says."""

    name: str
    lines: Callable[[str, Signer, int], bytes]
    """Makes the answer from the text to be cosigned, the mirror's key and the time."""
    text: str = ""

    @property
    def signer(self) -> Signer:
        """The key that its partners know."""
        return Signer(f"{self.name}.example/log/mirror", seed(self.name), COSIGNATURE)

    def block(self, network: Network) -> PartnerSettings:
        """Return how it is configured."""
        log = Signer(f"{self.name}.example/log", seed(self.name)).verifier
        return PartnerSettings(self.name, log.name, log, network.url(self.name), mirror_keys=(self.signer.verifier,))

    def serving(self, now: Callable[[], int]) -> Answerer:
        """Return what answers in its place."""

        async def answer(asked: Asked):
            if asked.path == "/mirror/add-checkpoint":
                self.text = Note.parse(AddCheckpoint.parse(asked.body).note).text
                return an_answer(asked, b"")
            if asked.path == "/mirror/add-entries":
                return an_answer(asked, self.lines(self.text, self.signer, now()))
            return an_answer(asked, b"", status=404)

        return answer


def line(text: str, signer: Signer, time: int) -> bytes:
    """Return the answer with one cosignature."""
    return render_lines([cosign(text, signer, time)])


MIRRORS = {
    "stale": (lambda text, signer, now: line(text, signer, now - 301), "before our clock's time"),
    "ahead": (lambda text, signer, now: line(text, signer, now + 400), "after our clock's time"),
    "another-note": (lambda text, signer, now: line(text.replace("alfa", "beta", 1), signer, now), "isn't its own"),
    "another-key": (lambda text, signer, now: line(text, Signer(signer.verifier.name, OTHER_KEY, COSIGNATURE), now),
                    "none of its keys"),
    "nothing": (lambda text, signer, now: b"", "signature lines"),
}  # fmt: skip


async def test_a_false_cosignature_never_counts(network, database_server, tmp_path):
    """Honest partners release meanwhile; each false mirror is told of in words and accused of nothing."""
    mirrors = {name: FalseMirror(name, lines) for name, (lines, _) in MIRRORS.items()}
    blocks = [mirror.block(network) for mirror in mirrors.values()]
    for name, mirror in mirrors.items():
        network.serve(name, mirror.serving(Clock().now))
    async with networked_nodes(network, database_server, tmp_path, HONEST, others=blocks) as nodes:
        own = nodes.node("alfa").parts.log(None)
        await nodes.eventually(lambda: not own.sequencer.held, "alfa may not sign")
        network.partition(["alfa"], ["beta"])  # any one mirror would do: so one false line that counted would release
        assert await nodes.submit("alfa", "alfa", 3, until="released") == "durable"
        words = {name: why for name, (_, why) in MIRRORS.items()}
        await nodes.eventually(
            lambda: all(why in own.releaser.failures.get(name, "") for name, why in words.items()),
            f"{own.releaser.failures}",
        )
        assert nodes.shown("alfa") == 0
        network.heal()
        await nodes.log("alfa", "alfa", 3)
        lines = Note.parse(own.reader.published.note).signatures
        assert {one.name for one in lines} == {nodes.origin("alfa"), f"{nodes.origin('beta')}/mirror"}
        for name in HONEST:
            assert nodes.node(name).parts.gossip.convictions.origins() == []


async def test_histories_that_are_pushed_and_never_shown_are_found(network, database_server, tmp_path):
    """Each mirror cosigned another one, and whoever follows the log is shown only what they have in common."""
    log = GrowingLog("pushing.example/log", 300)
    (tmp_path / "shown").mkdir()
    shown = StaticLog(tmp_path / "shown", log.origin)
    shown.signer = log.signer
    shown.append(log.entries[:200])
    network.serve("pushing", serving(shown.folder))
    block = PartnerSettings("pushing", log.origin, log.signer.verifier, network.url("pushing"))
    async with networked_nodes(network, database_server, tmp_path, HONEST, others=[block]) as nodes:
        parts = {name: nodes.node(name).parts for name in HONEST}
        followed = [one.mirrors.of(log.origin) for one in parts.values()]
        await nodes.eventually(
            lambda: all(one.reader is not None and not one.mirror.holding.claim.refusal for one in followed),
            "it is followed",
        )
        for name, history in {"alfa": log, "beta": log.fork(250)}.items():
            pending = await parts[name].uploads.add_checkpoint(history.request(200, 300))
            brought = await parts[name].uploads.add_entries(in_pieces(an_upload(history, 200, 300)))
            assert (pending.status, brought.status) == (200, 200)
        await nodes.eventually(
            lambda: all(one.gossip.convictions.origins() == [log.origin] for one in parts.values()),
            "both cosigned what is not one history",
        )
