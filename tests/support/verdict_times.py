"""Verdicts as of what was known at a moment: each entry of the logs with a bracket of its own."""

from collections.abc import Mapping
from typing import Any

import msgspec

from protocol.documents.time_bracket import Earlier, TimeBracket, WrittenBracket
from protocol.documents.verdict_times import TimeTold
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Span, consistency_spans, inclusion_spans, prove
from protocol.recognition.logged import instant, moment
from tests.support.verdict_logs import COSIGNERS, Consortium, Institution, make_excerpts, make_subject, make_verdict

AFTER, BY = moment("2026-02-14T09:00:00Z"), moment("2026-02-14T09:00:30Z")
"""When the checkpoints around an entry were cosigned, where a test says nothing else."""

Intervals = Mapping[tuple[int, int], tuple[int | None, int | None]]
"""By number of the institution and leaf: the quorum times before and after."""


def a_bracket(one: Institution, leaf: int, after: int | None = AFTER, by: int = BY, *, size: int = 0) -> TimeBracket:
    """Return the bracket of an entry, by the checkpoints just before it and just behind it, or at `size`."""
    later = size or leaf + 1
    earlier = None if after is None else Earlier(_note(one, leaf, after), _hashes(one, consistency_spans(leaf, later)))
    if after is not None and leaf == 0:
        earlier = Earlier(_note(one, 0, after), ())
    return TimeBracket(
        later=_note(one, later, by), inclusion=_hashes(one, inclusion_spans(leaf, later)), earlier=earlier
    )


def told(leaf: int, bracket: TimeBracket | None, after: int | None = AFTER, by: int | None = BY) -> TimeTold:
    """Return a time as a verdict tells it."""
    return TimeTold(
        leaf=leaf,
        after="" if after is None else instant(after),
        by="" if by is None else instant(by),
        bracket=None if bracket is None else msgspec.convert(bracket.plain(), WrittenBracket),
    )


def all_times(consortium: Consortium, intervals: Intervals) -> dict[str, tuple[TimeTold, ...]]:
    """Return the time of every entry of every log, each with its bracket."""
    times = {}
    for number, one in enumerate(consortium.institutions):
        found = [(leaf, *intervals.get((number, leaf), (AFTER, BY))) for leaf in range(1, len(one.entries))]
        times[one.origin] = tuple(told(leaf, a_bracket(one, leaf, after, by), after, by) for leaf, after, by in found)
    return times


def known_verdict(
    consortium: Consortium,
    known: str = "2026-03-01",
    intervals: Intervals | None = None,
    *,
    times: Mapping[str, tuple[TimeTold, ...]] | None = None,
    **dates: Any,
) -> bytes:
    """Return the verdict of the second institution as of what was known at a moment, every entry dated.

    Args:
        consortium: Whose logs tell it.
        known: A date or an instant; empty for all that they show.
        intervals: When entries were logged that were not logged in (AFTER, BY].
        times: What is told of it instead.
        dates: Other dates of the question.
    """
    excerpts = make_excerpts(consortium)
    found = all_times(consortium, intervals or {}) if times is None else times
    shown = {origin: {one.leaf for one in excerpt.entries} for origin, excerpt in excerpts.items()}
    found = {origin: tuple(one for one in some if one.leaf in shown[origin]) for origin, some in found.items()}
    dates |= {"known": known} if known else {}
    subject = make_subject(consortium, excerpts, consortium.policy(), dates=dates, times=found)
    return make_verdict(consortium, subject=subject)


def _note(one: Institution, size: int, time: int) -> bytes:
    """Return a checkpoint of the first entries, cosigned at that time by two of three."""
    root = root_of([leaf_hash(entry) for entry in one.entries[:size]])
    note = Note.parse(sign_checkpoint(Checkpoint(one.origin, size, root), one.signer))
    return note.adding(cosign(note.text, cosigner, time) for cosigner in COSIGNERS[:2]).render()


def _hashes(one: Institution, spans: list[Span]) -> tuple[bytes, ...]:
    leaves = [leaf_hash(entry) for entry in one.entries]
    return tuple(prove(spans, lambda node: root_of(leaves[node.position << node.level :][: 1 << node.level])))
