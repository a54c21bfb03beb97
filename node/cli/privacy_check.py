"""`nostra privacy-check [LOG|FILE|URL]`: prove the shape of a log's entries, and find what looks like a person's.

    nostra privacy-check                        the first own log, and the names in its private records
    nostra privacy-check NAME|ORIGIN            any log in the node's database, a partner's too
    nostra privacy-check export.tar             an export
    nostra privacy-check https://…              a log over HTTP
    nostra privacy-check rule.json              a document before it is published

`--names FILE` looks for further names, one a line. What is found is told by place and kind and never repeated.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.cli.configured import add_config_argument, load_config
from node.cli.trust import add_trust_arguments, trust_of

if TYPE_CHECKING:
    from node.log.export_file import ExportFile
    from protocol.verify.report import Report

NAME: Final = "privacy-check"
HELP: Final = "prove the shape of every entry of a log, and find clear text like a person's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("log", nargs="?", default="", metavar="LOG", help="a log's name or origin, a file, or a URL")
    parser.add_argument("--names", type=Path, metavar="FILE", help="further names to look for, one a line")
    parser.add_argument("--proxy", metavar="URL", help="the proxy to go through")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_trust_arguments(parser)
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check, and print the report."""
    from node.cli.loop import run_async
    from protocol.__main__ import EXIT_CODES

    names = _names(arguments.names)
    if arguments.log.startswith(("https://", "http://")):
        report = run_async(_served(arguments, names))
    elif arguments.log and Path(arguments.log).is_file():
        report = run_async(_file(arguments, names))
    else:
        report = run_async(_stored(arguments, names))
    print(json.dumps(report.plain(), indent=2) if arguments.json else "\n".join(report.lines()))
    return EXIT_CODES[report.verdict]


def _names(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    return tuple(line.strip() for line in path.read_text("utf-8-sig").splitlines() if line.strip())


async def _stored(arguments: argparse.Namespace, names: tuple[str, ...]) -> "Report":
    from node.cli.privacy_walks import walk_stored

    config = load_config(arguments)
    named = {log.name: log.origin for log in config.logs}
    origin = named.get(arguments.log, arguments.log) or next(iter(named.values()), "")
    return await walk_stored(config, origin, names)


async def _served(arguments: argparse.Namespace, names: tuple[str, ...]) -> "Report":
    from node.cli.privacy_walks import walk_served
    from node.client import HttpClient, LogClient

    async with HttpClient(proxy=arguments.proxy) as http:
        return await walk_served(LogClient(http, arguments.log), trust_of(arguments), names)


async def _file(arguments: argparse.Namespace, names: tuple[str, ...]) -> "Report":
    from node.cli.privacy_walks import walk_served

    path = Path(arguments.log)
    export = _export(path)
    if export is None:
        return _draft(path, names)
    try:
        return await walk_served(export, trust_of(arguments), names)
    finally:
        export.close()


def _export(path: Path) -> "ExportFile | None":
    from node.log.export_file import ExportFile
    from protocol.errors import MalformedError

    try:
        return ExportFile(path)
    except MalformedError:
        return None


def _draft(path: Path, names: tuple[str, ...]) -> "Report":
    from node.cli.inside import read_json_file
    from node.cli.privacy_report import draft_report
    from node.formats.known_names import KnownNames
    from node.formats.personal_text import signs_in

    return draft_report(path.name, list(signs_in(read_json_file(path), KnownNames(names))))
