"""Sealed values against the formula written out by hand, and what no key, statement or origin may share."""

import dataclasses
import hashlib
import hmac
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.recognition import sealed
from protocol.recognition.sealed import (
    ACTS,
    NO_DOCUMENT,
    OUTCOMES,
    PURPOSES,
    STATUSES,
    AwardStatement,
    DecisionStatement,
    StatusStatement,
)
from tests.support.examples import DECIDER, FILE_HASH, ORIGIN, RECOGNITION, STANDING

secrets = st.binary(min_size=32, max_size=32)
numbers = st.integers(1, 2**63 - 1)


def spelt(key: bytes, *parts: bytes | int) -> bytes:
    """Return H(k, parts…) as the design's formula has it, sharing nothing with what it checks."""
    message = b"\x00\x00\x00\x09nostra/v1"
    for part in parts:
        data = part.to_bytes(8, "big") if isinstance(part, int) else part
        message += len(data).to_bytes(4, "big") + data
    return hmac.new(key, message, hashlib.sha256).digest()


def statements(number: int) -> list[DecisionStatement]:
    """Return every decision that the closed lists allow at a number."""
    words = list(itertools.product(OUTCOMES, PURPOSES))
    found = [DecisionStatement(number, "decided", outcome, purpose, 0) for outcome, purpose in words]
    for replaces in range(1, number):
        found += [DecisionStatement(number, act, "", "", replaces) for act in ("annulled", "withdrawn")]
        found += [DecisionStatement(number, "replaced", outcome, purpose, replaces) for outcome, purpose in words]
    return found


def test_an_award_is_the_formula():
    """Tag, statement and document of an award, by hand."""
    origin = ORIGIN.encode()
    key = spelt(STANDING, b"award", origin)
    opening = spelt(key, b"open", 0)
    key_id = spelt(spelt(STANDING, b"status", origin), b"id")

    values = sealed.seal_award(STANDING, ORIGIN, FILE_HASH)

    assert values.tag == spelt(key, b"tag", origin)
    assert values.statement == spelt(opening, b"statement", origin, b"awarded", key_id)
    assert values.document == spelt(opening, b"document", FILE_HASH)


def test_a_status_is_the_formula():
    """Tag, statement and document of a change of standing, by hand."""
    origin = ORIGIN.encode()
    award = spelt(spelt(STANDING, b"award", origin), b"tag", origin)
    key = spelt(STANDING, b"status", origin)

    values = sealed.seal_link(sealed.status_key(STANDING, ORIGIN), ORIGIN, StatusStatement(3, "revoked", award))

    assert values.tag == spelt(key, b"tag", origin, 3)
    assert values.statement == spelt(spelt(key, b"open", 3), b"statement", origin, 3, b"revoked", award)
    assert values.document == spelt(spelt(key, b"open", 3), b"document", hashlib.sha256(b"").digest())


def test_a_decision_is_the_formula():
    """Tag, statement and document of a decision, by hand."""
    origin = DECIDER.encode()
    key = spelt(RECOGNITION, b"decisions", origin)
    said = DecisionStatement(5, "replaced", "partial", "exemption", 2)

    values = sealed.seal_link(sealed.decisions_key(RECOGNITION, DECIDER), DECIDER, said, FILE_HASH)

    opening = spelt(key, b"open", 5)
    assert values.tag == spelt(key, b"tag", origin, 5)
    assert values.statement == spelt(opening, b"statement", origin, 5, b"replaced", b"partial", b"exemption", 2)
    assert values.document == spelt(opening, b"document", FILE_HASH)


@given(st.lists(secrets, min_size=2, max_size=2, unique=True), st.lists(numbers, min_size=2, max_size=2, unique=True))
def test_other_secrets_origins_and_numbers_give_other_values(pair, places):
    """Nothing that a reader could link stays the same."""
    found = [sealed.seal_award(secret, origin, FILE_HASH) for secret in pair for origin in (ORIGIN, DECIDER)]
    keys = [sealed.status_key(secret, ORIGIN) for secret in pair]
    found += [
        sealed.seal_link(key, ORIGIN, StatusStatement(at, "revoked", found[0].tag)) for key in keys for at in places
    ]
    values = [value for one in found for value in dataclasses.astuple(one)]

    assert len(set(values)) == len(values)


@given(secrets, numbers, st.sampled_from(STATUSES))
def test_a_status_is_read_from_its_statement(secret, number, status):
    """The closed list is tried; another key, number or award reads nothing."""
    key, award = sealed.status_key(secret, ORIGIN), bytes(32)
    value = sealed.seal_link(key, ORIGIN, StatusStatement(number, status, award)).statement

    assert sealed.read_status(key, ORIGIN, number, award, value) == status
    assert sealed.read_status(key, ORIGIN, number, b"\x01" * 32, value) is None
    assert sealed.read_status(key, DECIDER, number, award, value) is None
    assert sealed.read_status(award, ORIGIN, number, award, value) is None


@pytest.mark.parametrize("number", [1, 2, 4])
def test_every_decision_is_read_from_its_statement(number):
    """All that the closed lists allow is told apart, and nothing is read with another key or number."""
    key = sealed.decisions_key(RECOGNITION, DECIDER)
    for said in statements(number):
        value = sealed.seal_link(key, DECIDER, said).statement
        assert sealed.read_decision(key, DECIDER, number, value) == said
    assert sealed.read_decision(key, DECIDER, number + 1, value) is None
    assert sealed.read_decision(key, ORIGIN, number, value) is None


def test_a_late_decision_of_a_long_chain_is_read_at_once():
    """What most decisions say is tried first, and what they may replace from the latest back."""
    key, number = sealed.decisions_key(RECOGNITION, DECIDER), 10**9
    for said in (
        DecisionStatement(number, "decided", "full", "credit", 0),
        DecisionStatement(number, "replaced", "full", "access", number - 1),
    ):
        assert sealed.read_decision(key, DECIDER, number, sealed.seal_link(key, DECIDER, said).statement) == said


def test_the_status_key_is_bound_by_the_award():
    """The award's statement under another status key is another statement."""
    opening = sealed.opening_key(sealed.award_key(STANDING, ORIGIN), 0)
    own = AwardStatement(sealed.status_key_id(sealed.status_key(STANDING, ORIGIN)))

    bound = sealed.seal_award(STANDING, ORIGIN, FILE_HASH).statement

    assert sealed.statement_value(opening, ORIGIN, own) == bound
    assert sealed.statement_value(opening, ORIGIN, AwardStatement(bytes(32))) != bound


def test_where_no_document_is_the_empty_one_is_bound():
    """D then binds SHA-256 of nothing."""
    key = sealed.decisions_key(RECOGNITION, DECIDER)
    said = DecisionStatement(2, "withdrawn", "", "", 1)

    assert sealed.seal_link(key, DECIDER, said) == sealed.seal_link(key, DECIDER, said, NO_DOCUMENT)
    assert hashlib.sha256(b"").digest() == NO_DOCUMENT


@pytest.mark.parametrize(
    ("number", "act", "outcome", "purpose", "replaces"),
    [
        (1, "granted", "full", "credit", 0),
        (1, "decided", "none", "credit", 0),
        (1, "decided", "full", "study", 0),
        (1, "decided", "", "", 0),
        (0, "decided", "full", "credit", 0),
        (2**63, "decided", "full", "credit", 0),
        (2, "decided", "full", "credit", 1),
        (2, "replaced", "full", "credit", 0),
        (2, "replaced", "full", "credit", 2),
        (2, "replaced", "full", "credit", -1),
        (2, "replaced", "", "", 1),
        (2, "annulled", "full", "", 1),
        (2, "withdrawn", "", "credit", 1),
    ],
)
def test_a_decision_outside_the_lists_is_refused(number, act, outcome, purpose, replaces):
    """Words that are not listed and numbers that do not fit make no statement."""
    with pytest.raises(MalformedError):
        DecisionStatement(number, act, outcome, purpose, replaces)


@pytest.mark.parametrize(("number", "status"), [(0, "revoked"), (1, "valid"), (1, "")])
def test_a_status_outside_the_list_is_refused(number, status):
    """So is a status that is not listed or not counted from 1."""
    with pytest.raises(MalformedError):
        StatusStatement(number, status, bytes(32))


@pytest.mark.parametrize("part", ["e\u0301", -1, 2**63, True])
def test_parts_that_have_no_one_spelling_are_refused(part):
    """Text in another form, numbers out of range, truth values."""
    with pytest.raises(MalformedError):
        sealed.keyed(bytes(32), "label", part)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_has_32_bytes(length):
    """A short key is refused instead of padded, which HMAC would do."""
    with pytest.raises(MalformedError, match="32 bytes"):
        sealed.keyed(bytes(length), "label")


def test_parts_are_kept_apart():
    """Where one part ends and the next begins is hashed too."""
    values = {sealed.keyed(bytes(32), *parts) for parts in (("a", "bc"), ("ab", "c"), ("a", "b", "c"), ("abc",))}

    assert len(values) == 4


def test_the_lists_are_closed():
    """A new word needs a new version of the format."""
    assert STATUSES == ("closed", "reinstated", "revoked", "superseded", "suspended")
    assert ACTS == ("annulled", "decided", "replaced", "withdrawn")
