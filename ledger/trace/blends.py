"""What the history says of lots that are merged: before it is signed, and on a blend's trace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.rules.batch import Difference, batch_differences, contradicted
from ledger.rules.history.history import History
from ledger.seam import Reading
from ledger.statements.standing import Registry
from ledger.trace.steps import Step, retold, steps_of

BLEND: Final = "BLEND"
LINEAGE_MAX: Final = 1_000  # edges above one lot, as in a trace
CLAIMED: Final = "same_batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendNote:
    """A merged lot: what speaks against one batch, and what its maker claimed all the same.

    A merge against which nothing speaks has no differences; one that is not all claimed to be the
    same is a declared blend.
    """

    lot: str
    declared: bool
    differences: tuple[Difference, ...]
    contradicted: tuple[str, ...]


def notes_of(steps: Sequence[Step], registry: Registry) -> tuple[BlendNote, ...]:
    """A note on every merge among the steps of a trace, in their order."""
    merges = [step for step in steps if step.kind == BLEND and _counts(step)]
    if not merges:
        return ()
    history = retold(steps, registry)
    return tuple(note for step in merges for note in _notes(step, history))


def differences_of(reading: Reading, registry: Registry, lots: Sequence[str]) -> list[Difference]:
    """What the history says against merging these lots as one batch."""
    things = [*lots]
    for lot in lots:
        things += reading.ancestors(lot, limit=LINEAGE_MAX).things
    chains = reading.chains(list(dict.fromkeys(things)))
    entries = reading.entries_at({index for chain in chains.values() for index in chain})
    return batch_differences(retold(steps_of(chains, entries, registry), registry), lots)


def _counts(step: Step) -> bool:
    return not step.conflict and step.event is not None and step.event.corrects is None


def _notes(step: Step, history: History) -> Iterable[BlendNote]:
    for lot in step.claim.outputs:
        making = history.makings.get(lot)
        flags = making.event.elements.get(CLAIMED) if making is not None else None
        claimed = flags if isinstance(flags, dict) else {}
        differences = batch_differences(history, step.claim.inputs)
        yield BlendNote(
            lot=lot,
            declared=not claimed or not all(holds is True for holds in claimed.values()),
            differences=tuple(differences),
            contradicted=tuple(contradicted(differences, claimed)),
        )
