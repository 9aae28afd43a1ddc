"""Checks 6 and 7 of a bundle: each thing's making back to the first, and the sealed values."""

from collections import deque
from collections.abc import Callable
from typing import Final

from ledger.errors import CannotCheckError, FormError, ProofError
from ledger.evidence.examination import Examination
from ledger.evidence.shapes import Shapes
from ledger.evidence.verdict import ANCESTORS_MAX
from ledger.statements.sealed import check_opening, parse_opening
from ledger.statements.statement import EVENT, Claim, key_uri, ledger_uri

ANCESTRY: Final = Shapes(check="ancestry")
OPENING: Final = Shapes(check="opening")
OPENING_MEMBERS: Final = {"statement", "name", "salt", "value"}


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
    """Check 6: every ancestor is shown with its making, none of itself; nothing else is shown."""
    parents = _gather(exam)
    for uri in parents:
        if uri not in exam.chains:
            ANCESTRY.refuse(f"{uri} is not shown")
        absent = uri == exam.policy.asked and not exam.chains[uri]
        # A statement that cannot be read may be the making.
        if not (absent or exam.is_unsure(uri)) and _making(exam, uri) is None:
            ANCESTRY.refuse(f"nothing shown makes {uri}")
    _refuse_cycles(parents)
    needed = _needed(exam, parents)
    for uri in exam.chains:
        # What a statement of an unknown version needs, nobody here knows.
        if uri not in needed and not exam.unread:
            ANCESTRY.refuse(f"{uri} is shown and nothing needs it")


def check_openings(exam: Examination) -> None:
    """Check 7: each opening matches the commitment in its statement."""
    claims = {claim.statement_id: (index, claim) for index, claim in exam.claims.items()}
    for value in OPENING.entries(exam.bundle.get("openings"), "openings"):
        opening = OPENING.members(value, "an opening")
        if opening.keys() != OPENING_MEMBERS:
            OPENING.refuse(f"an opening has other members than {sorted(OPENING_MEMBERS)}")
        OPENING.text(opening["name"], "the name of what is opened")
        stated = OPENING.text(opening["statement"], "the statement of an opening")
        index, claim = claims.get(stated, (None, None))
        if claim is None:
            if exam.unread:
                continue  # where an unknown version keeps its commitments, nobody here knows
            OPENING.refuse(f"opens statement {stated}, not in the file")
        try:
            check_opening(parse_opening(opening), claim)
        except FormError as error:
            raise ProofError("opening", error.message, leaf=index) from error


def _making(exam: Examination, uri: str) -> Claim | None:
    index = making(exam.chains.get(uri, []), uri, exam.claims.get)
    return None if index is None else exam.claims[index]


def _gather(exam: Examination) -> dict[str, tuple[str, ...]]:
    """The asked thing and its ancestors, each with the inputs of its making."""
    parents: dict[str, tuple[str, ...]] = {}
    waiting = deque([exam.policy.asked])
    while waiting:
        uri = waiting.popleft()
        if uri in parents:
            continue
        if len(parents) >= ANCESTORS_MAX:
            raise CannotCheckError(f"more than {ANCESTORS_MAX} ancestors")
        made = _making(exam, uri)
        parents[uri] = () if made is None else made.inputs
        waiting.extend(parents[uri])
    return parents


def _refuse_cycles(parents: dict[str, tuple[str, ...]]) -> None:
    """Take away, again and again, what has no parent left; what remains is a cycle."""
    left = {uri: set(found) for uri, found in parents.items()}
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
        ANCESTRY.refuse(f"{min(left)} came from itself")


def _needed(exam: Examination, things: dict[str, tuple[str, ...]]) -> set[str]:
    """The least set of chains with the things, the ledger, and the signers of all its leaves."""
    signers = {leaf.index: leaf.key_id.hex() for leaf in exam.event_leaves()}
    needed: set[str] = set()
    waiting = [*things, ledger_uri(exam.checkpoint.origin)]
    while waiting:
        uri = waiting.pop()
        if uri in needed:
            continue
        needed.add(uri)
        for kid in {signers[index] for index in exam.chains.get(uri, ())}:
            waiting.append(key_uri(kid))
            if kid in exam.actors:
                waiting.append(exam.actors[kid])
    return needed
