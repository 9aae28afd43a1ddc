"""What an older version of the rules judged is judged anew, from the newest leaf down.

First the index is made right, since a rule finds nothing without it; then each leaf's own scopes
are judged with everything that is known by now. So a finding stays until its scope is judged by the
new rules, and nothing is ever shown that only half a history gives.
"""

from typing import Final

from ledger.judging.shelf import LedgerShelf
from ledger.rules.history.topics import topics_of
from ledger.rules.version import VERSION
from ledger.seam import Judged, Reading, Verdicts

# Indexed in one pass. The database looks through its whole index for them, which a log of 100,000
# statements so does fifty times; it writes nothing where topics are what they were.
INDEXED_MAX: Final = 2_000


def take_over(reading: Reading, shelf: LedgerShelf, before: Judged) -> Verdicts:
    """The next step before this version can judge: its claim first, then some of the index."""
    if before.version != VERSION:
        return Verdicts(
            before=before,
            after=Judged(
                through=before.through,
                at_ms=before.at_ms,
                to_index=before.through,
                to_judge=before.through,
            ),
        )
    start = max(0, before.to_index - INDEXED_MAX)
    told = shelf.understand(reading.entries(start, before.to_index))
    right = {(name, each.index) for each in told for name in topics_of(each)}
    found = reading.topics_of_leaves(start, before.to_index)
    return Verdicts(
        before=before,
        after=Judged(
            through=before.through, at_ms=before.at_ms, to_index=start, to_judge=before.to_judge
        ),
        topics=sorted(right - found),
        untold=sorted(found - right),
    )
