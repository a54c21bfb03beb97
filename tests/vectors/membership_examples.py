"""A roster, a next key and a succession, from which their vectors are made: signed by keys of fixed seeds.

The consortium's log lists two members: one whose log has had two keys, and one that has left.
"""

import base64
from typing import Any, Final

from node.formats.sign_proof import sign_proof
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.multibase import did_key
from protocol.log.merkle import EMPTY_ROOT
from protocol.recognition.key import sign_key
from protocol.recognition.member import hash_of_key
from protocol.recognition.shape import plain
from tests.support.examples import seed
from tests.vectors.recognition_examples import DCU, TUNI, hash_text

ASSERTION: Final = Signer("assertion", seed("assertion key"))
OLD_KEY: Final = Signer(TUNI, seed("first key of tuni"))
NEW_KEY: Final = Signer(TUNI, seed("second key of tuni"))
DCU_KEY: Final = Signer(DCU, seed("key of dcu"))
MIRROR: Final = Signer(f"{TUNI}/mirror", seed("mirror of tuni"), COSIGNATURE)
WITNESS: Final = Signer(f"{TUNI}/witness", seed("witness of tuni"), COSIGNATURE)
CREATED: Final = "2026-11-24T08:00:00Z"
EMPTY: Final = base64.urlsafe_b64encode(EMPTY_ROOT).rstrip(b"=").decode()


def a_tuni_member() -> dict[str, Any]:
    """Return a member whose log signs by its second key, with a cosigner's key whole and one by hash."""
    return {
        "cosigners": [
            {"claim": "mirror", "verifierKey": MIRROR.verifier.render()},
            {"claim": "mirror", "verifierKeyHash": hash_of_key("a key of ML-DSA-44")},
            {"claim": "witness", "verifierKey": WITNESS.verifier.render()},
        ],
        "id": f"https://{TUNI}",
        "logKeys": [
            {
                "from": "2026-01-01",
                "last": {"root": hash_text("tree of 1,204 entries"), "size": 1204, "why": "retired"},
                "until": "2026-10-31",
                "verifierKey": OLD_KEY.verifier.render(),
            },
            {"from": "2026-11-01", "verifierKey": NEW_KEY.verifier.render()},
        ],
        "name": "Tampere University",
        "node": "https://ledger.tuni.fi",
        "operator": "tuni",
        "origin": TUNI,
        "schac": "tuni.fi",
        "type": "RecognizedEntity",
    }


def a_dcu_member() -> dict[str, Any]:
    """Return a member whose only key came into wrong hands before it signed anything good; it is hosted elsewhere."""
    return {
        "id": f"https://{DCU}",
        "logKeys": [
            {
                "from": "2026-01-01",
                "last": {"root": EMPTY, "size": 0, "why": "compromised"},
                "verifierKey": DCU_KEY.verifier.render(),
            }
        ],
        "name": "Dublin City University",
        "node": "https://ledger.dcu.ie",
        "operator": "tuni",
        "origin": DCU,
        "sameAs": "https://ror.org/04a1a1e81",
        "type": ["RecognizedEntity", "EducationalOrganization"],
        "url": "https://www.dcu.ie",
    }


def signed(credential: dict[str, Any]) -> dict[str, Any]:
    """Return the credential signed by the consortium's assertion key, in the place of any proof it bears."""
    unsigned = {name: value for name, value in credential.items() if name != "proof"}
    return sign_proof(unsigned, ASSERTION, created=CREATED)


def a_roster() -> dict[str, Any]:
    """Return a roster with every member that we read, and some that we don't."""
    return {
        "credential": signed(
            {
                "@context": [
                    "https://www.w3.org/ns/credentials/v2",
                    "https://www.w3.org/ns/credentials/undefined-terms/v2",
                ],
                "credentialSubject": [a_tuni_member(), a_dcu_member()],
                "description": {"@language": "en", "@value": "Members of the consortium"},
                "issuer": {
                    "id": did_key(ASSERTION.verifier.public_key),
                    "name": "ECIU University",
                    "type": "RecognizedIssuer",
                },
                "type": ["VerifiableCredential", "RecognizedEntityCredential"],
                "validFrom": "2026-11-24T08:00:00Z",
                "validUntil": "2027-11-23T23:59:59Z",
            }
        ),
        "id": "eciu",
        "kind": "roster",
        "v": 1,
        "version": 3,
    }


def a_key() -> dict[str, Any]:
    """Return a log's second key."""
    return plain(sign_key(NEW_KEY, from_="2026-11-01"))


def a_succession() -> dict[str, Any]:
    """Return the end of a log."""
    return {
        "id": "succession",
        "kind": "succession",
        "size": 20841,
        "successor": "ledger.tuni.fi/nostra-2",
        "v": 1,
        "version": 1,
    }


def resigned(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return a changed example with its signature made anew, so that only the change is wrong with it."""
    if kind == "roster" and isinstance(value.get("credential"), dict):
        value["credential"] = signed(value["credential"])
    return value
