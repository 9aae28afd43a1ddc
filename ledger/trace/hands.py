"""Through whose hands a thing went, by papers that name an actor, their seals opened.

It is asked in order to know whose word about a thing counts; who it was is told to nobody.
"""

from collections.abc import Mapping, Sequence

from ledger.rules.history.openings import Names, known_of
from ledger.rules.history.reading import supervisors_of
from ledger.rules.history.results import TESTING, passed
from ledger.rules.history.voices import HANDING, handings, holders_from, in_office
from ledger.rules.status import Ground
from ledger.seam import Reading, Store
from ledger.statements.standing import Registry
from ledger.statements.statement import OUT
from ledger.trace.claims import answerable, written_late
from ledger.trace.steps import Step, steps_of


def handed_by(
    reading: Reading, registry: Registry, papers: Mapping[str, Sequence[int]]
) -> dict[str, list[tuple[str, str]]]:
    """(giver, receiver) of each chain's papers; `papers` are leaf indices by the chain's URI.

    Leaves that hand nothing on may be among them, and give nothing.
    """
    entries = reading.entries_at({index for chain in papers.values() for index in chain})
    told = steps_of(papers, entries, registry)
    handed = [step for step in told if step.kind in HANDING]
    facts = {step.index: fact for step in handed if (fact := step.fact()) is not None}
    openings = reading.openings([fact.statement_id for fact in facts.values()]) if facts else []
    known = known_of(list(facts.values()), openings, names=Names(registry.actors.values()))
    named = {**known.receivers, **known.buyers}
    return {
        uri: handings([facts[index] for index in chain if index in facts], named)
        for uri, chain in papers.items()
    }


def parties(
    reading: Reading, registry: Registry, uris: Sequence[str], steps: Sequence[Step]
) -> frozenset[str]:
    """Who made or released a thing or its ancestors, and who was handed one of them.

    `uris` are the thing and its ancestors, `steps` theirs.
    """
    own = answerable(steps)
    papers = handed_by(reading, registry, reading.chains([uri + OUT for uri in uris]))
    return own.union(*(holders_from(own, handed) for handed in papers.values()))


def lifters(
    store: Store, registry: Registry, uris: Sequence[str], steps: Sequence[Step]
) -> frozenset[str]:
    """Supervisors who may lift what others placed on a thing: none who is a party to it himself.

    `uris` and `steps` are as for `parties`. Papers are read only where a supervisor lifted
    something.
    """
    free = supervisors_of(registry.actors.values()) - answerable(steps)
    lifting = {step.actor.actor for step in steps if step.actor and step.event and step.event.lifts}
    if lifting.isdisjoint(free):
        return free
    with store.reading() as reading:
        return free - parties(reading, registry, uris, steps)


def own_tests(
    store: Store, registry: Registry, uris: Sequence[str], steps: Sequence[Step]
) -> frozenset[str]:
    """Ids of tests that no laboratory signed but those who have a part in the goods themselves.

    `uris` and `steps` are as for `parties`. None where no test failed: then nobody asks.
    """
    tests = [fact for step in steps if step.kind in TESTING and (fact := step.fact()) is not None]
    if all(passed(test) for test in tests):
        return frozenset()
    with store.reading() as reading:
        own = parties(reading, registry, uris, steps)
    signers = {actor for test in tests for actor in test.signers if actor in registry.actors}
    roles = {actor: registry.actors[actor].roles for actor in signers}
    return frozenset(test.statement_id for test in tests if in_office(test, roles) <= own)


def ground_of(
    store: Store, registry: Registry, uris: Sequence[str], steps: Sequence[Step]
) -> Ground:
    """What the status of a thing is judged on beside the facts; `uris` and `steps` as above."""
    return Ground(
        above=frozenset(uris),
        supervisors=lifters(store, registry, uris, steps),
        late=written_late(steps),
        unheard=frozenset(
            step.claim.statement_id for step in steps if step.kind in TESTING and step.out_of_role
        ),
        own=own_tests(store, registry, uris, steps),
    )
