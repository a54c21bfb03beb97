"""`POST /v1/entries`: entries into an own log, one or thousands at once.

Three forms of body:

- `application/json`, the one canonical entry itself: `{"document":"…","kind":"sealed",…}`;
- `application/json`, `{"entry":{…},"texts":{"salt":"…","texts":{…}}}`: a clear entry with the texts it commits to,
  both as plain JSON, which the node writes canonically;
- `application/octet-stream`, an entry bundle: each entry behind its length in two bytes (C2SP tlog-tiles).

A sealed entry takes the role `issue` (or `decide`: a decision looks the same), a clear one `publish`. Under a
`Request-Key`, the same bytes give the same leaves, however often they are sent. The answer comes once a checkpoint that
covers the entries is released: without partners that is at once, with them when enough hold the entries (`witnessed`).
Who asks `?until=durable`, or would wait too long, is answered `durable`, without a proof, and gets that under the same
request key later.
"""

import hashlib
from typing import Any, Final

import msgspec
from aiohttp import web

from node.errors import ForbiddenError, InadmissibleError, TooLargeError
from node.formats.personal_text import signs_in
from node.http.answers import (
    REQUEST_KEY_HEADER,
    check_depth,
    check_media_type,
    json_answer,
    read_query,
    request_key,
)
from node.http.parts import OwnLog, Parts
from node.http.routes import CALLER, JSON, Route, for_each_log, log_of
from node.log.admit import Admitted, admit_bundle, admit_entries
from node.log.submission import Sequenced, Submission, Until
from protocol.encoding import canonical, jcs
from protocol.recognition.entry import MAX_ENTRY_BYTES, parse_entry
from protocol.recognition.roster import Roster
from protocol.recognition.rule import Rule
from protocol.recognition.sealed_entry import SEALED_BYTES
from protocol.recognition.texts import TextsDocument, parse_texts, text_problems, verify_texts
from protocol.recognition.withdrawal import Withdrawal

BUNDLE: Final = "application/octet-stream"
NOTES: Final = """\
Three forms of body: `application/json`, the one canonical entry itself; `application/json`,
`{"entry": …, "texts": …}`, an entry in clear with the texts that it commits to, both as plain JSON that the node writes
canonically; `application/octet-stream`, a C2SP entry bundle: each entry behind its length in two bytes, 1 to 10,000 of
them, all or nothing. A sealed entry takes the role `issue` or `decide`, one in clear `publish`. The answer comes once a
checkpoint that covers the entries is released, with partners once their mirrors hold them: for one entry with its C2SP
tlog-proof, for a bundle with the checkpoint and the first leaf. Whoever asks `?until=durable`, or would wait longer
than `[release] wait_seconds`, is answered `"state":"durable"` without a proof. An answer that got lost, or its proof,
is asked for again under the same `Request-Key`."""
_SEALED_FRAME: Final = SEALED_BYTES.to_bytes(2, "big")


class OneLogged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an entry stands, with its proof once a checkpoint that covers it is released."""

    leaf: int
    state: str
    witnessed: bool
    log_proof: str | None = None


class ManyLogged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a bundle stands: `count` leaves from `leaf` on, under a checkpoint of `size` once that is released."""

    leaf: int
    count: int
    state: str
    witnessed: bool
    size: int | None = None
    checkpoint: str | None = None


class SubmitQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the answer waits for: a checkpoint that may be shown, or no more than that the entries are durable."""

    until: Until = "released"


class EntryWithTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clear entry and the texts that it commits to."""

    entry: dict[str, Any]
    texts: dict[str, Any] | None = None


async def submit(parts: Parts, request: web.Request) -> web.Response:
    """Log what the body holds, and answer once it is durable."""
    log = log_of(parts, request)
    media_type = check_media_type(request, JSON, BUNDLE)
    key = request_key(request)
    body = await request.read()
    admitted = _admit(parts, log, body, media_type)
    caller = request[CALLER]
    if admitted.sealed:
        caller.require("issue", "decide")
    if admitted.clear:
        caller.require("publish")
        _refuse_unseen(parts, admitted)
    digest = hashlib.sha256(body).digest() if key else b""
    until = read_query(request, SubmitQuery).until if request.query_string else "released"
    sequenced = await log.sequencer.submit(Submission(admitted, key, digest, until=until))
    return await _one(log, sequenced) if media_type == JSON else _many(sequenced)


def _refuse_unseen(parts: Parts, admitted: Admitted) -> None:
    """Refuse what has to wait for a second person: it can't get round that here.

    Raises:
        ForbiddenError: An entry has free text beside it, or looks as if it were about a person.
    """
    if not parts.config.publication.second_person:
        return
    clear = [canonical.decode(admitted.entries[one.position]) for one in admitted.clear if one.kind != Roster.kind]
    if admitted.texts or any(any(signs_in(entry)) for entry in clear):
        raise ForbiddenError(
            "this entry has free text, or looks as if it were about a person: a second person has to approve it",
            code="second-person",
            mend="publish it at the address of its kind, where it waits",
        )


def _admit(parts: Parts, log: OwnLog, body: bytes, media_type: str) -> Admitted:
    limits = parts.config.http
    if media_type == JSON:
        if len(body) == SEALED_BYTES:
            return admit_bundle(_SEALED_FRAME + body, origin=log.origin)
        return _admit_json(body, log.origin, limits.max_json_depth)
    admitted = admit_bundle(body, origin=log.origin)
    if len(admitted.entries) > limits.max_batch_entries:
        raise TooLargeError(f"{len(admitted.entries)} entries at once; at most {limits.max_batch_entries} are taken")
    for clear in admitted.clear:
        _check_texts(admitted.entries[clear.position], None)
    return admitted


def _admit_json(body: bytes, origin: str, max_depth: int) -> Admitted:
    """Admit one clear entry, bare or with its texts."""
    value = jcs.decode(body)
    check_depth(value, max_depth)
    if not isinstance(value, dict) or "entry" not in value:
        if len(body) > MAX_ENTRY_BYTES:
            raise TooLargeError(f"an entry has at most {MAX_ENTRY_BYTES} bytes, this one {len(body)}")
        admitted = admit_entries([body], origin=origin)
        _check_texts(body, None)
        return admitted
    both = msgspec.convert(value, EntryWithTexts)
    entry = canonical.encode(both.entry)
    texts = None if both.texts is None else parse_texts(canonical.encode(both.texts))
    admit_entries([entry], origin=origin)
    _check_texts(entry, texts)
    documents = {texts.commitment: texts.render()} if texts else {}
    return admit_entries([entry], origin=origin, texts=documents)


def _check_texts(data: bytes, texts: TextsDocument | None) -> None:
    """Check that the texts beside an admitted entry are exactly those that it commits to."""
    entry = parse_entry(data, strict=True)
    commitment = getattr(entry, "texts", msgspec.UNSET)
    if commitment is msgspec.UNSET:
        if texts is not None:
            raise InadmissibleError("the entry commits to no texts", [("texts", "are not named by the entry")])
        return
    if texts is None:
        raise InadmissibleError(
            "the entry commits to texts that didn't come with it",
            [("texts", "are missing")],
            mend='send {"entry": …, "texts": …}',
        )
    verify_texts(texts, str(commitment))
    if isinstance(entry, Rule | Withdrawal) and (problems := text_problems(entry, texts.texts)):
        raise InadmissibleError("the texts don't fit the entry", [(one.where, one.what) for one in problems])


async def _one(log: OwnLog, sequenced: Sequenced) -> web.Response:
    leaf, published = sequenced.first_leaf, sequenced.published
    if published is None:
        return json_answer(OneLogged(leaf, "durable", False), 201)
    proof = sequenced.log_proof or await log.reader.log_proof(leaf)
    return json_answer(OneLogged(leaf, "released", published.witnessed, proof), 201)


def _many(sequenced: Sequenced) -> web.Response:
    leaf, count, published = sequenced.first_leaf, sequenced.count, sequenced.published
    if published is None:
        return json_answer(ManyLogged(leaf, count, "durable", False), 201)
    note = published.note.decode()
    return json_answer(ManyLogged(leaf, count, "released", published.witnessed, published.size, note), 201)


ROUTES: Final = for_each_log(
    Route(
        method="POST",
        path="/v1/entries",
        handler=submit,
        listener="internal",
        role=("issue", "decide", "publish"),
        summary="Log an entry, or a bundle of entries",
        notes=NOTES,
        query=SubmitQuery,
        takes=f"{JSON}, {BUNDLE}",
        request=(dict, EntryWithTexts),
        response=(OneLogged, ManyLogged),
        status=201,
        headers=(REQUEST_KEY_HEADER,),
        problems=(
            "second-person",
            "duplicate-tag",
            "conflict",
            "request-key-reused",
            "inadmissible",
            "held",
            "push-back",
        ),
    ),
)
