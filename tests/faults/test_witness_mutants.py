"""Planted mistakes in the witness: each must be caught by one of the scenes, or the scenes prove nothing.

A scene is a short story that a right witness comes through; a mutant is the witness with one safety taken out.
"""

import asyncio
import hashlib

import pytest

from node.errors import NodeError
from node.gossip.cosigning import cosigned_log, witness
from node.gossip.cosigning.cosigned_log import CosignedLog
from node.storage import cosigned, cosigned_writer, database
from node.storage.cosigned import suspend_all
from tests.support.faulty_database import Fault
from tests.support.own_log import until
from tests.support.witnessing import SIZE, Watched, lines_of, watching

MOMENT = 0.2
"""Seconds in which a witness that doesn't wait would have answered."""


async def answer_waits_for_the_commit(watched: Watched) -> None:
    """While the commit is under way, no line leaves."""
    watched.database.delay["advance"] = 2 * MOMENT
    answer = asyncio.create_task(watched.ask(7, SIZE))
    await asyncio.sleep(MOMENT)
    assert not answer.done()
    assert lines_of(watched.log, SIZE, await answer)


async def warned_commit_is_made_again(watched: Watched) -> None:
    """A commit that came with a warning is no commit yet: the answer waits for one without."""
    watched.database.arm(Fault.WARNED, "advance")
    answer = asyncio.create_task(watched.ask(7, SIZE))
    await until(lambda: watched.database.statements.count("advance") == 2 or answer.done())
    assert not answer.done()
    assert lines_of(watched.log, SIZE, await answer)


async def lost_commit_is_not_acknowledged(watched: Watched) -> None:
    """A commit that never arrived is made again before the answer leaves."""
    watched.database.arm(Fault.LOST_BEFORE, "advance")
    answer = await watched.ask(7, SIZE)
    assert (answer.status, (await watched.cosigned())[0]) == (200, SIZE)


async def one_of_two_processes_wins(watched: Watched) -> None:
    """Of two requests that two processes check at the same time, one is refused."""
    other = watched.another()
    await other.add_checkpoint(watched.log.request(SIZE, SIZE))
    await watched.ask(7, 7)
    answers = await asyncio.gather(watched.ask(7, 33), other.add_checkpoint(watched.log.request(7, 8)))
    assert sorted(answer.status for answer in answers) == [200, 409]


async def stale_mind_is_not_answered_from(watched: Watched) -> None:
    """The size that is named is the one that another process has cosigned meanwhile."""
    await watched.another().add_checkpoint(watched.log.request(7, SIZE))
    assert (await watched.ask(8, 33)).body == b"20\n"


async def fork_is_refused(watched: Watched) -> None:
    """Another history is not cosigned."""
    assert (await watched.witness.add_checkpoint(watched.log.fork(6).request(7, SIZE))).status == 422


async def suspension_ends_cosigning(watched: Watched) -> None:
    """A row that is suspended under a running witness moves no more."""
    async with watched.database.pool.acquire() as connection:
        await suspend_all(connection)
    assert (await watched.ask(7, SIZE)).status == 503


async def database_set_back_is_noticed(watched: Watched) -> None:
    """A database that is behind what this process has cosigned is not signed upon."""
    before = await watched.cosigned()
    await watched.ask(7, SIZE)
    async with watched.database.pool.acquire() as connection:
        await connection.execute(
            "UPDATE cosigned SET size = $2, root = $3 WHERE origin = $1",
            watched.log.origin, before[0], watched.log.root(before[0]),
        )  # fmt: skip
    assert (await watched.ask(7, 33)).status == 503


async def convicted_log_is_not_cosigned(watched: Watched) -> None:
    """A conviction holds from the moment that it is known, also for who waits already."""
    watched.database.delay["advance"] = MOMENT
    first = asyncio.create_task(watched.ask(7, SIZE))
    await until(lambda: "advance" in watched.database.statements)
    waiting = asyncio.create_task(watched.ask(SIZE, 33))
    await asyncio.sleep(0)
    watched.convicted.add(watched.log.origin)
    assert ((await first).status, (await waiting).status) == (200, 403)


async def what_is_shown_is_certain(watched: Watched) -> None:
    """A row that another process wrote is shown only behind a commit of our own."""
    watched.database.statements.clear()
    assert await watched.another().latest(hashlib.sha256(watched.log.origin.encode()).hexdigest())
    assert "confirm" in watched.database.statements


SCENES = (
    answer_waits_for_the_commit,
    warned_commit_is_made_again,
    lost_commit_is_not_acknowledged,
    one_of_two_processes_wins,
    stale_mind_is_not_answered_from,
    fork_is_refused,
    suspension_ends_cosigning,
    database_set_back_is_noticed,
    convicted_log_is_not_cosigned,
    what_is_shown_is_certain,
)


def answering_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    """Answer once the statement is on its way."""
    move, under_way = CosignedLog.move, set()

    async def too_early(self: CosignedLog, *arguments, **options) -> bool:
        under_way.add(asyncio.create_task(move(self, *arguments, **options)))
        return True

    patch.setattr(CosignedLog, "move", too_early)


def ignoring_warnings(patch: pytest.MonkeyPatch) -> None:
    """Don't hear what the server warns of."""
    patch.setattr(database, "_pass_on", lambda message, on_warning: None)


def taking_unknown_for_done(patch: pytest.MonkeyPatch) -> None:
    """Believe that a commit of unknown outcome is in."""
    advance = cosigned_writer.advance_all

    async def hopeful(connection, wanted, *, again):
        try:
            return await advance(connection, wanted, again=again)
        except OSError:
            return {(one.origin, one.claim) for one in wanted}

    patch.setattr(cosigned_writer, "advance_all", hopeful)


def moving_from_anywhere(patch: pytest.MonkeyPatch) -> None:
    """Move a row wherever it stands."""
    condition = "(held.size = wanted.from_size AND held.root = wanted.from_root OR $9 AND held.note = wanted.note)"
    assert condition in cosigned._ADVANCE
    patch.setattr(cosigned, "_ADVANCE", cosigned._ADVANCE.replace(condition, "$9::boolean IS NOT NULL"))


def moving_what_is_suspended(patch: pytest.MonkeyPatch) -> None:
    """Move a row whatever has become of it meanwhile."""
    assert "NOT held.suspended" in cosigned._ADVANCE
    patch.setattr(cosigned, "_ADVANCE", cosigned._ADVANCE.replace("NOT held.suspended", "true"))


def never_looking_again(patch: pytest.MonkeyPatch) -> None:
    """Trust what is in mind."""

    async def has_moved(self: CosignedLog, held) -> bool:
        return False

    patch.setattr(CosignedLog, "has_moved", has_moved)


def without_the_proof(patch: pytest.MonkeyPatch) -> None:
    """Cosign whatever the log signs."""
    patch.setattr(witness, "check_update", lambda request, checkpoint, state: None)


def forgetting_what_it_cosigned(patch: pytest.MonkeyPatch) -> None:
    """Go on from whatever the database shows."""

    async def held(self: CosignedLog):
        return self._held or await self._read()

    patch.setattr(CosignedLog, "held", held)
    patch.setattr(cosigned_log, "RESTORED", "")


def asking_for_convictions_too_early(patch: pytest.MonkeyPatch) -> None:
    """Look at convictions when a request comes, and not when its turn does."""
    answer, decide = witness.Witness._answer, witness.Witness._decide

    async def early(self, log, asked):
        known = self._is_convicted(log.cosigned.origin)
        patch.setattr(self, "_is_convicted", lambda origin: known)
        return await answer(self, log, asked)

    patch.setattr(witness.Witness, "_answer", early)
    patch.setattr(witness.Witness, "_decide", decide)


def showing_what_it_reads(patch: pytest.MonkeyPatch) -> None:
    """Show a row as the server shows it."""

    async def look(self: CosignedLog) -> None:
        row = await self._find()
        self._shown = None if row is None else row.note

    patch.setattr(CosignedLog, "_look", look)


MUTANTS = (
    answering_before_the_commit,
    ignoring_warnings,
    taking_unknown_for_done,
    moving_from_anywhere,
    moving_what_is_suspended,
    never_looking_again,
    without_the_proof,
    forgetting_what_it_cosigned,
    asking_for_convictions_too_early,
    showing_what_it_reads,
)


@pytest.fixture
def a_scene(faults_dsn, monkeypatch):
    """Give what plays a scene on a log of which seven entries are cosigned."""
    monkeypatch.setattr(cosigned_writer, "RECONNECT_SECONDS", (0.0, 0.01, 0.02))

    async def play(scene) -> None:
        async with watching(faults_dsn) as watched:
            await watched.ask(0, 7)
            watched.database.statements.clear()
            await asyncio.wait_for(scene(watched), 10)

    return play


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_witness_comes_through(scene, a_scene):
    """The witness as it is comes through the scene."""
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
    pytest.fail(f"no scene notices a witness {mutant.__name__.replace('_', ' ')}")
