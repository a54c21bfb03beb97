"""Ask a node, and hold each answer to what the document of the interface declares."""

from base64 import b64encode
from collections.abc import Awaitable
from typing import Any

from node.http.app import routes_of
from node.http.openapi import plain_path
from tests.node.http.test_openapi import check_answer
from tests.support.nodes import Answer, NodeUnderTest

LOGS = ("/logs/uni/", "/logs/college/", "/logs/nobody/")


async def post(node: NodeUnderTest, path: str, body: Any = b"", *, key: str | None = None, **options: Any) -> Answer:
    """Post a body, under a request key if one is given; the answer is one that the document declares."""
    if key is not None:
        options["headers"] = {"Request-Key": key}
    answer = await node.post(path, body, **options)
    declared = path
    for log in LOGS:
        declared = declared.replace(log, "/logs/{log}/")
    check_answer(declared, "post", answer)
    return answer


def problems_of(path: str, method: str = "POST") -> set[str]:
    """Return the codes that a route names as its own, beyond those of every route."""
    (route,) = [one for one in routes_of("internal") if (one.method, plain_path(one)) == (method, path)]
    return set(route.problems)


def base64(document: bytes) -> str:
    """Return a document as a JSON body carries it."""
    return b64encode(document).decode()


async def while_held(node: NodeUnderTest, asked: Awaitable[Answer]) -> Answer:
    """Return what the first log answers while it signs nothing."""
    log = node.parts.log(None).sequencer
    log.hold("a test holds it")
    try:
        return await asked
    finally:
        log.hold("")


async def size_of(node: NodeUnderTest, log: str = "uni") -> int:
    """Return a log's published tree size."""
    return (await node.get(f"/logs/{log}/v1/log")).json()["size"]
