"""Make keys, requests and bundles, and read what a certificate says.

One certificate a customer, with `sip.<domain>` and `lyncdiscover.<domain>` (G15); RSA-2048, which every Windows
client takes, unless the reseller chose P-256: Lync 2010 and 2013 are said to refuse keys of the newer kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

HOSTS = ("sip", "lyncdiscover")


class CertificateUnfit(ValueError):
    """Say that a chain, or a key beside it, cannot be served."""


class KeyKind(StrEnum):
    """Name the kinds of key that a customer's certificate may have."""

    P256 = "p256"
    RSA2048 = "rsa2048"


class Reason(IntEnum):
    """Name why a certificate is taken back, with the codes of RFC 5280, 5.3.1 that authorities accept."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5


@dataclass(frozen=True)
class Facts:
    """Hold what one certificate says: serial in hexadecimal, times in UTC."""

    serial: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    issuer: str


@dataclass(frozen=True)
class Bundle:
    """Hold a chain (leaf first) and its key, both PEM, in the form that a TLS server reads."""

    chain: bytes
    key: bytes = field(repr=False)

    @property
    def facts(self) -> Facts:
        """Return what the leaf says."""
        return facts(self.chain)

    @property
    def pem(self) -> bytes:
        """Return chain and key as one file."""
        return self.chain.rstrip() + b"\n" + self.key.rstrip() + b"\n"


def names_for(domain: str) -> tuple[str, ...]:
    """Return the two names of a domain's certificate; the domain is an A-label (RFC 5891)."""
    return tuple(f"{host}.{domain.lower().rstrip('.')}" for host in HOSTS)


def new_key(kind: KeyKind = KeyKind.P256) -> bytes:
    """Make a private key and return it as PKCS #8 PEM."""
    key: CertificateIssuerPrivateKeyTypes
    if kind is KeyKind.RSA2048:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_key(pem: bytes) -> CertificateIssuerPrivateKeyTypes:
    """Return the private key in a PEM text; raise CertificateUnfit when there is none."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise CertificateUnfit("no private key in the PEM text") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise CertificateUnfit("a key of a kind that no TLS client here takes")
    return key


def request_for(names: tuple[str, ...], key: bytes) -> bytes:
    """Return the certificate request (PKCS #10, PEM) for these names; the same key gives an equal request."""
    san = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(san, False)
    return builder.sign(load_key(key), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def leaf(chain: bytes) -> x509.Certificate:
    """Return the first certificate of a chain; raise CertificateUnfit when there is none."""
    return _certificates(chain)[0]


def _certificates(chain: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(chain)
    except ValueError as error:
        raise CertificateUnfit("no certificate in the PEM text") from error


def facts(chain: bytes) -> Facts:
    """Return what the leaf of a PEM chain says."""
    return facts_of(leaf(chain))


def facts_of(certificate: x509.Certificate) -> Facts:
    """Return what a certificate says."""
    try:
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(san.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        names = ()
    return Facts(
        serial=f"{certificate.serial_number:X}",
        names=names,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        issuer=certificate.issuer.rfc4514_string(),
    )


def checked(bundle: Bundle, *, names: tuple[str, ...] = (), at: datetime | None = None) -> Facts:
    """Return what the leaf says, when key, chain, names and time hold; else raise CertificateUnfit.

    A TLS server that reads a key beside a foreign certificate does not start again, so this is asked before
    anything is written.
    """
    certificates = _certificates(bundle.chain)
    first = certificates[0]
    if load_key(bundle.key).public_key() != first.public_key():
        raise CertificateUnfit("the private key does not belong to the certificate")
    for child, issuer in pairwise(certificates):
        try:
            child.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise CertificateUnfit("the chain is out of order or broken") from error
    said = facts_of(first)
    if missing := set(names) - set(said.names):
        raise CertificateUnfit(f"the certificate lacks {', '.join(sorted(missing))}")
    if at is not None and not said.not_before - timedelta(hours=1) <= at < said.not_after:
        raise CertificateUnfit("the certificate is not valid now")
    return said
