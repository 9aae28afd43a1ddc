"""Statements about codes before they are signed: a packing with its range, a void; what stops them.

Every refusal here is a form's: what arrives signed is recorded all the same, and rule MB5 judges.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from api.access import Caller
from api.codes import asked_of
from api.labelling.packs import PackLot, planned_lot
from api.labelling.permits import packing_of, require_packer
from api.labelling.planning import Batch, batch_of
from api.labelling.tally import FIRST, require_grams
from api.opened.ledger import OpenedLedger
from ledger.canonical import JsonValue
from ledger.errors import DaodiError, FormError, NotFoundError, PrintingError
from ledger.herbs.events import parse_event
from ledger.herbs.serials import DIGITS_MAX, count_of, format_serials, parse_serials, within
from ledger.trace.trace import PACKING

VOID = "CODE_VOID"


def read_serial(opened: OpenedLedger, pack: PackLot, text: str) -> int:
    """The serial that was typed, or that a scanned label of this lot carries.

    Raises FormError `bad_code`, NotFoundError `unknown_code`, PrintingError `not_your_lot`.
    """
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= DIGITS_MAX:
        return int(plain)
    asked = asked_of(plain, opened)
    if asked.uri != pack.uri:
        raise FormError("bad_code", "这是另一批的标签")
    if asked.serial is None:
        raise FormError("bad_code", "这是批次的编号，请扫最后一张标签或输入它的序号")
    return asked.serial


def read_serials(text: str) -> tuple[range, ...]:
    """Serials as people write several: "13, 20-22"; raises FormError `bad_code` for anything else.

    Full-width commas, semicolons and blanks divide them too.
    """
    parts = text.replace("，", " ").replace(",", " ").replace("；", " ").replace("、", " ").split()
    plain = [part.replace("—", "-").replace("~", "-").replace("至", "-") for part in parts]
    for part in plain:
        if not parse_serials([part]):
            raise FormError("bad_code", f"“{part}”不是序号，例如 13 或 20-22")
    return parse_serials([*plain])


def packing_form(
    batch: Batch, last: int, spoiled: Sequence[range], plan: Mapping[str, JsonValue]
) -> dict[str, Any]:
    """What the packing's form holds when the label with serial `last` was the last on a pack.

    `plan` gives the drug's name, the lot's number and the place.

    Raises PrintingError `already_registered`, `not_printed`, `over_print`.
    """
    pack = batch.pack
    stated = range(FIRST, last + 1)
    voided = within(batch.tally.voided, stated)
    if pack.registered is None:
        batch.tally.require_void(spoiled)
    live = len(stated) - count_of([*voided, *spoiled])
    if live < 1:
        raise PrintingError("not_printed", "没有一张贴在包装上的标签")
    batch.tally.require_range(stated, live * pack.unit_g + count_of(spoiled) * pack.unit_g)
    mass = f"{live * pack.unit_g}克"
    elements: dict[str, Any] = {
        "unit_g": pack.unit_g,
        "count": live,
        "code_range": {"first": stated.start, "last": last},
        "label_fields": [{"name": key, "value": value} for key, value in pack.fields],
    }
    elements |= {"drug": plan["drug"]} if plan.get("drug") else {}
    elements |= {"display_name": plan["batch"]} if plan.get("batch") else {}
    return {
        "kind": PACKING,
        "site": plan.get("site") or pack.actor,
        "inputs": [{"field": "in_lot", "uri": pack.source, "mass": mass}],
        "outputs": [{"field": "pack_lot", "uri": pack.uri, "mass": mass}],
        "elements": elements,
    }


def void_form(pack: PackLot, wanted: Sequence[range], reason: str, *, site: str) -> dict[str, Any]:
    """What the form of a void holds."""
    return {
        "kind": VOID,
        "site": site,
        "about": [{"field": "lot", "uri": pack.uri}],
        "elements": {"codes": format_serials(wanted), "reason": reason},
    }


def refuse_codes(drafted: dict[str, Any], caller: Caller, opened: OpenedLedger) -> None:
    """Add to a draft of a packing or a void what its codes are refused for."""
    body = drafted.get("body")
    if drafted["refusals"] or not isinstance(body, dict) or body.get("daodi:corrects"):
        return
    try:
        if drafted["event_kind"] == PACKING:
            _require_packing(drafted, body, caller, opened)
        elif drafted["event_kind"] == VOID:
            _require_void(drafted, body, caller, opened)
    except DaodiError as error:
        field = "codes" if drafted["event_kind"] == VOID else "code_range"
        sentence = f"{error.sentence_cn}（{error.message}）"
        drafted["refusals"] = [{"field": field, "code": error.code, "sentence_cn": sentence}]
        for name in ("kind", "body", "inputs", "outputs", "subjects"):
            drafted.pop(name, None)


def _require_packing(
    drafted: dict[str, Any], body: dict[str, JsonValue], caller: Caller, opened: OpenedLedger
) -> None:
    stated, unit_g = body.get("daodi:code_range"), body.get("daodi:unit_g")
    if not isinstance(stated, dict) or not isinstance(unit_g, int):
        return
    first, last = stated.get("first"), stated.get("last")
    assert isinstance(first, int)  # the element's form was judged by the draft
    assert isinstance(last, int)
    packed_g = _output_g(body)
    for uri in drafted["outputs"]:
        if planned_lot(opened, uri) is None:
            require_grams(last - first + 1, unit_g, packed_g)
            continue
        batch = batch_of(opened, uri, caller)
        batch.tally.require_range(range(first, last + 1), packed_g)


def _require_void(
    drafted: dict[str, Any], body: dict[str, JsonValue], caller: Caller, opened: OpenedLedger
) -> None:
    wanted = parse_serials(body.get("daodi:codes"))
    for uri in drafted["subjects"]:
        batch = batch_of(opened, uri, caller)
        if batch.trace is not None and packing_of(batch.trace) is not None:
            require_packer(batch.trace, caller.actor)
        if not wanted:
            raise NotFoundError("unknown_code", "没有写明作废哪些号")
        batch.tally.require_void(wanted)


def _output_g(body: dict[str, JsonValue]) -> int:
    """Grams of what the packing makes."""
    return sum(thing.mass_g or 0 for thing in parse_event(body).outputs)
