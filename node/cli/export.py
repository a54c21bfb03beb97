"""`nostra export FILE`: write a whole log into one file: checkpoint, tiles, entries, texts.

There are no keys in it and no private records: those are kept by a backup of the keys and of the database.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.cli.configured import add_config_argument, load_config
from node.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from node.config import Config
    from node.log.export_file import Manifest

NAME: Final = "export"
HELP: Final = "write a whole log into one file, which any web server can serve again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write; it must not be there yet")
    parser.add_argument("--origin", help="the log (else the first [[log]] of the configuration)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the file."""
    from node.cli.loop import run_async

    config = load_config(arguments)
    origin = arguments.origin or next((log.origin for log in config.logs), None)
    if origin is None:
        raise NotFoundError("the configuration names no [[log]]: say which log with --origin")
    if arguments.file.exists():
        raise ConflictError(f"{arguments.file} is there already", mend="name another file")
    manifest = run_async(_export(config, origin, arguments.file))
    told = {"file": str(arguments.file), "origin": manifest.origin, "size": manifest.size}
    print(json.dumps(told) if arguments.json else f"{manifest.size:,} entries of {manifest.origin} in {arguments.file}")
    return 0


async def _export(config: "Config", origin: str, path: Path) -> "Manifest":
    """Write the file under another name first: a file of its own name is whole, and on the disk."""
    from node.cli.progress import Progress
    from node.log.export import write_export
    from node.runtime.database import open_database
    from node.storage.files import whole_file
    from node.storage.heads import find_head
    from node.storage.scan import one_moment

    async with open_database(config, join=True) as opened, one_moment(opened.database) as connection:
        head = await find_head(connection, origin)
        if head is None:
            raise NotFoundError(f"the database holds no log {origin}")
        with whole_file(path) as file, Progress("entries written", head.released_size) as progress:
            return await write_export(connection, head, file, progress=progress.reach)
