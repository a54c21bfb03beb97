"""Verify Data Integrity proofs of W3C credentials: eddsa-jcs-2022 with a ``did:key``.

The suite signs SHA-256(JCS(proof without proofValue)) ‖ SHA-256(JCS(document without proof)) with Ed25519. Where the
proof has an ``@context``, the document's begins with it, and the document is hashed with the proof's (Data Integrity
EdDSA Cryptosuites 1.0, section 3.3): what the document's names beyond it is not signed, and the report says so. Each
proof of a set is verified alone; one that follows another (``previousProof``) is not verified. ``expires`` is a date
like a certificate's.

Suites over RDF (eddsa-rdfc-2022, Ed25519Signature2020, …) need JSON-LD processing with contexts that would have to be
fetched: *not checked*.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from node.formats.dates import instant
from node.formats.public_keys import from_did, key_id, verifies
from node.formats.seal_report import MOST_SIGNATURES, NO_CERTIFICATE, Line, SealFinding, spoilt, trust_line, unchecked
from node.formats.strict_json import JsonObject, string
from node.formats.values import identity, listed, objects, text
from protocol.encoding import jcs
from protocol.encoding.data_integrity import PURPOSE, SUITE, TYPE, hash_options, signed_members
from protocol.encoding.multibase import multibase_bytes
from protocol.errors import MalformedError

MOST_CONTEXTS: Final = 2
"""Contexts under which one document is hashed: each costs as much as the whole document."""

_NEEDS_RDF: Final = "needs JSON-LD processing, which is not done here"


def check_proofs(credential: JsonObject, at: str, trusted_keys: Mapping[str, str]) -> tuple[SealFinding, ...]:
    """Return the finding for each proof of a credential; none where it has none.

    Args:
        credential: The credential with its proofs.
        at: The date on which a proof that expires should not have, or an empty string.
        trusted_keys: Holder by key id, from the relying party.
    """
    if "proof" not in credential:
        return ()
    proofs = listed(credential["proof"])
    if not proofs or len(objects(proofs)) != len(proofs):
        return (spoilt("data integrity", "a proof is an object"),)
    if len(proofs) > MOST_SIGNATURES:
        return (spoilt("data integrity", f"holds more than {MOST_SIGNATURES} proofs"),)
    document = _Document(credential)
    return tuple(_check_proof(document, proof, at, trusted_keys) for proof in objects(proofs))


def _check_proof(document: "_Document", proof: JsonObject, at: str, trusted_keys: Mapping[str, str]) -> SealFinding:
    method = text(proof.get("cryptosuite")) or text(proof.get("type")) or "unnamed proof"
    created = instant(text(proof.get("created")))
    if reason := _cannot_check(proof, method):
        return unchecked(method[:40], reason, created)
    try:
        return _verify(document, proof, at=at, trusted_keys=trusted_keys)
    except MalformedError as error:
        return spoilt(SUITE, str(error))


def _cannot_check(proof: JsonObject, method: str) -> str:
    if method.startswith(("Ed25519Signature", "RsaSignature", "Bbs")) or "-rdf" in method:
        return _NEEDS_RDF
    if method != SUITE or text(proof.get("type")) != TYPE:
        return f"'{method[:40]}' is not checked here; {SUITE} is"
    if "previousProof" in proof:
        return "a proof that follows another one is not checked"
    if not identity(proof.get("verificationMethod")).startswith("did:key:"):
        return "its key would have to be fetched from its issuer; only did:key holds its key"
    return ""


def _verify(document: "_Document", proof: JsonObject, *, at: str, trusted_keys: Mapping[str, str]) -> SealFinding:
    if proof.get("proofPurpose") != PURPOSE:
        raise MalformedError(f"a credential is proved for '{PURPOSE}'", "proof.proofPurpose")
    did = string(proof, "verificationMethod")
    key = from_did(did)
    signature = multibase_bytes(string(proof, "proofValue"))
    created, validity = _instant(proof, "created"), _validity_line(_instant(proof, "expires"), at)
    signed = verifies(key, "EdDSA", message=document.hash_data(proof), signature=signature)
    source, owner = "did:key in the proof", did.partition("#")[0]
    return SealFinding(
        method=SUITE,
        signature=Line("good", f"signed by {owner}{document.unsigned_contexts(proof)}")
        if signed
        else Line("bad", "the document was changed"),
        validity=validity,
        trust=trust_line(key_id(key), trusted_keys, source) if signed else Line("not checked", "the signature is bad"),
        key_source=source,
        key_id=key_id(key),
        key_owner=owner,
        claimed_time=created,
    )


def _instant(proof: JsonObject, name: str) -> str:
    """Return an optional instant of a proof."""
    if name not in proof:
        return ""
    if found := instant(string(proof, name)):
        return found
    raise MalformedError("is not an instant", f"proof.{name}")


def _validity_line(expires: str, at: str) -> Line:
    if not expires:
        return NO_CERTIFICATE
    if not at:
        return Line("not checked", f"no date was given; the proof expires at {expires}")
    return Line("good" if at <= expires[:10] else "bad", f"asked for {at}; the proof expires at {expires}")


class _Document:
    """The document that proofs sign, hashed once under each of their contexts."""

    __slots__ = ("_hashes", "_members")

    def __init__(self, credential: JsonObject) -> None:
        self._members = {name: value for name, value in credential.items() if name != "proof"}
        self._hashes: dict[bytes, bytes] = {}

    def hash_data(self, proof: JsonObject) -> bytes:
        """Return what a proof signs (`protocol.encoding.data_integrity`).

        Raises:
            MalformedError: The proof's context isn't the beginning of the document's, or there is one too many.
        """
        return hash_options(proof) + self._hash_under(proof)

    def unsigned_contexts(self, proof: JsonObject) -> str:
        """Say how many contexts the document names that the proof doesn't, if any."""
        more = len(listed(self._members.get("@context"))) - len(listed(proof.get("@context")))
        return f"; {more} further contexts are not signed" if "@context" in proof and more else ""

    def _hash_under(self, proof: JsonObject) -> bytes:
        members = signed_members(self._members, proof)
        key = jcs.encode(proof["@context"]) if "@context" in proof else b""
        if key not in self._hashes:
            if len(self._hashes) == MOST_CONTEXTS:
                raise MalformedError(f"proofs under more than {MOST_CONTEXTS} contexts are not looked at", "proof")
            self._hashes[key] = hashlib.sha256(jcs.encode(members)).digest()
        return self._hashes[key]
