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


@pytest.mark.parametrize(("part", "bar"), [("alone", 1.5), ("seconds", 2.25), ("processor", 2.25)])
@pytest.mark.parametrize(("over", "met"), [(0.99, True), (1.01, False)])
def test_a_cost_may_grow_like_the_logarithm(part, bar, over, met):
    """From ten thousand keys to a million: alone by a half; of a batch as the nodes that its keys don't share."""
    parts = ("alone", "seconds", "processor")
    first = dict.fromkeys(parts, 0.01) | {"size": 10_000}
    rows = _costs(first | {"size": 1_000_000, part: 0.01 * bar * over}, first)
    assert rows[parts.index(part)].met is met
    assert sum(row.met for row in rows) == 2 + met
    assert [row.met for row in _costs(first, first)] == [None] * 3
