"""What a roster changes in the [[partner]] blocks of a configuration, each change with its plain words.

A log that the roster lists becomes a partner, or its block takes over what the roster says: key, former keys with
their ends, address, cosigners' keys. A partner that came from this roster and is no longer listed is retired. Blocks
that came from elsewhere, and whose log isn't listed, stay as they are.

Nothing is widened unseen: a former key that the configuration knows and the roster doesn't stays in the block. Where a
roster lists no cosigners of a log, those of the block stay; so do index keys where it lists none, since rosters are
older than index cosigners.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from msgspec import UNSET

from node.config.partner_sections import PartnerSettings
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import parse_b64url32
from protocol.log.ended_key import EndedKey, unended
from protocol.recognition.member import Cosigner, LastGood, Member, hash_of_key
from protocol.recognition.shape import members

CLAIMS: Final = ("mirror", "witness", "index")
"""The cosigners whose keys a block names."""

Act = Literal["add", "change", "retire"]

KeysByHash = Mapping[str, VerifierKey]
"""Cosigners' keys that are known whole, by the hash that a roster may give in their place."""


@dataclass(frozen=True, slots=True)
class Change:
    """One block that is added, written anew or taken out."""

    act: Act
    partner: PartnerSettings
    """As the block is to be; of a retired partner, as it was."""
    words: tuple[str, ...]
    """What it changes, each in a line."""


def plan(
    listed: Sequence[Member],
    partners: Sequence[PartnerSettings],
    *,
    roster: str,
    own: Collection[str],
    known_keys: KeysByHash,
) -> list[Change]:
    """Return what a roster changes, in its order; retired partners last.

    Args:
        listed: The roster's members.
        partners: The partners as they are configured.
        roster: The name of the partner in whose log the roster stands.
        own: Origins of this node's own logs, which are nobody's partners.
        known_keys: Cosigners' keys that the roster gives by hash.
    """
    by_origin = {partner.origin: partner for partner in partners}
    names = {partner.name for partner in partners}
    known = {**known_keys} | {hash_of_key(key.render()): key for one in partners for key in one.cosigner_keys}
    changes = []
    for member in listed:
        if member.origin in own:
            continue
        before = by_origin.get(member.origin)
        name = _free_name(member.operator, names) if before is None else before.name
        names.add(name)
        after = _settings(member, before, name=name, roster=roster, known=known)
        if before is None:
            changes.append(Change("add", after, tuple(_words_of_new(member, after))))
        elif after != before and (words := tuple(_words_of_changed(before, after))):
            changes.append(Change("change", after, words))
    origins = {member.origin for member in listed}
    gone = [one for one in partners if one.roster == roster and one.origin not in origins]
    words = ("it is no longer in the roster; its mirror stays here, and it is asked nothing more",)
    return [*changes, *(Change("retire", one, words) for one in gone)]


def missing_keys(listed: Sequence[Member], known_keys: KeysByHash) -> Iterator[tuple[Member, str]]:
    """Give the cosigners' keys that a roster gives by hash and that aren't known: (member, hash)."""
    for member in listed:
        for cosigner in members(member.cosigners):
            if cosigner.verifier_key is UNSET and cosigner.hash not in known_keys:
                yield member, cosigner.hash


def _settings(
    member: Member, before: PartnerSettings | None, *, name: str, roster: str, known: KeysByHash
) -> PartnerSettings:
    former = [_ended(one.key, one.last) for one in member.log_keys if isinstance(one.last, LastGood)]
    told = [key.key() for key in former]
    kept = [key for key in before.former_keys if key.key() not in told] if before is not None else []
    ended = tuple(sorted([*former, *kept], key=lambda key: (key.size, key.render())))
    current = member.current
    block = PartnerSettings(
        name,
        member.origin,
        ended[-1].key() if current is None else current.key,
        member.node.rstrip("/"),
        former_keys=ended,
        roster=roster,
    )
    if member.cosigners is UNSET:
        known_before = block if before is None else before
        return _with_keys(block, known_before.mirror_keys, known_before.witness_keys, known_before.index_keys)
    mirror, witness, index = (_whole(members(member.cosigners), claim, known) for claim in CLAIMS)
    listed = any(one.claim == "index" for one in members(member.cosigners))
    return _with_keys(block, mirror, witness, index if listed or before is None else before.index_keys)


def _with_keys(
    block: PartnerSettings,
    mirror: tuple[VerifierKey, ...],
    witness: tuple[VerifierKey, ...],
    index: tuple[VerifierKey, ...],
) -> PartnerSettings:
    return replace(block, mirror_keys=mirror, witness_keys=witness, index_keys=index)


def _ended(key: VerifierKey, last: LastGood) -> EndedKey:
    return EndedKey.of(key, size=last.size, root=parse_b64url32(last.root), why=last.why)


def _whole(cosigners: Sequence[Cosigner], claim: str, known: KeysByHash) -> tuple[VerifierKey, ...]:
    wanted = [one for one in cosigners if one.claim == claim]
    keys = [
        VerifierKey.parse(one.verifier_key) if isinstance(one.verifier_key, str) else known.get(one.hash)
        for one in wanted
    ]
    return tuple(key for key in keys if key is not None)


def _free_name(operator: str, taken: Collection[str]) -> str:
    number, name = 1, operator
    while name in taken:
        number += 1
        name = f"{operator[:58]}-{number}"
    return name


def _words_of_new(member: Member, after: PartnerSettings) -> Iterator[str]:
    yield f"{member.name}: {after.origin} at {after.url}, signed by {after.verifier_key.render()}"
    yield from map(_end_words, after.former_keys)
    yield _cosigner_words(after)


def _words_of_changed(before: PartnerSettings, after: PartnerSettings) -> Iterator[str]:
    if after.verifier_key != before.verifier_key:
        yield f"its log signs by {after.verifier_key.render()}, and no longer by {before.verifier_key.render()}"
        if before.verifier_key.public_key not in [key.public_key for key in after.former_keys]:
            yield "the roster doesn't list the key before: nothing that it signed counts any more"
    if not unended(after.log_keys) and unended(before.log_keys):
        yield "its log has no key that signs now: it is closed, and nothing more of it counts"
    for key in after.former_keys:
        if key not in before.former_keys:
            yield _end_words(key)
    if after.url != before.url:
        yield f"it is served at {after.url}, and no longer at {before.url}"
    if (after.mirror_keys, after.witness_keys) != (before.mirror_keys, before.witness_keys):
        yield _cosigner_words(after)
    if after.index_keys != before.index_keys:
        yield f"it is asked to cosign our index ({len(after.index_keys)} keys)"
    if after.roster != before.roster:
        yield f"it belongs to the roster of {after.roster} from now on"


def _end_words(key: EndedKey) -> str:
    return f"{key.render()} was {key.why}: nothing that it signs above size {key.size} counts"


def _cosigner_words(after: PartnerSettings) -> str:
    if not after.mirror_keys:
        return "it is followed only: no key of its mirror is known"
    return f"its mirror is asked to hold and cosign our log ({len(after.mirror_keys)} keys)"
