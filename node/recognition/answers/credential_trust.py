"""The trusts that concern a credential, kept apart, and its standing: each result with its source.

1. authentic: the document is what its issuer made (its award binds this very file; else what its seals show);
2. issuer: it was awarded by whom it names (in the awarding body's own log, or in one with its mandate);
3. quality: the awarding body is quality-assured (what is stated; whoever needs more looks the report up).

The fourth, recognised here, is each institution's own outcome. Standing is asked of the log that holds the award; where
the awarding body has no log that this node follows, it is 'not stated', and the document's own status is for people.
"""

from dataclasses import dataclass

from node.formats.reading import CredentialReading
from node.formats.seals import check_authenticity
from node.recognition.answer import StandingTold, Trust, Trusts
from node.recognition.awards.found import FoundAward
from node.recognition.awards.mandates import find_mandate
from node.recognition.institutions import Party
from node.recognition.known_logs import KnownLog
from node.recognition.shown import Shown
from protocol.errors import ProtocolError
from protocol.recognition.question import AskedAchievement


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFound:
    """What is known of a credential before anybody's rules are asked."""

    trusts: Trusts
    standing: StandingTold
    blocked: str = ""
    """Why nobody's rules are relied on for it; empty where they are."""
    award: FoundAward | None = None
    """Its award, where one was found."""
    followed: bool = False
    """Whether the standing is what the award's log says, and not unknown for another reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialCase:
    """A credential and what was found around it."""

    shown: Shown
    reading: CredentialReading | None
    asked: AskedAchievement
    party: Party
    """Its awarding body."""
    award: FoundAward | None
    without_award: str
    """Why no award was found."""
    body_log: KnownLog | None
    """The awarding body's own log, where this node follows it."""
    today: str
    stale: str = ""
    """Why the log that holds the award is too old to speak of its standing; empty where it isn't."""
    follows: bool = True
    """Whether the standing is looked up here: whoever shows it by the log's index follows it there."""

    async def check(self) -> CredentialFound:
        """Return the trusts, the standing, and whether anything may be built on them."""
        issuer = await self._issuer()
        confirmed = issuer.result in ("yes", "unknown")
        authentic = self._authentic(confirmed=confirmed)
        standing = await self._standing(issuer)
        blocked = ""
        if authentic.result == "no":
            blocked = f"the document is not authentic: {authentic.why}"
        elif standing.standing not in ("good", "not stated"):
            blocked = f"its standing is {standing.standing}: {standing.why}"
        return CredentialFound(
            trusts=Trusts(authentic=authentic, issuer=issuer, quality=self._quality()),
            standing=standing,
            blocked=blocked,
            award=self.award,
            followed=self.award is not None and issuer.result != "no" and not self.stale,
        )

    def _authentic(self, *, confirmed: bool) -> Trust:
        if self.award is not None and confirmed:
            return Trust(result="yes", why="its award binds this very file, byte for byte", source=_place(self.award))
        if self.shown.paper is not None:
            return Trust(result="not checked", why="a paper is checked by eye, or with its issuer")
        if self.shown.document is None:
            return Trust(result="not checked", why="the file itself wasn't shown")
        try:
            report = check_authenticity(self.shown.document, at=self.today)
        except ProtocolError as error:
            return Trust(result="no", why=str(error), source="the document's own form")
        seals = "the document's own seals"
        if report.result == "bad":
            bad = next(seal for seal in report.seals if seal.signature.result == "bad")
            return Trust(result="no", why=f"its {bad.method} seal is broken: {bad.signature.why}", source=seals)
        if report.result == "good":
            owner = next((seal.key_owner for seal in report.seals if seal.key_owner), "") or "nobody named"
            why = f"its seal is whole, by a key of {owner}; nobody here vouches for whose key that is"
            return Trust(result="not checked", why=why, source=seals)
        return Trust(
            result="not checked", why="; ".join(report.notes) or "it carries no seal that is read", source=seals
        )

    async def _issuer(self) -> Trust:
        body = self.party.name or "the awarding body"
        if self.party.contested:
            why = f"several logs claim to be {body}: {', '.join(self.party.contested)}"
            return Trust(result="no", why=why)
        if self.award is None:
            return Trust(
                result="not checked", why=f"{self.without_award}; that {body} issued it is the document's word"
            )
        origin, known = self.award.view.log.origin, self.party.known
        if known is None:
            why = f"{body} has no log here, so whether it lets {origin} award for it can't be seen"
            return Trust(result="unknown", why=why, source=_place(self.award))
        if known.origin == origin:
            return Trust(
                result="yes", why=f"it was awarded in the log of {known.name} itself", source=_place(self.award)
            )
        return await self._mandated(self.award, body)

    async def _mandated(self, award: FoundAward, body: str) -> Trust:
        origin, on = award.view.log.origin, self.asked.awarded or self.today
        found = None
        if self.body_log is not None:
            database = award.view.database
            found = await find_mandate(database, self.body_log, log=origin, code=self.asked.code, on=on)
        if found is None:
            why = f"it was awarded in {origin}, and {body} has not confirmed that by a mandate"
            return Trust(result="no", why=why, source=_place(award))
        why = f"{body} lets {origin} award this for it, by mandate {found.mandate.id}"
        return Trust(result="yes", why=why, source=f"{found.origin}, leaf {found.leaf}")

    def _quality(self) -> Trust:
        if (entry := self.asked.entry) is not None:
            stated = ", ".join(_quality_of(one.kind, one.deqar) for one in entry.quality_assurance)
            source = f"{self.asked.origin}, leaf {self.asked.leaf}: the awarding body's own word"
            return Trust(result="stated", why=f"{stated} quality assurance is stated", source=source)
        stated = "; ".join(
            _quality_of(one.kind or next(iter(one.title.values()), ""), one.deqar)
            for one in (self.reading.main.quality if self.reading is not None else ())
        )
        if stated:
            return Trust(result="stated", why=f"{stated} is stated", source="the document's own word")
        return Trust(result="unknown", why="nothing is stated of it")

    async def _standing(self, issuer: Trust) -> StandingTold:
        if self.award is None:
            if self.party.known is not None or self.shown.award is not None:
                return StandingTold(standing="unknown", why=self.without_award)
            if self.party.contested:
                return StandingTold(standing="unknown", why=issuer.why)
            return StandingTold(standing="not stated", why=self._own_status())
        if issuer.result == "no":
            return StandingTold(standing="unknown", why=issuer.why, award=await self.award.source())
        if self.stale:
            return StandingTold(standing="unknown", why=self.stale, award=await self.award.source())
        return await self.award.standing() if self.follows else self.award.not_followed()

    def _own_status(self) -> str:
        why = "the awarding body has no log that this node follows"
        if self.reading is None:
            return why
        lists = "; the document names a status list, which was not asked" if self.reading.status else ""
        last = self.reading.valid_until[:10]
        return why + lists + (f"; it says that it is valid until {last}" if last else "")


def _place(award: FoundAward) -> str:
    return f"{award.view.log.origin}, leaf {award.leaf}"


def _quality_of(kind: str, deqar: object) -> str:
    return f"{kind} ({deqar})" if isinstance(deqar, str) and deqar else kind
