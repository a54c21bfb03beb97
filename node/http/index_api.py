"""The index of a log: its note, what stands under a key, and the cosigning of partners' indexes.

An index is served for each own log and, as our own computation, for each partner's. Whoever looks a key up tells this
node what it asks about; a partner asks in its own mirror instead. The log of requests names the address by its pattern.
"""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from node.errors import NodeError, NotFoundError, PushBackError
from node.gossip.cosigning.plain_answer import PlainAnswer, line
from node.http.bodies import read_bounded
from node.http.mirror_api import PREFIX, served_mirror
from node.http.parts import Parts
from node.http.routes import JSON, TEXT, Handler, Route, for_each_log, log_of
from node.log.index.tree import IndexTree
from protocol.encoding.wire import parse_b64url32
from protocol.errors import MalformedError
from protocol.gossip.cosign_index import MAX_REQUEST_BYTES
from protocol.gossip.index_lookup import IndexLookup

NO_CACHE: Final = {"Cache-Control": "no-cache"}
NO_STORE: Final = {"Cache-Control": "no-store"}


def own_index(parts: Parts, request: web.Request) -> IndexTree:
    """Return the index of the own log that a request's path names."""
    return parts.indexes.of(log_of(parts, request).origin)


def mirrored_index(parts: Parts, request: web.Request) -> IndexTree:
    """Return the index of the partner's log that a request's path names by the hash of its origin."""
    return parts.indexes.of(served_mirror(parts, request).reader.state.head.origin)


Find = Callable[[Parts, web.Request], IndexTree]
"""Returns the index that a request's path names; raises NotFoundError."""


def _checkpoint(find: Find) -> Handler:
    async def checkpoint(parts: Parts, request: web.Request) -> web.Response:
        """Return the index note that is shown."""
        tree = find(parts, request)
        note = (await tree.state()).note
        if note is None:
            raise PushBackError(f"no index of {tree.origin} is shown yet", code="not-ready")
        return web.Response(body=note, content_type=TEXT, charset="utf-8", headers=NO_CACHE)

    return checkpoint


def _look_up(find: Find) -> Handler:
    async def look_up(parts: Parts, request: web.Request) -> web.Response:
        """Return what stands under a key, with its proof."""
        try:
            key = parse_b64url32(request.match_info["key"])
        except MalformedError:
            raise NotFoundError("a key is 32 bytes as base64url, 43 characters") from None
        proofs = await find(parts, request).prove([key])
        lookup = IndexLookup(proofs.answers[key], proofs.head.log_root, proofs.head.trie_root, proofs.note)
        return web.Response(body=lookup.render(), content_type=JSON, headers=NO_STORE)

    return look_up


async def cosign(parts: Parts, request: web.Request) -> web.Response:
    """Cosign an index that we computed, or say why not."""
    try:
        body = await read_bounded(request, MAX_REQUEST_BYTES)
    except NodeError as error:
        return _answer(line(error.status, str(error)))
    return _answer(await parts.indexes.cosigner.answer(body))


def _answer(answer: PlainAnswer) -> web.Response:
    return web.Response(
        body=answer.body, status=answer.status, content_type=answer.media_type, charset="utf-8", headers=NO_STORE
    )


def _routes(find: Find, prefix: str, whose: str) -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path=f"{prefix}/index/checkpoint",
            handler=_checkpoint(find),
            summary=f"{whose}'s index note: over how many entries its index is, and who cosigned it",
            notes="As in [index](formats/index.md).",
            gives=TEXT,
            problems=("not-found",),
        ),
        Route(
            method="GET",
            path=f"{prefix}/index/{{key:[A-Za-z0-9_-]{{43}}}}",
            handler=_look_up(find),
            summary="What stands in the index under a key, or that nothing does, with the proof",
            notes="`key` is a [term](formats/terms.md)'s key as base64url. The answer has the form of "
            "[lookups](formats/cosign-index.md) and is of the size that its note states. 503 while the index is being "
            "computed; `too-large` where more leaves stand under the key than one answer lists.",
            response=dict,
            problems=("not-found", "too-large", "push-back"),
        ),
    )


ROUTES: Final = (
    *for_each_log(*_routes(own_index, "", "The log")),
    *_routes(mirrored_index, PREFIX, "A mirrored log"),
    Route(
        method="POST",
        path="/index/cosign",
        handler=cosign,
        summary="Have the index of a partner's log cosigned by this node, which computed it anew",
        notes="As in [cosign-index](formats/cosign-index.md). Known are the logs of the configuration's partners. 200 "
        "has one signature line for each key of the index cosigner.",
        takes=TEXT,
        gives=TEXT,
        also=(
            (400, TEXT, "the request is malformed"),
            (403, TEXT, "the log has not signed the note, or the index is not what the log's entries give"),
            (404, TEXT, "the log isn't known here"),
            (409, TEXT, "the index is behind: the log has long shown more"),
            (413, TEXT, f"the body has more than {MAX_REQUEST_BYTES} bytes"),
            (503, TEXT, "not now: the entries aren't here yet, or are being computed, or the database is away"),
        ),
    ),
)
