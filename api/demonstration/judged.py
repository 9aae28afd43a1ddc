"""The complete judgement of a demonstration's ledger: every entry, opening and scan that it holds.

A demonstration is small enough to be read whole, and all its sealed values are invented.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from api.opened.ledger import OpenedLedger
from ledger.judging.shelf import LedgerShelf, Memory
from ledger.judging.whole import whole_history
from ledger.rules.findings.finding import Finding, Reference
from ledger.rules.history.history import History
from ledger.rules.history.known import Guess
from ledger.rules.judge import judge


def judge_ledger(
    opened: OpenedLedger,
    *,
    now_ms: int,
    guesses: Iterable[Guess] = (),
    complaints: Mapping[str, tuple[int, ...]] | None = None,
) -> list[Finding]:
    """Every finding of every rule. Guesses are kept nowhere: they are given; so may complaints."""
    history = history_of_ledger(opened, guesses=guesses, complaints=complaints)
    return judge(history, Reference(), now_ms)


def history_of_ledger(
    opened: OpenedLedger,
    *,
    guesses: Iterable[Guess] = (),
    complaints: Mapping[str, tuple[int, ...]] | None = None,
) -> History:
    """The whole history, with all that openings, scans and reports tell."""
    with opened.store.reading() as reading:
        size = reading.size()
        shelf = LedgerShelf(reading, opened.replica.registry, stop=size, memory=Memory())
        history = whole_history(reading, shelf, size)
    known = replace(history.known, guesses=tuple(guesses))
    if complaints:
        known = replace(known, complaints=complaints)
    quiet = history.quiet
    return replace(
        history, known=known, quiet=None if quiet is None else replace(quiet, known=known)
    )
