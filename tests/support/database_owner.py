"""A program that owns an embedded PostgreSQL until it is killed: ``DATA_DIR [account=NAME] [watchdog]``.

It prints the address of the database, then the process number of the server. Run as root with an account it becomes
that account first, and so starts the server as an ordinary user does.
"""

import asyncio
import os
import pwd
import sys
from pathlib import Path

from node.storage.embedded import EmbeddedPostgres


def become(name: str) -> None:
    """Give root up for good."""
    account = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


async def own(data_dir: Path, *, with_watchdog: bool) -> None:
    """Start the server, say where it is, and wait for the end."""
    async with EmbeddedPostgres(data_dir, with_watchdog=with_watchdog) as server:
        print(server.dsn, server.process_number, sep="\n", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    for argument in sys.argv[2:]:
        if argument.startswith("account="):
            become(argument.removeprefix("account="))
    asyncio.run(own(Path(sys.argv[1]), with_watchdog="watchdog" in sys.argv))
