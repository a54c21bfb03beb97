"""`nostra token`: make, list and revoke the tokens of those who write.

Works on the database itself, so at the node's side only, whether the node runs or not. A new token is printed once;
only its hash is kept.
"""

import argparse
import asyncio
import json
import re
from typing import Final

from node.cli.configured import add_config_argument, load_config
from node.clock import Clock, instant
from node.config import Config
from node.errors import ConflictError, NotFoundError

NAME: Final = "token"
HELP: Final = "make, list and revoke the tokens of those who write"

NAME_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
ROLES: Final = ("issue", "decide", "publish", "operate")
DAY_SECONDS: Final = 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    add = actions.add_parser("add", aliases=["create"], help="make a token and print it, once")
    add.add_argument("name", type=_name, help="whose token it is: a program or a person's role")
    add.add_argument("--role", action="append", choices=ROLES, required=True, help="what it allows; repeatable")
    add.add_argument("--days", type=_days, help="after how many days it expires (default: never)")
    revoke = actions.add_parser("revoke", help="let a token allow nothing any more, within seconds")
    revoke.add_argument("name", type=_name)
    listing = actions.add_parser("list", help="list the tokens, without what would let anybody use them")
    for action, act in ((add, _add), (revoke, _revoke), (listing, _list)):
        add_config_argument(action)
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(act=act)


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    asyncio.run(arguments.act(arguments, load_config(arguments)))
    return 0


async def _add(arguments: argparse.Namespace, config: Config) -> None:
    from node.runtime.database import open_database
    from node.storage.tokens import add_token, new_token

    now = Clock().now()
    expires_at = None if arguments.days is None else now + arguments.days * DAY_SECONDS
    token = new_token()
    roles = sorted(set(arguments.role))
    async with open_database(config, join=True) as opened, opened.database.writing() as connection:
        made = await add_token(connection, token, name=arguments.name, roles=roles, now=now, expires_at=expires_at)
    if not made:
        raise ConflictError(f"there is a token '{arguments.name}' already", mend="choose another name")
    told = {"name": arguments.name, "roles": roles, "token": token, "expires_at": _instant(expires_at)}
    print(json.dumps(told) if arguments.json else token)


async def _list(arguments: argparse.Namespace, config: Config) -> None:
    from node.runtime.database import open_database
    from node.storage.tokens import all_tokens

    async with open_database(config, join=True) as opened, opened.database.pool.acquire() as connection:
        rows = await all_tokens(connection)
    if arguments.json:
        told = [
            {
                "name": row.name,
                "roles": list(row.roles),
                "created_at": instant(row.created_at),
                "expires_at": _instant(row.expires_at),
                "revoked": row.revoked,
            }
            for row in rows
        ]
        print(json.dumps(told, indent=2))
        return
    for row in rows:
        state = "revoked" if row.revoked else f"expires {_instant(row.expires_at) or 'never'}"
        print(f"{row.name}  {','.join(row.roles)}  made {instant(row.created_at)}  {state}")


async def _revoke(arguments: argparse.Namespace, config: Config) -> None:
    from node.runtime.database import open_database
    from node.storage.tokens import revoke_token

    async with open_database(config, join=True) as opened, opened.database.writing() as connection:
        found = await revoke_token(connection, arguments.name)
    if not found:
        raise NotFoundError(f"there is no token '{arguments.name}'", mend="`nostra token list` names them")
    print(json.dumps({"name": arguments.name, "revoked": True}) if arguments.json else f"{arguments.name} is revoked")


def _instant(seconds: int | None) -> str | None:
    return None if seconds is None else instant(seconds)


def _name(text: str) -> str:
    if not NAME_FORM.fullmatch(text):
        raise argparse.ArgumentTypeError("letters, digits, . _ @ -, at most 64")
    return text


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError("a whole number of days, 1 to 3650")
    return int(text)
