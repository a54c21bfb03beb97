"""A change of key, or the end of a log, whose transaction fails at each of its statements: all of it or nothing.

Whatever happens, the row, the entries and the key files say the same after a restart, and what the log has signed is
signed by the key that the head named which it was built upon.
"""

import asyncio
import contextlib

import pytest

from node.clock import Clock
from node.errors import ConflictError, NodeError
from node.log.change_key import change_key
from node.log.close import close
from node.log.keys import load_key, render_private_key
from node.storage.files import create_file
from node.storage.former_keys import former_keys
from protocol.recognition.entry import parse_entry
from tests.support.examples import seed
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.own_log import OwnLog

STATEMENTS = ("begin", "step", "companion", "commit")
SUCCESSOR = "log.example/successor"


@pytest.fixture
async def log(faults_dsn, origins, tmp_path):
    """Give a running log whose key is in a file, with some entries."""
    log = OwnLog(faults_dsn, tmp_path, next(origins), database=FaultyDatabase)
    create_file(log.key_file, f"{render_private_key(log.origin, seed(log.origin))}\n".encode())
    await log.start()
    await log.submit("before", 3)
    yield log
    await log.die()


async def settle(log: OwnLog) -> list:
    """Start the log anew, let its promises know its keys, check everything, and return its entries."""
    with contextlib.suppress(Exception):
        await log.stop()
    await log.die()
    await log.start()
    async with log.database.pool.acquire() as connection:
        former = await former_keys(connection, log.sequencer.reader.state.head.log_id)
    log.promises.verifier, log.promises.former = log.signer.verifier, list(former)
    assert load_key(log.key_file).verifier == log.signer.verifier
    stored = await log.check()
    entries = [parse_entry(entry, strict=True) for entry in stored.entries]
    said = [entry.verifier_key for entry in entries if entry.kind == "key"]
    assert [*(key.key() for key in former), log.signer.verifier][1:] == said, "the row says other keys than the entries"
    return entries


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("fault", Fault)
async def test_a_change_of_key_is_whole_or_not_at_all(log, fault, name):
    """Under load, at each statement of its transaction; asked again after a failure, it is done once more or first."""
    log.database.arm(fault, name)
    beside = [asyncio.create_task(log.submit(f"beside {number}", 2)) for number in range(4)]
    with contextlib.suppress(NodeError):
        await change_key(log, log.key_file, log.database, Clock())
    await asyncio.gather(*beside, return_exceptions=True)
    assert not log.database.armed, "the fault hasn't happened"
    await settle(log)
    before = log.signer.verifier
    done = await change_key(log, log.key_file, log.database, Clock())
    assert done.key != before
    await settle(log)


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("fault", Fault)
async def test_the_end_of_a_log_is_whole_or_not_at_all(log, fault, name):
    """Closed at the size that its last entry names, or open; asked again, it is closed."""
    log.database.arm(fault, name)
    with contextlib.suppress(NodeError):
        await close(log, SUCCESSOR)
    assert not log.database.armed, "the fault hasn't happened"
    entries = await settle(log)
    closed = entries[-1].kind == "succession"
    assert (log.sequencer.reader.state.head.successor == SUCCESSOR) is closed
    if not closed:
        await close(log, SUCCESSOR)
        entries = await settle(log)
    assert entries[-1].closes_at(len(entries) - 1)
    with pytest.raises(ConflictError, match="is closed"):
        await log.submit("behind", 1)
