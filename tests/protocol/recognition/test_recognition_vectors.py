"""The golden files of this package's formats, read from disk as a second implementation would."""

import base64
import json
from typing import Any

import pytest

from protocol import errors
from protocol.encoding import canonical
from protocol.log.merkle import leaf_hash
from protocol.recognition.decision import parse_decision, render_decision
from protocol.recognition.entry import NotUnderstood, parse_entry, render
from protocol.recognition.identifiers import check_identifier, normalise
from protocol.recognition.problems import InadmissibleError
from protocol.recognition.terms import term_key, terms_of
from protocol.recognition.texts import parse_texts, text_problems, verify_texts
from tests.conftest import ROOT

VECTORS = ROOT / "tests/vectors"
LEAST = {"entry": 100, "decision": 15, "texts": 8, "terms": 9, "identifiers": 40}


def files(folder: str) -> list[Any]:
    """Return a folder's cases as parameters named after their files."""
    return [pytest.param(path, id=path.stem) for path in sorted((VECTORS / folder).glob("*.json"))]


def read(path) -> dict[str, Any]:
    """Return a case, its `input` as bytes."""
    case = json.loads(path.read_text(encoding="utf-8"))
    if "input" in case:
        case["input"] = base64.b64decode(case["input"])
    return case


def places(raised) -> list[str]:
    """Return where the problems are."""
    return [problem.where for problem in raised.value.problems]


@pytest.mark.parametrize("folder", LEAST)
def test_the_vectors_are_there(folder):
    """An empty folder would pass every table."""
    assert len(files(folder)) >= LEAST[folder]


@pytest.mark.parametrize("path", files("entry"))
def test_an_entry_is_understood_or_refused_as_its_vector_says(path):
    """A good entry renders to its bytes and has its leaf hash; a bad one is refused strictly and kept tolerantly."""
    case = read(path)
    if "error" in case:
        with pytest.raises(getattr(errors, case["error"])) as raised:
            parse_entry(case["input"], strict=True)
        assert "problems" not in case or places(raised) == case["problems"]
        assert isinstance(parse_entry(case["input"]), NotUnderstood)
    else:
        entry = parse_entry(case["input"], strict=True)
        assert render(entry) == case["input"] == canonical.encode(case["value"])
        assert base64.b64encode(leaf_hash(case["input"])).decode() == case["leaf_hash"]


@pytest.mark.parametrize("path", files("decision"))
def test_a_decision_document_is_read_or_refused_as_its_vector_says(path):
    """A good document renders to its bytes; a bad one is refused with its problems in their places."""
    case = read(path)
    if "error" in case:
        with pytest.raises(InadmissibleError) as raised:
            parse_decision(case["input"])
        assert places(raised) == case["problems"]
    else:
        assert render_decision(parse_decision(case["input"])) == case["input"]


@pytest.mark.parametrize("path", files("texts"))
def test_texts_lead_to_their_commitment_and_fit_their_entry(path):
    """Texts verify against the entry's commitment, or fail as their vector says."""
    case = read(path)
    entry = parse_entry(read(VECTORS / f"{case['entry']}.json")["input"], strict=True)
    if case.get("error") == "MalformedError":
        with pytest.raises(InadmissibleError) as raised:
            parse_texts(case["input"])
        assert places(raised) == case["problems"]
        return
    document = parse_texts(case["input"])
    assert document.render() == case["input"]
    assert [problem.where for problem in text_problems(entry, document.texts)] == case.get("unfit", [])
    if case.get("error") == "BadProofError" or "unfit" in case:
        with pytest.raises(errors.BadProofError):
            verify_texts(document, case["commitment"])
    else:
        verify_texts(document, case["commitment"])
        assert entry.texts == case["commitment"]


@pytest.mark.parametrize("path", files("terms"))
def test_terms_and_keys_of_an_entry(path):
    """An entry stands in the index under exactly the keys that its vector lists."""
    case = read(path)
    terms = terms_of(parse_entry(read(VECTORS / f"{case['entry']}.json")["input"], strict=True))
    assert [list(term) for term in terms] == [row["term"] for row in case["terms"]]
    assert [term_key(term).hex() for term in terms] == [row["key"] for row in case["terms"]]


@pytest.mark.parametrize("path", files("identifiers"))
def test_an_identifier_is_brought_to_its_one_spelling_or_refused(path):
    """What normalises has one spelling, which is its own canonical form."""
    case = read(path)
    if "error" in case:
        with pytest.raises(errors.MalformedError):
            normalise(case["scheme"], case["text"])
    else:
        assert normalise(case["scheme"], case["text"]) == case["identifier"]
        check_identifier(case["scheme"], case["identifier"])
