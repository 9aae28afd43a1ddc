"""Notes, keys and lines that the tests of checkpoints share."""

from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from ledger.errors import FormError
from ledger.log.checkpoint import (
    COSIGNATURE_V1,
    ECDSA_P256,
    Note,
    NoteSignature,
    VerifierKey,
    ed25519_vkey,
    p256_vkey,
    parse_note,
    parse_vkey,
)

# From the documentation of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501 — a published line

# From C2SP tlog-cosignature.
COSIGNED_NOTE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501 — published lines

ORIGIN = "ledger.example/herbs"
TEXT = f"{ORIGIN}\n28\n{b64encode(bytes(32)).decode()}\n"
LOG = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
LOG_P256 = derive_private_key(1001, SECP256R1())
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([2] * 32))
LOG_KEY = ed25519_vkey(ORIGIN, LOG.public_key().public_bytes_raw())
LOG_P256_KEY = p256_vkey(
    ORIGIN,
    LOG_P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
)


def material(key: VerifierKey) -> str:
    return b64encode(bytes([key.algorithm]) + key.public).decode()


def witness_key() -> VerifierKey:
    public = WITNESS.public_key().public_bytes_raw()
    name = "witness.example/w1"
    key_hash = sha256(f"{name}\n".encode() + bytes([COSIGNATURE_V1]) + public).digest()[:4]
    return parse_vkey(f"{name}+{key_hash.hex()}+{b64encode(bytes([4]) + public).decode()}")


WITNESS_KEY = witness_key()


def verify(algorithm: int, public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        if algorithm == ECDSA_P256:
            key = load_der_public_key(public)
            assert isinstance(key, EllipticCurvePublicKey)
            key.verify(signature, message, ECDSA(SHA256()))
        else:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def line(key: VerifierKey, signature: bytes) -> NoteSignature:
    return NoteSignature(name=key.name, key_hash=key.key_hash, signature=signature)


def log_line(text: str = TEXT) -> NoteSignature:
    return line(LOG_KEY, LOG.sign(text.encode()))


def p256_line(text: str = TEXT) -> NoteSignature:
    return line(LOG_P256_KEY, LOG_P256.sign(text.encode(), ECDSA(SHA256())))


def witness_line(seconds: int, text: str = TEXT) -> NoteSignature:
    signature = WITNESS.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    return line(WITNESS_KEY, seconds.to_bytes(8, "big") + signature)


def note_of(*signatures: NoteSignature) -> Note:
    return Note(text=TEXT, signatures=signatures)


def refused(text: str) -> bool:
    with pytest.raises(FormError) as refusal:
        parse_note(text)
    return refusal.value.code == "bad_note"
