"""Write a backup: what only this node has, as the database is at one moment, beside a node that goes on.

Whatever is committed later isn't in it; whatever is in it belongs together. Entries are left out unless they are asked
for: partners hold them (`nostra recover`), and `nostra export` writes them for anybody. Rows come from a cursor, so
that memory is some hundreds of them, however many there are.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import BinaryIO, Final

from node import __version__
from node.backup.backup_key import BackupKey
from node.backup.lines import VERSION, AnyLine, Begin, Bundle, End, File, Former, Log, kind_of, render_line
from node.backup.sealed_file import SealedWriter
from node.errors import FatalError
from node.log.export import bundles_of
from node.log.state import published_of
from node.storage.backup_rows import KINDS, read_rows
from node.storage.database import Connection
from node.storage.former_keys import former_keys
from node.storage.heads import Head, all_heads
from protocol.log.edge import Edge
from protocol.log.ended_key import EndedKey
from protocol.log.merkle import EMPTY_ROOT, leaf_hash
from protocol.log.tile import TILE_WIDTH, render_bundle

CHECK: Final = "run `nostra check`"


async def write_backup(
    connection: Connection,
    file: BinaryIO,
    key: BackupKey,
    *,
    made: str,
    files: Iterable[File],
    with_entries: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Write what a connection sees of the node, and return how many lines there are of each kind.

    Args:
        connection: In a transaction that sees one moment.
        file: Open for writing; it is of use only once this returns.
        key: What it is encrypted under.
        made: Now, as an instant.
        files: The configuration and what belongs to it.
        with_entries: Whether the entries of our own logs are written too.
        progress: Is told how many lines are written.

    Raises:
        FatalError: The stored entries of a log aren't those of its head.
    """
    writer = SealedWriter(file, key)
    counts: Counter[str] = Counter()

    def add(line: AnyLine) -> None:
        writer.write(render_line(line))
        counts[kind_of(line)] += 1
        progress(counts.total())

    add(Begin(made=made, program=__version__, v=VERSION))
    for one in files:
        add(one)
    for head in await all_heads(connection):
        entries = with_entries and head.own
        add(_log(head, await former_keys(connection, head.log_id), with_entries=entries))
        if entries:
            await _write_entries(connection, head, add)
    for kind in KINDS:
        async for row in read_rows(connection, kind):
            add(row)
    add(End(lines=counts.total()))
    writer.close()
    return counts


def _log(head: Head, former: Iterable[EndedKey], *, with_entries: bool) -> Log:
    if not head.own:
        return Log(origin=head.origin, own=False, verifier_key=head.verifier_key, size=0, root=EMPTY_ROOT)
    return Log(
        origin=head.origin,
        own=True,
        verifier_key=head.verifier_key,
        size=head.size,
        root=head.root,
        note=head.note if _is_whole(head) else None,
        released=head.released_note,
        former=[Former.of(key) for key in former],
        successor=head.successor,
        with_entries=with_entries,
    )


def _is_whole(head: Head) -> bool:
    """Return whether the head's note is of the head: while a recovery is under way it is of where that goes."""
    return head.note is not None and published_of(head.size, head.note).root == head.root


async def _write_entries(connection: Connection, head: Head, add: Callable[[AnyLine], None]) -> None:
    if head.size and not _is_whole(head):
        raise FatalError(f"{head.origin} is being recovered", mend="back it up without its logs, or once all is here")
    edge = Edge()
    async for entries in bundles_of(connection, head, -(-head.size // TILE_WIDTH)):
        wanted = entries[: head.size - edge.size]
        edge.extend([leaf_hash(entry) for entry in wanted])
        add(Bundle(log=head.origin, data=render_bundle(wanted)))
    if (edge.size, edge.root()) != (head.size, head.root):
        raise FatalError(f"the stored entries of {head.origin} don't have the root hash of its head", mend=CHECK)
