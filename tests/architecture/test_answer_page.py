"""The page of answers says what an answer holds."""

import re

import msgspec
import pytest

from node.recognition import answer
from tests.conftest import ROOT

PARTS = [one for one in vars(answer).values() if isinstance(one, type) and issubclass(one, answer.Told)]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_member_of_an_answer_is_on_its_page(part):
    """Whoever reads an answer by a program finds each name explained."""
    page = (ROOT / "docs/formats/answer.md").read_text("utf-8")
    named = set(re.findall(r"`([a-zA-Z]+)`", page))
    assert {field.encode_name for field in msgspec.structs.fields(part)} - named == set()


def test_every_outcome_is_on_the_page():
    """The four ways of not being told yes among them."""
    rows = re.findall(r"(?m)^\| ((?:`[a-z-]+`(?:, )?)+) \|", (ROOT / "docs/formats/answer.md").read_text("utf-8"))
    named = {word for row in rows for word in re.findall(r"`([a-z-]+)`", row)}
    assert set(answer.Outcome.__args__) <= named
