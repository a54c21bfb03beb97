"""What an X.509 certificate inside a seal says: subject, eIDAS identifier, issuer, serial, dates.

Nothing here is trusted: a certificate is the word of whoever signed it, and its chain leads to roots that an offline
reader does not have (the EU trusted lists). Source: RFC 5280; ETSI EN 319 412-1, 5.1.4 (organizationIdentifier) and
412-5, 4.2 (statements of a qualified certificate: compliance ``0.4.0.1862.1.1``, type seal ``0.4.0.1862.1.6.2``).
"""

from datetime import date
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from node.formats.public_keys import PublicKey
from node.formats.seal_report import CertificateFacts, Line
from protocol.errors import MalformedError

_QUALIFIED_STATEMENTS: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_COMPLIANCE: Final = bytes.fromhex("060604008e460101")
_TYPE_SEAL: Final = bytes.fromhex("060704008e46010602")
_MAX_BYTES: Final = 64 * 1024


def parse_certificate(der: bytes) -> x509.Certificate:
    """Return the certificate of DER bytes.

    Raises:
        MalformedError: They are none.
    """
    if len(der) > _MAX_BYTES:
        raise MalformedError(f"a certificate of {len(der)} bytes is not read", "x5c")
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError):
        raise MalformedError("is not an X.509 certificate", "x5c") from None


def certificate_key(certificate: x509.Certificate) -> PublicKey:
    """Return the certificate's key.

    Raises:
        MalformedError: It is of a kind that is not known, or broken.
    """
    try:
        key = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise MalformedError("holds a key that cannot be read", "x5c") from None
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return key
    raise MalformedError("holds a key that is neither RSA, EC nor Ed25519", "x5c")


def certificate_facts(certificate: x509.Certificate) -> CertificateFacts:
    """Return what the certificate says.

    Raises:
        MalformedError: A part of it cannot be read.
    """
    try:
        return CertificateFacts(
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            organisation=_attribute(certificate.subject, NameOID.ORGANIZATION_NAME),
            organisation_id=_attribute(certificate.subject, NameOID.ORGANIZATION_IDENTIFIER),
            serial=f"{certificate.serial_number:x}",
            valid_from=certificate.not_valid_before_utc.date().isoformat(),
            valid_until=certificate.not_valid_after_utc.date().isoformat(),
            claims_qualified_seal=_claims_qualified_seal(certificate),
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise MalformedError("is a certificate with a part that cannot be read", "x5c") from None


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = [str(attribute.value) for attribute in name.get_attributes_for_oid(oid)]
    return found[0] if found else ""


def _claims_qualified_seal(certificate: x509.Certificate) -> bool:
    for extension in certificate.extensions:
        if extension.oid == _QUALIFIED_STATEMENTS and isinstance(extension.value, x509.UnrecognizedExtension):
            statements = extension.value.value
            return _COMPLIANCE in statements and _TYPE_SEAL in statements
    return False


def validity_line(facts: CertificateFacts, at: str) -> Line:
    """Return whether the certificate's dates include the given date; not checked without one.

    Args:
        facts: What the certificate says.
        at: A date ``YYYY-MM-DD``, or an empty string.
    """
    dates = f"from {facts.valid_from} to {facts.valid_until}"
    if not at:
        return Line("not checked", f"no date was given; the certificate is valid {dates}")
    inside = date.fromisoformat(facts.valid_from) <= date.fromisoformat(at) <= date.fromisoformat(facts.valid_until)
    if inside:
        return Line("good", f"on {at} the certificate was within its dates, {dates}; revocation is not checked")
    return Line("bad", f"on {at} the certificate was outside its dates, {dates}")
