"""Another program's device: statements of format v1 from a P-256 key of its own.

Written from the format's page alone; it shares no code with the project. Canonical JSON is the
stranger's, signatures are cryptography's.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.stranger.jcs import write

PAYLOAD_TYPE = b"application/vnd.daodi.statement.v1+json"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CODE_DIGITS = 19  # of chance; the twentieth checks them
WAIT_S = 30

Value = dict[str, Any]


def new_code() -> str:
    """A code of section 8: 95 bits of chance and the check of Luhn mod 32."""
    chance = int.from_bytes(token_bytes(12)) >> 1
    digits = [chance >> 5 * place & 31 for place in reversed(range(CODE_DIGITS))]
    total = 0
    for place, digit in enumerate(reversed(digits)):
        product = digit * (2 if place % 2 == 0 else 1)
        total += product // 32 + product % 32
    return "".join(ALPHABET[digit] for digit in [*digits, -total % 32])


def pae(payload: bytes) -> bytes:
    """What is signed: section 1, lengths in bytes."""
    return b" ".join(
        (b"DSSEv1", b"%d" % len(PAYLOAD_TYPE), PAYLOAD_TYPE, b"%d" % len(payload), payload)
    )


@dataclass
class Device:
    """A key and its own chain. `ledger` is the origin; the server is asked for nothing else."""

    ledger: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    seq: int = 0
    prev: str | None = None

    @property
    def kid(self) -> str:
        """The key id: SHA-256 of the SubjectPublicKeyInfo."""
        public = self.key.public_key()
        return sha256(
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).hexdigest()

    def pem(self) -> bytes:
        """The public key as an operator enrols it."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, statement: Value) -> Value:
        """The next statement's envelope; `statement` has body, subjects and what else it needs."""
        value = {"v": 1, "ledger": self.ledger, "key": self.kid, "kind": "event"} | statement
        payload = write(value | {"seq": self.seq, "prev": self.prev})
        der = self.key.sign(pae(payload), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        self.seq, self.prev = self.seq + 1, sha256(pae(payload)).hexdigest()
        signature = r.to_bytes(32) + s.to_bytes(32)
        return {
            "payload": b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE.decode(),
            "signatures": [{"sig": b64encode(signature).decode()}],
        }

    def seal(self, name: str, value: object) -> tuple[str, Value]:
        """The commitment to a value in the next statement, and its opening: section 5."""
        salt = urlsafe_b64encode(token_bytes(16)).rstrip(b"=").decode()
        hidden = write([self.ledger, self.kid, self.seq, name, salt, value])  # type: ignore[list-item]
        commitment = urlsafe_b64encode(sha256(hidden).digest()).rstrip(b"=").decode()
        return commitment, {"name": name, "salt": salt, "value": value}


def make_of(
    crop: str | None, thing: str, *, kind: str, at: str, herb: str, sealed: Value | None = None
) -> Value:
    """A making: of `thing` from `crop`, or from nothing. EPCIS 2.0, TransformationEvent."""
    instance = "/lot/" not in thing
    made: Value = (
        {"outputEPCList": [thing]}
        if instance
        else {"outputQuantityList": [{"epcClass": thing, "quantity": 1240.5, "uom": "KGM"}]}
    )
    body: Value = {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"daodi": "https://daodi.example/ns/"},
        ],
        "type": "TransformationEvent",
        "eventTime": at,
        "eventTimeZoneOffset": at[-6:],
        "daodi:kind": kind,
        "daodi:herb": herb,
        **made,
    }
    if crop is not None:
        body["inputEPCList"] = [crop]
    statement: Value = {
        "signed_at": at,
        "body": body,
        "outputs": [thing],
        "subjects": sorted([thing] if crop is None else [thing, f"{crop}#out"]),
    }
    if crop is not None:
        statement["inputs"] = [crop]
    return statement if sealed is None else {**statement, "sealed": sealed}


def post(base_url: str, body: Value) -> Value:
    """Post to the recording route; the answer's JSON."""
    return _ask(
        Request(  # noqa: S310 — loopback
            f"{base_url}/v1/statements",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
    )


def get(base_url: str, path: str) -> Value:
    """Ask for JSON."""
    return _ask(Request(f"{base_url}{path}"))  # noqa: S310 — loopback


def _ask(request: Request) -> Value:
    with urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310 — loopback
        found: Value = json.load(answer)
    return found
