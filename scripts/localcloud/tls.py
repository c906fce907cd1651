"""A certificate authority of its own for each embedded cloud.

The authority may only sign for loopback names (name constraints) and its private key is never written, so trusting
``ca.pem`` gives nobody anything beyond this one server.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = dt.timedelta(days=397)
RENEW_BEFORE = dt.timedelta(days=7)
_DNS_NAMES = ("localhost", "*.localhost", "*.execute-api.localhost")
_ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """PEM files: the authority alone, with the system's authorities, the certificate, its key."""

    authority: Path
    bundle: Path
    certificate: Path
    key: Path


def ensure(folder: Path) -> Certificates:
    """The certificates in ``folder``, made where they are missing or end within a week."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Certificates(
        authority=folder / "ca.pem",
        bundle=folder / "bundle.pem",
        certificate=folder / "server.pem",
        key=folder / "server.key",
    )
    if not _still_good(made):
        _make(made)
    return made


def _still_good(certificates: Certificates) -> bool:
    files = (certificates.authority, certificates.bundle, certificates.certificate, certificates.key)
    if not all(file.exists() for file in files):
        return False
    leaf = x509.load_pem_x509_certificate(certificates.certificate.read_bytes())
    return leaf.not_valid_after_utc - dt.datetime.now(dt.UTC) > RENEW_BEFORE


def _make(certificates: Certificates) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key)
    server = _server(server_key, authority_key)
    key_pem = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(certificates.key, key_pem)
    _write(certificates.certificate, server.public_bytes(serialization.Encoding.PEM))
    authority_pem = authority.public_bytes(serialization.Encoding.PEM)
    _write(certificates.bundle, _system_authorities() + authority_pem)
    _write(certificates.authority, authority_pem)


def _system_authorities() -> bytes:
    system = ssl.get_default_verify_paths().cafile
    return Path(system).read_bytes() if system and Path(system).exists() else b""


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    only_loopback = x509.NameConstraints(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")),
            x509.IPAddress(ipaddress.ip_network("::1/128")),
        ],
        None,
    )
    return (
        _unsigned("embedded cloud authority", key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(only_loopback, critical=True)
        .sign(key, hashes.SHA256())
    )


def _server(key: ec.EllipticCurvePrivateKey, authority_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _DNS_NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _unsigned("localhost", key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _unsigned(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name("embedded cloud authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + VALIDITY)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
