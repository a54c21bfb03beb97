"""Questions: is this recognised, by whom, as what, on what basis?

`POST /v1/queries` takes credentials with what their learners show, on the internal listener only: files, receipts and
papers' data travel in the body. `GET /v1/recognition` is public and asks about achievements alone, which concern no
person. Both give the same answer (`docs/formats/answer.md`): information, never itself a decision.
"""

from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from node.errors import InadmissibleError
from node.http.answers import json_answer, read_json, read_query
from node.http.decisions_api import CredentialShown
from node.http.parts import Parts
from node.http.routes import Route
from node.recognition.answer import Answer
from node.recognition.answers.asked import Ask, NamedAchievement
from protocol.recognition.bodies import Body, Identity
from protocol.recognition.identifiers import SCHEMES
from protocol.recognition.problems import InadmissibleError as BrokenRulesError
from protocol.recognition.question import AskedScope
from protocol.recognition.scalars import check_code
from protocol.recognition.words import Cycle, Purpose

MOST_ASKED: Final = 50
"""Credentials or achievements of one question."""

Version = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class AchievementAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An achievement: an identifier of its awarding body (scheme `name`: `FI:Name`), and the body's own code."""

    scheme: str
    value: str
    code: str
    version: Version | None = None
    awarded: str = ""

    def named(self) -> NamedAchievement:
        """Return it as recognition takes it."""
        check_code(self.code)
        body = _identity(self.scheme, self.value)
        return NamedAchievement(body=body, code=self.code, version=self.version, awarded=self.awarded)


class QualificationAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A national qualification type."""

    country: str
    code: str


class ScopeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where recognition is wanted."""

    unit: str = ""
    programme: str = ""
    cycle: Cycle | None = None


class QueryRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question; dates are `YYYY-MM-DD`, `known` also an instant; what is left out is today, now, or everybody."""

    credentials: Annotated[list[CredentialShown], Meta(max_length=MOST_ASKED)] = []
    achievements: Annotated[list[AchievementAsked], Meta(max_length=MOST_ASKED)] = []
    qualification: QualificationAsked | None = None
    institution: str = ""
    """`scheme:value` of an institution, or the origin of its log."""
    purpose: Purpose = "credit"
    scope: ScopeAsked = ScopeAsked()
    at: str = ""
    award_date: str = ""
    learning_agreement_date: str = ""
    application_date: str = ""
    known: str = ""


class RecognitionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question about one achievement."""

    scheme: str
    value: str
    code: str
    version: Version | None = None
    institution: str = ""
    purpose: Purpose = "credit"
    unit: str = ""
    programme: str = ""
    cycle: Cycle | None = None
    at: str = ""
    award_date: str = ""
    learning_agreement_date: str = ""
    application_date: str = ""
    known: str = ""


async def query(parts: Parts, request: web.Request) -> web.Response:
    """Answer a question about credentials or achievements."""
    return json_answer(await parts.queries.ask(asked_of(parts, await read_json(request, QueryRequest))))


def asked_of(parts: Parts, asked: QueryRequest) -> Ask:
    """Return a question as recognition takes it."""
    origins = [log.origin for log in parts.known_logs()]
    return Ask(
        shown=tuple(one.shown(*origins) for one in asked.credentials),
        achievements=tuple(one.named() for one in asked.achievements),
        qualification=(asked.qualification.country, asked.qualification.code) if asked.qualification else None,
        institution=_institution(asked.institution),
        purpose=asked.purpose,
        scope=AskedScope(unit=asked.scope.unit, programme=asked.scope.programme, cycle=asked.scope.cycle),
        at=asked.at,
        award_date=asked.award_date,
        learning_agreement_date=asked.learning_agreement_date,
        application_date=asked.application_date,
        known=asked.known,
    )


async def recognition(parts: Parts, request: web.Request) -> web.Response:
    """Answer a question about an achievement."""
    asked = read_query(request, RecognitionQuery)
    named = AchievementAsked(asked.scheme, asked.value, asked.code, asked.version, asked.award_date).named()
    ask = Ask(
        achievements=(named,),
        institution=_institution(asked.institution),
        purpose=asked.purpose,
        scope=AskedScope(unit=asked.unit, programme=asked.programme, cycle=asked.cycle),
        at=asked.at,
        award_date=asked.award_date,
        learning_agreement_date=asked.learning_agreement_date,
        application_date=asked.application_date,
        known=asked.known,
    )
    return json_answer(await parts.queries.ask(ask))


def _identity(scheme: str, value: str) -> Identity:
    try:
        return Body.of((scheme, value)).identity
    except BrokenRulesError as error:
        raise InadmissibleError(
            f"no institution can be called so: {error}", [(one.where, one.what) for one in error.problems]
        ) from None


def _institution(text: str) -> Identity | None:
    """Return whom a question is put to: nobody in particular, an identity, or the log of an origin."""
    if not text:
        return None
    scheme, separator, value = text.partition(":")
    return _identity(scheme, value) if separator and scheme in SCHEMES else ("origin", text)


ROUTES = (
    Route(
        method="POST",
        path="/v1/queries",
        handler=query,
        summary="Ask whether a credential or an achievement is recognised",
        notes="Give a credential's file with the learner's receipt or presentation, a paper's data, or achievements. "
        "The answer tells none found, refused, unknown and unreachable apart.",
        listener="internal",
        role=("issue", "decide", "publish", "operate"),
        request=QueryRequest,
        response=Answer,
        problems=("inadmissible", "not-a-credential"),
    ),
    Route(
        method="GET",
        path="/v1/recognition",
        handler=recognition,
        summary="Ask whether an achievement is recognised",
        notes="`institution` is `scheme:value`, or the origin of a log; left out, all known institutions are asked.",
        query=RecognitionQuery,
        response=Answer,
        problems=("bad-request", "inadmissible"),
    ),
)
