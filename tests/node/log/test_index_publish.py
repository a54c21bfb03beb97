"""The index of an own log: when it is made, when it is shown, and under whose lines."""

import asyncio
from dataclasses import dataclass, field

import pytest

from node.log.index import publish as publish_module
from node.log.index import tree as tree_module
from node.log.index.publish import IndexPublisher
from node.log.index.tree import IndexTree
from node.storage.quorum_times import recorded_at
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign, verify
from protocol.log.index_note import open_index_head
from protocol.recognition.terms import keys_of
from tests.support.clock import FakeClock
from tests.support.entries import sealed_entries

PARTNER = Signer("partner.example/index", b"\6" * 32, COSIGNATURE)
FRESHNESS = 86_400
QUARTER = FRESHNESS / 4


@dataclass
class FakeLines:
    """A partner's index cosigner that answers when a test lets it."""

    clock: FakeClock
    can_suffice: bool = True
    answers: bool = True
    asked: list = field(default_factory=list)
    waited: int = 0
    most: int = 10
    """Waits after which whoever waits has waited for too long: the test ends."""
    seconds: float = 0
    """What passes with each wait."""
    on_wait: object = None

    @property
    def suffice(self) -> bool:
        """Whether it has answered."""
        return self.answers

    def all(self):
        """Return its line, if it has answered."""
        text = Note.parse(self.asked[-1].note).text
        return (cosign(text, PARTNER, self.clock.now()),) if self.answers else ()

    def begin(self, request) -> None:
        """Keep what is asked."""
        self.asked.append(request)

    async def moved(self, seconds: float) -> bool:
        """Let time pass."""
        self.waited += 1
        assert self.waited <= self.most, "it waits for ever"
        self.clock.advance(self.seconds or seconds)
        if self.on_wait is not None:
            await self.on_wait()
        return False

    def close(self) -> None:
        """Do nothing."""


class Published:
    """A log's publisher, and what it shows."""

    def __init__(self, log, **options):
        self.log, self.clock = log, FakeClock()
        self.lines = FakeLines(self.clock, **options)
        self.begin()

    def begin(self) -> None:
        """Begin as the next process does."""
        self.tree = IndexTree(self.log.database, lambda: self.log.sequencer.reader)
        self.held = ""
        self.publisher = IndexPublisher(
            self.tree,
            lambda: self.log.sequencer.reader,
            self.log.signer,
            lines=self.lines,
            database=self.log.database,
            clock=self.clock,
            freshness_seconds=FRESHNESS,
            held=lambda: self.held,
        )

    async def step(self) -> None:
        """Do one step."""
        await self.publisher.step()

    async def shown(self) -> tuple[int, int] | None:
        """Return the size of the note that is shown, verified, and how many partners' lines it has."""
        row = await self.tree.state()
        if row.note is None:
            return None
        head, note = open_index_head(
            row.note, [self.log.signer.verifier], log_root=row.log_root, trie_root=row.trie_root
        )
        assert await self.log.sequencer.reader.root_at(head.size) == head.log_root
        return head.size, len(verify(note, [PARTNER.verifier]))

    async def proves(self, entry: bytes) -> tuple[int, ...]:
        """Return the leaves that are proved under an entry's key."""
        (key,) = keys_of(entry, origin=self.log.origin)
        proofs = await self.tree.prove([key])
        proofs.answers[key].verify(proofs.head)
        return proofs.answers[key].leaves


async def test_alone_an_index_is_shown_at_once(log):
    """Where nobody can make a quorum nobody is waited for; each released checkpoint gets its index."""
    one = Published(log, can_suffice=False, answers=False)
    await one.step()
    assert await one.shown() == (0, 0)
    await log.submit("monday", 5)
    await one.step()
    assert await one.shown() == (5, 0)
    assert [await one.proves(entry) for entry in sealed_entries("monday", 6)] == [(0,), (1,), (2,), (3,), (4,), ()]
    assert one.lines.waited == 0


async def test_until_the_quorum_has_cosigned_the_index_before_is_shown(log):
    """Readers prove under it; with the lines both are there at once, and the checkpoint of that size is kept."""
    one = Published(log)
    await one.step()
    await log.submit("monday", 5)
    one.lines.answers = False
    (entry,) = sealed_entries("monday", 1)

    async def look() -> None:
        assert await one.shown() == (0, 1)
        assert await one.proves(entry) == ()
        one.lines.answers = one.lines.waited >= 3

    one.lines.on_wait = look
    await one.step()
    assert await one.shown() == (5, 1)
    assert await one.proves(entry) == (0,)
    assert one.lines.asked[-1].shown is not None
    async with log.database.pool.acquire() as connection:
        recorded = await recorded_at(connection, one.tree.log_id, 5)
    assert recorded.note == log.sequencer.reader.published.note


async def test_without_a_quorum_for_a_quarter_of_the_limit_it_is_shown_all_the_same(log):
    """By the log's word alone, and so are those after it, at once; a line that comes later is added."""
    one = Published(log, answers=False, seconds=QUARTER / 4)
    await log.submit("monday", 5)
    await one.step()
    assert (await one.shown(), one.publisher.is_short) == ((5, 0), True)
    waited = one.lines.waited
    await log.submit("tuesday", 2)
    await one.step()
    assert (await one.shown(), one.lines.waited) == ((7, 0), waited)
    one.lines.answers = True
    await one.step()
    assert (await one.shown(), one.publisher.is_short) == ((7, 1), False)


async def test_a_stage_that_is_stuck_gives_way_to_a_newer_checkpoint(log):
    """What partners can't cosign, such as one that they have seen more than, is not waited for to the end."""
    one = Published(log, answers=False, seconds=publish_module.STUCK_SECONDS / 2)
    await log.submit("monday", 5)
    one.lines.on_wait = lambda: log.submit(f"tuesday {one.lines.waited}", 1)
    await one.step()
    assert await one.shown() is None
    one.lines.answers, one.lines.on_wait = True, None
    await one.step()
    assert await one.shown() == (log.size, 1)


async def test_a_note_that_stays_the_newest_is_cosigned_anew(log):
    """Every quarter of the limit, and when a process begins; between them nobody is asked."""
    one = Published(log)
    await log.submit("monday", 5)
    await one.step()
    for _ in range(3):
        await one.step()
    assert len(one.lines.asked) == 1
    one.clock.advance(QUARTER)
    await one.step()
    await one.step()
    assert len(one.lines.asked) == 2
    row = await one.tree.state()
    ((_, time),) = verify(Note.parse(row.note), [PARTNER.verifier])
    assert (await one.shown(), time) == ((5, 1), one.clock.now())
    one.begin()
    await one.step()
    assert len(one.lines.asked) == 3


async def test_a_process_that_dies_while_partners_are_asked_leaves_the_index_before(log):
    """The next one signs the same note and shows it; nothing was written on the way."""
    one = Published(log)
    await one.step()
    await log.submit("monday", 5)
    one.lines.answers = False
    one.lines.on_wait = asyncio.Event().wait
    dying = asyncio.create_task(one.step())
    while one.lines.waited == 0:  # noqa: ASYNC110 - it is to be waiting
        await asyncio.sleep(0.01)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying
    assert await one.shown() == (0, 1)
    before = one.lines.asked[-1].note
    one.lines.answers, one.lines.on_wait = True, None
    one.begin()
    await one.step()
    assert (await one.shown(), one.lines.asked[-1].note) == ((5, 1), before)


async def test_two_processes_publish_one_index(log):
    """Whoever is second writes nothing, looks again, and goes on from there."""
    one = Published(log)
    await log.submit("monday", 5)
    other = Published(log)
    one.lines.answers = False

    async def overtake() -> None:
        if not one.lines.answers:
            await other.step()
            one.lines.answers = True

    one.lines.on_wait = overtake
    await one.step()
    await log.submit("tuesday", 2)
    await one.step()
    await one.step()
    assert await one.shown() == (7, 1)


async def test_nothing_is_signed_while_the_log_is_held(log):
    """A log that may have shown two histories, or was restored, says nothing more of itself."""
    one = Published(log)
    await log.submit("monday", 5)
    one.held = "it has shown two histories"
    await one.step()
    assert (await one.shown(), one.lines.asked) == (None, [])
    one.held, one.lines.answers = "", False

    async def hold() -> None:
        one.held = "it has shown two histories"

    one.lines.on_wait = hold
    await one.step()
    assert await one.shown() is None


async def test_a_large_gap_is_walked_before_a_note_is_made(log, monkeypatch):
    """In committed steps; then the newest checkpoint has its index, the same as if it had been made one by one."""
    monkeypatch.setattr(tree_module, "STAGE_ENTRIES", 8)
    monkeypatch.setattr(publish_module, "STAGE_ENTRIES", 8)
    monkeypatch.setattr(publish_module, "MOST_STAGED", 16)
    for day in range(4):
        await log.submit(f"day {day}", 12)
    one = Published(log)
    await one.step()
    assert await one.shown() == (48, 1)
    assert await one.proves(sealed_entries("day 3", 12)[11]) == (47,)
    assert len(one.lines.asked) == 1


async def test_a_smaller_gap_goes_by_checkpoints_that_were_kept(log, monkeypatch):
    """So readers can prove on the way: each stage ends at a released checkpoint, if partners would cosign it."""
    monkeypatch.setattr(tree_module, "STAGE_ENTRIES", 8)
    monkeypatch.setattr(publish_module, "STAGE_ENTRIES", 8)
    monkeypatch.setattr(publish_module, "MOST_STAGED", 64)
    one = Published(log)
    for day in range(2):
        await log.submit(f"day {day}", 6)
        await one.publisher._record(log.sequencer.reader.published)
    await one.step()
    assert await one.shown() == (6, 1)
    await one.step()
    assert await one.shown() == (12, 1)


async def test_a_damaged_index_is_made_anew(log):
    """What is stored doesn't have the root that it should: it is dropped, and comes back from the entries."""
    one = Published(log)
    await log.submit("monday", 5)
    await one.step()
    async with log.database.pool.acquire() as connection:
        await connection.execute(
            "UPDATE index_pages SET data = data || '\\x00'::bytea WHERE log_id = $1", one.tree.log_id
        )
    await log.submit("tuesday", 2)
    one.begin()
    running = asyncio.create_task(one.publisher.run())
    async with asyncio.timeout(20):
        while await one.shown() != (7, 1):  # noqa: ASYNC110 - a database tells no event
            await asyncio.sleep(0.05)
    running.cancel()
    assert await one.proves(sealed_entries("tuesday", 1)[0]) == (5,)


async def test_an_index_of_another_tree_is_made_anew_before_anything_is_signed_upon_it(log):
    """The log's tables were filled anew under it: it is not what this log's entries give."""
    one = Published(log)
    await log.submit("monday", 5)
    await one.step()
    async with log.database.pool.acquire() as connection:
        await connection.execute(
            "UPDATE index_heads SET log_root = $2, trie_root = $2 WHERE log_id = $1", one.tree.log_id, b"\1" * 32
        )
    await log.submit("tuesday", 2)
    one.begin()
    await one.step()
    assert await one.shown() == (7, 1)
    assert await one.proves(sealed_entries("monday", 1)[0]) == (0,)
