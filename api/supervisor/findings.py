"""今天需要处理 N 件: what rules found and nobody has lifted, the oldest first, page by page."""

from typing import Any, Final, Literal

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from api.answers.pages import page
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS, supervisor
from api.shown.findings import SEVERITIES_CN, asked_findings, format_kept
from api.shown.naming import code_in
from api.shown.values import shown_time
from ledger.rules.findings.kept import Kept
from ledger.rules.rulebook import RULES
from ledger.seam import Asking

PAGE_ROWS: Final = 50  # what one morning can read
START_MAX: Final = 2**31
Severity = Literal["", "hold", "red", "amber"]
_RULES: Final = {rule.id: rule for rule in RULES}


@get("/supervisor/findings", sync_to_thread=True, include_in_schema=False)
def findings_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    severity: FromQuery[Severity] = "",
    start: FromQuery[int] = 0,
) -> Response[str]:
    """What is to be dealt with, the oldest first, each with its evidence."""
    judged, found, count, following = _asked(opened, severity, start)
    return page(
        request,
        "supervisor/findings.html",
        {
            "rows": [_row(kept, opened) for kept in found],
            "count": count,
            "severity": severity,
            "severities": SEVERITIES_CN,
            "judged": judged,
            "next": following,
            "current": "findings",
        },
        headers=FORM_HEADERS,
    )


@get("/v1/findings", sync_to_thread=True)
def findings_answer(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    severity: FromQuery[Severity] = "",
    start: FromQuery[int] = 0,
) -> dict[str, Any]:
    """Findings that nobody has lifted, for supervisors: the oldest first, page by page."""
    supervisor(request, opened)
    judged, found, count, following = _asked(opened, severity, start)
    return {
        "count": count,
        "judged": judged,
        "findings": [format_kept(kept) for kept in found],
        "next": following,
    }


def _asked(
    opened: OpenedLedger, severity: str, start: int
) -> tuple[bool, list[Kept], int, int | None]:
    """Whether all is judged, one page of findings, how many there are, where the next begins."""
    judged = opened.judge.catch_up()
    offset = min(max(0, start), START_MAX)
    asking = Asking(severity=severity or None, standing=True, offset=offset, limit=PAGE_ROWS)
    found, count = asked_findings(opened, asking)
    following = offset + len(found)
    return judged, found, count, following if found and following < count else None


def _row(kept: Kept, opened: OpenedLedger) -> dict[str, Any]:
    finding = kept.finding
    actors = opened.replica.registry.actors
    return {
        "finding": finding,
        "id": kept.id,
        "rule_cn": _RULES[finding.rule].cn,
        "severity_cn": SEVERITIES_CN[finding.severity],
        "stands": kept.stands,
        "claimed_by": [
            actors[actor].name if actor in actors else actor for actor in finding.claimed_by
        ],
        "code": code_in(finding.subject),
        "raised": shown_time(kept.raised_ms, english=False) if kept.raised_ms else "",
    }
