"""What rules say of a thing, as a reader may see it; and the holds that its status rests on.

Everybody sees the holds that touch the thing, in words that tell nothing of sealed trade, also when
they were lifted. Who took part sees every finding on what it made or stated; supervisors see all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.canonical import JsonObject
from ledger.rules.findings.kept import Kept, public_words
from ledger.rules.rulebook import RULES
from ledger.rules.status import Status
from ledger.seam import Edge
from ledger.trace.steps import Step

_NAMES_EN = {rule.id: rule.en for rule in RULES}
_NAMES_CN = {rule.id: rule.cn for rule in RULES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks: nobody in particular, an actor, or a supervisor who sees every chain."""

    actor: str | None = None
    supervisor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFinding:
    """A finding in the words that its reader may read. `touches` tells whether it holds the thing.

    `statement_ids` are those that the reader may see; `whole` tells whether the words are the
    finding's own. `claim` tells whether it is what strangers say of the thing or its ancestors.
    """

    kept: Kept
    message_cn: str
    message_en: str
    statement_ids: tuple[str, ...]
    touches: bool
    whole: bool
    claim: bool = False

    @property
    def name_cn(self) -> str:
        """The rule's name."""
        return _NAMES_CN[self.kept.finding.rule]

    @property
    def state(self) -> str:
        """`standing` or `lifted`."""
        return "standing" if self.kept.lifted_by is None else "lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """A thing, when it was made (None: not yet), and who made what of what behind it.

    `makers` has the actor of each thing's making, `edges` go from what went in to what came out.
    """

    asked: str
    made_ms: int | None
    makers: Mapping[str, str]
    edges: Sequence[Edge]

    def touches(self, kept: Kept) -> bool:
        """Whether a hold reaches the thing: what was made before the fact is not touched by it.

        A claim holds nothing but what those who claim it made of the subject themselves.
        """
        found = kept.finding
        late = self.made_ms is None or self.made_ms < kept.since_ms
        if not found.holds or (late and found.subject != self.asked):
            return False
        return not found.is_claim or self.is_own(kept)

    def is_own(self, kept: Kept) -> bool:
        """Whether those who claim something of what the thing came from had a part in making it."""
        found = kept.finding
        below = self._between(found.subject)
        return any(self.makers.get(uri) in found.claimed_by for uri in below)

    def _between(self, subject: str) -> set[str]:
        """What was made of a thing, down to the asked one."""
        below: set[str] = set()
        waiting = [subject]
        while waiting:
            uri = waiting.pop()
            new = {edge.child for edge in self.edges if edge.parent == uri} - below
            below |= new
            waiting += new
        return below


def holds_on(descent: Descent, kept: Iterable[Kept]) -> list[Status]:
    """The holds of rules that stand on a thing: on itself, and on what it was made of since."""
    return [
        Status(code="held", words=public_words(each.finding))
        for each in kept
        if each.lifted_by is None and descent.touches(each)
    ]


def claimed_steps(descent: Descent, kept: Iterable[Kept], steps: Iterable[Step]) -> frozenset[str]:
    """Ids of the steps by which strangers alone accuse a thing or what it came from."""
    actors = {step.claim.statement_id: step.actor for step in steps}
    return frozenset(
        named
        for each in kept
        if each.finding.is_claim and not descent.is_own(each)
        for named in each.finding.statement_ids
        if (actor := actors.get(named)) is not None and actor.actor in each.finding.claimed_by
    )


def seen_findings(
    kept: Iterable[Kept],
    *,
    reader: Reader,
    descent: Descent,
    steps: Sequence[Step],
    out_steps: Sequence[Step],
) -> Iterator[SeenFinding]:
    """The findings that a reader may see, in the words that it may read."""
    public = {step.claim.statement_id for step in steps}
    mine = [step for step in (*steps, *out_steps) if _signed(step, reader)]
    own = {step.claim.statement_id for step in mine}
    made = {uri for step in mine for uri in step.claim.outputs}
    for each in kept:
        found = each.finding
        part = found.subject in made or not own.isdisjoint(found.statement_ids)
        touches = descent.touches(each)
        seen = SeenFinding(
            kept=each,
            message_cn=found.message_cn,
            message_en=found.message_en,
            statement_ids=found.statement_ids,
            touches=touches,
            whole=True,
            claim=found.is_claim and not descent.is_own(each),
        )
        if reader.supervisor:
            yield seen
        elif part:
            visible = public | own
            yield replace(seen, statement_ids=tuple(s for s in found.statement_ids if s in visible))
        elif touches or (found.holds and seen.claim):
            yield replace(
                seen,
                message_cn=public_words(found),
                message_en=f"{_NAMES_EN[found.rule]}.",
                statement_ids=tuple(s for s in found.statement_ids if s in public),
                whole=False,
            )


def format_finding(seen: SeenFinding) -> JsonObject:
    """A finding as JSON."""
    found = seen.kept.finding
    return {
        "id": seen.kept.id,
        "rule": found.rule,
        "rule_cn": seen.name_cn,
        "severity": found.severity,
        "subject": found.subject,
        "message_cn": seen.message_cn,
        "message_en": seen.message_en,
        "hook": found.hook,
        "statement_ids": [*seen.statement_ids],
        "holds": seen.touches if found.is_claim else found.holds,
        "claim": seen.claim,
        "unverified": found.unverified,
        "state": seen.state,
        "lifted_by": seen.kept.lifted_by,
    }


def _signed(step: Step, reader: Reader) -> bool:
    return step.actor is not None and step.actor.actor == reader.actor
