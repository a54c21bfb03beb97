"""``did:web``: the name under which the world of Verifiable Credentials finds an institution's assertion keys.

The identifier follows from the origin of the institution's log, so whoever trusts the log knows it (did:web Method
Specification, section 2)::

    ledger.tuni.fi/nostra        did:web:ledger.tuni.fi:nostra        https://ledger.tuni.fi/nostra/did.json
    ledger.tuni.fi               did:web:ledger.tuni.fi               https://ledger.tuni.fi/.well-known/did.json
    ledger.tuni.fi:8443/nostra   did:web:ledger.tuni.fi%3A8443:nostra

A method names one key by its Multikey: ``did:web:ledger.tuni.fi:nostra#z6Mk…``. The text alone proves nothing: whether
the key is the institution's is told by the `institution` entry of that log, and online by the document at the address.
"""

from typing import Final

from protocol.encoding.multibase import multikey, parse_multikey
from protocol.encoding.wire import check_origin
from protocol.errors import MalformedError

DID_WEB: Final = "did:web:"


def did_web(origin: str) -> str:
    """Return the identifier of the institution whose log has this origin; `origin_of` reads it back."""
    return DID_WEB + origin.replace(":", "%3A").replace("/", ":")


def origin_of(did: str) -> str:
    """Return the origin of the log that a ``did:web`` follows from.

    Raises:
        MalformedError: It is another method, or no log can be called so.
    """
    if not did.startswith(DID_WEB):
        raise MalformedError(f"'{did[:60]}' is not a did:web")
    origin = did.removeprefix(DID_WEB).replace(":", "/").replace("%3A", ":")
    check_origin(origin)
    if did_web(origin) != did:
        raise MalformedError(f"'{did[:60]}' is not how the did:web of a log is spelled")
    return origin


def web_method(origin: str, public_key: bytes) -> str:
    """Return the verification method of one Ed25519 key of the institution whose log has this origin."""
    return f"{did_web(origin)}#{multikey(public_key)}"


def parse_web_method(text: str) -> tuple[str, bytes]:
    """Return the origin and the Ed25519 public key that a verification method of ``did:web`` names.

    Raises:
        MalformedError: It is another method, or its fragment is no Multikey.
    """
    did, _, fragment = text.partition("#")
    return origin_of(did), parse_multikey(fragment)
