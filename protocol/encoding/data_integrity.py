"""Data Integrity proofs of the suite eddsa-jcs-2022, over any JSON document.

(W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3.) What the suite signs with Ed25519 is 64 bytes::

    SHA-256( JCS( the proof without proofValue ) ) ‖ SHA-256( JCS( the document without proof ) )

so it signs the JSON value: members may stand in any order, with any blanks. Where the proof has an ``@context``, the
document's begins with it, and the document is hashed under the proof's: contexts that the document names beyond it
are not signed (section 3.3.2). Example of a proof::

    {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": "2026-11-24T08:00:00Z",
     "verificationMethod": "did:key:z6Mk…#z6Mk…", "proofPurpose": "assertionMethod", "proofValue": "z…"}

`verify_proof` takes a document with exactly one proof, for an assertion, by a ``did:key``: what can be verified with
nothing else at hand. `verify_proof_by` takes the key from a caller who found it under the proof's verification method,
as in an institution's log. The key in a proof says who signed, and nothing about whether to trust it: that is the
caller's.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from protocol.encoding import canonical, jcs
from protocol.encoding.keys import ED25519, SIGNATURE_BYTES, VerifierKey
from protocol.encoding.multibase import did_key, multibase_bytes, parse_method
from protocol.encoding.wire import check_instant
from protocol.errors import BadSignatureError, MalformedError

SUITE: Final = "eddsa-jcs-2022"
TYPE: Final = "DataIntegrityProof"
PURPOSE: Final = "assertionMethod"
"""Why a credential is signed: its issuer asserts what it says."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proved:
    """What a verified proof says of itself."""

    public_key: bytes
    created: str

    @property
    def did(self) -> str:
        """The ``did:key`` of whoever signed."""
        return did_key(self.public_key)


def verify_proof(document: Document) -> Proved:
    """Verify a document's one proof, and return who signed, and when by its own word.

    Raises:
        MalformedError: There is not exactly one proof, or it is of another suite, purpose or kind of key, or the
            document has no canonical form.
        BadSignatureError: The key did not sign this document.
    """
    proof = _one_proof(document)
    return verify_proof_by(document, parse_method(_text(proof, "verificationMethod")))


def verify_proof_by(document: Document, public_key: bytes) -> Proved:
    """Verify a document's one proof by a key that the caller has found under its verification method.

    Raises:
        MalformedError: As `verify_proof`.
        BadSignatureError: The key did not sign this document.
    """
    proof = _one_proof(document)
    created = _text(proof, "created")
    check_instant(created, "proof.created")
    signature = multibase_bytes(_text(proof, "proofValue"), "proof.proofValue")
    if len(signature) != SIGNATURE_BYTES[ED25519]:
        raise MalformedError(f"holds {len(signature)} bytes, and a signature has 64", "proof.proofValue")
    try:
        VerifierKey("assertion", ED25519, public_key).verify(hash_data(document, proof), signature)
    except BadSignatureError:
        raise BadSignatureError(f"the proof by {did_key(public_key)} is not over this document") from None
    return Proved(public_key, created)


def proof_method(document: Document) -> str:
    """Return the verification method that a document's one proof names, not verified.

    Raises:
        MalformedError: There is not exactly one proof, or it is of another suite or purpose.
    """
    return _text(_one_proof(document), "verificationMethod")


def _one_proof(document: Document) -> dict[str, Any]:
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise MalformedError("is missing, or not one object: one proof is read", "proof")
    for name, word in (("type", TYPE), ("cryptosuite", SUITE), ("proofPurpose", PURPOSE)):
        if proof.get(name) != word:
            raise MalformedError(f"must be '{word}'", f"proof.{name}")
    if "previousProof" in proof:
        raise MalformedError("a proof that follows another one is not read", "proof.previousProof")
    return proof


def hash_data(document: Document, proof: Document) -> bytes:
    """Return the 64 bytes that the suite signs: the hash of the proof's options, then that of the document.

    Raises:
        MalformedError: The proof's context is not the beginning of the document's, or a value has no canonical form.
    """
    return hash_options(proof) + hashlib.sha256(_canonical(signed_members(document, proof))).digest()


def hash_options(proof: Document) -> bytes:
    """Return the hash of the proof's options: all of it but ``proofValue``."""
    return hashlib.sha256(jcs.encode({name: value for name, value in proof.items() if name != "proofValue"})).digest()


def _canonical(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value: of our own subset at once, of any other by the whole of RFC 8785."""
    try:
        return canonical.encode(value)
    except MalformedError:
        return jcs.encode(value)


def signed_members(document: Document, proof: Document) -> dict[str, Any]:
    """Return the document as the proof signs it: without proofs, and with no context beyond the proof's own.

    Raises:
        MalformedError: The proof's context is not the beginning of the document's.
    """
    members = {name: value for name, value in document.items() if name != "proof"}
    if "@context" not in proof:
        return members
    first = listed(proof["@context"])
    if listed(members.get("@context"))[: len(first)] != first:
        raise MalformedError("the document's context does not begin with the proof's", "proof.@context")
    return members | {"@context": proof["@context"]}


def listed(value: Any) -> list[Any]:
    """Return a JSON-LD value as the list that it stands for: what is absent is no member, what is alone is one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(proof: dict[str, Any], name: str) -> str:
    value = proof.get(name)
    if not isinstance(value, str):
        raise MalformedError("is missing or not a string", f"proof.{name}")
    return value
