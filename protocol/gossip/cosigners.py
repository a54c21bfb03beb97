"""Which keys a node cosigns with: what it says of its witness, its mirror and its index cosigner.

The text of a note that a log of the node signs (`protocol.gossip.log_note`)::

    nostra/cosigners/v1
    ledger.example.org/nostra
    witness ledger.example.org/nostra/witness+2ad1f5bb+BN…      type 04, Ed25519
    witness ledger.example.org/nostra/witness+90c3a217+Bh…      type 06, ML-DSA-44
    mirror ledger.example.org/nostra/mirror+77e02d14+BG…
    mirror ledger.example.org/nostra/mirror+0be1c9ff+Bo…

Lines of the witness come first, then those of the mirror, then those of the index cosigner (``index``); within one of
them they are ordered by type, then by public key. Each has at most 8 keys, all under one name, and any may have none.

One cosigner key never makes two kinds of claim, and a log can't vouch for itself. So refused are: a public key twice,
one that is a key of the log, a name that two cosigners share or that is the origin, keys of other types, no key at all.

The note has no date: it says what is so now, to whoever asks the node over a connection that is its own. An old one
that somebody kept is as well signed as today's.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from protocol.encoding.keys import COSIGNING, Signer, VerifierKey
from protocol.encoding.wire import check_origin
from protocol.errors import MalformedError
from protocol.gossip.log_note import open_log_note, sign_log_note

HEADER: Final = "nostra/cosigners/v1"
ROLES: Final = ("witness", "mirror", "index")
MAX_KEYS: Final = 8
"""Of one cosigner: two types, and old and new ones while partners change over."""

MAX_COSIGNERS_BYTES: Final = 1 << 16
"""Three times 8 keys of the longest kind stay below."""

_WHERE: Final = "cosigners"


@dataclass(frozen=True, slots=True)
class Cosigners:
    """A log's origin and the keys of the cosigners beside it, each in their order."""

    origin: str
    witness: tuple[VerifierKey, ...] = ()
    mirror: tuple[VerifierKey, ...] = ()
    index: tuple[VerifierKey, ...] = ()

    def __post_init__(self) -> None:
        """Raise MalformedError unless the keys fit each other."""
        check_origin(self.origin, _WHERE)
        keys = [key for _, key in self._lines()]
        if not keys:
            raise MalformedError("names no key", _WHERE)
        if len({key.public_key for key in keys}) < len(keys):
            raise MalformedError("a public key stands twice: a key makes one kind of claim", _WHERE)
        for role in ROLES:
            _check_role(role, getattr(self, role))
        names = [self.origin, *(key.name for role in ROLES for key in getattr(self, role)[:1])]
        if len(set(names)) < len(names):
            raise MalformedError("log, witness, mirror and index cosigner have names of their own", _WHERE)

    @classmethod
    def parse(cls, origin: str, lines: Sequence[str]) -> Self:
        """Read the lines below the origin.

        Raises:
            MalformedError: They are not as above.
        """
        if len(lines) > MAX_KEYS * len(ROLES):
            raise MalformedError(f"names more than {MAX_KEYS * len(ROLES)} keys", _WHERE)
        keys: dict[str, list[VerifierKey]] = {role: [] for role in ROLES}
        for line in lines:
            role, _, text = line.partition(" ")
            if role not in keys or not text.isprintable():
                raise MalformedError(f"{line[:40]!a} is not 'witness VKEY', 'mirror VKEY' or 'index VKEY'", _WHERE)
            keys[role].append(VerifierKey.parse(text))
        cosigners = cls(origin, *(tuple(keys[role]) for role in ROLES))
        if cosigners.render() != tuple(lines):
            raise MalformedError("witness, mirror and index come in this order", _WHERE)
        return cosigners

    def render(self) -> tuple[str, ...]:
        """Return the lines below the origin."""
        return tuple(f"{role} {key.render()}" for role, key in self._lines())

    def _lines(self) -> Iterator[tuple[str, VerifierKey]]:
        return ((role, key) for role in ROLES for key in getattr(self, role))


def sign_cosigners(cosigners: Cosigners, signer: Signer) -> bytes:
    """Return the note that tells of them, signed by the log's key, whose name is the origin.

    Raises:
        MalformedError: A cosigner has the log's key.
    """
    _check_apart(cosigners, [signer.verifier])
    return sign_log_note(HEADER, cosigners.origin, cosigners.render(), signer=signer)


def open_cosigners(data: bytes, log_keys: Collection[VerifierKey]) -> Cosigners:
    """Verify that a log signed the note, and return its node's cosigners.

    Args:
        data: The note.
        log_keys: Keys of logs that are trusted; those of this origin count.

    Raises:
        MalformedError: It is not such a note.
        NoTrustedKeyError: No known key of that origin signed it.
        BadSignatureError: A known key's signature does not verify.
    """
    cosigners = Cosigners.parse(*open_log_note(data, HEADER, log_keys, most=MAX_COSIGNERS_BYTES))
    _check_apart(cosigners, log_keys)
    return cosigners


def _check_role(role: str, keys: Sequence[VerifierKey]) -> None:
    if len(keys) > MAX_KEYS:
        raise MalformedError(f"has more than {MAX_KEYS} keys", f"{_WHERE}, {role}")
    if any(key.algorithm not in COSIGNING for key in keys):
        raise MalformedError("a cosigner's key is of type 04 or 06", f"{_WHERE}, {role}")
    if len({key.name for key in keys}) > 1:
        raise MalformedError("all keys of one cosigner have one name", f"{_WHERE}, {role}")
    order = [(key.algorithm, key.public_key) for key in keys]
    if order != sorted(order):
        raise MalformedError("keys are ordered by type, then by public key", f"{_WHERE}, {role}")


def _check_apart(cosigners: Cosigners, log_keys: Collection[VerifierKey]) -> None:
    own = {key.public_key for key in log_keys}
    if any(key.public_key in own for role in ROLES for key in getattr(cosigners, role)):
        raise MalformedError("a cosigner has a log's key: a log can't vouch for itself", _WHERE)
