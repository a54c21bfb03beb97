"""Planted mistakes: each must be caught by one of the scenes, or the scenes prove nothing.

A scene is a short story that a right sequencer comes through; a mutant is the sequencer with one safety taken out.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from node.errors import FatalError, NodeError, PushBackError
from node.log import keep
from node.log.keep import LogKeeper
from node.log.sequence import Sequencer
from node.log.state import Position, Published
from node.log.submission import Sequenced
from node.storage import database, growth, writer
from node.storage.heads import read_head
from tests.faults.test_commit import set_back
from tests.support.entries import sealed_entries
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.own_log import OwnLog

MOMENT = 0.2
"""Seconds in which a sequencer that doesn't wait would have answered."""


async def lost_answer_is_held_back(log: OwnLog) -> None:
    """After a lost answer nobody is told anything until a barrier has passed."""
    await held_back(log, Fault.LOST_AFTER)


async def warned_answer_is_held_back(log: OwnLog) -> None:
    """After a commit that came with a warning nobody is told anything until a barrier has passed."""
    await held_back(log, Fault.WARNED)


async def held_back(log: OwnLog, fault: Fault) -> None:
    """Let a commit's outcome be unknown and barriers wait."""
    log.database.arm(fault, "step")
    log.database.hold = asyncio.Event()
    answer = log.enqueue(sealed_entries("held", 1))
    await asyncio.sleep(MOMENT)
    assert (answer.done(), log.size) == (False, 5)
    log.database.hold.set()
    log.keep(await answer, sealed_entries("held", 1))


async def lost_entry_is_not_acknowledged(log: OwnLog) -> None:
    """A commit that never arrived is done again; what is acknowledged stands."""
    log.database.arm(Fault.LOST_BEFORE, "step")
    await log.submit("lost", 2)
    await log.check()


async def answer_waits_for_the_commit(log: OwnLog) -> None:
    """While the commit is under way, nobody has an answer."""
    log.database.delay["step"] = MOMENT
    answer = log.enqueue(sealed_entries("slow", 2))
    await asyncio.sleep(MOMENT / 2)
    assert (answer.done(), log.size) == (False, 5)
    log.keep(await answer, sealed_entries("slow", 2))


async def applied_entry_is_its_own(log: OwnLog) -> None:
    """A commit whose answer was lost is not taken for somebody else's."""
    log.database.arm(Fault.LOST_AFTER, "step")
    assert (await log.submit("applied", 2)).first_leaf == 5


async def late_statement_changes_nothing(log: OwnLog) -> None:
    """A commit that the server carries out behind the barrier finds another epoch."""
    log.database.arm(Fault.LATE, "step")
    await log.submit("late", 2)
    assert log.database.done_late == [0]


async def older_database_is_refused(log: OwnLog) -> None:
    """A database behind the head file is not signed upon."""
    await log.submit("newer")
    await set_back(log, 5)
    await log.stop()
    with pytest.raises(FatalError, match="holds 5 entries"):
        await log.start()


async def older_database_behind_a_new_connection_is_refused(log: OwnLog) -> None:
    """A database that went back under a running log ends it."""
    await log.submit("newer")
    await set_back(log, 5)
    log.database.arm(Fault.LOST_BEFORE, "step")
    with pytest.raises(PushBackError):
        await log.submit("never")


async def careless_server_is_refused(log: OwnLog) -> None:
    """A server that acknowledges what isn't on the disk yet is not written on."""
    await log.stop()
    async with a_setting(log.dsn, "synchronous_commit", "off"):
        with pytest.raises(FatalError, match="synchronous_commit = off"):
            await log.start()


@contextlib.asynccontextmanager
async def a_setting(dsn: str, name: str, value: str) -> AsyncIterator[None]:
    """Let sessions that begin in the block have a setting."""
    session = await asyncpg.connect(dsn)
    database = await session.fetchval("SELECT current_database()")
    try:
        await session.execute(f"ALTER DATABASE {database} SET {name} = {value}")
        yield
    finally:
        await session.execute(f"ALTER DATABASE {database} RESET {name}")
        await session.close()


SCENES = (
    lost_answer_is_held_back,
    warned_answer_is_held_back,
    lost_entry_is_not_acknowledged,
    answer_waits_for_the_commit,
    applied_entry_is_its_own,
    late_statement_changes_nothing,
    older_database_is_refused,
    older_database_behind_a_new_connection_is_refused,
    careless_server_is_refused,
)


def without_barrier(patch: pytest.MonkeyPatch) -> None:
    """Read the head where a barrier was to be committed."""
    patch.setattr(writer, "pass_barrier", read_head)


def ignoring_warnings(patch: pytest.MonkeyPatch) -> None:
    """Don't hear what the server warns of."""
    patch.setattr(database, "_pass_on", lambda message, on_warning: None)


def answering_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    """Answer once a batch has its leaves and its checkpoint is signed."""
    prepare = Sequencer._prepare

    def too_early(self: Sequencer, before: Position):
        step = prepare(self, before)
        first = before.head.size
        for submission in step.batch if step else ():
            grown = step.integration.growth
            submission.resolve(Sequenced(first, len(submission), Published(grown.size, grown.root, grown.note)))
            first += len(submission)
        return step

    patch.setattr(Sequencer, "_prepare", too_early)


def releasing_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    """Show a checkpoint once it is signed."""
    prepare = Sequencer._prepare

    def too_early(self: Sequencer, before: Position):
        step = prepare(self, before)
        if step is not None:
            grown = step.integration.growth
            self.reader.state.published = Published(grown.size, grown.root, grown.note)
        return step

    patch.setattr(Sequencer, "_prepare", too_early)


def cutting_the_commit_short(patch: pytest.MonkeyPatch) -> None:
    """Take a commit that takes long for one that was refused."""
    commit = writer.Writer.commit

    async def impatient(self: writer.Writer, grown: growth.Growth) -> writer.Outcome:
        try:
            return await asyncio.wait_for(commit(self, grown), MOMENT / 4)
        except TimeoutError:
            return writer.Outcome.REFUSED

    patch.setattr(writer.Writer, "commit", impatient)


def trusting_every_server(patch: pytest.MonkeyPatch) -> None:
    """Don't ask whether the server flushes what it acknowledges."""
    patch.setattr(database, "DURABLE_SETTINGS", ())


def ignoring_the_epoch(patch: pytest.MonkeyPatch) -> None:
    """Move the head from its size and root alone."""
    patch.setattr(growth, "_HEAD", growth._HEAD.replace("epoch = $4", "$4::bigint IS NOT NULL"))
    patch.setattr(growth, "_text", growth._text.__wrapped__)


def taking_unknown_for_applied(patch: pytest.MonkeyPatch) -> None:
    """Believe that a commit of unknown outcome is in."""
    patch.setattr(LogKeeper, "holds", answering(True))


def taking_unknown_for_lost(patch: pytest.MonkeyPatch) -> None:
    """Believe that a commit of unknown outcome is not in."""
    patch.setattr(LogKeeper, "holds", answering(False))


def without_head_file(patch: pytest.MonkeyPatch) -> None:
    """Sign upon whatever head the database shows."""
    patch.setattr(keep, "check", lambda head, state, restore_accepted=False: None)
    patch.setattr(LogKeeper, "_check_extends", answering(None))


def answering(value: object) -> Callable:
    """Return a method that has one answer."""

    async def method(self: LogKeeper, *_: object) -> object:
        return value

    return method


MUTANTS = (
    without_barrier,
    ignoring_warnings,
    answering_before_the_commit,
    releasing_before_the_commit,
    cutting_the_commit_short,
    trusting_every_server,
    ignoring_the_epoch,
    taking_unknown_for_applied,
    taking_unknown_for_lost,
    without_head_file,
)


@pytest.fixture
def a_scene(faults_dsn, origins, tmp_path):
    """Give what plays a scene on a fresh log of five entries, and checks everything at its end."""

    async def play(scene) -> None:
        log = OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase)
        await log.start()
        try:
            await log.submit("before", 5)
            await asyncio.wait_for(scene(log), 5)
            if log.is_running and not log.has_ended:
                await log.stop()
                await log.check()
        finally:
            with contextlib.suppress(NodeError):
                await log.die()

    return play


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_sequencer_comes_through(scene, a_scene):
    """The sequencer as it is comes through the scene."""
    await a_scene(scene)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
async def test_mutant_is_caught(mutant, a_scene, monkeypatch):
    """With one safety taken out, one of the scenes fails."""
    mutant(monkeypatch)
    for scene in SCENES:
        try:
            await a_scene(scene)
        except (AssertionError, NodeError, TimeoutError) as failure:
            print(f"caught by {scene.__name__}: {failure!r:.100}")
            return
        except pytest.fail.Exception as failure:
            print(f"caught by {scene.__name__}: {failure}")
            return
    pytest.fail(f"no scene notices a sequencer {mutant.__name__.replace('_', ' ')}")
