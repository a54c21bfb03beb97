"""Two institutions and questions between them: Northern Lake awards, the College of the Bay recognises and asks."""

from dataclasses import replace

from node.recognition.answers.asked import Ask, NamedAchievement
from node.recognition.answers.query import Queries
from node.recognition.awards.awarding import Awarding
from node.recognition.decisions.decide import Decisions
from node.recognition.publication.publish import Publisher
from tests.node.recognition.test_issue import a_credential, awards
from tests.support.ledger import Ledger
from tests.support.statements import BAY_ORIGIN

WATER = NamedAchievement(body=("schac", "northlake.example"), code="WAT-204")
DAY = 86_400


async def publish(ledger: Ledger, *values, name="bay"):
    """Publish in a log."""
    log = ledger.logs[name]
    publisher = Publisher(log, Awarding(log, ledger.institutions()), ledger.database, ledger.clock)
    return [await publisher.publish(value) for value in values]


def decisions(ledger: Ledger) -> Decisions:
    """Return what decides in the College of the Bay's log."""
    return Decisions(ledger.logs["bay"], ledger.records("bay"), ledger.database, ledger.clock)


async def ask(ledger: Ledger, *, logs=None, **parts):
    """Ask, by default about Northern Lake's course at the College of the Bay."""
    institutions = ledger.institutions()
    if logs is not None:
        institutions = replace(institutions, logs=lambda: logs)
    queries = Queries(
        database=ledger.database,
        institutions=institutions,
        records={BAY_ORIGIN: ledger.records("bay")},
        clock=ledger.clock,
        freshness_seconds=DAY,
    )
    if "shown" not in parts:
        parts = {"achievements": (WATER,)} | parts
    return await queries.ask(Ask(**{"institution": ("schac", "bay.example")} | parts))


async def told(ledger: Ledger, **parts):
    """Return what the one institution asked says."""
    (answer,) = (await ask(ledger, **parts)).institutions
    return answer


async def credential(ledger, **changed):
    """Return a credential that Northern Lake awarded: its file and receipt."""
    file = a_credential(**changed)
    return file, (await awards(ledger).issue(file)).receipt
