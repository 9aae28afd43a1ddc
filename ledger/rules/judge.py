"""The judgement of a whole history by every rule: what they find, and which of them failed.

A full replay: the same facts give the same findings, whatever order they arrived in.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.rules.findings.claimed import found_and_claimed
from ledger.rules.findings.finding import Finding, Found, Reference, Rule, finding_of
from ledger.rules.history.history import History
from ledger.rules.rulebook import RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A rule that raised where it should judge: our own mistake, never that of who stated it."""

    rule: str
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """What all rules find in a whole history, and those that failed over it."""

    findings: tuple[Finding, ...]
    defects: tuple[Failure, ...]


def complete_judgement(
    history: History, reference: Reference, now_ms: int, *, rules: Iterable[Rule] = RULES
) -> Complete:
    """Judge by every rule; one that raises is named, and the others go on.

    Findings are in order of the rules, then of subject and statements. `now_ms` is the present in
    epoch milliseconds: some rules wait for what may still come.
    """
    findings: list[Finding] = []
    defects: list[Failure] = []
    for rule in rules:
        found = found_by(rule, history, reference, now_ms)
        if isinstance(found, Failure):
            defects.append(found)
        else:
            findings += [
                finding_of(rule, each)
                for each in sorted(
                    found, key=lambda each: (each.subject, each.statement_ids, each.cn)
                )
            ]
    return Complete(findings=tuple(findings), defects=tuple(defects))


def found_by(
    rule: Rule, history: History, reference: Reference, now_ms: int
) -> list[Found] | Failure:
    """What a rule finds in a history; a failure where it raised, whatever was found before it."""
    try:
        return found_and_claimed(rule, history, reference, now_ms)
    except Exception as error:  # noqa: BLE001 — no fact may stop the other rules
        return Failure(rule=rule.id, error=error)


def judge(
    history: History, reference: Reference, now_ms: int, *, rules: Iterable[Rule] = RULES
) -> list[Finding]:
    """Return all findings, as `complete_judgement` does; raises the error of a rule that failed."""
    complete = complete_judgement(history, reference, now_ms, rules=rules)
    for defect in complete.defects:
        raise defect.error
    return list(complete.findings)
