"""Whose word against a thing counts: who answers for it, and supervisors; a stranger's is a claim.

The door admits what anybody says. A recall is the duty of whoever put the drug on the market or the
order of a supervisor, and shops and users who find something wrong tell them (药品管理法 82): so a
rival's recall of another's lot is shown as his claim, and no pack turns red by it.
"""

from collections.abc import Sequence
from typing import Final

from ledger.rules.history.results import TESTING, passed
from ledger.trace.steps import Step

# Kinds that speak against a thing whoever states them; tests do when they fail.
AGAINST: Final = frozenset({"RECALL", "HOLD", "DESTROY", "CODE_VOID"})
RELEASE: Final = "RELEASE"
APPROVE: Final = "approve"
# An enrolled key may write on any chain. So many statements by who has no part in a thing are told
# in their places; more are told apart, so that nobody's pile buries its history.
OUTSIDE_MAX: Final = 30


def claims_of(steps: Sequence[Step], supervisors: frozenset[str]) -> frozenset[str]:
    """Ids of the statements against a thing that nobody stated who may: they change no status.

    `steps` are the thing's own and its ancestors'.
    """
    heard = answerable(steps) | supervisors
    return frozenset(
        step.claim.statement_id for step in steps if _is_against(step) and _actor(step) not in heard
    )


def answerable(steps: Sequence[Step]) -> frozenset[str]:
    """Actors who answer for a thing: its makers and its ancestors', and who released it with them.

    A release that nobody of them signed makes nobody answerable.
    """
    makers = _makers(steps)
    releases = {step.claim.statement_id: _actor(step) for step in steps if step.kind == RELEASE}
    signers = [
        (releases[named], _actor(step))
        for step in steps
        if step.claim.kind == APPROVE
        and (named := str(step.claim.body.get("statement"))) in releases
    ]
    both = {actor for pair in signers if makers.intersection(pair) for actor in pair}
    return frozenset((makers | both) - {""})


def written_late(steps: Sequence[Step]) -> frozenset[str]:
    """Ids of what was signed long after the fact, and is so in the thing's own history.

    Who made the thing or what it came from signed it, or approved it. What strangers write down
    late has its mark, and takes no green from a pack. The phone reckons it by the same rule.
    """
    makers = _makers(steps)
    return frozenset(
        fact.statement_id
        for step in steps
        if (fact := step.fact()) is not None
        and fact.backfilled
        and not makers.isdisjoint(fact.signers)
    )


def _makers(steps: Sequence[Step]) -> set[str]:
    """Who made a thing and what it came from, and who registered its land."""
    return {_actor(step) for step in steps if makes(step)} - {""}


def outside_of(
    steps: Sequence[Step], supervisors: frozenset[str], kept: frozenset[str]
) -> frozenset[str]:
    """Ids of what others wrote on a thing's and its ancestors' chains, where that is a pile.

    Others neither made nor released any of it, are no supervisors, and report no tests as their
    role. What is `kept` stays in its place, and so does what corrects or is approved by it. Empty
    for up to OUTSIDE_MAX statements.
    """
    inside = answerable(steps) | supervisors
    found = frozenset(
        step.claim.statement_id
        for step in steps
        if _actor(step) not in inside
        and not (step.kind in TESTING and not step.out_of_role)
        and step.claim.statement_id not in kept
        and not makes(step)
    )
    return found if len(found) > OUTSIDE_MAX else frozenset()


def strange_releases(steps: Sequence[Step]) -> frozenset[str]:
    """Ids of releases by who does not answer for the thing: two rivals free nobody's packs."""
    heard = answerable(steps)
    return frozenset(
        step.claim.statement_id
        for step in steps
        if step.kind == RELEASE and _actor(step) not in heard
    )


def makes(step: Step) -> bool:
    """Whether a step makes what it is about, and was not made before."""
    made = step.subject in step.claim.outputs or step.claim.kind == "site.register"
    return made and not step.conflict


def _is_against(step: Step) -> bool:
    fact = step.fact()
    if fact is None or fact.event.lifts:
        return False
    failed = step.kind in TESTING and step.out_of_role and not passed(fact)
    return step.kind in AGAINST or failed or bool(fact.event.sets)


def _actor(step: Step) -> str:
    return step.actor.actor if step.actor else ""
