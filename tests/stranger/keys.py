"""Public keys in their one form and signatures: ES256, Ed25519 (RFC 8032), as format section 1."""

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

ALGORITHMS = frozenset({"ES256", "Ed25519"})
SIGNATURE_BYTES = 64
P256_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
P256_SPKI_BYTES = 91
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")
ED25519_SPKI_BYTES = 44
ED25519_KEY_BYTES = 32

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]


def key_id(spki: bytes) -> str:
    """Give H(DER SubjectPublicKeyInfo) in hex."""
    return sha256(spki).hexdigest()


def _read_point(encoded: bytes) -> Point | None:
    """Decode a point, or give None for none or a non-canonical one. Source: RFC 8032 5.1.3."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def _double(point: Point) -> Point:
    x, y = point
    product = D * x * x * y * y % P
    return (
        2 * x * y * pow(1 + product, P - 2, P) % P,
        (y * y + x * x) * pow(1 - product, P - 2, P) % P,
    )


def is_ed25519_key(encoded: bytes) -> bool:
    """Whether these 32 bytes are a canonical point whose order is not small."""
    point = _read_point(encoded) if len(encoded) == ED25519_KEY_BYTES else None
    return point is not None and _double(_double(_double(point))) != (0, 1)


def is_p256_spki(spki: bytes) -> bool:
    """Whether `spki` is a point of P-256, uncompressed, in the one form of 91 bytes."""
    if len(spki) != P256_SPKI_BYTES or not spki.startswith(P256_PREFIX):
        return False
    return _load_p256(spki) is not None


def _load_p256(spki: bytes) -> ec.EllipticCurvePublicKey | None:
    point = spki[len(P256_PREFIX) - 1 :]
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return None


def is_one_form(alg: str, spki: bytes) -> bool:
    """Whether `spki` is the one form that a key of the known algorithm `alg` has."""
    if alg == "ES256":
        return is_p256_spki(spki)
    framed = len(spki) == ED25519_SPKI_BYTES and spki.startswith(ED25519_PREFIX)
    return framed and is_ed25519_key(spki[len(ED25519_PREFIX) :])


def is_signed_ed25519(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is the key's, cofactorless and with S below the group's order."""
    if len(signature) != SIGNATURE_BYTES or int.from_bytes(signature[32:], "little") >= L:
        return False
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed_p256(spki: bytes, der_signature: bytes, message: bytes) -> bool:
    """Whether `der_signature` is an ECDSA signature with SHA-256, in strict DER."""
    key = _load_p256(spki)
    if key is None:
        return False
    try:
        key.verify(der_signature, message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed(alg: str, spki: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an envelope's raw signature of a known algorithm verifies."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    if alg == "Ed25519":
        return is_signed_ed25519(spki[len(ED25519_PREFIX) :], signature, message)
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    return is_signed_p256(spki, encode_dss_signature(r, s), message)
