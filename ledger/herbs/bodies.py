"""EPCIS 2.0 bodies made from what people say: one builder for every kind of event.

A lot is a class (a quantity list in KGM), a crop, a plot or a case an instance (an EPC list).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError
from ledger.herbs import vocabulary
from ledger.herbs.epcis import CONTEXT_URL, MASS_G_MAX, bad_event, time_ms, zone_of
from ledger.herbs.events import PREFIX, Thing, parse_recorded_event
from ledger.herbs.vocabulary import Kind

NAMESPACE: Final = "https://daodi.example/ns/"

Named: TypeAlias = "str | tuple[str, int | None] | Thing"  # a URI, or a URI and grams

# EPCIS measurement type and UN/CEFACT code of what a sensor's metric and UCUM unit mean.
_MEASURES: Final = {
    "air_temperature": "Temperature",
    "air_humidity": "RelativeHumidity",
    "soil_moisture": "VolumeFraction",
    "light": "Illuminance",
}
_UOM_OF_UCUM: Final = {"Cel": "CEL", "℃": "CEL", "%": "P1", "lx": "LUX"}
# Verdicts that say no, as a word or as people write it.
_REFUSALS: Final = frozenset({"fail", "reject", "不合格", "拒绝"})


def event_body(
    kind_code: str,
    *,
    event_time: str,
    inputs: Iterable[Named] = (),
    outputs: Iterable[Named] = (),
    about: Iterable[Named] = (),
    site: str | None = None,
    elements: Mapping[str, object] | None = None,
    lifts: bool = False,
) -> JsonObject:
    """Return the body of an event, valid against GS1's schema and in format v1's numbers.

    `event_time` has its zone. Elements go in as `daodi:<key>`; those that the kind seals are left
    out (`sealed_elements` returns them). With the element `corrects` it is a correction, and all
    things are only observed. `lifts` ends a hold or recall. Raises FormError `bad_event`.
    """
    kind = vocabulary.kind(kind_code)
    said = {key: plain_json(value) for key, value in (elements or {}).items()}
    time_ms(event_time, "eventTime")
    body: JsonObject = {
        "@context": [CONTEXT_URL, {"daodi": NAMESPACE}],
        "type": kind.event_type,
        "eventTime": event_time,
        "eventTimeZoneOffset": zone_of(event_time),
        PREFIX + "kind": kind.code,
    }
    sides = [[_thing(named) for named in side] for side in (inputs, outputs, about)]
    body |= _things(kind, *sides, corrects="corrects" in said)
    body |= _terms(kind, said, lifts=lifts)
    if site is not None:
        body |= {"readPoint": {"id": site}, "bizLocation": {"id": site}}
    if kind.code == "SENSOR":
        body["sensorElementList"] = _sensor_elements(said)
    sealed = sealed_elements(kind_code, said)
    body |= {PREFIX + key: value for key, value in said.items() if key not in sealed}
    parse_recorded_event(body)
    return body


def sealed_elements(kind_code: str, elements: Mapping[str, object]) -> JsonObject:
    """Return those elements that enter a statement only as commitments (format v1 section 5)."""
    kind = vocabulary.kind(kind_code)
    found: JsonObject = {}
    for key, value in elements.items():
        element = kind.element(key)
        if element is not None and element.sealed:
            found[key] = plain_json(value)
    return found


def plain_json(value: object) -> JsonValue:
    """Return a value in format v1's JSON: whole numbers as integers, tuples as lists.

    Raises FormError `bad_number` for what JSON cannot say.
    """
    if isinstance(value, Decimal | float):
        number = Decimal(str(value))
        if not number.is_finite():
            raise FormError("bad_number", f"{value} is not a number")
        return int(number) if number == number.to_integral_value() else float(number)
    if isinstance(value, Mapping):
        return {str(name): plain_json(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(member) for member in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    raise FormError("bad_number", f"{type(value).__name__} is no JSON value")


def is_class(uri: str) -> bool:
    """Whether a URI names a class (a lot) and not one instance (a crop, a plot, a pack)."""
    if uri.startswith("urn:epc:"):
        return uri.startswith(("urn:epc:class:", "urn:epc:idpat:"))
    return "/lot/" in uri or ("/10/" in uri and "/21/" not in uri)


def _thing(named: Named) -> Thing:
    if isinstance(named, str):
        return Thing(uri=named)
    thing = named if isinstance(named, Thing) else Thing(uri=named[0], mass_g=named[1])
    if thing.mass_g is not None and not 0 <= thing.mass_g <= MASS_G_MAX:
        raise bad_event(f"{thing.uri}: {thing.mass_g} g is not within 0 to {MASS_G_MAX}")
    return thing


def _things(
    kind: Kind, inputs: list[Thing], outputs: list[Thing], about: list[Thing], *, corrects: bool
) -> JsonObject:
    if corrects:
        observed: JsonObject = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": []}
        return observed | _lists([*inputs, *outputs, *about], "epcList", "quantityList")
    if kind.event_type == "TransformationEvent":
        if about:
            raise bad_event(f"{kind.code}: things are inputs or outputs, not merely observed")
        consumed = _lists(inputs, "inputEPCList", "inputQuantityList")
        return consumed | _lists(outputs, "outputEPCList", "outputQuantityList")
    makes = bool(outputs) and "ADD" in kind.actions
    action = "ADD" if makes else kind.actions[-1]
    if not makes and outputs:
        raise bad_event(f"{kind.code}: makes nothing")
    if makes and about:
        raise bad_event(f"{kind.code}: an event that makes a lot is about nothing else")
    if inputs:
        raise bad_event(f"{kind.code}: consumes nothing")
    written: JsonObject = {"action": action}
    return written | (_lists(outputs or about, "epcList", "quantityList") or {"epcList": []})


def _lists(things: list[Thing], epcs: str, quantities: str) -> JsonObject:
    written: JsonObject = {}
    instances: list[JsonValue] = []
    classes: list[JsonValue] = []
    for thing in things:
        if thing.mass_g is not None:
            classes.append({"epcClass": thing.uri, "quantity": _kg(thing.mass_g), "uom": "KGM"})
        elif is_class(thing.uri):
            classes.append({"epcClass": thing.uri})
        else:
            instances.append(thing.uri)
    if instances:
        written[epcs] = instances
    if classes:
        written[quantities] = classes
    return written


def _kg(mass_g: int) -> int | float:
    """Kilograms as format v1 writes numbers: 1240, 1240.5."""
    whole, rest = divmod(mass_g, 1000)
    return float(Decimal(mass_g) / 1000) if rest else whole


def _terms(kind: Kind, said: JsonObject, *, lifts: bool) -> JsonObject:
    step = kind.biz_step
    terms: JsonObject = {
        "bizStep": f"{NAMESPACE}BizStep-{step[1:]}" if step.startswith(":") else step
    }
    verdicts = {str(said.get(e.key)) for e in kind.elements if e.type == "verdict"}
    disposition = "non_conformant" if verdicts & _REFUSALS else kind.disposition
    if disposition:
        terms["disposition"] = disposition
    if "corrects" not in said and kind.persistent_disposition is not None:
        terms["persistentDisposition"] = {
            "unset" if lifts else "set": [kind.persistent_disposition]
        }
    elif lifts:
        raise bad_event(f"{kind.code}: places nothing that could be lifted")
    return terms


def _sensor_elements(said: JsonObject) -> JsonValue:
    metric = said.get("metric")
    report: JsonObject = {
        "type": _MEASURES.get(str(metric), f"{NAMESPACE}Measure-other"),
        "value": said.get("value"),
    }
    uom = _UOM_OF_UCUM.get(str(said.get("unit")))
    if uom is not None:
        report["uom"] = uom
    return [{"sensorReport": [report]}]
