"""`nostra doctor`: look at everything a node needs, and say what is well, what is doubtful and what is wrong.

Configuration, key files, quorum, disk, clock, and the database's version and settings. It starts nothing that isn't
running: an embedded database whose node is down is looked at from outside only. With `--ask PARTNER` a partner looks at
this node from outside too: checkpoint, TLS, clock, witness, mirror. Exit code 1 if something is wrong.
"""

import argparse
import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from node.cli.configured import add_config_argument, config_path, token_file
from node.cli.look import Look, State
from node.clock import Clock, instant
from node.config import Config, load, problems
from node.errors import NodeError

NAME: Final = "doctor"
HELP: Final = "look at configuration, keys, database, disk and clock"

LEAST_FREE_BYTES: Final = 1 << 30
BUILT_AFTER: Final = 1_763_942_400
"""2025-11-24: a clock before that is wrong."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_config_argument(parser)
    parser.add_argument("--ask", metavar="PARTNER", help="let this partner look at the node from outside too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look at everything and print what was found."""
    looks = asyncio.run(_collect(config_path(arguments), arguments.ask))
    if arguments.json:
        print(json.dumps([asdict(look) for look in looks], indent=2))
    else:
        for look in looks:
            print(f"{look.state:<11} {look.what}: {look.found}")
    return 1 if any(look.state == "wrong" for look in looks) else 0


async def _collect(path: Path | None, partner: str | None) -> list[Look]:
    found = problems(path, os.environ)
    if found:
        return [Look("configuration", "wrong", problem) for problem in found]
    config = load(path, os.environ)
    looks = [Look("configuration", "well", str(path or "the environment"))]
    looks += [*_keys(config), *_quorum(config), *_disk(config), *_clock()]
    looks += [look async for look in _database(config)]
    if partner is not None:
        from node.cli.ask_partner import ask_partner

        looks += await ask_partner(config, partner)
    return looks


def _keys(config: Config) -> Iterator[Look]:
    from node.log.headfile import HeadFile
    from node.log.keys import load_key

    if not config.logs:
        yield Look("logs", "doubtful", "the configuration names no [[log]]: this node only follows others")
    for log in config.logs:
        try:
            signer = load_key(log.key)
            head = HeadFile(log.key).read()
        except NodeError as error:
            yield Look(f"key of {log.name}", "wrong", str(error))
            continue
        if signer.verifier.name != log.origin:
            yield Look(f"key of {log.name}", "wrong", f"{log.key} is the key of {signer.verifier.name}")
        else:
            size = "nothing" if head is None else f"size {head.size}"
            yield Look(f"key of {log.name}", "well", f"{log.key}; its head file remembers {size}")
    token = token_file(config)
    if token.exists() and token.stat().st_mode & 0o077:
        yield Look("token file", "wrong", f"others can read {token}: run `chmod 600 {token}`")


def _quorum(config: Config) -> Iterator[Look]:
    from node.gossip.release.policy import release_policy

    try:
        policy = release_policy(config.policy, config.partners, ())
    except NodeError as error:
        yield Look("quorum", "wrong", str(error))
        return
    if policy is not None and policy.is_overlapping:
        yield Look("quorum", "well", "any two quorums of the partners' mirrors share a partner")
    elif policy is not None:
        found = "two quorums of the partners' mirrors need not share one: one may not see what another has cosigned"
        yield Look("quorum", "doubtful", f"{found}; ask for more than half in [policy]")


def _disk(config: Config) -> Iterator[Look]:
    for what, folder in (("disk of data", config.node.data), ("disk of keys", config.node.keys)):
        there = next(step for step in (folder, *folder.parents) if step.exists())
        free = shutil.disk_usage(there).free
        state: State = "well" if free >= LEAST_FREE_BYTES else "doubtful"
        yield Look(what, state, f"{free / (1 << 30):.1f} GiB free at {there}")


def _clock() -> Iterator[Look]:
    now = Clock().now()
    state: State = "well" if now > BUILT_AFTER else "wrong"
    yield Look("clock", state, f"it is {instant(now)}; partners refuse what is more than 300 s off")


async def _database(config: Config) -> AsyncIterator[Look]:
    from node.storage.database import Database
    from node.storage.embedded.attach import running_dsn
    from node.storage.inspect import inspect_database

    dsn = config.database.dsn or running_dsn(config.node.data, config.database.user)
    if dsn is None:
        made = (config.node.data / "postgres").exists()
        yield Look("database", "well", f"embedded, {'at rest' if made else 'not made yet'}, in {config.node.data}")
        return
    database = Database({"dsn": dsn})
    try:
        await database.open(1)
    except (NodeError, OSError) as error:
        yield Look("database", "wrong", f"{error}")
        return
    try:
        for what, value, fine in await inspect_database(database):
            yield Look(f"database {what}", "well" if fine else "doubtful", value)
    finally:
        await database.close()
