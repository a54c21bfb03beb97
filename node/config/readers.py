"""The forms that a setting's value can have, each with how it is read and how it is told to people.

A reader takes what TOML gave, or the text of an environment variable, and the folder that relative paths start from,
and returns the value or raises ValueError with a text that says how to write it. ``form`` describes it in the manual.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, get_args
from urllib.parse import urlsplit

from protocol.encoding.keys import ED25519, VerifierKey, check_name
from protocol.encoding.wire import MAX_SIZE, check_id, check_origin, parse_b64url32
from protocol.log.ended_key import EndedKey
from protocol.log.merkle import EMPTY_ROOT
from protocol.recognition.identifiers import SCHEMES, normalise
from protocol.recognition.scalars import check_country, check_line
from protocol.recognition.words import KeyEnd

DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")
HIGHEST_PORT = 65535
LONGEST_SHOWN = 60

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Reader(Protocol):
    """Reads one form of value."""

    @property
    def form(self) -> str:
        """Say how the value is written."""
        ...

    def __call__(self, raw: Any, folder: Path, /) -> Any:
        """Return the value, or raise ValueError."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where a listener listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return it as it is written in the configuration."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier of an institution, in its canonical spelling."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number between two bounds, both allowed."""

    least: int
    most: int
    unit: str = ""

    @property
    def form(self) -> str:
        """Say the unit and the bounds."""
        return f"{self.unit or 'a number'}, {self.least:,} to {self.most:,}"

    def __call__(self, raw: Any, _: Path) -> int:
        """Read a number, or its decimal text from the environment."""
        value = int(raw) if isinstance(raw, str) and DECIMAL.fullmatch(raw) else raw
        if type(value) is not int or not self.least <= value <= self.most:
            raise ValueError(f"write {self.form}, not {_shown(raw)}")
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list of words."""

    words: tuple[str, ...]

    @property
    def form(self) -> str:
        """List the words."""
        return "one of " + ", ".join(f"`{word}`" for word in self.words)

    def __call__(self, raw: Any, _: Path) -> str:
        """Read one of the words."""
        if raw not in self.words:
            raise ValueError(f"write one of {', '.join(self.words)}, not {_shown(raw)}")
        return str(raw)


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""

    form: str = "`true` or `false`"

    def __call__(self, raw: Any, _: Path) -> bool:
        """Read the value, or its text from the environment."""
        value = {"true": True, "false": False}.get(raw, raw) if isinstance(raw, str) else raw
        if type(value) is not bool:
            raise ValueError(f"write true or false, not {_shown(raw)}")
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """Text that a function reads into a value."""

    form: str
    read: Callable[[str], Any]

    def __call__(self, raw: Any, _: Path) -> Any:
        """Read the text."""
        return self.read(_text(raw, self.form))


@dataclass(frozen=True, slots=True)
class PathReader:
    """A path; a relative one starts from the configuration's folder."""

    form: str

    def __call__(self, raw: Any, folder: Path) -> Path:
        """Return the absolute path."""
        return (folder / Path(_text(raw, self.form)).expanduser()).absolute()


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array of texts; in the environment they are separated by commas."""

    form: str
    read: Callable[[str], Any]

    def __call__(self, raw: Any, _: Path) -> tuple[Any, ...]:
        """Read each member."""
        members = [part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw
        if not isinstance(members, list):
            raise ValueError(f"write {self.form}, not {_shown(raw)}")
        return tuple(self.read(_text(member, self.form)) for member in members)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """An array of identifiers with their schemes."""

    form: str = 'an array of `{scheme = "…", value = "…"}`; schemes ' + ", ".join(f"`{name}`" for name in SCHEMES)

    def __call__(self, raw: Any, _: Path) -> tuple[Identifier, ...]:
        """Read each identifier and write it canonically."""
        if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
            raise ValueError(f"write {self.form.replace('`', '')}")
        for each in raw:
            if set(each) != {"scheme", "value"}:
                raise ValueError(f"each has exactly a scheme and a value, not {', '.join(sorted(each)) or 'nothing'}")
        return tuple(
            Identifier(each["scheme"], normalise(_text(each["scheme"], "a scheme"), _text(each["value"], "a value")))
            for each in raw
        )


@dataclass(frozen=True, slots=True)
class FormerKeys:
    """An array of a log's keys that ended, with the last checkpoint that counts under each."""

    form: str = (
        'an array of `{verifier_key = "…", size = N, root = "…", why = "retired"}`; the root hash as base64url, 43 '
        "characters; why is `retired` or `compromised`"
    )

    def __call__(self, raw: Any, _: Path) -> tuple[EndedKey, ...]:
        """Read each key with its end."""
        members = ("verifier_key", "size", "root", "why")
        if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
            raise ValueError(f"write {self.form.replace('`', '')}")
        for each in raw:
            if set(each) != set(members):
                raise ValueError(f"each has exactly {', '.join(members)}, not {', '.join(sorted(each)) or 'nothing'}")
        return tuple(_ended_key(each) for each in raw)


def _ended_key(given: dict[str, Any]) -> EndedKey:
    key = _verifier_key(_text(given["verifier_key"], "a verifier key"))
    size = Number(0, MAX_SIZE)(given["size"], Path())
    root = parse_b64url32(_text(given["root"], "a root hash"), "root")
    why = Choice(get_args(KeyEnd))(given["why"], Path())
    if size == 0 and root != EMPTY_ROOT:
        raise ValueError("the root hash of an empty tree is SHA-256 of nothing")
    return EndedKey.of(key, size=size, root=root, why=why)


def _shown(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _text(raw: Any, form: str) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError(f"write {form}, not {_shown(raw)}")
    return raw


def _checked(check: Callable[[str], None]) -> Callable[[str], str]:
    def read(text: str) -> str:
        check(text)
        return text

    return read


def _address(text: str) -> Address:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not DECIMAL.fullmatch(port) or int(port) > HIGHEST_PORT:
        raise ValueError(f"write HOST:PORT such as 127.0.0.1:8640 or [::1]:8640, not {_shown(text)}")
    return Address(host, int(port))


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"write https:// and a host, without ? and #, not {_shown(text)}")
    return text.rstrip("/")


def _dsn(text: str) -> str:
    if not text.strip().startswith(("postgresql://", "postgres://")):
        raise ValueError("write postgresql://USER@HOST/DATABASE")  # never repeats it: it may hold a password
    return text.strip()


def _cosigner_key(text: str) -> VerifierKey:
    key = VerifierKey.parse(text)
    if key.algorithm == ED25519:
        raise ValueError("this is a log's key, and a cosigner's is wanted (type 04 or 06)")
    return key


def _verifier_key(text: str) -> VerifierKey:
    key = VerifierKey.parse(text)
    if key.algorithm != ED25519:
        raise ValueError("this is a cosigner's key, and a log's is wanted (type 01)")
    return key


FOLDER = PathReader("a folder")
FILE = PathReader("a file")
ID = Text("a-z, 0-9, `.`, `_`, `-`, at most 64", _checked(check_id))
LINE = Text("one line of text", _checked(check_line))
ORIGIN = Text("a lower-case host and path, such as `ledger.example.org/nostra`", _checked(check_origin))
COUNTRY = Text("two capital letters (ISO 3166-1)", _checked(check_country))
ADDRESS = Text("HOST:PORT; port 0 is any free one", _address)
WEB_ADDRESS = Text("a web address", _web_address)
DSN = Text("`postgresql://USER@HOST/DATABASE`", _dsn)
VERIFIER_KEY = Text("a verifier key, NAME+HASH+KEY", _verifier_key)
COSIGNER_KEYS = ListOf("an array of cosigners' verifier keys, NAME+HASH+KEY", _cosigner_key)
KEY_NAME = Text("a name without blanks and `+`", _checked(check_name))
YES_OR_NO = Switch()
NETWORKS = ListOf("an array of addresses or networks", ipaddress.ip_network)
IDENTIFIERS = Identifiers()
FORMER_KEYS = FormerKeys()
