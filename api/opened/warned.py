"""EW1 over a whole ledger: warnings of several spans of days, from one reading of its history."""

from collections.abc import Collection

from api.opened.ledger import OpenedLedger
from ledger.judging.shelf import LedgerShelf, Memory
from ledger.judging.whole import whole_history
from ledger.rules.history.days import DAY_MS
from ledger.rules.supervision.warning import CountyWarning, signals, warnings
from ledger.seam import Asking


def warned(
    opened: OpenedLedger, spans: Collection[int], *, now_ms: int
) -> dict[int, list[CountyWarning]]:
    """The warnings of each span, in days until now, of what is judged so far.

    It reads the whole history, which takes seconds of a large ledger: never in a request.
    """
    with opened.store.reading() as reading:
        stop = reading.judged().through
        shelf = LedgerShelf(reading, opened.replica.registry, stop=stop, memory=Memory())
        history = whole_history(reading, shelf, stop)
        findings = [kept.finding for kept in reading.findings(Asking(standing=True))]
        complaints = reading.complained(sorted(history.makings))
    return {
        days: warnings(signals(history, findings, complaints, since_ms=now_ms - days * DAY_MS))
        for days in spans
    }
