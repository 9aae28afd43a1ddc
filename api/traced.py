"""A trace after judgement: rules read what stands on its chains before anybody is answered."""

from api.opened import OpenedLedger
from api.scans import china_day, scans_of
from ledger.evidence.make import follow
from ledger.trace.judged import Reader
from ledger.trace.trace import Asked, Trace, trace


def traced(opened: OpenedLedger, asked: Asked, reader: Reader | None = None) -> Trace:
    """The trace of a thing for a reader. Raises NotFoundError `unknown_code`.

    Where rules have not read all of it they do so first; if that takes too long, the trace says
    that it is not judged.
    """
    follow(opened.store, opened.replica)
    found = _trace(opened, asked, reader)
    if not found.judged:
        opened.judge.catch_up()
        found = _trace(opened, asked, reader)
    return found


def _trace(opened: OpenedLedger, asked: Asked, reader: Reader | None) -> Trace:
    now_ms = opened.clock()
    return trace(
        opened.store,
        opened.replica,
        asked,
        today=china_day(now_ms),
        scans=scans_of(opened.store, asked.code, now_ms=now_ms),
        reader=reader,
    )
