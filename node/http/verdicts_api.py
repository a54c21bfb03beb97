"""Verdicts: the answer to a question as one signed file, with what proves it.

A question to the internal listener may be about a credential; what its learner shows travels in the body, and no key of
it into the verdict.
"""

from typing import Final

from aiohttp import web

from node.http.answers import read_json
from node.http.parts import Parts
from node.http.queries_api import QueryRequest, asked_of
from node.http.routes import Route

MEDIA_TYPE: Final = "application/vc"


async def verdict(parts: Parts, request: web.Request) -> web.Response:
    """Return a verdict."""
    made = await parts.verdicts.make(asked_of(parts, await read_json(request, QueryRequest)))
    return web.Response(body=made, content_type=MEDIA_TYPE)


ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/verdict",
        handler=verdict,
        summary="Ask for a verdict: what all institutions say, in one file that proves it",
        notes="A W3C Verifiable Credential, signed by the institution of the first own log "
        "([Verdict](formats/verdict.md)). It takes what `/v1/queries` takes, and one credential. With `known` every "
        "entry that decides is dated, by a time bracket where a quorum has cosigned one.",
        listener="internal",
        role=("issue", "decide", "publish", "operate"),
        request=QueryRequest,
        gives=MEDIA_TYPE,
        problems=("inadmissible", "not-a-credential", "conflict"),
    ),
)
