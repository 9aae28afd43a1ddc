"""The form of one EPCIS 2.0 event in JSON(-LD): GS1's schema and what it cannot see.

By hand, since the schema costs a hundred times as much and misses zoneless times, undeclared
prefixes, an ADD without parent and negative quantities. Tests compare the two.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError
from ledger.herbs.vocabulary import CBV

CONTEXT_URL: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
# Pinned: a context is never fetched, so one that is not known here cannot be read.
KNOWN_CONTEXTS: Final = frozenset(
    {CONTEXT_URL, "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"}
)
CONTEXT_PREFIXES: Final = frozenset(
    {"epcis", "cbv", "cbvmda", "gs1", "rdfs", "owl", "xsd", "dcterms"}
)
MASS_G_MAX: Final = 10**15  # a thousand million tonnes: exact as kilograms with three decimals
GRAMS_OF_UOM: Final = {"KGM": 1000, "GRM": 1, "TNE": 1_000_000}
URI_BYTES_MAX: Final = 256  # format v1 section 1

_COMMON: Final = frozenset(
    {
        "@context",
        "type",
        "eventTime",
        "recordTime",
        "eventTimeZoneOffset",
        "eventID",
        "certificationInfo",
        "errorDeclaration",
        "bizStep",
        "disposition",
        "readPoint",
        "bizLocation",
        "bizTransactionList",
        "sourceList",
        "destinationList",
        "sensorElementList",
    }
)
MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "ObjectEvent": _COMMON | {"action", "epcList", "quantityList", "persistentDisposition", "ilmd"},
    "TransactionEvent": _COMMON | {"action", "epcList", "quantityList", "parentID"},
    "AggregationEvent": _COMMON | {"action", "childEPCs", "childQuantityList", "parentID"},
    "TransformationEvent": _COMMON
    | {"inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList"}
    | {"transformationID", "persistentDisposition", "ilmd"},
}
# Lists whose checks leave no room for a name of a stranger's.
_CLOSED: Final = frozenset(
    {
        "epcList",
        "quantityList",
        "childEPCs",
        "childQuantityList",
        "inputEPCList",
        "inputQuantityList",
        "outputEPCList",
        "outputQuantityList",
    }
)
_BIZ_STEPS: Final = CBV.biz_steps
_DISPOSITIONS: Final = CBV.dispositions
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+", re.ASCII)
_UOM: Final = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# The first and the last instant that a calendar holds wherever it hangs: 0001-01-02, 9999-12-30.
CALENDAR_MS: Final = (-62_135_510_400_000, 253_402_128_000_000)
_TIME_LENGTH_MAX: Final = 40  # with nine digits of a second, 35; what is longer is not kept
_KG_MAX: Final = MASS_G_MAX // GRAMS_OF_UOM["KGM"]


def bad_event(message: str) -> FormError:
    """The one error of this room's events; the caller raises it."""
    return FormError("bad_event", message)


def time_ms(value: JsonValue, name: str) -> int:
    """Return a zoned time as milliseconds since 1970 UTC; finer fractions are cut off."""
    if not isinstance(value, str) or len(value) > _TIME_LENGTH_MAX:
        raise bad_event(f"{name}: expected a time with its zone, found {value!r}")
    try:
        instant_ms = _instant_ms(value)
    except ValueError as error:
        raise bad_event(f"{name}: {value!r} is no real time") from error
    if instant_ms is None:
        raise bad_event(f"{name}: expected a time with its zone, found {value!r}")
    return instant_ms


@lru_cache(maxsize=1_024)  # an event's form and its meaning both ask; neighbours share their times
def _instant_ms(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    seconds, fraction, zone = match.groups()
    instant = datetime.fromisoformat(seconds + zone.replace("Z", "+00:00"))
    return (instant - _EPOCH) // _MILLISECOND + int(f"{fraction or '.'}000"[1:4])


def zone_of(event_time: str) -> str:
    """Return the `±hh:mm` of a time that `time_ms` accepts."""
    return "+00:00" if event_time.endswith("Z") else event_time[-6:]


def uri(value: JsonValue, name: str) -> str:
    """Return `value` if it is a URI as format v1 section 1 has them, without a fragment."""
    if isinstance(value, str) and _URI.fullmatch(value) and "#" not in value:
        if len(value) <= URI_BYTES_MAX:
            return value
        raise bad_event(f"{name}: a URI has at most {URI_BYTES_MAX} bytes, not {len(value)}")
    raise bad_event(f"{name}: expected a URI, found {value!r}")


def is_number(value: JsonValue) -> bool:
    """Whether `value` is a JSON number; Python counts True among the integers."""
    return type(value) is int or type(value) is float


def mass_of(quantity: JsonValue, uom: JsonValue) -> int | None:
    """Return a quantity in grams, None when it counts pieces or says nothing."""
    if type(quantity) is int and uom == "KGM" and 0 <= quantity <= _KG_MAX:
        return quantity * 1000  # what nearly every row says, without Decimal
    if quantity is None:
        if uom is not None:
            raise bad_event("quantity: a uom without a quantity")
        return None
    if not is_number(quantity):
        raise bad_event(f"quantity: expected a number, found {quantity!r}")
    amount = Decimal(str(quantity))
    if amount < 0:
        raise bad_event(f"quantity: {quantity} is negative")
    return None if uom is None else _grams(amount, uom)


def _grams(amount: Decimal, uom: JsonValue) -> int | None:
    if not isinstance(uom, str) or not _UOM.fullmatch(uom):
        raise bad_event(f"uom: expected a UN/CEFACT code, found {uom!r}")
    if uom not in GRAMS_OF_UOM:
        return None
    grams = amount * GRAMS_OF_UOM[uom]
    if grams > MASS_G_MAX or grams % 1:
        raise bad_event(f"quantity: {amount} {uom} is not whole grams up to {MASS_G_MAX}")
    return int(grams)


def check_form(body: JsonObject) -> str:
    """Return the event's type. Raises FormError `bad_event` naming the first wrong member."""
    event_type = body.get("type")
    if not isinstance(event_type, str) or event_type not in MEMBERS:
        raise bad_event(f"type: expected one of {sorted(MEMBERS)}, found {event_type!r}")
    prefixes = _declared_prefixes(body.get("@context"))
    members = MEMBERS[event_type]
    for name, value in body.items():
        if name not in members and ":" not in name:
            raise bad_event(f"{name}: no member of {event_type}")
        check = _CHECKS.get(name)
        if check is not None:
            check(value, name)
    _check_prefixes(body, prefixes)
    for name in ("bizStep", "disposition"):
        _check_term_prefix(body.get(name), name, prefixes)
    for name in ("eventTime", "eventTimeZoneOffset"):
        if name not in body:
            raise bad_event(f"{name}: missing")
    _check_by_type(event_type, body)
    return event_type


def _declared_prefixes(context: JsonValue) -> frozenset[str]:
    parts = context if isinstance(context, list) else [context]
    declared: set[str] = set()
    if not any(isinstance(part, str) and part in KNOWN_CONTEXTS for part in parts):
        raise bad_event(f"@context: expected {CONTEXT_URL} among {parts!r}")
    for part in parts:
        if isinstance(part, dict):
            for prefix, namespace in part.items():
                declared.add(prefix)
                uri(namespace, f"@context {prefix}")
        elif not isinstance(part, str) or part not in KNOWN_CONTEXTS:
            raise bad_event(f"@context: {part!r} is not known here, and none is ever fetched")
    if declared & CONTEXT_PREFIXES:
        raise bad_event("@context: a prefix of GS1's own context is declared anew")
    return CONTEXT_PREFIXES | declared


def _check_prefixes(body: JsonObject, prefixes: frozenset[str]) -> None:
    """Only containers are walked: on a whole event this is the check that every post pays for."""
    for name in body:
        if ":" in name:
            _check_prefix(name, prefixes)
    stack: list[JsonObject | list[JsonValue]] = [
        value
        for name, value in body.items()
        if isinstance(value, dict | list) and name not in _CLOSED
    ]
    while stack:
        top = stack.pop()
        values: Iterable[JsonValue] = top
        if isinstance(top, dict):
            if ":" in "".join(top):
                for name in top:
                    _check_prefix(name, prefixes)
            values = top.values()
        for value in values:
            if isinstance(value, dict | list):
                stack.append(value)  # noqa: PERF401 — most values are no containers


def _check_prefix(name: str, prefixes: frozenset[str]) -> None:
    if ":" not in name:
        return
    prefix, _, rest = name.partition(":")
    if prefix not in prefixes and not rest.startswith("//"):
        raise bad_event(f"{name}: the prefix is not declared in @context")


def _check_term_prefix(value: JsonValue, name: str, prefixes: frozenset[str]) -> None:
    if isinstance(value, str) and ":" in value:
        prefix, _, rest = value.partition(":")
        if prefix != "urn" and prefix not in prefixes and not rest.startswith("//"):
            raise bad_event(f"{name}: the prefix of {value!r} is not declared in @context")


def _check_by_type(event_type: str, body: JsonObject) -> None:
    if event_type == "TransformationEvent":
        for side in ("input", "output"):
            if not body.get(f"{side}EPCList") and not body.get(f"{side}QuantityList"):
                raise bad_event(f"{side}EPCList: a transformation needs an {side}")
        return
    action = body.get("action")
    if not isinstance(action, str) or action not in {"ADD", "OBSERVE", "DELETE"}:
        raise bad_event(f"action: expected ADD, OBSERVE or DELETE, found {action!r}")
    if event_type == "AggregationEvent":
        _check_aggregation(action, body)
        return
    if "epcList" not in body and not body.get("quantityList"):
        raise bad_event("epcList: missing, and no quantityList")
    if event_type == "TransactionEvent" and not body.get("bizTransactionList"):
        raise bad_event("bizTransactionList: a transaction event needs one")
    if "ilmd" in body and action != "ADD":
        raise bad_event(f"ilmd: only where something is made, not with {action}")


def _check_aggregation(action: str, body: JsonObject) -> None:
    if action == "ADD" and "parentID" not in body:
        raise bad_event("parentID: missing; an aggregation is added to a parent")
    if action != "DELETE" and not (body.get("childEPCs") or body.get("childQuantityList")):
        raise bad_event("childEPCs: an aggregation needs a child")


def _check_time(value: JsonValue, name: str) -> None:
    time_ms(value, name)


def _check_offset(value: JsonValue, name: str) -> None:
    if not isinstance(value, str) or not _OFFSET.fullmatch(value):
        raise bad_event(f"{name}: expected ±hh:mm, found {value!r}")


def _check_uri(value: JsonValue, name: str) -> None:
    uri(value, name)


def _check_uris(value: JsonValue, name: str) -> None:
    if not isinstance(value, list):
        raise bad_event(f"{name}: expected a list of URIs, found {value!r}")
    found = [uri(each, name) for each in value]
    if len(set(found)) != len(found):
        raise bad_event(f"{name}: one URI stands twice")


def _check_certificates(value: JsonValue, name: str) -> None:
    _check_uris(value if isinstance(value, list) else [value], name)


def _objects(value: JsonValue, name: str) -> list[JsonObject]:
    if not isinstance(value, list):
        raise bad_event(f"{name}: expected a list of objects")
    objects = [each for each in value if isinstance(each, dict)]
    if len(objects) != len(value) or not objects:
        raise bad_event(f"{name}: expected a list of objects that is not empty")
    return objects


def _check_quantities(value: JsonValue, name: str) -> None:
    for element in _objects(value, name):
        if unknown := element.keys() - {"epcClass", "quantity", "uom"}:
            raise bad_event(f"{name}: {sorted(unknown)} are no members of a quantity")
        uri(element.get("epcClass"), f"{name} epcClass")
        mass_of(element.get("quantity"), element.get("uom"))


def _check_place(value: JsonValue, name: str) -> None:
    if not isinstance(value, dict):
        raise bad_event(f"{name}: expected an object with id")
    uri(value.get("id"), f"{name} id")


def _check_pairs(value: JsonValue, name: str) -> None:
    member = {"bizTransactionList": "bizTransaction", "sourceList": "source"}.get(
        name, "destination"
    )
    for element in _objects(value, name):
        if element.keys() - {"type", member}:
            raise bad_event(f"{name}: a member other than type and {member}")
        uri(element.get(member), f"{name} {member}")


def _check_sensors(value: JsonValue, name: str) -> None:
    for element in _objects(value, name):
        for report in _objects(element.get("sensorReport"), f"{name} sensorReport"):
            if not isinstance(report.get("type"), str):
                raise bad_event(f"{name} type: a sensor report says what it measures")


def _check_persistent(value: JsonValue, name: str) -> None:
    if not isinstance(value, dict) or not value or value.keys() - {"set", "unset"}:
        raise bad_event(f"{name}: expected set, unset or both")
    for side, terms in value.items():
        if not isinstance(terms, list) or not terms:
            raise bad_event(f"{name} {side}: expected a list that is not empty")
        for term in terms:
            _check_disposition(term, f"{name} {side}")


def _check_step(value: JsonValue, name: str) -> None:
    _check_term(value, name, _BIZ_STEPS)


def _check_disposition(value: JsonValue, name: str) -> None:
    _check_term(value, name, _DISPOSITIONS)


def _check_term(value: JsonValue, name: str, words: frozenset[str]) -> None:
    """A bare word of the Core Business Vocabulary, or a URI outside GS1's own old forms."""
    if isinstance(value, str) and (value in words or _is_foreign_term(value)):
        return
    raise bad_event(f"{name}: {value!r} is neither a word of CBV 2.0 nor a URI")


def _is_foreign_term(value: str) -> bool:
    old = ("urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/")
    return bool(_URI.fullmatch(value)) and not value.startswith(old)


def _check_object(value: JsonValue, name: str) -> None:
    if not isinstance(value, dict):
        raise bad_event(f"{name}: expected an object")


def _check_error_declaration(value: JsonValue, name: str) -> None:
    time = value.get("declarationTime") if isinstance(value, dict) else None
    time_ms(time, f"{name} declarationTime")


_CHECKS: Final[Mapping[str, Callable[[JsonValue, str], None]]] = {
    "eventTime": _check_time,
    "recordTime": _check_time,
    "eventTimeZoneOffset": _check_offset,
    "eventID": _check_uri,
    "certificationInfo": _check_certificates,
    "errorDeclaration": _check_error_declaration,
    "bizStep": _check_step,
    "disposition": _check_disposition,
    "persistentDisposition": _check_persistent,
    "readPoint": _check_place,
    "bizLocation": _check_place,
    "bizTransactionList": _check_pairs,
    "sourceList": _check_pairs,
    "destinationList": _check_pairs,
    "sensorElementList": _check_sensors,
    "ilmd": _check_object,
    "parentID": _check_uri,
    "transformationID": _check_uri,
    "epcList": _check_uris,
    "childEPCs": _check_uris,
    "inputEPCList": _check_uris,
    "outputEPCList": _check_uris,
    "quantityList": _check_quantities,
    "childQuantityList": _check_quantities,
    "inputQuantityList": _check_quantities,
    "outputQuantityList": _check_quantities,
}
