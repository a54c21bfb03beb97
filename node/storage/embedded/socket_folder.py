"""The folder of the server's socket, mode 0700: who can enter it can use the database, and nobody else.

It is ``run`` in the data folder. A socket's path has at most 107 bytes on Linux and 103 on macOS; where the data
folder lies too deep, a folder named after it is made in the user's runtime folder or the system's temporary folder.
"""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from node.errors import FatalError
from node.storage.embedded.account import Account

PORT = 5432
SOCKET_NAME = f"/.s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 103
# asyncpg reads a comma in a host as the start of another host.
NOT_IN_A_HOST = ","


def make_socket_folder(data_dir: Path, account: Account) -> Path:
    """Return the socket folder, made if need be.

    Raises:
        FatalError: a folder of that name belongs to somebody else.
    """
    folder = socket_folder_of(data_dir, account)
    try:
        folder.mkdir(mode=0o700)
        if account.switch:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        _check_ours(folder, account)
    # Nobody uses the data folder but us: a lock that a killed server left may name any process by now.
    (folder / f"{SOCKET_NAME[1:]}.lock").unlink(missing_ok=True)
    return folder


def socket_folder_of(data_dir: Path, account: Account) -> Path:
    """Return the socket folder of a data folder, whether it is there or not."""
    folder = data_dir / "run"
    return folder if _fits(folder) else _short_folder(data_dir, account)


def _fits(folder: Path) -> bool:
    path = os.fsencode(str(folder) + SOCKET_NAME)
    return len(path) <= LONGEST_SOCKET_PATH and NOT_IN_A_HOST not in str(folder)


def _short_folder(data_dir: Path, account: Account) -> Path:
    name = "nostra-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    runtime = [] if account.switch else [os.environ.get("XDG_RUNTIME_DIR", "")]
    places = [Path(place) for place in (*runtime, tempfile.gettempdir(), "/tmp") if place]  # noqa: S108 - checked
    for place in places:
        if _fits(place / name) and place.is_dir() and account.first_unreachable(place) is None:
            return place / name
    raise FatalError(f"no folder short enough for a socket: give [node] data a shorter path than {data_dir}")


def _check_ours(folder: Path, account: Account) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise FatalError(f"{folder} is not a folder of {account.name} with mode 0700: remove it, then start again")
