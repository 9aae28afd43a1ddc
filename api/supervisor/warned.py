"""预警 (EW1): levels of warning by county and herb, reckoned in a thread and kept for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from typing import Any, Final, Literal

import structlog
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from api.answers.pages import page
from api.opened.ledger import OpenedLedger
from api.opened.warned import warned
from api.sessions import FORM_HEADERS
from api.shown.supervised import LEVELS_CN, SIGNALS_CN
from api.shown.values import shown_time
from ledger.herbs.vocabulary import county_name
from ledger.herbs.vocabulary import herb as herb_of
from ledger.rules.supervision.warning import CountyWarning, Level

SPANS: Final = (30, 90, 365)  # days
USUAL: Final = 90
FRESH_MS: Final = 10 * 60_000  # nobody acts on a warning within minutes
PATIENCE_S: Final = 1.0  # a small ledger is reckoned while the page waits
STOP_SECONDS: Final = 5
REFRESH_S: Final = 3
EVIDENCE_SHOWN_MAX: Final = 5
Days = Literal[30, 90, 365]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """Warnings by span of days, when they were reckoned, and whether it is being done anew."""

    found: Mapping[int, Sequence[CountyWarning]] = field(default_factory=dict)
    made_ms: int | None = None
    running: bool = False
    failed: bool = False


class WarningDesk:
    """Reckons warnings, one run at a time; the state is replaced whole."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened
        self._lock = Lock()
        self._thread: Thread | None = None
        self._state = Reckoned()

    def look(self) -> Reckoned:
        """What is known; what is not fresh is reckoned anew, and waited for a moment."""
        with self._lock:
            made_ms = self._state.made_ms
            stale = made_ms is None or self._opened.clock() - made_ms > FRESH_MS
            if stale and not self._state.running:
                self._state = replace(self._state, running=True)
                self._thread = Thread(target=self._run, name="daodi-warnings", daemon=True)
                self._thread.start()
            thread = self._thread
        if thread is not None:
            thread.join(PATIENCE_S)
        return self._state

    def stop(self) -> None:
        """Wait for what is being reckoned: its thread holds a connection."""
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        now_ms = self._opened.clock()
        try:
            found = warned(self._opened, SPANS, now_ms=now_ms)
            self._state = Reckoned(found=found, made_ms=now_ms)
        except Exception as error:  # noqa: BLE001 — a thread that dies silently looks like one that runs
            structlog.get_logger().error("warnings", exc_info=error)
            self._state = replace(self._state, made_ms=now_ms, running=False, failed=True)


@get("/supervisor/warnings", sync_to_thread=True, include_in_schema=False)
def warnings_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    warning_desk: NamedDependency[WarningDesk],
    level: FromQuery[Literal["", "alarm", "warn", "watch", "none"]] = "",
    days: FromQuery[Days] = USUAL,
) -> Response[str]:
    """A level for each herb of a county, the highest first, with what made it."""
    judged = opened.judge.catch_up()
    state = warning_desk.look()
    found = state.found.get(days, ())
    asked = [each for each in found if level in {"", each.level}]
    return page(
        request,
        "supervisor/warnings.html",
        {
            "rows": [_row(each) for each in asked],
            "count": sum(each.level != "none" for each in found),
            "levels": LEVELS_CN,
            "level": level,
            "spans": SPANS,
            "days": days,
            "state": state,
            "judged": judged,
            "made": shown_time(state.made_ms, english=False) if state.made_ms else "",
            "refresh_s": REFRESH_S,
            "current": "warnings",
        },
        headers=FORM_HEADERS,
    )


def _row(found: CountyWarning) -> dict[str, Any]:
    herb = herb_of(found.herb)
    word: Level = found.level
    return {
        "county": county_name(found.county),
        "herb": herb.cn if herb else found.herb,
        "level": LEVELS_CN[word],
        "score": found.score,
        "signals": [(SIGNALS_CN[signal], count) for signal, count in found.counts.items()],
        "statement_ids": found.statement_ids[:EVIDENCE_SHOWN_MAX],
        "more": max(0, len(found.statement_ids) - EVIDENCE_SHOWN_MAX),
        "key": f"{found.county} {found.herb}",
        "unverified": found.mark == "unverified",
    }
