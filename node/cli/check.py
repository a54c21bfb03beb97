"""`nostra check`: recompute every log in the database from its entries, and tell every difference.

It reads as of one moment and writes nothing, so it can run beside the node that serves. Only with --mend it forgets an
index that differs: that follows from the entries, and the node makes it anew.
"""

import argparse
import json
from typing import TYPE_CHECKING, Final

from node.cli.configured import add_config_argument, load_config
from node.errors import NotFoundError

if TYPE_CHECKING:
    from node.config import Config
    from node.log.check import Checked
    from protocol.verify.report import Report

NAME: Final = "check"
HELP: Final = "recompute the stored logs from their entries and tell every difference"

SAYS: Final = {
    "entries": ("All {entries:,} entries are here.", "Entries are missing or can't be read."),
    "tiles": (
        "All {tiles:,} full tiles hold the hashes of the entries.",
        "Tiles do not hold the hashes of the entries.",
    ),
    "head": ("The head has the root hash of the entries, and its note the log's signature.", "The head is not right."),
    "released": ("The released checkpoint is one of this tree.", "The released checkpoint is not right."),
    "tags": ("Each sealed entry is found by its tag.", "Tags do not lead to their entries."),
    "clear": ("Each clear entry is stored as it stands.", "Clear entries are not stored as they stand."),
    "terms": ("Each clear entry is found by its terms.", "Terms do not lead to their entries."),
    "index": ("The index lists all of it, and nothing else.", "The index is not that of the entries."),
    "submissions": ("Each request key has leaves of its own.", "Request keys name leaves that are not theirs."),
    "texts": ("All texts are those that their entries committed to.", "Texts are not those committed to."),
}
"""What a step says if it is in order, and if it is not."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--origin", help="check only this log (else all in the database, mirrors too)")
    parser.add_argument(
        "--mend", action="store_true", help="forget each index that differs: the node makes it anew from the entries"
    )
    parser.add_argument("--json", action="store_true", help="print the reports as JSON")
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check the logs and print a report on each."""
    from node.cli.loop import run_async

    checked = run_async(_check_logs(load_config(arguments), arguments.origin, mend=arguments.mend))
    reports = [(one.origin, report_of(one)) for one in checked]
    if arguments.json:
        print(json.dumps([{"origin": origin} | report.plain() for origin, report in reports], indent=2))
    else:
        for origin, report in reports:
            print("\n".join([f"{origin}:", *report.lines()]))
    return 0 if all(report.verdict == "verified" for _, report in reports) else 1


async def _check_logs(config: "Config", origin: str | None, *, mend: bool) -> "list[Checked]":
    from node.cli.progress import Progress
    from node.log.check import Check
    from node.runtime.database import open_database
    from node.storage.heads import all_heads
    from node.storage.index_pages import forget_index
    from node.storage.scan import one_moment

    found = []
    async with open_database(config, join=True) as opened:
        async with one_moment(opened.database) as connection:
            heads = [head for head in await all_heads(connection) if origin in (None, head.origin)]
            if not heads and origin is not None:
                raise NotFoundError(f"the database holds no log {origin}")
            for head in heads:
                with Progress(f"entries of {head.origin} checked", head.size) as progress:
                    found.append(await Check(connection, head, progress.reach).run())
        for head, one in zip(heads, found, strict=True):
            if mend and one.faults.get("index"):
                # Nothing is lost with it: a node that dies before it is made anew goes on from nothing.
                async with opened.database.writing() as connection:
                    await forget_index(connection, head.log_id)
    return found


def report_of(checked: "Checked") -> "Report":
    """Return the report on one log."""
    from protocol.verify.report import Finding, Report, Step

    steps = []
    for number, (name, (well, wrong)) in enumerate(SAYS.items(), 1):
        if faults := checked.faults.get(name):
            finding = Finding("no", wrong, "; ".join(faults))
        elif name in checked.not_reached:
            finding = Finding("not checked", "This was not checked.", "not all entries could be read")
        else:
            finding = Finding("yes", well.format(entries=checked.entries, tiles=checked.tiles))
        steps.append(Step.of(number, name, finding))
    verified = all(step.result == "yes" for step in steps)
    return Report("stored log", "verified" if verified else "refused", tuple(steps))
