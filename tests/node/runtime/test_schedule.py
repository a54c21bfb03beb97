"""Work that comes round."""

import asyncio

import pytest

from node.runtime.schedule import Work, scheduled


async def test_work_comes_round_and_fails_alone(caplog):
    """What fails is written down by name, comes again, and holds up nothing else."""
    done = []

    async def fails():
        done.append("fails")
        raise OSError("the partner's name is secret")

    async def works():
        done.append("works")

    with scheduled([Work("first", fails, every_seconds=1), Work("second", works, every_seconds=1)]):
        await asyncio.sleep(2.5)
    assert done.count("fails") >= 2
    assert done.count("works") >= 2
    assert {record.fields["work"] for record in caplog.records if record.message == "scheduled_work_failed"} == {
        "first"
    }
    await asyncio.sleep(1.2)
    assert len(done) <= 6, "work went on after the end"


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (Work("x", asyncio.sleep, every_seconds=60), "0:01:00"),
        (Work("x", asyncio.sleep, daily_at_hour=2), "hour='2'"),
    ],
)
def test_when_it_runs_is_said_in_seconds_or_an_hour(work, words):
    """An interval, or a time of the night in UTC."""
    assert words in str(work.trigger)
