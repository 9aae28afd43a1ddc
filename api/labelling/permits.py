"""Whether a lot's labels may be printed at all: by whom, and in what state the lot is."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from api.labelling.contents import KEEPS, fields_of
from ledger.errors import PrintingError
from ledger.trace.steps import Step
from ledger.trace.trace import PACKING, Trace

TAKING_OVER: Final = ("PURCHASE", "RECEIVE")
# A status that stops the printer, and the refusal that says so. Dormant and late ones print.
STOPS: Final[Mapping[str, str]] = {
    "recalled": "lot_held",
    "held": "lot_held",
    "failed": "lot_failed",
    "voided": "lot_failed",
}


def require_printable(trace: Trace, today: date) -> None:
    """Raise PrintingError `lot_held`, `lot_failed`, `lot_expired` or `not_judged`.

    A dormant lot may be printed.

    Its codes answer 未放行 until the release is in force.
    """
    status = trace.status
    if status.code in STOPS:
        raise PrintingError(STOPS[status.code], status.words or trace.asked.uri)
    if not trace.judged:  # rules may still find what holds it
        raise PrintingError("not_judged", trace.asked.uri)
    packing = packing_of(trace)
    last = fields_of(packing).get(KEEPS, "") if packing else ""
    if status.code == "expired" or (last and _is_before(last, today)):
        raise PrintingError("lot_expired", f"{KEEPS} {last}")


def require_holder(trace: Trace, actor: str | None) -> None:
    """Raise PrintingError `not_your_lot` unless the actor made the lot, bought or received it."""
    uri = trace.asked.uri
    made = any(uri in step.claim.outputs and _by(step, actor) for step in trace.steps)
    taken = any(step.kind in TAKING_OVER and _by(step, actor) for step in trace.out_steps)
    bought = any(
        step.kind in TAKING_OVER and step.subject == uri and _by(step, actor)
        for step in trace.steps
    )
    if not (made or taken or bought):
        raise PrintingError("not_your_lot", uri)


def require_packer(trace: Trace, actor: str | None) -> None:
    """Raise PrintingError `not_your_lot` unless the actor packed the lot."""
    packing = packing_of(trace)
    if packing is None or not _by(packing, actor):
        raise PrintingError("not_your_lot", trace.asked.uri)


def packing_of(trace: Trace) -> Step | None:
    """The packing that made the asked lot, None for other things."""
    uri = trace.asked.uri
    return next(
        (
            step
            for step in trace.steps
            if step.kind == PACKING and not step.conflict and uri in step.claim.outputs
        ),
        None,
    )


def _by(step: Step, actor: str | None) -> bool:
    return step.actor is not None and actor is not None and step.actor.actor == actor


def _is_before(day: str, today: date) -> bool:
    try:
        return date.fromisoformat(day) < today
    except ValueError:
        return False
