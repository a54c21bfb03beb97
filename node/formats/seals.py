"""Check what can be checked offline of a document's authenticity, and say of the rest that it was not.

Example::

    report = check_authenticity(data, at="2026-11-23")
    report.result                       'good': the bytes are whole …
    report.seals[0].trust.result        'not checked': … and whose key it is, this cannot say

Nothing fails open: an unknown algorithm, an unreadable certificate, a key that has to be fetched give *not checked* or
*bad*, never *good*.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.formats import read_elm, read_w3c
from node.formats.data_integrity import check_proofs
from node.formats.detect import kind_of, refuse_other_files
from node.formats.jades import check_seal
from node.formats.reading import ELM
from node.formats.seal_report import SealFinding, SealReport
from node.formats.strict_json import JsonObject
from node.formats.tokens import check_token
from node.formats.unwrap import JADES, JWT, PRESENTATION, Envelope, Unwrapped, unwrap
from node.formats.values import objects
from protocol.encoding.wire import check_date

NO_TRUSTED_KEYS: Final[Mapping[str, str]] = MappingProxyType({})


def check_authenticity(data: bytes, *, at: str = "", trusted_keys: Mapping[str, str] = NO_TRUSTED_KEYS) -> SealReport:
    """Return what was found about every signature over the credential in these bytes.

    Args:
        data: The file, exactly as it was received.
        at: The date on which keys and signatures should have been valid (``YYYY-MM-DD``); without one that is not
            checked.
        trusted_keys: Holder by key id (SHA-256 of the public key, hex): the relying party's own list.

    Raises:
        NotACredentialError: The file is something else.
        MalformedError: It is broken, or `at` is not a date.
    """
    if at:
        check_date(at, "at")
    refuse_other_files(data)
    found = unwrap(data)
    outer = [seal for envelope in found.envelopes for seal in _check_envelope(envelope, at, trusted_keys)]
    seals = (*outer, *check_proofs(found.credential, at, trusted_keys))
    return SealReport(seals, tuple(_notes(found, seals)))


def _check_envelope(envelope: Envelope, at: str, trusted_keys: Mapping[str, str]) -> tuple[SealFinding, ...]:
    if envelope.kind == JADES and isinstance(envelope.value, dict):
        return check_seal(envelope.value, at, trusted_keys)
    if envelope.kind == JWT and isinstance(envelope.value, bytes):
        return (check_token(envelope.value, at, trusted_keys),)
    return ()


def _notes(found: Unwrapped, seals: tuple[SealFinding, ...]) -> list[str]:
    notes = []
    if not seals:
        notes.append("the document carries no signature: anybody may have written it")
    if any(envelope.kind == PRESENTATION for envelope in found.envelopes):
        notes.append("a presentation's own proof says who showed it, not who issued it, and is not checked")
    if any(seal.claimed_time for seal in seals):
        notes.append("the time of signing is the signer's word; time stamps are not checked")
    if objects(found.credential.get("credentialStatus")):
        notes.append("the document names a status list; it is not asked here")
    whole = (seal for seal in seals if seal.signature.result == "good")
    return notes + [_issuer_note(found.credential, seal) for seal in whole]


def _issuer_note(credential: JsonObject, seal: SealFinding) -> str:
    """Say whether the key calls its holder as the document calls its issuer; if not, nothing here ties the two."""
    issuer = read_elm.read_issuer(credential) if kind_of(credential) == ELM else read_w3c.read_issuer(credential)
    known = {issuer.id, *(item.value for item in issuer.identifiers)} - {""}
    if not seal.key_owner:
        return "the key does not say whose it is: nothing here ties it to the document's issuer"
    if seal.key_owner in known or _register_entry(seal.key_owner) in known:
        return f"the key's holder calls itself {seal.key_owner}, as the document calls its issuer"
    return f"the key's holder calls itself {seal.key_owner}; the document's issuer bears no such identifier"


def _register_entry(organisation_id: str) -> str:
    """Return an eIDAS identifier as documents write it that do not say which register: ``EE 17207834``."""
    prefix, _, entry = organisation_id.partition("-")
    return f"{prefix[3:]} {entry}" if len(prefix) == len("NTREE") else ""
