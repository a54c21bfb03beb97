"""The page on credentials that are read names what the code knows, and nothing else."""

import re
from dataclasses import fields

import pytest

from node.formats import unwrap
from node.formats.reading import KINDS, AchievementReading, CredentialReading
from node.formats.seal_report import SealFinding
from tests.conftest import ROOT

PAGE = (ROOT / "docs/formats/credentials-read.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", PAGE))
NOT_SHOWN = {"claim", "description", "parts"}
"""Fields that are no element of the Recommendation."""


def test_every_kind_and_envelope_is_on_the_page():
    """A kind that is read is documented."""
    envelopes = {unwrap.PLAIN, unwrap.UPLOADABLE, unwrap.JADES, unwrap.JWT, unwrap.PRESENTATION}
    assert KINDS | envelopes <= CODE


@pytest.mark.parametrize("name", sorted({part.name for part in fields(AchievementReading)} - NOT_SHOWN))
def test_every_field_of_an_achievement_has_its_row(name):
    """The table of elements has a row for each field of the reading."""
    rows = [row for row in PAGE.splitlines() if row.startswith("| ")]
    assert any(re.search(rf"`{name}(\.\w+)?`", row) for row in rows)


def test_every_field_of_a_document_and_of_a_finding_that_the_page_names_exists():
    """What the page calls a field of the reading is one."""
    known = {part.name for part in (*fields(CredentialReading), *fields(SealFinding))}
    named = {"issuer", "mandate", "issued", "valid_from", "valid_until", "status", "names_learner", "faults"}
    named |= {"signature", "validity", "trust"}
    assert named <= known
    assert all(f"`{name}`" in PAGE or f"`reading.{name}`" in PAGE for name in named)


def test_the_example_on_the_page_runs():
    """The names that the page imports exist."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    imports = "\n".join(line for line in example.splitlines() if line.startswith("from "))
    exec(imports, {})
