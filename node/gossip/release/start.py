"""Before a log signs anything after a start, its partners say what they last saw of it.

A node that was restored from a copy, or that lost its last commits with a disk, looks healthy to itself and would sign
a second history. What it signed before is known to its partners: so the log is held until so many of them have answered
that the silent ones alone can't have made a quorum, and none has seen more than is here. After a restore all have to
answer, since one mirror may hold a note that was never released. That a partner knows nothing of the log is an answer.
Answering never waits, so nodes that start together free each other.

Only a note that our own key signed counts against us: no partner can stop a log by claiming that it saw more.

What has been seen and isn't here is brought back by `nostra recover`, in another process: the rule looks again and
again at where the log stands, and lifts by itself. A note that our tree doesn't agree with can't be mended: that log is
closed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from node.errors import NodeError
from node.gossip.release.policy import ReleasePolicy
from node.log.follow import Target
from node.log.sequence import Sequencer
from node.telemetry import event, warn

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between rounds of asking; the last one repeats."""

WAITS: Final = "it waits for partners to say what they last saw of it"

AskPartner = Callable[[], Awaitable[Target | None]]
"""Returns the newest checkpoint of ours that a partner has seen, signed by our key; None if it knows nothing of us."""

Alarm = Callable[[str, str, str], None]
"""Tells an alarm: its kind, the origin it is about, and the details."""


@dataclass(frozen=True, slots=True)
class AskedPartner:
    """A partner whose mirror counts, and how it is asked."""

    name: str
    ask: AskPartner


class StartRule:
    """Holds one own log until it may sign."""

    def __init__(
        self,
        log: Sequencer,
        partners: Sequence[AskedPartner],
        policy: ReleasePolicy,
        *,
        alarm: Alarm,
        all_must_answer: bool = False,
        must_not_sign: Callable[[str], str] = lambda origin: "",
    ) -> None:
        """Hold the log; `run` frees it, unless `must_not_sign` gives a reason why it is closed for good."""
        self._log = log
        self._partners = partners
        self._policy = policy
        self._alarm = alarm
        self._all = all_must_answer
        self._must_not_sign = must_not_sign
        self._seen: dict[str, Target | None] = {}
        self._failures: dict[str, str] = {}
        log.hold(WAITS)

    async def run(self) -> None:
        """Return once the log may sign; until then say why it may not."""
        attempt = 0
        while (reason := await self._reason()) is not None:
            if reason != self._log.held:
                self._log.hold(reason)
                warn("log_held", log=self._origin, reason=reason)
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1
        self._free()
        event("log_may_sign", log=self._origin, answers=len(self._seen), silent=len(self._failures))

    def override(self) -> None:
        """Free the log by an operator's word, whatever partners may have seen: the word is logged."""
        warn("log_signs_unasked", log=self._origin, answers=len(self._seen))
        self._free()

    def _free(self) -> None:
        self._log.hold(self._must_not_sign(self._origin))

    @property
    def _origin(self) -> str:
        return self._log.reader.state.head.origin

    async def _reason(self) -> str | None:
        """Return why the log may not sign; None if it may."""
        if closed := self._must_not_sign(self._origin):
            return closed
        silent = [partner for partner in self._partners if partner.name not in self._seen]
        await asyncio.gather(*(self._ask(partner) for partner in silent))
        for name, target in self._seen.items():
            if target is not None and (against := await self._against(name, target)):
                return against
        missing = [partner.name for partner in self._partners if partner.name not in self._seen]
        if missing and (self._all or self._policy.suffice(missing)):
            why = "; ".join(f"{name}: {self._failures.get(name, 'not asked yet')}" for name in missing)
            return f"{WAITS}, {'all of them after a restore' if self._all else 'and too few have'} ({why})"
        return None

    async def _ask(self, partner: AskedPartner) -> None:
        try:
            self._seen[partner.name] = await partner.ask()
            self._failures.pop(partner.name, None)
        except NodeError as error:
            self._failures[partner.name] = str(error)[:200]

    async def _against(self, name: str, target: Target) -> str | None:
        """Return what a checkpoint of ours that a partner has seen says against signing; None if nothing."""
        checkpoint, reader = target.checkpoint, self._log.reader
        head = reader.state.head
        if checkpoint.size > head.size:
            # What is here is older than what was: a restore, whether or not anybody said so.
            self._all = True
            self._alarm("behind", self._origin, f"{name} has seen size {checkpoint.size}, {head.size} is here")
            return (
                f"{name} has seen {checkpoint.size} entries of it under its own signature, and {head.size} are here; "
                "run `nostra recover`"
            )
        if await reader.root_at(checkpoint.size) != checkpoint.root:
            self._alarm("forked", self._origin, f"{name} has another tree of size {checkpoint.size}, signed by our key")
            return (
                f"{name} has another tree of size {checkpoint.size} under its own signature: this log is closed, and "
                "another origin has to follow it"
            )
        return None
