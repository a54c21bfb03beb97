"""From an exception to what the caller is told: one table, every code, nothing of the node's inside."""

import json

import msgspec
import pytest
from aiohttp import web

from node.errors import (
    PROBLEMS,
    BadRequestError,
    ConfigError,
    ConflictError,
    FatalError,
    ForbiddenError,
    InadmissibleError,
    NodeError,
    NotFoundError,
    PushBackError,
    TooLargeError,
    UnauthorizedError,
)
from node.http.problems import problem_answer
from protocol.errors import BadProofError, MalformedError
from protocol.recognition.problems import InadmissibleError as BrokenRulesError
from protocol.recognition.problems import Problem


def told(error: Exception) -> dict:
    """Return the problem document of an exception."""
    answer = problem_answer(error, "/somewhere")
    document = json.loads(answer.body)
    assert answer.content_type == "application/problem+json"
    assert answer.status == document["status"]
    assert document["title"] == PROBLEMS[document["type"].removeprefix("urn:nostra:problem:")].title
    return document


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_has_its_document(code):
    """Type, title and status come from the one list."""
    document = told(NodeError("it is so", code=code))
    assert document["type"] == f"urn:nostra:problem:{code}"
    assert document["status"] == PROBLEMS[code].status


TABLE = [
    (BadRequestError("x"), "bad-request"),
    (UnauthorizedError("x"), "unauthorized"),
    (UnauthorizedError("x", code="token-expired"), "token-expired"),
    (ForbiddenError("x"), "forbidden"),
    (NotFoundError("x"), "not-found"),
    (ConflictError("x", 7), "conflict"),
    (ConflictError("x", 7, code="duplicate-tag"), "duplicate-tag"),
    (TooLargeError("x"), "too-large"),
    (InadmissibleError("x"), "inadmissible"),
    (PushBackError("x"), "push-back"),
    (FatalError("x"), "fatal"),
    (ConfigError(["x"]), "misconfigured"),
    (MalformedError("x"), "bad-request"),
    (BadProofError("x"), "bad-request"),
    (BrokenRulesError([Problem("a", "is wrong")]), "inadmissible"),
    (msgspec.ValidationError("x - at `$.a`"), "bad-request"),
    (msgspec.DecodeError("x"), "bad-request"),
    (web.HTTPRequestEntityTooLarge(1, 2), "too-large"),
    (web.HTTPNotFound(), "not-found"),
    (web.HTTPMethodNotAllowed("PUT", ["GET"]), "method-not-allowed"),
    (web.HTTPExpectationFailed(), "bad-request"),
    (KeyError("x"), "internal"),
    (TimeoutError("x"), "not-ready"),
    (ConnectionRefusedError("x"), "not-ready"),
]


@pytest.mark.parametrize(("error", "code"), TABLE, ids=lambda value: type(value).__name__ if value else "")
def test_each_kind_of_exception_has_its_code(error, code):
    """What the caller did gets its code; what nobody foresaw is the node's failure."""
    assert told(error)["type"] == f"urn:nostra:problem:{code}"


@pytest.mark.parametrize("error", [FatalError("/etc/keys/log.key is damaged"), ValueError("secret 4711")])
def test_a_failure_tells_nothing_of_the_inside(error, caplog):
    """A 500 gives the request's number, and the node's own log has it under that number."""
    document = told(error)
    assert "key" not in document["detail"]
    assert "4711" not in json.dumps(document)
    number = document["instance"].rpartition(":")[2]
    assert [record.fields["request"] for record in caplog.records] == [number]


def test_what_the_caller_did_is_not_in_the_nodes_log(caplog):
    """A refusal is told to the caller and costs the operator no line."""
    told(BadRequestError("Request-Key is too long"))
    assert caplog.records == []


def test_every_fault_of_a_request_is_listed():
    """(where, what) of each problem, in order."""
    document = told(InadmissibleError("not admitted", [("a.b", "is missing"), ("c", "is wrong")]))
    assert document["problems"] == [{"where": "a.b", "what": "is missing"}, {"where": "c", "what": "is wrong"}]


def test_bytes_of_a_header_are_quoted_so_that_the_answer_can_hold_them():
    """The server gives what isn't UTF-8 as lone surrogates; such a request gets its problem like any other."""
    strange = b"text/\xff".decode("utf-8", "surrogateescape")
    assert told(BadRequestError(f"the body is '{strange}'"))["detail"] == "the body is 'text/\\udcff'"
    assert told(InadmissibleError("x", [(strange, strange)]))["problems"][0]["where"] == "text/\\udcff"


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (PushBackError("x", 7), "Retry-After", "7"),
        (UnauthorizedError("x"), "WWW-Authenticate", "Bearer"),
        (UnauthorizedError("x", code="token-expired"), "WWW-Authenticate", "Bearer"),
        (web.HTTPMethodNotAllowed("PUT", ["POST", "GET"]), "Allow", "GET, POST"),
        (BadRequestError("x"), "Cache-Control", "no-store"),
    ],
)
def test_headers_say_what_programs_look_for(error, header, value):
    """When to try again, how to authenticate, what is allowed, and that no cache keeps an error."""
    assert problem_answer(error, "/somewhere").headers[header] == value


def test_numbers_of_requests_differ():
    """No two problems of a run have one number."""
    assert len({told(BadRequestError("x"))["instance"] for _ in range(20)}) == 20
