"""Sign a JSON credential with a Data Integrity proof, eddsa-jcs-2022; `protocol.encoding.data_integrity` verifies it.

The suite signs SHA-256(JCS(proof without proofValue)) ‖ SHA-256(JCS(document without proof)) with Ed25519 (Data
Integrity EdDSA Cryptosuites 1.0, section 3.3). The proof repeats the document's ``@context``, so that a reader who
knows further contexts can append them. Example::

    signed = sign_proof(credential, signer, verification_method="did:web:tuni.fi#key-1", created="2026-11-24T08:00:00Z")
    signed["proof"]["proofValue"]      'z2HnF…'

What is signed is the JSON value, not its bytes: members may be written in any order, with any blanks.
"""

import hashlib
from typing import Any

from node.formats.strict_json import JsonObject
from protocol.encoding.data_integrity import PURPOSE, SUITE, TYPE, hash_data, hash_options
from protocol.encoding.keys import Signer
from protocol.encoding.multibase import DID_KEY, did_key, method_of, multibase
from protocol.encoding.wire import check_instant
from protocol.errors import MalformedError


def sign_proof(
    credential: JsonObject, signer: Signer, *, created: str, verification_method: str | None = None
) -> JsonObject:
    """Return the credential with its proof; the one passed in stays as it is.

    Args:
        credential: A JSON object without a proof.
        signer: The assertion key. Its name is not used: what names the key is the verification method.
        created: The instant of signing (``YYYY-MM-DDTHH:MM:SSZ``).
        verification_method: The URL under which others find the public key; by default the key's own ``did:key``.

    Raises:
        MalformedError: The credential bears a proof already or has no canonical form, `created` is no instant, or
            the verification method is another key's ``did:key``.
    """
    if "proof" in credential:
        raise MalformedError("the credential is signed already: sign the one without a proof", "proof")
    proof = _options(credential.get("@context"), signer, created, verification_method)
    signature = signer.sign(hash_data(credential, proof))
    return credential | {"proof": proof | {"proofValue": multibase(signature)}}


def proof_of(
    canonical: bytes, signer: Signer, *, context: Any, created: str, verification_method: str | None = None
) -> JsonObject:
    """Return the proof of a document whose canonical bytes are at hand; otherwise as `sign_proof`.

    Args:
        canonical: The document's canonical bytes (RFC 8785), without a proof.
        signer: The assertion key.
        context: The document's ``@context``.
        created: The instant of signing.
        verification_method: The URL of the public key; by default the key's own ``did:key``.

    Raises:
        MalformedError: `created` is no instant, or the verification method is another key's ``did:key``.
    """
    proof = _options(context, signer, created, verification_method)
    signature = signer.sign(hash_options(proof) + hashlib.sha256(canonical).digest())
    return proof | {"proofValue": multibase(signature)}


def _options(context: Any, signer: Signer, created: str, verification_method: str | None) -> JsonObject:
    check_instant(created, "created")
    proof: JsonObject = {
        "type": TYPE,
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": _method(signer, verification_method),
        "proofPurpose": PURPOSE,
    }
    return proof if context is None else proof | {"@context": context}


def _method(signer: Signer, named: str | None) -> str:
    key = signer.verifier.public_key
    if named is None:
        return method_of(key)
    if named.startswith(DID_KEY) and named not in (method_of(key), did_key(key)):
        raise MalformedError("is another key's did:key, so nobody could verify the proof", "verificationMethod")
    return named
