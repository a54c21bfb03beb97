"""Reading a log by questions: what it is, one entry with its proof, proofs alone, what is published in clear.

Everything here speaks of the published tree. A cursor is a leaf index: a page holds what stands behind leaf `after`,
in the log's order, so that pages neither repeat nor miss what is logged meanwhile.
"""

import re
from binascii import b2a_base64
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from node.http.answers import json_answer, read_query
from node.http.log_keys_api import FormerKeyShown
from node.http.parts import Parts
from node.http.routes import JSON, Route, for_each_log, log_of
from node.storage.former_keys import former_keys
from node.storage.lookups import entries_of_kind
from protocol.encoding.wire import b64

MOST_ENTRIES: Final = 1000
Leaf = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class PartnerShown(msgspec.Struct, frozen=True):
    """A partner as it is shown to the public."""

    name: str
    origin: str
    verifier_key: str
    url: str


class PolicyShown(msgspec.Struct, frozen=True):
    """What the node asks of checkpoints: how old they may be, and a trust policy's text, "" for none."""

    freshness_seconds: int
    policy: str


class LogShown(msgspec.Struct, frozen=True):
    """A log: who it is, how it is verified, how large it is, and whom its node follows.

    `former_keys` signed it before; `successor` is the origin that follows a closed log, else "".
    """

    name: str
    origin: str
    verifier_key: str
    former_keys: list[FormerKeyShown]
    successor: str
    institution: str
    country: str
    size: int
    root: str
    state: str
    witnessed: bool
    policy: PolicyShown
    partners: list[PartnerShown]


class EntryShown(msgspec.Struct, frozen=True):
    """An entry and the proof that it stands in the published tree."""

    leaf: int
    entry: msgspec.Raw
    log_proof: str


class InclusionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which leaf, at which tree size: the published one where none is given."""

    leaf: Leaf
    size: Leaf | None = None


class InclusionShown(msgspec.Struct, frozen=True):
    """An inclusion proof, leaf to root, each hash in base64."""

    leaf: int
    size: int
    hashes: list[str]


class ConsistencyQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"old_size": "from", "size": "to"}
):
    """From which tree size to which: the published one where none is given."""

    old_size: Leaf
    size: Leaf | None = None


class ConsistencyShown(msgspec.Struct, frozen=True, rename={"old_size": "from", "size": "to"}):
    """A consistency proof as RFC 6962 orders it, each hash in base64."""

    old_size: int
    size: int
    hashes: list[str]


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands behind leaf `after`, at most `limit` of it."""

    after: Annotated[int, Meta(ge=-1, le=2**63 - 1)] = -1
    limit: Annotated[int, Meta(ge=1, le=MOST_ENTRIES)] = 100


class Listed(msgspec.Struct, frozen=True):
    """A clear entry and where it stands."""

    leaf: int
    entry: msgspec.Raw


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """Clear entries of one kind in the tree of `size`; `next` is the `after` of the following page."""

    size: int
    entries: list[Listed]
    next: int | None = None


async def log(parts: Parts, request: web.Request) -> web.Response:
    """Return what the log is."""
    own = log_of(parts, request)
    published, head = own.reader.published, own.reader.state.head
    policy = parts.config.policy
    async with parts.database.pool.acquire() as connection:
        former = await former_keys(connection, head.log_id)
    return json_answer(
        LogShown(
            name=own.name,
            origin=own.origin,
            verifier_key=own.verifier.render(),
            former_keys=[FormerKeyShown.of(key) for key in former],
            successor=head.successor,
            institution=own.settings.institution,
            country=own.settings.country,
            size=published.size,
            root=b64(published.root),
            state="released",
            witnessed=published.witnessed,
            policy=PolicyShown(policy.freshness_seconds, parts.policy_text),
            partners=[
                PartnerShown(partner.name, partner.origin, partner.verifier_key.render(), partner.url)
                for partner in parts.config.partners
            ],
        )
    )


async def entry(parts: Parts, request: web.Request) -> web.Response:
    """Return an entry with its proof."""
    reader = log_of(parts, request).reader
    leaf = int(request.match_info["leaf"])
    data = await reader.entry(leaf)
    return json_answer(EntryShown(leaf, msgspec.Raw(data), await reader.log_proof(leaf)))


_PLAIN_QUERY: Final = re.compile(r"leaf=([0-9]{1,18})(?:&size=([0-9]{1,18}))?")


async def inclusion(parts: Parts, request: web.Request) -> web.Response:
    """Return an inclusion proof."""
    reader = log_of(parts, request).reader
    plain = _PLAIN_QUERY.fullmatch(request.query_string)  # nearly every query: no need to take it apart
    if plain:
        leaf, size = int(plain[1]), int(plain[2]) if plain[2] else None
    else:
        query = read_query(request, InclusionQuery)
        leaf, size = query.leaf, query.size
    if size is None:
        size = reader.published.size
    lines = b"".join(map(b2a_base64, await reader.inclusion(leaf, size)))
    listed = b'"%b"' % lines[:-1].replace(b"\n", b'","') if lines else b""
    return web.Response(body=b'{"leaf":%d,"size":%d,"hashes":[%b]}' % (leaf, size, listed), content_type=JSON)


async def consistency(parts: Parts, request: web.Request) -> web.Response:
    """Return a consistency proof."""
    reader = log_of(parts, request).reader
    query = read_query(request, ConsistencyQuery)
    size = reader.published.size if query.size is None else query.size
    hashes = await reader.consistency(query.old_size, size)
    return json_answer(ConsistencyShown(query.old_size, size, [b64(value) for value in hashes]))


async def achievements(parts: Parts, request: web.Request) -> web.Response:
    """Return a page of the achievements that the log describes."""
    return await _page(parts, request, "achievement")


async def rules(parts: Parts, request: web.Request) -> web.Response:
    """Return a page of the rules that the log publishes."""
    return await _page(parts, request, "rule")


async def rosters(parts: Parts, request: web.Request) -> web.Response:
    """Return a page of the rosters that the log publishes."""
    return await _page(parts, request, "roster")


async def _page(parts: Parts, request: web.Request, kind: str) -> web.Response:
    reader = log_of(parts, request).reader
    query = read_query(request, PageQuery)
    size = reader.published.size
    async with parts.database.pool.acquire() as connection:
        found = await entries_of_kind(
            connection, reader.state.head.log_id, kind, size=size, after=query.after, limit=query.limit
        )
    following = found[-1].leaf if len(found) == query.limit else None
    return json_answer(Page(size, [Listed(one.leaf, msgspec.Raw(one.entry)) for one in found], following))


def _get(path: str, handler: Any, *, summary: str, response: type, query: type[msgspec.Struct] | None = None) -> Route:
    problems = ("not-found",) if query is None else ("not-found", "bad-request")
    return Route(
        method="GET", path=path, handler=handler, summary=summary, query=query, response=response, problems=problems
    )


ROUTES: Final = for_each_log(
    _get("/v1/log", log, summary="What the log is, and how it is verified", response=LogShown),
    _get("/v1/entries/{leaf:[0-9]{1,18}}", entry, summary="An entry with its proof", response=EntryShown),
    _get(
        "/v1/proofs/inclusion",
        inclusion,
        summary="An inclusion proof",
        query=InclusionQuery,
        response=InclusionShown,
    ),
    _get(
        "/v1/proofs/consistency",
        consistency,
        summary="A consistency proof",
        query=ConsistencyQuery,
        response=ConsistencyShown,
    ),
    _get(
        "/v1/achievements",
        achievements,
        summary="Learning achievements that the log describes",
        query=PageQuery,
        response=Page,
    ),
    _get("/v1/rules", rules, summary="Recognition rules that the log publishes", query=PageQuery, response=Page),
    _get("/v1/rosters", rosters, summary="Rosters that the log publishes", query=PageQuery, response=Page),
)
