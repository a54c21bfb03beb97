"""`nostra ask`: is this credential, or this achievement, recognised: by whom, as what, on what basis, since when.

    nostra ask --document FILE --receipt FILE           a credential with what its learner shows
    nostra ask --paper PAPER.json                       a document on paper, by its data
    nostra ask --body schac:tuni.fi --code MR-101       an achievement: concerns nobody, so it needs no token
    nostra ask … --verdict FILE                         the same, signed and with all that proves it, in a new file
    nostra ask … --at DATE --known DATE                 by that day's law, and by what had been logged by then

The answer is information with its grounds. It tells none found, refused, unknown and unreachable apart.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from node.cli.inside import (
    add_node_arguments,
    as_base64,
    ask_node,
    ask_public,
    print_json,
    read_bytes,
    read_json_file,
    refuse_to_overwrite,
    write_private,
)
from node.errors import ConfigError

NAME: Final = "ask"
HELP: Final = "ask whether a credential or an achievement is recognised, by whom, as what"

_QUESTION: Final = (
    ("institution", "SCHEME:VALUE", "whom to ask, or the origin of its log (default: all that are known)"),
    ("at", "DATE", "which day's law applies (default: today)"),
    ("award-date", "DATE", "when it was awarded (default: what the document says)"),
    ("learning-agreement-date", "DATE", "when a learning agreement was made"),
    ("application-date", "DATE", "when the learner applied"),
    ("known", "MOMENT", "only what had been logged by this date or instant counts"),
)
_SCOPE: Final = (("unit", "CODE"), ("programme", "CODE"), ("cycle", "WORD"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    shown = parser.add_argument_group("what is asked about")
    shown.add_argument("--document", type=Path, metavar="FILE", help="the credential's file")
    shown.add_argument("--receipt", type=Path, metavar="FILE", help="a receipt or presentation of its award")
    shown.add_argument("--paper", type=Path, metavar="FILE", help="what a credential on paper says, as JSON")
    shown.add_argument("--body", metavar="SCHEME:VALUE", help="an achievement's awarding body, such as schac:tuni.fi")
    shown.add_argument("--code", help="the awarding body's own code of it")
    shown.add_argument("--version", type=int, metavar="N", help="its version")
    parser.add_argument(
        "--purpose", choices=("credit", "exemption", "access", "professional"), default="credit", help="(credit)"
    )
    for name, form, what in _QUESTION:
        parser.add_argument(f"--{name}", metavar=form, default="", help=what)
    for name, form in _SCOPE:
        parser.add_argument(f"--{name}", metavar=form, default="", help=f"only where it holds in this {name}")
    parser.add_argument("--verdict", type=Path, metavar="FILE", help="write what all say to a file that proves it")
    add_node_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask, and print the answer."""
    if arguments.verdict is not None:
        refuse_to_overwrite(arguments.verdict)
    answer = _answer(arguments)
    if arguments.verdict is not None:
        # If the process dies here there is no file, and asking again gives a verdict as good.
        write_private(arguments.verdict, json.dumps(answer, ensure_ascii=False).encode())
        print_json(answer) if arguments.json else print("\n".join(verdict_told(answer, arguments.verdict)))
        return 0
    if arguments.json:
        print_json(answer)
        return 0
    print("\n".join(told(answer)))
    return 0


def _answer(arguments: argparse.Namespace) -> Any:
    named = bool(arguments.body or arguments.code)
    if named and not (arguments.body and arguments.code):
        raise ConfigError(["an achievement is named by --body SCHEME:VALUE and --code CODE together"])
    credential = _credential(arguments)
    if not named and not credential:
        raise ConfigError(["ask about what? give --document, --receipt, --paper, or --body and --code"])
    question = {name.replace("-", "_"): value for name, _, _ in _QUESTION if (value := _of(arguments, name))}
    question["purpose"] = arguments.purpose
    scope = {name: value for name, _ in _SCOPE if (value := _of(arguments, name))}
    achievement = _achievement(arguments) if named else {}
    if not credential and arguments.verdict is None:
        return ask_public(arguments, "/v1/recognition", question | scope | achievement)
    body: dict[str, Any] = question | ({"scope": scope} if scope else {})
    body |= {"credentials": [credential]} if credential else {}
    path = "/v1/queries" if arguments.verdict is None else "/v1/verdict"
    return ask_node(arguments, path, body | ({"achievements": [achievement]} if named else {}))


def _of(arguments: argparse.Namespace, name: str) -> str:
    value: str = getattr(arguments, name.replace("-", "_"))
    return value


def _achievement(arguments: argparse.Namespace) -> dict[str, Any]:
    scheme, separator, value = arguments.body.partition(":")
    if not separator:
        raise ConfigError([f"--body is written SCHEME:VALUE, such as schac:tuni.fi, not '{arguments.body}'"])
    named = {"scheme": scheme, "value": value, "code": arguments.code}
    return named | ({"version": arguments.version} if arguments.version is not None else {})


def _credential(arguments: argparse.Namespace) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if arguments.document is not None:
        shown["document"] = as_base64(read_bytes(arguments.document))
    if arguments.receipt is not None:
        shown["presented"] = read_json_file(arguments.receipt)
    if arguments.paper is not None:
        shown["paper"] = read_json_file(arguments.paper)
    return shown


def told(answer: dict[str, Any]) -> Iterator[str]:
    """Give the lines of an answer as a registrar reads them."""
    for name, trust in answer.get("trusts", {}).items():
        yield _line(name, f"{trust['result']}: {trust['why']}", trust.get("source", ""))
    if standing := answer.get("standing"):
        yield _line("standing", f"{standing['standing']}: {standing['why']}", standing.get("origin", ""))
    for one in answer["institutions"]:
        yield from ("", f"{one['institution']}: {one['outcome']}", _line("", one["sentence"]))
        yield from _grounds(one)
    if precedents := answer.get("precedents"):
        yield from ("", "What others say of the same (advice only):")
        yield from (_line("", f"{one['institution']}: {one['outcome']}, rule {one['name']}") for one in precedents)
    yield ""
    yield from (_line("log", f"{log['origin']}, size {log['size']}, {_freshness(log)}") for log in answer["logs"])
    yield from (_line("note", note) for note in answer.get("notes", ()))
    yield "This is information; the decision stays with the institution."


def verdict_told(verdict: dict[str, Any], file: Path) -> Iterator[str]:
    """Give the lines that tell of a verdict which was written to a file."""
    subject = verdict["credentialSubject"]
    yield from (f"{one['institution']}: {one['outcome']}\n  {one['sentence']}" for one in subject["institutions"])
    yield from (_line("note", note) for note in subject.get("notes", ()))
    dates = subject["asked"]["dates"]
    known = f"By what had been logged by {dates['known']}, by" if "known" in dates else "By"
    yield f"{known} the law of {dates['at']}."
    yield f"Signed by {verdict['issuer']['name']}; it holds until {verdict['validUntil']}. Written to {file}."
    yield f"Whoever has it verifies it by: nostra verify {file} [--presentation FILE]"


def _grounds(answer: dict[str, Any]) -> Iterator[str]:
    """Give what an institution's answer rests on, what else applies, what doesn't, and whom to ask."""
    for applied in answer.get("applies", ()):
        source = applied.get("source", {})
        place = f"{source['origin']}, leaf {source['leaf']}" if source else ""
        said = f"{applied['type']} {applied['name']}: {applied['outcome']}"
        if applied.get("wins"):
            yield _line("by", f"{said}; {applied['why']}", place)
        else:
            yield _line("also", said, place)
        yield from (_line("", said) for said in _when(applied, source.get("logged", {})))
        if applied.get("reconsideration"):
            yield _line("", "it stands; a more favourable rule came later, so reconsideration is possible")
        texts = source.get("texts", {}).get("texts", {})
        for ground in applied.get("grounds", ()):
            yield _line(
                "ground", _with_text(ground, ground.get("difference", ground["type"]), texts.get("grounds", {}))
            )
        for condition in applied.get("conditions", ()):
            when = f"until {condition['deadline']}" if "deadline" in condition else "at any time"
            yield _line("condition", _with_text(condition, when, texts.get("conditions", {})))
        if appeal := applied.get("appeal"):
            yield _line("appeal", f"{next(iter(appeal['body'].values()))}, within {appeal['withinDays']} days")
    yield from (_line("not", f"rule {one['name']}: {one['why']}") for one in answer.get("others", ()))
    yield from (_line("note", note) for note in answer.get("notes", ()))
    if (contact := answer.get("contact")) and answer["outcome"] != "full":
        yield _line("ask", f"{next(iter(contact['unit'].values()))}, {contact['mailbox']}", contact["url"])


def _when(applied: dict[str, Any], logged: dict[str, Any]) -> Iterator[str]:
    """Give what is to be known of when something was logged."""
    if retroactive := applied.get("retroactive"):
        yield f"it {'was' if retroactive == 'yes' else 'may have been'} logged after the day that it is applied to"
    if applied.get("known") == "undetermined":
        yield "it may not have been logged yet at the moment asked about"
    if logged.get("splitQuorums"):
        yield "two quorums of its cosigners need not share a partner: another may have seen more, earlier"


def _with_text(part: dict[str, Any], what: str, texts: dict[str, Any]) -> str:
    """Return a ground or condition with its text: its own in a decision, beside the entry in a rule."""
    text = part.get("text") or texts.get(part.get("id", ""), {})
    return f"{what}: {text.get('en') or next(iter(text.values()))}" if text else what


def _freshness(log: dict[str, Any]) -> str:
    if log["read"] == "own":
        return "this node's own"
    if log["read"] == "unreachable":
        return f"never read: {log.get('failure') or 'not reached yet'}"
    age = f"seen {log['ageSeconds']} s ago" if "ageSeconds" in log else "never reached since"
    ended = f", ended: it says that {log['successor']} follows" if "successor" in log else ""
    return f"a mirror, {age}" + (", STALE" if log.get("stale") else "") + ended


def _line(label: str, text: str, place: str = "") -> str:
    return f"  {label:10}{text}" + (f" ({place})" if place else "")
