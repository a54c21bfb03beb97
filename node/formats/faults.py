"""What in a credential's form the W3C data model forbids: told, not refused.

A registrar has to decide about the document that exists. It is read as far as it can be, and its faults stand beside
what it says. A fault that leaves nothing certain (no issuer, no subject, a member twice) is refused before it
comes here.

Checked (Verifiable Credentials Data Model 2.0 and 1.1, section 4): first context, contexts and ids are URLs, the base
type, a subject with claims, readable instants in order, a type on everything that has to have one, language values
without further members, no protected term defined anew.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from node.formats.dates import instant
from node.formats.strict_json import JsonObject
from node.formats.values import listed, objects, types

V1_CONTEXT: Final = "https://www.w3.org/2018/credentials/v1"
V2_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"

NOT_AN_INSTANT: Final = "is not an instant"
"""How a fault of a date ends: whether the document is in force can't be told then."""

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_TYPED: Final = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
_INSTANTS: Final = ("issuanceDate", "issued", "validFrom", "expirationDate", "validUntil")
_LANGUAGE_MEMBERS: Final = frozenset({"@value", "@language", "@direction"})


def form_faults(credential: JsonObject) -> tuple[str, ...]:
    """Return each fault as one clear line, once; none for a credential in good form."""
    checks = (_contexts, _base, _instants, _typed_objects, _schemas, _language_values)
    return tuple(dict.fromkeys(fault for check in checks for fault in check(credential)))


def _contexts(credential: JsonObject) -> Iterator[str]:
    contexts = listed(credential.get("@context"))
    if not contexts or contexts[0] not in (V1_CONTEXT, V2_CONTEXT):
        yield "@context: the first one is not the data model's own"
    for context in contexts:
        if not isinstance(context, dict) and not _is_url(context):
            yield "@context: one is neither a URL nor an object"
    yield from _redefined(objects(contexts))


def _redefined(contexts: list[JsonObject]) -> Iterator[str]:
    protected: JsonObject = {}
    for context in contexts:
        for term, meaning in context.items():
            if term in protected and protected[term] != meaning:
                yield f"@context: the protected term '{term[:40]}' is defined anew"
        if context.get("@protected") is True:
            protected |= {term: meaning for term, meaning in context.items() if not term.startswith("@")}


def _base(credential: JsonObject) -> Iterator[str]:
    if "VerifiableCredential" not in types(credential):
        yield "type: does not name VerifiableCredential"
    if "id" in credential and not _is_url(credential["id"]):
        yield "id: is not one URL"
    issuer = credential.get("issuer")
    if not _is_url(issuer.get("id") if isinstance(issuer, dict) else issuer):
        yield "issuer: its id is not one URL"
    if not all(objects(credential.get("credentialSubject"))):
        yield "credentialSubject: one says nothing"


def _instants(credential: JsonObject) -> Iterator[str]:
    for name in _INSTANTS:
        if name in credential and not _instant(credential, name):
            yield f"{name}: {NOT_AN_INSTANT}"
    if V1_CONTEXT in listed(credential.get("@context")) and not _instant(credential, "issuanceDate"):
        yield "issuanceDate: is missing, and data model 1.1 asks for it"
    begin = _instant(credential, "validFrom") or _instant(credential, "issuanceDate")
    end = _instant(credential, "validUntil") or _instant(credential, "expirationDate")
    if begin and end and end < begin:
        yield "validUntil: lies before the beginning of validity"


def _instant(credential: JsonObject, name: str) -> str:
    written = credential.get(name)
    return instant(written) if isinstance(written, str) else ""


def _typed_objects(credential: JsonObject) -> Iterator[str]:
    for name in _TYPED:
        for item in listed(credential.get(name)):
            if not isinstance(item, dict) or not types(item):
                yield f"{name}: one has no type"
    for status in objects(credential.get("credentialStatus")):
        if "id" in status and not _is_url(status["id"]):
            yield "credentialStatus: its id is not one URL"


def _schemas(credential: JsonObject) -> Iterator[str]:
    for schema in objects(credential.get("credentialSchema")):
        if not _is_url(schema.get("id")):
            yield "credentialSchema: its id is not one URL"


def _language_values(credential: JsonObject) -> Iterator[str]:
    for holder in (credential, *objects(credential.get("issuer"))):
        for name in ("name", "description"):
            for value in objects(holder.get(name)):
                if "@value" in value and not set(value) <= _LANGUAGE_MEMBERS:
                    yield f"{name}: a language value has further members"


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and _URL.fullmatch(value) is not None
