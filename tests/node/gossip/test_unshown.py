"""What was cosigned here and isn't shown is told to partners a round later, and held against what is kept."""

import pytest

from node.errors import PushBackError
from node.gossip.evidence.compare import Comparisons
from node.gossip.evidence.convictions import Convictions
from node.gossip.exchange.newest import NewestNotes
from node.gossip.exchange.unshown import Unshown
from protocol.encoding.keys import Signer
from tests.node.gossip.test_compare import NoDatabase
from tests.support.clock import FakeClock
from tests.support.memory_log import ORIGIN, History, watched

HISTORY = History(b"entry %d" % at for at in range(200))
OTHER = History([*(b"entry %d" % at for at in range(50)), *(b"other %d" % at for at in range(100))])
SHOWN = 60
"""What the log shows here."""


class Here:
    """A node whose mirror holds and has cosigned `cosigned` of a history, while the log shows less."""

    def __init__(self, cosigned, *logs):
        self.cosigned = list(cosigned)
        self.log = watched(HISTORY)
        self.show(SHOWN)
        logs = logs or (self.log,)
        clock, keys = FakeClock(), {log.origin: log.keys for log in logs}
        self.convictions = Convictions(NoDatabase(), lambda origin: keys.get(origin, ()), clock)
        self.comparisons = Comparisons(logs, self.convictions, clock=clock, patience_seconds=60)
        self.unshown = Unshown(logs, self.comparisons, cosigned=self._of)
        self.notes = NewestNotes(logs, self.comparisons, self.convictions, unshown=self.unshown.of)

    async def _of(self, origin):
        return self.cosigned if origin == ORIGIN else []

    async def round(self):
        """Begin a round, and let what it brings be compared."""
        await self.unshown.look()
        await self.comparisons.compare(ORIGIN)

    def show(self, size):
        """Let the log show a checkpoint."""
        self.log.reader().state.published = HISTORY.reader(size).state.published

    def told(self):
        """Return what partners are told."""
        return list(self.notes.all().values())


async def test_what_a_log_has_had_cosigned_and_does_not_show_is_told_a_round_later():
    """Not at once: an honest log shows it in a moment; and no more once it does."""
    here = Here([HISTORY.note(100)])
    await here.round()
    assert here.told() == [HISTORY.note(SHOWN)]
    await here.round()
    assert here.told() == [HISTORY.note(SHOWN), HISTORY.note(100)]
    here.show(100)
    assert here.told() == [HISTORY.note(100)]


async def test_what_grows_on_unshown_is_told_all_the_same():
    """The checkpoint of a round ago, however many came since."""
    here, told = Here([HISTORY.note(100)]), []
    for size in (110, 120, 130):
        await here.round()
        here.cosigned = [HISTORY.note(size)]
        told.append(here.told()[1:])
    assert told == [[], [HISTORY.note(100)], [HISTORY.note(110)]]


async def test_one_that_never_showed_anything_is_told_of():
    """A log may push from its first entry on and show nothing to those who follow it."""
    here = Here([HISTORY.note(100)])
    here.show(0)
    for _ in range(2):
        await here.round()
    assert here.told() == [HISTORY.note(100)]


async def test_what_our_witness_and_our_mirror_cosigned_is_held_against_each_other():
    """Each knows only what it saw itself: two histories are found here, without a partner."""
    here = Here([HISTORY.note(100), OTHER.note(80)])
    await here.round()
    assert here.convictions.origins() == [ORIGIN]


async def test_a_note_that_its_log_has_not_signed_is_nobodys_word():
    """Whatever a row holds: only the log's own key convicts."""
    here = Here([History(OTHER.entries, signer=Signer(ORIGIN, b"\6" * 32)).note(80), b"noise"])
    for _ in range(2):
        await here.round()
    assert (here.told(), here.convictions.origins()) == ([HISTORY.note(SHOWN)], [])


async def test_a_database_that_is_away_takes_nothing_back():
    """What was seen stays told."""
    here = Here([HISTORY.note(100)])
    for _ in range(2):
        await here.round()

    async def away(origin):
        raise PushBackError("away")

    here.unshown._cosigned = away
    with pytest.raises(PushBackError):
        await here.unshown.look()
    assert here.told() == [HISTORY.note(SHOWN), HISTORY.note(100)]
