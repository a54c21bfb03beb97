"""The embedded server's database folder (a *cluster* in PostgreSQL's own words): made once, then kept.

It is made beside its final place and renamed, so that a folder which exists is complete. Superuser and database are
both called ``nostra``; whoever reaches the socket folder (mode 0700) is trusted, and nobody else can connect.

The settings below are written into ``postgresql.conf`` when the folder is made, and the operator may change them
there; those that durability rests on are given at each start (``server.py``) and can't be changed so.
"""

import os
import shutil
import tempfile
from pathlib import Path

from node.errors import FatalError
from node.storage.embedded.account import Account
from node.storage.embedded.binaries import Binaries
from node.storage.files import sync_folder

SUPERUSER = "nostra"

# For an append-only log of small rows: few, long checkpoints; little memory; nothing personal in the server's log.
SETTINGS = {
    "shared_buffers": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "autovacuum": "on",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# Only where the server was built with it.
LZ4_SETTINGS = {"wal_compression": "lz4", "default_toast_compression": "lz4"}


def make_or_check_cluster(cluster: Path, binaries: Binaries, account: Account) -> None:
    """Make the database folder where there is none; otherwise check that this server can read it.

    Raises:
        FatalError: another major version wrote it, or it cannot be made.
    """
    if cluster.exists():
        _check_major(cluster, binaries)
        return
    for left in cluster.parent.glob(f"{cluster.name}-unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{cluster.name}-unfinished-", dir=cluster.parent))
    if account.switch:
        os.chown(unfinished, account.uid, account.gid)
    _initdb(unfinished, binaries, account)
    unfinished.rename(cluster)
    sync_folder(cluster.parent)


def _check_major(cluster: Path, binaries: Binaries) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise FatalError(f"{cluster} holds no PostgreSQL database: choose another [node] data, or restore it") from None
    if found != binaries.major:
        raise FatalError(
            f"{cluster} is of PostgreSQL {found}, this release brings {binaries.major}: move it with `pg_dump` and "
            "`pg_restore` (docs/operate/index.md); `nostra export` and `nostra import` move a log without its records"
        )


def _initdb(folder: Path, binaries: Binaries, account: Account) -> None:
    settings = SETTINGS | (LZ4_SETTINGS if _built_with_lz4(binaries, account) else {})
    command = [
        binaries.program("initdb"),
        "--pgdata",
        str(folder),
        "--username",
        SUPERUSER,
        "--data-checksums",
        "--encoding",
        "UTF8",
        "--locale",
        "C",
        "--auth-local",
        "trust",
        "--auth-host",
        "reject",
        *(f"--set={name}={value}" for name, value in settings.items()),
    ]
    made = account.run(*command)
    if made.returncode:
        raise FatalError(f"the database could not be made in {folder.parent}: {' '.join(made.stderr.split())}")


def _built_with_lz4(binaries: Binaries, account: Account) -> bool:
    return "--with-lz4" in account.run(binaries.program("pg_config"), "--configure").stdout
