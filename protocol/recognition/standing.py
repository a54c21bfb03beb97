"""What stands, from the links of a chain that were found: pure rules, the same in whatever order links arrived.

- Order counts. Of several entries under one tag the lowest leaf counts, and more is a fault that is shown. Entry n
  counts only if its leaf index exceeds that of n−1, and entry 1 only above the award's, where the award stands in
  the same log.
- A gap, an entry out of order and a statement that can't be read make what stands *unknown*: never good standing.
- Of an award the last status holds, and `closed` for good: from there on nothing is said. A status entered twice leaves
  its standing *unknown* as well: a log that says two things of one person is believed neither.
- Of decisions, every one stands that no later one replaced, annulled or withdrew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from protocol.recognition.sealed import DecisionStatement

AwardStanding = Literal["good", "suspended", "revoked", "superseded", "unknown"]

Said = TypeVar("Said", str, DecisionStatement)

_STANDING_AFTER: Final[dict[str, AwardStanding]] = {
    "reinstated": "good",
    "suspended": "suspended",
    "revoked": "revoked",
    "superseded": "superseded",
    "closed": "unknown",
}


@dataclass(frozen=True, slots=True)
class Link(Generic[Said]):
    """One entry found under a chain's tag: its number, its leaf index, and what it says; None if that can't be read."""

    number: int
    leaf: int
    said: Said | None


@dataclass(frozen=True, slots=True)
class Chain(Generic[Said]):
    """The links that count, in their order, and what is wrong with the rest."""

    links: tuple[Link[Said], ...]
    broken: str = ""
    """Why nothing can be relied on behind these links; empty if all were read."""
    faults: tuple[str, ...] = ()
    """What is wrong without changing what stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an awarding log says of an award today."""

    standing: AwardStanding
    why: str
    links: tuple[Link[str], ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StandingDecisions:
    """The decisions that stand; `unknown` says why the list can't be relied on."""

    decisions: tuple[Link[DecisionStatement], ...]
    unknown: str = ""
    faults: tuple[str, ...] = ()


def in_order(found: Iterable[Link[Said]], *, above: int = -1) -> Chain[Said]:
    """Return the links that count among those found; link 1 has to stand above the leaf `above`."""
    lowest: dict[int, Link[Said]] = {}
    faults = set()
    for link in found:
        other = lowest.get(link.number)
        if other is not None and other.leaf != link.leaf:
            faults.add(f"link {link.number} was entered more than once: the lowest leaf counts")
        if other is None or link.leaf < other.leaf:
            lowest[link.number] = link
    links: list[Link[Said]] = []
    broken = ""
    for number in range(1, max(lowest, default=0) + 1):
        if broken := _breaks(lowest.get(number), number, above):
            break
        links.append(lowest[number])
        above = lowest[number].leaf
    return Chain(tuple(links), broken, tuple(sorted(faults)))


def _breaks(link: Link[Said] | None, number: int, above: int) -> str:
    if link is None:
        return f"link {number} is missing and a later one is there"
    if link.leaf <= above:
        return f"link {number} stands before what it follows"
    return f"what link {number} says can't be read" if link.said is None else ""


def award_standing(found: Iterable[Link[str]], award_leaf: int) -> Standing:
    """Return the standing of an award that stands at this leaf of the same log."""
    chain = in_order(found, above=award_leaf)
    said = [link.said for link in chain.links if link.said is not None]
    if chain.broken:
        return Standing("unknown", chain.broken, chain.links, chain.faults)
    if chain.faults:
        return Standing("unknown", chain.faults[0], chain.links, chain.faults)
    if "closed" in said:
        return Standing("unknown", "the awarding institution says nothing on it any more", chain.links, chain.faults)
    if not said:
        return Standing("good", "no change of its status was entered", chain.links, chain.faults)
    return Standing(_STANDING_AFTER[said[-1]], f"the last status entered is '{said[-1]}'", chain.links, chain.faults)


def standing_decisions(found: Sequence[Link[DecisionStatement]]) -> StandingDecisions:
    """Return the decisions that stand."""
    chain = in_order(found)
    standing: dict[int, Link[DecisionStatement]] = {}
    for link in chain.links:
        if link.said is None:
            continue
        if link.said.replaces:
            standing.pop(link.said.replaces, None)
        if link.said.act in ("decided", "replaced"):
            standing[link.number] = link
    return StandingDecisions(tuple(standing.values()), chain.broken, chain.faults)
