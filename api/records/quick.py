"""POST /v1/statements past the framework: one envelope that is recorded costs a third of the time.

Whatever is not plainly good is handed on, body and all, to the route that the framework serves:
what it refuses, and how, stays in one place. A statement that was refused is then refused again.
"""

import re
from collections.abc import Iterable
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPReceiveMessage,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Receive,
    Scope,
    Send,
)

from api.opened.appender import Appender
from ledger.canonical import parse_json
from ledger.register.door import Parcel, parse_parcel
from ledger.register.receipt import Receipt, format_receipt
from ledger.statements.envelope import (
    PAYLOAD_BYTES_MAX,
    PAYLOAD_TYPE,
    Envelope,
    decode_base64,
)

ROUTE: Final = "/v1/statements"
BODY_BYTES_MAX: Final = 64 * 1024  # the largest payload in base64, and its openings
RECORDED: Final = 201

# An envelope as most programs write it. Its members stand there once each and hold nothing to
# unescape, so that reading it as JSON could find nothing else.
_ENVELOPE: Final = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/=]+)","payloadType":"%b","signatures":'
    rb'\[\{(?:"keyid":"[0-9a-f]*",)?"sig":"([A-Za-z0-9+/=]+)"\}\](?:,"openings":\[\])?\}'
    % re.escape(PAYLOAD_TYPE).encode()
)
_PAYLOAD_TEXT_MAX: Final = PAYLOAD_BYTES_MAX // 3 * 4


def record_quickly(app: ASGIApp, appender: Appender) -> ASGIApp:
    """Middleware before the router: answers for one good envelope, hands on everything else."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != ScopeType.HTTP
            or scope["path"] != ROUTE
            or scope["method"] != "POST"
            or not _is_one_envelope(scope["headers"])
        ):
            await app(scope, receive, send)
            return
        messages = await _received(receive)
        receipt = await _recorded(appender, messages)
        if receipt is None:
            await app(scope, _again(messages, receive), send)
            return
        scope["path_template"] = ROUTE
        await _answer(send, msgspec.json.encode(format_receipt(receipt)))

    return middleware


def _is_one_envelope(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a body of JSON of known, small length comes."""
    length, is_json = b"", False
    for name, value in headers:
        if name == b"content-length":
            length = value
        elif name == b"content-type":
            is_json = value.partition(b";")[0].strip().lower() == b"application/json"
    return is_json and length.isdigit() and len(length) < 9 and int(length) <= BODY_BYTES_MAX  # noqa: PLR2004 — digits of any length are slow to read


async def _received(receive: Receive) -> list[HTTPReceiveMessage]:
    """Everything that the client sends; the last message says so, or that it went away."""
    messages: list[HTTPReceiveMessage] = []
    while not messages or messages[-1].get("more_body"):
        messages.append(await receive())  # type: ignore[arg-type]  # HTTP alone comes here
    return messages


async def _recorded(appender: Appender, messages: list[HTTPReceiveMessage]) -> Receipt | None:
    """The receipt of a body that is one good envelope; None for the framework to say why not."""
    if messages[-1]["type"] != "http.request":
        return None
    parts = [message["body"] for message in messages if message["type"] == "http.request"]
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    if body.startswith(b'{"statements"'):
        return None
    try:
        (outcome,) = await appender.submit([_parcel(body)])
    except Exception:  # noqa: BLE001 — the framework's route meets it again, and answers for it
        return None
    return outcome if isinstance(outcome, Receipt) else None


def _parcel(body: bytes) -> Parcel:
    """The one envelope of a body. Raises FormError."""
    plain = _ENVELOPE.fullmatch(body)
    if plain is None or len(plain[1]) > _PAYLOAD_TEXT_MAX:
        return parse_parcel(parse_json(body))
    payload, signature = (decode_base64(text.decode()) for text in plain.groups())
    return Parcel(envelope=Envelope(payload=payload, signature=signature))


def _again(messages: list[HTTPReceiveMessage], receive: Receive) -> Receive:
    """Receive what was received once more, then what comes after it."""
    waiting = iter(messages)

    async def receiving() -> HTTPReceiveMessage:
        for message in waiting:
            return message
        return await receive()  # type: ignore[return-value]  # HTTP alone comes here

    return receiving


async def _answer(send: Send, body: bytes) -> None:
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": RECORDED,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
    }
    end: HTTPResponseBodyEvent = {"type": "http.response.body", "body": body, "more_body": False}
    await send(start)
    await send(end)
