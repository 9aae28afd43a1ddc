"""What was read of the shelf so far, with walks up to ancestors and down to descendants.

Whatever is read brings its corrections, what it corrects, and its approvals: a fact is never judged
without them. Walks follow every making, also one that does not count: more context harms no rule.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from ledger.rules.history.fact import Fact
from ledger.rules.history.history import PASSED_ON, History
from ledger.rules.history.known import Place
from ledger.rules.history.reading import history_of, with_approvals
from ledger.rules.history.topics import Approval, Shelf, Told, topic
from ledger.rules.history.voices import HANDING, RELEASE, handings, holders_from

OWN: Final = ("made", "used", "about", "seen")  # all that was ever said of a thing
ABOVE: Final = ("made", "seen")  # what is read of an ancestor


class Pool:
    """Reads each topic and each leaf once."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf: Final = shelf
        self._found: dict[str, tuple[int, ...]] = {}
        self._told: dict[int, Told] = {}
        self._receivers: dict[str, str] = {}
        self._made: dict[str, Fact | None] = {}
        self._handed: dict[str, list[tuple[str, str]]] = {}

    def under(self, topics: Iterable[str]) -> list[Fact]:
        """Facts under these topics, as they were first stated, in order of the log."""
        wanted = list(topics)
        missing = [name for name in dict.fromkeys(wanted) if name not in self._found]
        if missing:
            found = self.shelf.find(missing)
            self._found.update((name, tuple(found.get(name, ()))) for name in missing)
        indices = {index for name in wanted for index in self._found[name]}
        told = self._read(indices)
        return [each for each in told if isinstance(each, Fact)]

    def of(self, roles: Iterable[str], things: Iterable[str]) -> list[Fact]:
        """Facts that stand in one of these roles to one of these things."""
        named = list(things)
        return self.under([topic(role, uri) for role in roles for uri in named])

    def named(self, statement_ids: Iterable[str]) -> list[Fact]:
        """Facts of these statements; those that are not in the log are left out."""
        told = self._read(self.shelf.index_of(statement_ids).values())
        return [each for each in told if isinstance(each, Fact)]

    def with_corrections(self, facts: Iterable[Fact]) -> list[Fact]:
        """These facts, what corrects them and what they correct, to the end."""
        every: dict[int, Fact] = {}
        waiting = list(facts)
        while waiting:
            new = [fact for fact in waiting if fact.index not in every]
            every.update((fact.index, fact) for fact in new)
            targets = {fact.event.corrects for fact in new if fact.event.corrects is not None}
            waiting = self.under([topic("fixed", fact.statement_id) for fact in new])
            waiting += self.named(targets) if targets else []
        return [every[index] for index in sorted(every)]

    def up(self, things: Iterable[str]) -> list[str]:
        """What these came from by any making, without themselves, nearest first."""
        return self._walk(things, "made", lambda fact: [each.uri for each in fact.event.inputs])

    def passed_on(self, things: Iterable[str]) -> list[str]:
        """What these were only packed or split from, by any making, nearest first."""

        def step(fact: Fact) -> list[str]:
            return [each.uri for each in fact.event.inputs if fact.event.kind in PASSED_ON]

        return self._walk(things, "made", step)

    def down(self, things: Iterable[str]) -> list[str]:
        """What was made of these by any making, without themselves, nearest first."""
        return self._walk(things, "used", lambda fact: [each.uri for each in fact.event.outputs])

    def history(
        self,
        facts: Iterable[Fact],
        *,
        places: Iterable[Place] | None = None,
        asked: frozenset[str] | None = None,
    ) -> History:
        """The history of these facts, with corrections and approvals, for findings on `asked`.

        Seals and counters are opened for what is said of that alone.
        """
        every = self.approved(self.with_corrections(facts))
        own = every
        if asked is not None:
            own = self.with_corrections(fact for fact in every if fact.speaks_of(asked))
        return history_of(
            every,
            places=self.shelf.places if places is None else places,
            known=self.shelf.known(own),
            asked=asked,
            roles=self.shelf.roles,
            past=self,
        )

    def approved(self, facts: Iterable[Fact]) -> list[Fact]:
        """These facts with their approvals."""
        given = list(facts)
        found = self.shelf.find([topic("approved", fact.statement_id) for fact in given])
        told = self._read({index for indices in found.values() for index in indices})
        return with_approvals(given, [each for each in told if isinstance(each, Approval)])

    @property
    def places(self) -> Mapping[str, Place]:
        """Registered sites by URI."""
        return self.shelf.places

    @property
    def roles(self) -> Mapping[str, Collection[str]]:
        """What each actor was admitted as."""
        return self.shelf.roles

    def recall(self, things: Collection[str], handed: Collection[str]) -> None:
        """Read at once the makings of things, and how some were handed on."""
        self.of(["made"], [uri for uri in things if uri not in self._made])
        papers = self._papers([uri for uri in handed if uri not in self._handed])
        missing = [paper for paper in papers if paper.statement_id not in self._receivers]
        if missing:
            known = self.shelf.known(missing)
            named = {**known.receivers, **known.buyers}
            self._receivers.update(
                (paper.statement_id, named.get(paper.statement_id, "")) for paper in missing
            )

    def made(self, thing: str) -> Fact | None:
        """The first making of a thing."""
        if thing not in self._made:
            self._made[thing] = next(iter(self.of(["made"], [thing])), None)
        return self._made[thing]

    def handed(self, thing: str) -> Iterable[tuple[str, str]]:
        """Who handed the thing on to whom."""
        if thing not in self._handed:
            self.recall((), [thing])
            self._handed[thing] = handings(self._papers([thing]), self._receivers)
        return self._handed[thing]

    def released(self, things: Collection[str]) -> Iterable[Fact]:
        """Every release of one of these things, with its approvals."""
        seen = self.of(["seen"], sorted(things))
        return self.approved([fact for fact in seen if fact.event.kind == RELEASE])

    def handed_on(self, papers: Iterable[Fact]) -> dict[str, set[str]]:
        """To whom these papers hand each thing on, and to whom it may have gone from there."""
        fresh = [paper for paper in papers if paper.event.kind in HANDING]
        found: dict[str, set[str]] = {}
        for thing in {thing.uri for paper in fresh for thing in paper.event.about}:
            handed = self.handed(thing)
            first = {self._receivers.get(paper.statement_id, "") for paper in fresh} - {""}
            found[thing] = holders_from(first, handed)
        return found

    def _papers(self, things: Iterable[str]) -> list[Fact]:
        """The papers that hand things on."""
        return [fact for fact in self.of(["about"], things) if fact.event.kind in HANDING]

    def _read(self, indices: Iterable[int]) -> list[Told]:
        wanted = sorted(set(indices))
        missing = [index for index in wanted if index not in self._told]
        if missing:
            self._told.update((told.index, told) for told in self.shelf.read(missing))
        return [self._told[index] for index in wanted if index in self._told]

    def _walk(
        self, things: Iterable[str], role: str, step: Callable[[Fact], list[str]]
    ) -> list[str]:
        start = set(things)
        found: dict[str, None] = {}
        waiting = list(start)
        while waiting:
            facts = self.of([role], waiting)
            waiting = [
                uri
                for uri in dict.fromkeys(uri for fact in facts for uri in step(fact))
                if uri not in found and uri not in start
            ]
            found.update(dict.fromkeys(waiting))
        return list(found)


def things_of(fact: Fact) -> list[str]:
    """Every thing that a fact makes, uses or is about."""
    event = fact.event
    return [thing.uri for thing in (*event.outputs, *event.inputs, *event.about)]


def base_facts(pool: Pool, fresh: Sequence[Told]) -> tuple[list[Fact], list[Fact]]:
    """What new statements are about in the end: facts, and these with their corrections."""
    facts = [told for told in fresh if isinstance(told, Fact)]
    approved = [told.statement_id for told in fresh if isinstance(told, Approval)]
    every = pool.with_corrections([*facts, *pool.named(approved)])
    return [fact for fact in every if fact.event.corrects is None], every
