"""A log changes its key in good order, or is closed: entry, row and files together, wherever it is cut off."""

import asyncio

import pytest

from node.clock import Clock
from node.errors import ConflictError, FatalError, InadmissibleError, PushBackError
from node.log import log_key
from node.log.change_key import change_key
from node.log.check import Check
from node.log.close import close
from node.log.former_file import read_former
from node.log.keys import create_key, load_key, render_private_key
from node.log.log_key import next_key_file, open_log_key, retired_key_file
from node.runtime.database import open_database
from node.storage.files import create_file
from node.storage.former_keys import former_keys
from node.storage.heads import find_head
from node.storage.scan import one_moment
from protocol.encoding.keys import VerifierKey
from protocol.errors import NoTrustedKeyError
from protocol.log.checkpoint import open_checkpoint
from protocol.recognition.entry import parse_entry
from tests.support.examples import seed
from tests.support.nodes import make_config, node_running
from tests.support.own_log import OwnLog


@pytest.fixture
async def keyed(logs_dsn, tmp_path, origin):
    """Give a running log whose key is in a file; after the test all of it is checked."""
    log = OwnLog(logs_dsn, tmp_path, origin)
    create_file(log.key_file, f"{render_private_key(origin, seed(origin))}\n".encode())
    await log.start()
    yield log
    await log.stop()
    await log.check()


async def changed(log):
    """Change the log's key, and let its promises know."""
    done = await change_key(log, log.key_file, log.database, Clock())
    log.promises.verifier = done.key
    log.promises.former = [*await known_former(log)]
    return done


async def known_former(log):
    """Return what the database holds of the log's former keys."""
    async with log.database.pool.acquire() as connection:
        return await former_keys(connection, log.sequencer.reader.state.head.log_id)


async def test_the_next_key_signs_behind_the_entry_and_the_old_one_up_to_it(keyed):
    """The checkpoint that first holds the entry is the old key's, every larger one the next key's."""
    await keyed.submit("before", 3)
    old = keyed.signer.verifier

    done = await changed(keyed)

    assert (done.leaf, done.former.size, done.former.key()) == (3, 4, old)
    at_the_change = keyed.sequencer.reader.published
    assert (at_the_change.size, at_the_change.root) == (4, done.former.root)
    open_checkpoint(at_the_change.note, [old])
    answer = await keyed.submit("after", 2)
    assert open_checkpoint(answer.published.note, [done.key])[0].size == 6
    with pytest.raises(NoTrustedKeyError):
        open_checkpoint(answer.published.note, [old])


async def test_the_entry_says_the_next_key_under_its_number(keyed):
    """The second key is version 2, the third version 3; each is signed by itself."""
    for version in (2, 3):
        done = await changed(keyed)
        entry = parse_entry(await keyed.sequencer.reader.entry(done.leaf), strict=True)
        assert (entry.kind, entry.version, entry.verifier_key) == ("key", version, done.key)
    assert [key.size for key in await known_former(keyed)] == [1, 2]


async def test_the_files_follow(keyed):
    """The key file holds the key that signs, and the one before stands beside it under its own name."""
    old = load_key(keyed.key_file).verifier
    done = await changed(keyed)
    assert load_key(keyed.key_file).verifier == done.key == keyed.signer.verifier
    assert load_key(retired_key_file(keyed.key_file, old)).verifier == old
    assert not next_key_file(keyed.key_file).exists()
    await keyed.restart()
    await keyed.submit("after a restart", 2)


async def test_what_the_retired_key_signed_stays_in_order(keyed):
    """The integrity run accepts each note under the key of its time, and whoever asks no database finds the ends."""
    await keyed.submit("before", 2)
    done = await changed(keyed)
    for label in ("behind", "further behind"):
        async with one_moment(keyed.database) as connection:
            found = await Check(connection, await find_head(connection, keyed.origin), lambda _: None).run()
        assert found.faults == {}
        await keyed.submit(label, 1)
    assert read_former(keyed.key_file) == (done.former,)


async def test_submitters_notice_nothing(keyed):
    """Whoever submits while the key changes gets answers as ever, before it and behind it."""
    traffic = [asyncio.create_task(keyed.submit(f"at once {number}", 3)) for number in range(20)]
    done = await asyncio.gather(changed(keyed), *traffic)
    leaves = sorted(answer.first_leaf for answer in done[1:])
    assert len(set(leaves)) == 20
    assert keyed.sequencer.reader.published.size == 61


async def test_a_retired_key_signs_nothing_more_in_another_process(keyed, tmp_path, logs_dsn):
    """A process that still has the old key in mind takes the next one with the head that it builds upon."""
    other = OwnLog(logs_dsn, tmp_path, keyed.origin, promises=keyed.promises)
    await other.start()
    try:
        await other.submit("by the other, before", 2)
        await changed(keyed)
        answer = await other.submit("by the other, after", 2)
        open_checkpoint(answer.published.note, [keyed.promises.verifier])
        assert other.signer.verifier == keyed.promises.verifier
    finally:
        await other.stop()


class ProcessDies(BaseException):
    """What happens here happens to the whole process."""


CUT_OFF = ["link", "replace"]


@pytest.mark.parametrize("call", CUT_OFF)
async def test_a_change_that_is_cut_off_between_its_files_is_finished_at_the_start(keyed, monkeypatch, call):
    """The database names the next key: whatever the files are, the next start signs by it."""
    old = keyed.signer.verifier

    def dies(*_):
        raise ProcessDies

    log_key_made_before(keyed)
    monkeypatch.setattr(log_key.os, call, dies)
    with pytest.raises(PushBackError):
        await change_key(keyed, keyed.key_file, keyed.database, Clock())
    monkeypatch.undo()
    assert load_key(keyed.key_file).verifier == old

    with pytest.raises(ProcessDies):
        await keyed.die()
    await keyed.start()

    keyed.promises.verifier = keyed.signer.verifier
    keyed.promises.former = [*await known_former(keyed)]
    assert load_key(keyed.key_file).verifier == keyed.signer.verifier != old
    assert load_key(retired_key_file(keyed.key_file, old)).verifier == old
    await keyed.submit("after", 2)


async def test_a_change_that_never_reached_the_database_is_begun_anew(keyed):
    """The key that an earlier attempt made is taken, and has signed nothing until its entry stands."""
    prepared = log_key_made_before(keyed)
    await keyed.restart()
    assert keyed.signer.verifier == load_key(keyed.key_file).verifier != prepared
    assert (await changed(keyed)).key == prepared


def log_key_made_before(keyed) -> VerifierKey:
    """Leave the next key's file behind, as a process does that dies right after making it."""
    return create_key(next_key_file(keyed.key_file), keyed.origin).verifier


async def test_files_that_can_not_be_changed_stop_nobody(keyed, monkeypatch, tmp_path):
    """The next key signs from where it is; the next start puts it in place, and says so where it can't."""

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(log_key.os, "replace", full)
        done = await changed(keyed)
        answer = await keyed.submit("after", 1)
        open_checkpoint(answer.published.note, [done.key])
        with pytest.raises(FatalError, match="can't be put in place"):
            open_log_key(keyed.key_file, done.key.render())
    assert open_log_key(keyed.key_file, done.key.render()).verifier == done.key
    assert not next_key_file(keyed.key_file).exists()


async def test_a_database_from_before_the_change_is_refused(keyed):
    """Under a key that was retired nothing is signed any more, whatever a database says."""
    old = keyed.signer.verifier
    await changed(keyed)
    with pytest.raises(FatalError, match="holds another key's log under the origin"):
        open_log_key(keyed.key_file, old.render())


async def test_another_logs_key_in_the_place_of_the_next_is_refused(keyed):
    """A file that was copied to the wrong place is never entered as a key of this log."""
    create_key(next_key_file(keyed.key_file), "other.example/log")
    with pytest.raises(FatalError, match=r"is the key of 'other\.example/log'"):
        await change_key(keyed, keyed.key_file, keyed.database, Clock())
    assert keyed.sequencer.reader.state.head.size == 0


SUCCESSOR = "log.example/successor"


async def test_a_closed_log_takes_nothing_more(keyed):
    """Its last entry says its size and what follows; every later submission is told the same."""
    await keyed.submit("before", 3)
    done = await close(keyed, SUCCESSOR)
    assert (done.size, keyed.sequencer.reader.published.size) == (4, 4)
    entry = parse_entry(await keyed.sequencer.reader.entry(3), strict=True)
    assert (entry.closes_at(3), entry.successor) == (True, SUCCESSOR)
    for _ in range(2):
        with pytest.raises(ConflictError, match="is closed at 4 entries: what would go there goes to") as refused:
            await keyed.submit("after", 1)
        assert (refused.value.code, refused.value.known_size) == ("closed", 4)
        await keyed.restart()
    with pytest.raises(ConflictError, match="is closed"):
        await change_key(keyed, keyed.key_file, keyed.database, Clock())
    with pytest.raises(ConflictError, match="is closed"):
        await close(keyed, "log.example/third")


async def test_what_waits_goes_in_before_the_end(keyed):
    """Nobody who was before the closing in the queue is refused; whoever comes behind it is."""
    early = [asyncio.create_task(keyed.submit(f"early {number}", 2)) for number in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(close(keyed, SUCCESSOR))
    await asyncio.gather(*early)
    done = await closing
    assert done.size == keyed.sequencer.reader.state.head.size == 11


async def test_a_log_that_grows_meanwhile_is_closed_where_it_then_ends(keyed, tmp_path, logs_dsn):
    """Another process's entries come between: the succession is made anew for the size that it then has."""
    other = OwnLog(logs_dsn, tmp_path, keyed.origin, promises=keyed.promises)
    await other.start()
    try:
        await other.submit("unseen by the first", 3)
        done = await close(keyed, SUCCESSOR)
        entry = parse_entry(await keyed.sequencer.reader.entry(done.size - 1), strict=True)
        assert entry.size == done.size == 4
        with pytest.raises(ConflictError, match="is closed at 4 entries"):
            await other.submit("behind the end", 1)
    finally:
        await other.stop()


@pytest.mark.parametrize("successor", ["https://log.example/x", "", None])
async def test_a_log_is_not_closed_towards_nowhere(keyed, successor):
    """The successor is another origin; otherwise nothing changes."""
    with pytest.raises(InadmissibleError):
        await close(keyed, keyed.origin if successor is None else successor)
    await keyed.submit("goes on", 1)


async def test_a_log_that_has_said_its_next_key_is_not_signed_by_the_one_before(tmp_path, dsn):
    """A row that names the old key, as after an import by someone who has no other, keeps the node from starting."""
    config = make_config(tmp_path / "node", dsn, logs=("uni",))
    async with node_running(config) as node:
        done = await node.post("/v1/log/next-key", {"verifier_key": node.verifier_key.render()})
        old = done.json()["former"]["verifier_key"]
    async with open_database(config) as opened, opened.database.writing() as connection:
        await connection.execute("UPDATE logs SET verifier_key = $1", old)
    (retired,) = config.logs[0].key.parent.glob("uni.key.retired-*")
    retired.replace(config.logs[0].key)
    with pytest.raises(FatalError, match="has said its next key at leaf 0"):
        async with node_running(config):
            pass
