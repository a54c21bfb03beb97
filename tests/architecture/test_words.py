"""One word for one thing: what the glossary avoids stands neither in the papers nor in the names of the code."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.test_docs import pages
from tests.architecture.test_source import sources
from tests.conftest import ROOT

AVOIDED = {
    "validat(e|es|ed|ing|ion|or|ors)": "verify, check: to validate is to recognise prior learning",
    "STH|(signed )?tree head": "checkpoint",
    "peers?": "partner",
    "equivocat(e|es|ion)": "split view",
    "double spend": "split view",
    "(merkle|membership|append) proof|audit path": "inclusion proof, consistency proof",
    "countersignatures?|endorsements?": "cosignature",
    "consensus|notary|miners?|orderer": "witness, sequencer",
    "crawlers?": "monitor",
    "nostrification|homologation": "recognition",
    "nano-?degrees?": "micro-credential",
    "students?": "learner",
    "approvers?|admins?": "competent authority, operator",
    "utils?|utilit(y|ies)|helpers?|misc": "what it does",
}
"""Pattern of whole words → what is said instead."""

IN_NAMES = {"handle|manage": "what is done", "vkey": "verifier key"}
"""What prose may need, but no name of a function or variable does."""

ALLOWED = {
    ("equivocation", "docs/concepts.md"): "the other tradition's word, named once",
    ("peer", "docs/benchmarks.md"): "the program that is measured beside ours, as the option is called",
    ("peer", "node/http/addresses.py"): "the other end of a connection, as sockets call it",
    ("peer", "node/http/gate.py"): "the other end of a connection, as sockets call it",
    ("handle", "node/storage/embedded/orphans.py"): "a file descriptor that stands for a process",
}


def test_the_papers_use_the_words_of_the_glossary():
    """No avoided word, but where another's word is named on purpose."""
    assert [line for page in pages() for line in avoided_in(page, (ROOT / page).read_text(), AVOIDED)] == []


def test_the_code_uses_the_words_of_the_glossary():
    """Functions, classes, variables and attributes are called by the glossary's words."""
    paths = [path for path in sources() if path.startswith(("node/", "protocol/"))]
    assert [line for path in paths for line in avoided_in(path, "\n".join(names(path)), AVOIDED | IN_NAMES)] == []


def test_what_is_allowed_is_used():
    """An exception that nobody needs any more goes."""
    texts = {path: "\n".join(names(path)) if path.endswith(".py") else (ROOT / path).read_text() for _, path in ALLOWED}
    assert [exception for exception in ALLOWED if exception[0] not in texts[exception[1]].lower()] == []


def avoided_in(path: str, text: str, avoided: dict[str, str]) -> list[str]:
    """Return a line for each avoided word of a text: where, which, and what is said instead."""
    found = {(match[0].lower(), say) for pattern, say in avoided.items() for match in whole_words(pattern, text)}
    return [f"{path}: '{word}'; say {say}" for word, say in sorted(found) if (word, path) not in ALLOWED]


def whole_words(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Give the places where whole words match."""
    return re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)


def names(path: str) -> Iterator[str]:
    """Give the names that a source file makes, as words: `parse_note`, `NoteError` → `parse note`, `Note Error`."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield words_of(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield words_of(name)


def words_of(name: str) -> str:
    """Return a name's words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")
