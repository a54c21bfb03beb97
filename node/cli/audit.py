"""`nostra audit URL`: read a whole log over HTTP and verify all of it, trusting nothing that it says of itself."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.cli.configured import add_config_argument
from node.cli.trust import add_trust_arguments, trust_of

if TYPE_CHECKING:
    from node.log.follow import Target
    from protocol.verify.report import Report
    from protocol.verify.trust import Trust

NAME: Final = "audit"
HELP: Final = "read a whole log over HTTP and verify every entry, tile and hash"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("url", metavar="URL", help="where the log is served, such as https://ledger.example.org")
    add_trust_arguments(parser)
    parser.add_argument("--since", metavar="FILE", type=Path, help="an earlier checkpoint of the log that you kept")
    parser.add_argument("--keep", metavar="FILE", type=Path, help="where to keep the checkpoint, once all is verified")
    parser.add_argument("--proxy", metavar="URL", help="the proxy to go through")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Audit the log and print the report."""
    from node.cli.loop import run_async
    from protocol.__main__ import EXIT_CODES

    trust = trust_of(arguments)
    since = arguments.since.read_bytes() if arguments.since else None
    note, report = run_async(_audit(arguments.url, trust, since, proxy=arguments.proxy))
    print(json.dumps(report.plain(), indent=2) if arguments.json else "\n".join(report.lines()))
    if arguments.keep and report.verdict == "verified":
        from node.storage.files import replace_file

        replace_file(arguments.keep, note)
    return EXIT_CODES[report.verdict]


async def _audit(url: str, trust: "Trust", since: bytes | None, *, proxy: str | None) -> "tuple[bytes, Report]":
    from node.cli.audit_report import audit_report
    from node.cli.progress import Progress
    from node.client import HttpClient, LogClient
    from node.log.audit import Audit
    from protocol.verify.kinds import verify_file
    from protocol.verify.log_files import CHECKPOINT

    async with HttpClient(proxy=proxy) as http:
        source = LogClient(http, url)
        note = await source.checkpoint()
        signed = verify_file(note, trust, kinds=(CHECKPOINT,))
        if signed.verdict != "verified":
            return note, signed
        target = _target(note, trust)
        with Progress("entries read", target.checkpoint.size) as progress:
            earlier = None if since is None else _earlier(since, trust, target)
            audit = Audit(source, target, since=earlier, progress=progress.reach)
            return note, audit_report(signed, await audit.run())


def _target(note: bytes, trust: "Trust") -> "Target":
    from node.log.follow import Target

    return Target(trust.policy.open(note)[0], note)


def _earlier(note: bytes, trust: "Trust", target: "Target") -> "Target":
    from node.errors import BadRequestError

    earlier = _target(note, trust)
    if earlier.checkpoint.origin != target.checkpoint.origin:
        raise BadRequestError(
            f"the checkpoint to compare with is of {earlier.checkpoint.origin}, and the log is "
            f"{target.checkpoint.origin}"
        )
    return earlier
