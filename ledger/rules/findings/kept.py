"""Findings as they are kept: numbered, dated, and with what lifted their hold.

A hold that rules place ends when its finding goes, or when a signed statement of the kind HOLD,
lifting and naming the finding, is approved by a second holder or signed by a supervising actor who
has no part of his own in what is held.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from ledger.canonical import JsonValue, jcs_bytes
from ledger.rules.findings.finding import Finding
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.topics import named_findings
from ledger.rules.history.voices import Past, answers_for

Scope: TypeAlias = str
"""What findings belong to, as a text: `thing|URI`, `statement|id`, or a topic of a group."""

# What everybody may read of a hold whose own sentence tells of trade that stands on no own chain.
_PUBLIC_CN: Final[Mapping[str, str]] = {
    "MB4": "这批药材用去、售出的与收到、产出的对不上。",
    "TS1": "这批药材没有合格的检验和放行。",
    "LB2": "这批药材过了保质期还在销售。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A finding of a scope. `id` names it for a lifting statement: rule, subject and statements.

    `raised_ms` is when the last of its statements was recorded, `since_ms` when the first of them
    happened; `lifted_by` is the statement that lifts its hold, None while it stands.
    """

    id: str
    scope: Scope
    finding: Finding
    raised_ms: int
    since_ms: int
    lifted_by: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it holds its subject now, and with it what was made of that since."""
        return self.finding.holds and not self.finding.is_claim and self.lifted_by is None


def finding_id(finding: Finding) -> str:
    """The finding's number: the same rule on the same thing by the same statements, whatever now.

    A finding that other statements raise has another number, and holds again.
    """
    named: list[JsonValue] = [finding.rule, finding.subject, *sorted(finding.statement_ids)]
    return sha256(jcs_bytes(named)).hexdigest()


def public_words(finding: Finding) -> str:
    """The sentence that everybody may read of a hold."""
    return _PUBLIC_CN.get(finding.rule, finding.message_cn)


def keep(
    scope: Scope, finding: Finding, facts: Mapping[str, Fact], lifted: Mapping[str, str]
) -> Kept:
    """Return the finding as it is kept. `facts` has its statements by id, `lifted` who lifts it."""
    own = [facts[each] for each in finding.statement_ids if each in facts]
    named = finding_id(finding)
    return Kept(
        id=named,
        scope=scope,
        finding=finding,
        raised_ms=max((fact.recorded_ms for fact in own), default=0),
        since_ms=min((fact.event.event_time_ms for fact in own), default=0),
        lifted_by=lifted.get(named) if finding.holds else None,
    )


def liftings(
    history: History, supervisors: frozenset[str], subjects: Mapping[str, str], past: Past
) -> dict[str, str]:
    """Return finding ids with the first statement that lifts each.

    `subjects` gives each finding's subject by its id: what lifts a hold must be stated about the
    thing that is held, and not by strangers to it. `past` tells who has a part in it: whoever
    answers for the thing and supervises too needs a second signature like everybody.
    """
    lifted: dict[str, str] = {}
    for fact in sorted(history.facts, key=lambda each: each.index):
        if not (fact.approved or fact.actor in supervisors):
            continue
        named_of = ((fact.statement_id, thing.uri) for thing in fact.event.about)
        things = {uri for named, uri in named_of if (named, uri) not in history.strange}
        for named in named_findings(fact):
            subject = subjects.get(named)
            if subject not in things or named in lifted:
                continue
            if fact.approved or not answers_for(fact.actor, subject, past):
                lifted[named] = fact.statement_id
    return lifted
