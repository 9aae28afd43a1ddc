"""Trace a thing: its status, where it came from, what happened to it, what was made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from ledger.canonical import JsonValue
from ledger.errors import NotFoundError
from ledger.herbs.aliases import MAKERS_ALONE, aliases_of
from ledger.herbs.vocabulary import Herb, herb_named
from ledger.herbs.vocabulary import herb as herb_of
from ledger.log.checkpoint import parse_checkpoint, parse_note
from ledger.replica import Replica
from ledger.rules.history.reading import supervisors_of
from ledger.rules.status import Ground, Scans, Status, judge_status
from ledger.rules.supervision.recall import Closure, recall_closure
from ledger.seam import Edge, Store, Thing
from ledger.statements.sealed import Opening
from ledger.statements.standing import Registry, SiteRecord
from ledger.trace.blends import BlendNote, notes_of
from ledger.trace.claims import claims_of, makes, outside_of, strange_releases
from ledger.trace.hands import ground_of
from ledger.trace.judged import Reader, SeenFinding, holds_on
from ledger.trace.lineage import county_shares, released_as
from ledger.trace.past import JudgedPast, Remember, making_of, read_past
from ledger.trace.steps import Step, adjuvants_of, retold

PACKING: Final = "PACK_LABEL"
RECALL: Final = "RECALL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: the thing's URI, and the serial when one pack's code was read.

    `alias` is the number of other people's by which it was asked for, "" when by its own code.
    """

    uri: str
    code: str = ""
    serial: int | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The answer. `complete` is False while the making of the thing has not arrived.

    `net_g` is a pack's net weight or the lot's own; `lineage` leads from the eldest ancestor to
    the last descendant; `size` and `time_ms` are the checkpoint's. `judged` is False while rules
    have not read all that stands on the chains of the thing and its ancestors. `outside` are ids of
    what others piled on them, as `claims.outside_of` tells it.
    """

    asked: Asked
    status: Status
    thing: Thing | None
    herb: Herb | None
    herb_text: str
    drug: str
    origin: tuple[tuple[str, Fraction], ...]
    net_g: int | None
    steps: tuple[Step, ...]
    out_steps: tuple[Step, ...]
    openings: tuple[Opening, ...]
    things: tuple[Thing, ...]
    edges: tuple[Edge, ...]
    lineage_complete: bool
    scans: Scans
    complete: bool
    size: int
    time_ms: int
    findings: tuple[SeenFinding, ...] = ()
    judged: bool = True
    finality: str = "recorded"
    blends: tuple[BlendNote, ...] = ()
    claims: frozenset[str] = frozenset()  # statements against it by who does not answer for it
    outside: frozenset[str] = frozenset()
    closures: tuple[Closure, ...] = ()  # of recalls of the asked thing, for a supervisor
    supervised: bool = False  # read by a supervisor, who also sees what is marked for him

    @property
    def aliases(self) -> list[tuple[str, str]]:
        """Other numbers that stand on the thing's own chain, as (scheme, number)."""
        own = [step for step in self.steps if step.subject == self.asked.uri]
        makers = [step.actor for step in own if makes(step)]
        found = [
            alias
            for step in own
            for alias in (aliases_of(step.event) if step.event else ())
            if alias[0] not in MAKERS_ALONE or step.actor in makers
        ]
        return list(dict.fromkeys(found))

    @property
    def tests(self) -> list[tuple[Step, dict[str, JsonValue]]]:
        """Each reported item with the step that reports it, as the laboratory wrote it."""
        found: list[tuple[Step, dict[str, JsonValue]]] = []
        for step in self.steps:
            items = step.event.elements.get("items") if step.event else None
            rows = items if isinstance(items, list) else []
            found.extend((step, row) for row in rows if isinstance(row, dict))
        return found


def trace(
    store: Store,
    replica: Replica,
    asked: Asked,
    *,
    today: date,
    scans: Scans | None = None,
    reader: Reader | None = None,
    remember: Remember | None = None,
) -> Trace:
    """Answer for a thing. Raises NotFoundError `unknown_code` when no leaf names it.

    A serial outside the range that packing registered is as unknown as a code never made.
    `remember` may give back what the log said of a thing to the public at the replica's size.
    """
    reader = reader or Reader()
    past = read_past(store, replica, asked.uri, reader, remember)
    if asked.serial is not None and not _registered(past.making, asked.serial):
        raise NotFoundError("unknown_code", f"serial {asked.serial} was never registered")
    herb_text, drug = _herb(asked.uri, past.steps, past.above.things)
    supervisors = supervisors_of(replica.registry.actors.values())
    claims = claims_of(past.steps, supervisors) | past.claimed(asked.uri)
    above, below, things = past.above, past.below, past.things
    listed = [*reversed(above.things), asked.uri, *below.things]
    ground = ground_of(store, replica.registry, (asked.uri, *above.things), past.steps)
    status = _status(asked, past, scans or Scans(), today, ground, claims)
    newest_claim = [s.claim.statement_id for s in past.steps if s.claim.statement_id in claims]
    kept = frozenset(filter(None, [status.statement_id, *newest_claim[-1:]]))
    return Trace(
        asked=asked,
        status=status,
        claims=claims,
        outside=outside_of(past.steps, supervisors, kept),
        findings=past.findings(asked.uri, reader),
        judged=past.judged,
        thing=things.get(asked.uri),
        herb=herb_of(herb_text) or herb_named(herb_text),
        herb_text=herb_text,
        drug=drug,
        origin=_origin(asked.uri, past, replica.registry.sites),
        net_g=_net_g(past.making, things.get(asked.uri)),
        steps=past.steps,
        out_steps=past.out_steps,
        openings=past.openings,
        things=tuple(things[uri] for uri in listed if uri in things),
        edges=(*above.edges, *below.edges),
        lineage_complete=above.complete and below.complete,
        scans=scans or Scans(),
        complete=all(uri in things for uri in (asked.uri, *above.things)),
        size=parse_checkpoint(parse_note(replica.note).text).size,
        time_ms=replica.newest_ms,
        closures=_closures(asked, past, replica.registry) if reader.supervisor else (),
        blends=notes_of(past.steps, replica.registry),
        supervised=reader.supervisor,
    )


def _closures(asked: Asked, past: JudgedPast, registry: Registry) -> tuple[Closure, ...]:
    """How far each recall of the asked thing has closed, by those whose word counts."""
    recalls = [step for step in past.steps if step.subject == asked.uri and step.kind == RECALL]
    if not recalls:
        return ()
    children: dict[str, list[str]] = {}
    for edge in past.below.edges:
        children.setdefault(edge.parent, []).append(edge.child)
    told = retold((*past.steps, *past.out_steps), registry, past.openings)
    heard = (told.quiet or told).facts
    named = {step.claim.statement_id for step in recalls}
    return tuple(
        recall_closure(
            fact,
            heard,
            children=children,
            masses_g={uri: thing.mass_g for uri, thing in past.things.items()},
        )
        for fact in sorted(heard, key=lambda each: each.index)
        if fact.statement_id in named and not fact.event.lifts
    )


def _status(
    asked: Asked,
    past: JudgedPast,
    scans: Scans,
    today: date,
    ground: Ground,
    claims: frozenset[str],
) -> Status:
    kinds = {step.subject: step.kind for step in past.steps if makes(step)}
    is_pack = kinds.get(asked.uri) == PACKING
    unheard = claims | strange_releases(past.steps)
    # Of two makings of a thing the first counts: another's label says nothing of it.
    unheard |= {step.claim.statement_id for step in past.steps if step.conflict}
    return judge_status(
        asked.uri,
        [
            fact
            for step in past.steps
            if (fact := step.fact()) is not None and fact.statement_id not in unheard
        ],
        released_as=released_as(asked.uri, past.above.edges, kinds) if is_pack else None,
        scans=scans,
        today=today,
        serial=asked.serial,
        holds=holds_on(past.descent(asked.uri), past.kept),
        ground=ground,
    )


def _origin(
    uri: str, past: JudgedPast, sites: Mapping[str, SiteRecord]
) -> tuple[tuple[str, Fraction], ...]:
    def county_of(thing: str) -> str | None:
        return sites[thing].county if thing in sites else None

    added = adjuvants_of(past.steps)
    edges = [edge for edge in past.above.edges if (edge.parent, edge.child) not in added]
    return tuple(county_shares(uri, edges, county_of).items())


def _registered(making: Step | None, serial: int) -> bool:
    """Whether the making registered a range of serials that holds this one."""
    if making is None or making.event is None:
        return False
    found = making.event.elements.get("code_range")
    if not isinstance(found, dict):
        return False
    first, last = found.get("first"), found.get("last")
    return isinstance(first, int) and isinstance(last, int) and first <= serial <= last


def _net_g(making: Step | None, thing: Thing | None) -> int | None:
    unit_g = making.event.elements.get("unit_g") if making and making.event else None
    if isinstance(unit_g, int):
        return unit_g
    return thing.mass_g if thing else None


def _herb(uri: str, steps: Sequence[Step], ancestors: Sequence[str]) -> tuple[str, str]:
    """Herb and drug name as the nearest making that states them says."""
    herb = drug = ""
    for nearest in [uri, *ancestors]:
        making = making_of(steps, nearest)
        if making is None or making.event is None:
            continue
        herb = herb or making.event.herb_text or ""
        drug = drug or making.event.drug or ""
    return herb, drug
