"""What a lot's history has made of it: a released one, a drug that was prepared."""

from ledger.trace.claims import strange_releases
from ledger.trace.lineage import released_as
from ledger.trace.steps import Step
from ledger.trace.trace import Trace


def is_released(trace: Trace) -> bool:
    """Whether a release of the lot, or of what it was only packed or split from, is in force."""
    kinds = {step.subject: step.kind for step in trace.steps if step.subject in step.claim.outputs}
    own = set(released_as(trace.asked.uri, trace.edges, kinds))
    unheard = strange_releases(trace.steps)
    return any(
        step.kind == "RELEASE"
        and step.approved
        and step.subject in own
        and step.claim.statement_id not in unheard
        and step.event is not None
        and step.event.text("decision") != "reject"
        for step in trace.steps
    )


def is_prepared(trace: Trace) -> bool:
    """Whether a lot was prepared as a drug (炮制), not only steamed or boiled before it was dried.

    What a field's works do with fresh roots, as 天麻 and 川明参 are always steamed or boiled, is
    产地加工; an adjuvant, a counted cycle, or steam after drying is 炮制 (药典 通则 0213).
    """
    dried = {uri for step in trace.steps if step.kind == "DRY" for uri in step.claim.outputs}
    for step in trace.steps:
        if step.kind != "STEAM_BOIL" or step.event is None or not stands(step):
            continue
        said = step.event.elements
        if said.get("adjuvants") or said.get("cycle_no") or dried & _above(trace, step):
            return True
    return False


def stands(step: Step) -> bool:
    """Whether a step is neither corrected nor contradicted."""
    return step.corrected_by is None and not step.conflict


def _above(trace: Trace, step: Step) -> set[str]:
    """What a step took in, and what all of that came from."""
    found, waiting = set[str](), [*step.claim.inputs]
    while waiting:
        uri = waiting.pop()
        if uri not in found:
            found.add(uri)
            waiting += [edge.parent for edge in trace.edges if edge.child == uri]
    return found
