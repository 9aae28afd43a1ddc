"""What the log says of a thing, read for one reader: both directions, steps, seals, findings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ledger.errors import NotFoundError
from ledger.replica import Replica
from ledger.rules.findings.kept import Kept
from ledger.seam import Asking, Lineage, Reading, Store, Thing
from ledger.statements.sealed import Opening
from ledger.statements.statement import OUT
from ledger.trace.claims import makes
from ledger.trace.judged import Descent, Reader, SeenFinding, claimed_steps, seen_findings
from ledger.trace.steps import Step, steps_of

EDGES_MAX: Final = 1_000  # the verifier's own limit of ancestors


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


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPast(Past):
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


def read_past(
    store: Store, replica: Replica, uri: str, reader: Reader, remember: Remember | None
) -> JudgedPast:
    """Read what the reader may see of a thing; NotFoundError `unknown_code` when no leaf names it.

    What the public may see of the log may be remembered, what rules find of it is read anew.
    """

    def past_of() -> Past:
        return _past(store, replica, uri, reader)

    public = reader.actor is None and not reader.supervisor
    past = remember(uri, past_of) if remember and public else past_of()
    own = [uri, *past.above.things]
    every = [*dict.fromkeys([*own, *past.below.things])]
    with store.reading() as reading:
        return JudgedPast(
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
            making=making_of(steps, uri),
        )


def _is_judged(reading: Reading, uris: Sequence[str]) -> bool:
    newest = reading.newest_leaf([*uris, *(uri + OUT for uri in uris)])
    return newest is None or newest < reading.judged().through


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


def making_of(steps: Sequence[Step], uri: str) -> Step | None:
    """The first step that makes the thing; None where its making has not arrived."""
    makings = [step for step in steps if step.subject == uri and makes(step)]
    return min(makings, key=lambda step: step.index, default=None)
