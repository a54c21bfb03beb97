"""Presentations: what the holder of a receipt shows, and what can't be found from it."""

import json

import pytest

from protocol.documents.presentation import Presentation
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.recognition.sealed import (
    AwardStatement,
    decisions_key,
    document_value,
    statement_value,
    status_key,
)
from protocol.recognition.sealed_entry import parse_sealed
from tests.support.examples import DECIDER, ORIGIN, RECOGNITION, STANDING, a_receipt, seed

RECEIPT = a_receipt()


@pytest.mark.parametrize("standing", [True, False])
@pytest.mark.parametrize("decisions", [[], [DECIDER], [DECIDER, ORIGIN, DECIDER]])
def test_a_presentation_is_read_back(standing, decisions):
    """Whatever is chosen to be shown."""
    shown = Presentation.of(RECEIPT, standing=standing, decisions=decisions)
    assert Presentation.parse(shown.render()) == shown


def test_it_opens_the_award_and_names_its_status_key():
    """The opening gives the entry's statement and document, and the status key has the id that it binds."""
    award = Presentation.of(RECEIPT).award
    entry = parse_sealed(award.entry)
    said = AwardStatement(award.status_key_id)
    assert b64url(statement_value(award.opening, ORIGIN, said)) == entry.statement
    assert b64url(document_value(award.opening, award.file_hash)) == entry.document


def test_the_keys_shown_are_those_chosen():
    """k_status, and k_i of each institution that was named."""
    shown = Presentation.of(RECEIPT, decisions=[DECIDER])
    assert shown.status_key == status_key(STANDING, ORIGIN)
    assert shown.decisions == {DECIDER: decisions_key(RECOGNITION, DECIDER)}


def test_no_secret_is_shown():
    """Neither s nor r stands in it, nor the key of what wasn't chosen."""
    text = Presentation.of(RECEIPT, standing=False, decisions=[DECIDER]).render().decode()
    hidden = (STANDING, RECOGNITION, status_key(STANDING, ORIGIN), decisions_key(RECOGNITION, ORIGIN))
    assert [value for value in hidden if b64url(value) in text] == []
    assert sorted(json.loads(text)) == ["award", "decisions", "kind", "v"]


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"status_key": seed("x"), "decisions": {DECIDER: seed("y")}}, "standing", id="no award"),
        pytest.param({"award": Presentation.of(RECEIPT).award, "status_key": seed("x")}, "standing", id="another key"),
        pytest.param({"decisions": {"NO ORIGIN": seed("y")}}, "decisions", id="no origin"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, where):
    """A program can't put one together either."""
    with pytest.raises(MalformedError) as caught:
        Presentation(**parts)
    assert caught.value.where == where
