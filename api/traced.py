"""A trace after judgement: rules read what stands on its chains before anybody is answered."""

from typing import Final

from api.opened.ledger import OpenedLedger
from api.scans import china_day, scans_of
from ledger.errors import NotFoundError
from ledger.evidence.make import estimated_bytes, follow
from ledger.herbs.serials import has, parse_serials
from ledger.store.prints import jobs_of, plan_of
from ledger.trace.judged import Reader
from ledger.trace.past import Past
from ledger.trace.trace import Asked, Trace, trace

STEP_BYTES: Final = 2_000  # about, of a statement that was read, and of the thing it made


def traced(opened: OpenedLedger, asked: Asked, reader: Reader | None = None) -> Trace:
    """The trace of a thing for a reader.

    Raises NotFoundError `unknown_code`; `code_unregistered` for a pack whose label was printed
    and whose packing is not stated yet.

    Where rules have not read all of it they do so first; if that takes too long, the trace says
    that it is not judged.
    """
    follow(opened.store, opened.replica)
    try:
        found = _trace(opened, asked, reader)
    except NotFoundError as error:
        if error.code == "unknown_code" and _waits(opened, asked):
            raise NotFoundError("code_unregistered", asked.code) from error
        raise
    if not found.judged:
        opened.judge.catch_up()
        found = _trace(opened, asked, reader)
    return found


def _bytes_of(past: Past) -> int:
    return STEP_BYTES * (len(past.steps) + len(past.things))


def _waits(opened: OpenedLedger, asked: Asked) -> bool:
    """Whether a pack's label was printed before its packing is stated.

    Told only for a serial whose check held: who has that has the label in hand.
    """
    if asked.serial is None or plan_of(opened.store, asked.uri) is None:
        return False
    with opened.store.reading() as reading:
        if reading.things([asked.uri]):
            return False  # what the packing left out is no code
    printed = (
        parse_serials([*job.serials.split(",")])
        for job in jobs_of(opened.store, asked.uri)
        if not job.state.startswith("failed")
    )
    return any(has(ranges, asked.serial) for ranges in printed)


def _trace(opened: OpenedLedger, asked: Asked, reader: Reader | None) -> Trace:
    now_ms = opened.clock()
    return trace(
        opened.store,
        opened.replica,
        asked,
        today=china_day(now_ms),
        scans=scans_of(opened.store, asked.code, now_ms=now_ms),
        reader=reader,
        remember=lambda uri, read: opened.remember(("past", uri), read, weigh=_bytes_of),
    )


def evidence_bytes(found: Trace) -> int:
    """About how large the evidence of a thing is, by the statements on its chains."""
    lengths = {step.index: len(step.claim.payload) for step in found.steps}
    return estimated_bytes(lengths.values())
