"""Publications that wait: through a new epoch of keys, through the loss of a race, and gone once they are done with."""

import pytest

from node.errors import ForbiddenError, NotFoundError, PushBackError
from node.recognition.awards.awarding import Awarding
from node.recognition.publication import second_person
from node.recognition.publication.publish import PublishedEntry, Publisher
from node.recognition.publication.second_person import SecondPerson, Waiting
from node.recognition.records.new_epoch import NewEpoch
from tests.node.recognition.test_vault import execute
from tests.support.statements import a_partial_rule

RULE = a_partial_rule(id="waits")


@pytest.fixture
def office(ledger) -> SecondPerson:
    """Give what keeps Northern Lake's publications."""
    log = ledger.logs["northlake"]
    publisher = Publisher(log, Awarding(log, ledger.institutions()), ledger.database, ledger.clock)
    return SecondPerson(log, publisher, ledger.vault, ledger.clock)


async def new_epoch(ledger) -> None:
    """Move the records under a new epoch, as an erasure does."""
    epochs = NewEpoch(ledger.folder, ledger.database, ledger.clock)
    await epochs.run(await epochs.prepare())


async def test_what_waits_outlives_a_new_epoch_of_keys(ledger, office):
    """It is read, and approved, under the keys that live then."""
    asked = await office.ask(RULE, by="one")
    assert isinstance(asked, Waiting)
    await new_epoch(ledger)
    assert await office.waiting() == [asked]
    done = await office.approve(asked.id, by="two")
    assert isinstance(done, PublishedEntry)
    assert (done.new, await office.waiting()) == (True, [])


@pytest.mark.parametrize("how", ["approved", "refused"])
async def test_what_is_done_with_goes_with_the_next_erasure(ledger, office, how):
    """Marked in the same transaction; gone after the next epoch began."""
    asked = await office.ask(RULE, by="one")
    await (office.approve(asked.id, by="two") if how == "approved" else office.refuse(asked.id))
    assert [row["erase"] for row in await execute(ledger, "SELECT erase FROM records")] == [True]
    await new_epoch(ledger)
    assert await execute(ledger, "SELECT erase FROM records") == []


async def test_who_loses_the_race_publishes_nothing(ledger, office, monkeypatch):
    """Another has refused it between the look and the commit: the entry isn't entered, and the other's word holds."""
    asked = await office.ask(RULE, by="one")
    finish = second_person.finish_pending

    async def late(connection, log_id, publication):
        await office.refuse(publication)
        await finish(connection, log_id, publication)

    monkeypatch.setattr(second_person, "finish_pending", late)
    with pytest.raises(NotFoundError):
        await office.approve(asked.id, by="two")
    assert ledger.logs["northlake"].reader.published.size == 0


async def test_a_commit_that_fails_leaves_it_waiting(ledger, office, monkeypatch):
    """Neither published nor done with; the next approval publishes it."""
    asked = await office.ask(RULE, by="one")

    async def refused(connection, *_):
        await connection.execute("SELECT 1 / 0")

    with monkeypatch.context() as patch:
        patch.setattr(second_person, "finish_pending", refused)
        with pytest.raises(PushBackError, match="couldn't be entered just now"):
            await office.approve(asked.id, by="two")
    assert await office.waiting() == [asked]
    assert ledger.logs["northlake"].reader.published.size == 0
    assert (await office.approve(asked.id, by="two")).new


async def test_what_was_published_meanwhile_waits_no_longer(ledger, office):
    """The very same stands already: it is answered, and not entered a second time."""
    asked = await office.ask(RULE, by="one")
    log = ledger.logs["northlake"]
    await Publisher(log, Awarding(log, ledger.institutions()), ledger.database, ledger.clock).publish(RULE)
    with pytest.raises(ForbiddenError):
        await office.approve(asked.id, by="one")
    done = await office.approve(asked.id, by="two")
    assert (done.new, done.leaf, await office.waiting()) == (False, 0, [])
    assert log.reader.published.size == 1
