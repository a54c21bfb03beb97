"""What the grown log costs in memory and on disk."""

from scripts.benchmarks.bench import Bench
from scripts.benchmarks.database import vacuumed_bytes
from scripts.benchmarks.memory import database_processes, peak_rss_mb, pss_mb
from scripts.benchmarks.report import Bar, Row, held

RSS_BAR = Bar(250, below=True)
BYTES_BAR = Bar(420, below=True)


def measure(bench: Bench) -> list[Row]:
    """Return the node's peak memory, the database's memory beside it, and the bytes of a sealed entry on disk."""
    node = bench.grown_node()
    size = node.size()
    at = f"at {bench.entries:,} entries"
    return [
        held(f"node's peak memory {at}", peak_rss_mb(node.process), "MB", RSS_BAR),
        Row(f"PostgreSQL's memory beside it {at}", pss_mb(database_processes(node.process)), "MB"),
        held("bytes of a sealed entry", vacuumed_bytes(node.dsn) / size, "B", BYTES_BAR),
    ]
