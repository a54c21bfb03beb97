"""Publications with free text wait for a second person: another token, no way round, nothing stands before."""

import asyncio
import json
from itertools import count

import asyncpg
import pytest
import pytest_asyncio

from node.recognition.publication import second_person
from protocol.encoding import canonical
from protocol.recognition.entry import from_json, render
from protocol.recognition.texts import separate
from tests.node.http.asking import post, size_of
from tests.node.http.test_openapi import check_answer
from tests.support.credentials import an_achievement
from tests.support.nodes import make_config, node_running
from tests.support.statements import a_mandate, a_partial_rule, a_rule, an_institution

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES, PENDING = "/v1/rules", "/v1/publications"
APPROVALS, REFUSALS = f"{PENDING}/approvals", f"{PENDING}/refusals"
_NUMBERS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory, module_dsn):
    """Give a node that asks a second person, which is the default of the setting."""
    async with node_running(make_config(tmp_path_factory.mktemp("node"), module_dsn, second_person="true")) as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def colleague(node):
    """Give a second person's token."""
    return await node.make_token("colleague", "publish")


def a_new_rule(**changed) -> dict:
    """Return a rule with texts, of an id of its own."""
    return a_partial_rule(id=f"waits-{next(_NUMBERS)}", **changed)


async def look(node, path, token=None):
    """Get a path of the internal listener with a token for every role, with another, or with none ("")."""
    token = node.token if token is None else token
    return await node.get(path, internal=True, headers={"Authorization": f"Bearer {token}"} if token else {})


async def waiting(node) -> list[dict]:
    """Return what waits."""
    answer = await look(node, PENDING)
    check_answer(PENDING, "get", answer)
    return answer.json()["publications"]


async def test_a_rule_with_texts_waits_and_is_published_by_another_token(node, colleague):
    """202 and an id, nothing in the log; the colleague sees it whole and approves; then it stands and waits no more."""
    rule, before = a_new_rule(), await size_of(node)
    asked = await post(node, RULES, rule)
    told = asked.json()
    assert (asked.status, told["state"], told["kind"], told["signs"]) == (202, "waiting", "rule", [])
    assert await size_of(node) == before
    assert [one["id"] for one in await waiting(node)] == [told["id"]]
    whole = await look(node, f"{PENDING}/{told['id']}", colleague)
    check_answer(f"{PENDING}/{{id}}", "get", whole)
    assert whole.json()["value"] == rule
    done = await post(node, APPROVALS, {"id": told["id"]}, token=colleague)
    assert (done.status, done.json()["entry"]["id"], done.json()["leaf"]) == (201, rule["id"], before)
    assert done.json()["texts"]["texts"]["reasons"] == rule["reasons"]
    assert await waiting(node) == []
    again = await post(node, RULES, rule)
    assert (again.status, again.json()["leaf"]) == (200, before)


async def test_nobody_approves_what_he_asked_for(node, colleague):
    """The same token is refused, and it waits on; asked again, it is the same publication."""
    rule = a_new_rule()
    first, second = [(await post(node, RULES, rule)).json() for _ in range(2)]
    assert first["id"] == second["id"]
    refused = await post(node, APPROVALS, {"id": first["id"]})
    assert (refused.status, refused.code) == (403, "second-person")
    assert (await post(node, APPROVALS, {"id": first["id"]}, token=colleague)).status == 201


@pytest.mark.parametrize("by", ["who asked", "the colleague"])
async def test_what_is_refused_is_gone(node, colleague, by):
    """By whoever asked, too; it can't be approved any more, and nothing was entered."""
    before = await size_of(node)
    told = (await post(node, RULES, a_new_rule())).json()
    token = colleague if by == "the colleague" else None
    refused = await post(node, REFUSALS, {"id": told["id"]}, token=token)
    assert (refused.status, refused.json()) == (200, {"id": told["id"], "state": "refused"})
    for path in (APPROVALS, REFUSALS):
        assert (await post(node, path, {"id": told["id"]}, token=colleague)).status == 404
    assert (await waiting(node), await size_of(node)) == ([], before)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("/v1/institutions", an_institution(), id="institution"),
        pytest.param("/v1/achievements", an_achievement(), id="achievement"),
        pytest.param(RULES, a_rule(), id="rule without texts"),
        pytest.param("/v1/mandates", a_mandate(), id="mandate"),
    ],
)
async def test_what_has_no_free_text_does_not_wait(node, path, value):
    """Titles and outcomes are the achievement; nobody is asked about them."""
    assert (await post(node, path, value)).status == 201


async def test_what_looks_like_a_person_s_waits_whatever_it_is(node, colleague):
    """An achievement with an address in its title: the place is named."""
    value = an_achievement(id="odd", code="ODD-1", title={"en": "Ask aino@example.org"})
    asked = await post(node, "/v1/achievements", value)
    assert (asked.status, asked.json()["signs"]) == (202, [{"where": "title.en", "what": "an e-mail address"}])
    assert (await post(node, REFUSALS, {"id": asked.json()["id"]})).status == 200


async def test_faults_are_told_to_whoever_makes_them(node):
    """What can't be published doesn't wait."""
    unfair = {name: part for name, part in a_new_rule().items() if name != "appeal"}
    refused = await post(node, RULES, unfair)
    assert (refused.status, refused.code) == (422, "inadmissible")
    assert await waiting(node) == []


async def test_a_withdrawal_waits_too(node, colleague):
    """Its reasons are free text."""
    rule = a_rule(id=f"ends-{next(_NUMBERS)}")
    assert (await post(node, RULES, rule)).status == 201
    asked = await post(node, "/v1/withdrawals", {"target": {"id": rule["id"]}, "reasons": {"en": "It has ended."}})
    assert asked.status == 202
    assert (await post(node, APPROVALS, {"id": asked.json()["id"]}, token=colleague)).status == 201


async def test_the_address_of_raw_entries_is_no_way_round(node):
    """An entry with texts, and one that looks like a person's, are refused there; any other is taken."""
    entry, texts = separate(a_new_rule() | {"version": 1}, salt=bytes(32))
    both = {"entry": canonical.decode(render(entry)), "texts": canonical.decode(texts.render())}
    odd = canonical.encode(canonical.decode(render_achievement(title={"en": "Mr Esimerkki"}, code="ODD-2", id="odd-2")))
    for body in (both, odd):
        refused = await post(node, "/v1/entries", body)
        assert (refused.status, refused.code) == (403, "second-person")
    assert (await post(node, "/v1/entries", render_achievement(code="EVEN-2", id="even-2"))).status == 201


def render_achievement(**changed) -> bytes:
    """Return the bytes of an achievement's entry."""
    return render(from_json(an_achievement(**changed) | {"kind": "achievement", "version": 1}))


async def test_two_who_approve_at_once_publish_once(node, colleague):
    """One 201; the other finds the same entry, or nothing that waits."""
    told = (await post(node, RULES, a_new_rule())).json()
    before = await size_of(node)
    answers = await asyncio.gather(*(post(node, APPROVALS, {"id": told["id"]}, token=colleague) for _ in range(6)))
    assert sorted(answer.status for answer in answers)[:1] in ([200], [201])
    assert sum(answer.status == 201 for answer in answers) == 1
    assert {answer.status for answer in answers} <= {200, 201, 404, 503}
    assert await size_of(node) == before + 1


async def test_a_second_version_that_waits_is_numbered_when_it_is_approved(node, colleague):
    """Two changes of one rule wait; both are approved, one after the other."""
    rule = a_new_rule()
    ids = [(await post(node, RULES, rule | {"reasons": {"en": text}})).json()["id"] for text in ("One.", "Two.")]
    done = [await post(node, APPROVALS, {"id": one}, token=colleague) for one in ids]
    assert [one.json()["entry"]["version"] for one in done] == [1, 2]


async def test_too_many_that_wait_are_refused(node, monkeypatch):
    """A queue that nobody looks at doesn't grow without end."""
    monkeypatch.setattr(second_person, "MOST_PENDING", 1)
    told = (await post(node, RULES, a_new_rule())).json()
    refused = await post(node, RULES, a_new_rule())
    assert (refused.status, refused.code) == (409, "conflict")
    assert (await post(node, REFUSALS, {"id": told["id"]})).status == 200


async def test_only_who_publishes_sees_what_waits(node):
    """The role `publish`; no other, and nobody without a token; an id that is none names nothing."""
    issue = await node.make_token("only-issues", "issue")
    for token, status in ((issue, 403), ("", 401)):
        assert (await look(node, PENDING, token)).status == status
        assert (await post(node, APPROVALS, {"id": "0" * 32}, token=token)).status == status
    assert (await look(node, f"{PENDING}/no-id")).status == 404
    assert (await post(node, APPROVALS, {"id": "no-id"})).status == 400


async def test_what_waits_stands_in_no_table_in_clear(node, module_dsn):
    """Only in an encrypted record; refused, it is marked for the next erasure."""
    told = (await post(node, RULES, a_new_rule(reasons={"en": "Since the case of Aino Esimerkki."}))).json()
    session = await asyncpg.connect(module_dsn)
    try:
        tables = await session.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        held = [
            json.dumps([str(row) for row in await session.fetch(f"SELECT * FROM {one['tablename']}")]) for one in tables
        ]
        assert not [rows for rows in held if "Esimerkki" in rows]
        assert (await post(node, REFUSALS, {"id": told["id"]})).status == 200
        rows = await session.fetch("SELECT erase FROM records WHERE kind = 'publication' AND leaf IS NULL")
        assert rows
        assert all(row["erase"] for row in rows)
    finally:
        await session.close()
