"""Presenting: what a learner shows of a receipt, put together with fresh proofs from the logs that this node reads.

The receipt is the learner's, and its secrets are used here and kept nowhere: only the chosen keys go into the file, and
no key, tag or secret into a log line. A log that can't prove just now, or that this node doesn't follow, leaves its
key in the file without a proof, and that is told; a snapshot isn't made without its proof.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from node.errors import InadmissibleError, NotFoundError, PushBackError
from node.log.index.tree import DamagedIndexError
from node.recognition.institutions import Institutions
from node.recognition.known_logs import KnownLog
from node.recognition.proofs.excerpts import Excerpts, tag_key
from node.recognition.shown import check_receipt
from protocol.documents.excerpt import Excerpt
from protocol.documents.presentation import Presentation
from protocol.documents.receipt import Receipt
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding.wire import check_origin, parse_b64url32
from protocol.errors import MalformedError
from protocol.recognition.follow import Under, follow
from protocol.recognition.sealed import read_status
from protocol.recognition.sealed_entry import Sealed, parse_sealed
from protocol.recognition.snapshot import Snapshot
from protocol.recognition.standing import award_standing

AWARD: Final = "award"
STATUS: Final = "status"
DECISIONS: Final = "decisions"
SHOWN: Final = (AWARD, STATUS, DECISIONS)
"""What can be shown of a receipt."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A presentation, and what the learner has to know of it."""

    presentation: Presentation
    notes: tuple[str, ...] = ()
    institutions: Mapping[str, str] = field(default_factory=dict)
    """The institutions whose decisions are shown: their names by the origins of their logs."""


@dataclass(frozen=True, slots=True)
class Presenter:
    """Makes presentations from the logs that this node reads."""

    excerpts: Excerpts
    institutions: Institutions

    async def present(
        self, receipt: Receipt, *, show: Sequence[str], to: Sequence[str] = (), snapshot: bool = False
    ) -> Presented:
        """Return a presentation of a receipt.

        Args:
            receipt: The learner's.
            show: Which of `SHOWN`; the status shows the award as well.
            to: Institutions whose decisions are shown, each by the origin of its log or by a domain that names it;
                all that this node follows, if decisions are shown and none is named.
            snapshot: Show the statuses there are, opened, instead of their key.

        Raises:
            InadmissibleError: The receipt's secret doesn't open its entry, an institution isn't known, or nothing is
                shown.
            NotFoundError, PushBackError: A snapshot can't be made, or only later.
        """
        check_receipt(receipt)
        logs = {log.origin: log for log in self.institutions.logs()}
        decisions = await self._deciders(to, logs) if DECISIONS in show or to else {}
        shown = _shown(receipt, show, decisions)
        proofs, notes = await self._proofs(shown, logs)
        shown = _fresh(shown, proofs)
        presentation = _as_snapshot(shown, proofs) if snapshot else shown.proved(proofs)
        return Presented(presentation, tuple(notes), decisions)

    async def _deciders(self, to: Sequence[str], logs: Mapping[str, KnownLog]) -> dict[str, str]:
        """Return the institutions that are named, by the origins of their logs."""
        if not to:
            return {one.origin: one.name for one in await self.institutions.all()}
        found = {}
        for named in to:
            if named in logs or "/" in named:
                found[_checked_origin(named)] = named
                continue
            party = await self.institutions.party([("schac", named)])
            if party.known is None:
                raise InadmissibleError(
                    f"no log that this node follows speaks for '{named[:80]}'",
                    [("to", "give the origin of its log, such as ledger.example.org/nostra")],
                )
            found[party.known.origin] = party.known.name
        return found

    async def _proofs(self, shown: Presentation, logs: Mapping[str, KnownLog]) -> tuple[dict[str, Excerpt], list[str]]:
        proofs, notes = {}, []
        for origin in sorted(shown.origins):
            try:
                proofs[origin] = await self._excerpt(shown, origin, logs)
            except (NotFoundError, PushBackError, DamagedIndexError) as error:
                notes.append(f"of {origin} nothing is proved: {error}")
        return proofs, notes

    async def _excerpt(self, shown: Presentation, origin: str, logs: Mapping[str, KnownLog]) -> Excerpt:
        log = logs.get(origin)
        if log is None:
            raise NotFoundError("this node doesn't follow it")
        if log.convicted:
            raise NotFoundError(log.two_histories)
        award = shown.award if shown.award is not None and shown.award.origin == origin else None
        tag = None if award is None else _tag(award.entry)
        status_key = None if award is None else shown.status_key
        chains = [key for key in (status_key, shown.decisions.get(origin)) if key is not None]
        excerpt = await self.excerpts.following(log, award_tag=tag, chains=chains)
        if award is not None and excerpt.unverified().size <= award.log_proof.index:
            raise PushBackError("its index doesn't hold the award yet: try again in a moment", code="not-ready")
        return excerpt


def _shown(receipt: Receipt, show: Sequence[str], decisions: Mapping[str, str]) -> Presentation:
    whole = Presentation.of(receipt, standing=STATUS in show, decisions=decisions)
    if AWARD in show or STATUS in show:
        return whole
    if not decisions:
        raise InadmissibleError("nothing is shown: choose the award, its status, or decisions")
    return replace(whole, award=None)


def _as_snapshot(shown: Presentation, proofs: Mapping[str, Excerpt]) -> Presentation:
    """Return the presentation with the statuses there are instead of their key."""
    award, key = shown.award, shown.status_key
    if award is None or key is None:
        return shown.proved(proofs)
    if award.origin not in proofs:
        raise PushBackError(f"{award.origin} proves nothing now, and a snapshot needs its proof", code="not-ready")
    excerpt, tag = proofs[award.origin], _tag(award.entry)
    chain = follow(
        key, award.origin, _under(excerpt), lambda number, value: read_status(key, award.origin, number, tag, value)
    )
    standing = award_standing(chain.links, award.log_proof.index)
    if chain.open_end or standing.faults or len(standing.links) != len(chain.links):
        raise InadmissibleError(f"no snapshot can be made of this award's standing: {chain.open_end or standing.why}")
    return shown.proved(proofs, Snapshot.of(key, award.origin, standing.links))


def _fresh(shown: Presentation, proofs: Mapping[str, Excerpt]) -> Presentation:
    """Return the presentation with the award's place proved under the checkpoint of today, where its log shows it."""
    award = shown.award
    if award is None or award.origin not in proofs:
        return shown
    excerpt = proofs[award.origin]
    placed = next((one for one in excerpt.entries if one.leaf == award.log_proof.index), None)
    if placed is None or placed.entry != award.entry:
        raise InadmissibleError(f"{award.origin} doesn't hold the award where the receipt says")
    return replace(shown, award=replace(award, log_proof=TlogProof(placed.leaf, placed.hashes, excerpt.checkpoint)))


def _under(excerpt: Excerpt) -> Under:
    """Return what an excerpt that was made here shows of a tag."""

    def under(tag: bytes) -> Sequence[tuple[int, Sealed]] | None:
        listed = excerpt.listed(tag_key(tag))
        read = None if listed is None else [(one.leaf, parse_sealed(one.entry)) for one in listed]
        return None if read is None else [(leaf, entry) for leaf, entry in read if entry is not None]

    return under


def _tag(entry: bytes) -> bytes:
    sealed = parse_sealed(entry)
    assert sealed is not None  # noqa: S101 - a receipt's entry is sealed
    return parse_b64url32(sealed.tag)


def _checked_origin(text: str) -> str:
    try:
        check_origin(text)
    except MalformedError as error:
        raise InadmissibleError(str(error), [("to", error.what)]) from None
    return text
