"""Keys and signatures: ES256 (P-256, SHA-256, raw r‖s), Ed25519 (RFC 8032); one SPKI form each."""

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import (
    generate_private_key as generate_p256,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ledger.errors import DaodiError, FormError, SignatureError
from ledger.log.checkpoint import VerifierKey, ed25519_vkey, p256_vkey

ALGORITHMS: Final = ("ES256", "Ed25519")
SIGNATURE_BYTES: Final = 64  # both algorithms: r‖s, or R‖S

# The whole DER before the point: any other way to write the same key would be a second key id.
_P256_PREFIX: Final = (
    bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + b"\x04"
)
_P256_SPKI_BYTES: Final = 91
_ED25519_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
_ED25519_SPKI_BYTES: Final = 44

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ED25519_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_FIELD: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _FIELD) % _FIELD
# y of the eight points whose order divides 8: under such a key one signature fits many messages.
_LOW_ORDER_Y: Final = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    }
)

_ES256: Final = ECDSA(SHA256())
_NOTE_ED25519: Final = 0x01
_NOTE_P256: Final = 0x02
_NOTE_COSIGNATURE: Final = 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key whose bytes were found good. `key_id` is hex SHA-256 of `spki` (DER).

    Made by `parse_public_key` alone, so that no unchecked point ever verifies anything.
    """

    alg: str
    spki: bytes
    key_id: str
    _loaded: EllipticCurvePublicKey | Ed25519PublicKey = field(repr=False, compare=False)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise SignatureError("bad_signature") unless `signature` (64 bytes) is over `message`."""
        if len(signature) != SIGNATURE_BYTES:
            raise SignatureError(
                "bad_signature",
                f"a signature of {len(signature)} bytes, not of {SIGNATURE_BYTES}",
            )
        loaded = self._loaded
        if isinstance(loaded, EllipticCurvePublicKey):
            r = int.from_bytes(signature[:32])
            s = int.from_bytes(signature[32:])
            if not (0 < r < _P256_ORDER and 0 < s < _P256_ORDER):
                raise SignatureError("bad_signature", "r or s is outside 1 … n−1")
            _verify_p256(loaded, message, encode_dss_signature(r, s))
        else:
            _verify_ed25519(loaded, message, signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKey:
    """A signing key. Its secret shows in no repr, no message and no traceback of ours."""

    public: PublicKey
    _secret: EllipticCurvePrivateKey | Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def alg(self) -> str:
        """`ES256` or `Ed25519`."""
        return self.public.alg

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo of the public half."""
        return self.public.spki

    @property
    def key_id(self) -> str:
        """Hex SHA-256 of `spki`."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """Return 64 bytes: raw r‖s for ES256, R‖S for Ed25519."""
        secret = self._secret
        if isinstance(secret, EllipticCurvePrivateKey):
            r, s = decode_dss_signature(secret.sign(message, _ES256))
            return r.to_bytes(32) + s.to_bytes(32)
        return secret.sign(message)

    def to_pem(self) -> bytes:
        """Return the secret itself, as an unencrypted PKCS#8 PEM: for a file of mode 0600 only."""
        return self._secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def parse_public_key(alg: str, spki: bytes) -> PublicKey:
    """Return the key of DER SubjectPublicKeyInfo bytes in their one form.

    Raises FormError("unknown_algorithm"), SignatureError("bad_key").
    Source: format v1 section 1; RFC 5480 (P-256); RFC 8410, RFC 8032 section 5.1.3 (Ed25519).
    """
    loaded: EllipticCurvePublicKey | Ed25519PublicKey
    if alg == "ES256":
        loaded = _load_p256(spki)
    elif alg == "Ed25519":
        loaded = _load_ed25519(spki)
    else:
        raise FormError("unknown_algorithm", f"algorithm {alg!r} is not one of {ALGORITHMS}")
    return PublicKey(alg=alg, spki=spki, key_id=sha256(spki).hexdigest(), _loaded=loaded)


def generate_private_key(alg: str) -> PrivateKey:
    """Return a new key from the operating system's randomness. FormError("unknown_algorithm")."""
    if alg == "ES256":
        return _private(generate_p256(SECP256R1()))
    if alg == "Ed25519":
        return _private(Ed25519PrivateKey.generate())
    raise FormError("unknown_algorithm", f"algorithm {alg!r} is not one of {ALGORITHMS}")


def parse_private_key(pem: bytes) -> PrivateKey:
    """Return the key of an unencrypted PEM. SignatureError("bad_key"), "unknown_algorithm"."""
    try:
        secret = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # `from None`: the parser's own words could quote the bytes of a secret.
        raise SignatureError("bad_key", "not an unencrypted private key in PEM") from None
    if isinstance(secret, Ed25519PrivateKey | EllipticCurvePrivateKey):
        return _private(secret)
    raise FormError("unknown_algorithm", f"a private key is not one of {ALGORITHMS}")


def parse_spki_pem(pem: bytes) -> PublicKey:
    """Return the public key of a PEM, its algorithm read from the OID; bytes in their one form.

    Raises SignatureError("bad_key"), FormError("unknown_algorithm").
    """
    try:
        loaded = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError("bad_key", "not a public key in PEM") from error
    if isinstance(loaded, Ed25519PublicKey | EllipticCurvePublicKey):
        return _public(loaded)
    raise FormError("unknown_algorithm", f"a public key is not one of {ALGORITHMS}")


def verify_note_line(algorithm: int, public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signed-note line holds.

    `algorithm` is the vkey's type: 01 and 04 Ed25519 (32 bytes of key, 64 of signature),
    02 ECDSA P-256 with SHA-256 (SPKI; ASN.1 signature). Anything else does not hold.
    """
    try:
        loaded = _note_key(algorithm, public)._loaded  # noqa: SLF001 — a class of this module
        if isinstance(loaded, EllipticCurvePublicKey):
            _verify_p256(loaded, message, signature)
        else:
            _verify_ed25519(loaded, message, signature)
    except DaodiError:
        return False
    return True


def is_note_key(algorithm: int, public: bytes) -> bool:
    """Tell whether a vkey's bytes are a key that may verify: in its one form, a safe point."""
    try:
        _note_key(algorithm, public)
    except DaodiError:
        return False
    return True


def sign_note_line(key: PrivateKey, message: bytes) -> bytes:
    """Return the signature that the key's vkey type wants: ASN.1 for P-256, R‖S for Ed25519."""
    secret = key._secret  # noqa: SLF001 — a class of this module
    if isinstance(secret, EllipticCurvePrivateKey):
        return secret.sign(message, _ES256)
    return secret.sign(message)


@lru_cache(maxsize=256)  # a log signs each group with the same keys
def note_vkey(name: str, key: PublicKey) -> VerifierKey:
    """Return the verifier key under which notes signed by `key` are known."""
    if key.alg == "Ed25519":
        return ed25519_vkey(name, key.spki[len(_ED25519_PREFIX) :])
    return p256_vkey(name, key.spki)


@lru_cache(maxsize=256)  # a log and its witnesses have a handful of keys; each costs two powers
def _note_key(algorithm: int, public: bytes) -> PublicKey:
    if algorithm in {_NOTE_ED25519, _NOTE_COSIGNATURE}:
        return parse_public_key("Ed25519", _ED25519_PREFIX + public)
    if algorithm == _NOTE_P256:
        return parse_public_key("ES256", public)
    raise FormError("unknown_algorithm", f"signature type {algorithm:#04x} of a note")


def _verify_p256(key: EllipticCurvePublicKey, message: bytes, signature_der: bytes) -> None:
    try:
        key.verify(signature_der, message, _ES256)
    except InvalidSignature as error:
        raise SignatureError("bad_signature", "the ES256 signature does not hold") from error


def _verify_ed25519(key: Ed25519PublicKey, message: bytes, signature: bytes) -> None:
    # Said here and not left to the library: S and S + L would be two signatures of one signer.
    if int.from_bytes(signature[32:], "little") >= _ED25519_ORDER:
        raise SignatureError("bad_signature", "S is not below the group's order")
    try:
        key.verify(signature, message)
    except InvalidSignature as error:
        raise SignatureError("bad_signature", "the Ed25519 signature does not hold") from error


def _load_p256(spki: bytes) -> EllipticCurvePublicKey:
    if len(spki) != _P256_SPKI_BYTES or not spki.startswith(_P256_PREFIX):
        raise SignatureError("bad_key", "not the one form of a P-256 key: 91 bytes, uncompressed")
    point = spki[len(_P256_PREFIX) - 1 :]
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError as error:
        raise SignatureError("bad_key", "the point is not on P-256") from error


def _load_ed25519(spki: bytes) -> Ed25519PublicKey:
    if len(spki) != _ED25519_SPKI_BYTES or not spki.startswith(_ED25519_PREFIX):
        raise SignatureError("bad_key", "not the one form of an Ed25519 key: 44 bytes")
    point = spki[len(_ED25519_PREFIX) :]
    _check_ed25519_point(point)
    return Ed25519PublicKey.from_public_bytes(point)


def _check_ed25519_point(point: bytes) -> None:
    """Refuse what libraries differ on: y ≥ p, −0, points off the curve or of low order."""
    encoded = int.from_bytes(point, "little")
    y = encoded & (2**255 - 1)
    if y >= _FIELD:
        raise SignatureError("bad_key", "the Ed25519 point is not canonical: y ≥ p")
    # The two points with x = 0, where a sign bit would be a second name, are of low order.
    if y in _LOW_ORDER_Y:
        raise SignatureError("bad_key", "the Ed25519 point is of low order")
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _FIELD)
    if pow(x_squared, (_FIELD - 1) // 2, _FIELD) != 1:
        raise SignatureError("bad_key", "the Ed25519 point is not on the curve")


def _public(loaded: EllipticCurvePublicKey | Ed25519PublicKey) -> PublicKey:
    alg = "Ed25519" if isinstance(loaded, Ed25519PublicKey) else "ES256"
    if isinstance(loaded, EllipticCurvePublicKey) and not isinstance(loaded.curve, SECP256R1):
        raise FormError("unknown_algorithm", f"curve {loaded.curve.name} is not P-256")
    return parse_public_key(
        alg, loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def _private(secret: EllipticCurvePrivateKey | Ed25519PrivateKey) -> PrivateKey:
    return PrivateKey(public=_public(secret.public_key()), _secret=secret)
