"""From any text found in a QR code or on a pack to the thing that is asked for."""

from api.opened import OpenedLedger
from ledger.errors import DaodiError, FormError, NotFoundError
from ledger.herbs.identifiers import asked_uri, batch_key, parse_code, verify_unit_code
from ledger.statements.statement import is_uri
from ledger.trace.trace import Asked


def asked_of(text: str, opened: OpenedLedger) -> Asked:
    """Return what a text asks for. Raises NotFoundError `unknown_code` for what no pack carries.

    A pack's serial must carry the check that only this ledger's secret makes: guessing is hopeless.
    """
    try:
        uri = asked_uri(text, opened.origin)
        code = parse_code(text) if _is_ours(uri, opened) else None
    except FormError as error:
        if is_uri(text):
            return Asked(uri=text, code=text)
        raise NotFoundError("unknown_code", error.message) from error
    if code is None or code.serial is None:
        return Asked(uri=uri, code=code.text if code else text)
    try:
        serial = verify_unit_code(code.text, batch_key(opened.folder.secret(), code.lot))
    except DaodiError as error:
        raise NotFoundError("unknown_code", error.message) from error
    return Asked(uri=uri, code=code.text, serial=serial)


def _is_ours(uri: str, opened: OpenedLedger) -> bool:
    return uri.startswith(f"https://{opened.origin.partition('/')[0]}/")
