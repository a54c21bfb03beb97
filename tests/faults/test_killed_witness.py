"""A node killed while it cosigns has cosigned one history of each log: what its lines say, its state remembers.

The seed of each round is printed; ``--long`` has more rounds.
"""

import asyncio
import random

import aiohttp
import pytest

from node.log.keys import load_key
from protocol.encoding.note import Note
from protocol.gossip.cosignature import verify
from protocol.gossip.witness import parse_lines, parse_size
from tests.support.dying_witness import STEPS
from tests.support.growing_log import GrowingLog
from tests.support.node_process import NodeProcess
from tests.support.postgres import reachable

LOGS = 6
LARGEST = 4_000
ROUNDS, LONG_ROUNDS = 3, 40

PARTNER = """
[[partner]]
name = "log{number}"
origin = "{origin}"
verifier_key = "{key}"
url = "http://127.0.0.1:9"
"""


class WitnessProcess:
    """A node that runs as a process of its own, the logs that it cosigns, and how far each is known to be cosigned."""

    def __init__(self, folder) -> None:
        self.node = NodeProcess(folder, "killed.example/log", program="tests.support.dying_witness")
        self.logs = [GrowingLog(f"killed.example/{number}", LARGEST) for number in range(LOGS)]
        blocks = [
            PARTNER.format(number=number, origin=log.origin, key=log.signer.verifier.render())
            for number, log in enumerate(self.logs)
        ]
        with (folder / "nostra.toml").open("a") as file:
            file.writelines(blocks)
        self.keys = [load_key(folder / "keys" / name).verifier for name in ("witness.key", "witness-ml-dsa.key")]
        self.cosigned = dict.fromkeys(self.logs, 0)
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

    async def ask(self, log: GrowingLog, old_size: int, size: int, *, history: GrowingLog | None = None) -> int | None:
        """Have a checkpoint cosigned: return its size once it is, the size that is named instead, or None if neither.

        A line that comes is verified and remembered.
        """
        url = f"{self.node.addresses['public']}/witness/add-checkpoint"
        try:
            async with self._session.post(url, data=(history or log).request(old_size, size)) as sent:
                status, body = sent.status, await sent.read()
        except (aiohttp.ClientError, OSError):
            return None
        if status == 409:
            return parse_size(body)
        if status != 200:
            return None
        assert history is None, "another history was cosigned"
        found = verify(Note(log.checkpoint(size).render(), parse_lines(body)), self.keys)
        assert [one.key for one in found] == self.keys
        assert size >= self.cosigned[log], "rolled back"
        self.cosigned[log] = size
        return size

    async def check(self, log: GrowingLog) -> int:
        """Hold the witness to what it has cosigned; return the size at which its state stands."""
        # From a size that was never cosigned: the answer names the one that was.
        stands = await self.ask(log, LARGEST, LARGEST)
        assert stands is not None
        assert stands >= self.cosigned[log], "a line is out that the state doesn't know of"
        # Of another size than the honest one above: two notes of one size would convict the log, and end the test.
        fork = log.fork(max(0, self.cosigned[log] - 1))
        for old_size in {self.cosigned[log], stands} - {0}:
            assert await self.ask(log, old_size, LARGEST - 1, history=fork) in (None, stands)
        assert await self.ask(log, stands, stands + 1) == stands + 1, "the state is of another tree"
        return stands


@pytest.fixture
async def witness(tmp_path_factory):
    """Give a node whose witness knows some logs, not running."""
    witness = WitnessProcess(reachable(tmp_path_factory.mktemp("database")) / "node")
    try:
        yield witness
    finally:
        await witness.end()


async def test_killed_between_verifying_committing_and_answering(witness):
    """At whatever step it dies, no line has left, and what follows goes on from where the state stands."""
    log = witness.logs[0]
    await witness.start()
    await witness.ask(log, 0, 7)
    size = 7
    for step in STEPS:
        await witness.node.kill()
        await witness.start(DIES_AT=step, DIES_OF=str(size + 10))
        assert await witness.ask(log, size, size + 10) is None
        await witness.node.kill()
        await witness.start()
        stands = await witness.check(log)
        expected = {"verified": {size}, "sent": {size, size + 10}}.get(step, {size + 10})
        assert stands in expected, step
        size = witness.cosigned[log]


@pytest.mark.parametrize(
    "rounds", [pytest.param(ROUNDS, id="few"), pytest.param(LONG_ROUNDS, id="many", marks=pytest.mark.long)]
)
async def test_killed_under_load(witness, rounds):
    """Killed again and again with many logs under way, or its database with it, it goes on with each from its state."""
    await witness.start()
    for number in range(rounds):
        seed = random.SystemRandom().randrange(1_000_000)
        print(f"seed {seed}")
        chance = random.Random(seed)
        asking = [asyncio.create_task(keep_asking(witness, log, random.Random(seed + at)))
                  for at, log in enumerate(witness.logs)]  # fmt: skip
        await asyncio.sleep(chance.uniform(0.1, 0.6))
        if number % 3 == 2:
            witness.node.kill_server()
            await asyncio.sleep(chance.uniform(0, 0.2))
        await witness.node.kill()
        await asyncio.gather(*asking)
        await witness.start()
        for log in witness.logs:
            await witness.check(log)
    assert min(witness.cosigned.values()) > 0


async def keep_asking(witness: WitnessProcess, log: GrowingLog, chance: random.Random) -> None:
    """Grow a log step by step until nobody answers any more."""
    known = witness.cosigned[log]
    while known + 9 < LARGEST:
        found = await witness.ask(log, known, known + chance.randrange(1, 9))
        if found is None:
            return
        known = found
