"""Gossip over HTTP: anybody may tell, and only what the logs themselves signed counts."""

import hashlib
import json

import pytest

from protocol.documents.evidence import MAX_EVIDENCE_BYTES, SplitView, evidence_id, show_split_view
from protocol.encoding.keys import Signer
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.exchange import MAX_EXCHANGE_BYTES, Exchange
from protocol.gossip.seen import SeenAnswer, SeenRequest, sign_seen_request
from protocol.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from tests.support.entries import a_sealed_entry, sealed_entries
from tests.support.lying_log import LogServer, answering
from tests.support.nodes import make_config, node_running
from tests.support.static_log import StaticLog

PARTNER = """
[[partner]]
name = "partner"
origin = "{key.name}"
verifier_key = "{vkey}"
url = "{url}"
"""
MIRROR = "uni.example.org/nostra/mirror"
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@pytest.fixture
def partner(tmp_path):
    """Give a partner's log of 300 entries."""
    (tmp_path / "partner").mkdir()
    log = StaticLog(tmp_path / "partner", "partner.example/log")
    log.append(sealed_entries("partner", 300))
    return log


@pytest.fixture
async def served(partner):
    """Serve the partner's log."""
    async with LogServer(partner.folder) as server:
        yield server


@pytest.fixture
async def node(tmp_path, dsn, partner, served):
    """Give a node that follows the partner's log, of which it holds all."""
    key = partner.signer.verifier
    more = PARTNER.format(key=key, vkey=key.render(), url=served.url)
    async with node_running(make_config(tmp_path / "node", dsn, logs=["uni"], more=more)) as node:
        await node.parts.mirrors.refresh(key.name)
        yield node


def note_of(log):
    """Return the checkpoint that a log shows."""
    return (log.folder / "checkpoint").read_bytes()


def signed(log, size=300, root=b"\1" * 32, signer=None):
    """Return a checkpoint of another history."""
    signer = signer or log.signer
    return sign_checkpoint(Checkpoint(signer.verifier.name, size, root), signer)


def evidence(log, size=300):
    """Return evidence against a log."""
    notes = [signed(log, size, bytes([at]) * 32) for at in (1, 2)]
    return show_split_view(*notes, [log.signer.verifier], read={}.__getitem__).render()


async def tell(node, body, path="/gossip/evidence", headers=JSON):
    """Bring something to the public listener."""
    return await node.ask("POST", path, body, headers=headers)


async def test_notes_are_exchanged_both_ways(node, partner):
    """The answer has our own log's newest checkpoint and the partner's, but none that was among what was told."""
    await node.post("/v1/entries", a_sealed_entry("exchange"))
    keys = [node.verifier_key, partner.signer.verifier]
    for told, expected in (((), [1, 300]), ((note_of(partner),), [1])):
        answer = await tell(node, Exchange(told).render(), "/gossip/exchange")
        assert answer.status == 200
        assert [open_checkpoint(note, keys)[0].size for note in Exchange.parse(answer.body).notes] == expected


async def test_a_note_that_a_stranger_tells_convicts_a_liar(node, partner):
    """Another root hash at a size that is held: the proof is made here, and is here to be downloaded."""
    other = signed(partner, 200)
    await tell(node, Exchange((other,)).render(), "/gossip/exchange")
    await node.parts.gossip.comparisons.compare(partner.signer.verifier.name)
    (listed,) = (await node.get("/gossip/evidence")).json()["evidence"]
    document = await node.get(f"/gossip/evidence/{listed['id']}")
    assert "nostra-evidence.json" in document.headers["Content-Disposition"]
    found = SplitView.parse(document.body).verify([partner.signer.verifier])
    assert (found.first.size, found.first.root, found.second.size) == (200, b"\1" * 32, 300)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [
        ("exchange", b"noise", JSON, 400, "bad-request"),
        ("exchange", b'{"notes":[],"v":1}', TEXT, 415, "unsupported-media-type"),
        ("exchange", b'{"notes":["x"],"v":1}', JSON, 400, "bad-request"),
        ("exchange", b" " * (MAX_EXCHANGE_BYTES + 1), JSON, 413, "too-large"),
        ("evidence", b"noise", JSON, 400, "bad-request"),
        ("evidence", b"[" * 70_000, JSON, 400, "bad-request"),
        ("evidence", b" " * (MAX_EVIDENCE_BYTES + 1), JSON, 413, "too-large"),
        ("seen", b"noise", TEXT, 400, "bad-request"),
        ("seen", b"x" * 10_000, TEXT, 413, "too-large"),
        ("look", b"{}", JSON, 400, "bad-request"),
        ("look", b"[" * 4000, JSON, 400, "bad-request"),
        ("look", b" " * 5000, JSON, 413, "too-large"),
        ("look", b'{"origin":"nobody.example/log","v":1}', JSON, 404, "not-found"),
        ("look", b'{"origin":"uni.example.org/nostra","v":1}', JSON, 404, "not-found"),
        ("look", b'{"origin":"partner.example/log","url":"http://10.0.0.1/","v":1}', JSON, 400, "bad-request"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_its_reason(node, path, body, headers, status, code):
    """Nothing of it is kept."""
    answer = await tell(node, body, f"/gossip/{path}", headers)
    assert (answer.status, answer.code) == (status, code)
    assert node.parts.gossip.convictions.origins() == []


async def test_evidence_stops_cosigning_answers_and_silence(node, partner, served):
    """From then on the witness refuses, the node says so where it is asked, and an alarm stands."""
    document = evidence(partner)
    answers = [await tell(node, document) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 200]
    assert answers[0].json() == {"id": evidence_id(document), "origin": partner.signer.verifier.name}
    assert (await node.get(f"/gossip/evidence/{evidence_id(document)}")).body == document
    request = AddCheckpoint(0, (), note_of(partner)).render()
    refused = await node.ask("POST", "/witness/add-checkpoint", request, headers=TEXT)
    assert (refused.status, b"two histories" in refused.body) == (403, True)
    fresh = await node.get("/health/fresh")
    assert (fresh.status, "split-view" in fresh.json()["detail"]) == (503, True)
    (alarm,) = (await node.get("/v1/alarms", internal=True)).json()["alarms"]
    assert (alarm["alarm"], alarm["log"]) == ("split-view", "partner.example/log")
    told = (await node.get("/v1/recognition?scheme=schac&value=x.example&code=X")).json()
    assert [log["convicted"] for log in told["logs"] if log["origin"] == "partner.example/log"] == [
        evidence_id(document)
    ]
    outcomes = {one["origin"]: one["outcome"] for one in told["institutions"]}
    assert outcomes["partner.example/log"] == "unknown"


async def test_evidence_that_shows_nothing_changes_nothing(node, partner):
    """Forged, of an unknown log, or under another key: each with its own answer."""
    log = "partner.example/log"
    stranger = show_split_view(
        *(signed(partner, 5, bytes([at]) * 32, Signer("x.example/l", b"\3" * 32)) for at in (1, 2)),
        [Signer("x.example/l", b"\3" * 32).verifier],
        read={}.__getitem__,
    ).render()
    false_key = Signer(log, b"\4" * 32)
    forged = show_split_view(
        *(signed(partner, 5, bytes([at]) * 32, false_key) for at in (1, 2)), [false_key.verifier], read={}.__getitem__
    ).render()
    answers = [(await tell(node, body)).status for body in (stranger, forged)]
    assert (answers, node.parts.gossip.convictions.origins()) == ([404, 422], [])


async def test_evidence_against_a_log_of_ours_stops_its_signing(node, tmp_path):
    """Whoever used our key: nothing more is signed, and the reason is said to who submits."""
    from node.log.keys import load_key

    signer = load_key(node.config.logs[0].key)
    notes = [signed(None, 5, bytes([at]) * 32, signer) for at in (1, 2)]
    assert (await tell(node, show_split_view(*notes, [signer.verifier], read={}.__getitem__).render())).status == 201
    answer = await node.post("/v1/entries", a_sealed_entry("after"))
    assert (answer.status, "two histories" in answer.json()["detail"]) == (503, True)
    assert (await node.get("/health/ready")).status == 503
    (alarm,) = (await node.get("/v1/alarms", internal=True)).json()["alarms"]
    assert alarm["alarm"] == "own-log-convicted"


async def test_a_convicted_log_of_ours_is_held_after_a_restart_too(tmp_path, dsn):
    """The evidence is in the database, and read before anything is signed."""
    from node.log.keys import load_key

    config = make_config(tmp_path / "node", dsn, logs=["uni"])
    signer = load_key(config.logs[0].key)
    notes = [signed(None, 5, bytes([at]) * 32, signer) for at in (1, 2)]
    async with node_running(config) as node:
        await tell(node, show_split_view(*notes, [signer.verifier], read={}.__getitem__).render())
    async with node_running(config) as node:
        assert (await node.post("/v1/entries", a_sealed_entry("after"))).status == 503


async def test_a_log_is_told_what_was_last_seen_of_it(node, partner):
    """Size and root hash that are held, and the newest note, which its own key signed."""
    origin = partner.signer.verifier.name
    request = sign_seen_request(SeenRequest(origin, MIRROR, node.parts.clock.now()), partner.signer)
    answer = SeenAnswer.parse((await tell(node, request, "/gossip/seen", TEXT)).body)
    held = open_checkpoint(note_of(partner), [partner.signer.verifier])[0]
    assert (answer.origin, answer.held.size, answer.held.root) == (origin, 300, held.root)
    assert answer.newest([partner.signer.verifier]).size == 300


async def test_a_note_that_is_beyond_what_is_held_is_told_too(node, partner):
    """Whoever lost its disk learns of the newest that it signed, from wherever we have it."""
    origin = partner.signer.verifier.name
    node.parts.gossip.comparisons.tell(signed(partner, 900), "somebody")
    request = sign_seen_request(SeenRequest(origin, MIRROR, node.parts.clock.now()), partner.signer)
    answer = SeenAnswer.parse((await tell(node, request, "/gossip/seen", TEXT)).body)
    assert (answer.held.size, answer.newest([partner.signer.verifier]).size) == (300, 900)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"signer": Signer("partner.example/log", b"\7" * 32)}, 403),
        ({"signer": Signer("nobody.example/log", b"\7" * 32)}, 404),
        ({"to": "uni.example.org/nostra/witness"}, 400),
        ({"to": "another.example/mirror"}, 400),
        ({"late": 301}, 400),
        ({"late": -301}, 400),
        ({"late": 299}, 200),
    ],
)
async def test_only_the_log_itself_is_told_and_only_now(node, partner, changed, status):
    """Under its own key, of this node's mirror, within 300 seconds."""
    signer = changed.get("signer", partner.signer)
    time = node.parts.clock.now() - changed.get("late", 0)
    request = sign_seen_request(SeenRequest(signer.verifier.name, changed.get("to", MIRROR), time), signer)
    assert (await tell(node, request, "/gossip/seen", TEXT)).status == status


async def look(node, origin="partner.example/log"):
    """Have the node look at a partner, and return what it found by what it looked at."""
    answer = await tell(node, json.dumps({"origin": origin, "v": 1}).encode(), "/gossip/look")
    assert answer.status == 200
    return {one["what"]: (one["state"], one["found"]) for one in answer.json()["looks"]}


async def test_a_partner_is_looked_at_from_outside(node):
    """What it can't see of itself: each thing with one of four values, in plain words."""
    found = await look(node)
    assert set(found) == {"TLS", "clock", "checkpoint", "witness", "mirror", "history"}
    assert found["TLS"][0] == "doubtful"
    assert found["clock"][0] == "well"
    assert found["checkpoint"] == (
        "doubtful",
        "size 300, signed by the key that we know; nobody has cosigned it, so its age isn't known",
    )
    assert found["mirror"] == ("well", "we hold size 300")
    assert found["history"] == ("well", "it is the tree that we hold")
    assert found["witness"][0] == "not checked"


@pytest.mark.parametrize(
    ("spoil", "what", "words"),
    [
        (lambda log: answering(b"", 500), "checkpoint", "status 500"),
        (lambda log: answering(b"noise"), "checkpoint", "not accepted"),
        (lambda log: answering(signed(log, signer=Signer("partner.example/log", b"\7" * 32))), "checkpoint", "key"),
        (lambda log: answering(signed(log)), "history", "two histories"),
    ],
)
async def test_what_is_wrong_with_a_partner_is_said(node, partner, served, spoil, what, words):
    """A look accuses nobody: it tells the partner itself."""
    served.lies["checkpoint"] = spoil(partner)
    state, found = (await look(node))[what]
    assert (state, words in found) == ("wrong", True)
    assert node.parts.gossip.convictions.origins() == []


async def test_looking_is_rare_however_often_it_is_asked_for(node, served):
    """Within half a minute the last look is shown again."""
    await look(node)
    asked = served.asked.count("checkpoint")
    for _ in range(5):
        await look(node)
    assert served.asked.count("checkpoint") == asked


async def test_partners_are_shown_inside_only(node):
    """How they stand is the operator's; the public listener has no such address."""
    answer = await node.get("/v1/partners", internal=True)
    (partner,) = answer.json()["partners"]
    assert (partner["name"], partner["logs"], partner["state"]) == ("partner", ["partner.example/log"], "")
    assert {(await node.get(path)).status for path in ("/v1/partners", "/v1/alarms")} == {404}
    assert (await node.ask("POST", "/v1/alarms/test")).status == 404


async def test_a_test_alarm_needs_the_operator(node):
    """And says that nobody would have heard it."""
    assert (await node.post("/v1/alarms/test", token="")).status == 401
    answer = (await node.post("/v1/alarms/test")).json()
    assert answer == {"sent": False, "failure": "no webhook is configured"}


async def test_the_witness_hands_over_what_does_not_fit(node, partner):
    """A checkpoint of another history, shown to the witness, ends as evidence."""
    origin = partner.signer.verifier.name
    requests = (AddCheckpoint(0, (), note_of(partner)), AddCheckpoint(300, (), signed(partner)))
    answers = [await node.ask("POST", "/witness/add-checkpoint", one.render(), headers=TEXT) for one in requests]
    assert [answer.status for answer in answers] == [200, 422]
    await node.parts.gossip.comparisons.compare(origin)
    assert node.parts.gossip.convictions.is_convicted(origin)
    name = hashlib.sha256(origin.encode()).hexdigest()
    assert (await node.get(f"/witness/{name}/checkpoint")).status == 200
