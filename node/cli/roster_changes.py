"""What the roster in a partner's log would change here, and what keeps it from being taken over.

The roster is the newest in the mirror of that partner's log, so whoever keeps it has shown the same one to everybody.
Refused: a roster outside its dates, or signed by a key that its keeper's institution doesn't list; one in a log that
has shown two histories; one by which a partner's log had another tree than the mirror here, but where a key was stolen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from node.config import Config, PartnerSettings
from node.errors import BadAnswerError, NodeError, NotFoundError

if TYPE_CHECKING:
    from node.clock import Clock
    from node.config.roster_plan import Change
    from node.gossip.mirror.mirrors import MirrorSet
    from node.recognition.publication.roster_found import FoundRoster
    from node.storage.database import Database
    from protocol.encoding.keys import VerifierKey
    from protocol.recognition.member import Member


@dataclass(frozen=True, slots=True)
class Planned:
    """A roster, what it changes here, and what the operator should know besides."""

    found: "FoundRoster"
    changes: "list[Change]"
    notes: list[str]


async def read_partners_roster(config: Config, name: str, *, roster_id: str | None = None) -> "FoundRoster":
    """Return the newest roster in the mirror of a partner's log.

    Raises:
        NotFoundError: There is no such partner, nothing of its log is here, or it holds no roster.
    """
    from node.cli.partner_parts import with_mirrors

    async def read(mirrors: "MirrorSet", database: "Database", clock: "Clock") -> "FoundRoster":
        return await _read(mirrors, database, name, today=clock.today(), roster_id=roster_id)

    return await with_mirrors(config, read)


async def planned_changes(config: Config, name: str, *, roster_id: str | None = None) -> Planned:
    """Return what the roster of a partner changes in a configuration; nothing is changed.

    Raises:
        NodeError: It can't be read, or isn't to be taken over.
    """
    from node.cli.partner_parts import with_mirrors

    async def make(mirrors: "MirrorSet", database: "Database", clock: "Clock") -> Planned:
        partner = _partner(config, name)
        notes = [f"{name} couldn't be reached: {failure}"] if (failure := await _refreshed(mirrors, partner)) else []
        await _refuse_if_convicted(config, database, clock, partner)
        found = await _read(mirrors, database, name, today=clock.today(), roster_id=roster_id)
        notes += _trusted(found, clock.now_text())
        return await _planned(config, mirrors, found, name=name, notes=notes)

    return await with_mirrors(config, make)


def _partner(config: Config, name: str) -> PartnerSettings:
    partner = next((one for one in config.partners if one.name == name), None)
    if partner is None:
        raise NotFoundError(f"[[partner]] {name}: there is none", mend="`nostra partner add` adds the roster's keeper")
    return partner


async def _refreshed(mirrors: "MirrorSet", partner: PartnerSettings) -> str | None:
    """Follow the log of the roster's keeper now; return why not: what is here may do."""
    return (await mirrors.refresh(partner.origin)).status.failure


async def _refuse_if_convicted(config: Config, database: "Database", clock: "Clock", partner: PartnerSettings) -> None:
    from node.gossip.evidence.convictions import Convictions

    keys: dict[str, Sequence[VerifierKey]] = {one.origin: one.log_keys for one in config.partners}
    convictions = Convictions(database, lambda origin: keys.get(origin, ()), clock)
    await convictions.load()
    if convictions.is_convicted(partner.origin):
        raise BadAnswerError(f"{partner.origin} has shown two histories: nothing is taken over from it")


async def _read(
    mirrors: "MirrorSet", database: "Database", name: str, *, today: str, roster_id: str | None
) -> "FoundRoster":
    from node.recognition.publication.roster_found import newest_roster

    log = next((one for one in mirrors if one.partner.name == name), None)
    if log is None or log.reader is None:
        raise NotFoundError(
            f"nothing is here of the log of {name}" if log else f"[[partner]] {name}: there is none",
            mend="`nostra partner refresh` follows it",
        )
    state = log.reader.state
    async with database.pool.acquire() as connection:
        return await newest_roster(
            connection,
            state.head.log_id,
            log.partner.origin,
            size=log.reader.published.size,
            today=today,
            roster_id=roster_id,
        )


def _trusted(found: "FoundRoster", now: str) -> list[str]:
    """Return what to know of who vouches for a roster.

    Raises:
        BadAnswerError: It isn't in force, or its keeper's institution doesn't list the key that signed it.
    """
    entities = found.entities
    until = entities.valid_until if isinstance(entities.valid_until, str) else now
    if not entities.valid_from <= now <= until:
        raise BadAnswerError(f"the roster is in force from {entities.valid_from} to {until}, and now is {now}")
    if found.listed is False:
        raise BadAnswerError(
            f"the roster is signed by {entities.issuer.id}, which the institution of {found.origin} doesn't list today"
        )
    if found.listed is None:
        return [f"{found.origin} has no institution entry: nothing but its own signature vouches for the roster"]
    return []


async def _planned(
    config: Config, mirrors: "MirrorSet", found: "FoundRoster", *, name: str, notes: list[str]
) -> Planned:
    from node.config.roster_plan import missing_keys, plan
    from node.runtime.logs import own_keys
    from protocol.recognition.member import hash_of_key

    listed, own = found.entities.credential_subject, {log.origin for log in config.logs}
    known = {hash_of_key(key.render()): key for one in config.partners for key in one.cosigner_keys}
    missing = [member for member, _ in missing_keys(listed, known) if member.origin not in own]
    told, untold = await _ask_cosigners(config, missing)
    changes = plan(listed, config.partners, roster=name, own=own, known_keys=told)
    changes = [await _held_against_mirror(change, mirrors) for change in changes]
    return Planned(found, changes, [*notes, *untold, *_about_ourselves(listed, own_keys(config))])


async def _ask_cosigners(config: Config, members: "Sequence[Member]") -> "tuple[Mapping[str, VerifierKey], list[str]]":
    """Return the cosigners' keys that members' nodes tell of, by hash, and what couldn't be had."""
    from node.client import HttpClient, LogClient
    from protocol.errors import ProtocolError
    from protocol.gossip.cosigners import open_cosigners
    from protocol.recognition.member import hash_of_key

    known: dict[str, VerifierKey] = {}
    notes = []
    async with HttpClient(proxy=config.http.outbound_proxy) as http:
        for member in {member.origin: member for member in members}.values():
            try:
                note = await LogClient(http, member.node).cosigners()
                told = open_cosigners(note, [key.key for key in member.log_keys if key is member.current])
            except (NodeError, ProtocolError) as error:
                notes.append(f"{member.operator}: its cosigners' longer keys aren't known yet ({error})")
                continue
            known |= {hash_of_key(key.render()): key for key in (*told.mirror, *told.witness, *told.index)}
    return known, notes


async def _held_against_mirror(change: "Change", mirrors: "MirrorSet") -> "Change":
    """Return a change with what it does to the mirror.

    Raises:
        BadAnswerError: The mirror has another tree at the end of a key that was retired in good order.
    """
    mirror = mirrors.find(change.partner.origin)
    if mirror is None or mirror.reader is None or change.act != "change":
        return change
    size, words = mirror.reader.state.head.size, list(change.words)
    for key in change.partner.former_keys:
        if key.size <= size and await mirror.reader.root_at(key.size) != key.root:
            if key.why != "compromised":
                raise BadAnswerError(
                    f"by the roster {change.partner.origin} had another tree at size {key.size} than the mirror here",
                    mend="nothing is changed; ask whoever keeps the roster, and the partner",
                )
            words.append(f"the mirror has another tree at size {key.size}: it is dropped, and read anew")
        elif key.why == "compromised" and key.size < size:
            beyond = size - key.size
            words.append(f"the mirror has {beyond} entries above size {key.size}: it is dropped, and read anew")
    return replace(change, words=tuple(words))


def _about_ourselves(listed: "Sequence[Member]", own: "Sequence[VerifierKey]") -> list[str]:
    """Return where the roster differs from what we are."""
    keys = {key.name: key for key in own}
    return [
        f"the roster lists another key of our own log {member.origin} than signs it: tell whoever keeps it"
        for member in listed
        if member.origin in keys and (member.current is None or member.current.key != keys[member.origin])
    ]
