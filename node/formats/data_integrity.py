"""Verify Data Integrity proofs of W3C credentials: eddsa-jcs-2022 with a ``did:key``.

The suite signs SHA-256(JCS(proof without proofValue)) ‖ SHA-256(JCS(document without proof)) with Ed25519. Where the
proof has an ``@context``, the document's begins with it, and the document is hashed with the proof's (Data Integrity
EdDSA Cryptosuites 1.0, section 3.3). Each proof of a set is verified alone; one that follows another
(``previousProof``) is not verified.

Suites over RDF (eddsa-rdfc-2022, Ed25519Signature2020, …) need JSON-LD processing with contexts that would have to be
fetched: *not checked*.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from node.formats.dates import instant
from node.formats.public_keys import from_did, key_id, multibase_bytes, verifies
from node.formats.seal_report import MOST_SIGNATURES, NO_CERTIFICATE, Line, SealFinding, spoilt, trust_line, unchecked
from node.formats.strict_json import JsonObject, string
from node.formats.values import identity, listed, objects, text
from protocol.encoding import jcs
from protocol.errors import MalformedError

SUITE: Final = "eddsa-jcs-2022"

_NEEDS_RDF: Final = "needs JSON-LD processing, which is not done here"


def check_proofs(credential: JsonObject, trusted_keys: Mapping[str, str]) -> tuple[SealFinding, ...]:
    """Return the finding for each proof of a credential; none where it has none.

    Args:
        credential: The credential with its proofs.
        trusted_keys: Holder by key id, from the relying party.
    """
    if "proof" not in credential:
        return ()
    proofs = listed(credential["proof"])
    if not proofs or len(objects(proofs)) != len(proofs):
        return (spoilt("data integrity", "a proof is an object"),)
    if len(proofs) > MOST_SIGNATURES:
        return (spoilt("data integrity", f"holds more than {MOST_SIGNATURES} proofs"),)
    return tuple(_check_proof(credential, proof, trusted_keys) for proof in objects(proofs))


def _check_proof(credential: JsonObject, proof: JsonObject, trusted_keys: Mapping[str, str]) -> SealFinding:
    method = text(proof.get("cryptosuite")) or text(proof.get("type")) or "unnamed proof"
    created = instant(text(proof.get("created")))
    if reason := _cannot_check(proof, method):
        return unchecked(method[:40], reason, created)
    try:
        return _verify(credential, proof, created, trusted_keys)
    except MalformedError as error:
        return spoilt(SUITE, str(error))


def _cannot_check(proof: JsonObject, method: str) -> str:
    if method.startswith(("Ed25519Signature", "RsaSignature", "Bbs")) or "-rdf" in method:
        return _NEEDS_RDF
    if method != SUITE or text(proof.get("type")) != "DataIntegrityProof":
        return f"'{method[:40]}' is not checked here; {SUITE} is"
    if "previousProof" in proof:
        return "a proof that follows another one is not checked"
    if not identity(proof.get("verificationMethod")).startswith("did:key:"):
        return "its key would have to be fetched from its issuer; only did:key holds its key"
    return ""


def _verify(credential: JsonObject, proof: JsonObject, created: str, trusted_keys: Mapping[str, str]) -> SealFinding:
    if proof.get("proofPurpose") != "assertionMethod":
        raise MalformedError("a credential is proved for 'assertionMethod'", "proof.proofPurpose")
    did = string(proof, "verificationMethod")
    key = from_did(did)
    signature = multibase_bytes(string(proof, "proofValue"))
    signed = verifies(key, "EdDSA", message=hash_data(credential, proof), signature=signature)
    source, owner = "did:key in the proof", did.partition("#")[0]
    return SealFinding(
        method=SUITE,
        signature=Line("good", f"signed by {owner}") if signed else Line("bad", "the document was changed"),
        validity=NO_CERTIFICATE,
        trust=trust_line(key_id(key), trusted_keys, source) if signed else Line("not checked", "the signature is bad"),
        key_source=source,
        key_id=key_id(key),
        key_owner=owner,
        claimed_time=created,
    )


def hash_data(credential: JsonObject, proof: JsonObject) -> bytes:
    """Return the 64 bytes that the suite signs: the hash of the proof's options, then that of the document.

    Raises:
        MalformedError: The proof's context is not the beginning of the document's, or a value has no canonical form.
    """
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    document = {name: value for name, value in credential.items() if name != "proof"}
    if "@context" in proof:
        first = listed(proof["@context"])
        if listed(credential.get("@context"))[: len(first)] != first:
            raise MalformedError("the document's context does not begin with the proof's", "proof.@context")
        document["@context"] = proof["@context"]
    return hashlib.sha256(jcs.encode(options)).digest() + hashlib.sha256(jcs.encode(document)).digest()
