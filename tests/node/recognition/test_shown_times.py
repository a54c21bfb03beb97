"""What logs show is written down beside everything else, whatever the database does."""

from dataclasses import replace

import pytest

from node.log.state import Published
from node.recognition.known_logs import KnownLog
from node.recognition.logs.shown_times import MOST_WAITING, ShownTimes
from node.recognition.logs.times import COSIGNERS, OWN, LoggedBy, logged
from tests.node.recognition.asking import ask, publish
from tests.support.statements import a_rule


class Shown:
    """A log whose shown checkpoint the test sets."""

    def __init__(self, log: KnownLog) -> None:
        self.log = log
        if log.reader is not None:
            log.reader.state.published = None

    def show(self, size: int, note: bytes, time: int | None = None) -> None:
        """Show a checkpoint."""
        self.log.reader.state.published = Published(size, bytes(32), note, time)


@pytest.fixture
def own(partners):
    """Give an own log."""
    return Shown(next(log for log in partners.known_logs() if log.own))


@pytest.fixture
def followed(partners):
    """Give a partner's log."""
    return Shown(next(log for log in partners.known_logs() if not log.own))


def times_of(partners, *shown, **parts):
    """Return what looks at these logs."""
    return ShownTimes(partners.database, lambda: [one.log for one in shown], clock=partners.clock, **parts)


async def rows(partners):
    """Return all that is written down, in its order, with times from now on."""
    found = await partners.database.pool.fetch("SELECT * FROM quorum_times ORDER BY log_id, size, time")
    now = partners.clock.now()
    return [(row["size"], row["time"] - now, row["witnessed"], bytes(row["note"])) for row in found]


async def test_a_checkpoint_is_written_down_with_its_quorum_s_time(partners, own):
    """Once, and again with the lines that came later, or when it was cosigned anew."""
    times, now = times_of(partners, own), partners.clock.now()
    await times.look()
    for size, note, time in [
        (3, b"three", -5),
        (3, b"three", -5),
        (3, b"three, more", -5),
        (4, b"four", -1),
        (4, b"4", 9),
    ]:
        own.show(size, note, now + time)
        await times.look()
    assert await rows(partners) == [
        (3, -5, True, b"three, more"), (4, -1, True, b"four"), (4, 9, True, b"4")
    ]  # fmt: skip


async def test_a_log_without_partners_is_written_down_by_our_clock(partners, own):
    """A restart that finds the same checkpoint adds nothing."""
    own.show(3, b"three")
    await times_of(partners, own).look()
    partners.clock.advance(60)
    await times_of(partners, own).look()
    assert await rows(partners) == [(3, -60, False, b"three")]


async def test_a_partner_s_checkpoint_is_judged(partners, followed):
    """As it counts when it comes; where no quorum has cosigned it, it was seen now."""
    asked = []

    def judge(origin, note, now):
        asked.append((origin, note, now))
        return note + b" judged", now - 2 if note == b"cosigned" else None

    times, now = times_of(partners, followed, judge=judge), partners.clock.now()
    for size, note in [(3, b"bare"), (4, b"cosigned")]:
        followed.show(size, note, time=1)
        await times.look()
    assert asked == [(followed.log.origin, note, now) for note in (b"bare", b"cosigned")]
    assert await rows(partners) == [(3, 0, False, b"bare judged"), (4, -2, True, b"cosigned judged")]


async def test_a_log_of_which_nothing_was_ever_read_is_passed_over(partners, own):
    """And stops nobody else's times."""
    away = Shown(KnownLog(origin="away.example", reader=None))
    own.show(3, b"three")
    await times_of(partners, away, own).look()
    assert len(await rows(partners)) == 1


async def test_what_the_database_did_not_take_waits_for_it(partners, own, monkeypatch):
    """All of it, as far as it isn't too much: then the oldest go; and the node goes on."""
    times, now = times_of(partners, own), partners.clock.now()
    stored = ShownTimes.__init__.__globals__["store_recorded"]

    async def failing(*_):
        raise ConnectionResetError("gone")

    monkeypatch.setattr("node.recognition.logs.shown_times.store_recorded", failing)
    for size in range(MOST_WAITING + 5):
        own.show(size, b"note %d" % size, now + size)
        await times.look()
    monkeypatch.setattr("node.recognition.logs.shown_times.store_recorded", stored)
    await times.look()
    assert [row[0] for row in await rows(partners)] == list(range(5, MOST_WAITING + 5))


async def test_whatever_a_note_makes_fail_ends_nothing(partners, own, followed):
    """The other logs' times are written down at the next look."""

    def judge(*_):
        raise ValueError("unheard of")

    times = times_of(partners, followed, own, judge=judge)
    followed.show(3, b"three")
    own.show(4, b"four", partners.clock.now())
    await times.look()
    await times.look()
    assert await rows(partners) == [(4, 0, True, b"four")]


async def test_an_entry_is_dated_by_the_cosigners_where_a_quorum_has_cosigned_it(partners, own):
    """By what was written down, or is shown right now; else by this node's clock, and it says so."""
    now = partners.clock.now()
    times = times_of(partners, own)
    for size, note, time in [(3, b"three", 10), (5, b"five", 20), (5, b"5", 50)]:
        own.show(size, note, now + time)
        await times.look()
    own.show(7, b"seven", now + 60)
    found = {leaf: await logged(partners.database, own.log, leaf) for leaf in (2, 3, 5, 6, 7)}
    assert found == {
        2: LoggedBy(None, now + 10, COSIGNERS),
        3: LoggedBy(now + 10, now + 20, COSIGNERS),
        5: LoggedBy(now + 50, now + 60, COSIGNERS),
        6: LoggedBy(now + 50, now + 60, COSIGNERS),
        7: LoggedBy(None, None, OWN),
    }


@pytest.mark.parametrize("split", [False, True])
async def test_an_answer_says_by_whose_clock_and_how_sure(partners, split):
    """The cosigners', and that two quorums need not share one."""
    await publish(partners, a_rule())
    log = next(one for one in partners.known_logs() if one.own)
    log.reader.state.published = replace(log.reader.published, time=partners.clock.now())
    logs = [replace(one, split_quorums=split) for one in partners.known_logs()]
    (answer,) = (await ask(partners, logs=logs)).institutions
    told = answer.applies[0].source.logged
    assert (told.clock, told.split_quorums, told.by) == (COSIGNERS, split, "2026-11-24T07:00:00Z")
