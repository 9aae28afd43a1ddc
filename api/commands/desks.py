"""Where `daodi record` hands in: the ledger in a folder, or a server's door."""

import json
import secrets
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

import click

from api.opened.ledger import SALT_BYTES, OpenedLedger
from ledger.canonical import JsonObject, parse_json
from ledger.errors import CODES, DaodiError, FormError, NotFoundError, StoreError
from ledger.register.door import parse_parcel
from ledger.register.receipt import format_receipt
from ledger.statements.envelope import parse_envelope
from ledger.statements.keys import PrivateKey
from ledger.statements.pen import Pen
from ledger.statements.statement import parse_claim
from ledger.store.ledger import find_claim

WAIT_S: Final = 30
FIRST_REFUSAL: Final = 400


class Desk(Protocol):
    """What signing the next statement of a key asks of a ledger, near or far."""

    @property
    def origin(self) -> str:
        """Name of the log."""

    def pen(self, key: PrivateKey) -> Pen:
        """A pen at the key's next number."""

    def subjects_of(self, statement_id: str) -> Sequence[str]:
        """The chains of a statement in the log. Raises NotFoundError."""

    def hand_in(self, parcel: JsonObject) -> JsonObject:
        """Record one envelope with its openings; returns the receipt. Raises DaodiError."""

    def judge(self) -> None:
        """Let rules read what was handed in, where no server does."""


class NearDesk:
    """The ledger of a folder. Appends under the writer's lock, also beside a running server."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened

    @property
    def origin(self) -> str:
        """Name of the log."""
        return self._opened.origin

    def pen(self, key: PrivateKey) -> Pen:
        """A pen at the key's next number."""
        return self._opened.pen(key)

    def subjects_of(self, statement_id: str) -> Sequence[str]:
        """The chains of a statement in the log. Raises NotFoundError."""
        found = find_claim(self._opened.store)(statement_id)
        if found is None:
            raise NotFoundError("not_found", f"no statement {statement_id}")
        return found.subjects

    def hand_in(self, parcel: JsonObject) -> JsonObject:
        """Record one envelope with its openings; returns the receipt. Raises DaodiError."""
        register = self._opened.register
        candidate = register.check(parse_parcel(parcel))
        (outcome,) = register.record([candidate], now_ms=self._opened.clock())
        if isinstance(outcome, DaodiError):
            raise outcome
        return format_receipt(outcome)

    def judge(self) -> None:
        """Let rules read what was handed in."""
        self._opened.judge.catch_up(budget_ms=None)


class FarDesk:
    """A server that speaks this project's HTTP. The key stays here; only envelopes travel."""

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise click.UsageError(f"{url!r} is not a server's http(s) address")
        self._parts = parts
        self._token = token
        self._described: JsonObject | None = None

    @property
    def origin(self) -> str:
        """Name of the log."""
        if self._described is None:
            self._described = self._ask("GET", "/v1/ledger")
        return str(self._described.get("origin"))

    def pen(self, key: PrivateKey) -> Pen:
        """A pen at the key's next number."""
        known = self._ask("GET", f"/v1/keys/{key.key_id}")
        seq, head = known.get("next_seq", known.get("seq")), known.get("head")
        return Pen(
            key,
            ledger=self.origin,
            salts=lambda: secrets.token_bytes(SALT_BYTES),
            seq=seq if isinstance(seq, int) else 0,
            prev=head if isinstance(head, str) else None,
        )

    def subjects_of(self, statement_id: str) -> Sequence[str]:
        """The chains of a statement in the log. Raises NotFoundError."""
        found = self._ask("GET", f"/v1/statements/{quote(statement_id, safe='')}")
        return parse_claim(parse_envelope(found.get("envelope")).payload).subjects

    def hand_in(self, parcel: JsonObject) -> JsonObject:
        """Record one envelope with its openings; returns the receipt. Raises DaodiError."""
        return self._ask("POST", "/v1/statements", parcel)

    def judge(self) -> None:
        """The server judges by itself."""

    def _ask(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        host, port = str(self._parts.hostname), self._parts.port
        secure = self._parts.scheme == "https"
        connection = (HTTPSConnection if secure else HTTPConnection)(host, port, timeout=WAIT_S)
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
            connection.request(method, self._parts.path.rstrip("/") + path, raw, headers)
            answer = connection.getresponse()
            return _understood(answer.status, answer.read())
        except (OSError, HTTPException) as error:
            raise StoreError(
                "database_unavailable", f"{self._parts.netloc} cannot be reached: {error}"
            ) from error
        finally:
            connection.close()


def _understood(status: int, raw: bytes) -> JsonObject:
    """The answer's object. A problem document becomes the error that it tells of."""
    try:
        answer = parse_json(raw)
    except DaodiError:
        answer = None
    if not isinstance(answer, dict):
        raise FormError("not_json", f"the server answered {status} without a JSON object")
    if status < FIRST_REFUSAL:
        return answer
    code, detail = str(answer.get("code")), str(answer.get("detail", answer.get("title", "")))
    known = code if code in CODES else "internal"
    if known in {"not_found", "unknown_code"}:
        raise NotFoundError(known, detail)
    if CODES[known].status >= 500:  # noqa: PLR2004 — HTTP's server errors
        raise StoreError(known, detail)
    raise DaodiError(known, detail)
