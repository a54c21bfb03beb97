"""`nostra ask`: what a registrar reads, what is sent where, and what can't be asked."""

import asyncio
import json
import sys

import pytest

from node.cli import main
from node.cli.ask import told
from tests.node.http.test_queries import COLLEGE, SUBJECT, a_credential, good, sent
from tests.support.statements import a_partial_rule, a_rule

BY_NAME = ["--body", "schac:uni.example.org", "--code", "WAT-204", "--institution", COLLEGE]


async def nostra(*arguments: str, token: str = "") -> tuple[int, str, str]:
    """Run the command as a program of its own."""
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", *arguments, env={"NOSTRA_TOKEN": token, "PATH": "/usr/bin"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(run.communicate(), 60)
    return run.returncode, out.decode(), err.decode()


async def test_an_achievement_is_asked_about_without_a_token(running_node):
    """At the public listener; the sentence, the rule and its place are told."""
    await good(running_node.post("/logs/college/v1/rules", a_rule(subject=SUBJECT)))
    code, out, err = await nostra("ask", *BY_NAME, "--node", running_node.public_url)
    assert (code, err) == (0, "")
    assert "Example University college: full" in out
    assert "recognises WAT-204 of Example University uni as 5 ECTS" in out
    assert f"rule northlake-water 1: full; nothing else applies ({COLLEGE}, leaf 0)" in out
    assert out.endswith("This is information; the decision stays with the institution.\n")


async def test_a_credential_is_asked_about_inside(running_node, tmp_path):
    """With its receipt: three trusts, standing, and the answer; as JSON the node's own."""
    document = a_credential()
    receipt = (await good(running_node.post("/v1/awards", {"document": sent(document)})))["receipt"]
    (tmp_path / "water.json").write_bytes(document)
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    files = ["--document", str(tmp_path / "water.json"), "--receipt", str(tmp_path / "receipt.json")]
    question = ["ask", *files, "--institution", COLLEGE, "--node", running_node.internal_url]
    code, out, err = await nostra(*question, token=running_node.token)
    assert (code, err) == (0, "")
    assert "authentic yes: its award binds this very file" in out
    assert "standing  good: no change of its status was entered (uni.example.org/nostra)" in out
    assert "Example University college: none-found" in out
    code, out, err = await nostra(*question, "--json", token=running_node.token)
    assert json.loads(out)["institutions"][0]["outcome"] == "none-found"


async def test_less_than_full_tells_why_and_where_to_appeal(running_node):
    """Grounds, appeal, and what else was looked at."""
    await good(running_node.post("/logs/college/v1/rules", a_partial_rule(subject=SUBJECT)))
    await good(running_node.post("/logs/college/v1/rules", a_rule(subject=SUBJECT, validUntil="2026-01-31")))
    code, out, _ = await nostra("ask", *BY_NAME, "--node", running_node.public_url)
    assert code == 0
    assert "ground    learning-outcomes: Groundwater is not covered." in out
    assert "appeal    Appeals Board, within 30 days" in out
    assert "not       rule northlake-water 1: it ended on 2026-01-31" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "ask about what?"),
        (["--body", "schac:uni.example.org"], "together"),
        (["--body", "uni.example.org", "--code", "X"], "SCHEME:VALUE"),
    ],
)
def test_what_cannot_be_asked_is_wrong_usage(capsys, arguments, says):
    """One line with the way out, exit code 2."""
    assert main(["ask", *arguments, "--node", "http://127.0.0.1:9"]) == 2
    assert says in capsys.readouterr().err


def test_what_is_to_be_known_of_times_is_told():
    """Logged late, or perhaps; not known to be there yet; under quorums that need not share a partner; a log's end."""
    source = {"origin": "ledger.b.example", "leaf": 3, "logged": {"by": "2026-11-24T07:00:00Z", "splitQuorums": True}}
    rule = {"type": "rule", "name": "r 1", "outcome": "full", "source": source}
    applies = [rule | {"retroactive": "yes"}, rule | {"retroactive": "undetermined", "known": "undetermined"}]
    institution = {"institution": "B", "outcome": "full", "sentence": "B recognises it.", "applies": applies}
    log = {
        "origin": "ledger.b.example",
        "size": 9,
        "read": "mirror",
        "ageSeconds": 5,
        "successor": "ledger.b.example/2",
    }
    lines = "\n".join(told({"institutions": [institution], "logs": [log]}))
    for said in (
        "it was logged after the day", "it may have been logged after the day", "may not have been logged yet",
        "two quorums of its cosigners need not share a partner",
        "seen 5 s ago, ended: it says that ledger.b.example/2 follows",
    ):  # fmt: skip
        assert said in lines


def test_a_partner_that_could_not_be_read_is_told():
    """Its failure stands beside its log."""
    log = {"origin": "far.example/log", "institution": "far", "read": "unreachable", "size": 0, "failure": "refused"}
    lines = list(told({"institutions": [], "logs": [log]}))
    assert "  log       far.example/log, size 0, never read: refused" in lines
