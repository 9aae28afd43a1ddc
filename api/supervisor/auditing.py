"""One audit at a time in a thread of its own: progress while it runs, the last report after."""

from dataclasses import dataclass, replace
from threading import Lock, Thread
from typing import Any, Final

import structlog

from api.opened.judging import with_judgement
from api.opened.ledger import OpenedLedger
from ledger.audit.findings import AuditReport, format_report
from ledger.audit.replay import audit
from ledger.errors import DaodiError
from ledger.trace.answer import china_time

WHOLE: Final = 100
STOP_SECONDS: Final = 5  # that a server which ends waits for an audit


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditState:
    """Where the audit stands. `report` is the last one that finished, also while a new one runs."""

    running: bool = False
    done: int = 0
    total: int = 0
    started_ms: int = 0
    finished_ms: int = 0
    started_by: str = ""
    report: AuditReport | None = None
    failure: str = ""

    @property
    def percent(self) -> int:
        """How much of the log is behind, in per cent."""
        return WHOLE * self.done // self.total if self.total else 0


class AuditDesk:
    """Runs audits; the state is replaced whole, so that readers never see half of one."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened
        self._lock = Lock()
        self._thread: Thread | None = None
        self.state = AuditState()

    def start(self, by: str) -> bool:
        """Start an audit unless one runs; returns whether it started."""
        with self._lock:
            if self.state.running:
                return False
            self.state = replace(
                self.state,
                running=True,
                done=0,
                total=0,
                failure="",
                started_by=by,
                started_ms=self._opened.clock(),
            )
            self._thread = Thread(target=self._run, name="daodi-audit", daemon=True)
            self._thread.start()
        return True

    def stop(self) -> None:
        """Wait for an audit that runs: its thread holds connections."""
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        report, failure = self.state.report, ""
        try:
            report = audit(self._opened.store, progress=self._progress)
            report = with_judgement(report, self._opened.store)
        except DaodiError as error:
            failure = error.sentence_cn
            structlog.get_logger().error("audit", code=error.code, detail=error.message)
        except Exception as error:  # noqa: BLE001 — a thread that dies silently looks like one that runs
            failure = "审计没有做完，原因在服务器日志里。"
            structlog.get_logger().error("audit", exc_info=error)
        self.state = replace(
            self.state,
            running=False,
            finished_ms=self._opened.clock(),
            report=report,
            failure=failure,
        )

    def _progress(self, done: int, total: int) -> None:
        self.state = replace(self.state, done=done, total=total)


def format_state(state: AuditState) -> dict[str, Any]:
    """The state as JSON, with the last report."""
    return {
        "running": state.running,
        "done": state.done,
        "total": state.total,
        "started": china_time(state.started_ms) if state.started_ms else None,
        "finished": china_time(state.finished_ms) if state.finished_ms else None,
        "failure": state.failure or None,
        "report": format_report(state.report) if state.report else None,
    }
