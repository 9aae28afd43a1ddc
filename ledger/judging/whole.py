"""The whole history at once, and a complete replay of every rule over it.

It is read from the entries alone, past the index of topics: that may be what is wrong.
"""

from collections.abc import Sequence

from ledger.judging.shelf import LedgerShelf
from ledger.rules.findings.finding import Reference
from ledger.rules.findings.kept import Kept, finding_id, keep, liftings
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.reading import history_of, with_approvals
from ledger.rules.history.topics import Approval, Told
from ledger.rules.history.voices import WholePast
from ledger.rules.judge import Failure, complete_judgement
from ledger.seam import Reading


def whole_history(reading: Reading, shelf: LedgerShelf, stop: int) -> History:
    """Return everything below leaf `stop`, with what is known besides. All of it is in memory."""
    return history_told(shelf.understand(reading.entries(0, stop)), shelf)


def history_told(told: Sequence[Told], shelf: LedgerShelf) -> History:
    """The same of what was understood of all entries already."""
    approvals = [each for each in told if isinstance(each, Approval)]
    facts = with_approvals([each for each in told if isinstance(each, Fact)], approvals)
    return history_of(
        facts,
        places=shelf.places.values(),
        joined=shelf.joined(),
        known=shelf.known(facts, every_site=True),
        roles=shelf.roles,
    )


def replayed(shelf: LedgerShelf, history: History, now_ms: int) -> tuple[set[Kept], list[Failure]]:
    """Return what every rule finds in the whole history, kept under no scope; and which failed."""
    complete = complete_judgement(history, Reference(), now_ms)
    by_id = {fact.statement_id: fact for fact in history.facts}
    subjects = {finding_id(found): found.subject for found in complete.findings if found.holds}
    lifted = liftings(history, shelf.supervisors, subjects, WholePast(history))
    kept = {keep("", found, by_id, lifted) for found in complete.findings}
    return kept, list(complete.defects)
