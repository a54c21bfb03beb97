"""What breaks a roster, a next key or a succession, one change at a time, and what is told of it.

Rows are those of `tests.vectors.recognition_mutations`. A changed credential is signed anew, unless the row's name
begins with ``forged``: then the change is one that its signature doesn't cover.
"""

from typing import Final

from protocol.encoding.keys import Signer
from protocol.encoding.multibase import did_key
from protocol.recognition.key import sign_key
from tests.support.examples import seed
from tests.vectors.membership_examples import (
    ASSERTION,
    MIRROR,
    NEW_KEY,
    OLD_KEY,
    WITNESS,
    a_dcu_member,
    a_roster,
    a_tuni_member,
)
from tests.vectors.recognition_examples import DCU, TUNI, hash_text
from tests.vectors.recognition_mutations import REMOVED, Row

OTHER: Final = Signer("assertion", seed("another assertion key"))
_SUBJECT = "credential.credentialSubject"
_NOT_OVER = f"credential.proof: the proof by {did_key(ASSERTION.verifier.public_key)} is not over this document"
_ONE_MEMBER = "each log and each key belongs to one member"

ROSTER: Final[list[Row]] = [
    ("roster", "credential-as-text", "credential", "eyJ…", ["credential: is 'eyJ…', must be an object"]),
    ("roster", "member-beside-the-credential", "members", [],
     ["members: is not known here; known are credential, id, v, version"]),
    ("roster", "forged-name", f"{_SUBJECT}[0].name", "Tampere College", [_NOT_OVER]),
    ("roster", "forged-unknown-member", f"{_SUBJECT}[1].url", "https://www.dcu.example", [_NOT_OVER]),
    ("roster", "forged-validity", "credential.validUntil", "2037-11-23T23:59:59Z", [_NOT_OVER]),
    ("roster", "forged-without-proof", "credential.proof", REMOVED, ["credential.proof: is missing: add it"]),
    ("roster", "forged-proof-of-another-suite", "credential.proof.cryptosuite", "eddsa-rdfc-2022",
     ["credential.proof.cryptosuite: must be 'eddsa-jcs-2022'"]),
    ("roster", "forged-proof-by-a-key-elsewhere", "credential.proof.verificationMethod", "did:web:eciu.eu#key-1",
     ["credential.verificationMethod: only did:key holds its key"]),
    ("roster", "forged-two-proofs", "credential.proof", [a_roster()["credential"]["proof"]] * 2,
     ["credential.proof: is missing, or not one object: one proof is read"]),
    ("roster", "issued-by-another", "credential.issuer.id", did_key(OTHER.verifier.public_key),
     [f"credential.issuer.id: is '{did_key(OTHER.verifier.public_key)[:60]}', and the proof is by "
      f"{did_key(ASSERTION.verifier.public_key)}"]),
    ("roster", "issuer-as-text", "credential.issuer", did_key(ASSERTION.verifier.public_key),
     [f"credential.issuer: is '{did_key(ASSERTION.verifier.public_key)[:40]}', must be an object"]),
    ("roster", "context-of-version-one", "credential.@context", ["https://www.w3.org/2018/credentials/v1"],
     ["credential.@context: must begin with 'https://www.w3.org/ns/credentials/v2'"]),
    ("roster", "another-credential", "credential.type", ["VerifiableCredential", "OpenBadgeCredential"],
     ["credential.type: must hold 'RecognizedEntityCredential'"]),
    ("roster", "valid-until-before-from", "credential.validUntil", "2026-11-24T07:59:59Z",
     ["credential.validUntil: ends at 2026-11-24T07:59:59Z, before it begins at 2026-11-24T08:00:00Z"]),
    ("roster", "valid-from-with-offset", "credential.validFrom", "2026-11-24T08:00:00+01:00",
     ["credential.validFrom: '2026-11-24T08:00:00+01:0' is not an instant: write YYYY-MM-DDTHH:MM:SSZ"]),
    ("roster", "of-nobody", _SUBJECT, [],
     [f"{_SUBJECT}: is empty: give at least one, or leave the member out where it may be absent"]),
    ("roster", "subject-alone", _SUBJECT, a_dcu_member(), [f"{_SUBJECT}: is an object, must be an array"]),
    ("roster", "log-twice", _SUBJECT, [a_dcu_member(), a_dcu_member()],
     [f"{_SUBJECT}[1].origin: stands in credentialSubject[0].origin already: {_ONE_MEMBER}",
      f"{_SUBJECT}[1].logKeys[0].verifierKey: stands in credentialSubject[0].logKeys[0].verifierKey "
      f"already: {_ONE_MEMBER}"]),
    ("roster", "id-of-another-log", f"{_SUBJECT}[0].id", f"https://{DCU}",
     [f"{_SUBJECT}[0].id: is 'https://{DCU}', must be 'https://{TUNI}': it names the log"]),
    ("roster", "type-unknown", f"{_SUBJECT}[1].type", ["EducationalOrganization"],
     [f"{_SUBJECT}[1].type: must be, or hold, 'RecognizedEntity'"]),
    ("roster", "schac-of-one-label", f"{_SUBJECT}[0].schac", "tuni",
     [f"{_SUBJECT}[0].schac: 'tuni' is not a DNS name in A-labels such as tuni.fi"]),
    ("roster", "without-a-key", f"{_SUBJECT}[0].logKeys", REMOVED, [f"{_SUBJECT}[0].logKeys: is missing: add it"]),
    ("roster", "key-of-another-log", f"{_SUBJECT}[0].logKeys[1].verifierKey",
     Signer(DCU, seed("second key of tuni")).verifier.render(),
     [f"{_SUBJECT}[0].logKeys[1].verifierKey: is named '{DCU}', not by the origin"]),
    ("roster", "key-of-a-cosigner", f"{_SUBJECT}[0].logKeys[1].verifierKey", MIRROR.verifier.render(),
     [f"{_SUBJECT}[0].logKeys[1].verifierKey: is a cosigner's key, and a log's is wanted (type 01)"]),
    ("roster", "key-id-changed", f"{_SUBJECT}[0].logKeys[1].verifierKey",
     NEW_KEY.verifier.render().replace(NEW_KEY.verifier.key_id.hex(), "00000000"),
     [f"{_SUBJECT}[0].logKeys[1].verifierKey: the key ID in the verifier key of '{TUNI}' is not this key's"]),
    ("roster", "two-keys-that-sign", f"{_SUBJECT}[0].logKeys[0].last", REMOVED,
     [f"{_SUBJECT}[0].logKeys[1].last: is missing: one key of a log signs at a time"]),
    ("roster", "key-ends-before-it-begins", f"{_SUBJECT}[0].logKeys[0].until", "2025-12-31",
     [f"{_SUBJECT}[0].logKeys[0].until: ends on 2025-12-31, before it begins on 2026-01-01"]),
    ("roster", "key-ends-for-no-reason", f"{_SUBJECT}[0].logKeys[0].last.why", "lost",
     [f"{_SUBJECT}[0].logKeys[0].last.why: is 'lost', must be one of compromised, retired"]),
    ("roster", "last-size-negative", f"{_SUBJECT}[0].logKeys[0].last.size", -1,
     [f"{_SUBJECT}[0].logKeys[0].last.size: is -1, must be from 0 to 9007199254740991"]),
    ("roster", "last-root-in-padded-base64", f"{_SUBJECT}[0].logKeys[0].last.root", hash_text("tree") + "=",
     [f"{_SUBJECT}[0].logKeys[0].last.root: expected 32 bytes as 43 characters of base64url without padding"]),
    ("roster", "nothing-good-yet-a-root", f"{_SUBJECT}[1].logKeys[0].last.root", hash_text("tree"),
     [f"{_SUBJECT}[1].logKeys[0].last.root: the root hash of an empty tree is SHA-256 of nothing"]),
    ("roster", "cosigner-of-no-claim", f"{_SUBJECT}[0].cosigners[0].claim", "log",
     [f"{_SUBJECT}[0].cosigners[0].claim: is 'log', must be one of index, mirror, witness"]),
    ("roster", "cosigner-with-a-logs-key", f"{_SUBJECT}[0].cosigners[0].verifierKey", OLD_KEY.verifier.render(),
     [f"{_SUBJECT}[0].cosigners[0].verifierKey: is a log's key, and a cosigner's is wanted (type 04 or 06)"]),
    ("roster", "cosigner-without-key", f"{_SUBJECT}[0].cosigners[1].verifierKeyHash", REMOVED,
     [f"{_SUBJECT}[0].cosigners[1]: give verifierKey or verifierKeyHash, one of them"]),
    ("roster", "cosigner-with-two-claims", f"{_SUBJECT}[0].cosigners[2].verifierKey",
     Signer(WITNESS.verifier.name, seed("mirror of tuni"), MIRROR.verifier.algorithm).verifier.render(),
     [f"{_SUBJECT}[0].cosigners[2]: stands in credentialSubject[0].cosigners[0] already: {_ONE_MEMBER}"]),
    ("roster", "cosigner-with-the-logs-own-key", f"{_SUBJECT}[0].cosigners[0].verifierKey",
     Signer(MIRROR.verifier.name, seed("second key of tuni"), MIRROR.verifier.algorithm).verifier.render(),
     [f"{_SUBJECT}[0].cosigners[0]: stands in credentialSubject[0].logKeys[1].verifierKey already: "
      f"{_ONE_MEMBER}"]),
    ("roster", "node-without-scheme", f"{_SUBJECT}[0].node", "ledger.tuni.fi",
     [f"{_SUBJECT}[0].node: 'ledger.tuni.fi' is not a web address: write https:// and a lower-case host"]),
    ("roster", "operator-with-a-name", f"{_SUBJECT}[0].operator", "Tampere University",
     [f"{_SUBJECT}[0].operator: 'Tampere University' is not an id: use a-z, 0-9, '.', '_', '-', at most 64 of them"]),
    ("roster", "member-without-name", _SUBJECT,
     [{name: value for name, value in a_tuni_member().items() if name != "name"}],
     [f"{_SUBJECT}[0].name: is missing: add it"]),
]  # fmt: skip

_UNSIGNED = ["signature: is not the next key's over this entry"]

KEY: Final[list[Row]] = [
    ("key", "forged-date", "from", "2026-10-01", _UNSIGNED),
    ("key", "forged-version", "version", 3, _UNSIGNED),
    ("key", "forged-key", "key", OLD_KEY.verifier.render(), _UNSIGNED),
    ("key", "forged-signature-of-another", "signature", sign_key(NEW_KEY, from_="2026-11-02").signature, _UNSIGNED),
    ("key", "signature-with-trailing-bits", "signature", "A" * 85 + "B",
     ["signature: expected 64 bytes as 86 characters of base64url without padding"]),
    ("key", "signature-padded", "signature", "A" * 86 + "==",
     ["signature: expected 64 bytes as 86 characters of base64url without padding"]),
    ("key", "of-a-cosigner", "key", MIRROR.verifier.render(),
     ["key: is a cosigner's key, and a log's is wanted (type 01)"]),
    ("key", "without-a-name", "key", NEW_KEY.verifier.render().partition("+")[2],
     ["key: '" + NEW_KEY.verifier.render().partition("+")[2][:60] + "' is not a verifier key: expected NAME+HASH+KEY"]),
]  # fmt: skip

SUCCESSION: Final[list[Row]] = [
    ("succession", "at-size-zero", "size", 0, ["size: is 0, must be from 1 to 9007199254740991"]),
    ("succession", "size-as-text", "size", "20841", ["size: is '20841', must be an integer"]),
    ("succession", "by-an-address", "successor", "https://ledger.tuni.fi/nostra-2",
     ["successor: 'https://ledger.tuni.fi/nostra-2' is not an origin: write a lower-case host and path such as "
      "ledger.example.org/nostra, at most 255 bytes, not ending in /index"]),
    ("succession", "with-a-reason-in-clear", "reason", "merger",
     ["reason: is not known here; known are id, size, successor, v, version"]),
]  # fmt: skip

MEMBERSHIP: Final[list[Row]] = [*ROSTER, *KEY, *SUCCESSION]
