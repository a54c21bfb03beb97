"""A log that publishes an index, right or wrong, and our mirror of it that computes it anew and cosigns.

async with indexing(dsn, network) as one:
    await one.push(9)                       # our mirror holds nine entries of it
    answer = await one.ask(9)               # it asks us to cosign its index over them
    one.log.lie = leave_out(4)              # from here on its index lacks what leaf 4 stands under
"""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from node.client.index import IndexClient
from node.gossip.alarm.alarms import Alarms
from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.cosigning.plain_answer import PlainAnswer
from node.gossip.evidence.convictions import Convictions
from node.gossip.index.cosign import IndexCosigner
from node.gossip.index.follow import IndexFollower
from node.gossip.index.followed import FollowedIndex
from node.gossip.index.wrong import WrongIndexes
from node.log.index.reading import Reading
from node.log.index.tree import IndexTree
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.wire import parse_b64url32
from protocol.gossip.cosign_index import CosignIndex
from protocol.gossip.index_lookup import IndexLookup
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead, sign_index
from protocol.log.trie import Trie, leaves_value
from protocol.recognition.terms import keys_of
from tests.support.growing_log import GrowingLog
from tests.support.mirroring import Pushed, pushed_to
from tests.support.network import Network
from tests.support.pushing import an_upload
from tests.support.weather import Asked, an_answer

INDEX = Cosigner("index", (Signer("ours.example/nostra/index", b"\4" * 32, COSIGNATURE),))
FRESHNESS = 86_400
_NUMBERS = itertools.count(1)

Map = dict[bytes, tuple[int, ...]]
Lie = Callable[[Map], Map]


class IndexedLog(GrowingLog):
    """A log with these entries, and an index of them that `lie` may change."""

    def __init__(self, origin: str, entries: list[bytes]) -> None:
        super().__init__(origin)
        self.entries = entries
        self.lie: Lie = dict
        self.log_root: Callable[[int], bytes] = self.root
        """Which root of the log its index notes bind."""
        self.shown: int | None = None
        """The size of the index that it shows."""
        self.trie_of: Callable[[Map], Trie] = trie_of

    def map(self, size: int) -> Map:
        """Return its index over the first entries."""
        leaves: dict[bytes, list[int]] = {}
        for leaf, entry in enumerate(self.entries[:size]):
            for key in keys_of(entry, origin=self.origin):
                leaves.setdefault(key, []).append(leaf)
        return self.lie({key: tuple(listed) for key, listed in leaves.items()})

    def key_of(self, leaf: int) -> bytes:
        """Return a key that an entry stands under."""
        return min(keys_of(self.entries[leaf], origin=self.origin))

    def index_note(self, size: int) -> bytes:
        """Return the note of its index at a size."""
        head = IndexHead(self.origin, size, self.log_root(size), self.trie_of(self.map(size)).root)
        return sign_index(head, self.signer)

    def asked_for(self, size: int, shown: bytes | None = None) -> CosignIndex:
        """Return what it asks a partner with."""
        return CosignIndex(self.trie_of(self.map(size)).root, self.index_note(size), shown)

    def look_up(self, key: bytes) -> IndexLookup:
        """Return what it answers to a lookup."""
        size = self.shown or 0
        index = self.map(size)
        trie = self.trie_of(index)
        answer = IndexAnswer(key, index.get(key, ()), trie.prove(key))
        return IndexLookup(answer, self.log_root(size), trie.root, self.index_note(size))

    async def serve(self, asked: Asked):
        """Answer as its node does."""
        name = asked.path.removeprefix("/index/")
        if self.shown is None:
            return an_answer(asked, b"", status=404)
        if name == "checkpoint":
            return an_answer(asked, self.index_note(self.shown))
        return an_answer(asked, self.look_up(parse_b64url32(name)).render(), media_type="application/json")


def trie_of(index: Map) -> Trie:
    """Return the trie over an index."""
    return Trie.of([(key, leaves_value(leaves)) for key, leaves in index.items()])


@dataclass
class Indexing:
    """The log, our mirror of it, and our index of it."""

    log: IndexedLog
    pushed: Pushed
    index: FollowedIndex
    cosigner: IndexCosigner
    follower: IndexFollower
    alarms: Alarms
    convictions: Convictions
    network: Network
    pushed_to: int = field(default=0)

    async def push(self, size: int) -> None:
        """Let our mirror hold so many entries."""
        await self.pushed.offer(self.pushed_to, size, self.log)
        answer = await self.pushed.bring(an_upload(self.log, self.pushed_to, size), keep=False)
        assert answer.status == 200, answer.body
        self.pushed_to = size

    async def ask(self, size: int, shown: bytes | None = None) -> PlainAnswer:
        """Let the log ask for our lines on its index."""
        return await self.cosigner.answer(self.log.asked_for(size, shown).render())

    async def show(self, size: int) -> None:
        """Let the log show its index over so many entries, and follow it for a round."""
        self.log.shown = size
        await self.follower.follow()

    @property
    def alarm(self) -> str:
        """What stands of it, "" if no alarm does."""
        return "".join(one.detail for one in self.alarms.standing() if one.kind == "wrong-index")


@asynccontextmanager
async def indexing(dsn: str, network: Network, entries: list[bytes]) -> AsyncIterator[Indexing]:
    """Mirror a log, and compute its index."""
    log = IndexedLog(f"partner{next(_NUMBERS)}.example/log", entries)
    network.serve("partner", log.serve)
    async with pushed_to(dsn, log) as pushed, network.client("ours", clock=pushed.clock) as http:
        reading, followed = Reading(pushed.database), pushed.mirrors.of(log.origin)
        tree = IndexTree(pushed.database, lambda: followed.mirror.held_reader, reading)
        index = FollowedIndex(followed, tree, INDEX.keys)
        alarms = Alarms(pushed.clock)
        convictions = Convictions(pushed.database, lambda origin: (log.signer.verifier,), pushed.clock)

        async def checkpoint_at(_: FollowedIndex, size: int) -> bytes:
            return log.note(size)

        wrong = WrongIndexes(
            alarms, convictions, database=pushed.database, reading=reading, checkpoint_at=checkpoint_at
        )
        cosigner = IndexCosigner(
            INDEX,
            {log.origin: index},
            database=pushed.database,
            clock=pushed.clock,
            freshness_seconds=FRESHNESS,
            on_wrong=wrong.tell,
            on_right=wrong.right,
        )
        follower = IndexFollower(index, IndexClient(http, network.url("partner")), wrong, interval_seconds=60)
        yield Indexing(log, pushed, index, cosigner, follower, alarms, convictions, network)
