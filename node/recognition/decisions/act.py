"""What is to be entered for a decision: one act, under the chain of each credential."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from node.recognition.decisions.record import CaseRecord, by_case_request, by_decision, by_file_number, by_key
from node.recognition.records.private_records import Lookup
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.recognition.decision import Decision, render_decision
from protocol.recognition.sealed import DecisionStatement


@dataclass(frozen=True, slots=True)
class Chain:
    """A credential's chain, and which decision of it is replaced or taken back; 0 for none."""

    credential: bytes
    key: bytes
    own: bool
    replaces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is to be entered under each chain."""

    act: str
    chains: tuple[Chain, ...]
    decision: Decision | None
    lookups: tuple[Lookup, ...]

    @property
    def document(self) -> bytes | None:
        """The decision document's canonical bytes."""
        return None if self.decision is None else render_decision(self.decision)

    @property
    def digest(self) -> bytes:
        """What tells the same request from another: not the keys that were drawn, nor the order of credentials."""
        document = hashlib.sha256(self.document or b"").digest()
        told = [self.act, b64url(document), *sorted([b64url(one.credential), one.replaces] for one in self.chains)]
        return hashlib.sha256(canonical.encode(told)).digest()

    def statement(self, number: int, replaces: int) -> DecisionStatement:
        """Return what the entry says as decision `number` of a chain."""
        outcome, purpose = (self.decision.outcome, self.decision.purpose) if self.decision else ("", "")
        return DecisionStatement(number, self.act, outcome, purpose, replaces)


def act_of(
    act: str, chains: Sequence[Chain], decision: Decision | None, lookups: Sequence[Lookup], request_key: str | None
) -> Act:
    """Return the act, with all that its record is found by."""
    found = [*lookups, *(by_key(chain.key) for chain in chains)]
    if decision is not None:
        found += [by_decision(decision.id), by_file_number(decision.file_number)]
    if request_key is not None:
        found.append(by_case_request(request_key))
    return Act(act=act, chains=tuple(chains), decision=decision, lookups=tuple(dict.fromkeys(found)))


def chains_of(before: CaseRecord) -> list[Chain]:
    """Return the chains of an earlier decision, each saying what is replaced."""
    return [Chain(link.credential, link.key, link.own, link.statement.number) for link in before.links]
