"""Verify a bundle as a stranger: format v1 section 7, all seven checks in their order."""

from collections.abc import Callable
from typing import Final

from ledger.errors import CannotCheckError, ProofError
from ledger.evidence.ancestry import check_ancestry, check_openings
from ledger.evidence.examination import Examination, check_checkpoint, check_log, check_map
from ledger.evidence.shapes import parse_file
from ledger.evidence.standing import check_standing
from ledger.evidence.verdict import (
    CANNOT_BE_CHECKED,
    DOES_NOT_HOLD,
    FILE_BYTES_MAX,
    HOLDS,
    UNKNOWN,
    Policy,
    Verdict,
)
from ledger.evidence.wording import check_statement

Check = Callable[[Examination], None]

CHECKS_IN_ORDER: Final[tuple[tuple[str, Check], ...]] = (
    ("checkpoint", check_checkpoint),
    ("log", check_log),
    ("map", check_map),
    ("statement", check_statement),
    ("standing", check_standing),
    ("ancestry", check_ancestry),
    ("opening", check_openings),
)


def verify_bundle(raw: bytes, policy: Policy, *, now_ms: int | None = None) -> Verdict:
    """Judge an evidence file. Never raises for what the file holds.

    `now_ms` lets the policy's age be judged; without it nothing is called stale.
    """
    if len(raw) > FILE_BYTES_MAX:
        return Verdict(outcome=CANNOT_BE_CHECKED, why=f"the file is over {FILE_BYTES_MAX} bytes")
    try:
        bundle = parse_file(raw)
    except ProofError as error:
        return Verdict(outcome=DOES_NOT_HOLD, check=error.check, why=error.message)
    exam = Examination(policy=policy, bundle=bundle)
    held: list[str] = []
    for name, check in CHECKS_IN_ORDER:
        try:
            check(exam)
        except ProofError as error:
            return _verdict(exam, held, DOES_NOT_HOLD, error=error)
        except CannotCheckError as error:
            exam.unchecked[None] = error.message
            return _verdict(exam, held, CANNOT_BE_CHECKED, now_ms=now_ms)
        # After something unchecked, a check that finds nothing wrong does not hold for that.
        if not exam.unchecked:
            held.append(name)
    if exam.unchecked:
        return _verdict(exam, held, CANNOT_BE_CHECKED, now_ms=now_ms)
    outcome = HOLDS if exam.chains[policy.asked] else UNKNOWN
    return _verdict(exam, held, outcome, now_ms=now_ms)


def _verdict(
    exam: Examination,
    held: list[str],
    outcome: str,
    *,
    error: ProofError | None = None,
    now_ms: int | None = None,
) -> Verdict:
    time_ms = exam.state.at_ms if "log" in held else None
    age_max_s = exam.policy.age_max_s
    stale = bool(
        age_max_s is not None
        and now_ms is not None
        and time_ms is not None
        and now_ms - time_ms > age_max_s * 1000
    )
    unchecked = tuple(
        why if leaf is None else f"leaf {leaf}: {why}" for leaf, why in exam.unchecked.items()
    )
    first_unchecked = next(iter(exam.unchecked), None)
    return Verdict(
        outcome=outcome,
        check=error.check if error else None,
        leaf=error.leaf if error else first_unchecked,
        why=error.message if error else "; ".join(unchecked),
        held=tuple(held),
        size=exam.checkpoint.size if "checkpoint" in held else None,
        time_ms=time_ms,
        stale=stale,
        unchecked=unchecked,
        statements=len(exam.claims),
    )
