"""A mirror takes over a partner's log, whole and in its order, whatever its entries are."""

import pytest

from node.storage.lookups import entries_under, find_text, leaves_of_tags
from protocol.encoding.canonical import encode
from protocol.encoding.wire import parse_b64url32
from protocol.recognition.entry import NotUnderstood, parse_entry
from protocol.recognition.sealed_entry import tag_of_sealed
from protocol.recognition.terms import term_key, terms_of
from tests.node.gossip.conftest import following
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts
from tests.support.lying_log import answering, failing, silent
from tests.support.reference import mth
from tests.support.stored_log import read_stored_log
from tests.vectors.recognition_examples import a_rule

STEP = 8192
"""Entries of one transaction."""


async def stored(followed):
    """Return all rows of the mirror."""
    async with followed.database.pool.acquire() as connection:
        return await read_stored_log(connection, followed.log.signer.verifier.name)


@pytest.mark.parametrize("sizes", [(0,), (1,), (255, 256, 257), (300, 700), (STEP,), (100, 2 * STEP + 300)], ids=str)
async def test_a_mirror_grows_with_its_log(followed, sizes):
    """After each round the mirror holds the partner's entries, its root hash and its note, verbatim."""
    entries = sealed_entries("mirrored", max(sizes))
    for size in sizes:
        followed.log.append(entries[len(followed.log.entries) : size])
        assert (await followed.refresh()).status.failure is None
        mirror = await stored(followed)
        assert (mirror.entries, followed.size) == (entries[:size], size)
        note = (followed.log.folder / "checkpoint").read_bytes()
        assert mirror.head["released_note"] == note
        assert (mirror.head["own"], mirror.head["released_size"], mirror.head["root"]) == (
            False,
            size,
            mth(entries[:size]) if size <= 1000 else mirror.head["root"],
        )


async def test_a_mirror_serves_what_it_holds(followed):
    """Proofs and tiles come from the mirror as from any log."""
    followed.log.append(sealed_entries("served", 700))
    reader = (await followed.refresh()).reader
    assert await reader.entry(699) == followed.log.entries[699]
    assert await reader.root_at(300) == mth(followed.log.entries[:300])


async def test_understood_entries_are_found(followed):
    """A sealed entry is found by its tag, a clear one by its terms."""
    clear = an_achievement_entry("MR-101")
    entries = [*sealed_entries("found", 2), clear, *sealed_entries("also", 1)]
    followed.log.append(entries)
    await followed.refresh()
    log_id = followed.mirrors.of(followed.log.signer.verifier.name).reader.state.head.log_id
    tags = {parse_b64url32(tag_of_sealed(entry)): [leaf] for leaf, entry in enumerate(entries) if entry != clear}
    async with followed.database.pool.acquire() as connection:
        assert await leaves_of_tags(connection, log_id, list(tags)) == tags
        for term in terms_of(parse_entry(clear)):
            found = await entries_under(connection, log_id, term_key(term), 4)
            assert [(one.leaf, one.entry) for one in found] == [(2, clear)]


async def test_what_is_not_understood_is_kept_and_found_by_nothing(followed):
    """Unknown kinds, broken shapes and foreign spellings stand in their place, and no look-up leads to them."""
    assert all(isinstance(parse_entry(entry), NotUnderstood) for entry in NOT_UNDERSTOOD)
    followed.log.append([*sealed_entries("before", 1), *NOT_UNDERSTOOD])
    assert (await followed.refresh()).status.failure is None
    mirror = await stored(followed)
    assert mirror.entries == followed.log.entries
    assert (len(mirror.tags), mirror.clear) == (1, {})


async def test_an_entry_that_speaks_for_another_log_is_kept_and_found_by_nothing(followed):
    """A rule that claims to supersede another log's is not relied on."""
    followed.log.append([encode(a_rule())])
    await followed.refresh()
    mirror = await stored(followed)
    assert (mirror.entries, mirror.clear) == (followed.log.entries, {})


async def test_a_tag_that_a_partner_logged_twice_is_kept_twice(followed):
    """A duplicate is the partner's fault, shown and not hidden."""
    twice = sealed_entries("twice", 1) * 2
    followed.log.append(twice)
    assert (await followed.refresh()).status.failure is None
    assert [leaf for _, leaf in (await stored(followed)).tags] == [0, 1]


async def test_a_growth_that_was_cut_short_goes_on_where_it_stopped(followed):
    """What was verified stays; until the last entry is here the older checkpoint is shown."""
    followed.log.append(sealed_entries("first", 10))
    await followed.refresh()
    followed.log.append(sealed_entries("then", 2 * STEP))
    late = "tile/entries/050"
    followed.server.lies[late] = failing
    assert "500" in (await followed.refresh()).status.failure
    half = await stored(followed)
    assert (half.head["size"], half.head["released_size"], followed.size) == (STEP + 256, 10, 10)
    followed.server.lies.clear()
    followed.server.asked.clear()
    assert (await followed.refresh()).status.failure is None
    assert followed.size == len(followed.log.entries)
    assert (await stored(followed)).entries == followed.log.entries
    assert "tile/entries/031" not in followed.server.asked


async def test_a_mirror_is_there_after_a_restart_with_the_partner_gone(followed, mirrors_dsn):
    """What is here can be asked before anybody is reached, and says how old it is."""
    followed.log.append(sealed_entries("kept", 3))
    await followed.refresh()
    async with following(mirrors_dsn, followed.log) as again:
        again.server.lies["*"] = silent
        assert again.size == 3
        seen = followed.clock.now()
        again.clock.advance(1000)
        status = (await again.refresh()).status
        assert (status.reached_at, status.tried_at) == (seen, seen + 1000)
        assert "no answer in time" in status.failure


async def test_texts_come_with_their_entries(followed):
    """The texts behind a commitment are fetched and kept, byte for byte."""
    entry, commitment, document = a_rule_with_texts()
    followed.server.lies[f"texts/{commitment}"] = answering(document)
    followed.log.append([entry])
    await followed.refresh()
    async with followed.database.pool.acquire() as connection:
        assert await find_text(connection, parse_b64url32(commitment)) == (document, False)


@pytest.mark.parametrize(
    ("lie", "expected"),
    [(answering(b"", 404), None), (answering(b"{}"), None), (answering(b"", 410), (None, True))],
    ids=["missing", "false", "taken down"],
)
async def test_texts_that_are_not_there_are_no_fault_of_the_log(dsn, log, lie, expected):
    """The entry stands without its texts; taken down is written down, missing is asked for again an hour later."""
    entry, commitment, document = a_rule_with_texts()
    log.append([entry])
    async with following(dsn, log) as followed:
        followed.server.lies[f"texts/{commitment}"] = lie
        for _ in range(2):
            assert (await followed.refresh()).status.failure is None
        async with followed.database.pool.acquire() as connection:
            assert await find_text(connection, parse_b64url32(commitment)) == expected
        assert followed.server.asked.count(f"texts/{commitment}") == 1
        followed.server.lies[f"texts/{commitment}"] = answering(document)
        followed.clock.advance(3601)
        await followed.refresh()
        async with followed.database.pool.acquire() as connection:
            assert await find_text(connection, parse_b64url32(commitment)) == (expected or (document, False))
