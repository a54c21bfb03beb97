"""Make an e-seal for demonstrations and tests: **it proves nothing about who**.

The certificate is signed by its own key, and whoever runs this may write any name and identifier into it. It has the
members that a real seal's has (ETSI EN 319 412-3: organisation and organizationIdentifier, OID 2.5.4.97, such as
``VATFI-12345678`` or ``NTRFI-1234567-8``), so that a reader shows what it would show of a real one: the signature good,
the trust *not checked*. It claims neither to be qualified nor to be anybody's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from protocol.encoding.wire import check_date
from protocol.recognition.identifiers import check_identifier
from protocol.recognition.scalars import check_country

_MARK: Final = "Demonstration seal, proves nothing"
_MOST_CHARACTERS: Final = 64
"""Upper bound of an organisation's name in a certificate (X.520, ub-organization-name)."""


@dataclass(frozen=True, slots=True)
class DemoSeal:
    """A key and the certificate that it signed for itself, as `node.formats.seal_jades` takes them."""

    private_key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]


def make_demo_seal(organisation: str, organisation_id: str, *, country: str, first: str, last: str) -> DemoSeal:
    """Return a new P-256 key with its own certificate.

    Args:
        organisation: The name to show; cut at 64 characters.
        organisation_id: The eIDAS identifier to show.
        country: ISO 3166-1 alpha-2.
        first: First day of validity (``YYYY-MM-DD``).
        last: Last day of validity.

    Raises:
        MalformedError: The identifier, the country or a date is not written as it has to be.
    """
    check_identifier("eidas", organisation_id)
    check_country(country)
    key = ec.generate_private_key(ec.SECP256R1())
    parts = {
        NameOID.COUNTRY_NAME: country,
        NameOID.ORGANIZATION_NAME: organisation[:_MOST_CHARACTERS],
        NameOID.ORGANIZATION_IDENTIFIER: organisation_id,
        NameOID.COMMON_NAME: _MARK,
    }
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_instant(first, time.min))
        .not_valid_after(_instant(last, time(23, 59, 59)))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_seal_usage(), critical=True)
    )
    return DemoSeal(key, (builder.sign(key, SHA256()),))


def _instant(day: str, moment: time) -> datetime:
    check_date(day, "certificate")
    return datetime.combine(datetime.fromisoformat(day), moment, UTC)


def _seal_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
