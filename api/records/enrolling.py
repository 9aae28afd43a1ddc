"""POST /v1/keys: a device of an actor asks to be enrolled; the folder's registrar may say yes."""

import shlex
from asyncio import to_thread
from base64 import encodebytes
from threading import Lock
from typing import Any, Final

from litestar import Request, Response, post
from litestar.di import NamedDependency

from api.access import Caller, caller_of, require_actor
from api.opened.ledger import OpenedLedger
from api.sessions import refuse_cross_site
from ledger.canonical import JsonObject, parse_json
from ledger.errors import AccessError, ChainError, FormError, StandingError
from ledger.register.receipt import format_receipt
from ledger.statements.envelope import decode_base64, encode_base64
from ledger.statements.keys import PublicKey, parse_public_key
from ledger.statements.registry import REGISTRAR
from ledger.statements.statement import key_uri, out_chain

ENROLLED: Final = 201
KNOWN_ALREADY: Final = 200
FOR_THE_OPERATOR: Final = 202
DEVICES_MAX: Final = 32  # in use, of one person: browsers and phones are lost, none are a hundred

# The registrar's key has one chain: two enrolments at once would sign one number twice.
_registrar: Final = Lock()


@post("/v1/keys", status_code=ENROLLED)
async def enrol_key(
    request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]
) -> Response[dict[str, Any]]:
    """Enrol a device's key for the caller's actor: `{alg, spki}`; its holder is the token's.

    A `holder` beside them may only repeat the token's: one person never counts as two.
    201 with the receipt when this server may sign for the registrar; 200 when the key is enrolled
    for this actor already; else 202 with the command that an operator runs.
    """
    refuse_cross_site(request)
    body = await request.body()
    return await to_thread(_enrol, request, opened, body)


def _enrol(
    request: Request[Any, Any, Any], opened: OpenedLedger, body: bytes
) -> Response[dict[str, Any]]:
    caller = caller_of(request, opened)
    actor = require_actor(caller)
    key = _parse_request(body, caller)
    with _registrar:
        known = opened.replica.registry.keys.get(key.key_id)
        if known is not None and known.actor != actor:
            raise ChainError("already_registered", f"key {key.key_id} is another actor's")
        if known is not None:
            return Response({"kid": key.key_id, "status": "enrolled"}, status_code=KNOWN_ALREADY)
        roles = _roles(caller)
        _refuse_more(opened, caller)
        root = opened.folder.registrar_key() if opened.settings.tokens_enrol else None
        if root is None or root.key_id != opened.replica.registry.root:
            answer = _for_the_operator(opened, caller, key, roles)
            return Response(answer, status_code=FOR_THE_OPERATOR)
        enrolment: JsonObject = {
            "kid": key.key_id,
            "alg": key.alg,
            "spki": encode_base64(key.spki),
            "actor": actor,
            "roles": [*roles],
            "holder": caller.holder,
        }
        receipt = opened.state(
            root, "key.enrol", enrolment, [key_uri(key.key_id), out_chain(actor)]
        )
    answer = {"kid": key.key_id, "status": "enrolled", "receipt": format_receipt(receipt)}
    return Response(answer, status_code=ENROLLED)


def _refuse_more(opened: OpenedLedger, caller: Caller) -> None:
    """Raise StandingError `too_many_devices`: a stolen token must not fill the roll with keys."""
    keys = opened.replica.registry.keys.values()
    own = [each for each in keys if each.actor == caller.actor and each.retired_index is None]
    if sum(each.holder == caller.holder for each in own) >= DEVICES_MAX:
        raise StandingError("too_many_devices", f"{caller.holder} has {DEVICES_MAX} in use")


def _parse_request(body: bytes, caller: Caller) -> PublicKey:
    value = parse_json(body)
    if not isinstance(value, dict) or {*value} - {"holder"} != {"alg", "spki"}:
        raise FormError("bad_body", "expected {alg, spki}")
    if value.get("holder", caller.holder) != caller.holder:
        raise AccessError("another_holder", f"the token is {caller.holder}'s")
    return parse_public_key(str(value["alg"]), decode_base64(str(value["spki"])))


def _roles(caller: Caller) -> list[str]:
    """The actor's roles but that of a registrar: a token never makes one."""
    roles = sorted(caller.roles - {REGISTRAR})
    if not roles:
        raise StandingError("not_allowed", "a registrar's device is enrolled by the operator alone")
    return roles


def _for_the_operator(
    opened: OpenedLedger, caller: Caller, key: PublicKey, roles: list[str]
) -> dict[str, Any]:
    """What an operator needs to enrol the key by hand: the PEM and the command."""
    named = [part for role in roles for part in ("--role", role)]
    command = [
        *("daodi", "key", "enrol", "--data", str(opened.settings.data)),
        *("--actor", str(caller.actor), "--holder", caller.holder),
        *("--spki", f"{key.key_id[:16]}.pem", *named),
    ]
    return {
        "kid": key.key_id,
        "status": "waiting",
        "command": shlex.join(command),
        "file": f"{key.key_id[:16]}.pem",
        "pem": _pem(key.spki),
    }


def _pem(spki: bytes) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{encodebytes(spki).decode()}-----END PUBLIC KEY-----\n"
