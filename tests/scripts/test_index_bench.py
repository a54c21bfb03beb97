"""The benchmark of the index asks what a node's index would be asked, and its rows hold each figure to its own bar."""

import pytest

from node.log.index.added import added_between
from protocol.encoding.wire import b64url
from protocol.recognition.terms import term_key
from scripts.benchmarks.index_run import BATCH, MadeLog, tag
from scripts.benchmarks.work.index import _costs


@pytest.mark.parametrize("prepared", [False, True])
async def test_a_made_log_has_the_entries_that_are_looked_up(prepared):
    """Each leaf stands under its own tag, whether entries are made before the clock starts or when they are read."""
    log, first = MadeLog(1), 10_000
    if prepared:
        log.prepare(first, first + BATCH, BATCH)
    added = await added_between(log, first, first + BATCH, most_pairs=10**6)
    leaves = range(first, first + BATCH)
    assert added.leaves == {term_key(("tag", b64url(tag(leaf)))): [leaf] for leaf in leaves}
    assert log._kept == {}, "what was made before the clock starts is what is read"


@pytest.mark.parametrize(("seconds", "met"), [(0.015, True), (0.016, False)])
def test_a_cost_may_grow_like_the_logarithm(seconds, met):
    """From ten thousand keys to a million it may become half as large again."""
    first = {"size": 10_000, "seconds": 0.01, "processor": 0.01}
    wall, processor = _costs({"size": 1_000_000, "seconds": seconds, "processor": 0.01}, first)
    assert (wall.met, processor.met, wall.ratio) == (met, True, seconds / 0.01)
    assert [row.met for row in _costs(first, first)] == [None, None]
