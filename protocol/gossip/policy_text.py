"""Policy files read line by line; the format is `protocol.gossip.policy`'s."""

import re
from dataclasses import dataclass, field
from typing import Final

from protocol.encoding.keys import COSIGNING, ED25519, VerifierKey
from protocol.encoding.wire import parse_decimal
from protocol.errors import MalformedError

NO_QUORUM: Final = "none"
MAX_POLICY_BYTES: Final = 1 << 20

_BLANKS = re.compile(r"[ \t]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log that the relying party believes: its key, named by its origin."""

    key: VerifierKey
    url: str = ""

    def __str__(self) -> str:
        return f"log {self.key.render()} {self.url}".rstrip(" ")


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner under its name in the policy, which is not its key's name."""

    name: str
    key: VerifierKey
    url: str = ""

    def __str__(self) -> str:
        return f"witness {self.name} {self.key.render()} {self.url}".rstrip(" ")


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses and groups of which `threshold` are to have cosigned."""

    name: str
    threshold: int
    members: tuple[str, ...]

    def __str__(self) -> str:
        words = {1: "any", len(self.members): "all"}
        return f"group {self.name} {words.get(self.threshold, self.threshold)} {' '.join(self.members)}"


PolicyParts = tuple[tuple[KnownLog, ...], tuple[Witness, ...], tuple[Group, ...], str]


def parse(data: bytes) -> PolicyParts:
    """Return the logs, witnesses, groups and quorum of a policy file.

    Raises:
        MalformedError: A line is not in the format; `where` is ``line N``.
    """
    if len(data) > MAX_POLICY_BYTES:
        raise MalformedError(f"a policy has at most {MAX_POLICY_BYTES} bytes", "policy")
    # Octets that are not UTF-8 stand for themselves: names are opaque.
    *lines, rest = data.decode("utf-8", "surrogateescape").split("\n")
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        try:
            reader.read(line)
        except MalformedError as error:
            raise MalformedError(error.what, f"line {number}") from None
    if rest:
        raise MalformedError("expected a newline at its end: is the file cut off?", f"line {len(lines) + 1}")
    return reader.parts()


@dataclass(slots=True)
class _Reader:
    """What the lines so far have defined."""

    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    names: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)

    def read(self, line: str) -> None:
        """Take in one line."""
        if _CONTROL.search(line):
            raise MalformedError("holds a control character (end lines with a newline alone)")
        text = line.strip(" \t")
        if not text or text.startswith("#"):
            return
        match _BLANKS.split(text):
            case ["log", key, *url] if len(url) <= 1:
                self._log(KnownLog(_key(key, (ED25519,)), *url))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._witness(Witness(name, _key(key, COSIGNING), *url))
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, tuple(members))
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise MalformedError(
                    "expected 'log VKEY [URL]', 'witness NAME VKEY [URL]', 'group NAME all|any|K MEMBER…' "
                    "or 'quorum NAME|none'"
                )

    def parts(self) -> PolicyParts:
        """Return all of it."""
        if self.quorum is None:
            raise MalformedError("expected one line 'quorum NAME' or 'quorum none'", "policy")
        return tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum

    def _log(self, log: KnownLog) -> None:
        if log.key.public_key in {other.key.public_key for other in self.logs}:
            raise MalformedError("a log with this public key stands above")
        self.logs.append(log)

    def _witness(self, witness: Witness) -> None:
        if witness.key.public_key in {other.key.public_key for other in self.witnesses}:
            raise MalformedError("a witness with this public key stands above")
        self._define(witness.name)
        self.witnesses.append(witness)

    def _group(self, name: str, threshold: str, members: tuple[str, ...]) -> None:
        for member in members:
            self._known(member)
            if member in self.members:
                raise MalformedError(f"'{member}' is a member already: each may be one once")
            self.members.add(member)
        needed = {"any": 1, "all": len(members)}.get(threshold) or parse_decimal(threshold)
        if not 1 <= needed <= len(members):
            raise MalformedError(f"a group of {len(members)} can't ask for {needed} of them")
        self._define(name)
        self.groups.append(Group(name, needed, members))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise MalformedError("a quorum stands above: there is exactly one")
        if name != NO_QUORUM:
            self._known(name)
        self.quorum = name

    def _known(self, name: str) -> None:
        if name not in self.names:
            raise MalformedError(f"'{name}' is not defined above")

    def _define(self, name: str) -> None:
        if name == NO_QUORUM or name in self.names:
            raise MalformedError(f"the name '{name}' is taken")
        self.names.add(name)


def _key(text: str, algorithms: tuple[int, ...]) -> VerifierKey:
    if not text.isprintable():
        raise MalformedError("the verifier key holds characters that can't be shown")
    key = VerifierKey.parse(text)
    if key.algorithm not in algorithms:
        expected = " or ".join(f"{algorithm:02x}" for algorithm in algorithms)
        raise MalformedError(f"the key of '{key.name}' is of type {key.algorithm:02x}, expected type {expected}")
    return key
