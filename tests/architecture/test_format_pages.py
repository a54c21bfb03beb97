"""The pages of notes, logs, receipts and reports show what the golden files hold and what the code does."""

import base64
import json
import re
from functools import reduce
from typing import Any

import pytest

from protocol.encoding.wire import b64url
from protocol.gossip.policy import Policy
from protocol.recognition.sealed import ACTS, OUTCOMES, PURPOSES, STATUSES
from protocol.recognition.sealed_entry import SEALED_BYTES
from protocol.verify.kinds import KINDS, verify_file
from protocol.verify.trust import Trust
from tests.conftest import ROOT
from tests.support.examples import FILE_HASH, ORIGIN, STANDING, a_receipt

NAMES = (
    "bytes",
    "note",
    "log",
    "tlog-proof",
    "sealed",
    "receipt",
    "excerpt",
    "presentation",
    "verdict",
    "policy",
    "report",
    "evidence",
    "index",
    "wrong-index",
    "add-checkpoint",
    "add-entries",
    "cosigners",
    "seen",
    "exchange",
    "time-bracket",
)
PAGES = {name: (ROOT / f"docs/formats/{name}.md").read_text(encoding="utf-8") for name in NAMES}


def vector(path: str) -> dict[str, Any]:
    """Return a golden file."""
    return json.loads((ROOT / f"tests/vectors/{path}.json").read_text())


def examples() -> list[Any]:
    """Return (vector, member, language, text) of every example that names a member of a golden file."""
    pattern = r"<!-- vector: ([a-z0-9_/-]+) ([a-z.]+) -->\n```(text|json)\n(.*?)\n```\n"
    return [
        pytest.param(*match, id=f"{name} {match[0]}")
        for name, page in PAGES.items()
        for match in re.findall(pattern, page, re.DOTALL)
    ]


@pytest.mark.parametrize(("path", "member", "language", "text"), examples())
def test_an_example_is_its_vector(path, member, language, text):
    """A text is the golden file's bytes, a value its value."""
    held = reduce(lambda value, name: value[name], member.split("."), vector(path))
    if language == "json":
        assert json.loads(text) == held
    else:
        assert base64.b64decode(held).decode() in (text, text + "\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_an_example(name):
    """A format is learnt from an example first; no marker goes unread."""
    markers = re.findall(r"<!-- (?:vector|report): ", PAGES[name])
    read = [example for example in examples() if example.id.startswith(f"{name} ")]
    assert len(markers) == len(read) + (name == "report") > 0


def test_the_example_report_is_what_verification_gives():
    """The receipt of the golden file, under its policy and with its credential."""
    path, text = re.findall(r"<!-- report: ([a-z/-]+) -->\n```json\n(.*?)\n```\n", PAGES["report"], re.DOTALL)[0]
    case = vector(path)
    trust = Trust(Policy.parse(case["policy"].encode()), "from the vector's policy")

    report = verify_file(base64.b64decode(case["input"]), trust, document=base64.b64decode(case["document"]))

    assert json.loads(text) == report.plain()


def test_the_steps_of_every_kind_are_on_the_page():
    """Names and order."""
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \| [^|]+ \| ([a-z, ]+) \|$", PAGES["report"])
    assert [(name, tuple(steps.split(", "))) for name, steps in rows] == [(kind.name, kind.steps) for kind in KINDS]


def test_the_closed_lists_of_statements_are_on_the_page():
    """A second implementation tries the same words."""
    for heading, words in (("status", STATUSES), ("act", ACTS), ("outcome", OUTCOMES), ("purpose", PURPOSES)):
        listed = re.search(rf"\b{heading}: ((?:`[a-z]+`(?:, )?)+)", PAGES["sealed"])
        assert listed
        assert tuple(re.findall(r"`([a-z]+)`", listed[1])) == words


def test_the_sealed_example_is_the_receipts():
    """One award goes through the pages."""
    for value in (b64url(STANDING), ORIGIN, b64url(FILE_HASH)):
        assert value in PAGES["sealed"]
    assert len(a_receipt().entry) == SEALED_BYTES
    assert json.dumps(a_receipt().entry.decode()) in PAGES["sealed"]
