"""The parts of an answer as a verdict tells them."""

from collections.abc import Sequence

from node.recognition.answer import StandingTold as AnswerStanding
from node.recognition.answer import Trust, Trusts
from node.recognition.answers.asked import Ask, Understood
from node.recognition.decisions.record import identity_of
from node.recognition.institutions import Party
from node.recognition.shown import Shown
from protocol.documents.dated_excerpt import DatedExcerpt, standing_known
from protocol.documents.verdict import (
    AwardTold,
    ChainTold,
    StandingTold,
    TrustsTold,
    TrustTold,
)
from protocol.documents.verdict_asked import (
    AchievementAsked,
    AskedTold,
    BodyAsked,
    CredentialAsked,
    DatesAsked,
    ScopeAsked,
)
from protocol.documents.verdict_openings import decisions_told, status_told
from protocol.encoding.nfc import nfc
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.recognition.achievement import Credits
from protocol.recognition.decision import Decision
from protocol.recognition.effect import Effect, Scope
from protocol.recognition.follow import AwardEntry, follow
from protocol.recognition.says import DocumentPart
from protocol.recognition.sealed import read_decision


def asked_told(ask: Ask, understood: Understood) -> AskedTold:
    """Return the question."""
    question = understood.question
    scope, dates = question.scope, question.dates
    return AskedTold(
        dates=DatesAsked(
            at=dates.at,
            award=dates.award,
            learning_agreement=dates.learning_agreement,
            application=dates.application,
            known=ask.known,
        ),
        purpose=question.purpose,
        scope=ScopeAsked(unit=scope.unit, programme=scope.programme, cycle=scope.cycle),
        achievements=tuple(
            AchievementAsked(
                bodies=tuple(map(_body, bodies)),
                code=one.code,
                title=nfc(one.title),
                awarded=one.awarded,
                version=version,
            )
            for one, bodies, version in zip(question.achievements, understood.bodies, understood.versions, strict=True)
        ),
        qualification=question.qualification,
        credential=_credential(ask.shown[0]) if ask.shown else None,
    )


def _body(party: Party) -> BodyAsked:
    known = party.known
    given = frozenset(known.entry.identities()) if known is not None and known.entry is not None else frozenset()
    own = known.identities - given if known is not None else frozenset()
    return BodyAsked(
        named=tuple(sorted(party.asked | own)), name=nfc(party.name), origin=known.origin if known is not None else ""
    )


def _credential(shown: Shown) -> CredentialAsked:
    identity = b64url(identity_of(shown))
    return CredentialAsked(paper=identity) if shown.paper is not None else CredentialAsked(file=identity)


def trusts_told(trusts: Trusts) -> TrustsTold:
    """Return the three trusts that concern the credential."""
    return TrustsTold(authentic=_trust(trusts.authentic), issuer=_trust(trusts.issuer), quality=_trust(trusts.quality))


def _trust(trust: Trust) -> TrustTold:
    return TrustTold(result=trust.result, why=trust.why, source=trust.source)


def standing_told(told: AnswerStanding) -> StandingTold:
    """Return a standing that no log shows, as the node found it."""
    return StandingTold(standing=told.standing, why=told.why)


def standing_shown(
    dated: DatedExcerpt, leaf: int, status_key: bytes, opening: tuple[bytes, bytes], *, stale: bool
) -> StandingTold:
    """Return an award's standing as its log shows it, as it was known.

    Args:
        dated: What the log shows.
        leaf: Where the award stands.
        status_key: The key of its statuses.
        opening: open_0 of its own key, and the id of the status key.
        stale: Whether the log's index is too old to speak of it.
    """
    origin = dated.origin
    tag = parse_b64url32(getattr(dated.shown.entries[leaf].entry, "tag", ""))
    entry = AwardEntry(origin=origin, leaf=leaf, tag=tag, status_key_id=opening[1])
    found = standing_known(dated, entry, status_key)
    award = AwardTold(leaf=leaf, key=b64url(opening[0]), status_key_id=b64url(opening[1]))
    links = tuple(status_told(status_key, link) for link in found.links)
    if stale:
        why = f"what {origin} last showed of it is too old"
        return StandingTold(standing="unknown", why=why, origin=origin, award=award, links=links)
    return StandingTold(standing=found.standing, why=found.why, origin=origin, award=award, links=links)


def chain_shown(dated: DatedExcerpt, key: bytes, documents: dict[int, Decision], *, shown: bool) -> ChainTold:
    """Return the decisions under one key as the log shows them, as they were known."""
    origin = dated.origin
    found = follow(key, origin, dated.under_tag, lambda number, value: read_decision(key, origin, number, value))
    parts = {number: _part(decision) for number, decision in documents.items()}
    return decisions_told(key, found.links, parts, shown=shown)


def _part(decision: Decision) -> DocumentPart:
    granted: Sequence[Effect] = [one.granted for one in decision.mapping if isinstance(one.granted, Effect)]
    credits = granted[0].credits if granted else None
    return DocumentPart(
        scope=decision.scope if isinstance(decision.scope, Scope) else None,
        credits=credits if isinstance(credits, Credits) else None,
        basis=decision.basis.kind,
    )
