"""From any text found in a QR code or on a pack to the thing that is asked for."""

from urllib.parse import quote

from api.opened import OpenedLedger
from ledger.errors import DaodiError, FormError, NotFoundError
from ledger.herbs.identifiers import THING_PATHS, asked_uri, batch_key, parse_code, verify_unit_code
from ledger.log.leaves import subject_key
from ledger.statements.statement import is_uri
from ledger.trace.trace import Asked


def asked_of(text: str, opened: OpenedLedger) -> Asked:
    """Return what a text asks for. Raises NotFoundError `unknown_code` for what no pack carries.

    A bare code stands for the lot, crop or site that has it; until one has, for a lot.
    A pack's serial must carry the check that only this ledger's secret makes: guessing is hopeless.
    """
    try:
        uri = asked_uri(text, opened.origin)
        code = parse_code(text) if _is_ours(uri, opened) else None
    except FormError as error:
        if is_uri(text):
            return Asked(uri=text, code=text)
        raise NotFoundError("unknown_code", error.message) from error
    if code is None:
        return Asked(uri=uri, code=text)
    if code.serial is None:
        return Asked(uri=uri if "/" in text else _named(uri, opened), code=code.text)
    try:
        serial = verify_unit_code(code.text, batch_key(opened.folder.secret(), code.lot))
    except DaodiError as error:
        raise NotFoundError("unknown_code", error.message) from error
    return Asked(uri=uri, code=code.text, serial=serial)


def page_path(asked: Asked) -> str:
    """The path of the public page of what is asked, from which a phone derives its URI."""
    if asked.code.startswith("/"):
        return asked.code
    for thing in ("crop", "site"):
        if f"/{thing}/" in asked.uri:
            return f"/{thing}/{quote(asked.code, safe='')}"
    code = asked.code if ":" in asked.code else asked.code.upper()
    return f"/t/{quote(code, safe=':')}"


def _named(lot: str, opened: OpenedLedger) -> str:
    """The one of a lot, a crop and a site of this code that the log knows, asked of the map."""
    uris = [lot.replace("/lot/", f"/{path}/") for path in THING_PATHS]
    return next((uri for uri in uris if opened.replica.map.value(subject_key(uri))), lot)


def _is_ours(uri: str, opened: OpenedLedger) -> bool:
    return uri.startswith(f"https://{opened.origin.partition('/')[0]}/")
