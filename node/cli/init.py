"""`nostra init`: make a node's configuration, keys, logs and first token.

With a configuration in place (`--config FILE` that exists) the logs it names are made; without one it is written first,
from the options. Each key is made once: a second run refuses and changes nothing. If the process dies on the way, the
keys that are there have signed nothing but an empty log, and what is missing is said by the next `nostra serve`.
"""

import argparse
import asyncio
import json
import os
import re
from pathlib import Path
from typing import Final

from node.cli.configured import DEFAULT_FILE, add_config_argument, token_file
from node.clock import Clock
from node.config import Config, load
from node.errors import ConfigError, FatalError

NAME: Final = "init"
HELP: Final = "make a node's configuration, keys and first token"

REQUIRED: Final = ("origin", "institution", "country")

CONFIGURATION: Final = """\
# A Nostra node. Every setting, with its bounds and default: docs/operate/configuration.md.
# `nostra check-config` reports all that is wrong here; an environment variable wins over this file.

[node]
# The embedded PostgreSQL's database. With a PostgreSQL of your own, set [database] dsn or DATABASE_URL.
data = "data"
# Log keys and the first token, mode 0600. Back them up apart from the data: they speak for the institution.
keys = "keys"

[http]
# Where partners and the public reach the node; put a reverse proxy with TLS before it.
public = {public}
# Where writers and the operator reach it; keep it inside.
internal = {internal}
{public_url}
[[log]]
# What the log is called here, in paths and commands.
name = {name}
# The log's name for good: it can never be changed. A host of yours and a path; it need not be an address.
origin = {origin}
# The institution whose log this is, by the name on its own documents.
institution = {institution}
country = {country}
# By what documents name the institution: an award is entered here only if its awarding body is one of these.
identifiers = [{identifiers}]

# A partner whose log this node follows. Get the verifier key from the partner itself.
# [[partner]]
# name = "partner"
# origin = "ledger.partner.example/nostra"
# verifier_key = "ledger.partner.example/nostra+a7214e75+AQ…"
# url = "https://ledger.partner.example"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_config_argument(parser)
    parser.add_argument("--folder", type=Path, default=Path(), help="where to write the configuration (default: here)")
    parser.add_argument("--origin", help="the log's name for good, such as ledger.example.org/nostra")
    parser.add_argument("--institution", help="the institution's name, as on its documents")
    parser.add_argument("--country", help="its country: two capital letters")
    parser.add_argument("--name", help="what the log is called here (default: from the origin)")
    parser.add_argument("--schac", action="append", default=[], help="a home organisation of it, such as example.org")
    parser.add_argument(
        "--identifier",
        action="append",
        default=[],
        metavar="SCHEME:VALUE",
        help="a further identifier, such as erasmus:SF TAMPERE17; repeatable",
    )
    parser.add_argument("--public", default="127.0.0.1:8640", help="the public listener's address")
    parser.add_argument("--internal", default="127.0.0.1:8650", help="the internal listener's address")
    parser.add_argument("--public-url", help="the node's address as others see it")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Make what is missing, and refuse where a log has a key already."""
    path: Path = arguments.config or arguments.folder / DEFAULT_FILE
    written = not path.exists()
    if written:
        _write_configuration(path, arguments)
    try:
        config = load(path, os.environ)
        _refuse_a_second_time(config)
    except Exception:
        if written:
            path.unlink()
        raise
    keys = asyncio.run(_make(config))
    _tell(path, config, keys, as_json=arguments.json)
    return 0


def _write_configuration(path: Path, arguments: argparse.Namespace) -> None:
    from node.storage.files import sync_folder

    missing = [f"--{name}" for name in REQUIRED if not getattr(arguments, name)]
    if missing:
        raise ConfigError([f"{path} is not there, and to write it {', '.join(missing)} must be given"])
    pairs = [("schac", value) for value in arguments.schac]
    for text in arguments.identifier:
        scheme, colon, value = text.partition(":")
        if not colon:
            raise ConfigError([f"--identifier {text}: write SCHEME:VALUE"])
        pairs.append((scheme, value))
    listed = ", ".join(f"{{ scheme = {_toml(scheme)}, value = {_toml(value)} }}" for scheme, value in pairs)
    name = arguments.name or re.sub(r"[^a-z0-9._-]+", "-", arguments.origin.lower()).strip("-._")[:64]
    text = CONFIGURATION.format(
        public=_toml(arguments.public),
        internal=_toml(arguments.internal),
        public_url=f"public_url = {_toml(arguments.public_url)}\n" if arguments.public_url else "",
        name=_toml(name),
        origin=_toml(arguments.origin),
        institution=_toml(arguments.institution),
        country=_toml(arguments.country),
        identifiers=listed,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # What follows makes keys that are never made twice: the file that names them must not be lost behind them.
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _refuse_a_second_time(config: Config) -> None:
    if not config.logs:
        raise ConfigError(["the configuration names no [[log]]: a node speaks for at least one institution"])
    for log in config.logs:
        if log.key.exists():
            raise FatalError(
                f"the log {log.name} has its key already, {log.key}", mend="a log is made once; `nostra serve` runs it"
            )


async def _make(config: Config) -> list[str]:
    """Make keys, logs and token; return the verifier keys."""
    from node.gossip.cosigning.cosigner import CLAIMS, open_cosigner
    from node.log.keys import create_key
    from node.recognition.records.vault import Vault
    from node.runtime.database import open_database
    from node.runtime.logs import close_logs, open_logs
    from node.runtime.restored import begin_cosigned
    from node.storage.files import create_file
    from node.storage.tokens import ROLES, add_token, new_token

    clock = Clock()
    async with (
        open_database(config) as opened,
        begin_cosigned(config, opened.database, restored=False, unasked=False),
    ):
        keys = [create_key(log.key, log.origin).verifier.render() for log in config.logs]
        for claim in CLAIMS:
            open_cosigner(config, claim)
        await close_logs(await open_logs(config, opened.database, clock))
        await Vault.open(config.node.keys, opened.database, clock)
        token = new_token()
        async with opened.database.writing() as connection:
            made = await add_token(connection, token, name="init", roles=ROLES, now=clock.now(), expires_at=None)
        if made:
            create_file(token_file(config), f"{token}\n".encode())
    return keys


def _tell(path: Path, config: Config, keys: list[str], *, as_json: bool) -> None:
    if as_json:
        logs = [
            {"name": log.name, "origin": log.origin, "verifier_key": key}
            for log, key in zip(config.logs, keys, strict=True)
        ]
        print(json.dumps({"config": str(path), "token_file": str(token_file(config)), "logs": logs}, indent=2))
        return
    for log, key in zip(config.logs, keys, strict=True):
        print(f"log {log.name} of {log.institution}\n  origin        {log.origin}\n  verifier key  {key}")
    print(f"configuration   {path}\nkeys and token  {config.node.keys}: back them up, apart from the data")
    print(f"next            nostra serve --config {path}")


def _toml(text: str) -> str:
    """Return a text as TOML writes it; JSON's form is one of TOML's."""
    return json.dumps(text, ensure_ascii=False)
