"""The bytes that are logged, to typed values and back.

An entry is canonical JSON with ``kind`` and ``v``, at most `MAX_ENTRY_BYTES`. Each kind has its module and its page
in `docs/formats/`. Two ways to read:

- ``parse_entry(data)`` never fails: what this version does not know, or what breaks the rules of its kind, comes
  back as `NotUnderstood`. It is kept, mirrored and cosigned like any other, and never relied on;
- ``parse_entry(data, strict=True)`` is for admission to one's own log: it raises, with all the problems.

Whatever comes back as an `Entry` kept every rule, and renders to the very bytes it was read from.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, overload

from protocol.encoding import canonical
from protocol.errors import MalformedError
from protocol.recognition.achievement import Achievement
from protocol.recognition.arrange import from_plain
from protocol.recognition.institution import Institution
from protocol.recognition.key import Key
from protocol.recognition.mandate import Mandate
from protocol.recognition.problems import InadmissibleError, Problem
from protocol.recognition.roster import Roster
from protocol.recognition.rule import Rule
from protocol.recognition.sealed_entry import Sealed, parse_sealed
from protocol.recognition.shape import build, members, plain
from protocol.recognition.shape import check as check_value
from protocol.recognition.succession import Succession
from protocol.recognition.withdrawal import Withdrawal

MAX_ENTRY_BYTES: Final = 65_535
"""C2SP entry bundles give an entry's length two bytes."""

ClearEntry = Institution | Achievement | Mandate | Rule | Withdrawal | Roster | Key | Succession
Entry = ClearEntry | Sealed

KINDS: Final[dict[tuple[str, int], type[Entry]]] = {
    ("institution", 1): Institution,
    ("achievement", 1): Achievement,
    ("mandate", 1): Mandate,
    ("rule", 1): Rule,
    ("withdrawal", 1): Withdrawal,
    ("roster", 1): Roster,
    ("key", 1): Key,
    ("succession", 1): Succession,
    ("sealed", 1): Sealed,
}
"""Every kind and version that this program understands."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """An entry that is kept and never relied on. `kind` and `v` are as it says, or "" and 0."""

    kind: str
    v: int
    reason: str


@overload
def parse_entry(data: bytes, *, strict: Literal[True]) -> Entry: ...
@overload
def parse_entry(data: bytes, *, strict: bool = False) -> Entry | NotUnderstood: ...
def parse_entry(data: bytes, *, strict: bool = False) -> Entry | NotUnderstood:
    """Read an entry.

    Raises:
        MalformedError: Only with `strict`: the bytes are not an entry that we understand; where they are JSON of
            a known kind it is an InadmissibleError, with every problem.
    """
    if (sealed := parse_sealed(data)) is not None:
        return sealed
    value: Any = None
    try:
        if len(data) > MAX_ENTRY_BYTES:
            raise MalformedError(f"has {len(data)} bytes; an entry has at most {MAX_ENTRY_BYTES}")
        value = canonical.decode(data)
        return build(value, _kind_of(value))
    except MalformedError as error:
        if strict:
            raise
        return _not_understood(value, str(error))


def from_json(value: Any) -> Entry:
    """Return the entry that a builder's plain value means; see `protocol.recognition.arrange`.

    Raises:
        InadmissibleError: With every problem.
    """
    return from_plain(value, _kind_of({"v": 1} | value if isinstance(value, dict) else value))


def check(entry: Entry, *, origin: str | None = None) -> list[Problem]:
    """Return every problem of an entry that a program put together itself.

    With the `origin` of the log it is meant for, also references that have to stay in that log, or leave it.
    """
    return check_value(entry) or (origin_problems(entry, origin) if origin else [])


def render(entry: Entry) -> bytes:
    """Return the bytes that are logged.

    Raises:
        MalformedError: The entry is larger than a log can take, or its values are outside canonical JSON.
    """
    if isinstance(entry, Sealed):
        return entry.render()
    data = canonical.encode(plain(entry))
    if len(data) > MAX_ENTRY_BYTES:
        raise MalformedError(f"has {len(data)} bytes; an entry has at most {MAX_ENTRY_BYTES}: shorten its texts")
    return data


def origin_problems(entry: Entry, origin: str) -> list[Problem]:
    """Return the references of an entry that have to stay in the log of this origin, or leave it, and don't."""
    match entry:
        case Rule():
            own = [(f"supersedes[{position}].origin", one) for position, one in enumerate(members(entry.supersedes))]
        case Withdrawal():
            own = [("target.origin", entry.target)]
        case Mandate() if entry.log == origin:
            return [Problem("log", f"is '{origin}', this very log: a mandate is for another's")]
        case Key() if (name := entry.verifier_key.name) != origin:
            return [Problem("key", f"is named '{name}', must be named '{origin}': a log says its own next key")]
        case Succession() if entry.successor == origin:
            return [Problem("successor", f"is '{origin}', this very log: another one follows")]
        case _:
            own = []
    return [
        Problem(where, f"is '{reference.origin}', must be '{origin}': a log ends only what is its own")
        for where, reference in own
        if reference.origin != origin
    ]


def _kind_of(value: Any) -> type[Entry]:
    if not isinstance(value, dict):
        raise InadmissibleError([Problem("", "an entry is an object with 'kind' and 'v'")])
    kind, version = value.get("kind"), value.get("v")
    known = ", ".join(f"{name} {number}" for name, number in KINDS)
    if not isinstance(kind, str) or type(version) is not int:
        raise InadmissibleError([Problem("", f"'kind' and 'v' are missing or mistyped; known are {known}")])
    if (kind, version) not in KINDS:
        raise InadmissibleError(
            [Problem("kind", f"'{kind[:40]}' in version {version} is not known; known are {known}")]
        )
    return KINDS[kind, version]


def _not_understood(value: Any, reason: str) -> NotUnderstood:
    members = value if isinstance(value, dict) else {}
    kind, version = members.get("kind"), members.get("v")
    return NotUnderstood(
        kind=kind if isinstance(kind, str) else "", v=version if type(version) is int else 0, reason=reason
    )
