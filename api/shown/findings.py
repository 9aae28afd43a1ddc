"""Findings for supervisors and commands: each in one sentence, why it fired, its evidence."""

from typing import Any, Final

from api.opened.ledger import OpenedLedger
from ledger.rules.findings.kept import Kept
from ledger.rules.rulebook import RULES
from ledger.seam import Asking
from ledger.trace.answer import china_time

SEVERITIES_CN: Final = {"hold": "暂控", "red": "红", "amber": "黄"}
_RULES = {rule.id: rule for rule in RULES}


def asked_findings(opened: OpenedLedger, asking: Asking) -> tuple[list[Kept], int]:
    """The findings that are asked for, and how many there are on all pages together."""
    with opened.store.reading() as reading:
        return reading.findings(asking), reading.count_findings(asking)


def format_kept(kept: Kept) -> dict[str, Any]:
    """A finding as JSON, whole: for those who may see everything."""
    finding, rule = kept.finding, _RULES[kept.finding.rule]
    return {
        "id": kept.id,
        "rule": finding.rule,
        "rule_cn": rule.cn,
        "rule_en": rule.en,
        "severity": finding.severity,
        "subject": finding.subject,
        "message_cn": finding.message_cn,
        "message_en": finding.message_en,
        "hook": finding.hook,
        "false_alarm": rule.false_alarm,
        "statement_ids": [*finding.statement_ids],
        "holds": finding.holds and not finding.is_claim,
        "claim": finding.is_claim,
        "claimed_by": [*finding.claimed_by],
        "unverified": finding.unverified,
        "state": "standing" if kept.lifted_by is None else "lifted",
        "lifted_by": kept.lifted_by,
        "raised": china_time(kept.raised_ms) if kept.raised_ms else None,
    }
