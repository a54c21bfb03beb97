"""The pages kept in memory are bounded in bytes, and found by their names alone."""

from node.log.index.page_cache import PageCache


def test_it_keeps_to_its_room():
    """However many pages are put in, their cost stays below the limit, and the last ones are still there."""
    cache = PageCache(100_000)
    for number in range(1000):
        cache.put(b"%d" % number, bytes(500))
        assert cache.used <= 100_000
    assert [cache.get(b"%d" % number) for number in (0, 999)] == [None, bytes(500)]


def test_dropping_gives_room_back():
    """A page that was put in twice and dropped twice costs nothing."""
    cache = PageCache()
    for _ in range(2):
        cache.put(b"one", b"page")
    for _ in range(2):
        cache.drop(b"one")
    assert (cache.used, cache.get(b"one")) == (0, None)
