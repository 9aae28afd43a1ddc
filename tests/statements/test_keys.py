"""Keys: one form each, unsafe points refused, signatures as ES256 and RFC 8032 have them."""

import copy
import pickle
from collections.abc import Callable
from hashlib import sha256

import nacl.bindings
import nacl.exceptions
import nacl.signing
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import DaodiError, FormError, SignatureError
from ledger.log.checkpoint import format_vkey, parse_vkey
from ledger.statements.keys import (
    ALGORITHMS,
    PrivateKey,
    generate_private_key,
    is_note_key,
    note_vkey,
    parse_private_key,
    parse_public_key,
    parse_spki_pem,
    sign_note_line,
    verify_note_line,
)

P256_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")
P256_FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_FIELD = 2**255 - 19
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

RFC_8032 = [  # section 7.1, tests 1 and 3: secret, public, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
            "f9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
            "4dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
# RFC 6979 appendix A.2.5, P-256 with SHA-256, message "sample".
RFC_6979_X = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
RFC_6979_Y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
RFC_6979_R = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
RFC_6979_S = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"

# The well-known encodings of the points of order 8, as libsodium lists them.
ORDER_8_Y = [
    int.from_bytes(bytes.fromhex(point), "little")
    for point in (
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    )
]

ED_KEY = generate_private_key("Ed25519")
EC_KEY = generate_private_key("ES256")
KEYS = [ED_KEY, EC_KEY]


def ed25519_spki(y: int, sign: int = 0) -> bytes:
    return ED25519_HEAD + (y | sign << 255).to_bytes(32, "little")


def pem_of(key: object) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def refusal(call: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(DaodiError) as refused:
        call(*arguments)
    return refused.value.code


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032_verify_and_are_signed_alike(
    secret: str, public: str, message: str, signature: str
) -> None:
    key = parse_public_key("Ed25519", ED25519_HEAD + bytes.fromhex(public))
    key.verify(bytes.fromhex(message), bytes.fromhex(signature))
    loaded = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    signer = parse_private_key(pem_of(loaded))
    assert signer.public == key
    assert signer.sign(bytes.fromhex(message)).hex() == signature


def test_the_p256_example_of_rfc_6979_verifies_as_raw_r_and_s() -> None:
    spki = P256_HEAD + b"\x04" + bytes.fromhex(RFC_6979_X + RFC_6979_Y)
    key = parse_public_key("ES256", spki)
    key.verify(b"sample", bytes.fromhex(RFC_6979_R + RFC_6979_S))
    assert refusal(key.verify, b"Sample", bytes.fromhex(RFC_6979_R + RFC_6979_S)) == "bad_signature"


def test_a_key_id_is_the_hash_of_the_public_key_bytes() -> None:
    for key in KEYS:
        assert key.key_id == sha256(key.spki).hexdigest() == key.public.key_id
        assert parse_public_key(key.alg, key.spki) == key.public


@pytest.mark.parametrize("alg", ALGORITHMS)
@given(message=st.binary(max_size=200))
def test_what_a_key_signs_verifies_and_nothing_else_does(alg: str, message: bytes) -> None:
    key = ED_KEY if alg == "Ed25519" else EC_KEY
    signature = key.sign(message)
    assert len(signature) == 64
    key.public.verify(message, signature)
    assert refusal(key.public.verify, message + b"\x00", signature) == "bad_signature"


@given(message=st.binary(max_size=50), place=st.integers(0, 511))
def test_a_signature_with_one_bit_changed_fails_here_and_in_libsodium(
    message: bytes, place: int
) -> None:
    signature = bytearray(ED_KEY.sign(message))
    signature[place // 8] ^= 1 << place % 8
    with pytest.raises(SignatureError):
        ED_KEY.public.verify(message, bytes(signature))
    with pytest.raises(nacl.exceptions.BadSignatureError):
        nacl.signing.VerifyKey(ED_KEY.spki[12:]).verify(message, bytes(signature))


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=50))
def test_what_libsodium_signs_verifies_here(seed: bytes, message: bytes) -> None:
    signer = nacl.signing.SigningKey(seed)
    key = parse_public_key("Ed25519", ED25519_HEAD + bytes(signer.verify_key))
    key.verify(message, signer.sign(message).signature)


@given(point=st.binary(min_size=32, max_size=32))
def test_every_point_that_libsodium_takes_is_taken_and_unreadable_ones_are_not(
    point: bytes,
) -> None:
    try:
        parse_public_key("Ed25519", ED25519_HEAD + point)
        taken = True
    except SignatureError:
        taken = False
    # libsodium also wants the prime-order subgroup, which RFC 8032 leaves open.
    assert taken or not nacl.bindings.crypto_core_ed25519_is_valid_point(point)


@pytest.mark.parametrize("key", KEYS, ids=ALGORITHMS[::-1])
@pytest.mark.parametrize("size", [0, 63, 65, 72])
def test_a_signature_of_another_length_is_refused(key: PrivateKey, size: int) -> None:
    assert refusal(key.public.verify, b"", bytes(size)) == "bad_signature"


@pytest.mark.parametrize(
    ("r", "s"), [(0, 1), (1, 0), (P256_ORDER, 1), (1, P256_ORDER), (2**256 - 1, 1)]
)
def test_es256_refuses_r_and_s_outside_the_group(r: int, s: int) -> None:
    signature = r.to_bytes(32) + s.to_bytes(32)
    assert refusal(EC_KEY.public.verify, b"", signature) == "bad_signature"


def test_ed25519_refuses_a_second_writing_of_s() -> None:
    signature = ED_KEY.sign(b"sold")
    larger = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    twin = signature[:32] + larger.to_bytes(32, "little")
    assert refusal(ED_KEY.public.verify, b"sold", twin) == "bad_signature"


@pytest.mark.parametrize(
    "spki",
    [
        b"",
        EC_KEY.spki[:-1],
        EC_KEY.spki + b"\x00",
        b"\x31" + EC_KEY.spki[1:],
        ED_KEY.spki,
        P256_HEAD + b"\x04" + bytes(64),
        P256_HEAD + b"\x04" + P256_FIELD.to_bytes(32) + EC_KEY.spki[-32:],
        P256_HEAD + b"\x04" + EC_KEY.spki[27:59] + bytes(32),
        P256_HEAD + b"\x06" + EC_KEY.spki[27:],
        P256_HEAD + b"\x03" + EC_KEY.spki[27:59],
    ],
    ids=[
        "empty",
        "short",
        "long",
        "another prefix",
        "an Ed25519 key",
        "the origin",
        "x beyond the field",
        "off the curve",
        "hybrid",
        "compressed",
    ],
)
def test_a_p256_key_has_one_form_and_lies_on_the_curve(spki: bytes) -> None:
    with pytest.raises(SignatureError) as refused:
        parse_public_key("ES256", spki)
    assert refused.value.code == "bad_key"


@pytest.mark.parametrize(
    "spki",
    [b"", ED_KEY.spki[:-1], ED_KEY.spki + b"\x00", b"\x31" + ED_KEY.spki[1:], EC_KEY.spki],
    ids=["empty", "short", "long", "another prefix", "a P-256 key"],
)
def test_an_ed25519_key_has_one_form(spki: bytes) -> None:
    assert refusal(parse_public_key, "Ed25519", spki) == "bad_key"


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [0, 1, ED25519_FIELD - 1, *ORDER_8_Y])
def test_ed25519_points_of_low_order_are_refused(y: int, sign: int) -> None:
    with pytest.raises(SignatureError, match="low order"):
        parse_public_key("Ed25519", ed25519_spki(y, sign))


def test_the_refused_points_are_all_whose_order_divides_eight() -> None:
    # Doubled, a point of order 8 has y = 0: then x² = −y², and the curve says d·y⁴ + 2y² = 1.
    d = -121665 * pow(121666, -1, ED25519_FIELD)
    for y in ORDER_8_Y:
        assert (d * y**4 + 2 * y**2 - 1) % ED25519_FIELD == 0
        assert not nacl.bindings.crypto_core_ed25519_is_valid_point(y.to_bytes(32, "little"))
    assert sum(ORDER_8_Y) == ED25519_FIELD


@pytest.mark.parametrize("y", range(ED25519_FIELD, 2**255))
def test_ed25519_points_with_a_second_name_are_refused(y: int) -> None:
    with pytest.raises(SignatureError, match="canonical"):
        parse_public_key("Ed25519", ed25519_spki(y))


def test_ed25519_points_off_the_curve_are_refused() -> None:
    with pytest.raises(SignatureError, match="curve"):
        parse_public_key("Ed25519", ed25519_spki(2))


@pytest.mark.parametrize("alg", ["SM2", "RS256", "es256", ""])
def test_an_algorithm_that_format_v1_does_not_name_is_unknown(alg: str) -> None:
    with pytest.raises(FormError) as refused:
        parse_public_key(alg, EC_KEY.spki)
    assert refused.value.code == "unknown_algorithm"
    assert refusal(generate_private_key, alg) == "unknown_algorithm"


@pytest.mark.parametrize("key", KEYS, ids=ALGORITHMS[::-1])
def test_a_private_key_survives_its_pem(key: PrivateKey) -> None:
    again = parse_private_key(key.to_pem())
    assert again == key
    assert again.to_pem() == key.to_pem()
    again.public.verify(b"x", key.sign(b"x"))


@pytest.mark.parametrize("key", KEYS, ids=ALGORITHMS[::-1])
def test_a_private_key_never_shows_itself(key: PrivateKey) -> None:
    secret = "".join(key.to_pem().decode().splitlines()[1:-1])
    for shown in (repr(key), str(key), f"{key!r}", repr([key])):
        assert secret[-20:] not in shown
        assert "_secret" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)
    assert copy.copy(key) == key


def test_a_refused_pem_is_not_quoted() -> None:
    pem = ED_KEY.to_pem().replace(b"PRIVATE KEY", b"PRIVATE CAT")
    with pytest.raises(SignatureError) as refused:
        parse_private_key(pem)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert pem.decode().splitlines()[1] not in str(refused.value)


def test_a_private_key_under_a_password_is_refused() -> None:
    loaded = ed25519.Ed25519PrivateKey.generate()
    pem = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    assert refusal(parse_private_key, pem) == "bad_key"


def test_private_keys_of_other_algorithms_are_refused() -> None:
    assert refusal(parse_private_key, pem_of(ec.generate_private_key(ec.SECP384R1()))) == (
        "unknown_algorithm"
    )
    assert refusal(parse_private_key, pem_of(rsa.generate_private_key(65537, 2048))) == (
        "unknown_algorithm"
    )


@pytest.mark.parametrize("key", KEYS, ids=ALGORITHMS[::-1])
def test_a_public_pem_gives_the_key_and_its_algorithm(key: PrivateKey) -> None:
    loaded = key._secret.public_key()
    pem = loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert parse_spki_pem(pem) == key.public


def test_public_pems_that_are_broken_or_of_other_algorithms_are_refused() -> None:
    assert refusal(parse_spki_pem, b"not a PEM") == "bad_key"
    for loaded in (
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
    ):
        pem = loaded.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert refusal(parse_spki_pem, pem) == "unknown_algorithm"


@pytest.mark.parametrize("key", KEYS, ids=ALGORITHMS[::-1])
def test_a_note_line_verifies_under_the_vkey_of_its_key(key: PrivateKey) -> None:
    vkey = note_vkey("ledger.example/herbs", key.public)
    assert parse_vkey(format_vkey(vkey)) == vkey
    signature = sign_note_line(key, b"note\n")
    assert verify_note_line(vkey.algorithm, vkey.public, b"note\n", signature)
    assert not verify_note_line(vkey.algorithm, vkey.public, b"Note\n", signature)
    assert not verify_note_line(vkey.algorithm, vkey.public, b"note\n", signature[:-1])
    assert not verify_note_line(vkey.algorithm, vkey.public, b"note\n", b"")


def test_a_cosignature_line_is_ed25519_too() -> None:
    public = ED_KEY.spki[12:]
    assert verify_note_line(0x04, public, b"cosigned", ED_KEY.sign(b"cosigned"))


def test_a_note_line_of_an_unknown_type_or_a_bad_key_does_not_hold() -> None:
    public, signature = ED_KEY.spki[12:], ED_KEY.sign(b"note\n")
    assert not verify_note_line(0x05, public, b"note\n", signature)
    assert not verify_note_line(0x01, bytes(32), b"note\n", signature)
    assert not verify_note_line(0x02, public, b"note\n", signature)


def test_a_notes_key_is_told_from_bytes_that_are_none() -> None:
    for key in map(generate_private_key, ALGORITHMS):
        vkey = note_vkey("ledger.example/herbs", key.public)
        assert is_note_key(vkey.algorithm, vkey.public)
        assert not is_note_key(vkey.algorithm, vkey.public[:-1])
    assert not is_note_key(1, bytes(32))
