"""Verdicts, put together: whom this node believes where it reads logs for others."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from node.config import Config
from node.gossip.release.policy import ReleasePolicy
from node.gossip.release.reading import reading_policy
from node.http.parts import OwnLog
from node.log.former_file import read_former
from node.recognition.answers.query import Queries
from node.recognition.proofs.dates import EntryDates
from node.recognition.proofs.excerpts import Excerpts, Indexes
from node.recognition.proofs.logs import VerdictLogs
from node.recognition.proofs.verdicts import Verdicts
from node.recognition.services import Services
from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import KnownLog
from protocol.log.ended_key import unended


def verdicts_of(
    config: Config,
    logs: Iterable[OwnLog],
    queries: Queries,
    services: Mapping[str, Services],
    *,
    policy: ReleasePolicy | None,
    indexes: Indexes,
) -> Verdicts:
    """Return what makes verdicts.

    Raises:
        ConfigError: The policy file can't be used.
    """
    believed = believing(config, logs, policy)
    dates = EntryDates(queries.database, believed)
    source = VerdictLogs(Excerpts(queries.database, indexes, believed), believed, dates)
    return Verdicts(
        queries=queries, source=source, rosters=lambda origin: services[origin].rosters, clock=queries.clock
    )


def believing(config: Config, logs: Iterable[OwnLog], release: ReleasePolicy | None) -> Policy:
    """Return the policy by which this node reads all logs that it knows: its own, its partners', each key to its end.

    Raises:
        ConfigError: The policy file can't be used.
    """
    reading = reading_policy(config, release)
    base = Policy() if reading is None else reading.policy
    partners = [key for partner in config.partners for key in (*unended(partner.log_keys), *partner.former_keys)]
    own = [key for log in logs for key in (log.verifier, *read_former(log.settings.key))]
    known = {(log.key.name, log.key.key_id): log for log in base.logs}
    for key in (*partners, *own):
        known.setdefault((key.name, key.key_id), KnownLog(key))
    return replace(base, logs=tuple(known.values()))
