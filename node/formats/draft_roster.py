"""A consortium's members as their keeper writes them down, made into the credential that a roster holds.

What the keeper writes is plain JSON::

    {"id": "eciu", "name": "ECIU University", "validUntil": "2027-12-31T23:59:59Z",
     "members": [{"name": "Tampere University", "origin": "ledger.tuni.fi/nostra", "node": "https://ledger.tuni.fi",
                  "operator": "tuni", "schac": "tuni.fi", "key": "ledger.tuni.fi/nostra+…",
                  "cosigners": [{"claim": "mirror", "verifierKey": "ledger.tuni.fi/nostra/mirror+…"}]}]}

A member is one of the credential's subjects (`docs/formats/roster.md`) with `id` and `type` filled in. Instead of
`logKeys` it may have one `key`, which signs now; a key without `from` signs since the roster before said so, else
since today. Nothing is checked here: the entry's own rules are asked when it is built.
"""

from collections.abc import Iterable
from typing import Any, Final

from node.formats.faults import V2_CONTEXT
from node.formats.strict_json import JsonObject
from protocol.recognition.member import MEMBER_TYPE
from protocol.recognition.roster import TYPES

UNDEFINED_TERMS: Final = "https://www.w3.org/ns/credentials/undefined-terms/v2"
"""Gives the members that are ours a meaning to whoever processes JSON-LD; the W3C's own terms have no context yet."""

OF_THE_ENTRY: Final = ("kind", "v", "id", "version")
"""What the keeper says of the entry, not of the credential."""


def draft_roster(members_file: JsonObject, *, issuer: str, today: str, before: JsonObject | None = None) -> JsonObject:
    """Return the credential of a members file, without its proof and `validFrom`.

    Args:
        members_file: As above; further members go into the credential as they are.
        issuer: The ``did:key`` that will sign it.
        today: The date since which a new key signs (``YYYY-MM-DD``).
        before: The credential of the roster that stands now, if there is one.
    """
    given = {name: value for name, value in members_file.items() if name not in OF_THE_ENTRY}
    name, members = given.pop("name", None), given.pop("members", None)
    since = dict(_since(before or {}))
    subjects = [_subject(one, since, today) for one in members] if isinstance(members, list) else members
    return given | {
        "@context": [V2_CONTEXT, UNDEFINED_TERMS],
        "type": list(TYPES),
        "issuer": {"id": issuer, "type": "RecognizedIssuer", "name": name},
        "credentialSubject": subjects,
    }


def _subject(member: Any, since: dict[str, str], today: str) -> Any:
    if not isinstance(member, dict):
        return member
    given = dict(member)
    if "key" in given:
        given["logKeys"] = [{"verifierKey": given.pop("key")}, *_listed(given.get("logKeys"))]
    if isinstance(given.get("logKeys"), list):
        given["logKeys"] = [_dated(key, since, today) for key in given["logKeys"]]
    return {"id": f"https://{given.get('origin')}", "type": MEMBER_TYPE} | given


def _dated(key: Any, since: dict[str, str], today: str) -> Any:
    if not isinstance(key, dict):
        return key
    return {"from": since.get(str(key.get("verifierKey")), today)} | key


def _since(before: JsonObject) -> Iterable[tuple[str, str]]:
    """Give each key of a sound roster's credential with the date since which it signs."""
    for subject in _listed(before.get("credentialSubject")):
        for key in subject["logKeys"]:
            yield key["verifierKey"], key["from"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
