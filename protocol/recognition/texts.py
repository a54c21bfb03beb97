"""The texts that stand beside an entry: reasons, the text of grounds and conditions, remarks.

An entry holds only a commitment to them, so that they can be taken down if a person's data slips in and the log stays
whole::

    texts = base64url(SHA-256(salt ‖ canonical JSON of the texts))      salt: 32 random bytes

They travel as one canonical JSON document, served at ``/texts/COMMITMENT``::

    {"salt":"…43 characters…","texts":{"conditions":{"c1":{"en":"…"}},"grounds":{"g1":{"en":"…"}},
     "reasons":{"en":"…"},"remarks":{"en":"…"}}}

A ground's and a condition's text is found by its id in the entry. Every ground and condition has its text and
no text is left over; a withdrawal gives its reasons and nothing of grounds or conditions. Text is by language.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from protocol.encoding import canonical
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import BadProofError
from protocol.recognition.arrange import from_plain
from protocol.recognition.problems import InadmissibleError, Problem
from protocol.recognition.rule import Rule
from protocol.recognition.scalars import Hash, Id, Text
from protocol.recognition.shape import Strict, build, members, plain
from protocol.recognition.withdrawal import Withdrawal

TextsById = Annotated[dict[Id, Text], Meta(min_length=1)]


class Texts(Strict, frozen=True, kw_only=True):
    """The texts of one entry."""

    reasons: Text | UnsetType = UNSET
    grounds: TextsById | UnsetType = UNSET
    conditions: TextsById | UnsetType = UNSET
    remarks: Text | UnsetType = UNSET

    def problems(self) -> Iterator[Problem]:
        """Tell texts that say nothing."""
        if all(getattr(self, name) is UNSET for name in self.__struct_fields__):
            yield Problem("", "say nothing: give reasons, grounds, conditions or remarks")


class TextsDocument(Strict, frozen=True, kw_only=True):
    """Texts with the salt that makes the commitment hide them."""

    salt: Hash
    texts: Texts

    @property
    def commitment(self) -> str:
        """What the entry holds: 43 characters."""
        salt = parse_b64url32(self.salt)
        return b64url(hashlib.sha256(salt + canonical.encode(plain(self.texts))).digest())

    def render(self) -> bytes:
        """Return the canonical bytes that are served."""
        return canonical.encode(plain(self))


def parse_texts(data: bytes) -> TextsDocument:
    """Read a texts document.

    Raises:
        MalformedError: It is not one, or not in canonical form.
    """
    return build(canonical.decode(data), TextsDocument)


def verify_texts(document: TextsDocument, commitment: str) -> None:
    """Raise BadProofError unless these are the texts that an entry committed to."""
    if document.commitment != commitment:
        raise BadProofError("these texts are not the ones that the entry committed to")


def text_problems(entry: Rule | Withdrawal, texts: Texts) -> list[Problem]:
    """Return what is missing or left over beside an entry."""
    if isinstance(entry, Withdrawal):
        expected: dict[str, list[str]] = {"grounds": [], "conditions": []}
        missing = [Problem("reasons", "are missing: a withdrawal says why")] if texts.reasons is UNSET else []
    else:
        expected = {
            "grounds": [ground.id for ground in members(entry.grounds)],
            "conditions": [condition.id for condition in members(entry.conditions)],
        }
        missing = []
    for name, ids in expected.items():
        missing += _unmatched(name, ids, getattr(texts, name))
    return missing


def separate(value: Mapping[str, Any], *, salt: bytes) -> tuple[Rule | Withdrawal, TextsDocument | None]:
    """Return the entry and its texts from a builder's one plain value that holds both.

    In it a ground or condition may have `text`, and the whole `reasons` and `remarks`; they move to the texts, and
    their commitment takes their place. `salt` is 32 random bytes.

    Raises:
        InadmissibleError: With every problem of the texts, or else of the entry.
    """
    kind: type[Rule | Withdrawal] = Withdrawal if value.get("kind") == Withdrawal.kind else Rule
    entry_value = dict(kind.completed(dict(value)))
    texts: dict[str, Any] = {name: entry_value.pop(name) for name in ("reasons", "remarks") if name in entry_value}
    for name in ("grounds", "conditions"):
        entry_value |= _without_texts(name, entry_value.get(name), texts)
    document = None
    if texts:
        document = from_plain({"salt": b64url(salt), "texts": texts}, TextsDocument)
        entry_value["texts"] = document.commitment
    entry: Rule | Withdrawal = from_plain(entry_value, kind)
    if document is not None and (problems := text_problems(entry, document.texts)):
        raise InadmissibleError(problems)
    return entry, document


def _without_texts(name: str, parts: Any, texts: dict[str, Any]) -> dict[str, Any]:
    """Move the texts of grounds or conditions over; return the member without them."""
    if not isinstance(parts, list):
        return {}
    for part in parts:
        if isinstance(part, dict) and "text" in part and isinstance(part.get("id"), str):
            texts.setdefault(name, {})[part["id"]] = part["text"]
    return {
        name: [
            {member: item for member, item in part.items() if member != "text"} if isinstance(part, dict) else part
            for part in parts
        ]
    }


def _unmatched(name: str, ids: list[str], found: dict[str, Any] | UnsetType) -> Iterator[Problem]:
    texts = {} if isinstance(found, UnsetType) else found
    for one in ids:
        if one not in texts:
            yield Problem(f"{name}.{one}", "is missing: give its text")
    for one in texts:
        if one not in ids:
            yield Problem(f"{name}.{one}", f"is left over: the entry has no such one among its {name}")
