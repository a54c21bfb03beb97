"""Cases of receipts and decision receipts: the file, a policy, a file beside it, and the verdict.

`fails` names the first step that does not come out as it should.
"""

import base64
import dataclasses
from collections.abc import Iterator
from typing import Any

from protocol.documents.receipt import Receipt
from protocol.encoding import canonical
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note
from protocol.encoding.wire import b64url
from protocol.gossip.policy import Policy
from protocol.recognition.sealed import (
    DecisionStatement,
    StatusStatement,
    seal_award,
    seal_link,
    status_key,
)
from tests.support.examples import (
    CREDENTIAL,
    DECIDER,
    DECIDING_LOG,
    FILE_HASH,
    LEAF,
    LOG,
    ORIGIN,
    PARTNERS,
    POLICY,
    STANDING,
    a_decision,
    a_decision_receipt,
    a_note,
    a_proof,
    a_receipt,
    among_others,
    sealed_entry,
    seed,
    the_decision_receipt,
)

RECEIPT = a_receipt()
PROOF = RECEIPT.log_proof
AWARD = seal_award(STANDING, ORIGIN, FILE_HASH)
KEY_ALONE = Policy.of_keys([LOG.verifier])


def holding(entry: bytes) -> Receipt:
    """Return the receipt with another entry in its place, soundly logged."""
    entries = among_others(entry)
    return dataclasses.replace(RECEIPT, entry=entry, log_proof=a_proof(entries, LEAF, a_note(entries)))


def noted(note: bytes) -> bytes:
    """Return the receipt with another checkpoint note."""
    return dataclasses.replace(RECEIPT, log_proof=dataclasses.replace(PROOF, checkpoint=note)).render()


def proved(**parts: Any) -> bytes:
    """Return the receipt with other parts in its proof."""
    return dataclasses.replace(RECEIPT, log_proof=dataclasses.replace(PROOF, **parts)).render()


def written(data: bytes, **members: Any) -> bytes:
    """Return a document with other members; one that is None is left out."""
    value = canonical.decode(data) | members
    return canonical.encode({name: member for name, member in value.items() if member is not None})


def crossed() -> bytes:
    """Return the receipt's note, unwitnessed, with the cosignatures of another one."""
    own = Note.parse(a_note(ENTRIES, cosigners=()))
    return own.adding(Note.parse(a_note(ENTRIES[:5])).signatures[1:]).render()


def sealing(**values: bytes) -> Receipt:
    """Return a receipt whose entry has another tag, statement or document than the award's."""
    return holding(sealed_entry(dataclasses.replace(AWARD, **values)))


ENTRIES = among_others(RECEIPT.entry)
DATA = RECEIPT.render()
VALUE = canonical.decode(DATA)
REVOKED = seal_link(status_key(STANDING, ORIGIN), ORIGIN, StatusStatement(1, "revoked", AWARD.tag))
MOVED = dataclasses.replace(
    RECEIPT, origin=DECIDER, log_proof=a_proof(ENTRIES, LEAF, a_note(ENTRIES, DECIDING_LOG))
).render()
"""The award's own entry, copied into another institution's log."""

VERIFIED = {
    "usual": ("Signed, cosigned, included, opened; the credential is at hand", DATA, POLICY, CREDENTIAL),
    "without-the-file": ("The credential's file is not at hand", DATA, POLICY, None),
    "key-alone": ("The log's key is trusted, no cosignature is asked for", DATA, KEY_ALONE, CREDENTIAL),
    "name-is-vouched-for-by-nothing": (
        "The file has another name: nothing depends on it",
        dataclasses.replace(RECEIPT, file_name="other.pdf").render(), POLICY, CREDENTIAL,
    ),
}  # fmt: skip
REFUSED = {
    "no-trust": ("Nobody is trusted", DATA, Policy(), None, "signed"),
    "impostor": ("Signed by a key of the log's name that is not the trusted one",
                 noted(a_note(ENTRIES, Signer(ORIGIN, seed("impostor")))), POLICY, None, "signed"),
    "changed-size": ("The tree size was changed after signing",
                     noted(PROOF.checkpoint.replace(b"\n7\n", b"\n8\n")), POLICY, None, "signed"),
    "one-cosignature": ("One of three partners cosigned, two are asked for",
                        noted(a_note(ENTRIES, cosigners=PARTNERS[:1])), POLICY, None, "witnessed"),
    "cosignature-of-another-checkpoint": (
        "A cosignature was taken from another checkpoint",
        noted(crossed()), POLICY, None, "witnessed"),
    "other-leaf": ("The next leaf index", proved(index=LEAF + 1), POLICY, None, "included"),
    "proof-one-short": ("The last hash is missing", proved(hashes=PROOF.hashes[:-1]), POLICY, None, "included"),
    "entry-not-in-the-log": ("The entry is another than the one logged",
                             dataclasses.replace(RECEIPT, entry=sealed_entry(REVOKED)).render(), POLICY, None,
                             "included"),
    "other-secret": ("The standing secret is another's",
                     dataclasses.replace(RECEIPT, standing=seed("other")).render(), POLICY, None, "tag"),
    "somebody-elses-entry": ("An entry of the log that the secret knows nothing of",
                             holding(ENTRIES[0]).render(), POLICY, None, "tag"),
    "copied-into-another-log": ("Another log holds a copy of the entry", MOVED, POLICY, None, "tag"),
    "other-tag": ("Statement and document are the award's, the tag is not",
                  sealing(tag=seed("t")).render(), POLICY, None, "tag"),
    "not-an-award": ("The entry says that the standing changed, under the award's tag",
                     sealing(statement=REVOKED.statement).render(), POLICY, None, "statement"),
    "other-document": ("The entry is about another file", sealing(document=seed("d")).render(), POLICY, None,
                       "document"),
    "other-file-hash": ("The receipt names another file's hash, and that file is given",
                        dataclasses.replace(RECEIPT, file_hash=seed("f")).render(), POLICY, None, "document"),
    "other-file": ("The file given differs in its last byte", DATA, POLICY, CREDENTIAL[:-1] + b" ", "file"),
}  # fmt: skip
CLEAR = '{"kind":"institution","v":1}'
UNREADABLE = {
    "blank": ("A blank after a colon", DATA.replace(b'"v":1', b'"v": 1')),
    "newline-at-end": ("A newline at the end", DATA + b"\n"),
    "members-unsorted": ("A member stands last that belongs first", b'{"v":1,' + DATA[1:-7] + b"}"),
    "unknown-member": ("A member that receipts do not have", written(DATA, note="for the registrar")),
    "unknown-secret": ("A third secret", written(DATA, secrets=VALUE["secrets"] | {"third": b64url(seed("x"))})),
    "no-entry": ("The entry is missing", written(DATA, entry=None)),
    "no-secret": ("The recognition secret is missing", written(DATA, secrets={"standing": b64url(STANDING)})),
    "version-2": ("A version that is not known", written(DATA, v=2)),
    "version-true": ("true is not 1", written(DATA, v=True)),
    "other-origin": ("The origin is not the checkpoint's", written(DATA, origin=DECIDER)),
    "clear-entry": ("The entry is no sealed one", written(DATA, entry=CLEAR)),
    "entry-as-object": ("The entry is no text", written(DATA, entry=canonical.decode(RECEIPT.entry))),
    "entry-with-blank": ("The entry has a blank", written(DATA, entry=VALUE["entry"].replace(":1", ": 1"))),
    "proof-malformed": ("The proof's index has a leading zero",
                        written(DATA, log_proof=VALUE["log_proof"].replace("index 3", "index 03"))),
    "short-secret": ("A secret of 42 characters",
                     written(DATA, secrets=VALUE["secrets"] | {"standing": b64url(STANDING)[:-1]})),
    "hexadecimal-hash": ("The file's hash in hexadecimal",
                         written(DATA, file={"hash": FILE_HASH.hex(), "name": "credential.json"})),
    "name-with-folder": ("The file's name leads elsewhere",
                         written(DATA, file={"hash": b64url(FILE_HASH), "name": "../credential.json"})),
    "no-name": ("The file has no name", written(DATA, file={"hash": b64url(FILE_HASH), "name": ""})),
}  # fmt: skip

DECISION = the_decision_receipt()
DECISION_DATA = DECISION.render()
ANNULLED = a_decision_receipt(DecisionStatement(2, "annulled", "", "", 1))
REPLACED = DecisionStatement(2, "replaced", "partial", "credit", 1)
DECISIONS_VERIFIED = {
    "usual": ("Recognised in full; the credential is at hand", DECISION_DATA, CREDENTIAL),
    "without-the-file": ("The credential is not at hand", DECISION_DATA, None),
    "annulled": ("An earlier decision is annulled: it needs no document", ANNULLED.render(), None),
}
DECISIONS_REFUSED = {
    "other-outcome": ("The opening says another outcome than the entry",
                      dataclasses.replace(DECISION, statement=REPLACED).render(), None, "statement"),
    "other-key": ("The opening's key is another's",
                  dataclasses.replace(DECISION, opening_key=seed("o")).render(), None, "statement"),
    "changed-document": ("A word of the document was changed",
                         DECISION_DATA.replace(b"Registry", b"registry"), None, "document"),
    "document-left-out": ("The document is left out", dataclasses.replace(DECISION, decision=None).render(), None,
                          "document"),
    "document-of-another-outcome": ("The document says full, the entry partial",
                                    a_decision_receipt(REPLACED, a_decision()).render(), None, "agrees"),
    "document-of-another-institution": ("Another institution's log binds the document",
                                        a_decision_receipt(document=a_decision(), origin=ORIGIN).render(), None,
                                        "agrees"),
    "decided-without-document": ("A decision that never had a document", a_decision_receipt().render(), None, "agrees"),
    "not-a-decision-document": ("The entry binds something that is no decision document",
                                a_decision_receipt(document=b'{"kind":"decision","v":1}').render(), None, "agrees"),
    "other-file": ("The file given was not decided on", DECISION_DATA, b"another file", "file"),
}  # fmt: skip
DECISIONS_UNREADABLE = {
    "newline-at-end": ("A newline at the end", DECISION_DATA + b"\n"),
    "unknown-member": ("A member that these do not have", written(DECISION_DATA, note="x")),
    "unknown-act": ("An act that is not listed", DECISION_DATA.replace(b'"act":"decided"', b'"act":"granted"')),
    "empty-outcome": ("An empty outcome instead of none", ANNULLED.render().replace(
        b'"number":2,', b'"number":2,"outcome":"",')),
    "annulled-with-outcome": ("Annulled, with an outcome", ANNULLED.render().replace(
        b'"number":2,', b'"number":2,"outcome":"full",')),
    "replaces-itself": ("A decision in place of itself", ANNULLED.render().replace(b'"replaces":1', b'"replaces":2')),
    "number-zero": ("Decision no. 0", DECISION_DATA.replace(b'"number":1', b'"number":0')),
    "document-as-text": ("The document is no object", written(DECISION_DATA, decision="text")),
    "other-origin": ("The origin is not the checkpoint's", written(DECISION_DATA, origin=ORIGIN)),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` and `document` are base64, `policy` is the policy's text."""
    for name, (description, data, policy, document) in VERIFIED.items():
        yield f"receipt/{name}", _case(description, data, policy, document) | _verdict("verified")
    for name, (description, data, policy, document, step) in REFUSED.items():
        yield f"receipt/{name}", _case(description, data, policy, document) | _verdict("refused", step)
    for name, (description, data) in UNREADABLE.items():
        yield f"receipt/{name}", _case(description, data) | _verdict("unreadable", "readable")
    for name, (description, data, document) in DECISIONS_VERIFIED.items():
        yield f"decision_receipt/{name}", _case(description, data, document=document) | _verdict("verified")
    for name, (description, data, document, step) in DECISIONS_REFUSED.items():
        yield f"decision_receipt/{name}", _case(description, data, document=document) | _verdict("refused", step)
    for name, (description, data) in DECISIONS_UNREADABLE.items():
        yield f"decision_receipt/{name}", _case(description, data) | _verdict("unreadable", "readable")


def _case(description: str, data: bytes, policy: Policy = POLICY, document: bytes | None = None) -> dict[str, Any]:
    beside = {} if document is None else {"document": base64.b64encode(document).decode()}
    return beside | {
        "description": description, "input": base64.b64encode(data).decode(), "policy": policy.render().decode(),
    }  # fmt: skip


def _verdict(verdict: str, fails: str = "") -> dict[str, Any]:
    return {"gives": {"fails": fails, "verdict": verdict} if fails else {"verdict": verdict}}
