"""What commands on partners share: the configuration's file as it is edited, and the mirrors in the database."""

import argparse
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from node.cli.configured import config_path
from node.config import Config, load
from node.errors import ConfigError

if TYPE_CHECKING:
    from node.clock import Clock
    from node.gossip.mirror.mirrors import MirrorSet
    from node.storage.database import Database

T = TypeVar("T")


def configuration(arguments: argparse.Namespace) -> tuple[Path, Config]:
    """Return the configuration's file, and what it says.

    Raises:
        ConfigError: There is no such file, or it can't be used.
    """
    path = config_path(arguments)
    if path is None:
        raise ConfigError(["partners stand in the configuration file, and there is none: name it with --config FILE"])
    return path, load(path, os.environ)


def edit(path: Path, text: str) -> None:
    """Write the configuration anew, if it can be used so; the old one or the new one is there, whole."""
    from node.storage.files import edit_file

    tried = path.with_name(f".{path.name}.tried")
    try:
        tried.write_text(text, "utf-8")
        load(tried, os.environ)
    finally:
        tried.unlink(missing_ok=True)
    edit_file(path, text.encode())


async def with_mirrors(config: Config, act: "Callable[[MirrorSet, Database, Clock], Awaitable[T]]") -> T:
    """Do something with the mirrors, in the database itself, whether the node runs or not."""
    from node.clock import Clock
    from node.runtime.database import open_database
    from node.runtime.gossip import begin_gossip
    from node.runtime.mirrors import open_mirrors
    from node.telemetry import set_up_logging

    set_up_logging(level="error")  # what a partner failed on is told by the command
    clock = Clock()
    async with (
        open_database(config, join=True) as opened,
        begin_gossip(config, opened.database, clock) as watch,
        open_mirrors(config, opened.database, clock, is_convicted=watch.convictions.is_convicted) as mirrors,
    ):
        return await act(mirrors, opened.database, clock)
