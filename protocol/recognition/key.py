r"""The next key of this log (entry kind ``key``, version 1).

The log signs with the key before until the entry stands, and with ``key`` from there on. The next key signs the entry
too, so that nobody can enter a key that is another's: ``signature`` is Ed25519 by ``key`` over ::

    "nostra/key/v1\n" ‖ the canonical entry without ``signature``

The name in the verifier key is the log's origin, so an entry says nothing in another log. It extends no trust by
itself: whoever relies on the log takes the next key from its policy, its configuration or a roster.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final, Literal

from msgspec import field, structs

from protocol.encoding import canonical
from protocol.encoding.keys import Signer, VerifierKey
from protocol.encoding.wire import b64url, parse_b64url_signature
from protocol.errors import BadSignatureError
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Date, Id, LogKey, Signature, Version
from protocol.recognition.shape import Strict, plain

DOMAIN: Final = b"nostra/key/v1\n"
DEFAULT_ID: Final = "log-key"
FIRST_NEXT: Final = 2
"""The version of the first entry: the key that the log began with is the first."""


class Key(Strict, frozen=True, kw_only=True, tag_field="kind", tag="key"):
    """The next key of a log."""

    kind: ClassVar[str] = "key"
    v: Literal[1] = 1
    id: Id
    version: Version
    key: LogKey
    from_: Date = field(name="from")
    signature: Signature

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format, id and version."""
        return {"kind": cls.kind, "v": 1, "id": DEFAULT_ID, "version": FIRST_NEXT} | value

    @property
    def verifier_key(self) -> VerifierKey:
        """The next key."""
        return VerifierKey.parse(self.key)

    def problems(self) -> Iterator[Problem]:
        """Tell a signature that the next key did not make."""
        try:
            self.verifier_key.verify(_message(self), parse_b64url_signature(self.signature))
        except BadSignatureError:
            yield Problem("signature", "is not the next key's over this entry")


def sign_key(signer: Signer, *, from_: str, version: int = FIRST_NEXT, id_: str = DEFAULT_ID) -> Key:
    """Return the entry that makes the signer's key the log's next one, from a date (``YYYY-MM-DD``) on."""
    unsigned = Key(id=id_, version=version, key=signer.verifier.render(), from_=from_, signature="")
    return structs.replace(unsigned, signature=b64url(signer.sign(_message(unsigned))))


def _message(entry: Key) -> bytes:
    return DOMAIN + canonical.encode({name: value for name, value in plain(entry).items() if name != "signature"})
