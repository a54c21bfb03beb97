"""Receipts of awards and decisions as files; the table of cases is in the golden files."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.documents.decision_receipt import DecisionReceipt
from protocol.documents.form import MAX_DOCUMENT_BYTES
from protocol.documents.receipt import Receipt
from protocol.errors import MalformedError
from protocol.recognition.sealed import DecisionStatement
from tests.support.examples import STATEMENT, a_decision, a_decision_receipt, a_receipt, the_decision_receipt

RECEIPT = a_receipt()
DECISION = the_decision_receipt()
ANNULLED = a_decision_receipt(DecisionStatement(2, "annulled", "", "", 1))

secrets = st.binary(min_size=32, max_size=32)


@given(secrets, secrets, secrets, st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x7F), min_size=1))
def test_a_receipt_is_read_back(standing, recognition, file_hash, name):
    """Any secrets, hash and plain file name."""
    receipt = dataclasses.replace(
        RECEIPT, standing=standing, recognition=recognition, file_hash=file_hash, file_name=name[:255]
    )

    assert Receipt.parse(receipt.render()) == receipt


@pytest.mark.parametrize("receipt", [DECISION, ANNULLED, a_decision_receipt(STATEMENT)])
def test_a_decision_receipt_is_read_back(receipt):
    """With a document and without, with and without outcome and purpose."""
    assert DecisionReceipt.parse(receipt.render()) == receipt


def test_a_receipt_is_json_that_anybody_can_look_at():
    """The proof and the entry stand in it as the texts they are elsewhere."""
    value = json.loads(RECEIPT.render())

    assert value["log_proof"].encode() == RECEIPT.log_proof.render()
    assert value["entry"].encode() == RECEIPT.entry
    assert sorted(value) == ["entry", "file", "kind", "log_proof", "origin", "secrets", "v"]
    assert json.loads(DECISION.render())["decision"] == json.loads(a_decision())


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"origin": "other.example"}, "origin"),
        ({"entry": b"{}"}, "entry"),
        ({"standing": bytes(31)}, "standing"),
        ({"recognition": b""}, "recognition"),
        ({"file_hash": bytes(33)}, "file"),
        *(({"file_name": name}, "file.name") for name in ("", ".", "..", "a/b", "a\\b", "a\nb", "a\u202eb", "a" * 256)),
    ],
)
def test_parts_that_do_not_fit_make_no_receipt(parts, where):
    """A program can't write what no reader would take."""
    with pytest.raises(MalformedError) as refused:
        dataclasses.replace(RECEIPT, **parts)
    assert refused.value.where == where


@pytest.mark.parametrize(
    "parts",
    [{"origin": "other.example"}, {"opening_key": bytes(31)}, {"decision": b'"text"'}, {"decision": b'{ "a":1}'}],
)
def test_parts_that_do_not_fit_make_no_decision_receipt(parts):
    """Nor of a decision."""
    with pytest.raises(MalformedError):
        dataclasses.replace(DECISION, **parts)


@pytest.mark.parametrize("kind", [Receipt, DecisionReceipt])
@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'"receipt"', b'{"kind":"receipt","v":1}', b"\xff"])
def test_other_bytes_are_no_receipt(kind, data):
    """Nothing but MalformedError comes out of them."""
    with pytest.raises(MalformedError):
        kind.parse(data)


def test_one_is_not_the_other():
    """The kind is a part of the form."""
    with pytest.raises(MalformedError):
        Receipt.parse(DECISION.render())
    with pytest.raises(MalformedError):
        DecisionReceipt.parse(RECEIPT.render())


def test_a_document_has_a_largest_size():
    """What is larger is refused before it is read."""
    with pytest.raises(MalformedError, match="at most"):
        Receipt.parse(b"{" + b" " * MAX_DOCUMENT_BYTES)
