"""Questions over HTTP: a node's two institutions, one awards and the other recognises; and nothing personal leaks."""

import base64
import json
import logging

import asyncpg
import pytest

from node.formats.personal import personal_strings
from node.formats.write_elm import write_elm
from node.recognition.awards.record import by_file
from node.recognition.decisions.record import by_file_number
from node.recognition.records.private_records import PrivateRecords
from protocol.encoding import canonical
from protocol.encoding.wire import parse_b64url32
from tests.node.formats.documents import FULL, an_award, as_bytes
from tests.support.decisions import PAPER, a_decision
from tests.support.statements import a_rule

UNI = {
    "name": {"en": "Example University uni"},
    "country": "FI",
    "identifiers": [{"scheme": "schac", "value": "uni.example.org"}],
}
COURSE = FULL | {"kind": "achievement", "awardingBodies": [UNI]}
QUESTION = "/v1/recognition?scheme=schac&value=uni.example.org&code=WAT-204"
COLLEGE = "college.example.org/nostra"

SUBJECT = {
    "type": "achievements",
    "group": [{"body": {"scheme": "schac", "value": "uni.example.org"}, "code": "WAT-204"}],
}


def a_credential() -> bytes:
    """Return a credential that the university awards."""
    return as_bytes(write_elm(an_award(COURSE)))


def sent(data: bytes) -> str:
    """Return a file as a body carries it."""
    return base64.b64encode(data).decode()


async def good(answer):
    """Return the JSON of an answer that has to be good."""
    value = (await answer).json()
    assert "type" not in value or not str(value["type"]).startswith("urn:nostra:problem"), value
    return value


async def test_an_achievement_is_asked_about_in_public(running_node):
    """Anybody may ask; rule, proof and four kinds of silence come as JSON."""
    before = await good(running_node.get(f"{QUESTION}&institution={COLLEGE}"))
    await good(running_node.post("/logs/college/v1/rules", a_rule(subject=SUBJECT)))
    after = await good(running_node.get(f"{QUESTION}&institution={COLLEGE}"))
    nobody = await good(running_node.get(f"{QUESTION}&institution=schac:unheard-of.example"))
    outcomes = [answer["institutions"][0]["outcome"] for answer in (before, after, nobody)]
    assert outcomes == ["none-found", "full", "unknown"]
    assert after["institutions"][0]["applies"][0]["source"]["entry"]["id"] == "northlake-water"
    assert after["legalEffect"] == "information"


async def test_a_credential_is_asked_about_with_its_receipt(running_node):
    """Awarded at one institution, recognised by rule and then by decision at the other."""
    file = a_credential()
    receipt = (await good(running_node.post("/v1/awards", {"document": sent(file), "file_name": "w.json"})))["receipt"]
    await good(running_node.post("/logs/college/v1/rules", a_rule(subject=SUBJECT)))
    shown = {"document": sent(file), "presented": receipt}
    question = {"credentials": [shown], "institution": COLLEGE}
    by_rule = await good(running_node.post("/v1/queries", question))
    assert by_rule["institutions"][0]["applies"][0]["type"] == "rule"
    assert {name: trust["result"] for name, trust in by_rule["trusts"].items()} == {
        "authentic": "yes", "issuer": "yes", "quality": "stated"
    }  # fmt: skip
    await good(running_node.post("/logs/college/v1/decisions", {"decision": a_decision(), "credentials": [shown]}))
    decided = await good(running_node.post("/v1/queries", question))
    assert decided["institutions"][0]["applies"][0]["name"] == "1 (file REC/2026/0117)"
    assert decided["standing"]["standing"] == "good"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("/v1/recognition", "bad-request", id="nothing asked"),
        pytest.param(QUESTION + "&purpose=fun", "bad-request", id="a purpose of no list"),
        pytest.param(QUESTION + "&at=tomorrow", "bad-request", id="no date"),
        pytest.param(QUESTION + "&known=2026-02-30", "bad-request", id="no such day"),
        pytest.param(QUESTION + "&code=X", "bad-request", id="a parameter twice"),
        pytest.param(QUESTION + "&colour=green", "bad-request", id="an unknown parameter"),
        pytest.param("/v1/recognition?scheme=schac&value=No%20Host&code=X", "inadmissible", id="no identifier"),
        pytest.param("/v1/recognition?scheme=passport&value=1&code=X", "inadmissible", id="no scheme"),
    ],
)
async def test_what_cannot_be_asked_is_refused(running_node, path, code):
    """With a problem that says what it is."""
    answer = await running_node.get(path)
    assert answer.code == code


async def test_a_credential_is_never_asked_about_in_public(running_node):
    """The address that takes credentials exists only inside, and needs a token."""
    assert (await running_node.ask("POST", "/v1/queries", b"{}")).status == 404
    assert (await running_node.post("/v1/queries", {}, token="")).code == "unauthorized"
    assert (await running_node.post("/v1/queries", {})).code == "inadmissible"
    assert (await running_node.post("/v1/queries", {"credentials": [{"document": sent(b"%PDF")}]})).code == (
        "not-a-credential"
    )


async def every_row(dsn: str) -> dict[str, bytes]:
    """Return all that every table of the database holds, each as the bytes of its rows' text and of its bytea."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in tables:
            rows = await connection.fetch(f'SELECT * FROM "{table}"')
            found[table] = b"\n".join(
                value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row.values()
            )
        return found
    finally:
        await connection.close()


def places_of(strings: set[str], found: dict[str, bytes]) -> list[tuple[str, str]]:
    """Return (string, place) of each string that stands somewhere, as text, hex or base64."""
    spelt = {
        text: (text.encode(), text.encode().hex().encode(), base64.b64encode(text.encode()).rstrip(b"="))
        for text in strings
    }
    return [
        (text, place)
        for text, ways in spelt.items()
        for place, data in found.items()
        if any(way in data for way in ways)
    ]


async def test_nothing_personal_stands_anywhere_but_in_the_encrypted_record(running_node, dsn, caplog):
    """Not in any table, not in what the logs serve, not in a log line; decrypted, the record has what it should."""
    caplog.set_level(logging.DEBUG)
    file = a_credential()
    personal = personal_strings(file) | {"diploma of Sirkka.json", PAPER["holder"], PAPER["number"]}
    assert {"Koivuniemi", "2001-07-09"} <= personal
    assert {place for _, place in places_of(personal, {"the file itself": file})} == {"the file itself"}
    body = {"document": sent(file), "file_name": "diploma of Sirkka.json"}
    receipt = (await good(running_node.post("/v1/awards", body, headers={"Request-Key": "r-1"})))["receipt"]
    await good(running_node.post("/v1/achievements", COURSE))
    shown = [{"document": sent(file), "presented": receipt}, {"paper": PAPER}]
    for credential in shown:
        request = {"decision": a_decision(), "credentials": [credential]}
        await good(running_node.post("/logs/college/v1/decisions", request))
        await good(running_node.post("/v1/queries", {"credentials": [credential]}))
    assert (await running_node.post("/v1/awards", {"document": sent(file), "replaces": 77})).status == 404

    served = {}
    for log in ("uni", "college"):
        size = (await good(running_node.get(f"/logs/{log}/v1/log")))["size"]
        for path in ("/checkpoint", f"/tile/entries/000.p/{size}", f"/tile/0/000.p/{size}"):
            answer = await running_node.get(f"/logs/{log}{path}")
            assert answer.status == 200
            served[f"{log} {path}"] = answer.body
    lines = {"log lines": "\n".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records).encode()}
    assert places_of(personal, {**await every_row(dsn), **served, **lines}) == []

    uni, college = (running_node.parts.log(name) for name in ("uni", "college"))
    records = {
        log.name: PrivateRecords(running_node.parts.vault, log.reader.state.head.log_id, log.origin)
        for log in (uni, college)
    }
    (award,) = await records["uni"].find(by_file(parse_b64url32(receipt["file"]["hash"])))
    assert (award.content["credential"], award.content["file"]["name"]) == (
        json.loads(file)["id"],
        "diploma of Sirkka.json",
    )
    cases = await records["college"].find(by_file_number("REC/2026/0117"))
    assert any(PAPER["holder"].encode() in canonical.encode(dict(case.content)) for case in cases)
