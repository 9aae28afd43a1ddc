"""An event as a person writes it in a file, made into what a pen signs: defaults from its kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.canonical import JsonObject, JsonValue, canonical_bytes
from ledger.errors import FormError
from ledger.herbs.bodies import event_body, sealed_elements
from ledger.herbs.events import (
    PREFIX,
    chains_of,
    correction_chains,
    missing_elements,
    parse_recorded_event,
)
from ledger.herbs.forms import parse_answer
from ledger.herbs.units import parse_mass
from ledger.herbs.vocabulary import KINDS
from ledger.herbs.vocabulary import kind as kind_of
from ledger.statements.registry import own_subjects, parse_body
from ledger.statements.statement import EVENT, REGISTRY_KINDS, Claim, ledger_uri, parse_claim

SubjectsOf = Callable[[str], Sequence[str]]  # the chains of a statement in the log, by its id
Amount = tuple[str, int | None]

_LISTS: Final = ("inputs", "outputs", "subjects")
_SIGNED: Final = frozenset({"kind", "body", "sealed", *_LISTS})
_SAID: Final = frozenset(
    {"kind", "event_time", "inputs", "outputs", "about", "site", "elements", "lifts"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is signed next. `missing` names what the kind's form asks and the file does not say."""

    kind: str
    body: JsonObject
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    subjects: Sequence[str]
    sealed: Mapping[str, JsonValue]
    missing: Sequence[str] = ()


def read_written(value: JsonValue, *, origin: str, now: str, subjects_of: SubjectsOf) -> Written:
    """Return what the file says. Raises FormError.

    `{"kind": "HARVEST", "event_time", "inputs", …, "elements"}` becomes an EPCIS body;
    `{"body": …}` is one already; a registry kind such as `site.register` comes with its body.
    What is not given follows from the kind. `now` is the time of an event that says none.
    """
    if not isinstance(value, dict):
        raise FormError("wrong_type", "an event file holds one JSON object")
    kind = value.get("kind", EVENT)
    if isinstance(kind, str) and kind in KINDS:
        _only(value, _SAID)
        return _said(kind, value, now=now, subjects_of=subjects_of)
    _only(value, _SIGNED)
    body = value.get("body")
    if not isinstance(body, dict):
        raise FormError("missing_member", "expected body, an object, or a kind of the trade")
    if kind == EVENT:
        return _event(value, body, subjects_of)
    if not isinstance(kind, str) or kind not in REGISTRY_KINDS:
        raise FormError("unknown_kind", f"{kind!r} is no kind of statement")
    given = _uris(value, "subjects")
    return Written(
        kind=kind,
        body=body,
        subjects=given or _registry_subjects(kind, body, origin, subjects_of),
        sealed=_object(value, "sealed"),
    )


def _said(kind: str, value: JsonObject, *, now: str, subjects_of: SubjectsOf) -> Written:
    sides = [_amounts(value, side) for side in ("inputs", "outputs", "about")]
    elements = {key: _typed(kind, key, said) for key, said in _object(value, "elements").items()}
    body = event_body(
        kind,
        event_time=_text(value, "event_time") or now,
        inputs=sides[0],
        outputs=sides[1],
        about=sides[2],
        site=_text(value, "site"),
        elements=elements,
        lifts=value.get("lifts") is True,
    )
    sealed = sealed_elements(kind, elements)
    return _chained(body, chains_of(parse_recorded_event(body)), sealed, subjects_of)


def _event(value: JsonObject, body: JsonObject, subjects_of: SubjectsOf) -> Written:
    """An EPCIS body; what its kind seals is taken out of it, for in clear it would be refused."""
    event = parse_recorded_event(body)
    clear = sealed_elements(event.kind, event.elements)
    kept = {name: part for name, part in body.items() if name.removeprefix(PREFIX) not in clear}
    written = _chained(kept, chains_of(event), clear | _object(value, "sealed"), subjects_of)
    inputs, outputs, subjects = (_uris(value, name) for name in _LISTS)
    return Written(
        kind=EVENT,
        body=written.body,
        inputs=inputs or written.inputs,
        outputs=outputs or written.outputs,
        subjects=subjects or written.subjects,
        sealed=written.sealed,
        missing=written.missing,
    )


def _chained(
    body: JsonObject,
    chains: tuple[Sequence[str], Sequence[str], Sequence[str]],
    sealed: Mapping[str, JsonValue],
    subjects_of: SubjectsOf,
) -> Written:
    event = parse_recorded_event(body)
    inputs, outputs, subjects = chains
    if event.corrects is not None:
        inputs, outputs, subjects = (), (), correction_chains(subjects_of(event.corrects))
    return Written(
        kind=EVENT,
        body=body,
        inputs=inputs,
        outputs=outputs,
        subjects=subjects,
        sealed=sealed,
        missing=missing_elements(event),
    )


def _registry_subjects(
    kind: str, body: JsonObject, origin: str, subjects_of: SubjectsOf
) -> Sequence[str]:
    statement = body.get("statement")
    if kind == "approve" and isinstance(statement, str):
        return [uri for uri in subjects_of(statement) if not uri.endswith("#out")]
    return own_subjects(parse_body(_unsigned(kind, body, origin)), origin=origin)


def _unsigned(kind: str, body: JsonObject, origin: str) -> Claim:
    """A claim nobody signs, for the registry's own reading of a body."""
    value: JsonObject = {
        "v": 1,
        "ledger": origin,
        "key": "0" * 64,
        "seq": 0,
        "prev": None,
        "signed_at": "1970-01-01T00:00:00+00:00",
        "kind": kind,
        "body": body,
        "subjects": [ledger_uri(origin)],
    }
    return parse_claim(canonical_bytes(value))


def _only(value: JsonObject, allowed: frozenset[str]) -> None:
    if unknown := sorted(value.keys() - allowed):
        raise FormError(
            "unknown_member", f"{', '.join(unknown)}; expected {', '.join(sorted(allowed))}"
        )


def _object(value: JsonObject, name: str) -> JsonObject:
    found = value.get(name, {})
    if not isinstance(found, dict):
        raise FormError("wrong_type", f"{name} is not an object")
    return found


def _text(value: JsonObject, name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise FormError("wrong_type", f"{name} is not text")
    return found


def _list(value: JsonObject, name: str) -> list[JsonValue]:
    found = value.get(name, [])
    if not isinstance(found, list):
        raise FormError("wrong_type", f"{name} is not a list")
    return found


def _uris(value: JsonObject, name: str) -> list[str]:
    found = _list(value, name)
    uris = [uri for uri in found if isinstance(uri, str)]
    if len(uris) != len(found):
        raise FormError("wrong_type", f"{name} is not a list of URIs")
    return uris


def _amounts(value: JsonObject, name: str) -> list[Amount]:
    return [_amount(one, name) for one in _list(value, name)]


def _typed(kind_code: str, key: str, value: JsonValue) -> JsonValue:
    """An element; a mass or an area may be typed with its unit, such as 240斤 or 25亩."""
    element = kind_of(kind_code).element(key)
    if element is None or element.type not in {"mass", "area"} or not isinstance(value, str):
        return value
    return parse_answer(kind_code, key, value)


def _amount(value: JsonValue, name: str) -> Amount:
    """A URI, `[uri, grams]`, `{"uri", "mass_g"}`, or typed: `[uri, "240斤"]`, `{"uri", "mass"}`."""
    match value:
        case [str(uri), str(typed)] | {"uri": str(uri), "mass": str(typed)}:
            return uri, parse_mass(typed)
        case str(uri):
            return uri, None
        case [str(uri), int(mass_g)] if not isinstance(mass_g, bool):
            return uri, mass_g
        case [str(uri), None] | {"uri": str(uri), "mass_g": None}:
            return uri, None
        case {"uri": str(uri), "mass_g": int(mass_g)} if not isinstance(mass_g, bool):
            return uri, mass_g
        case {"uri": str(uri), **rest} if not rest:
            return uri, None
        case _:
            expected = "URI, [URI, grams or a typed mass], {uri, mass_g} or {uri, mass}"
            raise FormError("wrong_type", f"{name}: expected {expected}")
