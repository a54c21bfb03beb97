"""Cases of entries, decision documents, texts, terms and identifiers."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.log.merkle import leaf_hash
from protocol.recognition.entry import parse_entry
from protocol.recognition.terms import term_key, terms_of
from protocol.recognition.texts import parse_texts
from tests.vectors import membership_examples as membership
from tests.vectors import recognition_examples as examples
from tests.vectors.membership_mutations import MEMBERSHIP
from tests.vectors.recognition_identifiers import IDENTIFIERS, NOT_IDENTIFIERS
from tests.vectors.recognition_mutations import ALL, DECISION, REMOVED, Row

Case = tuple[str, dict[str, Any]]

EXAMPLES: Final[dict[str, tuple[str, Callable[[], dict[str, Any]]]]] = {
    "institution": ("An institution with every member", examples.an_institution),
    "achievement": ("A micro-credential with every element of annex I", examples.an_achievement),
    "mandate": ("A mandate to a consortium's log", examples.a_mandate),
    "rule": ("A conditional rule with every member", examples.a_rule),
    "rule-full": ("The shortest rule on a group of two achievements", examples.a_full_rule),
    "rule-qualification": ("A rule on a national qualification type", examples.an_access_rule),
    "rule-criteria": ("A rule on all that meets common criteria", examples.a_criteria_rule),
    "withdrawal": ("The withdrawal of a rule", examples.a_withdrawal),
    "roster": ("A consortium's members, one of whom has changed its key", membership.a_roster),
    "key": ("A log's second key", membership.a_key),
    "succession": ("The end of a log", membership.a_succession),
    "sealed": ("An opaque entry: 190 bytes", examples.a_sealed),
    "decision": ("A conditional decision on an award's file and on a paper", examples.a_decision),
}


def cases() -> Iterator[Case]:
    """Give every case of these formats."""
    yield from _happy_cases()
    yield from _mutated_cases()
    yield from _byte_cases()
    yield from _texts_cases()
    yield from _terms_cases()
    yield from _identifier_cases()


def changed(value: Any, path: str, new: Any) -> Any:
    """Return the value with what stands at `path` replaced, or removed by `REMOVED`; the value itself is used up."""
    *way, last = [int(step[1:-1]) if step[0] == "[" else step for step in re.findall(r"\[\d+\]|[^.\[\]]+", path)]
    holder = value
    for step in way:
        holder = holder[step]
    if new is REMOVED:
        del holder[last]
    else:
        holder[last] = new
    return value


def mutated(row: Row) -> bytes:
    """Return the canonical bytes of the example that a row changes, signed anew where it isn't a forgery."""
    kind, name, path, new, _ = row
    value = changed(EXAMPLES[kind][1](), path, new)
    return canonical.encode(value if name.startswith("forged") else membership.resigned(kind, value))


def _folder(kind: str) -> str:
    return "decision" if kind == "decision" else "entry"


def _given(description: str, data: bytes, **more: Any) -> dict[str, Any]:
    return {"description": description, "input": base64.b64encode(data).decode(), **more}


def _happy_cases() -> Iterator[Case]:
    for name, (description, example) in EXAMPLES.items():
        data = canonical.encode(example())
        more = {} if name == "decision" else {"leaf_hash": base64.b64encode(leaf_hash(data)).decode()}
        yield f"{_folder(name)}/{name}", _given(description, data, value=example(), **more)


def _mutated_cases() -> Iterator[Case]:
    """Give the mutations; of their problems only the places, since the words are each implementation's own."""
    for row in [*ALL, *MEMBERSHIP, *DECISION]:
        kind, name, _, _, problems = row
        places = [problem.partition(": ")[0] for problem in problems]
        path = f"{_folder(kind)}/{kind}-{name}"
        yield path, _given(f"{kind}: {name.replace('-', ' ')}", mutated(row), error="MalformedError", problems=places)


def _byte_cases() -> Iterator[Case]:
    mandate = canonical.encode(examples.a_mandate())
    sealed = canonical.encode(examples.a_sealed())
    rows = [
        ("unknown-kind", "A kind of a later version", b'{"kind":"prophecy","v":1}'),
        ("unknown-version", "A known kind in a version that is not known", mandate.replace(b'"v":1', b'"v":2')),
        ("version-as-text", "v is an integer", mandate.replace(b'"v":1', b'"v":"1"')),
        ("version-true", "true is no 1", mandate.replace(b'"v":1', b'"v":true')),
        ("no-kind", "An object without kind", b'{"v":1}'),
        ("not-an-object", "A canonical array", b"[]"),
        ("nothing", "No bytes", b""),
        ("trailing-newline", "A newline after the object", mandate + b"\n"),
        ("trailing-garbage", "A byte after a sealed entry", sealed + b"}"),
        ("byte-order-mark", "A byte order mark before the object", b"\xef\xbb\xbf" + mandate),
        ("blank-inside", "A blank after a colon", mandate.replace(b'"v":1', b'"v": 1')),
        ("members-out-of-order", "version before v", mandate.replace(b'"v":1,"version":1', b'"version":1,"v":1')),
        ("member-twice", "One member twice", mandate.replace(b'"v":1', b'"v":1,"v":1')),
        ("null", "A member that is null", mandate.replace(b'"2028-12-31"', b"null")),
        ("float", "A number with a fraction", mandate.replace(b'"version":1', b'"version":1.5')),
        ("integer-beyond-2-53", "An integer that doubles can't hold",
         mandate.replace(b'"version":1', b'"version":9007199254740992')),
        ("needless-escape", "An escape that canonical JSON doesn't use",
         mandate.replace(b"eciu-seals", b"eciu\\u002dseals")),
        ("not-nfc", "A letter and a combining mark where one letter exists",
         canonical.encode(examples.an_access_rule()).replace(b"Ylioppilastutkinto", "Y\u0308lioppilas".encode())),
        ("not-utf-8", "A byte that UTF-8 doesn't have", mandate.replace(b"seals", b"se\xffls")),
        ("sealed-tag-one-short", "A tag of 42 characters", sealed[:-9] + b'","v":1}'),
        ("sealed-members-out-of-order", "tag before statement",
         re.sub(rb'("statement":"[^"]+"),("tag":"[^"]+")', rb"\2,\1", sealed)),
    ]  # fmt: skip
    for name, description, data in rows:
        yield f"entry/bytes-{name}", _given(description, data, error="MalformedError")


def _texts_cases() -> Iterator[Case]:
    texts = examples.rule_texts()
    document = {"salt": b64url(examples.TEXTS_SALT), "texts": texts}
    commitment = parse_texts(canonical.encode(document)).commitment
    two_grounds = {"g1": texts["grounds"]["g1"], "g2": {"en": "The level is lower."}}
    rows: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
        ("committed", "The texts of entry/rule", document, {}),
        ("another-salt", "Another salt does not lead to the commitment",
         document | {"salt": b64url(bytes(32))}, {"error": "BadProofError"}),
        ("another-word", "One changed word does not lead to the commitment",
         document | {"texts": texts | {"reasons": {"en": "Because."}}}, {"error": "BadProofError"}),
        ("salt-of-16-bytes", "A salt has 32 bytes",
         document | {"salt": b64url(bytes(16))}, {"error": "MalformedError", "problems": ["salt"]}),
        ("saying-nothing", "At least one text",
         document | {"texts": {}}, {"error": "MalformedError", "problems": ["texts"]}),
        ("unknown-text", "Only reasons, grounds, conditions, remarks",
         document | {"texts": {"learner": {"en": "Aino"}}}, {"error": "MalformedError", "problems": ["texts.learner"]}),
        ("ground-without-text", "Every ground and condition has its text",
         document | {"texts": {"conditions": texts["conditions"]}}, {"unfit": ["grounds.g1"]}),
        ("text-left-over", "No text without its ground",
         document | {"texts": texts | {"grounds": two_grounds}}, {"unfit": ["grounds.g2"]}),
    ]  # fmt: skip
    for name, description, value, more in rows:
        data = canonical.encode(value)
        yield f"texts/{name}", _given(description, data, entry="entry/rule", commitment=commitment, value=value, **more)


def _terms_cases() -> Iterator[Case]:
    for name, (description, example) in EXAMPLES.items():
        if name == "decision":
            continue
        terms = terms_of(parse_entry(canonical.encode(example()), strict=True))
        keys = [{"term": list(term), "key": term_key(term).hex()} for term in terms]
        yield f"terms/{name}", {"description": description, "entry": f"entry/{name}", "terms": keys}


def _identifier_cases() -> Iterator[Case]:
    for name, scheme, text, identifier in IDENTIFIERS:
        description = f"{scheme}: {name.replace('-', ' ')}"
        yield f"identifiers/{name}", {
            "description": description, "scheme": scheme, "text": text, "identifier": identifier,
        }  # fmt: skip
    for name, scheme, text, _ in NOT_IDENTIFIERS:
        description = f"{scheme}: {name.replace('-', ' ')}"
        yield f"identifiers/{name}", {
            "description": description, "scheme": scheme, "text": text, "error": "MalformedError",
        }  # fmt: skip
