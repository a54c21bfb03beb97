"""How a command writes to the node of its institution: through the internal listener, with a token.

The node's address is `--node`, else the configuration's internal listener. The token is NOSTRA_TOKEN, else the file
that `--token-file` or NOSTRA_TOKEN_FILE names, else the one that `nostra init` made beside the keys.
"""

import argparse
import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from node.cli import UnreadableError
from node.cli.configured import add_config_argument, config_path, load_config, token_file
from node.cli.loop import run_async
from node.errors import BadRequestError, ConfigError, TooLargeError

LONGEST_FILE: Final = 6 << 20
"""Bytes of a file that is sent: in base64 it fits the node's default limit."""

_ANOTHER_NAME: Final = "give another name with --out"

TOKEN_MODE: Final = 0o077
"""Permission bits that a token's file must not have."""


def add_node_arguments(parser: argparse.ArgumentParser, *, log: bool = True) -> None:
    """Let a command be told which node, log and token to use; the log not where it is an argument of its own."""
    add_config_argument(parser)
    parser.add_argument("--node", metavar="URL", help="the node's internal listener (default: the configuration's)")
    parser.add_argument("--token-file", metavar="FILE", type=Path, help="file of the token (default: that of `init`)")
    if log:
        parser.add_argument(
            "--log", metavar="NAME", help="which own log, where the node holds several (default: its first)"
        )
    parser.add_argument("--json", action="store_true", help="print the node's answer as JSON")


def ask_node(
    arguments: argparse.Namespace, path: str, body: Mapping[str, Any] | None = None, *, request_key: str | None = None
) -> Any:
    """Return the node's answer: to a POST of a JSON body, or to a GET where there is none.

    Raises:
        NodeError: The node refused, or wasn't reached.
    """
    return run_async(_ask(arguments, path, body, request_key))


def ask_public(arguments: argparse.Namespace, path: str, query: Mapping[str, str]) -> Any:
    """Return the node's answer to a question that anybody may ask, of its public listener: no token is sent.

    Raises:
        NodeError: The node refused, or wasn't reached.
    """
    return run_async(_ask_public(_node_url(arguments, public=True), path, query))


async def _ask_public(url: str, path: str, query: Mapping[str, str]) -> Any:
    from node.client import HttpClient, NodeClient

    async with HttpClient() as http:
        return await NodeClient(http, url).get(path, query)


async def _ask(
    arguments: argparse.Namespace, path: str, body: Mapping[str, Any] | None, request_key: str | None
) -> Any:
    from node.client import HttpClient, NodeClient

    prefix = f"/logs/{quote(arguments.log, safe='')}" if arguments.log else ""
    async with HttpClient() as http:
        node = NodeClient(http, _node_url(arguments), token=_token(arguments))
        if body is None:
            return await node.get(prefix + path)
        return await node.post(prefix + path, json.dumps(body).encode(), request_key=request_key)


def _node_url(arguments: argparse.Namespace, *, public: bool = False) -> str:
    if arguments.node:
        return str(arguments.node)
    if config_path(arguments) is None:
        raise ConfigError(["which node? give --node URL, or --config FILE"])
    http = load_config(arguments).http
    return f"http://{http.public if public else http.internal}"


def _token(arguments: argparse.Namespace) -> str:
    if os.environ.get("NOSTRA_TOKEN"):
        return os.environ["NOSTRA_TOKEN"]
    named = arguments.token_file or os.environ.get("NOSTRA_TOKEN_FILE")
    if not named and config_path(arguments) is None:
        raise ConfigError(["a token is needed: give --token-file FILE, NOSTRA_TOKEN, or --config FILE"])
    path = Path(named) if named else token_file(load_config(arguments))
    try:
        if path.stat().st_mode & TOKEN_MODE:
            raise ConfigError([f"others can read the token in {path}: run `chmod 600 {path}`"])
        return path.read_text("ascii").strip()
    except OSError as error:
        raise ConfigError([f"the token in {path} can't be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path} holds no token: `nostra token add` makes one"]) from None


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        OSError: It can't be read.
        TooLargeError: It is larger than a node takes.
    """
    data = path.read_bytes()
    if len(data) > LONGEST_FILE:
        raise TooLargeError(f"{path} has {len(data):,} bytes; at most {LONGEST_FILE:,} are sent")
    return data


def read_json_file(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        UnreadableError: There is none.
        OSError: It can't be read.
    """
    from protocol.encoding import jcs
    from protocol.errors import MalformedError

    try:
        value = jcs.decode(read_bytes(path))
    except MalformedError as error:
        raise UnreadableError(f"{path}: {error}") from None
    if not isinstance(value, dict):
        raise UnreadableError(f"{path}: expected a JSON object")
    return value


def as_base64(data: bytes) -> str:
    """Return bytes as a JSON body carries them."""
    return base64.b64encode(data).decode("ascii")


def refuse_to_overwrite(path: Path) -> None:
    """Raise BadRequestError if a file is there already."""
    if path.exists():
        raise BadRequestError(f"{path} is there already", mend=_ANOTHER_NAME)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that is a person's own: mode 0600, durable, and never over another.

    Raises:
        BadRequestError: It is there already, or can't be written.
    """
    from node.storage.files import create_file

    try:
        create_file(path, data)
    except FileExistsError:
        raise BadRequestError(f"{path} is there already", mend=_ANOTHER_NAME) from None
    except OSError as error:
        raise BadRequestError(f"{path} can't be written: {error.strerror}") from None


def print_json(value: Any) -> None:
    """Print an answer as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def canonical_bytes(value: Any) -> bytes:
    """Return the file that a document in an answer is."""
    from protocol.encoding import canonical

    return canonical.encode(value)
