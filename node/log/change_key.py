"""Let a log's next key sign it, in good order: `key` entry, row of the log, key files (`node.log.log_key`).

The next key is made and written durably before anything says it. Then the entry goes in, signed at its size by the key
before, and in the same transaction the row of the log names the next key and where the one before ended. Asked again
after a failure, the same next key is taken, so nothing is left behind.

Partners accept what the next key signs once they have been told, by a roster or by hand (`nostra partner`): until a
quorum of them has, entries are durable and nothing above the entry is released.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from node.clock import Clock
from node.errors import FatalError
from node.log.admit import admit_entries
from node.log.former_file import write_former
from node.log.keys import create_key, load_key
from node.log.log_key import next_key_file
from node.log.sequence import Sequencer
from node.log.submission import Change, Submission
from node.storage.database import Connection, Database
from node.storage.former_keys import former_keys, retire_key
from protocol.encoding.keys import Signer, VerifierKey
from protocol.log.ended_key import EndedKey
from protocol.recognition.entry import render
from protocol.recognition.key import FIRST_NEXT, sign_key


class OwnLog(Protocol):
    """A log that this node holds the key for."""

    @property
    def origin(self) -> str:
        """The log's name for good."""
        ...

    @property
    def sequencer(self) -> Sequencer:
        """Its one writer in this process."""
        ...


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """What became of a change of key."""

    leaf: int
    former: EndedKey
    """The key before, with the last checkpoint that counts under it."""
    key: VerifierKey


async def change_key(log: OwnLog, path: Path, database: Database, clock: Clock) -> KeyChanged:
    """Enter the next key, and let it sign from there on.

    Args:
        log: The own log.
        path: Its key file.
        database: Where it is.
        clock: Gives the day from which the next key signs.

    Raises:
        PushBackError: Not now; nothing has changed, or it is told by asking again.
        ConflictError: The log is closed, or its key is being changed by somebody else.
    """
    signer = _next_key(path, log.origin)
    log_id = log.sequencer.reader.state.head.log_id
    async with database.pool.acquire() as connection:
        version = FIRST_NEXT + len(await former_keys(connection, log_id))
    entry = sign_key(signer, from_=clock.today(), version=version)
    admitted = admit_entries([render(entry)], origin=log.origin)
    following = signer.verifier.render()

    async def store(connection: Connection, _: int) -> None:
        await retire_key(connection, log_id, following)

    submission = Submission(admitted, companions=(store,), until="durable", change=Change(next_key=following))
    done = await log.sequencer.submit(submission)
    # The entry is in, and the sequencer has put the next key in its place. If the process dies now, nothing is missing
    # but this answer: the log itself, and its database, tell what happened.
    async with database.pool.acquire() as connection:
        former = await former_keys(connection, log_id)
    write_former(path, former)
    return KeyChanged(done.first_leaf, former[-1], signer.verifier)


def _next_key(path: Path, origin: str) -> Signer:
    """Return the key that is to follow: the one that an earlier attempt made, or a new one."""
    file = next_key_file(path)
    if not file.exists():
        return create_key(file, origin)
    signer = load_key(file)
    if signer.verifier.name != origin:
        raise FatalError(f"{file} is the key of '{signer.verifier.name}', and the log is '{origin}'")
    return signer
