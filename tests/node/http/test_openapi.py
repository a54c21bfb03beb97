"""The document that describes the interface is well formed, complete, and true of the answers."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from node.http.app import LISTENERS, routes_of
from node.http.openapi import describe, plain_path
from node.http.reference import http_page, problems_page
from tests.support.entries import a_sealed_entry, an_achievement_entry, bundle_of
from tests.support.nodes import Answer, NodeUnderTest

DOCUMENT = describe(routes_of("internal"))
METHODS = {"get", "post", "put", "patch", "delete"}


def operations() -> list[tuple[str, str, dict]]:
    """Return (path, method, operation) of the whole document."""
    return [(path, method, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()]


def test_every_route_is_in_the_document_and_no_other():
    """Paths and methods are the table's."""
    table = {(plain_path(route), route.method.lower()) for route in routes_of("internal")}
    assert {(path, method) for path, method, _ in operations()} == table


def test_operations_have_names_of_their_own():
    """An operationId is unique, as programs made from the document need it."""
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=lambda value: str(value)[:50])
def test_an_operation_keeps_openapi_s_form(path, method, operation):
    """Parameters of the path are declared, answers have descriptions, references lead somewhere."""
    assert method in METHODS
    declared = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert declared == set(re.findall(r"\{(\w+)\}", path))
    assert all(one["required"] for one in operation["parameters"] if one["in"] == "path")
    assert all(re.fullmatch("[1-5][0-9][0-9]", status) for status in operation["responses"])
    assert all(response["description"] for response in operation["responses"].values())
    assert ("requestBody" in operation) == (method == "post")
    names = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(operation))
    assert set(names) <= set(DOCUMENT["components"]["schemas"])


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_a_schema_is_a_json_schema(name):
    """Every component is a JSON Schema of draft 2020-12, as OpenAPI 3.1 has it."""
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


@pytest.mark.parametrize("listener", LISTENERS)
async def test_each_listener_serves_its_own_document(running_node, listener):
    """The public document describes no write."""
    told = (await running_node.get("/v1/openapi.json", internal=listener == "internal")).json()
    assert told["openapi"] == "3.1.0"
    assert set(told["paths"]) == {plain_path(route) for route in routes_of(listener)}
    assert ("/metrics" in told["paths"]) == (listener == "internal")


def check_answer(path: str, method: str, answer: Answer) -> None:
    """Check an answer against what the document says of it."""
    response = DOCUMENT["paths"][path][method]["responses"][str(answer.status)]
    media_type = answer.headers["Content-Type"].partition(";")[0]
    schema = response["content"][media_type]["schema"]
    if media_type.endswith("json"):
        whole = schema | {"components": DOCUMENT["components"]}
        Draft202012Validator(whole).validate(answer.json())


async def fill(node: NodeUnderTest) -> list[Answer]:
    """Log a sealed entry and two achievements; return the answers."""
    bundle = bundle_of([an_achievement_entry("MR-1"), an_achievement_entry("MR-2")])
    return [
        await node.post("/v1/entries", a_sealed_entry("one")),
        await node.post("/v1/entries", bundle, headers={"Content-Type": "application/octet-stream"}),
    ]


async def test_answers_are_of_the_declared_form(running_node):
    """What comes back on each kind of request fits its declared status, type and schema."""
    for answer in await fill(running_node):
        check_answer("/v1/entries", "post", answer)
    for path, query in [
        ("/checkpoint", ""),
        ("/v1/log", ""),
        ("/v1/proofs/inclusion", "?leaf=1"),
        ("/v1/proofs/inclusion", "?leaf=9"),
        ("/v1/proofs/inclusion", "?leaf=x"),
        ("/v1/proofs/consistency", "?from=1"),
        ("/v1/achievements", "?limit=1"),
        ("/v1/rules", ""),
        ("/health/live", ""),
        ("/health/ready", ""),
        ("/health/fresh", ""),
        ("/v1/openapi.json", ""),
    ]:
        check_answer(path, "get", await running_node.get(path + query))
    check_answer("/v1/entries/{leaf}", "get", await running_node.get("/v1/entries/1"))
    check_answer("/v1/entries/{leaf}", "get", await running_node.get("/v1/entries/7"))
    check_answer("/logs/{log}/v1/log", "get", await running_node.get("/logs/nobody/v1/log"))
    check_answer("/tile/{level}/{index}", "get", await running_node.get("/tile/0/000.p/3"))
    check_answer("/metrics", "get", await running_node.get("/metrics", internal=True))
    for refused in (
        await running_node.post("/v1/entries", a_sealed_entry("one")),
        await running_node.post("/v1/entries", b"{"),
        await running_node.post("/v1/entries", b"{}", token=""),
    ):
        check_answer("/v1/entries", "post", refused)


@pytest.mark.parametrize(("page", "made"), [("http.md", http_page), ("problems.md", problems_page)])
def test_the_manual_is_made_from_the_table(root, page, made):
    """docs/http.md and docs/problems.md are what `python -m node.http.reference` writes."""
    assert (root / "docs" / page).read_text("utf-8") == made()
