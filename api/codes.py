"""From any text found in a QR code or on a pack to the thing that is asked for."""

from urllib.parse import quote

from api.opened.ledger import OpenedLedger
from ledger.errors import DaodiError, FormError, NotFoundError
from ledger.herbs.aliases import is_drug_code, normal_alias
from ledger.herbs.identifiers import (
    THING_PATHS,
    asked_uri,
    batch_key,
    code_of_uri,
    host_of,
    parse_code,
    unit_code,
    verify_unit_code,
)
from ledger.herbs.tags import is_printed, tag_in
from ledger.log.leaves import subject_key
from ledger.statements.statement import is_uri
from ledger.store.relations import relation_of
from ledger.trace.aliases import things_named
from ledger.trace.trace import Asked


def asked_of(text: str, opened: OpenedLedger) -> Asked:
    """Return what a text asks for. Raises NotFoundError `unknown_code` for what no pack carries.

    A bare code stands for the lot, crop or site that has it; until one has, for a lot. What is no
    code of ours may be a number that somebody else gave: `ambiguous_code` names several things.
    A pack's serial must carry the check that only this ledger's secret makes: guessing is hopeless.
    """
    if is_drug_code(text):  # 20 digits, of which some would pass for a code of ours
        return _aliased(text, opened)
    try:
        uri = asked_uri(text, opened.origin)
        code = parse_code(text) if _is_ours(uri, opened) else None
    except FormError as error:
        if normal_alias(text) or _tag(text, opened):
            return _aliased(text, opened)
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


def path_of_form(text: str, opened: OpenedLedger) -> str:
    """The path of what has the form of one of our codes, known or not; "" for anything else.

    There, and not where it was typed, a phone can read the code and prove what the log has of it.
    """
    try:
        code = parse_code(text)
    except FormError:
        return ""
    return page_path(Asked(uri=code.uri(opened.origin), code=code.text))


def _aliased(text: str, opened: OpenedLedger) -> Asked:
    """The one thing that a number of other people's, or a sack's tag, stands for."""
    number, tag = normal_alias(text), _tag(text, opened)
    with opened.store.reading() as reading:
        found = things_named(reading, opened.replica.registry, number) if number else []
        if not found and tag:
            number = tag  # as it was printed, whatever look-alikes were typed
            found = things_named(reading, opened.replica.registry, number)
    if not found and is_printed(tag, opened.folder.secret()):
        raise NotFoundError("tag_unbound", f"no statement binds a lot to the sack tag {tag}")
    if not found and (row := relation_of(opened.store, number)):
        lot = code_of_uri(row.lot)
        unit = unit_code(lot, row.serial, batch_key(opened.folder.secret(), lot))
        return Asked(uri=row.lot, code=unit, serial=row.serial, alias=number)
    if not found:
        raise NotFoundError("unknown_code", f"no statement gives anything the number {number!r}")
    if len(found) > 1:
        raise NotFoundError(
            "ambiguous_code",
            f"{number!r} stands for {len(found)} things",
            number=number,
            lots=found,
            sack=number == tag,
        )
    uri = found[0]
    try:
        code = parse_code(uri).text if _is_ours(uri, opened) else uri
    except FormError:
        code = uri
    return Asked(uri=uri, code=code, alias=number)


def _tag(text: str, opened: OpenedLedger) -> str:
    """The sack tag in a text, "" in a link to somebody else's ledger."""
    host = host_in(text).lower()
    own = {"", host_of(opened.origin), host_in(opened.settings.printed_base_url).lower()}
    return tag_in(text) if host in own else ""


def host_in(link: str) -> str:
    """The host of a link, "" of what is none."""
    return link.partition("://")[2].partition("/")[0]


def _named(lot: str, opened: OpenedLedger) -> str:
    """The one of a lot, a crop and a site of this code that the log knows, asked of the map."""
    uris = [lot.replace("/lot/", f"/{path}/") for path in THING_PATHS]
    return next((uri for uri in uris if opened.replica.map.value(subject_key(uri))), lot)


def _is_ours(uri: str, opened: OpenedLedger) -> bool:
    return uri.startswith(f"https://{opened.origin.partition('/')[0]}/")
