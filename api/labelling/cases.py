"""Cases and pallets: SSCCs of the packer's GS1 prefix, what is in each stated as an aggregation.

GS1 General Specifications 3.2 (SSCC), EPCIS 2.0 AggregationEvent ADD. A pallet's cases lead on to
their pack lots.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from api.access import Caller
from api.codes import asked_of
from api.demonstration.mark import is_demonstration
from api.labelling.packs import pack_lot
from api.labelling.permits import require_holder
from api.opened.ledger import OpenedLedger
from api.shown.lineages import trace_of
from labels.layout import Label
from ledger.canonical import JsonObject
from ledger.errors import FormError, NotFoundError, PrintingError
from ledger.herbs.aliases import SSCC_LINK, normal_alias
from ledger.herbs.bodies import NAMESPACE
from ledger.herbs.check_digits import is_sscc, make_sscc
from ledger.herbs.epcis import CONTEXT_URL, zone_of
from ledger.herbs.events import PREFIX, chains_of, parse_event
from ledger.herbs.vocabulary import kind
from ledger.statements.statement import EVENT
from ledger.store.prints import take_case_numbers
from ledger.trace.aliases import company_prefix, is_stated
from ledger.trace.answer import china_time
from ledger.trace.trace import PACKING

CASES_MAX: Final = 1_000  # numbers of one printing
CONTENTS_MAX: Final = 190  # of a case: what one statement can name
GROUPS: Final = (1, 4, 4, 4, 4, 1)  # extension digit, four by four, check digit


def prefix_of(opened: OpenedLedger, actor: str) -> str:
    """The GS1 company prefix that the registrar put down of an actor.

    Raises PrintingError `label_incomplete` where there is none, or one that GS1 never gives.
    """
    prefix = company_prefix(opened.replica.registry.actors[actor])
    if not prefix:
        raise PrintingError("label_incomplete", "主体登记里没有 GS1 厂商识别代码（gs1_prefix）")
    return prefix


def new_ssccs(opened: OpenedLedger, actor: str, count: int) -> list[str]:
    """So many numbers never given out before. Raises PrintingError, FormError `bad_query`."""
    if not 1 <= count <= CASES_MAX:
        raise FormError("bad_query", f"一次印 1 到 {CASES_MAX} 个箱码")
    prefix = prefix_of(opened, actor)
    return [make_sscc(prefix, number) for number in take_case_numbers(opened.store, prefix, count)]


def case_label(opened: OpenedLedger, sscc: str, *, maker: str = "") -> Label:
    """A label for a case or pallet: a Digital Link that resolves here, and the number to read."""
    base_url = opened.settings.printed_base_url
    link = f"{base_url}/00/{sscc}"
    return Label(
        url=link if "/" in base_url.partition("://")[2] else link.upper(),
        code_lines=("(00) " + " ".join(_grouped(sscc)[:3]), " ".join(_grouped(sscc)[3:])),
        fields=(("企业", maker),) if maker else (),
        title="物流单元（箱、托盘）",
        demo=is_demonstration(opened.origin),
    )


def case_draft(
    opened: OpenedLedger, caller: Caller, sscc: str, contents: Iterable[str]
) -> dict[str, Any]:
    """A draft to sign that says what is in a case: codes of pack lots or packs, SSCCs of cases.

    Raises FormError `bad_code`, NotFoundError `unknown_code`, PrintingError `not_your_lot`,
    `already_registered`.
    """
    number = normal_alias(sscc)
    if not is_sscc(number):
        raise FormError("bad_code", "箱码是 18 位数字（SSCC），校验位要对")
    if not number[1:].startswith(prefix_of(opened, str(caller.actor))):
        raise PrintingError("not_your_lot", f"{number} 不是本单位的箱码")
    if _is_stated(opened, number):
        raise PrintingError("already_registered", f"箱码 {number} 已经登记过")
    inner, lots = _contents(opened, caller, [each for each in contents if each.strip()], number)
    now = china_time(opened.clock())
    body: JsonObject = {
        "@context": [CONTEXT_URL, {"daodi": NAMESPACE}],
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": SSCC_LINK + number,
        "eventTime": now,
        "eventTimeZoneOffset": zone_of(now),
        "bizStep": "packing",
        "disposition": "active",
        PREFIX + "kind": PACKING,
    }
    body |= {"childEPCs": [SSCC_LINK + each for each in inner]} if inner else {}
    rows = [_row(uri, mass_g) for uri, mass_g in lots.items()]
    body |= {"childQuantityList": [*rows]} if rows else {}
    _, _, subjects = chains_of(parse_event(body))
    return {
        "event_kind": PACKING,
        "kind_cn": kind(PACKING).cn,
        "sealed": [],
        "refusals": [],
        "kind": EVENT,
        "body": body,
        "inputs": [],
        "outputs": [],
        "subjects": [*subjects],
    }


def split_contents(text: str) -> list[str]:
    """What was scanned or typed, one a line or divided by commas."""
    return [part.strip() for part in re.split(r"[\n,，;；、]+", text) if part.strip()]


def _contents(
    opened: OpenedLedger, caller: Caller, texts: list[str], number: str
) -> tuple[list[str], dict[str, int]]:
    """The cases and the lots that texts name; a lot with the grams of its packs that were named."""
    inner: dict[str, None] = {}
    packs: Counter[str] = Counter()  # of each lot; a lot of which nobody named a pack has none
    seen: set[tuple[str, int]] = set()
    for text in texts:
        found = normal_alias(text)
        if is_sscc(found):
            if found == number:
                raise FormError("bad_code", "箱子不能装它自己")
            _refuse_more(len(inner) + len(packs) - (found in inner))
            if not _is_stated(opened, found):
                raise NotFoundError("unknown_code", f"箱码 {found} 还没有登记")
            inner[found] = None
            continue
        asked = asked_of(text, opened)
        if asked.uri not in packs:  # a trace may take a second: once for each lot
            _refuse_more(len(inner) + len(packs))
            lot = replace(asked, serial=None)
            require_holder(trace_of(opened, lot, caller.reader), caller.actor)
            packs[asked.uri] = 0
        if asked.serial is not None and (asked.uri, asked.serial) not in seen:
            seen.add((asked.uri, asked.serial))
            packs[asked.uri] += 1
    if not inner and not packs:
        _refuse_more(CONTENTS_MAX)
    grams = {
        uri: count * pack_lot(opened, uri).unit_g if count else 0 for uri, count in packs.items()
    }
    return sorted(inner), grams


def _row(uri: str, mass_g: int) -> JsonObject:
    if not mass_g:
        return {"epcClass": uri}
    whole, rest = divmod(mass_g, 1000)
    return {"epcClass": uri, "quantity": mass_g / 1000 if rest else whole, "uom": "KGM"}


def _is_stated(opened: OpenedLedger, sscc: str) -> bool:
    with opened.store.reading() as reading:
        return is_stated(reading, opened.replica.registry, sscc)


def _refuse_more(named: int) -> None:
    if named >= CONTENTS_MAX:
        raise FormError("bad_query", f"请扫箱里的标签，一箱 1 到 {CONTENTS_MAX} 个批次或箱码")


def _grouped(sscc: str) -> list[str]:
    parts, start = [], 0
    for width in GROUPS:
        parts.append(sscc[start : start + width])
        start += width
    return parts
