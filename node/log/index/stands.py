"""Where a stored index stands, once it is seen to be of the very tree that is held of its log.

A log's tables may be filled anew under an index: a mirror is dropped and read again, a log is recovered. The index says
of which tree it is; one of another is forgotten, before anything is computed upon it and signed.
"""

from node.errors import PushBackError
from node.log.index.tree import IndexTree
from node.log.prove import LogReader
from node.storage.index_pages import IndexRow
from node.telemetry import event


async def index_stands(tree: IndexTree, reader: LogReader) -> IndexRow:
    """Return where the index stands.

    Raises:
        PushBackError: It is further than this process knows the log: another process has written more of both.
    """
    row, size = await tree.state(), reader.state.head.size
    if row.size > size:
        raise PushBackError(f"the index of {tree.origin} is at size {row.size}, and its log is read up to {size} here")
    if await reader.root_at(row.size) == row.log_root:
        return row
    event("index_made_anew", log=tree.origin, tree_size=row.size)
    await tree.rebuild()
    return await tree.state()
