"""Publish what concerns no person, in clear: the institution, achievements, rules, mandates, and their end.

What is given is the plain JSON that a form or file holds; what can only mean one thing is filled in: the next version,
the id of the institution, the log's origin in what refers to it, the version before among what a rule supersedes.
Texts of grounds, conditions and reasons go beside the log, committed to under a random salt.

Publishing the same again gives the same leaf. A change is the next version: what stands is never changed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, Final

from node.clock import Clock
from node.errors import ConflictError, InadmissibleError
from node.log.admit import admit_entries
from node.log.submission import Submission
from node.recognition.awards.awarding import Awarding
from node.recognition.known_logs import OwnLog, reader_showing
from node.storage.database import Database
from node.storage.growth import Companion
from node.storage.lookups import FoundEntry, entries_of_kind, find_newest, find_text, find_version
from protocol.encoding.wire import HASH_BYTES, check_id, parse_b64url32
from protocol.errors import MalformedError
from protocol.recognition import entry as entries
from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import Reference
from protocol.recognition.entry import ClearEntry, parse_entry, render
from protocol.recognition.institution import Institution
from protocol.recognition.problems import InadmissibleError as BrokenRulesError
from protocol.recognition.rule import Rule
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.shape import members
from protocol.recognition.texts import TextsDocument, parse_texts, separate
from protocol.recognition.withdrawal import Withdrawal

ATTEMPTS: Final = 4
"""Tries when others publish versions under the same id at the same time."""

PUBLISHED_KINDS: Final = ("achievement", "institution", "mandate", "roster", "rule", "withdrawal")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEntry:
    """What became of something to be published."""

    leaf: int
    entry: bytes
    log_proof: str
    new: bool
    """Whether it was entered now; otherwise the very same stood already."""
    texts: bytes | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be entered, with the texts beside it."""

    entry: ClearEntry
    texts: TextsDocument | None

    @property
    def data(self) -> bytes:
        """The bytes that are logged."""
        return render(self.entry)


class Publisher:
    """Publishes in one own log."""

    def __init__(self, log: OwnLog, awarding: Awarding, database: Database, clock: Clock) -> None:
        """Publish in this log."""
        self._log = log
        self._awarding = awarding
        self._database = database
        self._clock = clock

    async def publish(self, value: Mapping[str, Any], *, companion: Companion | None = None) -> PublishedEntry:
        """Publish an entry from a builder's plain value; a companion writes something of its own with a new entry.

        Raises:
            InadmissibleError: It breaks the rules, with every problem; or it names what this log hasn't published.
            ConflictError: Another entry of this kind, id and version stands.
        """
        wanted = await self._filled(value)
        for _ in range(ATTEMPTS):
            draft = await self._draft_of(wanted)
            if isinstance(draft, PublishedEntry):
                return draft
            try:
                return await self._enter(draft, companion)
            except ConflictError:
                if "version" in wanted:
                    raise
        kind, entry_id = wanted["kind"], wanted.get("id")
        raise ConflictError(f"versions of {kind} '{entry_id}' are being published one after the other: try again")

    async def draft(self, value: Mapping[str, Any]) -> Draft | PublishedEntry:
        """Return what `publish` would enter now, or the very same entry where it stands; nothing is entered.

        Raises:
            InadmissibleError, ConflictError: As `publish`.
        """
        return await self._draft_of(await self._filled(value))

    async def _draft_of(self, wanted: dict[str, Any]) -> Draft | PublishedEntry:
        """Return the next entry, checked, or the very same one where it stands."""
        kind, entry_id = str(wanted["kind"]), wanted.get("id")
        standing = await self._standing(kind, entry_id, wanted.get("version"))
        if standing is not None and (same := await self._same(wanted, standing)):
            return await self._shown(standing.leaf, new=False, texts=same.texts)
        draft = self._draft(await self._next(wanted, standing), token_bytes(HASH_BYTES))
        await self._check(draft.entry)
        return draft

    async def _filled(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value with what can only mean one thing."""
        filled = dict(value)
        kind = filled.get("kind")
        if kind not in PUBLISHED_KINDS:
            known = ", ".join(PUBLISHED_KINDS)
            raise InadmissibleError(f"'{str(kind)[:40]}' is not published", [("kind", f"is one of {known}")])
        if kind == Institution.kind:
            filled = {"id": await self._institution_id()} | filled
        if isinstance(filled.get("target"), dict):
            filled = {"from": self._clock.today()} | await self._withdrawing(filled)
        if isinstance(filled.get("supersedes"), list):
            filled["supersedes"] = [self._own(one, Rule.kind) for one in filled["supersedes"]]
        return filled

    async def _institution_id(self) -> str:
        """Return the id under which this institution is published: a log has only one."""
        head = self._log.reader.state.head
        async with self._database.pool.acquire() as connection:
            found = await entries_of_kind(connection, head.log_id, Institution.kind, size=head.size, limit=1)
        entry = parse_entry(found[0].entry) if found else None
        return entry.id if isinstance(entry, Institution) else self._log.settings.name

    async def _withdrawing(self, filled: dict[str, Any]) -> dict[str, Any]:
        """Name the newest version where none is named; give a withdrawal an id of its own."""
        target = self._own(filled["target"], Rule.kind)
        if "version" not in target and isinstance(target.get("id"), str):
            newest = await self._standing(str(target["kind"]), target["id"], None)
            if newest is not None:
                target["version"] = _version_of(newest)
        id_ = f"end-{target.get('id', '')}-{target.get('version', '')}"[:64]
        return {"id": id_} | filled | {"target": target}

    def _own(self, reference: Any, kind: str) -> Any:
        return {"kind": kind, "origin": self._log.origin} | reference if isinstance(reference, dict) else reference

    async def _standing(self, kind: str, entry_id: Any, version: Any) -> FoundEntry | None:
        """Return the entry of this version, or of the newest where none is named."""
        if not _can_stand(kind, entry_id, version):
            return None
        log_id = self._log.reader.state.head.log_id
        async with self._database.pool.acquire() as connection:
            if version is not None:
                return await find_version(connection, log_id, kind, entry_id, version)
            return await find_newest(connection, log_id, kind, entry_id)

    async def _same(self, wanted: dict[str, Any], standing: FoundEntry) -> Draft | None:
        """Return the draft under the standing entry's version and salt, if it is that very entry."""
        entry = parse_entry(standing.entry)
        texts = await self._texts(getattr(entry, "texts", None))
        again = wanted | {"version": _version_of(standing)}
        if isinstance(entry, Rule) and "supersedes" not in wanted and members(entry.supersedes):
            again["supersedes"] = [_plain(one) for one in members(entry.supersedes)]
        try:
            draft = self._draft(again, parse_b64url32(texts.salt) if texts else token_bytes(HASH_BYTES))
        except InadmissibleError:
            return None
        return draft if draft.data == standing.entry else None

    async def _texts(self, commitment: Any) -> TextsDocument | None:
        if not isinstance(commitment, str):
            return None
        async with self._database.pool.acquire() as connection:
            found = await find_text(connection, parse_b64url32(commitment))
        return parse_texts(found[0]) if found is not None and found[0] is not None else None

    async def _next(self, wanted: dict[str, Any], standing: FoundEntry | None) -> dict[str, Any]:
        """Return the value as the next version, a rule superseding the one before."""
        if standing is None or "version" in wanted:
            return wanted
        following = wanted | {"version": _version_of(standing) + 1}
        if wanted["kind"] == Rule.kind:
            before = self._own({"id": wanted["id"], "version": _version_of(standing)}, Rule.kind)
            others = wanted.get("supersedes", [])
            following["supersedes"] = [*others, before] if isinstance(others, list) else others
        return following

    def _draft(self, value: dict[str, Any], salt: bytes) -> Draft:
        try:
            if value["kind"] in (Rule.kind, Withdrawal.kind):
                return Draft(*separate(value, salt=salt))
            entry = entries.from_json(value)
        except BrokenRulesError as error:
            problems = [(one.where, one.what) for one in error.problems]
            raise InadmissibleError(f"this {value['kind']} can't be published: {error}", problems) from None
        assert not isinstance(entry, Sealed)  # noqa: S101 - the kind is one of PUBLISHED_KINDS
        return Draft(entry, None)

    async def _check(self, entry: ClearEntry) -> None:
        """Check what an entry says against the rest of the log."""
        problems = [(one.where, one.what) for one in entries.check(entry, origin=self._log.origin)]
        match entry:
            case Achievement():
                await self._awarding.check_achievement(entry, self._clock.today())
            case Institution() if entry.id != (id_ := await self._institution_id()) and await self._has_institution():
                problems.append(("id", f"is '{entry.id}': this log's institution is '{id_}' and stays so"))
            case Rule():
                references = enumerate(members(entry.supersedes))
                problems += [
                    (f"supersedes[{at}]", "was never published here")
                    for at, one in references
                    if not await self._is_published(one)
                ]
            case Withdrawal() if not await self._is_published(entry.target):
                problems.append(("target", "was never published here"))
            case _:
                pass
        if problems:
            where, what = problems[0]
            raise InadmissibleError(f"this {entry.kind} can't be published: {where}: {what}", problems)

    async def _has_institution(self) -> bool:
        head = self._log.reader.state.head
        async with self._database.pool.acquire() as connection:
            return bool(await entries_of_kind(connection, head.log_id, Institution.kind, size=head.size, limit=1))

    async def _is_published(self, reference: Reference) -> bool:
        return await self._standing(reference.kind, reference.id, reference.version) is not None

    async def _enter(self, draft: Draft, companion: Companion | None) -> PublishedEntry:
        texts = None if draft.texts is None else draft.texts.render()
        beside = {} if draft.texts is None or texts is None else {draft.texts.commitment: texts}
        admitted = admit_entries([draft.data], origin=self._log.origin, texts=beside)
        companions = () if companion is None else (companion,)
        submission = Submission(admitted, digest=hashlib.sha256(draft.data).digest(), companions=companions)
        sequenced = await self._log.sequencer.submit(submission)
        return await self._shown(sequenced.first_leaf, new=True, texts=draft.texts)

    async def _shown(self, leaf: int, *, new: bool, texts: TextsDocument | None) -> PublishedEntry:
        reader = await reader_showing(self._log, leaf, self._database)
        return PublishedEntry(
            leaf=leaf,
            entry=await reader.entry(leaf),
            log_proof=await reader.log_proof(leaf),
            new=new,
            texts=None if texts is None else texts.render(),
        )


def _can_stand(kind: str, entry_id: Any, version: Any) -> bool:
    """Whether an entry can have this id and version at all; what is wrong with them is told by building it."""
    try:
        check_id(entry_id if isinstance(entry_id, str) else "")
    except MalformedError:
        return False
    return kind in PUBLISHED_KINDS and (version is None or (isinstance(version, int) and 0 < version < 2**53))


def _version_of(found: FoundEntry) -> int:
    version: int = getattr(parse_entry(found.entry), "version", 0)
    return version


def _plain(reference: Reference) -> dict[str, Any]:
    return {name: getattr(reference, name) for name in ("kind", "origin", "id", "version")}
