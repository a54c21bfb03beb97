"""What `institution`, `achievement`, `rule` and `mandate` share: publish an entry from a file, and list them."""

import argparse
from pathlib import Path
from typing import Any

from node.cli.inside import add_node_arguments, ask_node, print_json, read_json_file


def add_publish(actions: Any, path: str, what: str) -> None:
    """Add the action that publishes."""
    parser: argparse.ArgumentParser = actions.add_parser("publish", help=f"publish {what} from a JSON file")
    parser.add_argument("file", type=Path, metavar="FILE", help="the entry as plain JSON (docs/formats)")
    add_node_arguments(parser)
    parser.set_defaults(act=_publish, path=path)


def add_list(actions: Any, path: str, what: str) -> None:
    """Add the action that lists."""
    parser: argparse.ArgumentParser = actions.add_parser("list", help=f"list the published {what}")
    add_node_arguments(parser)
    parser.set_defaults(act=_list, path=path)


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    act = arguments.act
    code: int = act(arguments)
    return code


def publish(arguments: argparse.Namespace, path: str, value: dict[str, Any]) -> int:
    """Publish a value and say where it stands."""
    answer = ask_node(arguments, path, value)
    if arguments.json:
        print_json(answer)
        return 0
    if answer["state"] == "waiting":
        print(f"{answer['kind']} waits for a second person: `nostra publication approve {answer['id']}`")
        for sign in answer["signs"]:
            print(f"  look at {sign['where']}: {sign['what']}")
        return 0
    entry = answer["entry"]
    what = "published" if answer["new"] else "stood already"
    print(f"{entry['kind']} {entry['id']} version {entry['version']} {what}: leaf {answer['leaf']}")
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    return publish(arguments, arguments.path, read_json_file(arguments.file))


def listed(arguments: argparse.Namespace, path: str) -> list[dict[str, Any]]:
    """Return all that the node lists at a path, each entry with its leaf index."""
    page = ask_node(arguments, f"{path}?limit=100")
    found: list[dict[str, Any]] = page["entries"]
    while "next" in page:
        page = ask_node(arguments, f"{path}?limit=100&after={page['next']}")
        found += page["entries"]
    return found


def _list(arguments: argparse.Namespace) -> int:
    found = listed(arguments, arguments.path)
    if arguments.json:
        print_json(found)
        return 0
    for one in found:
        entry = one["entry"]
        print(f"{one['leaf']:>8}  {entry['id']} version {entry['version']}  {_gist(entry)}")
    print(f"{len(found)} in all")
    return 0


def _gist(entry: dict[str, Any]) -> str:
    """Return what an entry is about, in a line."""
    if "title" in entry:
        return f"{entry['code']}: {next(iter(entry['title'].values()))}"
    if "outcome" in entry:
        return f"{entry['outcome']}, for {', '.join(entry['purposes'])}, from {entry['validFrom']}"
    return ""
