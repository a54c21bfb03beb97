"""The keys by which an own log has signed before, in a file beside its key, for whoever asks no database.

``NAME.key.former`` is canonical JSON, oldest key first; it holds nothing that is secret::

    {"keys":[{"root":"<base64url>","size":1204,"verifier_key":"ledger.example.org/nostra+…","why":"retired"}],"v":1}

The database is where this is known from: the file is written anew whenever it says something else. If the process
dies now, the old file or the new one is there, whole.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from node.errors import FatalError
from node.storage.files import replace_file
from node.telemetry import warn
from protocol.encoding import canonical
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import MalformedError
from protocol.log.ended_key import EndedKey

VERSION = 1
DAMAGED = "delete it: the next start writes it anew"


def former_file(path: Path) -> Path:
    """Return the file beside a log's key file."""
    return path.with_name(f"{path.name}.former")


def read_former(path: Path) -> tuple[EndedKey, ...]:
    """Return what stands beside a log's key file; nothing where there is no such file.

    Raises:
        FatalError: It is damaged.
    """
    file = former_file(path)
    try:
        value = canonical.decode(file.read_bytes())
        if not isinstance(value, dict) or value.get("v") != VERSION:
            raise MalformedError("it is of another version")
        return tuple(_key(one) for one in value["keys"])
    except FileNotFoundError:
        return ()
    except (OSError, MalformedError, KeyError, TypeError) as error:
        raise FatalError(f"{file} can't be read: {error}", mend=DAMAGED) from None


def write_former(path: Path, keys: Sequence[EndedKey]) -> None:
    """Write the file, unless it says so already; one that can't be written is told, and written by the next start."""
    data = canonical.encode({"keys": [_plain(key) for key in keys], "v": VERSION})
    file = former_file(path)
    try:
        if keys and (not file.exists() or file.read_bytes() != data):
            replace_file(file, data)
    except OSError as error:
        warn("former_keys_not_written", file=str(file), failure=str(error))


def _key(value: dict[str, Any]) -> EndedKey:
    key = VerifierKey.parse(value["verifier_key"])
    return EndedKey.of(key, size=value["size"], root=parse_b64url32(value["root"]), why=value["why"])


def _plain(key: EndedKey) -> dict[str, Any]:
    return {"root": b64url(key.root), "size": key.size, "verifier_key": key.render(), "why": key.why}
