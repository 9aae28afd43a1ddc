"""The whole history that rules judge: facts in order of time, what came from what, what is known.

Order of arrival leaves no mark on it but in the place that format v1 section 1 gives it: of two
makings of a thing the first recorded counts, and the other stays to be seen.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from types import MappingProxyType
from typing import Final

from ledger.herbs.events import Thing
from ledger.herbs.vocabulary import Herb
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import Known, Place

PASSED_ON: Final = frozenset({"PACK_LABEL", "SPLIT"})  # these change a lot's parts, not its nature


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """Who are strangers, by statement and by thing: what they said of it, what they took of it."""

    said: Mapping[str, frozenset[str]] = field(default_factory=dict)
    took: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Facts, each statement once, in order of time and corrected; `makings` are those that count.

    `uses` are makings that a thing went into, `about` what was seen or done to it. `joined` gives
    when an actor was admitted, `roles` as what.

    `strange` are the words of strangers, as (statement, thing): its signers may not say this of
    the thing (`ledger.rules.history.voices`). `quiet` is the history without them, None where there
    are none; in it `deaf` are those that cannot be left out, since what somebody made still came
    from what he took, and that do not count against what was taken. `strangers` are their speakers.

    `asked` are the things on which findings are wanted, None for all; `own` are the facts that
    speak of them. The others are there to be looked up, and cost a rule nothing.
    """

    facts: tuple[Fact, ...]
    makings: Mapping[str, Fact]
    uses: Mapping[str, tuple[Fact, ...]]
    about: Mapping[str, tuple[Fact, ...]]
    places: Mapping[str, Place]
    joined: Mapping[str, int]
    known: Known
    roles: Mapping[str, Collection[str]] = field(default_factory=dict)
    strange: frozenset[tuple[str, str]] = frozenset()
    deaf: frozenset[tuple[str, str]] = frozenset()
    quiet: "History | None" = None
    owner: Callable[[str], str] = str  # whose a thing is; of what is not known, its own
    asked: frozenset[str] | None = None
    own: tuple[Fact, ...] = ()
    strangers: Strangers = field(default_factory=Strangers)
    _herbs: dict[str, Herb | None] = field(default_factory=dict, compare=False, repr=False)

    def arranged(self, ordered: Sequence[Fact]) -> "History":
        """The history of these facts, which are in order, with what is known besides in this."""
        makings: dict[str, Fact] = {}
        uses: dict[str, list[Fact]] = {}
        about: dict[str, list[Fact]] = {}
        for fact in ordered:
            for thing in fact.event.outputs:
                first = makings.setdefault(thing.uri, fact)
                makings[thing.uri] = min(first, fact, key=lambda each: each.index)
            for thing in fact.event.inputs:
                uses.setdefault(thing.uri, []).append(fact)
            for thing in fact.event.about:
                about.setdefault(thing.uri, []).append(fact)
        asked = self.asked
        return replace(
            self,
            facts=tuple(ordered),
            own=tuple(ordered if asked is None else (f for f in ordered if f.speaks_of(asked))),
            makings=MappingProxyType(makings),
            uses=MappingProxyType({uri: tuple(found) for uri, found in uses.items()}),
            about=MappingProxyType({uri: tuple(found) for uri, found in about.items()}),
            _herbs={},
        )

    def at(self, place: Place) -> "History":
        """The same as if this were the only place, for findings on what was grown there."""
        return replace(
            self,
            places={place.uri: place},
            own=self.uses.get(place.uri, ()),
            quiet=self.quiet and self.quiet.at(place),
        )

    def of_kind(self, *kinds: str) -> list[Fact]:
        """Facts of these kinds in order of time."""
        return [fact for fact in self.facts if fact.event.kind in kinds]

    def own_of_kind(self, *kinds: str) -> list[Fact]:
        """Facts of these kinds that speak of what is asked, in order of time."""
        return [fact for fact in self.own if fact.event.kind in kinds]

    def own_makings(self, kind: str) -> Iterator[tuple[str, Fact]]:
        """What is asked and was made so, with its making that counts."""
        lots = {thing.uri: None for fact in self.own_of_kind(kind) for thing in fact.event.outputs}
        for lot in lots:
            made = self.makings[lot]
            if made.event.kind == kind and self.is_asked(lot):
                yield lot, made

    def is_asked(self, thing: str) -> bool:
        """Whether findings on this thing are wanted."""
        return self.asked is None or thing in self.asked

    def on(self, thing: str, *kinds: str) -> list[Fact]:
        """What was seen or done to a thing, of these kinds, in order of time."""
        return [fact for fact in self.about.get(thing, ()) if fact.event.kind in kinds]

    def counts(self, fact: Fact) -> bool:
        """Whether a making is the one that counts for all that it makes."""
        return all(self.makings[thing.uri] is fact for thing in fact.event.outputs)

    def ancestors(self, thing: str) -> list[str]:
        """What a thing came from, nearest first, without itself."""
        return list(self._walked(thing, self._parents))

    def descendants(self, thing: str) -> list[str]:
        """What was made of a thing, nearest first, without itself."""
        return list(self._walked(thing, self._children))

    def passed_on(self, thing: str) -> list[str]:
        """The thing and those that it was only packed or split from, nearest first."""
        return passed_on(thing, self._kind, self._parents)

    def herb(self, thing: str) -> Herb | None:
        """The herb that the thing's making names, or the nearest ancestor's; None if unknown."""
        if thing not in self._herbs:
            behind = chain([thing], self._walked(thing, self._parents))
            makings = (made for each in behind if (made := self.makings.get(each)) is not None)
            herbs = (made.event.herb for made in makings if made.event.herb is not None)
            self._herbs[thing] = next(herbs, None)
        return self._herbs[thing]

    def drug(self, thing: str) -> str | None:
        """The name under which a thing is sold, its own or that of what it was packed from."""
        for each in self.passed_on(thing):
            made = self.makings.get(each)
            if made is not None and made.event.drug is not None:
                return made.event.drug
        return None

    def crop_plots(self, crop: str) -> list[Place]:
        """The plots that a crop was sown on."""
        sown = self.makings.get(crop)
        taken = self.taken(sown) if sown is not None else []
        return [self.places[thing.uri] for thing in taken if thing.uri in self.places]

    def taken(self, fact: Fact) -> list[Thing]:
        """What went into a making and counts as gone by it: not what a stranger says he took."""
        named = fact.statement_id
        return [thing for thing in fact.event.inputs if (named, thing.uri) not in self.deaf]

    def _kind(self, thing: str) -> str | None:
        made = self.makings.get(thing)
        return made.event.kind if made is not None else None

    def _parents(self, thing: str) -> list[str]:
        made = self.makings.get(thing)
        return [each.uri for each in made.event.inputs] if made is not None else []

    def _children(self, thing: str) -> list[str]:
        used = (fact for fact in self.uses.get(thing, ()) if self.counts(fact))
        return [
            each.uri
            for fact in used
            if (fact.statement_id, thing) not in self.deaf
            for each in fact.event.outputs
        ]

    def _walked(self, thing: str, step: Callable[[str], list[str]]) -> Iterator[str]:
        found = {thing}
        waiting = step(thing)
        while waiting:
            nearer = [uri for uri in dict.fromkeys(waiting) if uri not in found]
            found.update(nearer)
            yield from nearer
            waiting = [uri for each in nearer for uri in step(each)]


def passed_on(
    thing: str, kind_of: Callable[[str], str | None], parents_of: Callable[[str], Sequence[str]]
) -> list[str]:
    """The thing and those that it was only packed or split from, nearest first.

    `kind_of` gives the kind of a thing's making, None where it is unknown.
    """
    found = {thing: None}
    last = thing
    while kind_of(last) in PASSED_ON:
        parents = parents_of(last)
        if len(parents) != 1 or parents[0] in found:
            break
        last = parents[0]
        found[last] = None
    return list(found)


def in_order(fact: Fact) -> tuple[int, str]:
    """Sorts facts by when they happened; of one instant by id, whichever arrived first."""
    return fact.event.event_time_ms, fact.statement_id
