"""The index of a log: grown in stages, shown at once or not at all, proved at what is shown."""

import asyncio

import pytest

from node.errors import ConflictError, PushBackError, TooLargeError
from node.log.index import answers
from node.log.index import tree as tree_module
from node.log.index.reading import Reading
from node.log.index.tree import DamagedIndexError, TooFarError
from protocol.log.trie import EMPTY, Trie, leaves_value
from protocol.recognition.terms import term_key
from tests.support.examples import seed

INSTITUTION = term_key(("institution",))


def root_of(under):
    """Return the trie's root, by the definition."""
    return Trie.of((key, leaves_value(leaves)) for key, leaves in under.items()).root


async def check_shown(index, size, note=b"note"):
    """Check that every key, and some that aren't there, are proved as the log's first entries have it."""
    under = index.under(size)
    absent = [seed(f"absent {number}") for number in range(20)]
    proofs = await index.tree.prove([*under, *absent])
    assert (proofs.head.origin, proofs.head.size, proofs.note) == (index.log.origin, size, note)
    assert proofs.head.log_root == await index.log.sequencer.reader.root_at(size)
    assert proofs.head.trie_root == root_of(under)
    for key, answer in proofs.answers.items():
        answer.verify(proofs.head)
        assert answer.leaves == under.get(key, ())
    assert list(proofs.answers) == [*under, *absent]


@pytest.fixture
def small_stages(monkeypatch):
    """Let a stage cover few entries, so that a short log needs many."""
    monkeypatch.setattr(tree_module, "STAGE_ENTRIES", 100)


async def test_an_index_follows_its_log(index):
    """After each growth everything is proved at the size that is shown."""
    for label, sealed, institutions in (("a", 1, 0), ("b", 700, 3), ("c", 0, 1), ("d", 300, 2)):
        size = await index.grow(label, sealed, institutions=institutions)
        await index.show(size)
        await check_shown(index, size)


async def test_the_root_at_every_size(index):
    """Entry by entry, and made anew at once, the root is that of the definition."""
    size = await index.grow("a", 20, institutions=6)
    for each in range(size + 1):
        await index.show(each)
        assert (await index.tree.state()).trie_root == root_of(index.under(each))
    await index.tree.rebuild()
    await index.show(size)
    assert (await index.tree.state()).trie_root == root_of(index.under(size))


async def test_of_no_entries(index):
    """Over nothing the root is that of no keys, and every key is proved absent."""
    await index.show(0)
    proofs = await index.tree.prove([bytes(32)])
    assert (proofs.head.size, proofs.head.trie_root) == (0, EMPTY)
    proofs.answers[bytes(32)].verify(proofs.head)


async def test_nothing_is_written_before_the_commit(index):
    """An overlay that was computed and dropped leaves the index shown as it was, and another takes its place."""
    await index.grow("a", 300)
    await index.show(200)
    dropped = await index.tree.extend(280)
    await check_shown(index, 200)
    await index.show(300, b"later")
    assert dropped.head.size == 280
    await check_shown(index, 300, b"later")


async def test_an_overlay_that_is_out_of_date(index):
    """Of two that begin at one place the second is refused, with nothing written."""
    await index.grow("a", 300)
    other = index.another_process()
    one, two = await index.tree.extend(200), await other.extend(300)
    assert await index.tree.commit(one, b"one")
    assert not await other.commit(two, b"two")
    await check_shown(index, 200, b"one")


async def test_a_note_is_replaced(index):
    """At the same size a note with further lines takes the place of the one before."""
    size = await index.grow("a", 5)
    await index.show(size, b"alone")
    await index.show(size, b"cosigned")
    await check_shown(index, size, b"cosigned")


async def test_it_never_goes_back(index):
    """A size below the one that is here is refused."""
    await index.grow("a", 300)
    await index.show(300)
    with pytest.raises(ConflictError) as refused:
        await index.tree.extend(200)
    assert refused.value.known_size == 300


async def test_another_process_goes_on(index, monkeypatch):
    """What one process has shown, another proves and extends; the first follows within a look."""
    await index.grow("a", 300)
    await index.show(100)
    first, index.tree = index.tree, index.another_process()
    await check_shown(index, 100)
    await index.show(300, b"other")
    monkeypatch.setattr(tree_module, "LOOK_SECONDS", 0.0)
    index.tree = first
    await check_shown(index, 300, b"other")


async def test_proofs_of_what_another_process_has_just_replaced(index):
    """A process that knows the index before finds its pages gone, looks again, and proves the one after."""
    await index.grow("a", 3000)
    await index.show(100)
    late = index.another_process()
    await late.state()  # it knows of size 100, and has no page of it
    await index.show(3000, b"after")
    key = next(iter(index.under(100)))
    proofs = await late.prove([key])
    assert (proofs.head.size, proofs.note) == (3000, b"after")
    proofs.answers[key].verify(proofs.head)


@pytest.mark.usefixtures("small_stages")
async def test_a_gap_is_walked_in_steps(index):
    """More than a stage is refused at once, walked without a note, and proves nothing until it is shown."""
    size = await index.grow("a", 1000, institutions=30)
    with pytest.raises(TooFarError):
        await index.tree.extend(size)
    row = await index.tree.catch_up(size)
    assert size - 100 <= row.size < size
    assert row.note is None
    with pytest.raises(PushBackError, match="catching up"):
        await index.tree.prove([bytes(32)])
    await index.show(size)
    await check_shown(index, size)


@pytest.mark.usefixtures("small_stages")
async def test_a_walk_goes_on_where_it_ended(index, monkeypatch):
    """A process that dies between two steps leaves an index that the next one goes on from, to the same roots."""
    size = await index.grow("a", 900, institutions=20)
    committed = 0

    async def dying(connection, step):
        nonlocal committed
        committed += 1
        if committed > 3:
            raise ConnectionError("the process dies here")
        return await move_index(connection, step)

    move_index = tree_module.move_index
    monkeypatch.setattr(tree_module, "move_index", dying)
    with pytest.raises(ConnectionError):
        await index.tree.catch_up(size)
    monkeypatch.undo()
    index.tree = index.another_process()
    assert (await index.tree.state()).size == 300
    while (await index.tree.state()).size < size:
        await index.show(min((await index.tree.state()).size + 100, size))
    await check_shown(index, size)


@pytest.mark.usefixtures("small_stages")
async def test_two_processes_walk_at_once(index):
    """One of them moves the index, the other is refused; in the end it is the log's."""
    size = await index.grow("a", 900, institutions=20)
    other = index.another_process()
    await asyncio.gather(index.tree.catch_up(size), other.catch_up(size), return_exceptions=True)
    await index.show(size)
    await check_shown(index, size)


async def test_a_stage_is_cut_where_entries_have_many_keys(index, monkeypatch):
    """However many keys the entries stand under, a step takes a bounded number of them, and at least one entry."""
    size = await index.grow("a", 40, institutions=10)
    monkeypatch.setattr(tree_module, "STAGE_PAIRS", 7)
    with pytest.raises(TooFarError):
        await index.tree.extend(size)
    assert size - (await index.tree.catch_up(size)).size <= 7
    await index.show(size)
    await check_shown(index, size)


async def test_many_entries_under_one_key(index, monkeypatch):
    """A list that grows over many stages is proved whole, by a process that has none of it in mind too."""
    for label in "abcde":
        size = await index.grow(label, 3, institutions=60)
        await index.show(size)
        index.tree = index.another_process()
    await check_shown(index, size)
    monkeypatch.setattr(answers, "MOST_LEAVES", 299)
    with pytest.raises(TooLargeError, match="300"):
        await index.tree.prove([INSTITUTION])


DAMAGES = {
    "a byte of a page": "UPDATE index_pages SET data = set_byte(data, 20, 1 # get_byte(data, 20)) WHERE log_id = $1",
    "a page is gone": "DELETE FROM index_pages WHERE log_id = $1 AND length(region) > 2",
    "a list": "UPDATE index_lists SET leaves = set_byte(leaves, 7, 1 # get_byte(leaves, 7)) WHERE log_id = $1",
    "a list is gone": "DELETE FROM index_lists WHERE log_id = $1",
}


@pytest.mark.parametrize("statement", DAMAGES.values(), ids=DAMAGES)
async def test_damage_is_neither_proved_nor_signed(index, statement):
    """What isn't the index any more is told; made anew from the entries, it has the same roots."""
    size = await index.grow("a", 200, institutions=2)
    await index.show(size)
    async with index.log.database.pool.acquire() as connection:
        await connection.execute(statement, index.tree.log_id)
    index.tree = index.another_process()
    more = await index.grow("b", 50, institutions=1)
    with pytest.raises(DamagedIndexError):
        await index.tree.extend(more)
    with pytest.raises(DamagedIndexError):
        await index.tree.prove([*index.under(size)])
    await index.tree.rebuild()
    await index.show(more)
    await check_shown(index, more)


async def test_pages_in_memory_are_shared(index):
    """Indexes of one process that share a reading prove from memory what was once read."""
    await index.grow("a", 300)
    await index.show(300)
    keys = list(index.under(300))
    reading = Reading(index.log.database)
    tree = tree_module.IndexTree(index.log.database, lambda: index.log.sequencer.reader, reading)
    first = await tree.prove(keys)
    index.log.database.pool, pool = None, index.log.database.pool
    try:
        assert await tree.prove(keys) == first
    finally:
        index.log.database.pool = pool


async def test_answers_kept_in_mind_are_those_of_what_is_shown(index):
    """Asked again after the index was moved, a key is answered under the new root; many keys keep to their room."""
    size = await index.grow("a", 700, institutions=1)
    await index.show(size)
    for _ in range(3):
        await check_shown(index, size)
    assert len(index.tree._answers._answered[1]) < 2 * answers.MOST_ANSWERS
    size = await index.grow("b", 5, institutions=1)
    await index.show(size)
    await check_shown(index, size)
    assert (await index.tree.prove([INSTITUTION])).answers[INSTITUTION].leaves == index.under(size)[INSTITUTION]
