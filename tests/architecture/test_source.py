"""The house rules that a linter has no word for."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import protocol
from tests.conftest import ROOT

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
CODE = ("node", "protocol", "scripts", "tests")


def committed() -> list[str]:
    """Return the files of the repository, as git lists them, new ones included."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode:
        pytest.skip("not a git checkout: the tests of what is committed need one")
    return [name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def sources() -> list[str]:
    """Return our Python files."""
    return [name for name in committed() if name.endswith(".py") and name.split("/")[0] in CODE]


def texts(names: list[str]) -> dict[str, str]:
    """Return the files that are text, by name."""
    read = {}
    for name in names:
        data = (ROOT / name).read_bytes()
        if b"\0" not in data:
            read[name] = data.decode("utf-8", "replace")
    return read


def places(pattern: str, names: list[str]) -> list[str]:
    """Return `file:line` of every match."""
    return [
        f"{name}:{number}"
        for name, text in texts(names).items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_no_source_file_is_longer_than_a_reader_bears():
    """No Python file has over 400 lines."""
    lengths = {name: text.count("\n") for name, text in texts(sources()).items()}
    assert lengths, "no source was found"
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen():
    """No function has over 60 lines."""
    long = {}
    for name, text in texts(sources()).items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    long[f"{name}:{node.name}"] = length
    assert long == {}


def test_public_names_of_protocol_are_sorted_and_complete():
    """`protocol.__all__` lists each name that `protocol/__init__.py` imports, in order, and no other."""
    tree = ast.parse((ROOT / "protocol/__init__.py").read_text())
    imported = [
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    assert list(protocol.__all__) == sorted(set(imported))
    assert [name for name in protocol.__all__ if not hasattr(protocol, name)] == []


def test_nothing_is_left_to_do_in_the_code():
    """No unfinished mark, no body that only refuses, no test expected to fail."""
    marks = r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b|mark\.x" r"fail"
    assert places(marks, sources()) == []


def test_no_package_index_is_named_in_any_file():
    """No committed file names a package index's host: the lists are locked by hash alone."""
    hosts = [
        r"py" r"pi\.org",
        r"python" r"hosted",
        r"registry\.npm" r"js",
        r"proxy\.go" r"lang",
        r"deb\.deb" r"ian",
        r"repo1?\.mav" r"en",
    ]
    assert places("|".join(hosts), committed()) == []


def test_requirements_hold_hashes_and_no_option():
    """Every requirement is an exact version with hashes; no line is an option, an address or a path."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text().replace("\\\n", "")
        for line in text.splitlines():
            assert re.fullmatch(r"[a-z0-9-]+==[^ ]+( ;[^;]+?)?( +--hash=sha256:[0-9a-f]{64})+", line), (
                f"{name}: {line[:80]}"
            )


def test_requirements_hold_every_dependency():
    """Each dependency of pyproject.toml is in the locked list that belongs to it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "requirements.txt": project["project"]["dependencies"],
        "requirements-dev.txt": project["dependency-groups"]["dev"],
    }
    for name, dependencies in wanted.items():
        locked = set(re.findall(r"(?m)^([a-z0-9-]+)==", (ROOT / name).read_text()))
        assert {re.split(r"[\[<>=~; ]", line)[0] for line in dependencies} - locked == set(), name


def test_top_level_holds_only_what_the_design_names():
    """A new name at the top level is a decision: it goes through an ADR first."""
    allowed = {
        "node", "protocol", "scripts", "tests", "docs", "changelog.d", "pyproject.toml", "docker-compose.yml",
        "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "requirements.txt", "requirements-dev.txt",
        ".ci", ".editorconfig", ".gitattributes", ".gitignore",
    }  # fmt: skip
    assert {name.split("/")[0] for name in committed()} - allowed == set()


@pytest.mark.parametrize("name", ["test", "demo", "fmt", "vectors", "bench", "lock"])
def test_script_is_executable_and_well_formed(name):
    """Each command of scripts/ can be run, and bash reads it."""
    script = ROOT / "scripts" / name
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_import_contracts_hold():
    """The layers, the purity of `protocol`, and the single importers of SQL, network and time hold."""
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, "0 broken" in run.stdout) == (0, True), run.stdout + run.stderr
