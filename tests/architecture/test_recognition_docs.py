"""The pages of the entry kinds say what the code does: members, closed lists, examples."""

import json
import re
from collections.abc import Iterator
from typing import get_args

import pytest
from msgspec import NODEFAULT, inspect

from protocol.recognition import words
from protocol.recognition.achievement import Credits
from protocol.recognition.bodies import Body, Reference
from protocol.recognition.decision import Decision
from protocol.recognition.effect import Basis, Effect, Scope
from protocol.recognition.entry import KINDS, from_json
from protocol.recognition.grounds import Appeal, SevenCriteria
from protocol.recognition.identifiers import SCHEMES
from protocol.recognition.terms import terms_of
from protocol.recognition.texts import TextsDocument
from tests.conftest import ROOT
from tests.vectors.recognition import EXAMPLES

PAGES = ROOT / "docs/formats"
NAMED = (Body, Reference, Credits)
"""Values that `entry.md` describes once."""
SHARED = (Appeal, Basis, Effect, Scope, SevenCriteria)
"""Values that `rule.md` describes once, for decisions too."""

KIND_PAGES = {entry.kind: entry for entry in KINDS.values() if entry.kind != "sealed"}


def page(name: str) -> str:
    """Return a page's text."""
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def members(form: inspect.Type, where: str, closed: tuple[type, ...]) -> Iterator[tuple[str, bool]]:
    """Give (path, must) of every member below a type, without looking into `closed` ones."""
    match form:
        case inspect.Metadata(extra={"foreign": kind}):
            yield from members(inspect.type_info(kind), where, closed)
        case inspect.Metadata():
            yield from members(form.type, where, closed)
        case inspect.VarTupleType():
            yield from members(form.item_type, f"{where}[]", closed)
        case inspect.UnionType():
            for choice in form.types:
                yield f"{where}.type", True
                yield from members(choice, where, closed)
        case inspect.StructType() if form.cls not in closed:
            inherited = {field for base in form.cls.__bases__ if base in closed for field in base.__struct_fields__}
            for field in form.fields:
                if field.name in inherited:
                    continue
                path = f"{where}.{field.encode_name}" if where else field.encode_name
                yield path, field.required or field.default is not NODEFAULT
                yield from members(field.type, path, closed)


def documented(text: str) -> dict[str, bool]:
    """Return what a page's table of members says: path → must."""
    rows = re.findall(r"(?m)^\| `([^`|]+)` \| (yes|–) \|", text)
    return {path: must == "yes" for path, must in rows}


@pytest.mark.parametrize(
    ("name", "kind", "closed"),
    [
        *[(kind, struct, NAMED) for kind, struct in KIND_PAGES.items()],
        ("decision", Decision, NAMED + SHARED),
        ("texts", TextsDocument, NAMED),
    ],
)
def test_a_page_lists_every_member_and_whether_it_must_be_there(name, kind, closed):
    """No member is missing from the table, none too many, none wrongly optional."""
    expected = {path: must for path, must in members(inspect.type_info(kind), "", closed) if path != "v"}
    optional_somewhere = {path for path, must in members(inspect.type_info(kind), "", closed) if not must}
    assert documented(page(name)) == {path: must and path not in optional_somewhere for path, must in expected.items()}


def test_the_closed_lists_are_those_of_the_code():
    """Every list of `words.py` stands on its page, word for word and in order."""
    lists = {name: list(get_args(value)) for name, value in vars(words).items() if get_args(value)}
    rows = re.findall(r"(?m)^\| ([A-Z]\w+) \| (.+) \|$", page("words"))
    assert {name: re.findall(r"`([^`]+)`", cell) for name, cell in rows} == lists


def test_the_criterion_of_each_difference_is_on_the_page_of_rules():
    """The table of differences is the code's."""
    rows = re.findall(r"(?m)^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| `([a-zA-Z]+)` \|$", page("rule"))
    table = {word: criterion for cell, criterion in rows for word in re.findall(r"`([^`]+)`", cell)}
    assert table == words.CRITERION_OF


def test_every_scheme_and_kind_has_its_row():
    """A second implementation finds all schemes, kinds and versions listed."""
    schemes = re.findall(r"(?m)^\| `([a-z-]+)` \|", page("identifiers"))
    assert sorted(schemes) == list(SCHEMES)
    kinds = re.findall(r"(?m)^\| `([a-z]+)` \| (\d+) \|", page("entry"))
    assert [(kind, int(version)) for kind, version in kinds] == list(KINDS)


def test_every_type_of_term_is_on_its_page():
    """The examples give every type of term that the page lists, and no other."""
    listed = set(re.findall(r"(?m)^\| `([a-z]+)` \|", page("terms")))
    entries = [from_json(value()) for name, (_, value) in EXAMPLES.items() if name != "decision"]
    given = {term[0] for entry in entries for term in terms_of(entry)}
    assert listed == given


def examples() -> list[tuple[str, str, str]]:
    """Return (page, vector, JSON text) of every example."""
    pattern = r"<!-- vector: ([a-z/-]+) -->\n```json\n(.*?)\n```"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PAGES.glob("*.md"))}
    return [(name, *match) for name, text in texts.items() for match in re.findall(pattern, text, re.DOTALL)]


@pytest.mark.parametrize(("name", "vector", "text"), [pytest.param(*row, id=row[1]) for row in examples()])
def test_an_example_is_its_vector(name, vector, text):
    """What a page shows is what the golden file holds."""
    case = json.loads((ROOT / f"tests/vectors/{vector}.json").read_text())
    assert json.loads(text) == case.get("value", case.get("terms")), f"{name}.md shows another value"


@pytest.mark.parametrize("name", [*KIND_PAGES, "entry", "decision", "texts", "terms"])
def test_a_page_has_an_example(name):
    """A format is learnt from an example first."""
    assert name in {row[0] for row in examples()}
