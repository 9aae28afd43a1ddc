"""One device's pen: a key with its own chain, and the envelopes that it signs next."""

from collections.abc import Callable, Iterable, Mapping

from ledger.canonical import JsonObject, JsonValue
from ledger.statements.envelope import Envelope, format_envelope
from ledger.statements.keys import PrivateKey
from ledger.statements.sealed import seal
from ledger.statements.statement import Anchor, Claim, draft


class Pen:
    """Signs statements one after another; `salts` gives 16 random bytes at each call.

    `seq` and `prev` are where the key's chain stands, as `GET /v1/keys/{kid}` tells.
    """

    def __init__(
        self,
        key: PrivateKey,
        *,
        ledger: str,
        salts: Callable[[], bytes],
        seq: int = 0,
        prev: str | None = None,
    ) -> None:
        self.key = key
        self.ledger = ledger
        self.seq = seq
        self.prev = prev
        self._salts = salts

    def write(
        self,
        kind: str,
        body: JsonObject,
        *,
        signed_at: str,
        subjects: Iterable[str],
        inputs: Iterable[str] = (),
        outputs: Iterable[str] = (),
        sealed: Mapping[str, JsonValue] | None = None,
        anchor: Anchor | None = None,
    ) -> tuple[Claim, Envelope, list[JsonValue]]:
        """Sign the next statement of the chain and move on.

        `sealed` holds values in clear; they become commitments, and the openings that come back
        travel beside the envelope. Raises FormError for what the ledger would refuse for form.
        """
        commitments, opened = seal(
            sealed or {},
            ledger=self.ledger,
            key=self.key.key_id,
            seq=self.seq,
            salts=self._salts,
        )
        claim, envelope = draft(
            ledger=self.ledger,
            key=self.key,
            seq=self.seq,
            prev=self.prev,
            signed_at=signed_at,
            kind=kind,
            body=body,
            subjects=subjects,
            inputs=inputs,
            outputs=outputs,
            sealed=commitments,
            anchor=anchor,
        )
        self.seq += 1
        self.prev = claim.statement_id
        openings: list[JsonValue] = [
            {"statement": claim.statement_id, "name": name, "salt": salt, "value": value}
            for name, salt, value in opened
        ]
        return claim, envelope, openings

    def parcel(self, envelope: Envelope, openings: list[JsonValue]) -> JsonObject:
        """What is posted: the envelope, with its openings beside it."""
        posted = format_envelope(envelope, key_id=self.key.key_id)
        if openings:
            posted["openings"] = openings
        return posted
