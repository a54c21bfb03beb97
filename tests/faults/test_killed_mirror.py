"""A node killed while partners push to it holds all that its mirror cosigned, and goes on from what it holds.

The seed of each round is printed; ``--long`` has more rounds.
"""

import asyncio
import random

import aiohttp
import pytest

from node.log.keys import load_key
from protocol.encoding.note import Note
from protocol.gossip.cosignature import verify
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.witness import origin_hash, parse_lines, parse_size
from protocol.log.checkpoint import open_checkpoint
from protocol.log.tile import bundles_between, parse_bundle
from tests.support.dying_mirror import STEPS
from tests.support.growing_log import GrowingLog
from tests.support.node_process import NodeProcess
from tests.support.postgres import reachable
from tests.support.pushing import an_upload

LOGS = 4
LARGEST = 4_000
ROUNDS, LONG_ROUNDS = 3, 40

PARTNER = """
[[partner]]
name = "log{number}"
origin = "{origin}"
verifier_key = "{key}"
url = "http://127.0.0.1:9"
"""


class MirrorProcess:
    """A node that runs as a process of its own, the logs that push to it, and what each was told to be cosigned."""

    def __init__(self, folder) -> None:
        self.node = NodeProcess(folder, "killed.example/log", program="tests.support.dying_mirror")
        self.logs = [GrowingLog(f"killed.example/{number}", LARGEST) for number in range(LOGS)]
        blocks = [
            PARTNER.format(number=number, origin=log.origin, key=log.signer.verifier.render())
            for number, log in enumerate(self.logs)
        ]
        with (folder / "nostra.toml").open("a") as file:
            file.writelines(blocks)
        self.keys = [load_key(folder / "keys" / name).verifier for name in ("mirror.key", "mirror-ml-dsa.key")]
        self.cosigned = dict.fromkeys(self.logs, 0)
        self.pending = dict.fromkeys(self.logs, 0)
        self._session = aiohttp.ClientSession()

    async def start(self, **environment: str) -> None:
        """Start it, perhaps to die."""
        for name in ("DIES_AT", "DIES_OF"):
            self.node._environment.pop(name, None)
        self.node._environment |= environment
        await self.node.start()

    async def end(self) -> None:
        """Stop it."""
        await self._session.close()
        await self.node.end()

    async def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body; 0 where nobody answers."""
        try:
            async with self._session.post(f"{self.node.addresses['public']}/mirror/{path}", data=body) as sent:
                return sent.status, await sent.read()
        except (aiohttp.ClientError, OSError):
            return 0, b""

    async def push(self, log: GrowingLog, size: int) -> bool:
        """Push as a log does that knows nothing: return False where nobody answers.

        What was kept of an earlier push whose answer was lost may be more than this one: then it is noted.
        """
        pending = start = 0
        while True:
            status, body = await self._post("add-checkpoint", log.request(pending, size))
            if status == 409:
                pending = parse_size(body)
                if pending > size:
                    self.pending[log] = pending
                    return True
                continue
            if status == 200:
                pending = self.pending[log] = size
                status, body = await self._post("add-entries", an_upload(log, start, size, packages=2))
            if status in (202, 409):
                start = MirrorInfo.parse(body).next_entry
            elif status == 200:
                found = verify(Note(log.checkpoint(size).render(), parse_lines(body)), self.keys)
                assert [one.key for one in found] == self.keys
                self.cosigned[log] = size
                return True
            elif status != 503:
                assert status == 0, body
                return False

    async def check(self, log: GrowingLog) -> None:
        """Hold the mirror to what it has cosigned and kept: all of it is served, and another history is refused."""
        shown = await self._shown(log)
        assert shown >= self.cosigned[log], "a line is out for what isn't held"
        fork = log.fork(0)
        status, body = await self._post("add-checkpoint", fork.request(1, LARGEST - 1))
        assert status in (409, 422)
        if status == 409:
            assert parse_size(body) >= self.pending[log], "what was pending is forgotten"
            if (known := parse_size(body)) > 1:
                assert (await self._post("add-checkpoint", fork.request(known, LARGEST - 1)))[0] == 422

    async def _shown(self, log: GrowingLog) -> int:
        """Read all that the mirror shows of a log; return its size."""
        url = f"{self.node.addresses['public']}/mirror/{origin_hash(log.origin)}"
        async with self._session.get(f"{url}/checkpoint") as answer:
            if answer.status == 404:
                return 0
            checkpoint, note = open_checkpoint(await answer.read(), [log.signer.verifier])
        assert [one.key for one in verify(note, self.keys)] == self.keys
        entries: list[bytes] = []
        for bundle in bundles_between(0, checkpoint.size) if checkpoint.size else []:
            async with self._session.get(f"{url}/{bundle.path()}") as answer:
                assert answer.status == 200
                entries += parse_bundle(await answer.read())
        assert entries == log.entries[: checkpoint.size]
        assert checkpoint.root == log.root(checkpoint.size)
        return checkpoint.size


@pytest.fixture
async def mirror(tmp_path_factory):
    """Give a node that mirrors some logs, not running."""
    mirror = MirrorProcess(reachable(tmp_path_factory.mktemp("database")) / "node")
    try:
        yield mirror
    finally:
        await mirror.end()


async def test_killed_at_each_step_of_an_upload(mirror):
    """At whatever step it dies, no line has left for what isn't held, and the push goes on from what is."""
    log = mirror.logs[0]
    await mirror.start()
    size = 300
    assert await mirror.push(log, size)
    for step in STEPS:
        await mirror.node.kill()
        size += 100
        await mirror.start(DIES_AT=step, DIES_OF=str(size))
        assert not await mirror.push(log, size), step
        await mirror.node.kill()
        await mirror.start()
        await mirror.check(log)
        assert await mirror.push(log, size), step
        await mirror.check(log)


@pytest.mark.parametrize(
    "rounds", [pytest.param(ROUNDS, id="few"), pytest.param(LONG_ROUNDS, id="many", marks=pytest.mark.long)]
)
async def test_killed_while_many_push(mirror, rounds):
    """Killed again and again with many logs under way, or its database with it, it goes on with each."""
    await mirror.start()
    for number in range(rounds):
        seed = random.SystemRandom().randrange(1_000_000)
        print(f"seed {seed}")
        chance = random.Random(seed)
        pushing = [asyncio.create_task(keep_pushing(mirror, log, random.Random(seed + at)))
                   for at, log in enumerate(mirror.logs)]  # fmt: skip
        await asyncio.sleep(chance.uniform(0.1, 0.8))
        if number % 3 == 2:
            mirror.node.kill_server()
            await asyncio.sleep(chance.uniform(0, 0.2))
        await mirror.node.kill()
        await asyncio.gather(*pushing)
        await mirror.start()
        for log in mirror.logs:
            await mirror.check(log)
    assert max(mirror.cosigned.values()) > 0


async def keep_pushing(mirror: MirrorProcess, log: GrowingLog, chance: random.Random) -> None:
    """Grow a log step by step until nobody answers any more."""
    size = mirror.pending[log]
    while size + 400 < LARGEST:
        size = max(size, mirror.pending[log]) + chance.choice([1, 3, 300, 399])
        if not await mirror.push(log, size):
            return
