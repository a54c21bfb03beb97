"""Erasures, and the duties to keep that refuse them.

What is to go is named by a leaf, or by the credential itself, which travels in the body. It goes with the next run of
`nostra erase`; the answer says what doesn't go with it, since no node reaches other people's copies.
"""

from typing import Final, Literal

import msgspec
from aiohttp import web

from node.errors import InadmissibleError
from node.http.answers import Leaf, json_answer, read_json
from node.http.decisions_api import CredentialShown
from node.http.parts import Parts
from node.http.routes import Route, for_each_log, log_of
from node.recognition.erasure.erase import Erased, Target
from node.recognition.erasure.retention import checked_duty


class ErasureRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be erased: one of the three; with `preview` nothing is done but told."""

    award: Leaf | None = None
    decision: Leaf | str | None = None
    credential: CredentialShown | None = None
    preview: bool = False


class ElsewhereShown(msgspec.Struct, frozen=True):
    """How many records another own log of this node keeps on the same credential."""

    origin: str
    records: int


class ErasureShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is to go, by leaf, and what doesn't go with it.

    `closed` are the leaves of the statuses that were entered now; `unstated` those of awards of which nothing could be
    said, since the log has ended. `new` is false where all of it was to go already.
    """

    awards: list[int]
    decisions: list[int]
    records: int
    closed: list[int]
    unstated: list[int]
    new: bool
    preview: bool
    elsewhere: list[ElsewhereShown]
    not_reached: list[str]


class RetentionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A duty to keep what is recorded of the award, or the decision, at a leaf: until which day, by which law."""

    kind: Literal["award", "decision"]
    leaf: Leaf
    until: str
    basis: str


class RetentionShown(msgspec.Struct, frozen=True, kw_only=True):
    """The duty that holds."""

    kind: str
    leaf: int
    until: str
    basis: str
    recorded: str


async def erase(parts: Parts, request: web.Request) -> web.Response:
    """Let what is kept of a credential or decision go."""
    log = log_of(parts, request)
    asked = await read_json(request, ErasureRequest)
    given = [name for name in ("award", "decision", "credential") if getattr(asked, name) is not None]
    if len(given) != 1:
        problem = ("", "name one of award, decision and credential")
        raise InadmissibleError(f"what is to be erased? {problem[1]}", [problem])
    shown = None if asked.credential is None else asked.credential.shown(*parts.services)
    target = Target(award=asked.award, decision=asked.decision, shown=shown)
    done = await parts.services[log.origin].erasures.erase(target, preview=asked.preview)
    return json_answer(_shown(done, preview=asked.preview))


async def keep(parts: Parts, request: web.Request) -> web.Response:
    """Record a duty to keep."""
    log = log_of(parts, request)
    asked = await read_json(request, RetentionRequest)
    kind = "case" if asked.kind == "decision" else asked.kind
    duty = await parts.services[log.origin].erasures.keep(kind, asked.leaf, checked_duty(asked.until, asked.basis))
    return json_answer(
        RetentionShown(kind=asked.kind, leaf=asked.leaf, until=duty.until, basis=duty.basis, recorded=duty.recorded)
    )


def _shown(done: Erased, *, preview: bool) -> ErasureShown:
    return ErasureShown(
        awards=list(done.awards),
        decisions=list(done.decisions),
        records=done.records,
        closed=list(done.closed_at),
        unstated=list(done.unstated),
        new=done.new,
        preview=preview,
        elsewhere=[ElsewhereShown(origin, count) for origin, count in done.elsewhere.items()],
        not_reached=[*NOT_REACHED, *(f"{origin}: {_KEEPS.format(count)}" for origin, count in done.elsewhere.items())],
    )


NOT_REACHED: Final = (
    "receipts and presentations that were given out, older ones too: whoever holds one can still open the entries",
    "the credential itself, and what the institution's other systems and the desk's folders keep of it",
    "decisions of partners on it: their nodes keep their own cases, and are asked by the learner or by you",
    "copies of the folder of keys, or of an earlier file of keys: destroy them, or older backups can be read by them",
    "the entries in the log and its mirrors: they stay, and say nothing to anybody without a key",
)
_KEEPS: Final = "an own log of this node, keeps {} records on it, which go by a request to that log"

ROUTES: Final = for_each_log(
    Route(
        method="POST",
        path="/v1/erasures",
        handler=erase,
        summary="Let what this node keeps of a credential, or of a decision, go",
        notes="The award gets the status `closed`, and everything that belongs to it is marked in the same step; "
        "nothing finds it any more. The keys are destroyed by the next run of `nostra erase`. Asking again changes "
        "nothing. A recorded duty to keep any of it refuses the whole.",
        listener="internal",
        role="operate",
        request=ErasureRequest,
        response=ErasureShown,
        problems=("not-found", "conflict", "retained", "inadmissible", "held", "push-back"),
    ),
    Route(
        method="POST",
        path="/v1/retentions",
        handler=keep,
        summary="Record a duty to keep what is known of an award or a decision",
        notes="`until` is its last day, `basis` the law that asks for it; it is kept encrypted, with the record. The "
        "duty that was recorded last holds.",
        listener="internal",
        role=("issue", "decide"),
        request=RetentionRequest,
        response=RetentionShown,
        problems=("not-found", "inadmissible", "push-back"),
    ),
)
