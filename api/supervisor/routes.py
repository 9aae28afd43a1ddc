"""The supervisor's routes: pages behind the login, and the audit as JSON."""

from typing import Final

from litestar.types import ControllerRouterHandler

from api.supervisor import complaints, findings, grades, pages, warned

PAGES: Final[tuple[ControllerRouterHandler, ...]] = (
    pages.today,
    pages.trace_page,
    pages.audit_page,
    pages.start_audit,
    findings.findings_page,
    complaints.complaints_page,
    complaints.answer,
    grades.credit_page,
    warned.warnings_page,
)
PROGRAMS: Final[tuple[ControllerRouterHandler, ...]] = (
    pages.audit_report,
    findings.findings_answer,
)
