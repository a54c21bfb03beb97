"""The account of the operating system that the embedded server runs as.

PostgreSQL refuses to run as root. An ordinary user runs the server as itself; root hands it to the configured
user, else to the owner of a database that exists already, else to ``nostra``, else to ``nobody``.

Whether that account can reach a path is asked of the kernel, by a process of that account: modes alone do not
tell (access lists, mounts). Nothing outside the node's own data folder is ever changed to make a path reachable.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from node.errors import FatalError

FALLBACK_NAMES = ("nostra", "nobody")
FIRST_UNREACHABLE = 'for folder; do [ -x "$folder" ] || { printf %s "$folder"; exit 1; }; done'


class ChildOptions(TypedDict, total=False):
    """Keyword arguments of subprocess.Popen that make a child run as the account."""

    cwd: str
    umask: int
    env: dict[str, str]
    user: int
    group: int
    extra_groups: Sequence[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An account by name and numbers; ``switch`` says that a child must change to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def child_options(self) -> ChildOptions:
        """Return what a child process of this account is started with: nothing of our environment, no secrets."""
        options = ChildOptions(cwd="/", umask=0o077, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"})
        if self.switch:
            options["user"] = self.uid
            options["group"] = self.gid
            options["extra_groups"] = [self.gid]
        return options

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program as this account and return what it said."""
        return subprocess.run(  # noqa: S603 - our own commands
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **self.child_options()
        )

    def first_unreachable(self, folder: Path) -> Path | None:
        """Return the first folder on the way to this one that the account may not pass, or None."""
        way = [str(step) for step in (*reversed(folder.parents), folder)]
        asked = self.run("/bin/sh", "-c", FIRST_UNREACHABLE, "sh", *way)
        return Path(asked.stdout) if asked.returncode else None


def choose_account(configured: str | None, cluster: Path) -> Account:
    """Return the account for the server whose database stands, or will stand, in the folder ``cluster``.

    Raises:
        FatalError: the configured account does not exist, is root, or is not who owns the database.
    """
    if os.geteuid() != 0:
        return _own_account(configured)
    owner = cluster.stat().st_uid if cluster.exists() else None
    account = _named_account(configured) if configured else _default_account(owner)
    if account.uid == 0:
        raise FatalError("PostgreSQL refuses to run as root: set [database] user to an ordinary account")
    if owner not in (None, account.uid):
        raise FatalError(
            f"the database in {cluster} does not belong to {account.name}: "
            f"run `chown -R {account.name} {cluster}` or correct [database] user"
        )
    return account


def _own_account(configured: str | None) -> Account:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        raise FatalError(f"user number {uid} has no account here: make one, or set [database] dsn") from None
    if configured not in (None, name):
        raise FatalError(f"only root can run the database as {configured}: start as {configured}, or drop user")
    return Account(name, uid, os.getegid(), switch=False)


def _named_account(name: str) -> Account:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise FatalError(f"no account {name}: create it, or correct [database] user") from None
    return Account(name, entry.pw_uid, entry.pw_gid, switch=True)


def _default_account(owner: int | None) -> Account:
    if owner:
        return _named_account(pwd.getpwuid(owner).pw_name)
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in FALLBACK_NAMES:
        if name in known:
            return _named_account(name)
    raise FatalError("started as root, and there is no account `nostra` or `nobody`: set [database] user")
