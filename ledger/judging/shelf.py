"""The shelf that judging reads: one snapshot of the ledger, up to one leaf."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from ledger.errors import StoreError
from ledger.herbs.events import Event, parse_recorded_event
from ledger.judging.opened import Secrets
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.rules.history.caps import SITE_KINDS, caps_of
from ledger.rules.history.days import day_of
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import BaseCap, Known, Place
from ledger.rules.history.reading import (
    APPROVE,
    Stated,
    approval_of,
    fact_of,
    place_of,
    supervisors_of,
)
from ledger.rules.history.topics import Sited, Told, topics_of
from ledger.seam import Entry, Reading
from ledger.statements.standing import Registry
from ledger.statements.statement import EVENT, Claim, parse_claim

TOLD_MAX: Final = 20_000  # statements kept read: some 60 MB, the moves of a busy lot


class Memory:
    """Statements read before, those asked for last kept longest: a leaf never changes."""

    def __init__(self, limit: int = TOLD_MAX) -> None:
        self._limit = limit
        self._told: OrderedDict[int, Told] = OrderedDict()

    def __contains__(self, index: int) -> bool:
        return index in self._told

    def get(self, index: int) -> Told | None:
        """What stands at this leaf, if it was read."""
        told = self._told.get(index)
        if told is not None:
            self._told.move_to_end(index)
        return told

    def keep(self, told: Mapping[int, Told]) -> None:
        """Keep what was read; the longest unasked goes."""
        self._told.update(told)
        while len(self._told) > self._limit:
            self._told.popitem(last=False)


class Places(Mapping[str, Place]):
    """Registered sites by URI, each read when it is asked for: a county has many plots."""

    def __init__(self, shelf: "LedgerShelf", registry: Registry) -> None:
        self._shelf = shelf
        self._sites = registry.sites
        self._read: dict[str, Place] = {}

    def __getitem__(self, uri: str) -> Place:
        if uri not in self._read:
            self._read[uri] = place_of(self._sites[uri], self._caps(uri))
        return self._read[uri]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sites)

    def __len__(self) -> int:
        return len(self._sites)

    def _caps(self, uri: str) -> tuple[BaseCap, ...]:
        """What its statements say that it bears, in order of the log."""
        return tuple(cap for each in self._shelf.sited([uri]) for cap in each.caps)


class LedgerShelf:
    """Finds statements by topics that the database holds, and by those of leaves not yet judged."""

    def __init__(self, reading: Reading, registry: Registry, *, stop: int, memory: Memory) -> None:
        self._reading = reading
        self._registry = registry
        self._stop = stop
        self._memory = memory
        self._fresh: dict[str, list[int]] = {}
        self.places: Mapping[str, Place] = Places(self, registry)
        self.supervisors = supervisors_of(registry.actors.values())
        self.roles: Mapping[str, Collection[str]] = {
            actor.actor: actor.roles for actor in registry.actors.values()
        }
        self._secrets = Secrets(reading, registry, self.sited)

    def take(self, entries: Iterable[Entry]) -> tuple[list[Told], list[tuple[str, int]]]:
        """Take in leaves that no topic names yet; returns what rules read, and their topics."""
        told = self.understand(entries)
        topics = [(name, each.index) for each in told for name in sorted(topics_of(each))]
        for name, index in topics:
            self._fresh.setdefault(name, []).append(index)
        return told, topics

    def find(self, topics: Iterable[str]) -> Mapping[str, Sequence[int]]:
        """Leaf indices under each topic."""
        names = list(topics)
        found = self._reading.topics(names)
        for name in names:
            if name in self._fresh:
                found[name] = [*found.get(name, ()), *self._fresh[name]]
        return found

    def index_of(self, statement_ids: Iterable[str]) -> Mapping[str, int]:
        """Leaf index of each statement below the shelf's end."""
        found = self._reading.index_of(list(statement_ids))
        return {named: index for named, index in found.items() if index < self._stop}

    def read(self, indices: Iterable[int]) -> Sequence[Told]:
        """What stands at these leaves."""
        wanted = list(indices)
        missing = [index for index in wanted if index not in self._memory]
        new = {told.index: told for told in self.understand(self._reading.entries_at(missing))}
        found = [new[index] if index in new else self._memory.get(index) for index in wanted]
        self._memory.keep(new)
        return [told for told in found if told is not None]

    def sited(self, uris: Iterable[str]) -> list[Sited]:
        """Every statement that speaks of these sites, in order of the log: by the registry.

        It is a fold of the entries; the index of topics may be what is wrong.
        """
        sites = [self._registry.sites[uri] for uri in uris if uri in self._registry.sites]
        indices = {index for site in sites for index in (site.index, *site.amended)}
        told = self.read(sorted(index for index in indices if index < self._stop))
        return [each for each in told if isinstance(each, Sited)]

    def known(self, facts: Sequence[Fact], *, every_site: bool = False) -> Known:
        """What openings and scans tell of these facts; with `every_site`, all outlines."""
        return self._secrets.known(facts, every_site=every_site)

    def joined(self) -> dict[str, int]:
        """When each actor was admitted, in epoch milliseconds."""
        indices = {actor.admitted_index: actor.actor for actor in self._registry.actors.values()}
        times = self._times_ms({index for index in indices if index < self._stop})
        return {indices[index]: time_ms for index, time_ms in times.items()}

    def understand(self, entries: Iterable[Entry]) -> list[Told]:
        """What rules read of entries, in order of the log."""
        rows = [(entry, parse_leaf(entry.leaf)) for entry in entries]
        stated = [(leaf, _claim(entry)) for entry, leaf in rows if isinstance(leaf, EventLeaf)]
        anchors = self._times_ms({claim.anchor.size - 1 for _, claim in stated if claim.anchor})
        told: list[Told] = []
        for leaf, claim in stated:
            anchored_ms = anchors.get(claim.anchor.size - 1) if claim.anchor else None
            if claim.kind == APPROVE:
                stated_row = Stated(
                    index=leaf.index, recorded_ms=leaf.admitted_ms, claim=claim, event=None
                )
                told.append(approval_of(stated_row, self._registry.keys))
            elif claim.kind in SITE_KINDS:
                site = str(claim.body.get("site"))
                told.append(
                    Sited(
                        index=leaf.index,
                        statement_id=claim.statement_id,
                        site=site,
                        since=day_of(leaf.admitted_ms),
                        caps=tuple(caps_of(claim, leaf.admitted_ms)),
                    )
                )
            elif claim.kind == EVENT:
                row = Stated(
                    index=leaf.index,
                    recorded_ms=leaf.admitted_ms,
                    claim=claim,
                    event=_event(claim),
                    anchored_ms=anchored_ms,
                )
                fact = fact_of(row, self._registry.keys)
                told += [fact] if fact is not None else []
        return told

    def _times_ms(self, indices: set[int]) -> dict[int, int]:
        """When these leaves were recorded; with a state leaf a checkpoint was given out."""
        found = self._reading.entries_at(indices) if indices else []
        leaves = {entry.index: parse_leaf(entry.leaf) for entry in found}
        return {
            index: leaf.admitted_ms if isinstance(leaf, EventLeaf) else leaf.at_ms
            for index, leaf in leaves.items()
        }


def _claim(entry: Entry) -> Claim:
    if entry.payload is None:
        raise StoreError("database_damaged", f"the statement at leaf {entry.index} is gone")
    return parse_claim(entry.payload)


def _event(claim: Claim) -> Event:
    return parse_recorded_event(claim.body)
