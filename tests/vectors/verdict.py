"""Cases of verdicts: the file's bytes, the reader's policy and moment, and what verification finds."""

import base64
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from protocol.verify.report import instant
from tests.support.verdict_logs import ASKED_AT, NOW, Consortium, make_verdict, signed

WORLD = Consortium.of(("north", "lake", "bay"))
WORLD.decide(1, "decided", "partial", "credit", 0)
DATA = make_verdict(WORLD)
VALUE = msgspec.json.decode(DATA)
SUBJECT = VALUE["credentialSubject"]
PARTS = {
    "asked": SUBJECT["asked"],
    "institution": SUBJECT["institutions"][1],
    "issuer": VALUE["issuer"],
    "standing": SUBJECT["standing"],
}
"""For the page of the format."""
POLICY = WORLD.policy()
PRESENTATION = WORLD.presentation().render()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the verdict with something changed and signed again."""
    value = msgspec.json.decode(DATA)
    change(value["credentialSubject"])
    return signed(value, WORLD.institutions[1])


def more_credits(subject: dict[str, Any]) -> None:
    """Say that a rule gives more than it does."""
    subject["institutions"][2]["applies"][0]["credits"]["points"] = "50"


def no_excerpt(subject: dict[str, Any]) -> None:
    """Leave out what a log shows."""
    del subject["logs"][2]["excerpt"]


def other_opening(subject: dict[str, Any]) -> None:
    """Say that an entry says another outcome."""
    subject["institutions"][1]["chains"][0]["links"][0]["says"][1] = "full"


REFUSED: dict[str, tuple[str, bytes, int, str]] = {
    "changed-text": (
        "A word for people is another than was signed",
        msgspec.json.encode(VALUE | {"issuer": VALUE["issuer"] | {"name": "Somebody"}}),
        ASKED_AT,
        "signature",
    ),
    "anothers-signature": ("Signed by another institution", signed(VALUE, WORLD.institutions[2]), ASKED_AT, "issuer"),
    "expired": ("A day later", DATA, NOW + 86_400, "now"),
    "too-long": (
        "It claims to hold longer than its logs are fresh",
        signed(VALUE | {"validUntil": "2026-09-22T14:15:01Z"}, WORLD.institutions[1]),
        ASKED_AT,
        "limit",
    ),
    "more-credits": ("More credits than the rule gives", changed(more_credits), ASKED_AT, "institutions"),
    "decision-hidden": (
        "A decision left out, and the rule below it told instead",
        make_verdict(dataclasses.replace(WORLD, decided={})),
        ASKED_AT,
        "decisions",
    ),
    "log-hidden": ("What a log shows left out", changed(no_excerpt), ASKED_AT, "institutions"),
    "other-opening": ("An opening that isn't the entry's", changed(other_opening), ASKED_AT, "openings"),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; `input` and `presentation` are base64."""
    usual = _case("Three institutions; with the presentation all but the trusts is proved", DATA, ASKED_AT)
    yield "verdict/usual", usual | {"gives": {"verdict": "verified"}, "parts": PARTS}
    alone = {name: member for name, member in usual.items() if name != "presentation"}
    yield "verdict/alone", alone | {"description": "Without a presentation", "gives": {"verdict": "verified"}}
    for name, (description, data, at, fails) in REFUSED.items():
        case = _case(description, data, at)
        yield f"verdict/{name}", case | {"gives": {"verdict": "refused", "fails": fails}}


def _case(description: str, data: bytes, at: int) -> dict[str, Any]:
    return {
        "at": instant(at),
        "description": description,
        "input": base64.b64encode(data).decode(),
        "policy": POLICY.render().decode(),
        "presentation": base64.b64encode(PRESENTATION).decode(),
    }
