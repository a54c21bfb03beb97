"""Tell what a file is, from its bytes.

A file that is no credential is refused by what it looks like, so that whoever brought it knows what to bring instead.
"""

from typing import Final

from node.formats.errors import NotACredentialError
from node.formats.faults import V2_CONTEXT
from node.formats.reading import CLR, ELM, OPEN_BADGE, W3C_1, W3C_2
from node.formats.strict_json import JsonObject
from node.formats.unwrap import is_token, unwrap
from node.formats.values import texts, types

_LOOKS: Final = (
    (b"%PDF", "a PDF: bring the digital credential itself, or enter the paper's data"),
    (b"\x89PNG", "a PNG picture: a baked badge is not read yet, bring its JSON"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive or an office document: unpack it and bring the credential inside"),
    (b"\x1f\x8b", "a gzip archive: unpack it and bring the credential inside"),
    (b"-----BEGIN", "a PEM key or certificate"),
)
_XML_LOOKS: Final = (
    (b"elmo", "an ELMO transcript: not read yet"),
    (b"europass", "a European Digital Credential in XML (before ELM v3): not read, ask its issuer for JSON-LD"),
    (b"europeandigitalcredential", "a European Digital Credential in XML (before ELM v3): not read"),
    (b"<svg", "an SVG picture: a baked badge is not read yet, bring its JSON"),
    (b"<html", "a web page"),
    (b"<!doctype html", "a web page"),
)
_LOOKED_AT: Final = 4096


def detect(data: bytes) -> str:
    """Return the kind of credential that the bytes hold: one of `node.formats.reading.KINDS`.

    Raises:
        NotACredentialError: They hold none; the text says what they look like.
        MalformedError: They claim to be one, and are broken.
    """
    refuse_other_files(data)
    return kind_of(unwrap(data).credential)


def refuse_other_files(data: bytes) -> None:
    """Raise NotACredentialError where the first bytes already show that this is no JSON and no token."""
    start = data[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise NotACredentialError("this file is empty")
    for mark, look in _LOOKS:
        if start.startswith(mark):
            raise NotACredentialError(f"this file is {look}")
    if start.startswith(b"<"):
        lower = start.lower()
        look = next((look for mark, look in _XML_LOOKS if mark in lower), "XML, of a kind that is not read")
        raise NotACredentialError(f"this file is {look}")
    if not start.startswith((b"{", b"[")) and not is_token(data):
        raise NotACredentialError("this file is neither JSON nor a signed token (JWT)")


def kind_of(credential: JsonObject) -> str:
    """Return the kind by the credential's types, else by its data model's version."""
    named = types(credential)
    if "EuropeanDigitalCredential" in named or any("data.europa.eu/snb/model" in c for c in _contexts(credential)):
        return ELM
    if named & {"OpenBadgeCredential", "AchievementCredential"}:
        return OPEN_BADGE
    if "ClrCredential" in named:
        return CLR
    return W3C_2 if V2_CONTEXT in _contexts(credential) else W3C_1


def _contexts(credential: JsonObject) -> tuple[str, ...]:
    return texts(credential.get("@context"))
