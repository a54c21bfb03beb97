"""What was found about a document's seals, and what was not looked at.

Three lines per seal, never one tick: the *signature* (do these bytes carry it under that key), the key's *validity* on
a given date (certificates only), and *trust* (whose key it is). Offline and without a list of trusted keys the last is
never good: a key that comes inside the file proves nothing about who used it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Result = Literal["good", "bad", "not checked"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: its result, and why or by what."""

    result: Result
    why: str = ""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the certificate inside a seal says of itself: its own word, until its chain is checked."""

    subject: str
    issuer: str
    organisation: str
    organisation_id: str
    """eIDAS semantics identifier (OID 2.5.4.97), such as ``VATES-A00000000``."""
    serial: str
    valid_from: str
    valid_until: str
    claims_qualified_seal: bool


@dataclass(frozen=True, slots=True)
class SealFinding:
    """One signature over the document."""

    method: str
    """Such as ``JAdES RS256``, ``JWT ES256``, ``eddsa-jcs-2022``."""
    signature: Line
    validity: Line
    trust: Line
    key_source: str = ""
    """Where the key came from, such as ``certificate in the seal`` or ``did:key``."""
    key_id: str = ""
    """SHA-256 of the public key (SubjectPublicKeyInfo) in hex."""
    key_owner: str = ""
    """What the key calls its holder: a DID, or the certificate's eIDAS identifier. Its own word."""
    certificate: CertificateFacts | None = None
    claimed_time: str = ""
    """When the signer says it signed."""


@dataclass(frozen=True, slots=True)
class SealReport:
    """All seals of a document, and the links between them and what the document says."""

    seals: tuple[SealFinding, ...]
    notes: tuple[str, ...] = ()

    @property
    def result(self) -> Result:
        """``bad`` if any signature is; ``good`` if one is and none is bad; else not checked."""
        results = {seal.signature.result for seal in self.seals}
        if "bad" in results:
            return "bad"
        return "good" if "good" in results else "not checked"


MOST_SIGNATURES: Final = 16
"""Signatures of one document that are looked at: each costs a hash of the whole."""

NO_CERTIFICATE: Final = Line("not checked", "there is no certificate, so the key has no dates")


def trust_line(key_id: str, trusted_keys: Mapping[str, str], source: str) -> Line:
    """Return whose key it is by the relying party's own list; never good by the document's word."""
    if holder := trusted_keys.get(key_id):
        return Line("good", f"your list of keys names it: {holder}")
    return Line("not checked", f"{source}: a key inside the file proves nothing about who; ask a trusted list")


def unchecked(method: str, why: str, claimed_time: str = "") -> SealFinding:
    """Return the finding for a signature that nobody looked at."""
    line = Line("not checked", why)
    return SealFinding(method, line, NO_CERTIFICATE, Line("not checked", why), claimed_time=claimed_time)


def spoilt(method: str, why: str) -> SealFinding:
    """Return the finding for a seal whose form alone makes it bad."""
    return SealFinding(method, Line("bad", why), NO_CERTIFICATE, Line("not checked", "the seal itself is bad"))
