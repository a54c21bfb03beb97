"""Side by side: ours and the peer's take turns, so that a slow minute of the machine slows both."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians over the rounds; the ratio is the median of the rounds' ratios, not the ratio of the medians."""

    ours: float
    peer: float | None
    ratio: float | None


def alternate(ours: Callable[[], float], peer: Callable[[], float] | None, say: Callable[[str], None]) -> Comparison:
    """Measure both in turn for so many rounds; without a peer, ours alone."""
    own_figures, peer_figures = [], []
    for number in range(1, ROUNDS + 1):
        own_figures.append(ours())
        if peer is not None:
            peer_figures.append(peer())
        beside = f" beside {peer_figures[-1]:,.0f}" if peer_figures else ""
        say(f"round {number} of {ROUNDS}: {own_figures[-1]:,.0f}{beside}")
    if not peer_figures:
        return Comparison(median(own_figures), None, None)
    ratios = [own / other for own, other in zip(own_figures, peer_figures, strict=True)]
    return Comparison(median(own_figures), median(peer_figures), median(ratios))
