"""Understand a question: which achievements are meant, by all their bodies' identities, and what is published.

A credential's file says what it is about; a receipt alone doesn't, so an achievement is named beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from node.errors import InadmissibleError
from node.formats.reading import AchievementReading, CredentialReading
from node.recognition.awards.issue import read
from node.recognition.institutions import Institutions, Party, identities_of_body, names_of_body, spoken
from node.recognition.logs.log_view import LogView
from node.recognition.shown import Shown
from protocol.encoding.wire import check_date
from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import Body, Identity
from protocol.recognition.decision import Paper
from protocol.recognition.logged import moment
from protocol.recognition.question import AskedAchievement, AskedDates, AskedScope, Question
from protocol.recognition.terms import achievement_term
from protocol.recognition.words import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAchievement:
    """An achievement that is named: an identity of its awarding body, and that body's code."""

    body: Identity
    code: str
    version: int | None = None
    awarded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question as it is put."""

    shown: tuple[Shown, ...] = ()
    achievements: tuple[NamedAchievement, ...] = ()
    qualification: tuple[str, str] | None = None
    institution: Identity | None = None
    """Whom to ask, by one identity; `("origin", ORIGIN)` names a log. None: all that are known."""
    purpose: Purpose = "credit"
    scope: AskedScope = field(default_factory=AskedScope)
    at: str = ""
    """Which day's law applies; today where empty."""
    award_date: str = ""
    learning_agreement_date: str = ""
    application_date: str = ""
    known: str = ""
    """A date or an instant: only what had been logged by then counts; now where empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A question, and who its bodies are."""

    question: Question
    party: Party
    """The awarding body of what is mainly asked about."""
    reading: CredentialReading | None
    what: str
    """What is asked about, for sentences."""
    bodies: tuple[tuple[Party, ...], ...] = ()
    """The awarding bodies of each achievement."""
    versions: tuple[int | None, ...] = ()
    """The version of each achievement that the question names; None where it names none."""
    notes: tuple[str, ...] = ()


async def understand(ask: Ask, institutions: Institutions, views: Mapping[str, LogView], *, today: str) -> Understood:
    """Return what a question means.

    Raises:
        MalformedError: A date isn't one.
        InadmissibleError: Nothing is asked about, or a document isn't a credential.
    """
    for where in ("at", "award_date", "learning_agreement_date", "application_date"):
        if value := getattr(ask, where):
            check_date(value, where)
    readings = [None if one.document is None else read(one.document) for one in ask.shown]
    meant = [*_of_shown(ask.shown, readings), *(_Meant.named(one) for one in ask.achievements)]
    if not meant and not ask.shown and ask.qualification is None:
        raise InadmissibleError("nothing is asked about: show a credential, or name an achievement")
    parties = [[await body.party(institutions) for body in one.bodies] for one in meant]
    achievements = [await _published(one, its_parties, views) for one, its_parties in zip(meant, parties, strict=True)]
    awarded = ask.award_date or max((one.awarded for one in achievements), default="")
    question = Question(
        achievements=tuple(achievements),
        dates=AskedDates(
            at=ask.at or today,
            award=awarded,
            learning_agreement=ask.learning_agreement_date,
            application=ask.application_date,
        ),
        purpose=ask.purpose,
        scope=ask.scope,
        qualification=ask.qualification,
        known=moment(ask.known) if ask.known else None,
    )
    notes = [
        f"{' and '.join(party.contested)} both claim to be {party.name}: their identifiers lead nowhere here"
        for party in (party for its_parties in parties for party in its_parties)
        if party.contested
    ]
    return Understood(
        question=question,
        party=_main(parties[0], ask.shown) if parties else await _by_award(ask.shown, institutions, views),
        reading=next((reading for reading in readings if reading is not None), None),
        what=_what(achievements, ask.qualification),
        bodies=tuple(map(tuple, parties)),
        versions=tuple(one.version for one in meant),
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """An awarding body before it was looked up."""

    identities: frozenset[Identity]
    name: str
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, body: Body) -> "_Body":
        scheme, value = body.identity
        name = value.partition(":")[2] if scheme == "name" else ""
        return cls(identities=frozenset({body.identity}), name=name)

    async def party(self, institutions: Institutions) -> Party:
        return await institutions.party(self.identities, self.name, names=self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """An achievement before its bodies' logs were asked."""

    bodies: tuple[_Body, ...]
    code: str
    title: str = ""
    awarded: str = ""
    version: int | None = None

    @classmethod
    def named(cls, one: NamedAchievement) -> "_Meant":
        body = _Body.of(Body.of(one.body))
        return cls(bodies=(body,), code=one.code, awarded=one.awarded, version=one.version)

    @classmethod
    def read(cls, achievement: AchievementReading, reading: CredentialReading) -> "_Meant":
        bodies = achievement.awarding_bodies or (reading.issuer,)
        return cls(
            bodies=tuple(
                _Body(identities=identities_of_body(one), name=spoken(one), names=frozenset(names_of_body(one)))
                for one in bodies
            ),
            code=achievement.code,
            title=_in_english(achievement.title),
            awarded=achievement.award_date or reading.issued[:10] or reading.valid_from[:10],
        )

    @classmethod
    def paper(cls, paper: Paper) -> "_Meant":
        return cls(
            bodies=(_Body.of(paper.body),),
            code=paper.code if isinstance(paper.code, str) else "",
            title=_in_english(paper.title),
            awarded=paper.awarded if isinstance(paper.awarded, str) else "",
        )


def _of_shown(shown: Sequence[Shown], readings: Sequence[CredentialReading | None]) -> list[_Meant]:
    """Return the achievements that credentials are about; a receipt alone doesn't say which."""
    meant = []
    for one, reading in zip(shown, readings, strict=True):
        if reading is not None:
            meant += [_Meant.read(achievement, reading) for achievement in reading.achievements]
        elif one.paper is not None:
            meant.append(_Meant.paper(one.paper))
    return meant


def _main(parties: Sequence[Party], shown: Sequence[Shown]) -> Party:
    """Return the awarding body whose log holds the award that is shown, else the first that has a log."""
    origins = {one.award.origin for one in shown if one.award is not None}
    known = [party for party in parties if party.known is not None]
    return next((party for party in known if party.known and party.known.origin in origins), (*known, *parties)[0])


async def _by_award(shown: Sequence[Shown], institutions: Institutions, views: Mapping[str, LogView]) -> Party:
    """Return the institution in whose log the award stands, where nothing else says who awarded it."""
    for view in (views.get(one.award.origin) for one in shown if one.award is not None):
        if view is not None:
            known = await institutions.of_log(view.log)
            return Party(known.name, known.identities, known)
    return Party("the awarding body", frozenset())


async def _published(one: _Meant, parties: Sequence[Party], views: Mapping[str, LogView]) -> AskedAchievement:
    """Return the achievement with its newest published entry in an awarding body's own log."""
    identities = frozenset(identity for party in parties for identity in party.identities)
    entry: Achievement | None = None
    origin, leaf = "", None
    for view in (views.get(party.known.origin) for party in parties if party.known is not None):
        terms = [achievement_term(identity, one.code) for identity in sorted(identities)] if one.code else []
        for found in await view.under(terms) if view is not None else ():
            if isinstance(found.entry, Achievement) and (entry is None or found.entry.version > entry.version):
                entry, origin, leaf = found.entry, view.log.origin if view else "", found.leaf
    versions = {one.version} if one.version is not None else {entry.version} if entry is not None else set()
    return AskedAchievement(
        identities=identities,
        code=one.code,
        title=one.title or (_in_english(entry.title) if entry is not None else ""),
        body=" and ".join(dict.fromkeys(party.name for party in parties if party.name)),
        awarded=one.awarded,
        versions=frozenset(versions),
        entry=entry,
        origin=origin,
        leaf=leaf,
    )


def _in_english(text: Mapping[str, str]) -> str:
    return text.get("en") or next(iter(text.values()), "")


def _what(achievements: Sequence[AskedAchievement], qualification: tuple[str, str] | None) -> str:
    if not achievements:
        return f"{qualification[1]} of {qualification[0]}" if qualification else "this credential"
    first = achievements[0]
    title = f"'{first.title}'" if first.title else first.code or "this credential"
    others = f" and {len(achievements) - 1} more" if len(achievements) > 1 else ""
    return f"{title}{others} of {first.body}" if first.body else f"{title}{others}"
