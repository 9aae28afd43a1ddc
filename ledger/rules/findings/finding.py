"""What a rule says: a finding with the statements that it rests on, and the rule that found it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ledger.herbs.labels import LABELS, Label
from ledger.herbs.limits import LIMITS, Limit
from ledger.herbs.pesticides import CLASS_RULE, PESTICIDES, ClassRule, Pesticide
from ledger.herbs.vocabulary import Mark
from ledger.rules.history.history import History

Severity: TypeAlias = Literal["hold", "red", "amber"]
RESULT_DAYS: Final = 30  # a laboratory's time for a full screen; TS5 waits that long


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The figures that rules judge by; each keeps the day from which it counts, and its mark.

    What a base says of its own land comes with its places (`Place.cap`), not from here.
    """

    limits: tuple[Limit, ...] = LIMITS
    pesticides: tuple[Pesticide, ...] = PESTICIDES
    class_rule: ClassRule = CLASS_RULE
    labels: tuple[Label, ...] = LABELS
    result_days: int = RESULT_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding as its rule's function states it.

    `severity` is None where it is the rule's own; `marks` are those of the figures it rests on.
    `claimed_by` are the strangers without whose words it would not be found, () where it would.
    """

    subject: str
    statement_ids: tuple[str, ...]
    cn: str
    en: str
    severity: Severity | None = None
    marks: tuple[Mark, ...] = ()
    holds: bool = False
    claimed_by: tuple[str, ...] = ()


Judge: TypeAlias = Callable[[History, Reference, int], Iterable[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its names, where it stands in law, and what a false alarm of it looks like.

    `judge` takes the history, the reference figures and the present in epoch milliseconds.
    `hears` tells that it tells by itself what it finds by the words of strangers alone.
    """

    id: str
    cn: str
    en: str
    severity: Severity
    hook: str
    false_alarm: str
    judge: Judge
    hears: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's finding on a thing. `hook` is its source in law, "" where the rules name none.

    `unverified` tells that it rests on a figure that nobody has seen in a source: such a one only
    warns. `holds` tells that the lots concerned stay until a signed statement lifts the hold: the
    subject and what is made of it; of a claim only what `claimed_by` made of it themselves.
    """

    rule: str
    severity: Severity
    subject: str
    statement_ids: tuple[str, ...]
    message_cn: str
    message_en: str
    hook: str
    holds: bool
    unverified: bool
    claimed_by: tuple[str, ...] = ()

    @property
    def is_claim(self) -> bool:
        """Whether only strangers say so: it is shown as their claim, and its subject is free."""
        return bool(self.claimed_by)


def finding_of(rule: Rule, found: Found) -> Finding:
    """Return the finding: a claim is amber; so is an unverified one, which holds nothing."""
    unverified = "unverified" in found.marks
    said = found.severity or rule.severity
    severity: Severity = "amber" if unverified or found.claimed_by else said
    return Finding(
        rule=rule.id,
        severity=severity,
        subject=found.subject,
        statement_ids=found.statement_ids,
        message_cn=found.cn,
        message_en=found.en,
        hook=rule.hook,
        holds=not unverified and (found.holds or said == "hold"),
        unverified=unverified,
        claimed_by=found.claimed_by,
    )
