"""Live, ready, fresh: three answers, each with its reasons."""

import pytest

from node.http.health import Health
from tests.support.clock import FakeClock
from tests.support.nodes import make_config, node_running

UNREACHABLE = """\
[[partner]]
name = "partner"
origin = "ledger.partner.example/nostra"
verifier_key = "ledger.partner.example/nostra+a7214e75+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
url = "http://127.0.0.1:9"
"""


@pytest.mark.parametrize("path", ["live", "ready", "fresh"])
async def test_a_node_alone_is_well(running_node, path):
    """A node that has started and follows nobody is live, ready and fresh, on either listener."""
    for internal in (False, True):
        answer = await running_node.get(f"/health/{path}", internal=internal)
        assert (answer.status, answer.json(), answer.headers["Cache-Control"]) == (200, {"ok": True}, "no-store")


async def test_a_stopping_node_is_not_ready_and_says_so(running_node):
    """A balancer stops sending before the listeners close."""
    running_node.parts.health.stopping()
    answer = await running_node.get("/health/ready")
    assert (answer.status, answer.code, answer.json()["detail"]) == (503, "not-ready", "the node is stopping")
    assert (await running_node.get("/health/live")).status == 200


async def test_a_partner_never_seen_makes_the_node_not_fresh(tmp_path, dsn):
    """Which log, and since when, stands in the detail; the node stays ready."""
    config = make_config(tmp_path / "node", dsn, more=UNREACHABLE)
    async with node_running(config, clock=FakeClock()) as node:
        answer = await node.get("/health/fresh")
        assert (answer.status, answer.code) == (503, "not-fresh")
        assert answer.json()["detail"] == "the log ledger.partner.example/nostra was last seen never"
        assert (await node.get("/health/ready")).status == 200


def test_reasons_add_up():
    """Every source of reasons is heard, and the state comes first."""
    health = Health()
    health.ready_if(lambda: ["the disk is full"])
    health.fresh_if(lambda: ["a"])
    health.fresh_if(lambda: ["b"])
    assert health.not_ready() == ["the node is starting", "the disk is full"]
    health.started()
    assert health.not_ready() == ["the disk is full"]
    assert health.not_fresh() == ["a", "b"]
