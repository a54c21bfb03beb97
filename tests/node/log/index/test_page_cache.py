"""The pages kept in memory are bounded in bytes, and found by their names alone."""

from node.log.index.page_cache import PageCache


def test_it_keeps_to_its_room():
    """However many pages are put in, their cost stays below the limit, and the last ones are still there."""
    cache = PageCache(100_000)
    for number in range(1000):
        cache.put(b"%d" % number, bytes(500))
        assert cache.used <= 100_000
    assert [cache.get(b"%d" % number) for number in (0, 999)] == [None, bytes(500)]


def test_what_is_replaced_gives_room_back():
    """A page that was put in twice and is replaced twice costs nothing, what takes its place what it costs alone."""
    cache, alone = PageCache(), PageCache()
    for _ in range(2):
        cache.put(b"one", b"page")
    for _ in range(2):
        cache.replace([b"one", b"never there"], {b"two": b"another"})
    alone.put(b"two", b"another")
    assert (cache.used, cache.get(b"one"), cache.get(b"two")) == (alone.used, None, b"another")


def test_many_at_once_keep_to_its_room():
    """Pages that together have no room push each other out, the first of them first."""
    cache = PageCache(100_000)
    cache.replace([], {b"%d" % number: bytes(500) for number in range(1000)})
    assert cache.used <= 100_000
    assert [cache.get(b"%d" % number) for number in (0, 999)] == [None, bytes(500)]
