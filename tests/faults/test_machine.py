"""Any order of submissions, faults, deaths and restarts: no receipt is lost, no leaf given twice, one log.

Hypothesis chooses the order and, when something breaks, shows the shortest that breaks it.
"""

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from node.errors import ConflictError
from node.storage import growth
from tests.support.entries import same_tag, sealed_entries
from tests.support.faulty_database import Fault, FaultyDatabase
from tests.support.own_log import OwnLog

COUNTS = (1, 1, 2, 7, 80, 255, 256, 300)
STATEMENTS = ("step", "step", "step", "commit", "copy", "barrier", "connect", "identity", "tails", "head", "lookup")


class LogMachine(RuleBasedStateMachine):
    """One log, two processes that write it, and a database that fails when told to."""

    dsn: str
    folder: object
    origins: object

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.log = OwnLog(self.dsn, self.folder, next(self.origins), database=FaultyDatabase)
        self.other = OwnLog(self.dsn, self.folder, self.log.origin, promises=self.log.promises)
        self.runner.run(self.log.start())
        self.submitted: dict[str, list[bytes]] = {}

    def fresh(self, count: int) -> tuple[str, list[bytes]]:
        """Return a new request key and new entries."""
        label = f"label {len(self.submitted)}"
        self.submitted[label] = sealed_entries(label, count)
        return label, self.submitted[label]

    @rule(count=st.sampled_from(COUNTS))
    def submit(self, count):
        """Log entries under a request key."""
        key, entries = self.fresh(count)
        self.runner.run(self.log.insist(entries, key))

    @rule(count=st.integers(2, 12))
    def submit_at_once(self, count):
        """Log several things that arrive together."""
        many = [self.fresh(1 + at % 3) for at in range(count)]

        async def all_at_once() -> None:
            await asyncio.gather(*(self.log.insist(entries, key) for key, entries in many))

        self.runner.run(all_at_once())

    @precondition(lambda self: self.submitted)
    @rule(data=st.data())
    def ask_again(self, data):
        """Ask for something logged before; the promise kept of the first answer is compared."""
        key = data.draw(st.sampled_from(sorted(self.submitted)))
        self.runner.run(self.log.insist(self.submitted[key], key))

    @precondition(lambda self: self.submitted)
    @rule(data=st.data())
    def submit_a_duplicate(self, data):
        """Submit another entry with a tag that stands."""
        label = data.draw(st.sampled_from(sorted(self.submitted)))
        with pytest.raises(ConflictError) as refusal:
            self.runner.run(self.log.insist([same_tag(f"{label}/0")], f"duplicate of {label}"))
        assert refusal.value.leaf == self.log.promises.submissions[label][0]

    @rule(fault=st.sampled_from(Fault), name=st.sampled_from(STATEMENTS), skip=st.integers(0, 2))
    def fail(self, fault, name, skip):
        """Let a statement to come fail."""
        self.log.database.arm(fault, name, skip=skip)

    @rule(count=st.sampled_from(COUNTS))
    def other_process_writes(self, count):
        """Let another process log entries."""
        key, entries = self.fresh(count)
        if not self.other.is_running:
            self.runner.run(self.other.start())
        self.runner.run(self.other.insist(entries, key))

    @rule()
    def restart(self):
        """Stop in good order and start."""
        self.runner.run(self.log.restart())

    @rule(count=st.integers(1, 4))
    def die_at_work(self, count):
        """Die with work under way; what had no answer is asked for again."""
        many = [self.fresh(2) for _ in range(count)]

        async def die() -> None:
            waiting = [self.log.enqueue(entries, key) for key, entries in many]
            await asyncio.sleep(0.002 * (count - 1))
            await self.log.die()
            await asyncio.gather(*waiting, return_exceptions=True)
            await self.log.start()
            for key, entries in many:
                await self.log.insist(entries, key)

        self.runner.run(die())

    @invariant()
    def everything_holds(self):
        """Check everything, at every moment."""
        self.runner.run(self.log.check())

    def teardown(self) -> None:
        """Start anew without faults, and check once more."""
        try:
            self.runner.run(self.log.restart())
            self.runner.run(self.log.check())
            self.runner.run(self.log.stop())
            self.runner.run(self.other.stop())
        finally:
            self.runner.run(self.log.die())
            self.runner.run(self.other.die())
            self.runner.close()


@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(8, 8, id="few"), pytest.param(150, 20, id="many", marks=pytest.mark.long)]
)
def test_any_order_of_work_and_faults(faults_dsn, origins, tmp_path, monkeypatch, examples, steps):
    """Whatever the order, each promise is kept."""
    monkeypatch.setattr(growth, "COPY_FROM", 64)
    machine = type("Machine", (LogMachine,), {"dsn": faults_dsn, "folder": tmp_path, "origins": origins})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
