"""A small log with partners, a credential, its receipt and a decision on it: from fixed seeds, the same bytes."""

import hashlib
from collections.abc import Sequence
from functools import cache

from protocol.documents.decision_receipt import DecisionReceipt
from protocol.documents.receipt import Receipt
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.encoding.wire import b64url
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import inclusion_spans, prove
from protocol.recognition.decision import decision_from_json, render_decision
from protocol.recognition.sealed import (
    DecisionStatement,
    SealedValues,
    decisions_key,
    opening_key,
    seal_award,
    seal_link,
)
from protocol.recognition.sealed_entry import Sealed


def seed(label: str) -> bytes:
    """Return 32 bytes that are no secret: everybody can make them."""
    return hashlib.sha256(b"nostra example " + label.encode()).digest()


ORIGIN = "ledger.example.edu/nostra"
DECIDER = "ledger.other.example/nostra"
LOG = Signer(ORIGIN, seed("log"))
DECIDING_LOG = Signer(DECIDER, seed("deciding log"))
PARTNERS = [Signer(f"mirror.{name}.example", seed(name), COSIGNATURE) for name in ("alfa", "beta", "gamma")]
COSIGNED = (1_790_000_000, 1_790_000_007, 1_790_000_060)
"""When each partner cosigned."""

STANDING, RECOGNITION = seed("standing"), seed("recognition")
CREDENTIAL = b'{"type":["VerifiableCredential"],"credentialSubject":{"name":"Aino Esimerkki"}}'
FILE_HASH = hashlib.sha256(CREDENTIAL).digest()
LEAF, SIZE = 3, 7

POLICY = Policy.parse(
    (
        f"log {LOG.verifier.render()}\nlog {DECIDING_LOG.verifier.render()} https://ledger.other.example\n"
        + "".join(f"witness partner-{at} {key.verifier.render()}\n" for at, key in enumerate(PARTNERS, 1))
        + "group partners 2 partner-1 partner-2 partner-3\nquorum partners\n"
    ).encode()
)
"""Believes both logs, and asks for two of three partners."""

STATEMENT = DecisionStatement(1, "decided", "full", "credit", 0)


def sealed_entry(values: SealedValues) -> bytes:
    """Return the entry that holds these values."""
    return Sealed(document=b64url(values.document), statement=b64url(values.statement), tag=b64url(values.tag)).render()


def other_entries(count: int) -> list[bytes]:
    """Return sealed entries that say nothing here."""
    return [
        sealed_entry(SealedValues(seed(f"tag {at}"), seed(f"statement {at}"), seed(f"document {at}")))
        for at in range(count)
    ]


def a_proof(entries: Sequence[bytes], leaf: int, note: bytes, extra: bytes | None = None) -> TlogProof:
    """Return the proof that an entry stands in the log of these entries, under a note over all of them."""
    hashes = [leaf_hash(entry) for entry in entries]
    spans = inclusion_spans(leaf, len(entries))
    path = prove(spans, lambda node: root_of(hashes[node.position << node.level : node.position + 1 << node.level]))
    return TlogProof(leaf, tuple(path), note, extra)


def a_note(entries: Sequence[bytes], signer: Signer = LOG, cosigners: Sequence[Signer] = PARTNERS) -> bytes:
    """Return the cosigned checkpoint note over these entries."""
    checkpoint = Checkpoint(signer.verifier.name, len(entries), root_of([leaf_hash(entry) for entry in entries]))
    note = Note.parse(sign_checkpoint(checkpoint, signer))
    return note.adding(
        cosign(note.text, cosigner, time) for cosigner, time in zip(cosigners, COSIGNED, strict=False)
    ).render()


def among_others(entry: bytes) -> list[bytes]:
    """Return the entries of a log in which this one stands at LEAF."""
    entries = other_entries(SIZE)
    entries[LEAF] = entry
    return entries


@cache
def a_receipt() -> Receipt:
    """Return the receipt of the credential's award."""
    entries = among_others(sealed_entry(seal_award(STANDING, ORIGIN, FILE_HASH)))
    return Receipt(
        origin=ORIGIN,
        entry=entries[LEAF],
        log_proof=a_proof(entries, LEAF, a_note(entries)),
        standing=STANDING,
        recognition=RECOGNITION,
        file_name="credential.json",
        file_hash=FILE_HASH,
    )


@cache
def a_decision() -> bytes:
    """Return the document of a decision that recognises the credential in full."""
    credits = {"points": "5", "system": "ects"}
    return render_decision(
        decision_from_json(
            {
                "basis": {"kind": "case-by-case"},
                "credentials": [{"file": b64url(FILE_HASH)}],
                "dates": {"completeFile": "2026-10-05", "decision": "2026-10-20", "request": "2026-10-01"},
                "fileNumber": "REC/2026/0117",
                "id": "rec-2026-0117",
                "legalEffect": "binding",
                "mapping": [{"granted": {"credits": credits}, "original": [{"title": {"en": "Marine Robotics"}}]}],
                "origin": DECIDER,
                "outcome": "full",
                "purpose": "credit",
                "role": {"en": "Recognition officer"},
                "unit": {"en": "Registry"},
            }
        )
    )


def a_decision_receipt(
    statement: DecisionStatement = STATEMENT, document: bytes | None = None, *, origin: str = DECIDER
) -> DecisionReceipt:
    """Return the receipt of a decision with any statement and document."""
    key = decisions_key(RECOGNITION, origin)
    document_hash = hashlib.sha256(document or b"").digest()
    entries = among_others(sealed_entry(seal_link(key, origin, statement, document_hash)))
    return DecisionReceipt(
        origin=origin,
        entry=entries[LEAF],
        log_proof=a_proof(entries, LEAF, a_note(entries, LOG if origin == ORIGIN else DECIDING_LOG)),
        statement=statement,
        opening_key=opening_key(key, statement.number),
        decision=document,
    )


@cache
def the_decision_receipt() -> DecisionReceipt:
    """Return the receipt of the decision."""
    return a_decision_receipt(document=a_decision())
