"""Own logs: make one for good, open those that the configuration names."""

from node.clock import Clock
from node.config import Config, LogSettings
from node.errors import FatalError
from node.http.parts import OwnLog
from node.log.headfile import HeadFile
from node.log.keys import load_key
from node.log.sequence import Sequencer
from node.storage.database import Database
from node.storage.heads import create_log
from protocol.encoding.keys import Signer


async def open_logs(
    config: Config, database: Database, clock: Clock, *, restore_accepted: bool = False
) -> dict[str, OwnLog]:
    """Open every own log: check key and head file, load it, publish what stands.

    Raises:
        FatalError: A log can't be signed for from here.
    """
    logs: dict[str, OwnLog] = {}
    try:
        for settings in config.logs:
            sequencer, signer = await _sequencer(settings, database, clock)
            logs[settings.name] = OwnLog(settings, sequencer, signer.verifier)
            await sequencer.start(restore_accepted=restore_accepted)
    except BaseException:
        await close_logs(logs)
        raise
    return logs


async def close_logs(logs: dict[str, OwnLog]) -> None:
    """Close logs that nobody sequences: write their head files down and end their connections."""
    for log in logs.values():
        log.sequencer.stop()
        await log.sequencer.run()


async def _sequencer(settings: LogSettings, database: Database, clock: Clock) -> tuple[Sequencer, Signer]:
    signer = load_key(settings.key)
    if signer.verifier.name != settings.origin:
        raise FatalError(
            f"{settings.key} is the key of '{signer.verifier.name}', and the log is '{settings.origin}'",
            mend=f"correct [[log]] {settings.name} origin or key",
        )
    verifier_key = signer.verifier.render()
    async with database.pool.acquire() as connection:
        head = await create_log(connection, settings.origin, verifier_key, own=True)
    if not head.own or head.verifier_key != verifier_key:
        held = "holds another key's log" if head.own else "follows a partner's log"
        raise FatalError(
            f"the database {held} under the origin {settings.origin}",
            mend="put back the key that the log began with; an origin is never used twice",
        )
    sequencer = Sequencer(
        database,
        head,
        signer,
        head_file=HeadFile(settings.key),
        clock=clock,
        queue_limit=settings.max_queued_entries,
    )
    return sequencer, signer
