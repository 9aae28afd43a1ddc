"""Whose word about a thing counts: whoever made it, grew it or was handed it, and some offices.

The door admits what anybody says of anything. What rules find by the words of strangers alone is a
claim. Sources: 农产品质量安全法 39 and 41 (who grew or packed it answers for it), 药品管理法 82.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from msgspec import structs

from ledger.herbs.events import Thing
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History, Strangers
from ledger.rules.history.known import Place
from ledger.rules.history.topics import CHECKS, REACHING

SUPERVISOR: Final = "supervisor"
LABORATORY: Final = "laboratory"
# What a laboratory is there to state of things that are not its own.
EXAMINING: Final = frozenset({"SAMPLE", "TEST", "RETEST", "SUPERVISE_SAMPLE", "ENV_ASSESS"})
SOWING: Final = "SOW"  # what makes a crop
RELEASE: Final = "RELEASE"
# The papers by which a holder hands goods on, naming under seal to whom.
HANDING: Final = frozenset({"SALE_B2B", "STORE_OUT", "SEED_TRANSFER"})
# Who says that goods reached him accuses nobody by it, but his kilograms may: balances leave it out
# and CU1, which waits for whoever bought, does not.
ARRIVING: Final = frozenset({"RECEIVE", "STORE_IN", "PURCHASE"})


class Past(Protocol):
    """What the whole log says of a thing, however few facts are judged."""

    @property
    def places(self) -> Mapping[str, Place]:
        """Registered sites by URI."""

    @property
    def roles(self) -> Mapping[str, Collection[str]]:
        """What each actor was admitted as; one that is not here is unknown, not a stranger."""

    def recall(self, things: Collection[str], handed: Collection[str]) -> None:
        """Read at once what will be asked: makings of things, and how some were handed on."""

    def made(self, thing: str) -> Fact | None:
        """The first making of a thing."""

    def handed(self, thing: str) -> Iterable[tuple[str, str]]:
        """Who handed the thing on to whom, by papers that name an actor."""

    def released(self, things: Collection[str]) -> Iterable[Fact]:
        """Every release of one of these things, whoever signed it."""


class WholePast:
    """The past as a history tells it that has every fact."""

    def __init__(self, history: History) -> None:
        self.places = history.places
        self.roles = history.roles
        self._history = history

    def recall(self, things: Collection[str], handed: Collection[str]) -> None:
        """Everything is here."""

    def made(self, thing: str) -> Fact | None:
        """The first making of a thing."""
        return self._history.makings.get(thing)

    def handed(self, thing: str) -> Iterable[tuple[str, str]]:
        """Who handed the thing on to whom."""
        known = self._history.known
        return handings(self._history.on(thing, *HANDING), {**known.receivers, **known.buyers})

    def released(self, things: Collection[str]) -> Iterable[Fact]:
        """Every release of one of these things."""
        return [fact for uri in things for fact in self._history.on(uri, RELEASE)]


def handings(papers: Iterable[Fact], receivers: Mapping[str, str]) -> list[tuple[str, str]]:
    """(giver, receiver) of papers whose receiver is an actor; `receivers` are by statement id.

    A name under a seal that nobody opened hands nothing on: it could be anyone's.
    """
    named = ((fact.actor, receivers.get(fact.statement_id, "")) for fact in papers)
    return [(giver, receiver) for giver, receiver in named if receiver]


def strange_words(facts: Sequence[Fact], past: Past) -> frozenset[tuple[str, str]]:
    """Words that do not count, as (statement, thing): none of its signers may say this of it."""
    words = [(fact, uri) for fact in facts for uri in _spoken_of(fact)]
    past.recall({uri for _, uri in words}, ())
    doubted = [(fact, uri) for fact, uri in words if not _is_own(fact, uri, past)]
    past.recall((), {uri for fact, uri in doubted if _moves(fact, uri, past)})
    makers = Makers(past)
    return frozenset(
        (fact.statement_id, uri) for fact, uri in doubted if not hears(fact, uri, past, makers)
    )


def strangers_of(facts: Iterable[Fact], strange: frozenset[tuple[str, str]]) -> Strangers:
    """Who speaks these words of strangers, by statement and by thing."""
    odd = {statement for statement, _ in strange}
    said: dict[str, set[str]] = {}
    took: dict[str, set[str]] = {}
    for fact in (each for each in facts if each.statement_id in odd):
        taken = {thing.uri for thing in fact.event.inputs}
        for uri in _spoken_of(fact):
            for name in (fact.statement_id, uri) if (fact.statement_id, uri) in strange else ():
                (took if uri in taken else said).setdefault(name, set()).update(fact.signers)
    return Strangers(
        said={name: frozenset(actors) for name, actors in said.items()},
        took={name: frozenset(actors) for name, actors in took.items()},
    )


def hears(fact: Fact, uri: str, past: Past, makers: "Makers") -> bool:
    """Whether one of its signers may say this of a thing.

    | said of | who may say it | because |
    |---|---|---|
    | anything | supervisors; who made the thing | it is their office, or their own goods |
    | a site | who registered it | nobody else answers for land |
    | a crop | who registered its plots | it may be sown and tended by different hands |
    | a lot's samples, tests, release, sulphur | its ancestors' makers | it is their goods too |
    | samples and tests of anything | laboratories | it is their office |
    | a lot's movements and all else | who was handed it, by papers that name him | whose goods \
they are both sides have signed |

    Nobody can object for a thing that nobody made or registered. Whoever may say it may also
    approve what another says: a hired sprayer's record is the grower's by the grower's signature.
    """
    if _is_own(fact, uri, past) or is_office(fact, past.roles):
        return True
    made = past.made(uri)
    if made is None or any(thing.uri == uri for thing in fact.event.outputs):
        return False  # a site of somebody else; a lot made again
    speakers: Collection[str]
    if made.event.kind == SOWING:
        speakers = {past.places[t.uri].actor for t in made.event.inputs if t.uri in past.places}
    elif fact.event.kind in REACHING:
        speakers = makers.above(uri)
    else:
        speakers = holders_from({made.actor}, past.handed(uri))
    return not fact.signers.isdisjoint(speakers)


def is_office(fact: Fact, roles: Mapping[str, Collection[str]]) -> bool:
    """Whether it is a signer's office to say this of other people's things.

    An actor of whom nothing is known is taken for what it says it is.
    """
    for known in (roles.get(actor) for actor in fact.signers):
        if known is None:
            if fact.event.kind in EXAMINING | CHECKS:
                return True
        elif SUPERVISOR in known or (LABORATORY in known and fact.event.kind in EXAMINING):
            return True
    return False


class Makers:
    """Who made what things came from, for many things of one past: each thing is walked once."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._above: dict[str, frozenset[str]] = {}

    def behind(self, thing: str) -> frozenset[str]:
        """Who made a thing and what it came from: they answer for it together."""
        made = self._past.made(thing)
        return self.above(thing) | ({made.actor} if made is not None else set())

    def above(self, thing: str) -> frozenset[str]:
        """Who made what a thing's making took in, and all that this came from."""
        if thing not in self._above:
            self._read([thing])
            order = self._order(thing)
            self._above.update(dict.fromkeys(order, frozenset()))
            # Once is enough, but where things came from each other.
            while sum(self._grows(uri) for uri in order):
                continue
        return self._above[thing]

    def _read(self, things: Iterable[str]) -> None:
        """Have the past read all that will be walked, nearest first and many at once."""
        met: set[str] = set()
        waiting = {uri for uri in things if uri not in self._above}
        while waiting:
            met |= waiting
            self._past.recall(waiting, ())
            parents = {uri for each in waiting for uri in self._parents(each)}
            waiting = {uri for uri in parents if uri not in met and uri not in self._above}

    def _order(self, thing: str) -> list[str]:
        """What is not known yet of what a thing came from, and itself: parents come first."""
        order: list[str] = []
        met: set[str] = set()
        waiting = [(thing, False)]
        while waiting:
            uri, ready = waiting.pop()
            if ready:
                order.append(uri)
            elif uri not in met and uri not in self._above:
                met.add(uri)
                waiting.append((uri, True))
                waiting += [(parent, False) for parent in self._parents(uri)]
        return order

    def _grows(self, uri: str) -> bool:
        """Add what is known of the parents; what they share with their own parents is one set."""
        parts = [self._above[uri]]
        for parent in self._parents(uri):
            made = self._past.made(parent)
            above = self._above[parent]
            if made is not None and made.actor not in above:
                above = above | {made.actor}
            parts.append(above)
        grown = max(parts, key=len)
        if not all(part <= grown for part in parts):
            grown = grown.union(*parts)
        is_new = len(grown) > len(self._above[uri])
        self._above[uri] = grown
        return is_new

    def _parents(self, uri: str) -> list[str]:
        made = self._past.made(uri)
        return [thing.uri for thing in made.event.inputs] if made is not None else []


def answers_for(actor: str, thing: str, past: Past) -> bool:
    """Whether an actor has a part of his own in a thing: nobody supervises his own goods.

    He made or registered it or what it came from, released one of these together with who did, or
    was handed the thing.
    """
    past.recall({thing}, ())
    made = past.made(thing)
    makings = [made, *_makings_above(made, past)] if made is not None else []
    behind = {thing, *(each.uri for making in makings for each in making.event.inputs)}
    found = {making.actor for making in makings}
    found |= {past.places[uri].actor for uri in behind if uri in past.places}
    released = [fact.signers for fact in past.released(behind)]
    found |= {each for signers in released if not found.isdisjoint(signers) for each in signers}
    return actor in holders_from(found, past.handed(thing))


def owner_of(thing: str, past: Past) -> str:
    """Who made or registered a thing; an actor owns itself."""
    made, place = past.made(thing), past.places.get(thing)
    if place is not None:
        return place.actor
    return made.actor if made is not None else thing


def quietened(facts: Iterable[Fact], strange: frozenset[tuple[str, str]]) -> list[Fact]:
    """The facts without the words of strangers; what is said of nothing else is not said."""
    odd = {statement for statement, _ in strange}
    found = (_quietened(fact, strange) if fact.statement_id in odd else fact for fact in facts)
    return [fact for fact in found if fact is not None]


def _quietened(fact: Fact, strange: frozenset[tuple[str, str]]) -> Fact | None:
    def heard(things: Iterable[Thing]) -> tuple[Thing, ...]:
        return tuple(each for each in things if (fact.statement_id, each.uri) not in strange)

    event = fact.event
    about = event.about if event.kind in ARRIVING else heard(event.about)
    outputs = heard(event.outputs)
    if (event.about and not about) or (event.outputs and not outputs):
        return None
    if (fact.statement_id, event.site) in strange:
        return None
    if about == event.about and outputs == event.outputs:
        return fact
    left = [thing.uri for thing in (*outputs, *about)]
    return replace(
        fact,
        event=structs.replace(event, about=about, outputs=outputs),
        subject=fact.subject if fact.subject in left else left[0],
    )


def _spoken_of(fact: Fact) -> list[str]:
    """Every thing that a fact speaks of; the site where it speaks of nothing else."""
    event = fact.event
    things = [thing.uri for thing in (*event.outputs, *event.inputs, *event.about)]
    return things or ([event.site] if event.site is not None else [])


def _is_own(fact: Fact, uri: str, past: Past) -> bool:
    """Whether a signer made or registered the thing, or nobody did who could object."""
    place, made = past.places.get(uri), past.made(uri)
    owner = place.actor if place is not None else made.actor if made is not None else ""
    return not owner or owner in fact.signers


def _moves(fact: Fact, uri: str, past: Past) -> bool:
    """Whether papers that hand a thing on decide who may say this of it."""
    made = past.made(uri)
    return made is not None and made.event.kind != SOWING and fact.event.kind not in REACHING


def _makings_above(made: Fact, past: Past) -> list[Fact]:
    """The makings of what a making took in, and of all that this came from."""
    found: list[Fact] = []
    met: set[str] = set()
    waiting = {thing.uri for thing in made.event.inputs}
    while waiting:
        met |= waiting
        past.recall(waiting, ())
        makings = [making for uri in sorted(waiting) if (making := past.made(uri)) is not None]
        found += makings
        waiting = {thing.uri for each in makings for thing in each.event.inputs} - met
    return found


def holders_from(first: Collection[str], handed: Iterable[tuple[str, str]]) -> set[str]:
    """These actors and everybody to whom a thing was handed on, from one holder to the next."""
    papers = list(handed)
    holders: set[str] = set()
    waiting = set(first)
    while waiting:
        holders |= waiting
        waiting = {receiver for giver, receiver in papers if giver in holders} - holders
    return holders
