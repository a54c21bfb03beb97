"""The award of a credential that is shown: in the log that holds it, by what is presented or by our own record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.recognition.answer import Source, StandingTold
from node.recognition.awards.record import AwardRecord, by_file
from node.recognition.logs.chains import find_tag
from node.recognition.logs.log_view import LogView
from node.recognition.records.private_records import PrivateRecords
from node.recognition.shown import Shown
from protocol.documents.presentation import PresentedAward
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.recognition.sealed import AWARDED, award_key, opening_key, status_key_id
from protocol.recognition.sealed_entry import parse_sealed
from protocol.recognition.standing import Link, award_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAward:
    """An award that stands in a log which this node knows."""

    view: LogView
    leaf: int
    tag: bytes
    opening: dict[str, Any]
    status_key: bytes | None
    """The key of its standing, where it is shown."""

    async def source(self) -> Source:
        """Return the entry with its proof and its opening."""
        return await self.view.source(self.leaf, opening=self.opening)

    async def standing(self) -> StandingTold:
        """Return what the log says of the award, as far as the key is shown."""
        award = await self.source()
        origin = self.view.log.origin
        if self.status_key is None:
            return StandingTold(
                standing="unknown",
                why="the key of its standing isn't shown",
                origin=origin,
                leaf=self.leaf,
                award=award,
            )
        found = award_standing(await self.view.statuses(self.status_key, self.tag), self.leaf)
        return StandingTold(
            standing=found.standing,
            why=found.why,
            origin=origin,
            leaf=self.leaf,
            faults=found.faults,
            links=tuple([await self._link(link, self.status_key) for link in found.links]),
            award=award,
        )

    def not_followed(self) -> StandingTold:
        """Return what is known of the standing while nobody has followed it: nothing."""
        shown = self.status_key is not None
        why = "its log shows no index that proves it" if shown else "the key of its standing isn't shown"
        return StandingTold(standing="unknown", why=why, origin=self.view.log.origin, leaf=self.leaf)

    async def _link(self, link: Link[str], key: bytes) -> Source:
        opening = {"number": link.number, "key": b64url(opening_key(key, link.number)), "status": link.said}
        return await self.view.source(link.leaf, opening=opening)


async def find_award(
    shown: Shown, views: Mapping[str, LogView], records: Mapping[str, PrivateRecords]
) -> tuple[FoundAward | None, str]:
    """Return the award of a credential, or None and why there is none.

    Args:
        shown: The credential.
        views: The logs that can be read, by origin.
        records: Private records of own logs, by origin.
    """
    if shown.award is not None:
        return await _presented(shown.award, shown.presentation.status_key if shown.presentation else None, views)
    if shown.file_hash is not None:
        for origin, kept in records.items():
            for record in await kept.find(by_file(shown.file_hash)) if origin in views else ():
                if await views[origin].then(record.leaf) != "not yet":
                    return _own(AwardRecord.read(record), views[origin]), ""
    return None, "no receipt or presentation of its award is shown"


async def _presented(
    award: PresentedAward, status_key: bytes | None, views: Mapping[str, LogView]
) -> tuple[FoundAward | None, str]:
    view = views.get(award.origin)
    entry = parse_sealed(award.entry)
    if view is None or entry is None:
        return None, f"its award is said to stand in {award.origin}, a log that this node doesn't follow"
    tag = parse_b64url32(entry.tag)
    found = await view.award(tag)
    if found is None and view.known is not None and await find_tag(view.database, view.log, tag):
        return None, f"its award had not been logged in {award.origin} by then"
    if found is None:
        return None, f"its award isn't in this node's copy of {award.origin} (size {view.log.size})"
    leaf, standing = found
    if standing != entry:
        return None, f"{award.origin} holds another entry under the award's tag"
    opening = _opening(award.opening, award.status_key_id)
    return FoundAward(view=view, leaf=leaf, tag=tag, opening=opening, status_key=status_key), ""


def _own(record: AwardRecord, view: LogView) -> FoundAward:
    origin = view.log.origin
    follows = record.status_key(origin)
    opening = _opening(opening_key(award_key(record.standing, origin), 0), status_key_id(follows))
    return FoundAward(view=view, leaf=record.leaf, tag=record.tag(origin), opening=opening, status_key=follows)


def _opening(key: bytes, status_id: bytes) -> dict[str, Any]:
    return {"number": 0, "key": b64url(key), "says": AWARDED, "statusKeyId": b64url(status_id)}
