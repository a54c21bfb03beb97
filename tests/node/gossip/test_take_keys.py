"""A partner's log changes its key, or has it stolen: what is kept of it is held against the key's end, once."""

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from node.client import HttpClient
from node.config import PartnerSettings
from node.gossip.cosigning import take_keys
from node.gossip.cosigning.cosigned_file import CosignedFile, CosignedState, Mark
from node.gossip.cosigning.take_keys import take_over_keys
from node.gossip.cosigning.witness import Witness
from node.gossip.mirror.mirrors import MirrorSet
from node.gossip.recovery.recover import Recovery
from node.log.check import Check
from node.storage.cosigned import Advance, advance_all, enrol, find_cosigned
from node.storage.database import Database, Identity
from node.storage.former_keys import former_keys, keys_of
from node.storage.heads import find_head
from node.storage.migrate import migrate
from node.storage.scan import one_moment
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.ended_key import EndedKey
from protocol.log.merkle import EMPTY_ROOT, leaf_hash, root_of
from tests.node.gossip.conftest import QUICK
from tests.support.clock import FakeClock
from tests.support.entries import sealed_entries
from tests.support.examples import seed
from tests.support.lost_log import a_lost_log
from tests.support.lying_log import LogServer
from tests.support.static_log import StaticLog
from tests.support.witnessing import COSIGNER

END = 300
"""Where the first key ends: behind a full bundle."""


class Followed:
    """A partner's log, and what this node keeps of it."""

    def __init__(self, log: StaticLog, url: str, database: Database, file: CosignedFile) -> None:
        self.log, self.database, self.file = log, database, file
        self.first, self.next = log.signer, Signer(log.signer.verifier.name, seed("next key"))
        self.block = PartnerSettings("partner", self.origin, self.first.verifier, url)

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.first.verifier.name

    def ended(self, why: str, *, size: int = END, root: bytes | None = None) -> PartnerSettings:
        """Return the block once the first key has ended, by default where the log has the tree that it has."""
        there = root_of([leaf_hash(entry) for entry in self.log.entries[:size]]) if root is None else root
        end = EndedKey.of(self.first.verifier, size=size, root=there, why=why)
        return replace(self.block, verifier_key=self.next.verifier, former_keys=(end,))

    async def refresh(self, block: PartnerSettings | None = None) -> tuple[int | None, str]:
        """Follow the log as a node does that starts with this block; return the size shown, and what it failed on."""
        async with HttpClient(bounds=QUICK) as http:
            mirrors = MirrorSet(self.database, [block or self.block], http=http, clock=FakeClock())
            await mirrors.load()
            followed = await mirrors.refresh(self.origin)
            await mirrors.close()
        reader = followed.reader
        return None if reader is None else reader.published.size, followed.status.failure or ""

    async def take_over(self, block: PartnerSettings) -> None:
        """Take a block over as a node does before it begins."""
        await take_over_keys(self.database, [block], self.file)

    async def cosigned(self, claim: str, size: int, signer: Signer | None = None) -> None:
        """Let one of our cosigners have cosigned the log at a size."""
        root = root_of([leaf_hash(entry) for entry in self.log.entries[:size]])
        note = sign_checkpoint(Checkpoint(self.origin, size, root), signer or self.first)
        async with self.database.writing() as connection:
            await enrol(connection, claim, [self.origin])
            moved = await advance_all(connection, [Advance(self.origin, claim, 0, EMPTY_ROOT, size, root, note, 1)])
        assert moved

    async def state(self, claim: str) -> tuple[int, bytes]:
        """Return where one of our cosigners stands."""
        async with self.database.pool.acquire() as connection:
            row = await find_cosigned(connection, claim, self.origin)
        return row.size, row.root


@asynccontextmanager
async def a_thief(followed: Followed, folder):
    """Serve the log that somebody with the first key signs: it parts from the true one behind entry 290."""
    (folder / "thief").mkdir()
    thief = StaticLog(folder / "thief", followed.origin)
    thief.append([*followed.log.entries[:290], *sealed_entries("stolen", 40)])
    async with LogServer(thief.folder) as server:
        yield replace(followed.block, url=server.url)


@pytest.fixture
async def followed(mirrors_dsn, log, tmp_path):
    """Give a log of 300 entries that is followed under its first key."""
    database = Database({"dsn": mirrors_dsn})
    await database.open(pool_size=3)
    async with database.pool.acquire() as connection:
        await migrate(connection)
    log.append(sealed_entries("honest", END))
    file = CosignedFile.__new__(CosignedFile)
    file.path = tmp_path / "cosigned.head"
    async with LogServer(log.folder) as server:
        yield Followed(log, server.url, database, file)
    await database.close()


def go_on(followed: Followed, count: int) -> None:
    """Let the log grow under its next key."""
    followed.log.signer = followed.next
    followed.log.append(sealed_entries("behind", count))


async def faults(followed: Followed) -> dict:
    """Return what the integrity run finds in the mirror."""
    async with one_moment(followed.database) as connection:
        found = await Check(connection, await find_head(connection, followed.origin), lambda _: None).run()
    return {step: told for step, told in found.faults.items() if told}


async def test_a_log_is_followed_across_a_change_of_its_key(followed):
    """Not before the operator's word; after it from where it was, each note under the key of its size."""
    assert await followed.refresh() == (END, "")
    go_on(followed, 10)
    assert "not signed by a trusted key" in (await followed.refresh())[1]
    block = followed.ended("retired")
    assert "start the node anew" in (await followed.refresh(block))[1]
    await followed.take_over(block)
    assert await faults(followed) == {}
    assert await followed.refresh(block) == (END + 10, "")
    assert await faults(followed) == {}
    async with followed.database.pool.acquire() as connection:
        head = await find_head(connection, followed.origin)
        assert await former_keys(connection, head.log_id) == block.former_keys


async def test_what_a_stolen_key_signs_beyond_its_end_is_refused(followed, tmp_path):
    """The mirror takes nothing of it, whoever serves it."""
    await followed.refresh()
    block = followed.ended("compromised")
    await followed.take_over(block)
    async with a_thief(followed, tmp_path) as theirs:
        size, failure = await followed.refresh(replace(block, url=theirs.url))
    assert (size, "was compromised: it counts up to size 300" in failure) == (END, True)


async def test_a_mirror_of_the_thiefs_log_is_dropped_and_read_anew(followed, tmp_path):
    """Whoever followed the thief comes back to the log, with nothing left of the other history."""
    async with a_thief(followed, tmp_path) as theirs:
        assert await followed.refresh(theirs) == (330, "")
    block = followed.ended("compromised")
    await followed.take_over(block)
    assert await followed.refresh(block) == (END, "")
    go_on(followed, 7)
    assert await followed.refresh(block) == (END + 7, "")
    assert await faults(followed) == {}


async def test_a_mirror_that_is_part_of_the_good_tree_stays(followed):
    """Nothing is read twice where nothing was wrong."""
    await followed.refresh()
    go_on(followed, 5)
    block = followed.ended("compromised")
    async with followed.database.pool.acquire() as connection:
        before = await find_head(connection, followed.origin)
    await followed.take_over(block)
    async with followed.database.pool.acquire() as connection:
        after = await find_head(connection, followed.origin)
    assert (after.size, after.root, after.released_note) == (before.size, before.root, before.released_note)
    assert await followed.refresh(block) == (END + 5, "")


async def test_cosigners_go_on_from_the_last_good_checkpoint(followed, tmp_path):
    """What they cosigned for the thief, below the end or above it, keeps them from nothing."""
    async with a_thief(followed, tmp_path):
        pass
    await followed.cosigned("witness", 295)
    await followed.cosigned("mirror", 0)
    followed.file.write(CosignedState(Identity(1, 1), (Mark(followed.origin, "witness", 295, b"\1" * 32),)))
    block = followed.ended("compromised")
    await followed.refresh()
    await followed.take_over(block)
    assert await followed.state("witness") == (END, block.former_keys[0].root)
    assert await followed.state("mirror") == (0, EMPTY_ROOT)
    assert followed.file.read().marks == ()


async def test_cosigners_that_stood_within_a_retired_keys_time_stay(followed):
    """A change in good order takes back nothing."""
    await followed.refresh()
    await followed.cosigned("witness", 200)
    await followed.cosigned("mirror", END)
    before = [await followed.state(claim) for claim in ("witness", "mirror")]
    await followed.take_over(followed.ended("retired"))
    assert [await followed.state(claim) for claim in ("witness", "mirror")] == before


async def test_what_was_cosigned_under_the_next_key_stays(followed):
    """A second look, after the log has gone on, changes nothing of it."""
    await followed.refresh()
    go_on(followed, 5)
    await followed.cosigned("witness", END + 5, followed.next)
    before = await followed.state("witness")
    await followed.take_over(followed.ended("compromised"))
    assert await followed.state("witness") == before


async def test_another_tree_at_a_retired_keys_end_is_never_overlooked(followed):
    """Either the block or the log is wrong: the mirror stays as it is, and isn't used."""
    await followed.refresh()
    block = followed.ended("retired", root=b"\7" * 32)
    await followed.take_over(block)
    async with followed.database.pool.acquire() as connection:
        head = await find_head(connection, followed.origin)
    assert (head.size, head.verifier_key) == (END, followed.first.verifier.render())
    assert await followed.refresh(block) != (END, "")
    await followed.take_over(followed.ended("retired"))
    assert await followed.refresh(followed.ended("retired")) == (END, "")


async def test_a_take_over_that_is_cut_off_is_done_again(followed, monkeypatch):
    """Less is remembered beside the keys meanwhile, and never more than the rows hold."""
    await followed.refresh()
    await followed.cosigned("witness", 295)
    followed.file.write(CosignedState(Identity(1, 1), (Mark(followed.origin, "witness", 295, b"\1" * 32),)))
    block = followed.ended("compromised")

    class ProcessDies(BaseException):
        pass

    async def dies(*_):
        raise ProcessDies

    monkeypatch.setattr(take_keys, "set_keys", dies)
    with pytest.raises(ProcessDies):
        await followed.take_over(block)
    monkeypatch.undo()
    assert (await followed.state("witness"))[0] == 295
    await followed.take_over(block)
    assert (await followed.state("witness"))[0] == END
    assert await followed.refresh(block) == (END, "")


async def test_a_block_that_says_nothing_new_changes_nothing(followed, monkeypatch):
    """Every start asks; only a change does anything."""
    await followed.refresh()
    block = followed.ended("retired")
    await followed.take_over(block)
    monkeypatch.setattr(take_keys, "_take_over", None)
    await followed.take_over(block)
    await followed.take_over(replace(followed.block, verifier_key=Signer(followed.origin, seed("stranger")).verifier))


@pytest.mark.parametrize("here", [200, 300, None])
async def test_a_log_whose_key_has_changed_is_recovered(dsn, tmp_path, here):
    """From a database of before the change, or from nothing: afterwards it is known by the key that signs now."""
    entries = sealed_entries("recovered", 320)
    async with a_lost_log(dsn, tmp_path, here=here, mirrors={"a": 300}, entries=entries) as lost:
        first, lost.signer = lost.signer.verifier, Signer(lost.signer.verifier.name, seed("next key"))
        root = root_of([leaf_hash(entry) for entry in entries[:300]])
        end = EndedKey.of(first, size=300, root=root, why="retired")
        lost.write_mirror("a", 320)
        told = await lost.ask()
        recovery = Recovery(lost.database, lost.signer.verifier, lost.head_file, former=(end,))
        done = await recovery.run(told, read_from=told)
        async with lost.database.pool.acquire() as connection:
            head = await find_head(connection, lost.signer.verifier.name)
            assert await keys_of(connection, head) == (lost.signer.verifier, end)
        assert (done.size, head.own) == (320, True)


@pytest.mark.parametrize(("size", "status"), [(20, 200), (30, 200), (31, 403), (33, 403)])
async def test_a_witness_cosigns_nothing_beyond_a_keys_end(watched, size, status):
    """A checkpoint of a stolen key above its last good size is as one that nobody signed; up to it all is as before."""
    signer, end = watched.log.signer.verifier, watched.log.checkpoint(30)
    ended = EndedKey.of(signer, size=end.size, root=end.root, why="compromised")
    witness = Witness(
        COSIGNER,
        {watched.log.origin: (Signer(signer.name, seed("next key")).verifier, ended)},
        database=watched.database,
        writer=watched.writer,
        clock=watched.clock,
        is_convicted=watched.convicted.__contains__,
        suspect=lambda *told: watched.suspected.append(told),
    )
    assert (await witness.add_checkpoint(watched.log.request(0, size))).status == status
