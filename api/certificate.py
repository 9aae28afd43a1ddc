"""A certificate of a machine's own (RFC 5280), for phones that check only over HTTPS.

Nobody vouches for it but who compares its fingerprint: for a table or a valley, not for a city.
"""

import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.opened.folder import read_private, write_private
from ledger.errors import StoreError

KEY_FILE: Final = "tls.key.pem"
CERTIFICATE_FILE: Final = "tls.pem"
VALID: Final = timedelta(days=397)  # phones refuse certificates that last longer
BEFORE: Final = timedelta(days=1)  # clocks of phones go wrong
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
# Nobody is asked: what the machine would send from, if it sent there. Source: RFC 5737, RFC 1918,
# RFC 3849, and the private ranges that villages use.
_THERE: Final = (
    *("192.0.2.1", "10.255.255.254", "172.31.255.254", "192.168.255.254"),
    "2001:db8::1",
)
_PORT: Final = 9  # discard; nothing is sent

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCertificate:
    """Files that a server of HTTPS reads, what people compare, and the names that it stands for."""

    certificate: Path
    key: Path
    fingerprint: str
    names: Names


def local_certificate(folder: Path, *, names: Names, now_ms: int) -> LocalCertificate:
    """The folder's certificate for these hosts; a new one where it is expired or lacks one.

    The key stays. Raises StoreError `not_set_up` where others could have read it.
    """
    key = _key_of(folder / KEY_FILE)
    path = folder / CERTIFICATE_FILE
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    found = _good(path, key, names, now)
    if found is None:
        found = _signed(key, names, now)
        # Exchanged at once: a server that starts meanwhile reads the old one or the new one.
        fresh = path.with_suffix(".new")
        fresh.write_bytes(found.public_bytes(Encoding.PEM))
        fresh.replace(path)
    digest = found.fingerprint(SHA256()).hex().upper()
    return LocalCertificate(
        certificate=path,
        key=folder / KEY_FILE,
        fingerprint=":".join(digest[at : at + 2] for at in range(0, len(digest), 2)),
        names=_names_of(found),
    )


def names_here(host: str = "") -> Names:
    """What people may call this machine: loopback, its name, its addresses, and `host`."""
    own = [*LOOPBACK, socket.gethostname(), *_addresses(), host]
    wanted = dict.fromkeys(name for name in own if name.isascii())
    return tuple(name for name in wanted if name not in {"", "0.0.0.0", "::"})  # noqa: S104 — compared


def _addresses() -> Iterator[str]:
    """The machine's addresses by its own routes: a datagram socket connects without sending."""
    for there in _THERE:
        family = socket.AF_INET6 if ":" in there else socket.AF_INET
        # A machine without a route there, or without IPv6, has no address for it.
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as unsent:
            unsent.connect((there, _PORT))
            yield unsent.getsockname()[0].partition("%")[0]


def _key_of(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        path.parent.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
        write_private(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(read_private(path), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StoreError("not_set_up", f"{path} is no P-256 key")
    return key


def _good(
    path: Path, key: ec.EllipticCurvePrivateKey, names: Names, now: datetime
) -> x509.Certificate | None:
    """The certificate that is there, None where another is needed."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        here = set(_names_of(found))
    except (OSError, ValueError, x509.ExtensionNotFound):
        return None
    is_ours = found.public_key() == key.public_key()
    is_valid = found.not_valid_before_utc <= now < found.not_valid_after_utc
    return found if is_ours and is_valid and here.issuperset(map(_spelled, names)) else None


def _names_of(certificate: x509.Certificate) -> Names:
    said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = said.get_values_for_type(x509.IPAddress)
    return (*said.get_values_for_type(x509.DNSName), *map(str, addresses))


def _spelled(name: str) -> str:
    """A name as a certificate gives it back: addresses have one spelling."""
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def _signed(key: ec.EllipticCurvePrivateKey, names: Names, now: datetime) -> x509.Certificate:
    """A leaf that signs itself: installed or accepted for this machine, it vouches for no other."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Daodi ledger of this machine")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now - BEFORE + VALID)
        .add_extension(x509.SubjectAlternativeName(map(_general, names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identity, critical=False)
        .sign(key, SHA256())
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
