"""Supervisor pages: today, a chain both ways, the audit; and the audit as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect

from api.access import Caller
from api.answers.pages import page
from api.codes import asked_of
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS, SEE_OTHER, refuse_cross_site, supervisor
from api.shown.lineages import holding_rows, tables_of, trace_of
from api.shown.naming import code_in, sentence_of
from api.shown.values import shown_time
from api.supervisor.auditing import AuditDesk, format_state
from api.supervisor.crowds import crowds_of
from api.supervisor.graph import HEIGHT, WIDTH, draw
from ledger.audit.findings import SENTENCES_CN
from ledger.errors import NotFoundError
from ledger.herbs.vocabulary import KINDS
from ledger.rules.history.results import names_of
from ledger.seam import Asking
from ledger.store.recent import statement_count, statements_by_kind
from ledger.trace.answer import CHINA

NEWEST_MAX: Final = 25
REFRESH_S: Final = 2
FINDINGS_SHOWN_MAX: Final = 500  # a page; the JSON has them all
STATUS_CN: Final = {
    "recalled": "已召回",
    "failed": "检验不合格",
    "voided": "已作废",
    "held": "暂停销售",
    "dormant": "未放行",
    "copied": "可能被复制",
    "expired": "已过保质期",
    "partly": "有事后补录",
    "recorded": "有记录",
}


@get("/supervisor", sync_to_thread=True, include_in_schema=False)
def today(request: Request[Any, Any, Any], opened: NamedDependency[OpenedLedger]) -> Response[str]:
    """What was recorded today, by whom; and whether the log is well."""
    judged = opened.judge.catch_up()
    guarded = opened.store.guarded_head()  # first: what is appended meanwhile is ahead of nothing
    with opened.store.reading() as reading:
        open_count = reading.count_findings(Asking(standing=True))
        newest = reading.recent_entries(limit=NEWEST_MAX)
        head = reading.signed_head()
        rivals = len(reading.rivals())
    counts = statements_by_kind(opened.store, since_ms=_midnight_ms(opened.clock()))
    registry = opened.replica.registry
    return page(
        request,
        "supervisor/today.html",
        {
            "figures": [
                ("今天的记录", sum(counts.values())),
                ("全部记录", statement_count(opened.store)),
                ("主体", len(registry.actors)),
                ("设备", sum(key.retired_index is None for key in registry.keys.values())),
                ("地块和场所", len(registry.sites)),
            ],
            "open_count": open_count,
            "crowds": crowds_of(opened),
            "judged": judged,
            "by_kind": [
                (KINDS[kind].cn if kind else "登记事项", count)
                for kind, count in sorted(counts.items(), key=lambda pair: -pair[1])
            ],
            "newest": [
                {
                    "sentence": sentence,
                    "recorded": _shown(sentence.record_time),
                    "happened": _shown(sentence.event_time),
                    "code": code_in(sentence.uri) if sentence.uri else "",
                }
                for sentence in (sentence_of(entry, opened) for entry in newest)
            ],
            "size": opened.replica.size,
            "head_size": head.size if head else 0,
            "head_time": shown_time(opened.replica.newest_ms, english=False),
            "guard_size": guarded.size if guarded else None,
            "guard_good": guarded is not None and guarded.size <= opened.replica.size,
            "rivals": rivals,
            "current": "today",
        },
        headers=FORM_HEADERS,
    )


@get("/supervisor/trace", sync_to_thread=True, include_in_schema=False)
def trace_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    caller: NamedDependency[Caller],
    code: FromQuery[str] = "",
    number: Annotated[int, QueryParameter(name="page")] = 1,
) -> Response[str]:
    """A code's chain both ways: tables, and a drawing of them."""
    context: dict[str, Any] = {"code": code.strip(), "current": "trace", "tables": None}
    status_code = 200
    if code.strip():
        try:
            found = trace_of(opened, asked_of(code.strip(), opened), caller.reader)
        except NotFoundError as error:
            context["refusal"] = error.sentence_cn
            status_code = error.status
        else:
            tables = tables_of(found, opened, number)
            context |= {
                "tables": tables,
                "holdings": holding_rows(found, opened, caller.reader),
                "drawing": draw(tables.asked, [*tables.above, *tables.below]),
                "box_size": (WIDTH, HEIGHT),
                "status": STATUS_CN.get(found.status.code, found.status.code),
                "status_words": found.status.words or names_of(found.status.failed)[0],
                "is_lot": "/lot/" in found.asked.uri,
                "scans": found.scans.count,
                "complete": found.complete,
            }
    return page(
        request, "supervisor/trace.html", context, status_code=status_code, headers=FORM_HEADERS
    )


@get("/supervisor/audit", sync_to_thread=True, include_in_schema=False)
def audit_page(
    request: Request[Any, Any, Any], audit_desk: NamedDependency[AuditDesk]
) -> Response[str]:
    """Progress while an audit runs, by the browser's own refresh; the last report after."""
    state = audit_desk.state
    report = state.report
    findings = (*report.findings, *report.unchecked) if report else ()
    return page(
        request,
        "supervisor/audit.html",
        {
            "state": state,
            "findings": [
                (finding, SENTENCES_CN[finding.code]) for finding in findings[:FINDINGS_SHOWN_MAX]
            ],
            "more": max(0, len(findings) - FINDINGS_SHOWN_MAX),
            "finished": shown_time(state.finished_ms, english=False) if state.finished_ms else "",
            "refresh_s": REFRESH_S,
            "current": "audit",
        },
        headers=FORM_HEADERS,
    )


@post("/supervisor/audit", sync_to_thread=True, include_in_schema=False)
def start_audit(
    request: Request[Any, Any, Any],
    audit_desk: NamedDependency[AuditDesk],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """Start an audit, unless one runs already."""
    refuse_cross_site(request)
    audit_desk.start(caller.name)
    return Redirect("/supervisor/audit", status_code=SEE_OTHER)


@get("/v1/audit", sync_to_thread=True)
def audit_report(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    audit_desk: NamedDependency[AuditDesk],
) -> dict[str, Any]:
    """The running audit and the last report, for supervisors."""
    supervisor(request, opened)
    return format_state(audit_desk.state)


def _midnight_ms(now_ms: int) -> int:
    """When the day in China began."""
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(CHINA)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * 1000


def _shown(time: str) -> str:
    """A written instant in China's time; what cannot be read stays as it was written."""
    try:
        instant = datetime.fromisoformat(time)
    except ValueError:
        return time
    return shown_time(int(instant.timestamp()) * 1000, english=False)
