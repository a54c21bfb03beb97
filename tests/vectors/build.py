"""Rebuild the golden files from their seeds: `scripts/vectors`, or `scripts/vectors --check` to compare only.

Every module of this package that has a function `cases` takes part: it gives (path, document) pairs, the path being the
file's below `tests/vectors` without `.json`, such as `canonical/leading-zero`. The same code gives the same bytes on
every machine: seeds are fixed, nothing reads a clock. A file on disk that no module gives is a difference too.
"""

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import tests.vectors

FOLDER = Path(__file__).parent


def built() -> dict[Path, str]:
    """Return every golden file that the modules give, by path."""
    files: dict[Path, str] = {}
    for module in pkgutil.iter_modules(tests.vectors.__path__):
        if module.name == "build":
            continue
        cases = getattr(importlib.import_module(f"tests.vectors.{module.name}"), "cases", None)
        for name, document in cases() if cases else ():
            path = FOLDER / f"{name}.json"
            if path in files:
                raise ValueError(f"two cases are called {name}")
            files[path] = render(document)
    return files


def render(document: Any) -> str:
    """Return a golden file's text: sorted, indented, ASCII, so that a reader sees every character."""
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def differences() -> list[str]:
    """Return what a rebuild would change, one line each."""
    files = built()
    there = set(FOLDER.rglob("*.json"))
    lines = [f"missing: {path.relative_to(FOLDER)}" for path in files.keys() - there]
    lines += [f"no module gives it: {path.relative_to(FOLDER)}" for path in there - files.keys()]
    lines += [
        f"differs: {path.relative_to(FOLDER)}"
        for path in files.keys() & there
        if path.read_text(encoding="utf-8") != files[path]
    ]
    return sorted(lines)


def write() -> None:
    """Write every golden file and remove those that no module gives."""
    files = built()
    for path in set(FOLDER.rglob("*.json")) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Rebuild, or compare; return the exit code."""
    if arguments == ["--check"]:
        lines = differences()
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return 1 if lines else 0
    if arguments:
        sys.stderr.write("usage: scripts/vectors [--check]\n")
        return 2
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
