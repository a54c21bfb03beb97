"""Join the embedded PostgreSQL that a running node owns: for commands at the node's side, such as `nostra token`.

The node and its server go on as they were; whoever joins only opens sessions. The socket folder lets in the account
that runs the server, and root.
"""

from pathlib import Path
from urllib.parse import quote

from node.storage.embedded.account import choose_account
from node.storage.embedded.cluster import SUPERUSER
from node.storage.embedded.orphans import servers_of
from node.storage.embedded.server import DATABASE
from node.storage.embedded.socket_folder import PORT, socket_folder_of


def running_dsn(data_dir: Path, user: str | None) -> str | None:
    """Return the address of the database of a node that runs in this data folder, or None if none runs.

    Args:
        data_dir: The node's data folder.
        user: The configured account of the server, if one is.

    Raises:
        FatalError: The server's account can't be told.
    """
    data_dir = data_dir.resolve()
    cluster = data_dir / "postgres"
    if not cluster.exists() or not servers_of(cluster):
        return None
    folder = socket_folder_of(data_dir, choose_account(user, cluster))
    return f"postgresql://{SUPERUSER}@/{quote(DATABASE)}?host={quote(str(folder))}&port={PORT}"
