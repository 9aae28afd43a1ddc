"""Compares what is kept of judgement with a complete replay: what an audit reports of it."""

from typing import Final

from ledger.judging.follow import DUE_MAX
from ledger.judging.shelf import LedgerShelf, Memory
from ledger.judging.whole import replayed, whole_history
from ledger.rules.findings.kept import Kept
from ledger.rules.rulebook import RULES
from ledger.rules.scopes.bench import OF_ALL
from ledger.rules.scopes.scope import COMPLAINED, ERASED, WIDE
from ledger.seam import Asking, Reading
from ledger.statements.standing import Registry

# Scans are counters that move while one compares: what rests on them is not compared.
MOVING: Final = frozenset({"CL1", "CL3"})
# It asks whether a lot was complained of: left out while a call to judge again waits.
COMPLAINING: Final = frozenset({"TT1"})


def judgement_differences(reading: Reading, registry: Registry) -> list[tuple[int | None, str]]:
    """Return (leaf, what differs) between the findings kept and those of a complete replay.

    What is not judged yet is no difference; the caller lets judging catch up first, and what
    compares everybody is left out while its sweep waits. A rule that fails is one difference.
    """
    judged = reading.judged()
    shelf = LedgerShelf(reading, registry, stop=judged.through, memory=Memory())
    history = whole_history(reading, shelf, judged.through)
    replay, failures = replayed(shelf, history, judged.at_ms)
    # Of a rule that fails nothing can be compared: that it failed is what is reported.
    failed = frozenset(failure.rule for failure in failures)
    left_out = MOVING | failed | (OF_ALL if reading.is_waiting(WIDE) else frozenset())
    waiting = reading.waiting(judged.at_ms, limit=DUE_MAX)
    if any(each.startswith(f"{ERASED}|") for each in waiting):
        # Whose word counts rests on sealed names, and with it what every rule finds.
        left_out |= {rule.id for rule in RULES}
    elif any(each.startswith(f"{COMPLAINED}|") for each in waiting):
        left_out |= COMPLAINING
    right = {kept for kept in replay if kept.finding.rule not in left_out}
    found = {k for k in reading.findings(Asking()) if k.finding.rule not in left_out}
    at = reading.index_of(sorted({each for kept in right ^ found for each in _last(kept)}))
    missing = [(kept, "is missing") for kept in right - found]
    surplus = [(kept, "is not what a complete replay finds") for kept in found - right]
    defects: list[tuple[int | None, str]] = [
        (None, f"rule {failure.rule} failed over the whole history: {failure.error!r}")
        for failure in failures
    ]
    return defects + [
        (max((at[each] for each in _last(kept) if each in at), default=None), _what(kept, how))
        for kept, how in sorted(
            (*missing, *surplus), key=lambda pair: (pair[0].raised_ms, pair[0].id, pair[1])
        )
    ]


def _last(kept: Kept) -> tuple[str, ...]:
    return kept.finding.statement_ids


def _what(kept: Kept, how: str) -> str:
    finding = kept.finding
    return f"finding {finding.rule} of {finding.subject} ({finding.message_en}) {how}"
