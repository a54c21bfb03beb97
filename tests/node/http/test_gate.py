"""What every request passes: roles, wrong paths and methods, metrics, the access log."""

import asyncio
import logging

import pytest

from node.http.app import routes_of
from node.http.openapi import plain_path
from node.telemetry import REGISTRY
from tests.support.clock import FakeClock
from tests.support.entries import a_sealed_entry
from tests.support.nodes import make_config, node_running

GUARDED = [route for route in routes_of("internal") if route.roles and "{log}" not in route.path]


@pytest.mark.parametrize(
    ("path", "internal"),
    [("/", False), ("/nothing", False), ("/v1", True), ("/metrics", False), ("/v1/entries", False), ("/%00", False)],
)
async def test_an_unknown_path_is_not_found(running_node, path, internal):
    """A 404 as a problem; what only the internal listener has is unknown to the public one."""
    answer = await running_node.get(path, internal=internal)
    assert (answer.status, answer.code) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "internal", "allowed"),
    [
        ("POST", "/checkpoint", False, "GET, HEAD"),
        ("DELETE", "/v1/log", False, "GET, HEAD"),
        ("GET", "/v1/entries", True, "POST"),
        ("PUT", "/v1/entries/3", False, "GET, HEAD"),
        ("OPTIONS", "/health/live", False, "GET, HEAD"),
        ("PROPFIND", "/health/live", False, "GET, HEAD"),
    ],
)
async def test_a_wrong_method_names_the_right_ones(running_node, method, path, internal, allowed):
    """A 405 says in `Allow` what the address takes."""
    answer = await running_node.ask(method, path, internal=internal)
    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "method-not-allowed", allowed)


@pytest.mark.parametrize("path", ["/checkpoint", "/v1/log", "/health/live", "/v1/openapi.json"])
async def test_head_answers_like_get_without_the_body(running_node, path):
    """HEAD has GET's status, type and length."""
    got, headed = await running_node.get(path), await running_node.ask("HEAD", path)
    assert (headed.status, headed.body) == (200, b"")
    for name in ("Content-Type", "Content-Length"):
        assert headed.headers[name] == got.headers[name]


@pytest.mark.parametrize("route", GUARDED, ids=plain_path)
async def test_what_is_written_needs_a_token_that_holds(running_node, route):
    """Without a token, with an unknown one, an expired one or one of another role nothing is let through."""
    path = plain_path(route).replace("{", "").replace("}", "")
    others = {"issue", "decide", "publish", "operate"} - set(route.roles)
    expired = await running_node.make_token("expired", *route.roles, expires_at=1)
    other = await running_node.make_token("other", *others)
    for token, status, code in (
        ("", 401, "unauthorized"),
        ("nst_" + "A" * 43, 401, "unauthorized"),
        ("whatever", 401, "unauthorized"),
        (expired, 401, "token-expired"),
        (other, 403, "forbidden"),
    ):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await running_node.ask(route.method, path, b"{}", internal=True, headers=headers)
        assert (answer.status, answer.code) == (status, code)


async def test_a_revoked_token_is_refused_within_seconds(tmp_path, dsn):
    """A token that holds is remembered for a few seconds and no longer."""
    clock = FakeClock()
    async with node_running(make_config(tmp_path / "node", dsn), clock=clock) as node:
        token = await node.make_token("writer", "issue")
        assert (await node.post("/v1/entries", a_sealed_entry("one"), token=token)).status == 201
        async with node.parts.database.writing() as connection:
            await connection.execute("UPDATE tokens SET revoked = true WHERE name = 'writer'")
        clock.advance(10)
        answer = await node.post("/v1/entries", a_sealed_entry("two"), token=token)
        assert (answer.status, answer.code) == (401, "unauthorized")


async def test_a_token_expires_while_it_is_remembered(tmp_path, dsn):
    """The last second of a token is its last, whatever is remembered."""
    clock = FakeClock()
    async with node_running(make_config(tmp_path / "node", dsn), clock=clock) as node:
        token = await node.make_token("writer", "issue", expires_at=clock.now() + 2)
        assert (await node.post("/v1/entries", a_sealed_entry("one"), token=token)).status == 201
        clock.advance(2)
        assert (await node.post("/v1/entries", a_sealed_entry("two"), token=token)).code == "token-expired"


def counted(route: str, method: str, status: int) -> float:
    """Return how many such requests were counted."""
    labels = {"route": route, "method": method, "status": str(status)}
    return REGISTRY.get_sample_value("nostra_requests_total", labels) or 0.0


async def test_requests_are_counted_by_pattern(running_node):
    """A metric's label is the route's pattern: no leaf, no query, and any strange method is `other`."""
    pattern = "/v1/entries/{leaf:[0-9]{1,18}}"
    before, strange = counted(pattern, "GET", 404), counted("(none)", "other", 405)
    await running_node.get("/v1/entries/77")
    await running_node.get("/v1/entries/78")
    await running_node.ask("PROPFIND", "/v1/entries/78")
    assert counted(pattern, "GET", 404) == before + 2
    assert counted("(none)", "other", 405) == strange + 1
    text = (await running_node.get("/metrics", internal=True)).body.decode()
    assert "77" not in [part.strip('"') for part in text.replace("{", " ").split()]
    assert "nostra_tree_size" in text


async def test_the_access_log_names_no_one(running_node, caplog):
    """One debug event a request: pattern, status and network; no path value, no query, no address."""
    caplog.set_level(logging.DEBUG, "nostra")
    await running_node.get("/v1/proofs/inclusion?leaf=424242")
    fields = [record.fields for record in caplog.records if record.message == "request_answered"]
    assert [(one["route"], one["status"], one["network"]) for one in fields] == [
        ("/v1/proofs/inclusion", 404, "127.0.0.0/24")
    ]
    assert "424242" not in str(fields)


@pytest.mark.parametrize("path", ["/checkpoint", "/nothing", "/v1/proofs/inclusion?leaf=x"])
async def test_no_answer_tells_what_the_node_is_built_with(running_node, path):
    """The `Server` header names the program and no version."""
    assert (await running_node.get(path)).headers["Server"] == "nostra"


async def test_an_expected_continue_is_answered(running_node):
    """A client that asks before it sends is told to go on."""
    answer = await running_node.post("/v1/entries", a_sealed_entry("one"), headers={"Expect": "100-continue"})
    assert answer.status == 201


async def test_what_is_not_http_leaves_no_trace(running_node, caplog):
    """A request that can't be parsed is a 400, and neither its words nor its sender reach the log."""
    host, port = running_node.running.addresses["public"].host, running_node.running.addresses["public"].port
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"SECRET nonsense\r\n\r\n")
        assert b" 400 " in await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()
    assert [record.getMessage() for record in caplog.records if "127.0.0.1" in record.getMessage()] == []
