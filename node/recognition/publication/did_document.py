"""The DID document of an institution: its assertion keys, where the world of Verifiable Credentials looks for them.

`did:web` follows from the log's origin (`protocol.encoding.did_web`), and the keys are those that the institution's
newest published entry lists for the day: the document says nothing that the log doesn't, and a reader of the log needs
no document. (W3C Decentralized Identifiers 1.0; Controlled Identifiers 1.0 for `Multikey`.)
"""

from typing import Any, Final

from protocol.encoding.did_web import did_web
from protocol.recognition.institution import Institution
from protocol.recognition.published import keys_listed

CONTEXT: Final = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]


def did_document(origin: str, entry: Institution | None, *, today: str, at_host: bool = False) -> dict[str, Any]:
    """Return the document of the institution whose log has this origin.

    Args:
        origin: The log's.
        entry: The institution's newest published entry; without one it has no keys.
        today: The date for which a key has to be listed (``YYYY-MM-DD``).
        at_host: Speak of the origin's host alone, as of `/.well-known/did.json`.
    """
    of_log = did_web(origin)
    did = did_web(origin.partition("/")[0]) if at_host else of_log
    keys = [] if entry is None else keys_listed(entry, today)
    methods = [{"controller": did, "id": f"{did}#{key}", "publicKeyMultibase": key, "type": "Multikey"} for key in keys]
    document: dict[str, Any] = {"@context": CONTEXT, "id": did}
    if did != of_log:
        document["alsoKnownAs"] = [of_log]
    if methods:
        document |= {"verificationMethod": methods, "assertionMethod": [method["id"] for method in methods]}
    return document
