"""`nostra ask --verdict FILE`: a signed file, which `nostra verify` verifies with the logs' keys alone."""

import asyncio
import json

from tests.node.cli.test_ask import BY_NAME, nostra
from tests.node.http.test_queries import SUBJECT, good
from tests.support.statements import a_rule, an_institution

PATIENCE = 60
"""Seconds in which the indexes are shown and the key is listed; a second is usual."""


async def test_a_verdict_is_written_once_and_verifies_by_the_logs_keys(running_node, tmp_path):
    """What all say stands in the terminal too; a file that is there is never written over."""
    await good(running_node.post("/logs/college/v1/rules", a_rule(subject=SUBJECT)))
    await good(running_node.post("/v1/institutions", {k: v for k, v in an_institution().items() if k != "kind"}))
    file = tmp_path / "water.nostra-verdict.json"
    asking = ("ask", *BY_NAME, "--verdict", str(file), "--node", running_node.internal_url)
    async with asyncio.timeout(PATIENCE):
        code = 1
        while code:
            code, out, err = await nostra(*asking, token=running_node.token)
            assert code == 0 or not file.exists(), err
    assert "full" in out
    assert "Signed by " in out
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_bytes())["type"] == ["VerifiableCredential", "RecognitionVerdict"]
    keys = [
        option for name in ("uni", "college") for option in ("--key", running_node.parts.log(name).verifier.render())
    ]
    code, out, err = await nostra("verify", str(file), *keys)
    assert (code, err) == (0, "")
    assert "by rule northlake-water 1" in out
    assert out.endswith("verdict: verified\n")
    code, _, err = await nostra(*asking, token=running_node.token)
    assert code != 0
    assert "is there already" in err


async def test_it_is_asked_as_of_a_date_and_as_known_at_a_date(running_node, tmp_path):
    """A node alone has only its own clock, and the file says so; what will be known is refused, and writes nothing."""
    await good(running_node.post("/logs/college/v1/rules", a_rule(subject=SUBJECT)))
    await good(running_node.post("/v1/institutions", {k: v for k, v in an_institution().items() if k != "kind"}))
    file, today = tmp_path / "known.nostra-verdict.json", running_node.parts.clock.today()
    asking = ("ask", *BY_NAME, "--verdict", str(file), "--node", running_node.internal_url, "--at", "2026-07-01")
    async with asyncio.timeout(PATIENCE):
        code = 1
        while code:
            code, out, err = await nostra(*asking, "--known", today, token=running_node.token)
            assert code == 0 or not file.exists(), err
    assert f"By what had been logged by {today}" in out
    assert "by the law of 2026-07-01" in out
    keys = [
        option for name in ("uni", "college") for option in ("--key", running_node.parts.log(name).verifier.render())
    ]
    code, out, _ = await nostra("verify", str(file), *keys)
    assert code == 0
    assert f"as far as it had been logged by {today}" in out
    assert "answering node's clock alone" in out
    other = ("ask", *BY_NAME, "--verdict", str(tmp_path / "x"), "--node", running_node.internal_url)
    code, _, err = await nostra(*other, "--known", "2999-01-01", token=running_node.token)
    assert (code != 0, "lies ahead" in err, (tmp_path / "x").exists()) == (True, True, False)
