"""A roster in plain words."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from protocol.recognition.member import Member, MemberKey
from protocol.recognition.roster import Roster
from protocol.recognition.shape import members


def roster_lines(roster: Roster, *, origin: str, leaf: int) -> Iterator[str]:
    """Give the lines that tell a roster: whose it is, and each member with its keys."""
    entities = roster.entities
    until = f" to {entities.valid_until}" if isinstance(entities.valid_until, str) else ""
    yield f"roster {roster.id} version {roster.version} of {entities.issuer.name}, at leaf {leaf} of {origin}"
    yield f"  valid from {entities.valid_from}{until}; signed by {entities.issuer.id}"
    for member in entities.credential_subject:
        yield from _member_lines(member)
    yield f"{len(entities.credential_subject)} logs in all"


def _member_lines(member: Member) -> Iterator[str]:
    schac = f" ({member.schac})" if isinstance(member.schac, str) else ""
    yield f"{member.name}{schac}: {member.origin} at {member.node}, run by {member.operator}"
    for key in member.log_keys:
        yield f"    {_key_words(key)}"
    claims: dict[str, int] = {}
    for cosigner in members(member.cosigners):
        claims[cosigner.claim] = claims.get(cosigner.claim, 0) + 1
    if claims:
        yield "    cosigns as " + ", ".join(f"{claim} ({count} keys)" for claim, count in sorted(claims.items()))


def _key_words(key: MemberKey) -> str:
    if key.last is UNSET:
        return f"signs by {key.verifier_key} since {key.from_}"
    last: Any = key.last
    return f"{last.why}: {key.verifier_key}, counts up to size {last.size}"
