"""The node with one safety taken out, as a program: its PostgreSQL flushes nothing, and isn't refused for that.

Everything else is the node as it is: what a power loss takes from this one, and not from the other, it takes for want
of flushes.
"""

import sys

from node.cli import main
from node.storage import database
from node.storage.embedded import server

_as_they_are = server._fixed_settings


def _without_flushes(*arguments) -> list[str]:
    settings = _as_they_are(*arguments)
    settings[settings.index("fsync=on")] = "fsync=off"
    return settings


if __name__ == "__main__":
    server._fixed_settings = _without_flushes
    database.DURABLE_SETTINGS = tuple(name for name in database.DURABLE_SETTINGS if name != "fsync")
    sys.exit(main())
