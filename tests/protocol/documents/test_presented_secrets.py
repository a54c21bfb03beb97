"""What is not shown can't be derived: all values in a presentation, and what follows from them, against what is hidden.

Whoever holds a presentation can take any value in it for a secret or a key and derive whatever the format derives. The
test does so, twice in a row, and looks for every secret, key, opening and tag that the learner did not show; and it
first shows that this search would find them, by what *is* shown.
"""

import base64
import re
from dataclasses import replace
from itertools import chain

import pytest

from protocol.documents.presentation import Presentation
from protocol.recognition.sealed import (
    DecisionStatement,
    award_key,
    award_tag,
    chain_tag,
    decisions_key,
    keyed,
    opening_key,
    status_key,
    status_key_id,
)
from protocol.recognition.snapshot import Snapshot
from protocol.recognition.standing import Link
from tests.support.examples import DECIDER, ORIGIN, RECOGNITION, STANDING
from tests.support.excerpts import (
    DECISIONS_KEY,
    LEAF,
    STATUS_KEY,
    TAG,
    a_receipt_in,
    awarding_log,
    deciding_log,
    decisions,
    decisions_excerpt,
    standing_excerpt,
    statuses,
    tag_keys,
)

AWARDING = awarding_log(*statuses("suspended", "reinstated"))
DECIDING = deciding_log(*decisions(DecisionStatement(1, "decided", "full", "credit", 0)))
SHOWN = Presentation.of(a_receipt_in(AWARDING))
AWARD_KEY = award_key(STANDING, ORIGIN)
OWN_DECISIONS = decisions_key(RECOGNITION, ORIGIN)
NUMBERS = range(1, 6)


def chain_of(key: bytes, origin: str) -> set[bytes]:
    """Return a chain's key, its openings and its tags."""
    return {key, *(opening_key(key, at) for at in NUMBERS), *(chain_tag(key, origin, at) for at in NUMBERS)}


SECRETS = {STANDING, RECOGNITION, AWARD_KEY}
STATUSES = chain_of(STATUS_KEY, ORIGIN)
DECISIONS = chain_of(DECISIONS_KEY, DECIDER)
OTHERS = chain_of(OWN_DECISIONS, ORIGIN)
LINKS = [Link(number, LEAF + number, said) for number, said in enumerate(("suspended", "reinstated"), 1)]
OPENED = {
    opening_key(STATUS_KEY, 1),
    opening_key(STATUS_KEY, 2),
    *(chain_tag(STATUS_KEY, ORIGIN, at) for at in (1, 2, 3)),
}

ALONE = Presentation.of(a_receipt_in(AWARDING), standing=False)
CASES = [
    pytest.param(ALONE, STATUSES | DECISIONS | OTHERS, id="award"),
    pytest.param(
        ALONE.proved({ORIGIN: AWARDING.excerpt(tag_keys(TAG))}),
        STATUSES | DECISIONS | OTHERS,
        id="award with its proof",
    ),
    pytest.param(SHOWN.proved({ORIGIN: standing_excerpt(AWARDING, 1, 2, 3)}), DECISIONS | OTHERS, id="standing"),
    pytest.param(
        SHOWN.proved({ORIGIN: standing_excerpt(AWARDING, 1, 2, 3)}, Snapshot.of(STATUS_KEY, ORIGIN, LINKS)),
        (STATUSES - OPENED) | DECISIONS | OTHERS,
        id="snapshot",
    ),
    pytest.param(
        replace(ALONE, decisions={DECIDER: DECISIONS_KEY}, proofs={DECIDER: decisions_excerpt(DECIDING, 1, 2)}),
        STATUSES | OTHERS,
        id="decisions of one institution",
    ),
    pytest.param(
        Presentation(decisions={DECIDER: DECISIONS_KEY}, proofs={DECIDER: decisions_excerpt(DECIDING, 1, 2)}),
        STATUSES | OTHERS | {status_key_id(STATUS_KEY), opening_key(AWARD_KEY, 0), award_tag(AWARD_KEY, ORIGIN)},
        id="decisions alone",
    ),
]


def values_in(data: bytes) -> set[bytes]:
    """Return every run of 32 bytes that the file holds in some base64, alone or within a longer value."""
    found = set()
    for text in re.findall(rb"[A-Za-z0-9+/_-]{42,}", data):
        whole = base64.urlsafe_b64decode(text.translate(bytes.maketrans(b"+/", b"-_")) + b"=" * (-len(text) % 4))
        found |= {whole[at : at + 32] for at in range(len(whole) - 31)}
    return found


def words_in(data: bytes) -> set[bytes]:
    """Return the values that stand in the file as words of 43 characters."""
    return {base64.urlsafe_b64decode(word + b"=") for word in re.findall(rb'(?<=")[A-Za-z0-9_-]{43}(?=")', data)}


def derived(value: bytes) -> set[bytes]:
    """Return all that the format derives from a value, taken for a secret, a chain's key or an award's."""
    keys = [keyed(value, word, origin) for word in ("award", "status", "decisions") for origin in (ORIGIN, DECIDER)]
    openings = [keyed(value, "open", number) for number in range(6)]
    tags = [keyed(value, "tag", origin, *number) for origin in (ORIGIN, DECIDER) for number in ((), (1,), (2,), (3,))]
    return {keyed(value, "id"), *keys, *openings, *tags}


@pytest.mark.parametrize(("presentation", "hidden"), CASES)
def test_what_is_not_shown_cannot_be_derived(presentation, hidden):
    """Neither the secrets nor another key, opening or tag stands in the file or follows from what does."""
    values = values_in(presentation.render())
    keyed_once = set(chain.from_iterable(map(derived, values)))
    twice = {second for word in words_in(presentation.render()) for first in derived(word) for second in derived(first)}
    assert (values | keyed_once | twice) & (hidden | SECRETS) == set()


def test_the_search_finds_what_is_shown():
    """Of a presentation with a key it finds the key, its openings and tags, and what a secret in it would give."""
    values = values_in(SHOWN.render())
    keyed_once = set(chain.from_iterable(map(derived, values)))
    assert {STATUS_KEY, status_key_id(STATUS_KEY), TAG} <= values
    assert {opening_key(STATUS_KEY, 1), chain_tag(STATUS_KEY, ORIGIN, 3)} <= keyed_once
    assert {AWARD_KEY, STATUS_KEY} <= derived(STANDING)
    assert DECISIONS_KEY in derived(RECOGNITION)
    assert status_key(STANDING, ORIGIN) == STATUS_KEY
