"""Cases of sealed entries: secrets and statements, and the tag, statement and document they give."""

import hashlib
from collections.abc import Iterator
from typing import Any

from protocol.encoding.wire import b64url
from protocol.recognition.sealed import (
    NO_DOCUMENT,
    DecisionStatement,
    SealedValues,
    StatusStatement,
    award_key,
    award_tag,
    decisions_key,
    opening_key,
    seal_award,
    seal_link,
    status_key,
    status_key_id,
)
from tests.support.examples import DECIDER, FILE_HASH, ORIGIN, RECOGNITION, STANDING, sealed_entry

DOCUMENT_HASH = hashlib.sha256(b"the decision document").digest()

STATUSES = {
    "status-revoked": ("The award is revoked, by the first change of its standing", 1, "revoked"),
    "status-reinstated": ("It is reinstated, by the second", 2, "reinstated"),
    "status-closed": ("No statement on standing from here on", 300, "closed"),
}
DECISIONS = {
    "decision-full": ("Recognised in full", DecisionStatement(1, "decided", "full", "credit", 0), DOCUMENT_HASH),
    "decision-refused": ("Refused", DecisionStatement(2, "decided", "refused", "access", 0), DOCUMENT_HASH),
    "decision-replaced": ("Another in place of the second",
                          DecisionStatement(3, "replaced", "conditional", "access", 2), DOCUMENT_HASH),
    "decision-annulled": ("The first is annulled, without a document",
                          DecisionStatement(4, "annulled", "", "", 1), NO_DOCUMENT),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; 32-byte values are base64url, as entries write them."""
    yield "sealed/award", _award()
    tag = award_tag(award_key(STANDING, ORIGIN), ORIGIN)
    for name, (description, number, status) in STATUSES.items():
        key = status_key(STANDING, ORIGIN)
        yield f"sealed/{name}", {
            "description": description, "file_hash": b64url(NO_DOCUMENT), "number": number, "origin": ORIGIN,
            "secret": b64url(STANDING), "status": status,
            "gives": {
                "key": b64url(key), "opening": b64url(opening_key(key, number)),
                **_values(seal_link(key, ORIGIN, StatusStatement(number, status, tag))),
            },
        }  # fmt: skip
    for name, (description, said, document_hash) in DECISIONS.items():
        key = decisions_key(RECOGNITION, DECIDER)
        yield f"sealed/{name}", {
            "act": said.act, "description": description, "document_hash": b64url(document_hash),
            "number": said.number, "origin": DECIDER, "outcome": said.outcome, "purpose": said.purpose,
            "replaces": said.replaces, "secret": b64url(RECOGNITION),
            "gives": {
                "key": b64url(key), "opening": b64url(opening_key(key, said.number)),
                **_values(seal_link(key, DECIDER, said, document_hash)),
            },
        }  # fmt: skip


def _award() -> dict[str, Any]:
    key = award_key(STANDING, ORIGIN)
    return {
        "description": "We issued this credential",
        "file_hash": b64url(FILE_HASH),
        "origin": ORIGIN,
        "secret": b64url(STANDING),
        "gives": {
            "key": b64url(key),
            "opening": b64url(opening_key(key, 0)),
            "status_key_id": b64url(status_key_id(status_key(STANDING, ORIGIN))),
            **_values(seal_award(STANDING, ORIGIN, FILE_HASH)),
        },
    }


def _values(values: SealedValues) -> dict[str, str]:
    return {
        "document": b64url(values.document), "entry": sealed_entry(values).decode(),
        "statement": b64url(values.statement), "tag": b64url(values.tag),
    }  # fmt: skip
