"""What the papers claim is there."""

import re

import pytest

from tests.architecture.test_source import committed
from tests.conftest import ROOT

PATH = re.compile(r"(?<![\w/.-])(?:node|protocol|tests|docs|scripts|changelog\.d)/[\w./-]*\w")
ADR_HEADINGS = ["Context", "Options", "Decision", "Good", "Bad"]


def pages() -> list[str]:
    """Return the pages of the project."""
    return [name for name in committed() if name.endswith(".md")]


def adrs() -> list[str]:
    """Return the file names of the decisions."""
    return sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))


@pytest.mark.parametrize("page", pages())
def test_links_of_a_page_lead_somewhere(page):
    """Every relative link names a file of the repository."""
    folder = (ROOT / page).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text())
    assert [link for link in links if not (folder / link).exists()] == []


def test_every_page_is_found_from_the_first():
    """docs/index.md leads to each page of docs/, to decisions by their table."""
    linked = {f"docs/{link}" for link in re.findall(r"\]\(([^)#:]+)", (ROOT / "docs/index.md").read_text())}
    own = {page for page in pages() if page.startswith("docs/") and not re.match(r"docs/adr/\d|docs/index", page)}
    assert own - linked == set()


def test_files_that_a_page_names_are_there():
    """A path in a page, or in a file of settings beside it, is one of the repository's."""
    papers = [*pages(), *(name for name in committed() if name.startswith("docs/") and not name.endswith(".md"))]
    named = {(page, path) for page in papers for path in PATH.findall((ROOT / page).read_text())}
    assert [f"{page}: {path}" for page, path in sorted(named) if not (ROOT / path).exists()] == []


def test_source_files_that_a_page_names_alone_are_there():
    """A file of code that is named without its folder is one of the repository's too."""
    known = {name.rpartition("/")[2] for name in committed()}
    named = {(page, name) for page in pages() for name in re.findall(r"`(\w+\.py)`", (ROOT / page).read_text())}
    assert [f"{page}: {name}" for page, name in sorted(named) if name not in known] == []


@pytest.mark.parametrize("name", adrs())
def test_a_decision_has_its_headings_in_order(name):
    """A decision says status, context, options, decision, and what is good and bad about it."""
    text = (ROOT / "docs/adr" / name).read_text()
    assert text.startswith(f"# {name[:4]}: ")
    assert "\n**Status:** " in text
    headings = " ".join(re.findall(r"(?m)^## (.+)$", text)).replace(" and decision", " Decision")
    assert headings.split() == ADR_HEADINGS


def test_decisions_are_numbered_without_gaps_and_listed():
    """The table of decisions lists each page once, in order."""
    listed = re.findall(r"(?m)^\| \[\d{4}\]\(([^)]+)\)", (ROOT / "docs/adr/README.md").read_text())
    assert listed == adrs()
    assert [int(name[:4]) for name in listed] == list(range(1, len(listed) + 1))


def test_commands_of_the_first_pages_exist():
    """Each `scripts/…` that README or CONTRIBUTING names can be run."""
    named = {
        name
        for page in ("README.md", "CONTRIBUTING.md")
        for name in re.findall(r"\bscripts/([a-z_]+)", (ROOT / page).read_text())
    }
    assert named, "no command is named"
    assert {name for name in named if not (ROOT / "scripts" / name).stat().st_mode & 0o111} == set()


def test_contributing_is_one_page():
    """CONTRIBUTING stays short enough to be read."""
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= 60


def test_fragments_say_their_kind():
    """A changelog fragment's name ends in one of the six kinds."""
    kinds = "security|removed|deprecated|added|changed|fixed"
    names = [path.name for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    assert [name for name in names if not re.fullmatch(rf"[a-z0-9-]+\.({kinds})\.md", name)] == []
