"""`POST /v1/verdict`: a signed file that its reader verifies with nothing but the node's policy."""

import asyncio

from protocol.verify.checks import Question, run
from protocol.verify.trust import Trust
from protocol.verify.verdict import VERDICT
from tests.node.http.test_queries import COLLEGE, SUBJECT, a_credential, good, sent
from tests.support.nodes import Answer, NodeUnderTest
from tests.support.statements import a_rule, an_institution

PATIENCE = 30
"""Seconds in which an index is shown and a key listed; a second is usual."""


async def ready(node: NodeUnderTest, body: dict) -> Answer:
    """Ask for a verdict until the node's index has caught up with what was just published."""
    async with asyncio.timeout(PATIENCE):
        while (answer := await node.post("/v1/verdict", body)).status == 503:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return answer


async def test_a_verdict_is_signed_and_verifies_offline(running_node):
    """The institution of the node's first log signs; the reader has its key and the college's."""
    await good(running_node.post("/logs/college/v1/rules", a_rule(subject=SUBJECT)))
    refused = await ready(running_node, {"credentials": [{"document": sent(a_credential())}], "institution": COLLEGE})
    assert (refused.status, "institution entry" in refused.json()["detail"]) == (409, True)
    introduced = {name: value for name, value in an_institution().items() if name != "kind"}
    await good(running_node.post("/v1/institutions", introduced))
    achievement = {"scheme": "schac", "value": "uni.example.org", "code": "WAT-204"}
    answer = await ready(running_node, {"achievements": [achievement], "institution": COLLEGE})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/vc")
    keys = [running_node.parts.log(name).verifier for name in ("uni", "college")]
    now = running_node.parts.clock.now()
    report = run(VERDICT, Question(answer.body, Trust.by_keys(keys), at=now))
    assert report.verdict == "verified", "\n".join(report.lines())
    assert report.facts["outcomes"] == {COLLEGE: {"index": "claimed", "outcome": "full"}}
