"""Trace a thing: its status, where it came from, what happened to it, what was made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias

from ledger.canonical import JsonValue
from ledger.errors import NotFoundError
from ledger.herbs.aliases import MAKERS_ALONE, aliases_of
from ledger.herbs.vocabulary import Herb, herb_named
from ledger.herbs.vocabulary import herb as herb_of
from ledger.log.checkpoint import parse_checkpoint, parse_note
from ledger.replica import Replica
from ledger.rules.findings.kept import Kept
from ledger.rules.history.reading import supervisors_of
from ledger.rules.status import TESTING, Ground, Scans, Status, judge_status
from ledger.rules.supervision.recall import Closure, recall_closure
from ledger.seam import Asking, Edge, Lineage, Reading, Store, Thing
from ledger.statements.sealed import Opening
from ledger.statements.standing import Registry, SiteRecord
from ledger.statements.statement import OUT
from ledger.trace.blends import BlendNote, notes_of
from ledger.trace.claims import claims_of, makes, outside_of, strange_releases, written_late
from ledger.trace.hands import lifters
from ledger.trace.judged import Descent, Reader, SeenFinding, claimed_steps, holds_on, seen_findings
from ledger.trace.lineage import county_shares, released_as
from ledger.trace.steps import Step, adjuvants_of, retold, steps_of

EDGES_MAX: Final = 1_000  # the verifier's own limit of ancestors
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the log says of a thing: both directions, steps, things, who opened what."""

    above: Lineage
    below: Lineage
    steps: tuple[Step, ...]
    out_steps: tuple[Step, ...]
    openings: tuple[Opening, ...]
    things: dict[str, Thing]
    making: Step | None


# What was read before of a thing for the public, or else what the call reads now.
Remember: TypeAlias = Callable[[str, Callable[[], Past]], Past]


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

    `remember` may give back what the log said of a thing to the public at the replica's size.

    A serial outside the range that packing registered is as unknown as a code never made.
    """
    reader = reader or Reader()
    history = _read(store, replica, asked, reader, remember)
    if asked.serial is not None and not _registered(history.making, asked.serial):
        raise NotFoundError("unknown_code", f"serial {asked.serial} was never registered")
    herb_text, drug = _herb(asked.uri, history.steps, history.above.things)
    supervisors = supervisors_of(replica.registry.actors.values())
    claims = claims_of(history.steps, supervisors) | history.claimed(asked.uri)
    above, below, things = history.above, history.below, history.things
    listed = [*reversed(above.things), asked.uri, *below.things]
    free = lifters(store, replica.registry, (asked.uri, *above.things), history.steps)
    status = _status(asked, history, scans or Scans(), today, free, claims)
    newest_claim = [s.claim.statement_id for s in history.steps if s.claim.statement_id in claims]
    kept = frozenset(filter(None, [status.statement_id, *newest_claim[-1:]]))
    return Trace(
        asked=asked,
        status=status,
        claims=claims,
        outside=outside_of(history.steps, supervisors, kept),
        findings=history.findings(asked.uri, reader),
        judged=history.judged,
        thing=things.get(asked.uri),
        herb=herb_of(herb_text) or herb_named(herb_text),
        herb_text=herb_text,
        drug=drug,
        origin=_origin(asked.uri, history, replica.registry.sites),
        net_g=_net_g(history.making, things.get(asked.uri)),
        steps=history.steps,
        out_steps=history.out_steps,
        openings=history.openings,
        things=tuple(things[uri] for uri in listed if uri in things),
        edges=(*above.edges, *below.edges),
        lineage_complete=above.complete and below.complete,
        scans=scans or Scans(),
        complete=all(uri in things for uri in (asked.uri, *above.things)),
        size=parse_checkpoint(parse_note(replica.note).text).size,
        time_ms=replica.newest_ms,
        closures=_closures(asked, history, replica.registry) if reader.supervisor else (),
        blends=notes_of(history.steps, replica.registry),
        supervised=reader.supervisor,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _History(Past):
    """The past and what rules find of it, which may change while the log stands still."""

    kept: tuple[Kept, ...]
    judged: bool

    def descent(self, asked: str) -> Descent:
        """Who made what of what, down to the asked thing."""
        return Descent(
            asked=asked,
            made_ms=self.making.event_ms if self.making else None,
            makers={
                step.subject: step.actor.actor for step in self.steps if makes(step) and step.actor
            },
            edges=self.above.edges,
        )

    def claimed(self, asked: str) -> frozenset[str]:
        """Ids of steps by which strangers alone accuse the thing, as rules find it."""
        own = {asked, *self.above.things}
        mine = [each for each in self.kept if each.finding.subject in own]
        return claimed_steps(self.descent(asked), mine, self.steps)

    def findings(self, asked: str, reader: Reader) -> tuple[SeenFinding, ...]:
        """What rules say of it, as the reader may see it."""
        found = seen_findings(
            self.kept,
            reader=reader,
            descent=self.descent(asked),
            steps=self.steps,
            out_steps=self.out_steps,
        )
        return tuple(found)


def _read(
    store: Store, replica: Replica, asked: Asked, reader: Reader, remember: Remember | None
) -> _History:
    def past_of() -> Past:
        return _past(store, replica, asked.uri, reader)

    public = reader.actor is None and not reader.supervisor
    past = remember(asked.uri, past_of) if remember and public else past_of()
    own = [asked.uri, *past.above.things]
    every = [*dict.fromkeys([*own, *past.below.things])]
    with store.reading() as reading:
        return _History(
            **{name: getattr(past, name) for name in Past.__slots__},
            kept=tuple(reading.findings(Asking(subjects=every if reader.supervisor else own))),
            judged=_is_judged(reading, own),
        )


def _past(store: Store, replica: Replica, uri: str, reader: Reader) -> Past:
    with store.reading() as reading:
        above = reading.ancestors(uri, limit=EDGES_MAX)
        below = reading.descendants(uri, limit=EDGES_MAX)
        own = [uri, *above.things]
        every = [*dict.fromkeys([*own, *below.things])]
        steps = _steps(reading, replica, own)
        if not any(step.subject == uri for step in steps):
            raise NotFoundError("unknown_code", f"no statement names {uri}")
        out_steps = _out_steps(reading, replica, every, reader)
        return Past(
            above=above,
            below=below,
            steps=tuple(steps),
            out_steps=tuple(out_steps),
            openings=tuple(_openings(reading, [*steps, *out_steps], reader)),
            things=reading.things(every),
            making=_making(steps, uri),
        )


def _closures(asked: Asked, history: _History, registry: Registry) -> tuple[Closure, ...]:
    """How far each recall of the asked thing has closed, by those whose word counts."""
    recalls = [step for step in history.steps if step.subject == asked.uri and step.kind == RECALL]
    if not recalls:
        return ()
    children: dict[str, list[str]] = {}
    for edge in history.below.edges:
        children.setdefault(edge.parent, []).append(edge.child)
    told = retold((*history.steps, *history.out_steps), registry, history.openings)
    heard = (told.quiet or told).facts
    named = {step.claim.statement_id for step in recalls}
    return tuple(
        recall_closure(
            fact,
            heard,
            children=children,
            masses_g={uri: thing.mass_g for uri, thing in history.things.items()},
        )
        for fact in sorted(heard, key=lambda each: each.index)
        if fact.statement_id in named and not fact.event.lifts
    )


def _status(
    asked: Asked,
    history: _History,
    scans: Scans,
    today: date,
    lifters: frozenset[str],
    claims: frozenset[str],
) -> Status:
    kinds = {step.subject: step.kind for step in history.steps if makes(step)}
    is_pack = kinds.get(asked.uri) == PACKING
    unheard = claims | strange_releases(history.steps)
    # Of two makings of a thing the first counts: another's label says nothing of it.
    unheard |= {step.claim.statement_id for step in history.steps if step.conflict}
    return judge_status(
        asked.uri,
        [
            fact
            for step in history.steps
            if (fact := step.fact()) is not None and fact.statement_id not in unheard
        ],
        released_as=released_as(asked.uri, history.above.edges, kinds) if is_pack else None,
        scans=scans,
        today=today,
        serial=asked.serial,
        holds=holds_on(history.descent(asked.uri), history.kept),
        ground=Ground(
            above=frozenset(history.above.things),
            supervisors=lifters,
            late=written_late(history.steps),
            unheard=frozenset(
                step.claim.statement_id
                for step in history.steps
                if step.kind in TESTING and step.out_of_role
            ),
        ),
    )


def _is_judged(reading: Reading, uris: Sequence[str]) -> bool:
    newest = reading.newest_leaf([*uris, *(uri + OUT for uri in uris)])
    return newest is None or newest < reading.judged().through


def _origin(
    uri: str, history: _History, sites: Mapping[str, SiteRecord]
) -> tuple[tuple[str, Fraction], ...]:
    def county_of(thing: str) -> str | None:
        return sites[thing].county if thing in sites else None

    added = adjuvants_of(history.steps)
    edges = [edge for edge in history.above.edges if (edge.parent, edge.child) not in added]
    return tuple(county_shares(uri, edges, county_of).items())


def _steps(reading: Reading, replica: Replica, uris: Sequence[str]) -> list[Step]:
    chains = reading.chains(uris)
    ordered = {uri: chains[uri] for uri in uris if uri in chains}
    entries = reading.entries_at({index for chain in ordered.values() for index in chain})
    return steps_of(ordered, entries, replica.registry)


def _out_steps(
    reading: Reading, replica: Replica, uris: Sequence[str], reader: Reader
) -> list[Step]:
    """What others did with the things, as far as the reader was part of it."""
    if reader.actor is None and not reader.supervisor:
        return []
    steps = _steps(reading, replica, [uri + OUT for uri in uris])
    return [step for step in steps if _may_see(step, reader)]


def _openings(reading: Reading, steps: Sequence[Step], reader: Reader) -> list[Opening]:
    """Sealed values that the reader stated itself; a supervisor sees them all."""
    ids = [step.claim.statement_id for step in steps if _may_see(step, reader)]
    return reading.openings(ids) if ids else []


def _may_see(step: Step, reader: Reader) -> bool:
    own = step.actor is not None and step.actor.actor == reader.actor
    return reader.supervisor or own


def _making(steps: Sequence[Step], uri: str) -> Step | None:
    makings = [step for step in steps if step.subject == uri and makes(step)]
    return min(makings, key=lambda step: step.index, default=None)


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
        making = _making(steps, nearest)
        if making is None or making.event is None:
            continue
        herb = herb or making.event.herb_text or ""
        drug = drug or making.event.drug or ""
    return herb, drug
