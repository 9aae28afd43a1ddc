"""The whole history at once, and a complete replay of every rule over it.

It is read from the entries alone, past the index of topics: that may be what is wrong.
"""

from dataclasses import replace

from ledger.judging.shelf import LedgerShelf
from ledger.rules.findings import Reference
from ledger.rules.history import Fact
from ledger.rules.judge import judge
from ledger.rules.kept import Kept, finding_id, keep, liftings
from ledger.rules.reading import history_of
from ledger.rules.season import History
from ledger.rules.topics import Approval
from ledger.seam import Reading


def whole_history(reading: Reading, shelf: LedgerShelf, stop: int) -> History:
    """Return everything below leaf `stop`, with what is known besides. All of it is in memory."""
    told = shelf.understand(reading.entries(0, stop))
    approved = {each.statement_id for each in told if isinstance(each, Approval)}
    facts = [
        replace(each, approved=True) if each.statement_id in approved else each
        for each in told
        if isinstance(each, Fact)
    ]
    return history_of(
        facts,
        places=shelf.places.values(),
        joined=shelf.joined(),
        known=shelf.known(facts, every_site=True),
    )


def replayed(shelf: LedgerShelf, history: History, now_ms: int) -> set[Kept]:
    """Return what every rule finds in the whole history, kept under no scope."""
    findings = set(judge(history, Reference(), now_ms))
    by_id = {fact.statement_id: fact for fact in history.facts}
    subjects = {finding_id(found): found.subject for found in findings if found.holds}
    lifted = liftings(history.facts, shelf.supervisors, subjects)
    return {keep("", found, by_id, lifted) for found in findings}
