"""Own logs: make one for good, open those that the configuration names."""

import contextlib

from node.clock import Clock
from node.config import Config, LogSettings
from node.errors import FatalError
from node.gossip.release.policy import ReleasePolicy
from node.gossip.release.releaser import Releaser
from node.http.parts import OwnLog
from node.log.former_file import write_former
from node.log.headfile import HeadFile
from node.log.keys import load_key
from node.log.log_key import LogSigner, open_log_key
from node.log.sequence import Sequencer
from node.storage.database import Database
from node.storage.former_keys import former_keys
from node.storage.heads import Head, create_log, find_head
from node.storage.lookups import find_newest
from protocol.encoding.keys import Signer, VerifierKey
from protocol.recognition.entry import parse_entry
from protocol.recognition.key import DEFAULT_ID, Key


async def open_logs(
    config: Config,
    database: Database,
    clock: Clock,
    *,
    restore_accepted: bool = False,
    policy: ReleasePolicy | None = None,
) -> dict[str, OwnLog]:
    """Open every own log: check key and head file, load it, publish what stands, or offer it to a policy's mirrors.

    Raises:
        FatalError: A log can't be signed for from here.
    """
    logs: dict[str, OwnLog] = {}
    try:
        for settings in config.logs:
            signer = await _signer(settings, database)
            releaser = None if policy is None else _releaser(policy, config, clock)
            sequencer = await _sequencer(settings, database, signer, clock=clock, config=config, releaser=releaser)
            logs[settings.name] = OwnLog(settings, sequencer, signer, releaser)
            await sequencer.start(restore_accepted=restore_accepted)
    except BaseException:
        await close_logs(logs)
        raise
    return logs


def own_keys(config: Config) -> list[VerifierKey]:
    """Return the public keys of the own logs whose key files are there and readable."""
    keys = []
    for settings in config.logs:
        with contextlib.suppress(FatalError):
            keys.append(load_key(settings.key).verifier)
    return keys


async def close_logs(logs: dict[str, OwnLog]) -> None:
    """Close logs that nobody sequences: write their head files down and end their connections."""
    async with contextlib.AsyncExitStack() as ending:
        for log in logs.values():
            log.sequencer.stop()
            ending.push_async_callback(log.sequencer.run)  # each, though another's head file can't be written


def _releaser(policy: ReleasePolicy, config: Config, clock: Clock) -> Releaser:
    return Releaser(policy, clock=clock, freshness_seconds=config.policy.freshness_seconds)


async def _signer(settings: LogSettings, database: Database) -> LogSigner:
    async with database.pool.acquire() as connection:
        head = await find_head(connection, settings.origin)
        former = () if head is None or not head.own else await former_keys(connection, head.log_id)
    signer = open_log_key(settings.key, None if head is None or not head.own else head.verifier_key)
    write_former(settings.key, former)
    if signer.verifier.name != settings.origin:
        raise FatalError(
            f"{settings.key} is the key of '{signer.verifier.name}', and the log is '{settings.origin}'",
            mend=f"correct [[log]] {settings.name} origin or key",
        )
    return signer


async def _check_said_key(database: Database, head: Head) -> None:
    """Check that a log that has said its next key isn't signed by the one before.

    A log that was recovered or imported names the key that its file holds; its entries know better.
    """
    async with database.pool.acquire() as connection:
        found = await find_newest(connection, head.log_id, Key.kind, DEFAULT_ID)
    said = None if found is None else parse_entry(found.entry)
    if isinstance(said, Key) and said.key != head.verifier_key and found is not None:
        raise FatalError(
            f"the log {head.origin} has said its next key at leaf {found.leaf}, {said.key}, and another is to sign it",
            mend="put that key's file in place, recover or import the log again, or begin a new origin",
        )


async def _sequencer(
    settings: LogSettings,
    database: Database,
    signer: Signer,
    *,
    clock: Clock,
    config: Config,
    releaser: Releaser | None,
) -> Sequencer:
    verifier_key = signer.verifier.render()
    async with database.pool.acquire() as connection:
        head = await create_log(connection, settings.origin, verifier_key, own=True)
    if not head.own or head.verifier_key != verifier_key:
        held = "holds another key's log" if head.own else "follows a partner's log"
        raise FatalError(
            f"the database {held} under the origin {settings.origin}",
            mend="put back the key that the log began with; an origin is never used twice",
        )
    await _check_said_key(database, head)
    return Sequencer(
        database,
        head,
        signer,
        head_file=HeadFile(settings.key),
        clock=clock,
        queue_limit=settings.max_queued_entries,
        release=releaser,
        wait_seconds=config.release.wait_seconds,
    )
