"""What is kept beside the log and yet proves itself: openings of sealed values, rival statements.

Both may be missing, since openings are erased by law. What is there must be what was signed.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.audit.findings import Finding
from ledger.errors import DaodiError
from ledger.seam import Entry, Reading, Rival
from ledger.statements.sealed import check_opening
from ledger.statements.statement import parse_claim

STATEMENTS_AT_ONCE: Final = 500


def opening_findings(reading: Reading) -> Iterator[Finding]:
    """Name each statement of which an opening is not what its commitment hides."""
    after = ""
    while names := reading.opened(after=after, limit=STATEMENTS_AT_ONCE):
        after = names[-1]
        indices = reading.index_of(names)
        entries = {each.statement_id: each for each in reading.entries_at(indices.values())}
        for name in names:
            why = _unlike(reading, name, entries.get(name))
            if why:
                leaf = indices.get(name)
                yield Finding(code="opening_differs", reason=why, leaf=leaf, table="opening")


def rival_findings(rivals: Iterable[Rival]) -> Iterator[Finding]:
    """Name each rival whose bytes are not of its id, key and number."""
    for rival in rivals:
        try:
            claim = parse_claim(rival.payload)
        except DaodiError as error:
            why = error.message
        else:
            stated = (claim.statement_id, claim.key, claim.seq)
            if stated == (rival.statement_id, rival.key, rival.seq):
                continue
            why = f"the bytes are statement {claim.statement_id}, number {claim.seq} of {claim.key}"
        reason = f"rival {rival.statement_id}: {why}"
        yield Finding(code="rival_damaged", reason=reason, table="rival")


def _unlike(reading: Reading, name: str, entry: Entry | None) -> str:
    """How the openings of a statement differ from what it seals; "" when they do not."""
    if entry is None:
        return f"an opening of {name}, which is not in the log"
    try:
        claim = parse_claim(entry.payload or b"")
    except DaodiError:
        return ""  # the statement itself is damaged: the replay names it
    try:
        for opening in reading.openings([name]):
            check_opening(opening, claim)
    except DaodiError as error:
        return error.message
    return ""
