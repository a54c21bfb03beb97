"""Which configuration a command means, and where the token lies that `nostra init` made."""

import argparse
import os
from pathlib import Path
from typing import Final

from node.config import Config, load

DEFAULT_FILE: Final = Path("nostra.toml")


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """Let a command be told its configuration."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="the configuration (else what NOSTRA_CONFIG names, else ./nostra.toml)",
    )


def config_path(arguments: argparse.Namespace) -> Path | None:
    """Return the configuration's file, or None for the environment and the defaults alone."""
    given: Path | None = arguments.config
    if given is not None:
        return given
    if os.environ.get("NOSTRA_CONFIG"):
        return Path(os.environ["NOSTRA_CONFIG"])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def load_config(arguments: argparse.Namespace) -> Config:
    """Return the configuration.

    Raises:
        ConfigError: It can't be used.
    """
    return load(config_path(arguments), os.environ)


def token_file(config: Config) -> Path:
    """Return the file of the token that `nostra init` made: mode 0600, every role."""
    return config.node.keys / "token"
