"""`nostra recover [LOG]`: bring a log of ours back from its partners' mirrors, up to what its key has signed.

For a database that is behind, or empty. Beside a node that runs it joins the node's database; such a node signs nothing
while it is behind. What only the lost disk held is counted and named. Interrupted, the same command goes on.
"""

import argparse
import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from node.cli import DONE, FAILED, complain
from node.cli.configured import add_config_argument, load_config
from node.errors import ConfigError, NodeError, UnreachableError

if TYPE_CHECKING:
    from node.cli.recover_report import Report
    from node.client import HttpClient
    from node.config import Config, LogSettings
    from node.gossip.partners.last_seen import Asked, LastSeen
    from node.gossip.recovery.recover import Recovered
    from node.log.follow import Target
    from node.storage.database import Database
    from protocol.encoding.keys import Signer

NAME: Final = "recover"
HELP: Final = "bring a log of ours back from partners' mirrors, up to what its key has signed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("log", metavar="LOG", nargs="?", help="which own log (default: every one)")
    parser.add_argument(
        "--from",
        dest="sources",
        metavar="PARTNER",
        action="append",
        help="read the entries from this partner's mirror, or from the log served at this web address; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Recover the logs and say what came back and what is lost."""
    from node.cli.loop import run_async

    config = load_config(arguments)
    logs = _chosen(config, arguments.log)
    return run_async(_recover_all(config, logs, arguments))


def _chosen(config: "Config", name: str | None) -> "list[LogSettings]":
    chosen = [log for log in config.logs if name in (None, log.name)]
    if not chosen:
        known = ", ".join(log.name for log in config.logs) or "none"
        raise ConfigError([f"no [[log]] is called '{name}'; there are: {known}"])
    return chosen


async def _recover_all(config: "Config", logs: "Sequence[LogSettings]", arguments: argparse.Namespace) -> int:
    from node.client import Bounds, HttpClient
    from node.clock import Clock
    from node.runtime.database import open_database

    bounds = Bounds(total_seconds=config.mirror.timeout_seconds)
    told, code = [], DONE
    async with (
        HttpClient(bounds=bounds, proxy=config.http.outbound_proxy, clock=Clock()) as http,
        open_database(config, join=True) as opened,
    ):
        for log in logs:
            try:
                report = await _recover(config, log, http, opened.database, arguments)
            except ConfigError:
                raise
            except NodeError as error:  # the other logs come back all the same
                complain(NAME, str(error))
                told.append({"log": log.name, "origin": log.origin, "failure": str(error)})
                code = FAILED
                continue
            told.append(report.plain())
            if not arguments.json:
                print("\n".join(report.lines()))
    if arguments.json:
        print(json.dumps({"logs": told}, indent=2))
    elif any(_is_of_no_server(log) for log in logs):
        print("next: nostra serve --accept-restore; it signs once all partners have said what they last saw")
    return code


def _is_of_no_server(log: "LogSettings") -> bool:
    """Return whether a log was recovered or restored and not begun with since."""
    from node.log.headfile import NO_SERVER, HeadFile

    remembered = HeadFile(log.key).read()
    return remembered is not None and remembered.system_identifier == NO_SERVER


async def _recover(
    config: "Config", log: "LogSettings", http: "HttpClient", database: "Database", arguments: argparse.Namespace
) -> "Report":
    """Recover one log: ask, bring back, let what may be shown be shown, and count what is lost."""
    from node.cli.progress import Progress
    from node.clock import Clock
    from node.gossip.partners.last_seen import ask_all
    from node.gossip.recovery.beside import fetch_texts, release
    from node.gossip.recovery.recover import Recovery
    from node.gossip.release.policy import release_policy
    from node.log.former_file import read_former
    from node.log.headfile import HeadFile
    from node.log.log_key import keys_of_signer, open_log_key

    signer = open_log_key(log.key, None)
    key, *former = keys_of_signer(signer)
    policy = release_policy(config.policy, config.partners, [key])
    told = await ask_all(_asked(config, signer, http, arguments.sources or ()), key, *former)
    if all(one.failure and one.held is None for one in told):
        why = "; ".join(f"{one.name}: {one.failure}" for one in told)
        raise UnreachableError(f"nobody can be asked what was last seen of {log.origin} ({why})")
    with Progress(f"entries of {log.origin}") as progress:
        ended = read_former(log.key)
        recovery = Recovery(database, key, HeadFile(log.key), former=ended, progress=progress.reach)
        done = await recovery.run(told, read_from=[one for one in told if _is_read(one.name, arguments.sources)])
    released = await release(
        database,
        done.log_id,
        told,
        keys={partner.name: partner.mirror_keys for partner in config.partners},
        may_show=lambda note: policy is None or policy.quorum_time(note) is not None,
    )
    missing = await fetch_texts(log.origin, told, database, Clock(), log_id=done.log_id, size=done.size)
    return await _report(log, database, done, told, released=released, texts_missing=missing)


def _asked(config: "Config", signer: "Signer", http: "HttpClient", sources: "Sequence[str]") -> "list[Asked]":
    """Return every partner, and every web address that is named: whoever has seen more must be heard.

    Raises:
        ConfigError: There is nobody to ask, or a name is no partner's.
    """
    from node.client import LogClient
    from node.clock import Clock
    from node.gossip.partners.ask_seen import ask_seen
    from node.gossip.partners.last_seen import Asked, mirror_url

    most, clock = config.mirror.max_response_bytes, Clock()
    asked = []
    for partner in config.partners:
        mirror = LogClient(http, mirror_url(partner.node_url, signer.verifier.name), most_bytes=most)
        seen = partial(ask_seen, http, partner, signer, clock) if partner.mirror_keys else None
        asked.append(Asked(partner.name, mirror, seen))
    known = {partner.name for partner in config.partners}
    if unknown := [name for name in sources if "://" not in name and name not in known]:
        raise ConfigError([f"no [[partner]] is called '{name}'" for name in unknown])
    asked += [Asked(url, LogClient(http, url, most_bytes=most)) for url in sources if "://" in url]
    if not asked:
        raise ConfigError(["the configuration names no [[partner]]: say with --from where the log is served"])
    return asked


def _is_read(name: str, sources: "Sequence[str] | None") -> bool:
    return not sources or name in sources


async def _report(
    log: "LogSettings",
    database: "Database",
    done: "Recovered",
    told: "Sequence[LastSeen]",
    *,
    released: int | None,
    texts_missing: int,
) -> "Report":
    from node.cli.recover_report import Partner, Report
    from node.storage.lost import count_held

    async with database.pool.acquire() as connection:
        held = await count_held(connection, done.log_id, since=done.before)
    partners = [Partner(name=one.name, held=_size(one.held), seen=_size(one.seen), failure=one.failure) for one in told]
    return Report(
        name=log.name,
        origin=log.origin,
        done=done,
        partners=partners,
        released=released,
        texts_missing=texts_missing,
        held=held,
    )


def _size(note: "Target | None") -> int | None:
    return None if note is None else note.checkpoint.size
