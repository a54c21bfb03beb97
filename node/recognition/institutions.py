"""Who is who: which log speaks for a body that a document or a question names.

An institution is known by every identifier that its own log's newest `institution` entry gives, and an own log's also
by its configuration. An identifier that two logs claim leads to neither: no log can take another's name, and the
contradiction is told. Only what an own log claims is beyond doubt here, and a log that has shown two histories takes
nobody's name.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from node.formats.identifiers import OTHER
from node.formats.reading import Body as ReadBody
from node.recognition.known_logs import KnownLog, KnownLogs
from node.recognition.logs.kept_entries import KeptEntries
from node.storage.database import Database
from node.storage.lookups import entries_under
from protocol.recognition.bodies import AwardingBody, Identity
from protocol.recognition.entry import parse_entry
from protocol.recognition.institution import Institution
from protocol.recognition.terms import term_key

_TERM = term_key(("institution",))


@dataclass(frozen=True, slots=True)
class Known:
    """An institution behind a log."""

    origin: str
    name: str
    country: str
    identities: frozenset[Identity]
    own: bool = False
    """Whether this node holds its log's key: then nobody else's claim to its identifiers counts."""
    convicted: bool = False
    """Whether its log has shown two histories: then anybody else's claim to its identifiers counts more."""
    entry: Institution | None = None
    leaf: int | None = None
    """Where its newest `institution` entry stands."""

    @property
    def names(self) -> frozenset[str]:
        """Its names in every language."""
        return frozenset(value.partition(":")[2] for scheme, value in self.identities if scheme == "name")


@dataclass(frozen=True, slots=True)
class Party:
    """A body as far as it is known: all its identities, and the one log that speaks for it."""

    name: str
    identities: frozenset[Identity]
    known: Known | None = None
    contested: tuple[str, ...] = ()
    """Origins of the logs that claim the same identifier, where several do."""
    asked: frozenset[Identity] = frozenset()
    """The identities by which it was looked for."""


@dataclass(slots=True)
class Institutions:
    """Looks institutions up in the logs that the node knows."""

    database: Database
    logs: KnownLogs
    kept: KeptEntries = field(default_factory=KeptEntries)
    """Reads what stands in the logs under a term, for whoever asks."""
    _read: dict[str, tuple[tuple[int, str], Known]] = field(default_factory=dict)

    async def all(self) -> list[Known]:
        """Return the institution behind each log, own ones first."""
        return [await self.of_log(log) for log in self.logs()]

    async def of_log(self, log: KnownLog) -> Known:
        """Return the institution that a log speaks for."""
        kept, state = self._read.get(log.origin), (log.size, log.convicted)
        if kept is None or kept[0] != state:
            kept = self._read[log.origin] = (state, await self._newest(log))
        return kept[1]

    async def party(self, identities: Iterable[Identity], name: str = "", *, names: Iterable[str] = ()) -> Party:
        """Return the body that has one of these identities, with all others that its log gives.

        A body without any identity is looked for by its names.
        """
        asked, called = frozenset(identities), frozenset(names)
        claiming = [
            known for known in await self.all() if (known.identities & asked if asked else known.names & called)
        ]
        claiming = [known for known in claiming if known.own] or claiming
        claiming = [known for known in claiming if not known.convicted] or claiming
        if len(claiming) != 1:
            return Party(name, asked, contested=tuple(known.origin for known in claiming), asked=asked)
        known = claiming[0]
        return Party(name or known.name, asked | known.identities, known, asked=asked)

    async def _newest(self, log: KnownLog) -> Known:
        async with self.database.pool.acquire() as connection:
            found = await entries_under(connection, log.log_id, _TERM, log.size)
        entry: Institution | None = None
        leaf: int | None = None
        for one in found:
            read = parse_entry(one.entry)
            if isinstance(read, Institution) and (entry is None or read.version > entry.version):
                entry, leaf = read, one.leaf
        configured: frozenset[Identity] = frozenset()
        name, country = log.name or log.origin, ""
        if log.settings is not None:
            configured = frozenset((one.scheme, one.value) for one in log.settings.own_identifiers)
            name, country = log.settings.institution, log.settings.country
        if entry is None:
            return Known(log.origin, name, country, configured, log.own, bool(log.convicted))
        name = name if log.settings else entry.name.get("en") or next(iter(entry.name.values()))
        identities = configured | frozenset(entry.identities())
        return Known(log.origin, name, entry.country, identities, log.own, bool(log.convicted), entry, leaf)


def identities_of_body(body: ReadBody) -> frozenset[Identity]:
    """Return the identities of a body as a document describes it."""
    typed = {(one.scheme, one.value) for one in body.identifiers if one.scheme != OTHER}
    named = {("name", f"{body.country}:{name}") for name in names_of_body(body)} if body.country else set()
    return frozenset(typed | named)


def names_of_body(body: ReadBody) -> set[str]:
    """Return the names of a body in their one spelling."""
    return {unicodedata.normalize("NFC", " ".join(name.split())) for name in body.names.values() if name.strip()}


def identities_of_bodies(bodies: Sequence[AwardingBody]) -> frozenset[Identity]:
    """Return the identities of all awarding bodies of an achievement."""
    return frozenset(identity for body in bodies for identity in body.identities())


def is_same(body: ReadBody, known: Known) -> bool:
    """Whether a document's body is this institution.

    A body that gives neither an identifier nor a country is known by its name alone.
    """
    if identities := identities_of_body(body):
        return bool(identities & known.identities)
    return bool(names_of_body(body) & known.names)


def spoken(body: ReadBody) -> str:
    """Return what to call a body in a sentence."""
    return body.names.get("en") or next(iter(body.names.values()), "") or body.id or "a body without a name"
