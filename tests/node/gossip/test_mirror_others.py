"""While a log's node is away, its mirror grows from other partners' mirrors: verified as always, never backwards."""

import shutil
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from node.client import HttpClient
from node.config import PartnerSettings
from node.gossip.mirror.mirrors import FollowedLog, MirrorSet
from node.storage.database import Database
from node.storage.migrate import migrate
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.gossip.witness import origin_hash
from tests.node.gossip.conftest import QUICK
from tests.node.gossip.test_lying_partners import flip, fork
from tests.support.clock import FakeClock
from tests.support.entries import sealed_entries
from tests.support.lying_log import LogServer, failing, silent
from tests.support.static_log import StaticLog

OTHERS = ("first", "second")


@dataclass
class Away:
    """A log, its own server, and servers of others that mirror it."""

    log: StaticLog
    own: LogServer
    others: dict[str, LogServer]
    mirrors: MirrorSet
    clock: FakeClock

    async def refresh(self) -> FollowedLog:
        """Follow the log for one round."""
        return await self.mirrors.refresh(self.log.signer.verifier.name)

    @property
    def size(self) -> int | None:
        """The size that our mirror shows."""
        reader = self.mirrors.of(self.log.signer.verifier.name).reader
        return None if reader is None else reader.published.size

    def mirror(self, name: str, log: StaticLog | None = None) -> None:
        """Let another partner's mirror hold what the log shows now."""
        folder = self.others[name].folder / "mirror" / origin_hash(self.log.signer.verifier.name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree((log or self.log).folder, folder)


def cosigner(name: str) -> Signer:
    """Return the key of a partner's mirror."""
    return Signer(f"{name}.example/mirror", name.encode().ljust(32, b"."), COSIGNATURE)


@asynccontextmanager
async def away(dsn: str, log: StaticLog, folder):
    """Follow a log and two other partners, who mirror it."""
    database, clock = Database({"dsn": dsn}), FakeClock()
    await database.open(pool_size=3)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        async with database.pool.acquire() as connection:
            await migrate(connection)
        http = await stack.enter_async_context(HttpClient(bounds=QUICK))
        own = await stack.enter_async_context(LogServer(log.folder))
        key = log.signer.verifier
        partners, others = [PartnerSettings("log", key.name, key, own.url)], {}
        for name in OTHERS:
            (folder / name).mkdir()
            others[name] = await stack.enter_async_context(LogServer(folder / name))
            theirs = Signer(f"{name}.{key.name}", b"\1" * 32).verifier
            partners.append(PartnerSettings(name, theirs.name, theirs, others[name].url, (cosigner(name).verifier,)))
        mirrors = MirrorSet(database, partners, http=http, clock=clock)
        stack.push_async_callback(mirrors.close)
        await mirrors.load()
        yield Away(log, own, others, mirrors, clock)


@pytest.fixture
async def one(mirrors_dsn, log, tmp_path):
    """Give a log of 300 entries that is mirrored here, and whose node has gone since."""
    async with away(mirrors_dsn, log, tmp_path) as found:
        log.append(sealed_entries("away", 300))
        await found.refresh()
        found.own.lies["*"] = failing
        yield found


async def test_what_another_mirror_holds_is_taken_over(one):
    """Our copy goes on to where theirs is; the status says from whom, and when the log's own node was last reached."""
    reached = one.clock.now()
    one.log.append(sealed_entries("further", 9000))
    one.mirror("first")
    one.clock.advance(100)
    status = (await one.refresh()).status
    assert (one.size, status.reached_at, status.tried_at) == (9300, reached, reached + 100)
    assert status.failure.endswith("; what the mirror of first holds of it is here")


async def test_another_mirror_is_asked_where_one_fails(one):
    """Who has nothing, or doesn't answer, costs a round nothing but the asking."""
    one.others["first"].lies["*"] = silent
    one.log.append(sealed_entries("further", 10))
    one.mirror("second")
    assert (await one.refresh()).status.failure.endswith("the mirror of second holds of it is here")
    assert one.size == 310


async def test_a_log_that_answers_is_asked_alone(one):
    """Nobody else is asked while its node serves it."""
    one.own.lies.clear()
    one.mirror("first")
    assert (await one.refresh()).status.failure is None
    assert one.others["first"].asked == []


async def test_a_log_that_comes_back_is_followed_on(one):
    """What others gave is its own: it is held against what it shows, and goes on."""
    one.log.append(sealed_entries("further", 10))
    one.mirror("first")
    await one.refresh()
    one.log.append(sealed_entries("later", 10))
    one.own.lies.clear()
    assert (await one.refresh()).status.failure is None
    assert one.size == 320


LIES = {
    "nothing": lambda one, path: None,
    "an entry flipped": lambda one, path: flip(path / "tile/entries/001.p/54", -100),
    "a bundle withheld": lambda one, path: (path / "tile/entries/001.p/54").unlink(),
    "noise": lambda one, path: (path / "checkpoint").write_bytes(b"noise"),
    "another key": lambda one, path: (path / "checkpoint").write_bytes(
        (path / "checkpoint").read_bytes().replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94 x")
    ),
}


@pytest.mark.parametrize("lie", list(LIES), ids=str)
async def test_a_mirror_that_lies_changes_nothing(one, lie):
    """Whatever another mirror serves is held against the log's own signature."""
    if lie != "nothing":
        one.log.append(sealed_entries("further", 10))
        one.mirror("first")
        LIES[lie](one, one.others["first"].folder / "mirror" / origin_hash(one.log.signer.verifier.name))
    status = (await one.refresh()).status
    assert ("mirror of" in status.failure, one.size) == (False, 300)


async def test_a_fork_in_another_mirror_is_told(one, tmp_path):
    """Two signed notes that contradict each other go to who makes evidence, whoever served them."""
    told = []
    one.mirrors.on_inconsistent = told.append
    one.mirror("first", fork(one.log, [*sealed_entries("away", 200), *sealed_entries("lie", 200)], tmp_path))
    await one.refresh()
    assert (one.size, [error.shown.checkpoint.size for error in told]) == (300, [400])


async def test_an_older_copy_takes_nothing_back(one, tmp_path):
    """A mirror that lags is no reason to show less."""
    one.mirror("first", fork(one.log, sealed_entries("away", 200), tmp_path))
    await one.refresh()
    assert one.size == 300


def cosigned_by(one, name):
    """Let another partner's mirror, as a real one does, show the checkpoint with its own line."""
    path = one.others[name].folder / "mirror" / origin_hash(one.log.signer.verifier.name) / "checkpoint"
    note = Note.parse(path.read_bytes())
    path.write_bytes(note.adding([cosign(note.text, cosigner(name), 1_700_000_000)]).render())


async def test_what_too_few_mirrors_hold_is_held_and_answers_nothing(one):
    """A mirror may hold what its log has shown to nobody; with a second one it is a quorum, in one note."""
    origin = one.log.signer.verifier.name
    one.mirrors.is_witnessed = lambda _, note: len(Note.parse(note).signatures) > 2
    one.log.append(sealed_entries("pushed", 10))
    one.mirror("first")
    cosigned_by(one, "first")
    await one.refresh()
    holding = one.mirrors.of(origin).mirror.holding
    assert (holding.state.head.size, one.size) == (310, 300)
    one.mirror("second")
    cosigned_by(one, "second")
    await one.refresh()
    assert one.size == 310
    assert len(Note.parse(one.mirrors.of(origin).reader.published.note).signatures) == 3


async def test_the_newest_that_enough_hold_answers(one):
    """One mirror that is ahead of the others keeps nobody from what all of them hold."""
    one.mirrors.is_witnessed = lambda _, note: len(Note.parse(note).signatures) > 1
    one.log.append(sealed_entries("released", 10))
    one.mirror("second")
    cosigned_by(one, "second")
    one.log.append(sealed_entries("pushed", 10))
    one.mirror("first")
    await one.refresh()
    assert (one.mirrors.of(one.log.signer.verifier.name).mirror.holding.state.head.size, one.size) == (320, 310)


async def test_where_nothing_answers_yet_what_few_hold_does(mirrors_dsn, log, tmp_path):
    """It is told as witnessed by too few; that is more than nothing."""
    async with away(mirrors_dsn, log, tmp_path) as one:
        one.mirrors.is_witnessed = lambda _, note: False
        log.append(sealed_entries("first", 10))
        one.mirror("first")
        one.own.lies["*"] = failing
        await one.refresh()
        assert one.size == 10


async def test_what_others_were_shown_is_learned_where_it_is_held(one):
    """A checkpoint of what is held already answers questions from then on, with the lines that verify and no others."""
    origin = one.log.signer.verifier.name
    one.log.append(sealed_entries("pushed", 10))
    one.mirror("first")
    await one.mirrors.grow_from(origin, one.mirrors._others[origin]["first"])
    bare = (one.log.folder / "checkpoint").read_bytes()
    note = Note.parse(bare)
    good, wrong = cosign(note.text, cosigner("first"), 1_700_000_000), cosign(note.text, cosigner("second"), 7)
    false = type(wrong)(wrong.name, wrong.key_id, wrong.value[:-1] + bytes([wrong.value[-1] ^ 1]))
    await one.mirrors.learn(origin, note.adding([good, false]).render())
    assert Note.parse(one.mirrors.of(origin).reader.published.note) == note.adding([good])
    await one.mirrors.learn(origin, bare)
    assert Note.parse(one.mirrors.of(origin).reader.published.note) == note.adding([good])


async def test_what_is_not_held_is_not_learned(one):
    """A checkpoint beyond our copy answers no question."""
    one.log.append(sealed_entries("beyond", 10))
    await one.mirrors.learn(one.log.signer.verifier.name, (one.log.folder / "checkpoint").read_bytes())
    assert one.size == 300
