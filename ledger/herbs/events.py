"""Events of the trade read from EPCIS 2.0 bodies, and the chains they stand on by their kind.

What is refused is refused for its form. Source: interop.md's table of kinds, kept in kinds.json.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import FormError
from ledger.herbs import vocabulary
from ledger.herbs.elements import parse_element
from ledger.herbs.epcis import CALENDAR_MS, bad_event, check_form, mass_of, time_ms
from ledger.herbs.vocabulary import Element, Herb, Kind

PREFIX: Final = "daodi:"
OUT: Final = "#out"
_TIMES: Final[Mapping[str, tuple[str, ...]]] = {
    code: tuple(e.key for e in found.elements if e.type == "time")
    for code, found in vocabulary.KINDS.items()
}
# What an event of each kind may say in clear; an element of the kind's own stands before a common.
_CLEAR: Final[Mapping[str, Mapping[str, Element]]] = {
    code: {
        e.key: found
        for e in (*kind.elements, *vocabulary.COMMON_ELEMENTS)
        if (found := kind.element(e.key)) is not None and not found.sealed
    }
    for code, kind in vocabulary.KINDS.items()
}
# Their own chains are the registry's (format v1 section 1), so what is said about them goes out.
_REGISTRY: Final = ("urn:daodi:ledger:", "urn:daodi:key:", "urn:daodi:actor:")


class Thing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A lot, crop, seed lot or place in an event; grams where the event weighs it."""

    uri: str
    mass_g: int | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a known kind. `elements` holds the `daodi:` members without their prefix.

    `inputs` and `outputs` are what is consumed and made; `about` is what is only observed.
    A correction has `corrects`, the id of the statement whose right values it gives.
    """

    kind: str
    event_type: str
    action: str | None
    event_time: str
    event_time_ms: int
    inputs: tuple[Thing, ...]
    outputs: tuple[Thing, ...]
    about: tuple[Thing, ...]
    site: str | None
    biz_step: str | None
    disposition: str | None
    sets: tuple[str, ...]
    unsets: tuple[str, ...]
    parent: str | None
    event_id: str | None
    elements: Mapping[str, JsonValue]

    @property
    def corrects(self) -> str | None:
        """Id of the corrected statement, or None."""
        return self.text("corrects")

    @property
    def correct_reason(self) -> str | None:
        """Why it was corrected, or None."""
        return self.text("correct_reason")

    @property
    def herb_text(self) -> str | None:
        """The herb as the event names it: an id or a Chinese name."""
        return self.text("herb")

    @property
    def herb(self) -> Herb | None:
        """The herb of the dictionary that the event names, as known on its day; or None."""
        text, then = self.herb_text, self.event_time_ms
        if text is None:
            return None
        return vocabulary.herb(text, then) or vocabulary.herb_named(text, then)

    @property
    def drug(self) -> str | None:
        """The name under which the thing is sold, such as 熟地黄, or None."""
        return self.text("drug")

    @property
    def display_name(self) -> str | None:
        """The lot number that people gave, or None."""
        return self.text("display_name")

    @property
    def lifts(self) -> bool:
        """Whether it lifts a hold or recall instead of placing one."""
        own = vocabulary.kind(self.kind).persistent_disposition
        return own is not None and own in map(bare_term, self.unsets)

    def text(self, key: str) -> str | None:
        """The element of that key if it is a text."""
        value = self.elements.get(key)
        return value if isinstance(value, str) else None

    def uris(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The URIs of inputs, outputs and about, as `default_chains` wants them."""
        sides = (self.inputs, self.outputs, self.about)
        inputs, outputs, about = (tuple(thing.uri for thing in side) for side in sides)
        return inputs, outputs, about


def bare_term(term: str) -> str:
    """The bare word of a disposition, from a CBV URI or as it is."""
    return term.rpartition("/")[2].rpartition(":")[2].removeprefix("Disp-")


def parse_event(body: JsonValue) -> Event:
    """Return the event of a body that is offered for signing or at the door.

    Raises FormError `bad_event`, besides what `parse_recorded_event` refuses, when a required
    element of a first-season kind is missing or a sealed one stands in clear.
    """
    event = parse_recorded_event(body)
    kind = vocabulary.kind(event.kind)
    require_calendar(event)
    clear = sorted(e.key for e in kind.elements if e.sealed and e.key in event.elements)
    if clear:
        raise bad_event(f"{clear}: must be sealed, never in clear")
    for element in kind.elements:
        if element.added and element.key in event.elements:
            parse_element(element, event.elements[element.key])
    if missing := missing_elements(event):
        raise bad_event(f"{kind.code}: missing {', '.join(missing)}")
    return event


def require_calendar(event: Event) -> None:
    """Refuse times that no calendar in China could show: what is shown is what was signed.

    Raises FormError `bad_event`.
    """
    first_ms, last_ms = CALENDAR_MS
    times: dict[str, JsonValue] = {"eventTime": event.event_time}
    for key in _TIMES[event.kind]:
        if key in event.elements:
            times[key] = event.elements[key]
    for name, text in times.items():
        if not first_ms <= time_ms(text, name) <= last_ms:
            raise bad_event(f"{name}: {text!r} is on no calendar")


def parse_recorded_event(body: JsonValue) -> Event:
    """Return the event of a body whose form is EPCIS 2.0 and whose kind is known.

    For what is already in a log: it may lack elements that today's vocabulary requires.
    Raises FormError `bad_event`.
    """
    if not isinstance(body, dict):
        raise bad_event("an event is a JSON object")
    event_type = check_form(body)
    elements = {
        name.removeprefix(PREFIX): value for name, value in body.items() if name.startswith(PREFIX)
    }
    kind = _kind_of(elements.pop("kind", None))
    _check_type(kind, event_type, body, corrects="corrects" in elements)
    sets, unsets = _persistent(kind, body, corrects="corrects" in elements)
    inputs, outputs, about = _things(event_type, body)
    event_time = _optional_text(body, "eventTime") or ""
    return Event(
        kind=kind.code,
        event_type=event_type,
        action=_optional_text(body, "action"),
        event_time=event_time,
        event_time_ms=time_ms(event_time, "eventTime"),
        inputs=inputs,
        outputs=outputs,
        about=about,
        site=_site(body),
        biz_step=_optional_text(body, "bizStep"),
        disposition=_optional_text(body, "disposition"),
        sets=sets,
        unsets=unsets,
        parent=_optional_text(body, "parentID"),
        event_id=_optional_text(body, "eventID"),
        elements=_parse_elements(kind, elements),
    )


def missing_elements(event: Event) -> list[str]:
    """Return the keys of required elements of a first-season kind that the event lacks.

    A correction gives only the values that were wrong, and a case on a pallet only its children.
    """
    kind = vocabulary.kind(event.kind)
    if event.corrects is not None:
        return [] if event.correct_reason else ["correct_reason"]
    if not kind.first_season or event.event_type == "AggregationEvent":
        return []
    required = (e for e in kind.elements if e.required == "R" and not e.sealed)
    return [element.key for element in required if not _is_there(element, event)]


def default_chains(
    kind_code: str, inputs: Iterable[str], outputs: Iterable[str], about: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return inputs, outputs and subjects of a statement of a kind, each sorted by byte.

    What is made stands on its own chain, what goes in on its `#out`, what the event is about
    where its kind puts it. Source: interop.md, "Where each stands".
    """
    stands = vocabulary.kind(kind_code).stands
    ins, outs = sorted(set(inputs)), sorted(set(outputs))
    subjects = set(outs) | {uri + OUT for uri in ins}
    for uri in about:
        own = stands in {"own", "market"} and not uri.startswith(_REGISTRY)
        subjects.add(uri if own else uri + OUT)
    return tuple(ins), tuple(outs), tuple(sorted(subjects))


def chains_of(event: Event) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return inputs, outputs and subjects by the kind of a parsed event.

    An event about nothing else is about its site. A correction's chains are the corrected
    statement's (`correction_chains`), not these.
    """
    inputs, outputs, about = event.uris()
    if not (inputs or outputs or about) and event.site is not None:
        about = (event.site,)
    return default_chains(event.kind, inputs, outputs, about)


def correction_chains(subjects: Iterable[str]) -> tuple[str, ...]:
    """Return the chains on which a correction stands: the corrected statement's own ones.

    A statement that stands only on `#out` chains is corrected there. Source: interop.md.
    """
    every = sorted(set(subjects))
    return tuple(uri for uri in every if not uri.endswith(OUT)) or tuple(every)


def _kind_of(code: JsonValue) -> Kind:
    kind = vocabulary.KINDS.get(code) if isinstance(code, str) else None
    if kind is None:
        raise bad_event(f"daodi:kind: {code!r} is none of the {len(vocabulary.KINDS)} kinds")
    if kind.travels != "event":
        raise bad_event(f"daodi:kind: {kind.code} is no event; it travels as {kind.travels}")
    return kind


def _check_type(kind: Kind, event_type: str, body: JsonObject, *, corrects: bool) -> None:
    if corrects:
        if event_type != "ObjectEvent" or body.get("action") != "OBSERVE":
            raise bad_event("type: a correction is an ObjectEvent OBSERVE")
        return
    if event_type not in kind.event_types:
        raise bad_event(f"type: {kind.code} is {kind.event_types}, found {event_type}")
    if event_type == "ObjectEvent" and body.get("action") not in kind.actions:
        raise bad_event(f"action: {kind.code} is {kind.actions}, found {body.get('action')!r}")


def _persistent(
    kind: Kind, body: JsonObject, *, corrects: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    written = body.get("persistentDisposition")
    if not isinstance(written, dict):
        # A hold or recall that does not say whether it is set or lifted is taken as set.
        default = kind.persistent_disposition
        return ((default,) if default is not None and not corrects else ()), ()
    return _texts(written.get("set")), _texts(written.get("unset"))


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _things(
    event_type: str, body: JsonObject
) -> tuple[tuple[Thing, ...], tuple[Thing, ...], tuple[Thing, ...]]:
    if event_type == "TransformationEvent":
        inputs = _side(body, "inputEPCList", "inputQuantityList")
        outputs = _side(body, "outputEPCList", "outputQuantityList")
        if both := {thing.uri for thing in inputs} & {thing.uri for thing in outputs}:
            raise bad_event(f"{sorted(both)}: both input and output")
        return inputs, outputs, ()
    if event_type == "AggregationEvent":
        return (), (), _side(body, "childEPCs", "childQuantityList")
    things = _side(body, "epcList", "quantityList")
    makes = event_type == "ObjectEvent" and body.get("action") == "ADD"
    return ((), things, ()) if makes else ((), (), things)


def _side(body: JsonObject, epcs: str, quantities: str) -> tuple[Thing, ...]:
    """Things of one side, in the body's order; a lot written in two rows is refused."""
    things = [Thing(uri=uri) for uri in _texts(body.get(epcs))]
    written = body.get(quantities)
    for row in written if isinstance(written, list) else ():
        if isinstance(row, dict):
            mass_g = mass_of(row.get("quantity"), row.get("uom"))
            things.append(Thing(uri=str(row["epcClass"]), mass_g=mass_g))
    if len(things) > 1 and len({thing.uri for thing in things}) != len(things):
        raise bad_event(f"{quantities}: one thing stands twice")
    return tuple(things)


def _site(body: JsonObject) -> str | None:
    for name in ("bizLocation", "readPoint"):
        place = body.get(name)
        if isinstance(place, dict):
            return _optional_text(place, "id")
    return None


def _optional_text(body: JsonObject, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def _parse_elements(kind: Kind, written: JsonObject) -> Mapping[str, JsonValue]:
    """Elements that the kind does not know are kept as they are: a later vocabulary may.

    One that was added later was once unknown too: what no log refused then is readable for ever.
    """
    parsed: JsonObject = {}
    clear = _CLEAR[kind.code]
    for key, value in written.items():
        element = clear.get(key)
        try:
            parsed[key] = value if element is None else parse_element(element, value)
        except FormError:
            if element is None or not element.added:
                raise
            parsed[key] = value
    return MappingProxyType(parsed)


def _is_there(element: Element, event: Event) -> bool:
    if element.at == "body":
        return element.key in event.elements
    place, _, weighed = element.at.partition("_")
    # A purchase from inside the ledger makes nothing: it is about what it would have made.
    outputs = event.outputs or event.about
    site = () if event.site is None else (Thing(uri=event.site),)
    things = {"inputs": event.inputs, "outputs": outputs, "about": event.about, "site": site}[place]
    if weighed or (element.type == "lots" and place != "about"):
        return bool(things) and all(thing.mass_g is not None for thing in things)
    return bool(things)
