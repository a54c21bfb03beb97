"""What one log is said to have signed is held against what is held of it here: settled, shown, or left open."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from protocol.documents.evidence import SplitView
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.clock import FakeClock
from tests.support.memory_log import ORIGIN, SIGNER, History, Nowhere, Tiles, watched

PATIENCE = 180.0


class NoDatabase:
    """Takes nothing: what is known stays in memory."""

    @asynccontextmanager
    async def writing(self):
        """Fail as a database that is away."""
        raise OSError("away")
        yield


class Comparing:
    """A node that holds a part of one history, and what it makes of notes."""

    def __init__(self, log):
        self.clock = FakeClock()
        self.convictions = Convictions(
            NoDatabase(), lambda origin: log.keys if origin == log.origin else (), self.clock
        )
        self.comparisons = Comparisons([log], self.convictions, clock=self.clock, patience_seconds=PATIENCE)
        self.unresolved = {}
        self.behind = []
        self.comparisons.on_unresolved = self.unresolved.__setitem__
        self.comparisons.on_behind = lambda origin, note: self.behind.append(note and note.checkpoint.size)

    async def hear(self, *notes, by="partner"):
        """Be told notes, each by another partner, and settle what can be settled."""
        for number, note in enumerate(notes):
            self.comparisons.tell(note, f"{by}-{number}" if by else "")
        await self.comparisons.compare(ORIGIN)

    async def evidence(self):
        """Return the evidence that convicted the log, verified as a third party would; None if it isn't convicted."""
        identity = self.convictions.evidence_of(ORIGIN)
        if not identity:
            return None
        view = SplitView.parse(await self.convictions.document(identity))
        return view.verify([SIGNER.verifier])

    @property
    def open(self):
        """How many notes are unsettled."""
        return len(self.comparisons.unsettled(ORIGIN))


def history(size, fork=None, kind="lie"):
    """Return a history of a size, which is another from the entry `fork` on."""
    fork = size if fork is None else fork
    return History([*(b"truth %d" % at for at in range(fork)), *(f"{kind} {at}".encode() for at in range(fork, size))])


def signed(size, root=b"\1" * 32):
    """Return a note of the log with a root hash that no tree has."""
    return sign_checkpoint(Checkpoint(ORIGIN, size, root), SIGNER)


async def test_a_note_of_the_tree_that_is_here_settles():
    """At every size up to ours the root hash is compared, and nothing stays open."""
    here = Comparing(watched(history(200)))
    await here.hear(*(history(200).note(size) for size in (0, 1, 2, 128, 199, 200)))
    assert (here.open, await here.evidence(), here.unresolved) == (0, None, {ORIGIN: ""})


@pytest.mark.parametrize("size", [1, 7, 64, 199, 200])
async def test_a_note_within_our_tree_that_is_not_of_it_is_shown_by_our_own_tiles(size):
    """Nobody else is asked: the proof from the signed wrong root to our note convinces anybody."""
    here = Comparing(watched(history(200)))
    await here.hear(signed(size))
    found = await here.evidence()
    assert {(found.first.size, found.first.root), (found.second.size, found.second.root)} == {
        (size, b"\1" * 32),
        (200, history(200).edge().root()),
    }


@pytest.mark.parametrize("impossible", [1, 3])
async def test_impossible_notes_do_not_push_out_what_the_same_partner_holds(impossible):
    """A partner tells what it holds, and what nobody shows it the tree of: the latter hides no fork."""
    here = Comparing(watched(history(200)))
    told = [history(200, fork=50).note(), *(signed(1000 + at) for at in range(impossible))]
    here.comparisons.hear(told, "partner")
    await here.comparisons.compare(ORIGIN)
    assert await here.evidence() is not None


async def test_a_larger_note_settles_once_the_log_shows_its_tree():
    """The log is asked, the mirror grows, and then our own tree tells."""
    whole = history(200)

    async def grow():
        log.reader().state.position = whole.reader().state.position

    log = watched(whole, size=100, ask=grow)
    here = Comparing(log)
    await here.hear(whole.note())
    assert (here.open, await here.evidence()) == (0, None)


async def test_a_larger_note_of_another_history_is_shown_by_whoever_holds_its_tree():
    """The log shows us nothing of it; the tiles of the partner who told it do."""
    other = history(200, fork=50)
    here = Comparing(watched(history(100), sources=lambda by: [Nowhere(), other.source()]))
    await here.hear(other.note())
    found = await here.evidence()
    assert (found.first.size, found.second.size) == (100, 200)


async def test_a_larger_note_that_extends_ours_is_neither_open_for_long_nor_shown():
    """Its tree has our root hash at our size; it waits for the mirror to grow, and no alarm is raised."""
    here = Comparing(watched(history(200), size=100, sources=lambda by: [history(200).source()]))
    for _ in range(3):
        await here.hear(history(200).note())
        here.clock.advance(PATIENCE)
    assert (here.open, await here.evidence(), here.unresolved[ORIGIN]) == (1, None, "")


@pytest.mark.parametrize(
    "sources",
    [[], [Nowhere()], [Tiles(history(200, fork=50), broken=True)], [history(200).source()]],
    ids=["nobody", "nothing served", "false tiles", "another tree"],
)
async def test_a_note_whose_tree_nobody_shows_is_an_alarm_and_never_evidence(sources):
    """A partner that serves no tree, or a false one, accuses nobody; the alarm waits for some rounds."""
    here = Comparing(watched(history(100), sources=lambda by: sources))
    other = history(200, fork=50)
    await here.hear(other.note())
    assert ORIGIN not in here.unresolved
    here.clock.advance(PATIENCE)
    await here.hear(other.note())
    assert (await here.evidence(), here.open) == (None, 1)
    assert "size 200" in here.unresolved[ORIGIN]


async def test_an_alarm_is_not_put_off_by_ever_other_notes():
    """A log that signs another impossible note each second is told of just the same."""
    here = Comparing(watched(history(100)))
    for number in range(4):
        await here.hear(signed(1000 + number))
        here.clock.advance(PATIENCE / 3)
    await here.hear(signed(2000))
    assert "size 2000" in here.unresolved[ORIGIN]


async def test_an_alarm_is_taken_back_once_nothing_is_open():
    """The tree turns up, and with it goes the alarm."""
    sources = []
    here = Comparing(watched(history(200), size=100, sources=lambda by: sources))
    await here.hear(history(200).note())
    here.clock.advance(PATIENCE)
    await here.hear(history(200).note())
    assert here.unresolved[ORIGIN]
    sources.append(history(200).source())
    await here.hear(history(200).note())
    assert here.unresolved[ORIGIN] == ""


async def test_an_alarm_is_taken_back_once_our_own_tree_has_grown():
    """However that came about: the log was back, or pushed."""
    whole = history(200)
    log = watched(whole, size=100)
    here = Comparing(log)
    for _ in range(2):
        await here.hear(whole.note())
        here.clock.advance(PATIENCE)
    assert here.unresolved[ORIGIN]
    log.reader().state.position = whole.reader().state.position
    await here.hear()
    assert (here.open, here.unresolved[ORIGIN]) == (0, "")


async def test_two_notes_of_one_size_beyond_ours_are_evidence_at_once():
    """No tree is needed for that, and none is asked for."""
    here = Comparing(watched(history(100)))
    await here.hear(signed(500), signed(500, b"\2" * 32))
    assert {one.size for one in await here.evidence()} == {500}


async def test_a_note_that_our_witness_cosigned_counts_as_known():
    """What another part of this node holds is compared too, whatever the mirror holds."""
    cosigned = history(150)
    here = Comparing(watched(history(100), notes=[cosigned.note()]))
    await here.hear(history(150, fork=120).note())
    assert {one.size for one in await here.evidence()} == {150}


async def test_a_partner_cannot_push_out_what_another_told():
    """Whatever one tells after it, the note of the other stays until it is settled."""
    other = history(200, fork=50)
    here = Comparing(watched(history(100)))
    here.comparisons.tell(other.note(), "honest")
    for number in range(1000):
        here.comparisons.tell(signed(300 + number), "noisy")
        here.comparisons.tell(signed(3000 + number))
    kept = [note.note for note in here.comparisons.unsettled(ORIGIN)]
    assert other.note() in kept
    assert len(kept) == 1 + 4 + 4


@pytest.mark.parametrize(
    "note",
    [
        b"noise",
        History([b"x"], signer=Signer("other.example/log", b"\5" * 32)).note(),
        History([b"x"], signer=Signer(ORIGIN, b"\6" * 32)).note(),
        signed(5)[:-10],
        history(5).note().replace(b"\n5\n", b"\n6\n"),
    ],
    ids=["noise", "unknown log", "another key", "cut", "size changed"],
)
async def test_what_the_log_did_not_sign_is_nothing(note):
    """It is not even kept."""
    here = Comparing(watched(history(100)))
    assert here.comparisons.tell(note, "partner") is None
    assert here.open == 0


async def test_lines_of_others_are_not_kept():
    """A note is kept with the log's own signature: whoever else signed it doesn't matter here."""
    here = Comparing(watched(history(100)))
    line = signed(1, b"\3" * 32).decode().splitlines()[-1]
    more = history(150).note() + b"".join(line.replace(ORIGIN, f"w{at}.example").encode() + b"\n" for at in range(9))
    here.comparisons.tell(more, "partner")
    assert [note.note for note in here.comparisons.unsettled(ORIGIN)] == [history(150).note()]


async def test_a_larger_note_of_our_own_log_says_that_we_are_behind():
    """Our key signed more than is here: that is told at once."""
    here = Comparing(watched(history(200), size=100, own=True))
    await here.hear(history(200).note())
    assert (here.behind, await here.evidence()) == ([200], None)


async def test_an_own_log_that_has_caught_up_is_told_too():
    """Once the tree that is here has what our key signed, nothing is ahead of it any more."""
    whole = history(200)
    log = watched(whole, size=100, own=True)
    here = Comparing(log)
    await here.hear(whole.note())
    log.reader().state.position = whole.reader().state.position
    await here.hear()
    assert (here.behind, here.open) == ([200, None], 0)


async def test_another_history_of_our_own_log_convicts_it():
    """The key was used elsewhere: we are the first to say so."""
    here = Comparing(watched(history(200), own=True))
    await here.hear(history(150, fork=100).note())
    assert await here.evidence() is not None


async def test_damaged_tiles_of_our_own_convict_nobody():
    """Evidence is verified before it is believed, ours too."""
    log = watched(history(200))
    log.reader().state.edge._levels[0].rows[4][8] = b"\7" * 32  # the root of the leaves 128 to 143
    here = Comparing(log)
    await here.hear(history(200).note(150))
    assert (await here.evidence(), here.open) == (None, 1)


async def test_what_goes_wrong_with_one_log_ends_nothing():
    """The comparison that failed is told; the next one is made."""
    asked, convicted = asyncio.Event(), asyncio.Event()

    async def ask():
        asked.set()
        raise RuntimeError("a fault of ours")

    here = Comparing(watched(history(100), ask=ask))
    here.convictions.on_convicted.append(lambda _: convicted.set())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(here.comparisons.run())
        here.comparisons.tell(history(150).note(), "partner")
        await asked.wait()
        here.comparisons.tell(signed(50), "partner")
        await convicted.wait()
        running.cancel()


@settings(max_examples=200, deadline=None)
@given(fork=st.integers(0, 60), one=st.integers(1, 60), two=st.integers(1, 60), shown=st.booleans())
def test_two_that_talk_find_a_lie_and_only_a_lie(fork, one, two, shown):
    """Whatever two sizes two nodes were shown: if one tree doesn't extend the other, one of them can show it.

    Neither needs the other's tiles for that, and where the trees agree nobody is accused.
    """
    ours, theirs = history(one, fork=min(fork, one), kind="a"), history(two, fork=min(fork, two), kind="b")
    agree = fork >= min(one, two)

    async def talk():
        sides = [
            Comparing(watched(mine, sources=lambda by, other=other: [other.source()] if shown else []))
            for mine, other in ((ours, theirs), (theirs, ours))
        ]
        await sides[0].hear(theirs.note())
        await sides[1].hear(ours.note())
        return [await side.evidence() for side in sides]

    found = asyncio.run(talk())
    assert any(found) is not agree
    if shown:
        assert all(found) is not agree
