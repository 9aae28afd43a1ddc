"""Verify a bundle as a stranger: format v1 section 7, all seven checks in their order."""

import json
from collections.abc import Callable
from typing import Final, NoReturn

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import CannotCheckError, DaodiError, ProofError
from ledger.evidence.examination import Examination, check_checkpoint, check_log, check_map
from ledger.evidence.signers import check_standing, check_statement, signer_chains
from ledger.evidence.verdict import (
    ANCESTORS_MAX,
    CANNOT_BE_CHECKED,
    DOES_NOT_HOLD,
    FILE_BYTES_MAX,
    HOLDS,
    UNKNOWN,
    Policy,
    Verdict,
)
from ledger.statements.sealed import check_opening, parse_opening
from ledger.statements.statement import EVENT, Claim, ledger_uri

Check = Callable[[Examination], None]


def verify_bundle(raw: bytes, policy: Policy, *, now_ms: int | None = None) -> Verdict:
    """Judge an evidence file. Never raises for what the file holds.

    `now_ms` lets the policy's age be judged; without it nothing is called stale.
    """
    if len(raw) > FILE_BYTES_MAX:
        return Verdict(outcome=CANNOT_BE_CHECKED, why=f"the file is over {FILE_BYTES_MAX} bytes")
    try:
        bundle = _parse(raw)
    except ProofError as error:
        return Verdict(outcome=DOES_NOT_HOLD, check=error.check, why=error.message)
    exam = Examination(policy=policy, bundle=bundle)
    held: list[str] = []
    for name, check in CHECKS_IN_ORDER:
        if exam.unchecked and name in LEANING_ON_ALL:
            continue
        try:
            check(exam)
        except ProofError as error:
            return _verdict(exam, held, DOES_NOT_HOLD, error=error)
        except CannotCheckError as error:
            exam.unchecked.append(error.message)
            return _verdict(exam, held, CANNOT_BE_CHECKED, now_ms=now_ms)
        held.append(name)
    if exam.unchecked:
        return _verdict(exam, held, CANNOT_BE_CHECKED, now_ms=now_ms)
    outcome = HOLDS if exam.chains[policy.asked] else UNKNOWN
    return _verdict(exam, held, outcome, now_ms=now_ms)


def making(chain: list[int], uri: str, find: Callable[[int], Claim | None]) -> int | None:
    """Leaf of the making of `uri` that counts: the first one on its chain."""
    for index in chain:
        claim = find(index)
        if claim is not None and makes(claim, uri):
            return index
    return None


def makes(claim: Claim, uri: str) -> bool:
    """Whether a statement makes the thing: an event with it among its outputs, or its site."""
    if claim.kind == EVENT:
        return uri in claim.outputs
    return claim.kind == "site.register" and claim.body.get("site") == uri


def check_ancestry(exam: Examination) -> None:
    """Check 6: every ancestor is shown with its making, none twice, and nothing else is shown."""
    asked = exam.policy.asked
    if asked not in exam.chains:
        raise ProofError("ancestry", f"{asked} was asked and is not shown")
    parents: dict[str, tuple[str, ...]] = {}
    waiting = [asked] if exam.chains[asked] else []
    while waiting:
        uri = waiting.pop()
        if uri in parents:
            continue
        if len(parents) >= ANCESTORS_MAX:
            raise CannotCheckError(f"more than {ANCESTORS_MAX} ancestors")
        if uri not in exam.chains:
            raise ProofError("ancestry", f"the ancestor {uri} is not shown")
        made = making(exam.chains[uri], uri, exam.statements.get)
        if made is None:
            raise ProofError("ancestry", f"nothing shown makes {uri}")
        parents[uri] = exam.statements[made].inputs
        waiting.extend(parents[uri])
    _refuse_cycles(parents)
    needed = {*parents, asked, ledger_uri(exam.checkpoint.origin), *signer_chains(exam)}
    for uri in exam.chains:
        if uri not in needed:
            raise ProofError("ancestry", f"{uri} is shown and nothing needs it")


def check_openings(exam: Examination) -> None:
    """Check 7: each opening matches the commitment in its statement."""
    openings = exam.bundle.get("openings")
    if not isinstance(openings, list):
        raise ProofError("opening", "openings is not a list")
    claims = {one.statement_id: (index, one) for index, one in exam.statements.items()}
    for value in openings:
        try:
            opening = parse_opening(value)
        except DaodiError as error:
            raise ProofError("opening", error.message) from error
        index, claim = claims.get(opening.statement, (None, None))
        if claim is None:
            raise ProofError("opening", f"opens statement {opening.statement}, not in the file")
        try:
            check_opening(opening, claim)
        except DaodiError as error:
            raise ProofError("opening", error.message, leaf=index) from error


CHECKS_IN_ORDER: Final[tuple[tuple[str, Check], ...]] = (
    ("checkpoint", check_checkpoint),
    ("log", check_log),
    ("map", check_map),
    ("statement", check_statement),
    ("standing", check_standing),
    ("ancestry", check_ancestry),
    ("opening", check_openings),
)
# With a statement of a later version among them, these two could only guess.
LEANING_ON_ALL: Final = {"standing", "ancestry"}


def _refuse_cycles(parents: dict[str, tuple[str, ...]]) -> None:
    """Take away, again and again, what has no parent left; what remains is a cycle."""
    left = {uri: {p for p in found if p in parents} for uri, found in parents.items()}
    children: dict[str, list[str]] = {}
    for uri, found in left.items():
        for parent in found:
            children.setdefault(parent, []).append(uri)
    free = [uri for uri, found in left.items() if not found]
    while free:
        uri = free.pop()
        del left[uri]
        for child in children.get(uri, ()):
            left[child].discard(uri)
            if not left[child]:
                free.append(child)
    if left:
        raise ProofError("ancestry", f"{min(left)} came from itself")


def _parse(raw: bytes) -> JsonObject:
    try:
        bundle: JsonValue = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProofError("checkpoint", f"the file is not JSON: {error}") from error
    if not isinstance(bundle, dict):
        raise ProofError("checkpoint", "the file is not a JSON object")
    return bundle


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _verdict(
    exam: Examination,
    held: list[str],
    outcome: str,
    *,
    error: ProofError | None = None,
    now_ms: int | None = None,
) -> Verdict:
    last = exam.leaves.get(exam.checkpoint.size - 1)
    time_ms = exam.state.at_ms if last is not None and "log" in held else None
    age_max_s = exam.policy.age_max_s
    stale = bool(
        age_max_s is not None
        and now_ms is not None
        and time_ms is not None
        and now_ms - time_ms > age_max_s * 1000
    )
    return Verdict(
        outcome=outcome,
        check=error.check if error else None,
        leaf=error.leaf if error else None,
        why=error.message if error else "; ".join(exam.unchecked),
        held=tuple(held),
        size=exam.checkpoint.size if "checkpoint" in held else None,
        time_ms=time_ms,
        stale=stale,
        unchecked=tuple(exam.unchecked),
        statements=len(exam.statements),
    )
