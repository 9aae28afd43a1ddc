"""How pages name things and statements: a lot by its number and code, a statement in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.opened.ledger import OpenedLedger
from ledger.errors import DaodiError
from ledger.herbs.events import Event, parse_recorded_event
from ledger.herbs.events import Thing as EventThing
from ledger.herbs.identifiers import THING_PATHS, code_of_uri, grouped
from ledger.herbs.units import format_mass_cn
from ledger.herbs.vocabulary import KINDS, ROLES
from ledger.herbs.vocabulary import herb as herb_of
from ledger.herbs.vocabulary import kind as kind_of
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.seam import Entry, Thing
from ledger.statements.statement import EVENT, OUT, Claim, parse_claim
from ledger.trace.answer import china_time
from ledger.trace.steps import REGISTRY_STEPS

WHAT_CN: Final[Mapping[str, str]] = {"lot": "批次", "crop": "种植批次", "site": "地点"}
SHOWN_MAX: Final = 3  # things that one sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One statement of the log in one sentence, with who said it and both times."""

    index: int
    statement_id: str
    actor: str
    text: str
    event_time: str
    record_time: str
    uri: str


def roles_cn(roles: frozenset[str]) -> str:
    """The roles of an actor as people say them."""
    return "、".join(ROLES[role].cn if role in ROLES else role for role in sorted(roles))


def code_in(uri: str) -> str:
    """The code at the end of one of our URIs; another URI stays whole."""
    try:
        return code_of_uri(uri.removesuffix(OUT))
    except DaodiError:
        return uri


def shown_code(uri: str) -> str:
    """The same as people read it aloud."""
    code = code_in(uri)
    return code if ":" in code else grouped(code)


def name_of(thing: Thing) -> str:
    """A thing's number if people gave one, else what it is and the start of its code."""
    herb = herb_of(thing.herb)
    if thing.name:
        return f"{herb.cn if herb else thing.herb} {thing.name}".strip()
    what = WHAT_CN.get(code_path(thing.uri), "")
    return f"{herb.cn if herb else thing.herb}{what} {shown_code(thing.uri)[:5]}".strip()


def code_path(uri: str) -> str:
    """`lot`, `crop` or `site` for one of our URIs, "" for others."""
    return next((path for path in THING_PATHS if f"/{path}/" in uri), "")


def label_of(thing: Thing) -> str:
    """A thing in a list to choose from: name, weight, and the end of its code."""
    weight = f" · {format_mass_cn(thing.mass_g)}" if thing.mass_g else ""
    return f"{name_of(thing)}{weight} · {code_in(thing.uri)[-5:].upper()}"


def kind_cn(kind: str) -> str:
    """A kind of event in the trade's word; what no event made was registered."""
    return KINDS[kind].cn if kind in KINDS else "登记"


def sentence_of(entry: Entry, opened: OpenedLedger) -> Sentence:
    """An event entry of the log in one sentence."""
    assert entry.payload is not None
    leaf = parse_leaf(entry.leaf)
    assert isinstance(leaf, EventLeaf)  # only those have a payload
    claim = parse_claim(entry.payload)
    event = parse_recorded_event(claim.body) if claim.kind == EVENT else None
    return Sentence(
        index=entry.index,
        statement_id=claim.statement_id,
        actor=actor_name(claim.key, opened),
        text=_event_text(event) if event else _registry_text(claim),
        event_time=event.event_time if event else claim.signed_at,
        record_time=china_time(leaf.admitted_ms),
        uri=_main_uri(claim, event),
    )


def actor_name(kid: str, opened: OpenedLedger) -> str:
    """The name of the actor behind a key."""
    registry = opened.replica.registry
    key = registry.keys.get(kid)
    if key is None:
        return "登记员"
    actor = registry.actors.get(key.actor)
    return actor.name if actor else key.actor


def _event_text(event: Event) -> str:
    verb = kind_of(event.kind).cn
    if event.corrects is not None:
        return f"更正了一条“{verb}”：{event.correct_reason or '没有写原因'}"
    if event.lifts:
        verb = f"解除{verb}"
    named = event.outputs or event.about or event.inputs
    things = "、".join(_thing_text(thing, event) for thing in named[:SHOWN_MAX])
    more = f" 等 {len(named)} 项" if len(named) > SHOWN_MAX else ""
    return f"{verb}：{things}{more}" if things else verb


def _thing_text(thing: EventThing, event: Event) -> str:
    name = (event.display_name if thing in event.outputs else None) or shown_code(thing.uri)[:11]
    return f"{name} {format_mass_cn(thing.mass_g)}" if thing.mass_g is not None else name


def _registry_text(claim: Claim) -> str:
    name = claim.body.get("name") or claim.body.get("holder") or claim.body.get("reason") or ""
    return f"{REGISTRY_STEPS[claim.kind][1]} {name}".strip()


def _main_uri(claim: Claim, event: Event | None) -> str:
    if event is None:
        site = claim.body.get("site")
        return site if isinstance(site, str) else ""
    named = event.outputs or event.about or event.inputs
    return named[0].uri if named else (event.site or "")
