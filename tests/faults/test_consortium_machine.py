"""Any order of submissions, cuts, losses, wrong clocks, restarts and lies among whole nodes: only liars are convicted.

Hypothesis chooses the order. At every moment: nobody honest is convicted, nothing is shown without the lines of its
quorum, what is shown only grows. Once the network heals, all agree, and whoever has shown two of them histories that
can't both be true is convicted at all of them; if it hasn't, it isn't.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from node.config.partner_sections import PartnerSettings
from protocol.log.checkpoint import open_checkpoint
from tests.support.check_everything import roots_at
from tests.support.entries import sealed_entries
from tests.support.linked_nodes import serving
from tests.support.network import Network
from tests.support.networked_nodes import networked_nodes
from tests.support.postgres import DatabaseServer
from tests.support.static_log import StaticLog

NAMES = ("alfa", "beta", "gamma")
LIAR = "liar.example/log"
SIDES = ("one", "other")
COMMON = 5

names = st.sampled_from(NAMES)


class ConsortiumMachine(RuleBasedStateMachine):
    """Three whole nodes, each released by two partners, or one; and a partner who may show each of them another log."""

    server: DatabaseServer
    folder: Path
    examples = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).examples += 1
        self.place = self.folder / f"example-{self.examples}"
        self.runner, self.opened = asyncio.Runner(), AsyncExitStack()
        self.labels = 0
        self.grown: dict[tuple[str, str], int] = {}
        self.sides = {side: self._side(side) for side in SIDES}
        self.shown = dict.fromkeys(NAMES, "one")

    def _side(self, name: str) -> StaticLog:
        folder = self.place / "liar" / name
        folder.mkdir(parents=True)
        log = StaticLog(folder, LIAR)
        log.append(sealed_entries("true", COMMON))
        return log

    @initialize(quorum=st.sampled_from([1, 1, 2]), seed=st.integers(0, 1000))
    def begin(self, quorum, seed):
        """Start the nodes."""
        self.runner.run(self._begin(quorum, seed))

    async def _begin(self, quorum: int, seed: int) -> None:
        self.network = await self.opened.enter_async_context(Network(seed=seed, patience=0.1))
        self.network.serve("liar", lambda asked: serving(self.sides[self.shown[asked.source]].folder)(asked))
        liar = PartnerSettings("liar", LIAR, self.sides["one"].signer.verifier, self.network.url("liar"))
        made = networked_nodes(self.network, self.server, self.place, NAMES, quorum=quorum, others=[liar])
        self.nodes = await self.opened.enter_async_context(made)
        await asyncio.gather(*(self.nodes.log(name, f"{name} first", 1) for name in NAMES))

    @rule(name=names, count=st.sampled_from([1, 3, 300]))
    def submit(self, name, count):
        """Log entries; whoever is told to come again is told so."""
        self.labels += 1
        self.runner.run(self.nodes.submit(name, f"label {self.labels}", count))

    @rule(name=names, silent=st.booleans())
    def cut_off(self, name, silent):
        """Cut one node off from all."""
        self.network.isolate(name, silent=silent)

    @rule(name=names)
    def cut_between(self, name):
        """Cut one node off from the honest; the liar still reaches it."""
        self.network.partition([name], [one for one in NAMES if one != name])

    @rule(lost=st.sampled_from([0.1, 0.3]), twice=st.sampled_from([0, 0.5]), late=st.sampled_from([0, 0.05]))
    def weather(self, lost, twice, late):
        """Let some be lost, late or doubled, everywhere."""
        self.network.everywhere(lost=lost, unanswered=lost, twice=twice, seconds=(0, late))

    @rule()
    def heal(self):
        """Let the network be well."""
        self.network.heal()

    @rule(name=names, skew=st.sampled_from([0, 200, 400, -400]))
    def set_clock(self, name, skew):
        """Set a node's clock wrong, or right."""
        self.nodes.clocks[name].skew = skew

    @rule(name=names)
    def restart(self, name):
        """Stop a node in good order and start it."""
        self.runner.run(self.nodes.stop(name))
        self.runner.run(self.nodes.start(name))

    @rule(side=st.sampled_from(SIDES), count=st.sampled_from([1, 2, 260]))
    def liar_grows(self, side, count):
        """Let one of the liar's histories grow."""
        log = self.sides[side]
        log.append([*sealed_entries(f"{side} {len(log.entries)}", count)])

    @rule(name=names, side=st.sampled_from(SIDES))
    def liar_shows(self, name, side):
        """Let a node be shown one of the liar's histories."""
        self.shown[name] = side
        self.runner.run(self._look(name))

    async def _look(self, name: str) -> None:
        await self.nodes.node(name).parts.mirrors.refresh(LIAR)

    @rule(seconds=st.sampled_from([0.2, 1.2]))
    def pass_time(self, seconds):
        """Let time pass."""
        self.runner.run(asyncio.sleep(seconds))

    @invariant()
    def nobody_honest_is_convicted_and_what_is_shown_is_held(self):
        """Check every node, at every moment."""
        for name in NAMES if hasattr(self, "nodes") else ():
            parts = self.nodes.node(name).parts
            assert set(parts.gossip.convictions.origins()) <= {LIAR}
            for of in NAMES:
                reader = parts.log(None).reader if of == name else parts.mirrors.of(self.nodes.origin(of)).reader
                published = None if reader is None else reader.state.published
                size = 0 if published is None else published.size
                assert size >= self.grown.get((name, of), 0), f"{name} shows less of {of} than before"
                self.grown[name, of] = size
                if size:
                    self.nodes.members[of].promises.observe(published.note)
                if size and of == name:  # a mirror may show what another mirror holds, which isn't released yet
                    policy = parts.log(None).releaser.policy
                    assert policy.quorum_time(published.note) is not None, f"{name} is shown without its quorum"

    def teardown(self) -> None:
        """Heal, and check that all agree, about the liar too."""
        try:
            if hasattr(self, "nodes"):
                self.runner.run(self._end())
        finally:
            self.runner.run(self.opened.aclose())
            self.runner.close()

    async def _end(self) -> None:
        self.network.heal()
        for name in NAMES:
            self.nodes.clocks[name].skew = 0
        await self.nodes.all_agree(guilty=[LIAR])
        await asyncio.gather(*map(self._look, NAMES))
        convictions = [self.nodes.node(name).parts.gossip.convictions for name in NAMES]
        if self._contradict(self._held_or_shown()):
            await self.nodes.eventually(
                lambda: all(one.is_convicted(LIAR) for one in convictions), "a lie is not found"
            )
        if not self._contradict(self._ever_seen()):
            assert not any(one.is_convicted(LIAR) for one in convictions)

    def _held_or_shown(self) -> set[tuple[int, bytes]]:
        """Return what the nodes hold of the liar's log, or are shown of it now."""
        notes = {(log._edge.size, log._edge.root()) for log in (self.sides[self.shown[name]] for name in NAMES)}
        for name in NAMES:
            reader = self.nodes.node(name).parts.mirrors.of(LIAR).reader
            if reader is not None and reader.state.published is not None:
                notes.add((reader.state.published.size, reader.state.published.root))
        return notes

    def _ever_seen(self) -> set[tuple[int, bytes]]:
        """Return all checkpoints that the liar has shown to anybody."""
        shown = [
            one.answer.body
            for one in self.network.exchanges
            if (one.asked.target, one.asked.path) == ("liar", "/checkpoint") and one.answer is not None
        ]
        opened = [open_checkpoint(note, [self.sides["one"].signer.verifier])[0] for note in shown]
        return {(one.size, one.root) for one in opened}

    def _contradict(self, notes: set[tuple[int, bytes]]) -> bool:
        """Whether neither of the liar's histories has all of these checkpoints."""
        sizes = {size for size, _ in notes}
        return not any(
            all(roots.get(size) == root for size, root in notes)
            for roots in (roots_at(log.entries, sizes) for log in self.sides.values())
        )


@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(2, 8, id="few"), pytest.param(40, 16, id="many", marks=pytest.mark.long)]
)
def test_any_order_of_faults_and_lies(database_server, tmp_path, examples, steps):
    """Whatever the order, all agree in the end, and about who lied."""
    machine = type("Machine", (ConsortiumMachine,), {"server": database_server, "folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[Phase.generate],  # the time that others take is part of the order: a second run is another one
            suppress_health_check=list(HealthCheck),
        ),
    )
