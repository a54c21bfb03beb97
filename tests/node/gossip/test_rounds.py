"""Only closed rounds are judged, with a grace: who was slow once doesn't look missing."""

import pytest

from node.config.partner_sections import PartnerSettings
from node.gossip.exchange.rounds import KEPT, Rounds, letters
from node.gossip.exchange.sight import Sight
from node.gossip.partners.nodes import partner_nodes
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.log.checkpoint import Checkpoint
from tests.support.clock import FakeClock

OURS = "ours.example/log"
INTERVAL = 60


def a_partner(name, url="", *, mirrors=True):
    """Return a partner's settings."""
    origin = f"{name}.example/log"
    keys = (Signer(f"{origin}/mirror", b"\2" * 32, COSIGNATURE).verifier,) if mirrors else ()
    return PartnerSettings(name, origin, Signer(origin, b"\1" * 32).verifier, url or f"https://{name}.example", keys)


class Judging:
    """Rounds of a node with partners, and what it can be told."""

    def __init__(self, *partners):
        self.clock = FakeClock()
        self.size = 10
        self.doubtful, self.reached, self.margins = set(), {}, []
        self.sights = [Sight(node) for node in partner_nodes(partners)]
        self.rounds = Rounds(
            sights=self.sights,
            clock=self.clock,
            released=lambda: {OURS: self.size},
            is_doubtful=self.doubtful.__contains__,
            reached_at=self.reached.get,
            to_spare=lambda names: len(names) - 2,
            on_margin=self.margins.append,
        )

    def exchange(self, at=0, size=None):
        """Let a partner exchange well, and tell the size that it has of our log."""
        told = [Checkpoint(OURS, self.size if size is None else size, b"\0" * 32)]
        self.sights[at].went_well(told, now=self.clock.now(), monotonic=self.clock.monotonic())

    def close(self):
        """End a round."""
        self.rounds.close()
        self.clock.advance(INTERVAL)

    def row(self, at=0):
        """Return the rounds of a partner as letters."""
        return letters(self.rounds.states(self.sights[at].node.name))


def test_nothing_is_judged_before_a_round_and_its_grace_are_over():
    """At a start nobody is missing."""
    here = Judging(a_partner("uni"))
    for _ in range(2):
        here.close()
    assert (here.row(), here.rounds.margin, here.rounds.closed_at) == ("", None, None)
    here.close()
    assert here.row() == "M"


def test_each_state_in_turn():
    """Agrees, lags, disagrees, missing, and back: each round by what was told in it and in the one after it."""
    here = Judging(a_partner("uni"))
    steps = [
        lambda: here.exchange(),
        lambda: here.exchange(),
        lambda: here.exchange(),
        lambda: setattr(here, "size", 20),
        lambda: here.exchange(size=10),
        lambda: here.exchange(size=10),
        lambda: here.exchange(size=20),
        lambda: here.doubtful.add("uni.example/log"),
        lambda: here.doubtful.clear(),
        lambda: None,
        lambda: None,
        lambda: here.exchange(),
    ]
    for step in steps:
        step()
        here.close()
    assert here.row() == "AAALADAMMA"


@pytest.mark.parametrize(("slow", "expected"), [(1, "A"), (59, "A"), (61, "A"), (119, "A")])
def test_a_slow_exchange_within_the_grace_is_no_miss(slow, expected):
    """The round lasts 60 seconds, the grace 60 more."""
    here = Judging(a_partner("uni"))
    here.rounds.close()
    here.clock.advance(slow)
    here.exchange()
    here.clock.advance(INTERVAL - slow)
    here.rounds.close()
    here.clock.advance(INTERVAL)
    here.rounds.close()
    assert here.row() == expected


def test_what_is_released_within_a_round_makes_nobody_lag():
    """Judged by what was released when the round began."""
    here = Judging(a_partner("uni"))
    here.close()
    here.size = 1000
    here.exchange(size=10)
    here.close()
    here.close()
    assert here.row() == "A"


def test_a_partner_that_does_not_hold_our_log_cannot_lag():
    """Without mirror keys it is followed, and not asked to hold anything."""
    here = Judging(a_partner("uni", mirrors=False))
    for _ in range(3):
        here.exchange(size=0)
        here.close()
    assert here.row() == "A"


def test_a_plain_log_is_judged_by_whether_it_is_reached():
    """Another program's log has no gossip to miss."""
    here = Judging(a_partner("uni"))
    for _ in range(4):
        here.sights[0].failed("404", no_gossip=True)
        here.close()
    assert here.row() == "MM"
    for _ in range(3):
        here.reached["uni.example/log"] = here.clock.now()
        here.close()
    assert here.row() == "MMAAA"


def test_the_margin_counts_who_agrees():
    """And is told at each judgement."""
    here = Judging(*(a_partner(name) for name in ("a", "b", "c")))
    for who in ((0, 1, 2), (0, 1, 2), (0, 1, 2), (0,), (0,), ()):
        for at in who:
            here.exchange(at)
        here.close()
    assert (here.margins, here.rounds.margin) == ([1, 1, 1, -1], -1)


def test_several_logs_of_one_node_are_one_partner():
    """Gossip goes from node to node, and each of its logs can make it disagree."""
    here = Judging(a_partner("one", "https://host.example"), a_partner("two", "https://host.example/logs/two"))
    assert [sight.node.name for sight in here.sights] == ["one"]
    here.doubtful.add("two.example/log")
    for _ in range(3):
        here.exchange()
        here.close()
    assert here.row() == "D"


def test_only_the_last_rounds_are_kept():
    """A node that runs for years shows as many as fit a line."""
    here = Judging(a_partner("uni"))
    for _ in range(5 * KEPT):
        here.close()
    assert here.row() == "M" * KEPT
