"""Every recall that was ever stated, newest first, with its lots and packs and whether it stands.

Read as the log grows: each request looks only at leaves that it has not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from api.opened.ledger import OpenedLedger
from ledger.canonical import JsonValue
from ledger.errors import DaodiError
from ledger.evidence.make import follow
from ledger.herbs.events import Event, bare_term, parse_recorded_event
from ledger.herbs.vocabulary import Herb, herb_named
from ledger.herbs.vocabulary import herb as herb_of
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.rules.history.reading import supervisors_of
from ledger.seam import Reading
from ledger.statements.roll import ActorRecord
from ledger.statements.statement import Claim, parse_claim
from ledger.store.recent import kinds_at
from ledger.store.walks import leaves_of_kinds
from ledger.trace.claims import answerable
from ledger.trace.hands import parties
from ledger.trace.steps import Step, shown_name, steps_of

RECALL: Final = "RECALL"
PACKING: Final = "PACK_LABEL"
RECALLED: Final = "recalled"
EDGES_MAX: Final = 1_000  # of a lot's descendants, as in a trace
# A recall itself shows at once; packs made of a recalled lot since then may wait this long.
PACKS_AGE_MS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledLot:
    """A lot that is called back; `packs` were made of it so far, `lifted_ms` when it was freed.

    `claimed` when whoever recalls it does not answer for it: then nothing is called back.
    """

    uri: str
    name: str
    herb: Herb | None
    mass_g: int | None
    packs: int
    claimed: bool = False
    lifted_ms: int | None = None
    lifted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """One recall as it was stated, with what became of it.

    `reports` are later statements of its own actor on the same lots, which tell how far it has
    come: `recovered_g` is the most that any of them says came back.
    """

    statement_id: str
    index: int
    actor: str
    by: str
    level: str
    words: str
    deadline: str
    event_ms: int
    recorded_ms: int
    lots: tuple[RecalledLot, ...]
    recovered_g: int = 0
    reports: tuple[str, ...] = ()
    reported_ms: int = 0

    @property
    def stands(self) -> bool:
        """Whether any of its lots is still called back."""
        return any(lot.lifted_ms is None and not lot.claimed for lot in self.lots)

    @property
    def claimed(self) -> bool:
        """Whether it is a claim alone: its actor answers for none of its lots."""
        return all(lot.claimed for lot in self.lots)

    @property
    def updated_ms(self) -> int:
        """When something of it changed last."""
        return max(self.recorded_ms, self.reported_ms, *(lot.lifted_ms or 0 for lot in self.lots))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """One statement of the kind."""

    index: int
    recorded_ms: int
    claim: Claim
    event: Event


class RecallBook:
    """Recalls of a ledger, kept up with its log."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened
        self._lock = Lock()
        self._stated: dict[int, _Stated] = {}
        self._size = 0
        self._made_ms = 0
        self._recalls: tuple[Recall, ...] = ()

    def recalls(self) -> tuple[Recall, ...]:
        """Every recall, newest first; those that were lifted too."""
        opened = self._opened
        follow(opened.store, opened.replica)
        with self._lock:
            size, now_ms = opened.replica.size, opened.clock()
            if size > self._size:
                new = self._read(leaves_of_kinds(opened.store, [RECALL], start=self._size))
                if new or now_ms - self._made_ms >= PACKS_AGE_MS:
                    self._recalls, self._made_ms = self._fold(), now_ms
                self._size = size
            return self._recalls

    def recall(self, statement_id: str) -> Recall | None:
        """The recall that a statement states or reports on, None when it does neither."""
        every = self.recalls()
        found = (e for e in every if statement_id in {e.statement_id, *e.reports})
        return next(found, None)

    def _read(self, leaves: Sequence[int]) -> bool:
        with self._opened.store.reading() as reading:
            entries = reading.entries_at(leaves)
        for entry in entries:
            leaf = parse_leaf(entry.leaf)
            if entry.payload is None or not isinstance(leaf, EventLeaf):
                continue
            claim = parse_claim(entry.payload)
            try:
                event = parse_recorded_event(claim.body)
            except DaodiError:  # a row changed behind our back: the audit's business
                continue
            self._stated[entry.index] = _Stated(
                index=entry.index, recorded_ms=leaf.admitted_ms, claim=claim, event=event
            )
        return bool(entries)

    def _fold(self) -> tuple[Recall, ...]:
        found: dict[str, Recall] = {}
        with self._opened.store.reading() as reading:
            for stated in sorted(self._stated.values(), key=lambda each: each.index):
                event = stated.event
                if event.corrects in found:
                    found[event.corrects] = self._righted(found[event.corrects], stated)
                elif event.corrects is not None:
                    continue  # a correction of what is no recall places none
                elif RECALLED in map(bare_term, event.sets):
                    recall = self._recall(reading, stated)
                    first = next((e for e in found.values() if _goes_on(e, recall)), recall)
                    found[first.statement_id] = first if first is recall else _report(first, recall)
                elif event.lifts:
                    found = {key: self._freed(reading, each, stated) for key, each in found.items()}
        return tuple(reversed(found.values()))

    def _recall(self, reading: Reading, stated: _Stated) -> Recall:
        event, actor = stated.event, self._actor_of(stated)
        return Recall(
            statement_id=stated.claim.statement_id,
            index=stated.index,
            actor=actor.actor if actor else "",
            by=shown_name(actor),
            level=event.text("level") or "",
            words=event.text("public_words") or event.text("reason") or "",
            deadline=event.text("deadline") or "",
            event_ms=event.event_time_ms,
            recorded_ms=stated.recorded_ms,
            recovered_g=_grams(event.elements.get("recovered_g")),
            lots=tuple(self._lot(reading, thing.uri, actor) for thing in event.about),
        )

    def _lot(self, reading: Reading, uri: str, actor: ActorRecord | None) -> RecalledLot:
        above = reading.ancestors(uri, limit=EDGES_MAX).things
        below = reading.descendants(uri, limit=EDGES_MAX).things
        things = reading.things([uri, *above, *below])
        named = [things[each].herb for each in (uri, *above) if each in things]
        text = next(filter(None, named), "")
        made = [things[each].made_index for each in (uri, *below) if each in things]
        own = things.get(uri)
        return RecalledLot(
            uri=uri,
            name=own.name if own else "",
            herb=herb_of(text) or herb_named(text),
            mass_g=own.mass_g if own else None,
            packs=self._packs(reading, made),
            claimed=actor is None or not self._answers(reading, actor.actor, (uri, *above)),
        )

    def _answers(self, reading: Reading, actor: str, uris: Sequence[str]) -> bool:
        """Whether an actor's recall of a lot counts; `uris` are the lot and its ancestors."""
        registry = self._opened.replica.registry
        if actor in supervisors_of(registry.actors.values()):
            return True
        return actor in answerable(self._steps(reading, uris))

    def _steps(self, reading: Reading, uris: Sequence[str]) -> list[Step]:
        chains = reading.chains(uris)
        entries = reading.entries_at({index for chain in chains.values() for index in chain})
        return steps_of(chains, entries, self._opened.replica.registry)

    def _packs(self, reading: Reading, made: Sequence[int]) -> int:
        kinds = kinds_at(self._opened.store, made)
        packing = [index for index, kind in kinds.items() if kind == PACKING]
        counted = 0
        for entry in reading.entries_at(packing):
            event = parse_recorded_event(parse_claim(entry.payload or b"").body)
            count = event.elements.get("count")
            counted += count if isinstance(count, int) else 0
        return counted

    def _righted(self, recall: Recall, stated: _Stated) -> Recall:
        """A recall with what its own actor's correction says; anybody else's changes nothing."""
        actor = self._actor_of(stated)
        if actor is None or actor.actor != recall.actor:
            return recall
        said = stated.event.text
        return replace(
            recall,
            level=said("level") or recall.level,
            words=said("public_words") or recall.words,
            deadline=said("deadline") or recall.deadline,
        )

    def _freed(self, reading: Reading, recall: Recall, stated: _Stated) -> Recall:
        """A recall with the lots freed that its own actor or a supervisor lifts it from."""
        actor = self._actor_of(stated)
        registry = self._opened.replica.registry
        freed = {thing.uri for thing in stated.event.about} & {lot.uri for lot in recall.lots}
        if actor is None or not freed:
            return recall
        if actor.actor != recall.actor:
            if actor.actor not in supervisors_of(registry.actors.values()):
                return recall
            freed = {uri for uri in freed if not self._is_party(reading, actor.actor, uri)}
        return _lifted(recall, stated, freed)

    def _is_party(self, reading: Reading, actor: str, lot: str) -> bool:
        """Whether a supervisor has a part of his own in a lot: then he frees it like others."""
        uris = (lot, *reading.ancestors(lot, limit=EDGES_MAX).things)
        steps = self._steps(reading, uris)
        return actor in parties(reading, self._opened.replica.registry, uris, steps)

    def _actor_of(self, stated: _Stated) -> ActorRecord | None:
        registry = self._opened.replica.registry
        key = registry.keys.get(stated.claim.key)
        return registry.actors.get(key.actor) if key else None


def _goes_on(recall: Recall, later: Recall) -> bool:
    """Whether a later statement tells how far a recall has come: same actor, same lots, not freed.

    Anybody else's is a recall of its own.
    """
    standing = {lot.uri for lot in recall.lots if lot.lifted_ms is None}
    same = recall.actor == later.actor and standing == {lot.uri for lot in later.lots}
    return bool(recall.actor) and same


def _report(recall: Recall, later: Recall) -> Recall:
    newer = {lot.uri: lot for lot in later.lots}  # with the packs that were made since
    return replace(
        recall,
        level=later.level or recall.level,
        words=later.words or recall.words,
        deadline=later.deadline or recall.deadline,
        recovered_g=max(recall.recovered_g, later.recovered_g),
        reports=(*recall.reports, later.statement_id),
        reported_ms=later.recorded_ms,
        lots=tuple(newer.get(lot.uri, lot) for lot in recall.lots),
    )


def _grams(value: JsonValue) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _lifted(recall: Recall, stated: _Stated, freed: set[str]) -> Recall:
    """The recall with those of its lots freed that a lifting frees."""
    lots = tuple(
        replace(lot, lifted_ms=stated.recorded_ms, lifted_by=stated.claim.statement_id)
        if lot.uri in freed and lot.lifted_ms is None
        else lot
        for lot in recall.lots
    )
    return replace(recall, lots=lots)
