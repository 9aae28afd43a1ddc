"""Compares what is kept of judgement with a complete replay: what an audit reports of it."""

from collections.abc import Sequence
from typing import Final

from ledger.judging.follow import DUE_MAX
from ledger.judging.shelf import LedgerShelf, Memory
from ledger.judging.whole import history_told, replayed
from ledger.rules.findings.kept import Kept
from ledger.rules.history.history import History
from ledger.rules.history.topics import Told, topics_of
from ledger.rules.rulebook import RULES
from ledger.rules.scopes.bench import OF_ALL
from ledger.rules.scopes.scope import COMPLAINED, ERASED, WIDE
from ledger.seam import Asking, Difference, Judged, Reading
from ledger.statements.standing import Registry

# Scans are counters that move while one compares: what rests on them is not compared.
MOVING: Final = frozenset({"CL1", "CL3"})
# It asks whether a lot was complained of: left out while a call to judge again waits.
COMPLAINING: Final = frozenset({"TT1"})


def judgement_differences(reading: Reading, registry: Registry) -> list[Difference]:
    """Return what differs between the judgement kept and a complete replay: findings, topics.

    What is not judged yet is no difference; the caller lets judging catch up first, and what
    compares everybody is left out while its sweep waits. A rule that fails is one difference.
    Raises StoreError `database_damaged` when what is kept cannot be read.
    """
    judged = reading.judged()
    if judged.through > reading.size():
        why = f"judging claims to be at leaf {judged.through}, the log has {reading.size()}"
        return [("judged", None, why)]
    shelf = LedgerShelf(reading, registry, stop=judged.through, memory=Memory())
    told = shelf.understand(reading.entries(0, judged.through))
    return [
        *_findings_differ(reading, shelf, history_told(told, shelf), judged),
        *_topics_differ(reading, told),
    ]


def _topics_differ(reading: Reading, told: Sequence[Told]) -> list[Difference]:
    """The index by which judging finds statements: a row less, and a rule overlooks one."""
    right = {(name, each.index) for each in told for name in topics_of(each)}
    found = set(reading.every_topic())
    missing = [("topic", index, f"topic {name} is missing") for name, index in right - found]
    surplus = [
        ("topic", index, f"topic {name} follows from no statement") for name, index in found - right
    ]
    return sorted([*missing, *surplus], key=lambda each: (each[1], each[2]))


def _findings_differ(
    reading: Reading, shelf: LedgerShelf, history: History, judged: Judged
) -> list[Difference]:
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
    defects: list[Difference] = [
        ("finding", None, f"rule {failure.rule} failed over the whole history: {failure.error!r}")
        for failure in failures
    ]
    return defects + [
        (
            "finding",
            max((at[each] for each in _last(kept) if each in at), default=None),
            _what(kept, how),
        )
        for kept, how in sorted(
            (*missing, *surplus), key=lambda pair: (pair[0].raised_ms, pair[0].id, pair[1])
        )
    ]


def _last(kept: Kept) -> tuple[str, ...]:
    return kept.finding.statement_ids


def _what(kept: Kept, how: str) -> str:
    finding = kept.finding
    return f"finding {finding.rule} of {finding.subject} ({finding.message_en}) {how}"
