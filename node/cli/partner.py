"""`nostra partner`: whose logs this node follows.

Partners are [[partner]] blocks of the configuration. `add` reads the log at the address first, and adds the partner
only if the key given signs what is served there; get the key from the partner itself. Under the same key the log tells
of its node's mirror and witness: with their keys in the block the partner is asked to cosign, without it is only
followed. A running node takes the change in when it is restarted.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from node.cli.configured import add_config_argument, load_config
from node.cli.partner_parts import configuration, edit, with_mirrors
from node.config import Config, PartnerSettings
from node.errors import BadAnswerError, ConfigError, NotFoundError

if TYPE_CHECKING:
    from node.gossip.mirror.mirrors import MirrorSet

NAME: Final = "partner"
HELP: Final = "add, list, remove, refresh partners; take them over from a roster"

POLL_SECONDS: Final = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    add = actions.add_parser("add", help="verify a partner's log and add it to the configuration")
    add.add_argument("name", help="what the partner is called here: a-z, 0-9, '.', '_', '-'")
    add.add_argument("url", help="where its log is served, such as https://ledger.partner.example")
    add.add_argument("--key", metavar="VKEY", required=True, help="its verifier key, obtained from the partner itself")
    add.add_argument("--print", action="store_true", help="print the block instead of adding it")
    remove = actions.add_parser("remove", help="take a partner out of the configuration; its mirror stays as it is")
    remove.add_argument("name")
    listing = actions.add_parser("list", help="list the partners and how far their logs are followed")
    refresh = actions.add_parser("refresh", help="follow a partner's log now, or all")
    refresh.add_argument("name", nargs="?", help="only this partner")
    roster = actions.add_parser("sync", help="take over what a roster in a partner's log says of the partners")
    roster.add_argument("name", help="the partner in whose log the roster stands")
    roster.add_argument("--id", help="which roster, where its log has several")
    roster.add_argument("--yes", action="store_true", help="don't ask")
    next_key = actions.add_parser("rekey", help="take over the next key that a partner's log has said")
    next_key.add_argument("name", help="the partner whose log has changed its key")
    next_key.add_argument("--yes", action="store_true", help="the partner has confirmed it")
    acts = ((add, _add), (remove, _remove), (listing, _list), (refresh, _refresh), (roster, _sync), (next_key, _rekey))
    for action, act in acts:
        add_config_argument(action)
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(act=act)


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    code: int = arguments.act(arguments)
    return code


def _add(arguments: argparse.Namespace) -> int:
    from node.cli.loop import run_async
    from node.config.partner_blocks import render_partner, with_partner
    from node.config.readers import ID, VERIFIER_KEY, WEB_ADDRESS

    path, config = configuration(arguments)
    try:
        key = VERIFIER_KEY(arguments.key, path.parent)
        partner = PartnerSettings(
            ID(arguments.name, path.parent), key.name, key, WEB_ADDRESS(arguments.url, path.parent)
        )
    except ValueError as error:
        raise ConfigError([str(error)]) from None
    size, partner, why_not = run_async(_verified(partner, config))
    if arguments.print:
        print(render_partner(partner), end="")
        return 0
    edit(path, with_partner(path.read_text("utf-8"), partner))
    cosigns = not why_not
    told = {"name": partner.name, "origin": partner.origin, "size": size, "config": str(path), "cosigns": cosigns}
    if arguments.json:
        print(json.dumps(told))
        return 0
    print(f"{partner.origin}: {size:,} entries signed by that key; added to {path}")
    print("its mirror is asked to hold and cosign our log" if cosigns else f"followed only: {why_not}")
    return 0


async def _verified(partner: PartnerSettings, config: Config) -> tuple[int, PartnerSettings, str]:
    """Return the size of the partner's log, the partner with its cosigners' keys, and why there are none, if so.

    Raises:
        NodeError: The partner can't be reached, or its key has not signed what is served there.
    """
    from node.client import HttpClient, LogClient
    from node.log.follow import open_target

    async with HttpClient(proxy=config.http.outbound_proxy) as http:
        log = LogClient(http, partner.url)
        target = open_target(await log.checkpoint(), partner.verifier_key)
        try:
            note = await log.cosigners()
        except NotFoundError:
            return target.checkpoint.size, partner, "its node tells of no mirror and no witness"
    told, why_not = _cosigners(note, partner, config.partners)
    return target.checkpoint.size, told, why_not


def _cosigners(note: bytes, partner: PartnerSettings, others: Sequence[PartnerSettings]) -> tuple[PartnerSettings, str]:
    """Return the partner with the keys that its log tells of, or without and why: they count once, for one operator."""
    from protocol.errors import MalformedError, ProtocolError
    from protocol.gossip.cosigners import open_cosigners

    try:
        told = open_cosigners(note, [partner.verifier_key])
    except MalformedError as error:
        return partner, f"what its node tells of its cosigners can't be read ({error})"
    except ProtocolError as error:
        raise BadAnswerError(f"what {partner.url} tells of its cosigners is not signed by that key: {error}") from None
    for other in others:
        if {*told.mirror, *told.witness, *told.index} & {*other.cosigner_keys}:
            return partner, f"its node's cosigners stand under [[partner]] {other.name} already, and count once"
    why_not = "" if told.mirror else "its node tells of no mirror"
    added = replace(partner, mirror_keys=told.mirror, witness_keys=told.witness, index_keys=told.index)
    return added, why_not


def _remove(arguments: argparse.Namespace) -> int:
    from node.config.partner_blocks import without_partner

    path, _ = configuration(arguments)
    edit(path, without_partner(path.read_text("utf-8"), arguments.name))
    print(json.dumps({"removed": arguments.name}) if arguments.json else f"removed from {path}; its mirror stays")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from node.cli.loop import run_async

    config = load_config(arguments)
    return run_async(with_mirrors(config, lambda mirrors, *_: _tell(mirrors, config, arguments)))


def _sync(arguments: argparse.Namespace) -> int:
    from node.cli.roster_sync import sync

    return sync(arguments)


def _rekey(arguments: argparse.Namespace) -> int:
    from node.cli.partner_rekey import rekey

    return rekey(arguments)


def _refresh(arguments: argparse.Namespace) -> int:
    from node.cli.loop import run_async

    config = load_config(arguments)
    return run_async(with_mirrors(config, lambda mirrors, *_: _follow(mirrors, config, arguments)))


async def _tell(mirrors: "MirrorSet", config: Config, arguments: argparse.Namespace) -> int:
    from node.cli.partner_list import print_rows, rounds_of, rows_of

    rounds = await rounds_of(config)
    print_rows(rows_of(mirrors, rounds), rounds, as_json=arguments.json)
    return 0


async def _follow(mirrors: "MirrorSet", config: Config, arguments: argparse.Namespace) -> int:
    import asyncio

    from node.cli.progress import Progress

    chosen = [log for log in mirrors if arguments.name in (None, log.partner.name)]
    if not chosen:
        raise NotFoundError(f"[[partner]] {arguments.name or ''}: there is none".replace("  ", " "))
    with Progress("entries mirrored") as progress:
        rounds = asyncio.gather(*(mirrors.refresh(log.partner.origin) for log in chosen))
        while not rounds.done():
            await asyncio.wait([rounds], timeout=POLL_SECONDS)
            progress.reach(sum(log.mirror.reader.state.head.size for log in chosen if log.mirror.reader))
    code = await _tell(mirrors, config, arguments)
    return 1 if any(log.status.failure for log in chosen) else code
