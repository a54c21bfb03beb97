"""Read what any W3C Verifiable Credential says (data model 2.0 and 1.1), whatever it is about.

The data model has an issuer, a subject, a validity and a status; it has no achievement. A title is taken from the
credential's ``name`` (2.0), and that is all that can be known of the achievement without knowing the vocabulary.
Source: W3C Verifiable Credentials Data Model 2.0 (Recommendation, 15 May 2025) and 1.1.
"""

from node.formats.dates import instant
from node.formats.read_openbadge import read_profile
from node.formats.reading import AchievementReading, Body, StatusInformation
from node.formats.strict_json import JsonObject
from node.formats.values import by_language, identity, objects, text, types


def read_claims(credential: JsonObject) -> tuple[AchievementReading, ...]:
    """Return the one thing that can be said: the credential's name."""
    return (AchievementReading(claim="other", title=by_language(credential.get("name"))),)


def read_issuer(credential: JsonObject) -> Body:
    """Return the issuer, an object with a name or a bare id."""
    return read_profile(credential.get("issuer"), "issuer")


def read_validity(credential: JsonObject) -> tuple[str, str, str]:
    """Return issued, valid from and valid until as instants; empty where the document does not say.

    Of two beginnings the later one counts, of two ends the earlier: outside both the document is in force for nobody.
    """
    issued = [instant(text(credential.get(name))) for name in ("issued", "issuanceDate")]
    first = [instant(text(credential.get(name))) for name in ("validFrom", "issuanceDate")]
    last = [_last_instant(text(credential.get(name))) for name in ("validUntil", "expirationDate")]
    return next(filter(None, issued), ""), max(first), min(filter(None, last), default="")


def _last_instant(written: str) -> str:
    """Return the end of validity; a bare date includes its day."""
    found = instant(written)
    return f"{found[:10]}T23:59:59Z" if found and len(written) == len("2026-12-31") else found


def read_status(credential: JsonObject) -> tuple[StatusInformation, ...]:
    """Return where the document says its status can be asked."""
    return tuple(_status(item) for item in objects(credential.get("credentialStatus")))


def _status(item: JsonObject) -> StatusInformation:
    return StatusInformation(
        type=next(iter(sorted(types(item))), ""),
        purpose=text(item.get("statusPurpose")),
        address=text(item.get("statusListCredential")) or identity(item),
        index=text(item.get("statusListIndex")),
    )
