"""A log signs nothing before enough partners have said what they last saw of it, and none has seen more."""

import asyncio

import pytest

from node.config import PolicySettings
from node.errors import UnreachableError
from node.gossip.release import start
from node.gossip.release.policy import release_policy
from node.gossip.release.start import AskedPartner, StartRule
from node.log.follow import open_target
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.merkle import EMPTY_ROOT
from tests.support.clock import FakeClock
from tests.support.examples import seed
from tests.support.fake_mirrors import FakeMirror

SIGNER = Signer("started.example/log", seed("started"))
NAMES = ("alfa", "beta", "gamma", "delta", "epsilon")
ROOTS = {0: EMPTY_ROOT, 5: seed("root at 5"), 10: seed("root at 10")}


def signed(size, root=None):
    """Return a checkpoint of the log, signed by its key."""
    note = sign_checkpoint(Checkpoint(SIGNER.verifier.name, size, root or ROOTS[size]), SIGNER)
    return open_target(note, SIGNER.verifier)


class FakeLog:
    """An own log of some size, as far as the rule looks at it."""

    def __init__(self, size):
        self.size, self.held = size, ""
        self.reader = self
        self.state = self

    @property
    def head(self):
        """The head, which has a size and an origin."""
        return self

    origin = SIGNER.verifier.name

    def hold(self, why):
        """Keep why."""
        self.held = why

    async def root_at(self, size):
        """Return the root hash at a size."""
        return ROOTS[size]


class Partners:
    """Partners that answer what the test says; an exception is raised."""

    def __init__(self, **told):
        self.told = told

    def asked(self):
        """Return them as the rule asks them."""
        return [AskedPartner(name, lambda name=name: self._answer(name)) for name in self.told]

    async def _answer(self, name):
        answer = self.told[name]
        if isinstance(answer, Exception):
            raise answer
        return answer


AWAY = UnreachableError("away")


def rule_of(log, partners, *, quorum, restored=False, alarms=None, closed=""):
    """Return the rule of a log with these partners."""
    settings = [FakeMirror(name, FakeClock()).partner for name in partners.told]
    policy = release_policy(PolicySettings(quorum=quorum), settings, [SIGNER.verifier])
    told = [] if alarms is None else alarms
    return StartRule(
        log,
        partners.asked(),
        policy,
        alarm=lambda kind, *_: told.append(kind),
        all_must_answer=restored,
        must_not_sign=lambda origin: closed,
    )


def answers(count, of=5, answer=None):
    """Return partners of which so many answer, and the rest are away."""
    return Partners(**{name: answer if at < count else AWAY for at, name in enumerate(NAMES[:of])})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Let rounds follow each other at once."""
    monkeypatch.setattr(start, "PAUSES", (0.001,))


@pytest.mark.parametrize(
    ("of", "quorum", "needed"), [(1, 1, 1), (2, 1, 2), (2, 2, 1), (3, 2, 2), (5, 3, 3), (5, 2, 4), (5, 5, 1), (5, 1, 5)]
)
async def test_n_minus_q_plus_one_answers_free_a_log(of, quorum, needed):
    """So many that the silent ones can't have made a quorum: one fewer holds it."""
    log = FakeLog(10)
    partners = answers(needed - 1, of)
    running = asyncio.create_task(rule_of(log, partners, quorum=quorum).run())
    await asyncio.sleep(0.02)
    assert log.held.startswith(start.WAITS)
    assert "away" in log.held
    partners.told[NAMES[needed - 1]] = None
    await asyncio.wait_for(running, 5)
    assert log.held == ""


async def test_after_a_restore_all_have_to_answer():
    """One silent mirror may hold a note that was never released."""
    log, partners = FakeLog(10), answers(4)
    running = asyncio.create_task(rule_of(log, partners, quorum=2, restored=True).run())
    await asyncio.sleep(0.02)
    assert "all of them after a restore" in log.held
    partners.told["epsilon"] = signed(5)
    await asyncio.wait_for(running, 5)


async def test_a_partner_that_has_seen_more_holds_the_log_until_it_is_recovered():
    """What is missing is said with the way out; once the entries are back, the log goes on by itself."""
    log, partners, alarms = FakeLog(5), answers(5), []
    partners.told["gamma"] = signed(10)
    running = asyncio.create_task(rule_of(log, partners, quorum=3, alarms=alarms).run())
    await asyncio.sleep(0.02)
    assert log.held == "gamma has seen 10 entries of it under its own signature, and 5 are here; run `nostra recover`"
    assert "behind" in alarms
    log.size = 10
    await asyncio.wait_for(running, 5)
    assert log.held == ""


async def test_a_log_that_was_behind_waits_for_all():
    """That a partner has seen more shows a restore: then one silent mirror may hold a note beyond what came back."""
    log, partners = FakeLog(5), answers(4)
    partners.told["gamma"] = signed(10)
    running = asyncio.create_task(rule_of(log, partners, quorum=2).run())
    await asyncio.sleep(0.02)
    log.size = 10
    await asyncio.sleep(0.02)
    assert "all of them after a restore" in log.held
    partners.told["epsilon"] = None
    await asyncio.wait_for(running, 5)


@pytest.mark.parametrize("size", [5, 10])
async def test_another_tree_under_our_key_is_never_signed_upon(size):
    """A fork can't be mended: the log stays held and the alarm says so."""
    log, partners, alarms = FakeLog(10), answers(5), []
    partners.told["beta"] = signed(size, seed("another root"))
    running = asyncio.create_task(rule_of(log, partners, quorum=3, alarms=alarms).run())
    await asyncio.sleep(0.02)
    assert "this log is closed" in log.held
    assert "forked" in alarms
    running.cancel()


async def test_an_operator_can_override():
    """The word of an operator frees the log, whatever is missing."""
    log = FakeLog(10)
    rule_of(log, answers(0), quorum=3).override()
    assert log.held == ""


async def test_a_log_that_is_closed_for_good_is_freed_by_nobody():
    """Neither by the answers of all partners nor by an operator's word."""
    log = FakeLog(10)
    rule = rule_of(log, answers(5), quorum=3, closed="it has shown two histories")
    running = asyncio.create_task(rule.run())
    await asyncio.sleep(0.02)
    rule.override()
    assert (running.done(), log.held) == (False, "it has shown two histories")
    running.cancel()
