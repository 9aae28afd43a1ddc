"""From what is recorded to the history that rules judge: claims and events in, corrections applied.

Source: interop.md, a correction gives the right values of the statement that it names.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final

from msgspec import structs

from ledger.canonical import JsonValue
from ledger.herbs.events import OUT, Event, Thing
from ledger.rules.history.caps import base_caps
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History, in_order
from ledger.rules.history.known import BaseCap, Known, Place
from ledger.rules.history.topics import Approval
from ledger.rules.history.voices import (
    SUPERVISOR,
    Past,
    WholePast,
    owner_of,
    quietened,
    strange_words,
    strangers_of,
)
from ledger.statements.roll import ActorRecord, KeyRecord, SiteRecord
from ledger.statements.statement import EVENT, Claim, signed_at_ms

APPROVE: Final = "approve"
_OF_CORRECTIONS: Final = frozenset({"corrects", "correct_reason"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A recorded statement: its claim and place in the log, its event where it is one."""

    index: int
    recorded_ms: int
    claim: Claim
    event: Event | None
    anchored_ms: int | None = None


def read_history(
    stated: Iterable[Stated],
    *,
    keys: Mapping[str, KeyRecord],
    sites: Mapping[str, SiteRecord],
    actors: Mapping[str, ActorRecord],
    known: Known | None = None,
) -> History:
    """Return the history of recorded statements, in whatever order they are given.

    Keys, sites and actors are the registry's, after the last of the statements.
    """
    rows = sorted(stated, key=lambda row: row.index)
    approvals = [approval_of(row, keys) for row in rows if row.claim.kind == APPROVE]
    facts = [fact for row in rows if (fact := fact_of(row, keys)) is not None]
    caps = base_caps((row.claim, row.recorded_ms) for row in rows)
    admitted = {actor.admitted_index: actor.actor for actor in actors.values()}
    return history_of(
        with_approvals(facts, approvals),
        places=[place_of(site, caps.get(site.site, ())) for site in sites.values()],
        joined={admitted[row.index]: row.recorded_ms for row in rows if row.index in admitted},
        known=known,
        roles={actor.actor: actor.roles for actor in actors.values()},
    )


def approval_of(row: Stated, keys: Mapping[str, KeyRecord]) -> Approval:
    """An approval with its actor, "" where its key is not known."""
    actor = keys[row.claim.key].actor if row.claim.key in keys else ""
    named = str(row.claim.body.get("statement"))
    return Approval(index=row.index, statement_id=named, actor=actor)


def with_approvals(facts: Iterable[Fact], approvals: Iterable[Approval]) -> list[Fact]:
    """The facts with the actors who approved each."""
    by_id: dict[str, set[str]] = {}
    for approval in approvals:
        by_id.setdefault(approval.statement_id, set()).add(approval.actor)
    return [
        replace(fact, approvers=fact.approvers | by_id[fact.statement_id])
        if fact.statement_id in by_id
        else fact
        for fact in facts
    ]


def fact_of(row: Stated, keys: Mapping[str, KeyRecord]) -> Fact | None:
    """The fact of a recorded event, its approvals not yet known; None for registry statements."""
    if row.claim.kind != EVENT or row.event is None:
        return None
    return Fact(
        index=row.index,
        statement_id=row.claim.statement_id,
        subject=_subject(row.claim),
        event=row.event,
        signed_ms=signed_at_ms(row.claim.signed_at),
        recorded_ms=row.recorded_ms,
        actor=keys[row.claim.key].actor if row.claim.key in keys else "",
        anchored_ms=row.anchored_ms,
    )


def history_of(
    facts: Iterable[Fact],
    *,
    places: Mapping[str, Place] | Iterable[Place] = (),
    joined: Mapping[str, int] | None = None,
    known: Known | None = None,
    roles: Mapping[str, Collection[str]] | None = None,
    past: Past | None = None,
    asked: frozenset[str] | None = None,
) -> History:
    """Return the history of facts, each statement given once, in whatever order.

    `past` tells who answers for a thing, where these facts alone do not tell it all. Of `asked`
    findings are wanted, where not of everything.
    """
    history = History(
        facts=(),
        makings={},
        uses={},
        about={},
        places=places if isinstance(places, Mapping) else {each.uri: each for each in places},
        joined=MappingProxyType(dict(joined or {})),
        known=known or Known(),
        roles=MappingProxyType(dict(roles or {})),
        asked=asked,
    ).arranged(sorted(corrected(facts), key=in_order))
    past = past or WholePast(history)
    strange = strange_words(history.facts, past)
    if not strange:
        return history
    quiet = replace(history, deaf=strange).arranged(quietened(history.facts, strange))
    return replace(
        history,
        strange=strange,
        quiet=quiet,
        owner=partial(owner_of, past=past),
        strangers=strangers_of(history.facts, strange),
    )


def corrected(facts: Iterable[Fact]) -> list[Fact]:
    """Facts with the right values that their own actor's corrections give; the last signed counts.

    When and of what a thing was made is not corrected: a wrong ancestor is voided and a new lot
    made. A correction by somebody else changes nothing, nor does one of a statement not there.
    """
    given = list(facts)
    by_id = {fact.statement_id: fact for fact in given}
    righted: dict[str, list[Fact]] = {}
    for fact in given:
        target = _corrected_by(fact, by_id)
        if target is not None:
            righted.setdefault(target.statement_id, []).append(fact)
    kept = [fact for fact in given if fact.event.corrects is None]
    return [_with(fact, righted.get(fact.statement_id, ())) for fact in kept]


def _corrected_by(fact: Fact, by_id: Mapping[str, Fact]) -> Fact | None:
    """The statement that a correction rights at last: a correction may right a correction."""
    target = fact
    for _ in by_id:
        if target.event.corrects is None:
            break
        found = by_id.get(target.event.corrects)
        if found is None or found.actor != fact.actor or found.event.kind != fact.event.kind:
            return None
        target = found
    return None if target.event.corrects is not None or target is fact else target


def _with(fact: Fact, corrections: Iterable[Fact]) -> Fact:
    event = fact.event
    for correction in sorted(corrections, key=lambda each: (each.signed_ms, each.statement_id)):
        right = correction.event
        masses = {
            thing.uri: thing.mass_g
            for thing in (*right.inputs, *right.outputs, *right.about)
            if thing.mass_g is not None
        }
        elements: dict[str, JsonValue] = {
            key: value for key, value in right.elements.items() if key not in _OF_CORRECTIONS
        }
        event = structs.replace(
            event,
            inputs=_weighed(event.inputs, masses),
            outputs=_weighed(event.outputs, masses),
            about=_weighed(event.about, masses),
            elements=MappingProxyType({**event.elements, **elements}),
        )
    return fact if event is fact.event else replace(fact, event=event)


def _weighed(things: Iterable[Thing], masses: Mapping[str, int]) -> tuple[Thing, ...]:
    return tuple(structs.replace(each, mass_g=masses.get(each.uri, each.mass_g)) for each in things)


def _subject(claim: Claim) -> str:
    own = [uri for uri in claim.subjects if not uri.endswith(OUT)]
    others = [uri.removesuffix(OUT) for uri in claim.subjects]
    return next(iter((*claim.outputs, *own, *others)))


def supervisors_of(actors: Iterable[ActorRecord]) -> frozenset[str]:
    """Actors who may lift alone what others hold."""
    return frozenset(actor.actor for actor in actors if SUPERVISOR in actor.roles)


def place_of(site: SiteRecord, caps: tuple[BaseCap, ...] = ()) -> Place:
    """What rules read of a registered site, with what its people say that it bears."""
    return Place(
        uri=site.site,
        kind=site.kind,
        county=site.county,
        area_m2=site.area_m2,
        actor=site.actor or "",
        caps=caps,
    )
