"""What is durable leaves the node once enough partners' mirrors have cosigned it, and not a moment before."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from node.config import PolicySettings
from node.errors import NotFoundError, PushBackError
from node.gossip.release import releaser as release
from node.gossip.release.policy import release_policy
from node.gossip.release.releaser import Releaser
from node.log.admit import admit_entries
from node.log.headfile import HeadFile
from node.log.sequence import Sequencer
from node.log.submission import Sequenced, Submission
from node.storage.database import Database
from node.storage.heads import create_log, find_head
from node.storage.migrate import migrate
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.encoding.keys import Signer
from protocol.gossip.policy import Policy
from tests.support.clock import FakeClock
from tests.support.entries import a_sealed_entry
from tests.support.examples import seed
from tests.support.fake_mirrors import FakeMirror
from tests.support.own_log import until

NAMES = ("alfa", "beta", "gamma")
DAY = 86_400
PATIENCE = 20.0
NUMBERS = itertools.count(1)


@dataclass
class Gated:
    """An own log whose checkpoints three fake mirrors release, two of which suffice."""

    sequencer: Sequencer
    releaser: Releaser
    mirrors: dict[str, FakeMirror]
    clock: FakeClock
    policy: Policy
    database: Database

    def submit(self, label: str, *, until: str = "released") -> "asyncio.Future[Sequenced]":
        """Hand an entry to the log."""
        admitted = admit_entries([a_sealed_entry(label)], origin=self.sequencer.reader.state.head.origin)
        return self.sequencer.submit(Submission(admitted, label, b"", until=until))

    async def answered(self, label: str, *, until: str = "released") -> Sequenced:
        """Hand an entry to the log and return the answer."""
        return await asyncio.wait_for(self.submit(label, until=until), PATIENCE)

    @property
    def shown(self) -> int:
        """The size that is shown; -1 while nothing is."""
        published = self.sequencer.reader.state.published
        return -1 if published is None else published.size

    async def stored(self) -> int | None:
        """Return the released size in the database."""
        async with self.database.pool.acquire() as connection:
            return (await find_head(connection, self.sequencer.reader.state.head.origin)).released_size


@asynccontextmanager
async def gated(dsn, folder, origin, *, names=NAMES, away=(), wait_seconds=5.0) -> AsyncIterator[Gated]:
    """Run a log with partners that release it."""
    clock, signer = FakeClock(), Signer(origin, seed(origin))
    mirrors = {name: FakeMirror(name, clock) for name in names}
    for name in away:
        mirrors[name].answers.clear()
    policy = release_policy(PolicySettings(quorum=2), [one.partner for one in mirrors.values()], [signer.verifier])
    releaser = Releaser(policy, clock=clock, freshness_seconds=DAY)
    database = Database({"dsn": dsn})
    await database.open(pool_size=3)
    async with database.pool.acquire() as connection:
        await migrate(connection)
        head = await create_log(connection, origin, signer.verifier.render(), own=True)
    sequencer = Sequencer(
        database, head, signer,
        head_file=HeadFile(folder / "log.key"), clock=clock, release=releaser, wait_seconds=wait_seconds,
    )  # fmt: skip
    await sequencer.start()
    sequencer.hold("")
    running = [asyncio.create_task(sequencer.run()), asyncio.create_task(releaser.run(sequencer, mirrors))]
    try:
        yield Gated(sequencer, releaser, mirrors, clock, policy.policy, database)
    finally:
        sequencer.stop()
        running[1].cancel()
        await asyncio.wait(running, timeout=PATIENCE)
        await database.close()


@pytest.fixture
def origin() -> str:
    """Give a log's name that no other test uses."""
    return f"released.example/{next(NUMBERS)}"


@pytest.fixture
async def log(mirrors_dsn, tmp_path, origin) -> AsyncIterator[Gated]:
    """Give a running log with three partners."""
    async with gated(mirrors_dsn, tmp_path, origin) as one:
        yield one


async def test_a_receipt_carries_the_cosignatures_of_a_quorum(log):
    """The answer's checkpoint fulfils the policy that anybody can ask of it, and proves the entry."""
    answer = await log.answered("first")
    proof = TlogProof.parse(answer.log_proof.encode())
    witnessed = log.policy.check(proof.checkpoint)
    assert len(witnessed.cosigned) >= 2
    assert (answer.published.time, answer.published.witnessed) == (log.clock.now(), True)
    verify_entry(a_sealed_entry("first"), proof, witnessed.checkpoint)


@pytest.mark.parametrize("away", [("alfa", "beta"), ("alfa", "beta", "gamma")], ids=lambda names: f"{len(names)} away")
async def test_nothing_signed_is_shown_before_the_quorum(mirrors_dsn, tmp_path, origin, away):
    """With too few mirrors an entry is durable, and neither a checkpoint nor a receipt leaves; then both do."""
    async with gated(mirrors_dsn, tmp_path, origin, away=away) as log:
        waiting = log.submit("waiting")
        durable = await log.answered("durable", until="durable")
        await asyncio.sleep(0.1)
        assert (durable.published, durable.log_proof, waiting.done(), log.shown) == (None, None, False, -1)
        assert await log.stored() is None
        with pytest.raises(NotFoundError):
            _ = log.sequencer.reader.published
        for name in away:
            log.mirrors[name].answers.set()
        assert (await asyncio.wait_for(waiting, PATIENCE)).published.witnessed
        await until(lambda: log.shown == 2)


async def test_the_release_is_stored_before_it_is_shown(log):
    """Whatever was shown is what the next process begins with."""
    for number in range(5):
        answer = await log.answered(f"stored {number}")
        assert await log.stored() >= answer.published.size


async def test_one_partner_that_is_away_or_slow_holds_nobody_up(log):
    """Two of three suffice, whatever the third does."""
    log.mirrors["beta"].failing = True
    log.mirrors["gamma"].answers.clear()
    log.mirrors["gamma"].answers.set()
    assert (await log.answered("without beta")).published.witnessed
    log.mirrors["beta"].failing = False
    log.mirrors["gamma"].answers.clear()
    assert (await log.answered("without gamma")).published.witnessed


async def test_who_waits_too_long_is_told_that_the_entry_is_durable(mirrors_dsn, tmp_path, origin):
    """The answer says the leaf; under the same request key the proof comes once there is one."""
    async with gated(mirrors_dsn, tmp_path, origin, away=NAMES, wait_seconds=5) as log:
        waiting = log.submit("patient")
        await until(lambda: log.sequencer.reader.state.head.size == 1)
        log.clock.advance(6)
        answer = await asyncio.wait_for(waiting, PATIENCE)
        assert (answer.first_leaf, answer.published) == (0, None)
        again = log.submit("patient")
        await asyncio.sleep(0.05)
        assert not again.done()
        for mirror in log.mirrors.values():
            mirror.answers.set()
        answer = await asyncio.wait_for(again, PATIENCE)
        assert (answer.first_leaf, answer.replayed, answer.published.witnessed) == (0, True, True)


async def test_late_lines_are_added_while_nothing_newer_is_known(log):
    """A checkpoint that stays the newest gathers the cosignatures of all."""
    log.mirrors["gamma"].answers.clear()
    await log.answered("two of three")
    assert len(log.policy.check(log.sequencer.reader.published.note).cosigned) == 2
    log.mirrors["gamma"].answers.set()
    await until(lambda: len(log.policy.check(log.sequencer.reader.published.note).cosigned) == 3)


@pytest.mark.parametrize("skew", [-301, 301])
async def test_a_cosignature_of_another_time_is_discarded(log, skew):
    """A mirror whose clock is off would date entries wrongly: its line doesn't count."""
    log.mirrors["alfa"].skew = skew
    answer = await log.answered("in time")
    assert log.mirrors["alfa"].signer.verifier.name not in answer.log_proof


async def test_a_mirror_whose_clock_is_put_right_is_asked_again(mirrors_dsn, tmp_path, origin, monkeypatch):
    """A log that waits for it is released then, without anything new; until then it is said why it isn't."""
    monkeypatch.setattr(release, "PAUSES", (0.02,))
    async with gated(mirrors_dsn, tmp_path, origin, away=["gamma"]) as log:
        log.mirrors["alfa"].skew = -4000
        waiting = log.submit("waiting")
        await until(lambda: "4,000 s before our clock's time" in log.releaser.failures.get("alfa", ""))
        log.mirrors["alfa"].skew = 0
        assert (await asyncio.wait_for(waiting, PATIENCE)).published.witnessed


async def test_what_was_offered_before_begins_no_round(log):
    """Whoever submits again what is logged costs partners nothing."""
    await log.answered("once")
    await until(lambda: all(mirror.shown for mirror in log.mirrors.values()))
    asked = [len(mirror.shown) for mirror in log.mirrors.values()]
    for _ in range(5):
        await log.answered("once")
    assert [len(mirror.shown) for mirror in log.mirrors.values()] == asked


async def test_partners_who_are_slower_than_what_is_new_release_all_the_same(log, monkeypatch):
    """A round that gave way too soon would lose each line before the next comes, for as long as there is load."""
    monkeypatch.setattr(release, "STUCK_SECONDS", 0.05)
    monkeypatch.setattr(log.releaser, "_patience", 0.05)
    for mirror in log.mirrors.values():
        mirror.seconds = 0.15
    for number in range(100):
        await log.answered(f"under load {number}", until="durable")
        if log.shown > 0:
            return
        await asyncio.sleep(0.06)
    pytest.fail("nothing was released under load")


async def test_a_checkpoint_at_rest_is_cosigned_anew(log, monkeypatch):
    """A log that rests is shown with fresh cosignatures, so that nobody takes it for one that hides something."""
    monkeypatch.setattr(log.releaser, "_recosign_seconds", 0.05)
    first = (await log.answered("at rest")).published
    log.clock.advance(DAY / 4)
    await until(lambda: log.sequencer.reader.published.time > first.time)
    again = log.sequencer.reader.published
    assert (again.size, again.root) == (first.size, first.root)
    assert log.policy.check(again.note).time == log.clock.now()


async def test_a_held_log_takes_nothing_and_shows_mirrors_nothing(log):
    """What holds a log is said to whoever submits; what was queued is refused."""
    await log.answered("before")
    log.sequencer.hold("somebody has seen more of it")
    with pytest.raises(PushBackError, match="signs nothing for now: somebody has seen more of it"):
        log.submit("held")
    log.sequencer.hold("")
    assert (await log.answered("after")).first_leaf == 1


async def test_many_submitters_share_rounds(log):
    """What arrives while mirrors are asked is released together in the next round."""
    answers = await asyncio.gather(*(log.answered(f"many {number}") for number in range(60)))
    assert sorted(answer.first_leaf for answer in answers) == list(range(60))
    assert len(log.mirrors["alfa"].shown) <= 12, "rounds for 60 entries that came at once"


async def test_the_next_process_offers_what_was_durable(mirrors_dsn, tmp_path, origin):
    """What was durable and not released is released after the next start; what was shown doesn't go back."""
    async with gated(mirrors_dsn, tmp_path, origin) as log:
        await log.answered("shown")
        for mirror in log.mirrors.values():
            mirror.answers.clear()
        assert (await log.answered("durable", until="durable")).published is None
    async with gated(mirrors_dsn, tmp_path, origin) as log:
        await until(lambda: log.shown == 2)
        assert (await log.answered("durable")).published.witnessed


async def test_a_process_that_begins_shows_what_was_released_before(mirrors_dsn, tmp_path, origin):
    """Before any mirror answers, the checkpoint is the one that the process before showed, with its cosignatures."""
    async with gated(mirrors_dsn, tmp_path, origin) as log:
        await log.answered("shown")
    async with gated(mirrors_dsn, tmp_path, origin, away=NAMES) as log:
        published = log.sequencer.reader.published
        assert (published.size, published.witnessed) == (1, True)
