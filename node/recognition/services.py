"""What an own log's institution can do: award, change what stands, publish, decide, erase. Made at the node's start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from node.clock import Clock
from node.recognition.answers.query import Queries
from node.recognition.awards.awarding import Awarding
from node.recognition.awards.issue import Awards
from node.recognition.decisions.decide import Decisions
from node.recognition.erasure.erase import Erasures
from node.recognition.institutions import Institutions
from node.recognition.known_logs import KnownLogs, OwnLog
from node.recognition.proofs.receipts import Receipts
from node.recognition.publication.assertion_key import assertion_key_of
from node.recognition.publication.publish import Publisher
from node.recognition.publication.rosters import Rosters
from node.recognition.publication.second_person import SecondPerson
from node.recognition.records.private_records import PrivateRecords
from node.recognition.records.vault import Vault
from node.recognition.standing.change import Statuses
from node.storage.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """The acts of one institution."""

    awards: Awards
    statuses: Statuses
    publisher: Publisher
    second_person: SecondPerson
    decisions: Decisions
    rosters: Rosters
    erasures: Erasures
    receipts: Receipts


def services_of(
    logs: Iterable[OwnLog], *, vault: Vault, known_logs: KnownLogs, database: Database, clock: Clock
) -> dict[str, Services]:
    """Return the services of each own log, by its origin."""
    logs = list(logs)
    institutions = Institutions(database, known_logs)
    records = {log.origin: PrivateRecords(vault, log.reader.state.head.log_id, log.origin) for log in logs}
    return {log.origin: _services(log, institutions, records, vault, clock) for log in logs}


def queries_of(
    logs: Iterable[OwnLog],
    *,
    vault: Vault,
    known_logs: KnownLogs,
    database: Database,
    clock: Clock,
    freshness_seconds: int,
) -> Queries:
    """Return what answers questions from all logs, with the private records of own ones."""
    records = {log.origin: PrivateRecords(vault, log.reader.state.head.log_id, log.origin) for log in logs}
    return Queries(
        database=database,
        institutions=Institutions(database, known_logs),
        records=records,
        clock=clock,
        freshness_seconds=freshness_seconds,
    )


def _services(
    log: OwnLog, institutions: Institutions, all_records: Mapping[str, PrivateRecords], vault: Vault, clock: Clock
) -> Services:
    records, database = all_records[log.origin], vault.database
    awarding = Awarding(log, institutions)
    publisher = Publisher(log, awarding, database, clock)
    return Services(
        Awards(log, records, awarding, database),
        Statuses(log, records, database, clock),
        publisher,
        SecondPerson(log, publisher, vault, clock),
        Decisions(log, records, database, clock),
        Rosters(log, publisher, assertion_key_of(log.settings), database, clock),
        Erasures(log, all_records, database, clock),
        Receipts(log, records, database),
    )
