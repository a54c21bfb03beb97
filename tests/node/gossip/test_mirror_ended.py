"""Nothing that stands behind a log's own end is relied on, though all of it is kept."""

import pytest

from node.log.ended import Ended
from node.recognition.known_logs import KnownLog
from protocol.recognition.entry import render
from protocol.recognition.succession import Succession
from tests.node.gossip.conftest import following
from tests.support.entries import sealed_entries

NEXT = "partner.example/log-2"


def an_end(size, successor=NEXT, version=1):
    """Return an entry that closes a log where this is its size."""
    return render(Succession(id="succession", version=version, size=size, successor=successor))


def relied_on(followed):
    """Return (where the log ended, up to where it is relied on, how much of it is here)."""
    origin = followed.log.signer.verifier.name
    reader = followed.mirrors.of(origin).reader
    known = KnownLog(origin=origin, reader=reader)
    return known.ended, known.size, reader.published.size


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([an_end(3)], (Ended(3, NEXT), 3, 3)),
        ([an_end(3), *sealed_entries("behind", 2)], (Ended(3, NEXT), 3, 5)),
        ([an_end(3), an_end(4, "another.example/log", 2)], (Ended(3, NEXT), 3, 4)),
        ([an_end(4), *sealed_entries("behind", 2)], (None, 5, 5)),
        ([an_end(2), an_end(4, version=2), *sealed_entries("behind", 1)], (Ended(4, NEXT), 4, 5)),
        ([an_end(3, "not an origin"), *sealed_entries("behind", 1)], (None, 4, 4)),
    ],
    ids=["the end", "more behind it", "another end", "not in its place", "the second in its place", "broken"],
)
async def test_a_log_is_relied_on_up_to_its_end(followed, mirrors_dsn, entries, expected):
    """However it comes in, and after a restart."""
    for round_of in ([*sealed_entries("before", 2), entries[0]], entries[1:]):
        followed.log.append(round_of)
        assert (await followed.refresh()).status.failure is None
    assert relied_on(followed) == expected
    async with following(mirrors_dsn, followed.log) as restarted:
        assert relied_on(restarted) == expected
