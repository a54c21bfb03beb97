"""What a server can cost us, and how what it does wrong is told."""

import json

import pytest

from node.client import Bounds, HttpClient, NodeClient
from node.errors import (
    BadAnswerError,
    BadRequestError,
    ConflictError,
    InadmissibleError,
    NodeError,
    NotFoundError,
    PushBackError,
    UnauthorizedError,
    UnreachableError,
)
from tests.support import lying_log
from tests.support.lying_log import LogServer, answering, redirecting

QUICK = Bounds(connect_seconds=0.5, total_seconds=1, stall_seconds=0.2, grace_seconds=0.1, least_rate=1000)
MOST = 10_000

LIES = [
    ("endless", lying_log.endless, BadAnswerError, "doesn't end"),
    ("huge", lying_log.huge, BadAnswerError, "10,000,000,000 bytes"),
    ("compressed", lying_log.compressed, BadAnswerError, "compressed"),
    ("broken off", lying_log.broken_off, BadAnswerError, "broken off"),
    ("stalled", lying_log.stalled, UnreachableError, "in time"),
    ("silent", lying_log.silent, UnreachableError, "in time"),
    ("dripping", lying_log.dripping, UnreachableError, "bytes in"),
    ("redirect to another host", redirecting("http://localhost:1/x"), BadAnswerError, "another server"),
    ("redirect to another scheme", redirecting("https://127.0.0.1/x"), BadAnswerError, "another server"),
    ("redirect to a file", redirecting("file:///etc/passwd"), BadAnswerError, "redirects to"),
    ("redirect to itself", redirecting("/x"), BadAnswerError, "more than 3 redirects"),
    ("redirect to nowhere", redirecting("http://["), BadAnswerError, "redirects to no address"),
]


@pytest.mark.parametrize(("lie", "kind", "says"), [case[1:] for case in LIES], ids=[case[0] for case in LIES])
async def test_a_lying_server_is_refused_in_bounded_time_and_memory(tmp_path, lie, kind, says):
    """Each lie ends in the error that tells it, with the address."""
    async with LogServer(tmp_path) as server, HttpClient(bounds=QUICK) as http:
        server.lies["x"] = lie
        with pytest.raises(kind, match=says) as caught:
            await http.get(f"{server.url}/x", most=MOST)
    assert server.url in str(caught.value)


async def test_a_redirect_on_the_same_server_is_followed(tmp_path):
    """A move of a path is no lie."""
    (tmp_path / "new").write_bytes(b"here")
    async with LogServer(tmp_path) as server, HttpClient(bounds=QUICK) as http:
        server.lies["old"] = redirecting("/new")
        assert (await http.get(f"{server.url}/old", most=MOST)).body == b"here"


async def test_a_closed_port_is_unreachable():
    """Nobody there is another thing than a bad answer."""
    async with HttpClient(bounds=QUICK) as http:
        with pytest.raises(UnreachableError, match="no connection"):
            await http.get("http://127.0.0.1:1/x", most=MOST)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org", "example.org", "http://", "http://["])
async def test_only_web_addresses_are_asked(url):
    """Any other address is refused before anything is opened."""
    async with HttpClient(bounds=QUICK) as http:
        with pytest.raises(BadRequestError, match="not a web address"):
            await http.get(url, most=MOST)


PROBLEMS = [
    (404, {}, NotFoundError, "not-found"),
    (410, {}, NotFoundError, "gone"),
    (401, {"type": "urn:nostra:problem:token-expired"}, UnauthorizedError, "token-expired"),
    (409, {"type": "urn:nostra:problem:duplicate-tag", "leaf": 7}, ConflictError, "duplicate-tag"),
    (422, {"type": "urn:nostra:problem:not-a-credential"}, InadmissibleError, "not-a-credential"),
    (415, {"type": "urn:nostra:problem:unsupported-media-type"}, NodeError, "unsupported-media-type"),
    (503, {}, PushBackError, "push-back"),
    (500, {"type": "urn:nostra:problem:internal"}, BadAnswerError, "bad-answer"),
    (400, {"type": "urn:nostra:problem:duplicate-tag"}, BadRequestError, "bad-request"),
    (404, {"type": 7}, NotFoundError, "not-found"),
]


@pytest.mark.parametrize(("status", "members", "kind", "code"), PROBLEMS)
async def test_a_problem_document_comes_back_as_its_error(tmp_path, status, members, kind, code):
    """Status and code give the error that the node refused with; a code that doesn't fit the status is not believed."""
    document = json.dumps({"detail": "it is \x1b[31mso"} | members).encode()
    async with LogServer(tmp_path) as server, HttpClient(bounds=QUICK) as http:
        server.lies["v1/x"] = answering(document, status, "application/problem+json")
        with pytest.raises(kind) as caught:
            await NodeClient(http, server.url).get("/v1/x")
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert "\x1b" not in str(caught.value)


async def test_an_answer_that_is_not_json_is_bad(tmp_path):
    """What can't be read is told as such, not as an exception of the reader."""
    async with LogServer(tmp_path) as server, HttpClient(bounds=QUICK) as http:
        server.lies["v1/log"] = answering(b'{"a":1,"a":2}')
        with pytest.raises(BadAnswerError, match="not JSON"):
            await NodeClient(http, server.url).get("/v1/log")


async def test_many_requests_share_few_connections(tmp_path):
    """A connection is used again."""
    (tmp_path / "x").write_bytes(b"y")
    ports = set()

    async def remember(request, data):
        ports.add(request.transport.get_extra_info("peername"))
        return await answering(data)(request, data)

    async with LogServer(tmp_path) as server, HttpClient(bounds=QUICK) as http:
        server.lies["x"] = remember
        for _ in range(20):
            await http.get(f"{server.url}/x", most=MOST)
    assert len(ports) == 1
