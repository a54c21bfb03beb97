"""Rules and decisions as the answer shows them."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from node.recognition.answer import Amount, Applied, Other
from node.recognition.logs.log_view import LogView
from protocol.encoding.wire import b64url
from protocol.recognition.achievement import Credits
from protocol.recognition.decision import Decision
from protocol.recognition.effect import Effect
from protocol.recognition.logged import Retroactive
from protocol.recognition.match import Covers
from protocol.recognition.rules_asked import FoundRule
from protocol.recognition.sealed import DecisionStatement, opening_key
from protocol.recognition.shape import members
from protocol.recognition.standing import Link
from protocol.recognition.words import DecisionOutcome


async def applied_rule(view: LogView, found: FoundRule, covers: Covers, purpose: str) -> Applied:
    """Return a rule that applies."""
    rule = found.rule
    effect = rule.effect if isinstance(rule.effect, Effect) else None
    return Applied(
        type="rule",
        outcome=rule.outcome,
        purpose=purpose,
        name=found.name,
        credits=amount_of(effect.credits if effect else None),
        effect=_plain(effect),
        scope=_plain(rule.scope),
        limits=covers.limits,
        basis=_plain(rule.basis),
        criteria=_plain(rule.criteria),
        grounds=_all_plain(members(rule.grounds)),
        conditions=_all_plain(members(rule.conditions)),
        appeal=_plain(rule.appeal),
        since=rule.valid_from,
        until=rule.valid_until if isinstance(rule.valid_until, str) else "",
        applies_by=rule.applies_by,
        on=found.state.on,
        retroactive=await _retroactive(view, found.leaf, found.state.on),
        known="undetermined" if found.then == "undetermined" else "already",
        source=await view.source(found.leaf),
    )


async def applied_decision(
    view: LogView, key: bytes, link: Link[DecisionStatement], decision: Decision | None, *, at: str
) -> Applied:
    """Return a decision that stands, as of a date; its document is known to whoever decided, or was given it."""
    said = link.said
    assert said is not None  # noqa: S101 - what stands was read
    opening: dict[str, Any] = {
        "number": said.number, "key": b64url(opening_key(key, said.number)), "act": said.act,
        "outcome": said.outcome, "purpose": said.purpose, "replaces": said.replaces,
    }  # fmt: skip
    source = await view.source(link.leaf, opening=opening)
    name, outcome = str(said.number), cast(DecisionOutcome, said.outcome)
    retroactive = await _retroactive(view, link.leaf, at)
    if decision is None:
        return Applied(
            type="decision", outcome=outcome, purpose=said.purpose, name=name, retroactive=retroactive, source=source
        )
    granted = next((one.granted for one in decision.mapping if isinstance(one.granted, Effect)), None)
    return Applied(
        type="decision",
        outcome=outcome,
        purpose=said.purpose,
        name=f"{name} (file {decision.file_number})",
        credits=amount_of(granted.credits if granted else None),
        effect=_plain(granted),
        scope=_plain(decision.scope),
        basis=_plain(decision.basis),
        criteria=_plain(decision.criteria),
        grounds=_all_plain(members(decision.grounds)),
        conditions=_all_plain(members(decision.conditions)),
        appeal=_plain(decision.appeal),
        since=decision.dates.effective,
        retroactive=retroactive,
        source=source,
    )


def other_rule(found: FoundRule, why: str) -> Other:
    """Return a rule that speaks of what is asked and doesn't apply."""
    rule = found.rule
    return Other(name=found.name, outcome=rule.outcome, state=found.state.state, why=why, leaf=found.leaf)


def amount_of(credits: object) -> Amount | None:
    """Return credits as the answer shows them."""
    return Amount(credits.points, credits.system) if isinstance(credits, Credits) else None


async def _retroactive(view: LogView, leaf: int, on: str) -> Retroactive:
    """Whether an entry was logged after the date that counts for it: it couldn't be known by then."""
    return (await view.logged(leaf)).retroactive(on)


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else None


def _all_plain(values: Sequence[msgspec.Struct]) -> tuple[Any, ...]:
    return tuple(msgspec.to_builtins(one) for one in values)
