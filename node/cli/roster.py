"""`nostra roster`: keep a consortium's roster in its operator's log, and show one.

`publish` takes a plain file of the members (`docs/operate/membership.md`); the node drafts the credential, signs it by
the institution's assertion key and enters it. With `--ask-nodes` each member that names no cosigners is asked for
them: what its node tells counts only under the log's key that the file names.
"""

import argparse
from pathlib import Path
from typing import Any, Final

from node.cli.inside import add_node_arguments, ask_node, print_json, read_json_file
from node.cli.publication import listed, publish
from node.cli.publication import run as run

NAME: Final = "roster"
HELP: Final = "publish a consortium's members with their keys, and show them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    publish_ = actions.add_parser("publish", help="publish the roster of a members file, signed by the institution")
    publish_.add_argument("file", type=Path, metavar="FILE", help="the members as plain JSON")
    publish_.add_argument("--ask-nodes", action="store_true", help="ask members' nodes for cosigners not in the file")
    show = actions.add_parser("show", help="show the roster that holds, of the node's own log or of a partner's")
    show.add_argument("--from", dest="partner", metavar="PARTNER", help="the partner in whose mirrored log it stands")
    show.add_argument("--id", help="which roster, where a log has several")
    for action, act in ((publish_, _publish), (show, _show)):
        add_node_arguments(action)
        action.set_defaults(act=act)


def _publish(arguments: argparse.Namespace) -> int:
    from node.cli.loop import run_async

    value = read_json_file(arguments.file)
    if arguments.ask_nodes:
        value = run_async(_with_cosigners(value))
    return publish(arguments, "/v1/rosters", value)


async def _with_cosigners(value: dict[str, Any]) -> dict[str, Any]:
    """Return the members file with what members' nodes tell of their cosigners, where it doesn't.

    Raises:
        NodeError: A node isn't reached, or what it tells isn't signed by its log's key.
    """
    from node.client import HttpClient

    members = value.get("members")
    if not isinstance(members, list):
        return value
    asked: list[Any] = []
    nodes: set[str] = set()
    async with HttpClient() as http:
        for member in members:
            if _can_ask(member) and member["node"] not in nodes:
                member |= {"cosigners": await _ask(http, member)}
                nodes.add(member["node"])  # another log of the same node has the same cosigners, and they count once
            asked.append(member)
    return value | {"members": asked}


def _can_ask(member: Any) -> bool:
    return (
        isinstance(member, dict)
        and "cosigners" not in member
        and all(isinstance(member.get(name), str) for name in ("key", "node"))
    )


async def _ask(http: Any, member: dict[str, Any]) -> list[dict[str, str]]:
    from node.client import LogClient
    from node.errors import BadAnswerError
    from protocol.encoding.keys import ML_DSA_44, VerifierKey
    from protocol.errors import ProtocolError
    from protocol.gossip.cosigners import open_cosigners
    from protocol.recognition.member import hash_of_key

    try:
        told = open_cosigners(await LogClient(http, member["node"]).cosigners(), [VerifierKey.parse(member["key"])])
    except ProtocolError as error:
        raise BadAnswerError(f"what {member['node']} tells of its cosigners is not accepted: {error}") from None
    claims = (("mirror", told.mirror), ("witness", told.witness), ("index", told.index))
    return [
        {"claim": claim, "verifierKeyHash": hash_of_key(key.render())}
        if key.algorithm == ML_DSA_44
        else {"claim": claim, "verifierKey": key.render()}
        for claim, keys in claims
        for key in keys
    ]


def _show(arguments: argparse.Namespace) -> int:
    from node.cli.configured import load_config
    from node.cli.loop import run_async

    if arguments.partner is not None:
        from node.cli.roster_changes import read_partners_roster

        found = run_async(read_partners_roster(load_config(arguments), arguments.partner, roster_id=arguments.id))
        return _tell(arguments, found.roster, origin=found.origin, leaf=found.leaf)
    return _show_own(arguments)


def _show_own(arguments: argparse.Namespace) -> int:
    from node.errors import ConflictError, NotFoundError
    from protocol.recognition.entry import from_json

    chosen = [one for one in listed(arguments, "/v1/rosters") if arguments.id in (None, one["entry"]["id"])]
    if not chosen:
        raise NotFoundError("the log holds no roster" + (f" '{arguments.id}'" if arguments.id else ""))
    if len({one["entry"]["id"] for one in chosen}) > 1:
        raise ConflictError("the log holds several rosters", mend="say which with --id")
    newest = max(chosen, key=lambda one: (one["entry"]["version"], -one["leaf"]))
    origin = ask_node(arguments, "/v1/log")["origin"]
    return _tell(arguments, from_json(newest["entry"]), origin=origin, leaf=newest["leaf"])


def _tell(arguments: argparse.Namespace, roster: Any, *, origin: str, leaf: int) -> int:
    from node.cli.roster_words import roster_lines
    from protocol.recognition.shape import plain

    if arguments.json:
        print_json({"origin": origin, "leaf": leaf, "entry": plain(roster)})
        return 0
    print("\n".join(roster_lines(roster, origin=origin, leaf=leaf)))
    return 0
