"""Scans: a count, a day and a province for each code, and nothing else of whoever scanned."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledger.rules.status import Scans
from ledger.store import scans as stored
from ledger.store.database import SqlStore
from ledger.trace.answer import CHINA
from ledger.trace.trace import Asked

RECENT: Final = timedelta(days=30)  # rule CL1: one code in three provinces within 30 days
JUDGED_MS: Final = 60_000  # copies are judged by where they turn up, not scan by scan
UNKNOWN_PROVINCE: Final = ""


def china_day(now_ms: int) -> date:
    """The day in China, whatever the server's own zone."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(CHINA).date()


def scans_of(store: SqlStore, code: str, *, now_ms: int) -> Scans:
    """What has been counted for a code."""
    rows = stored.scans(store, code)
    recent = (china_day(now_ms) - RECENT).isoformat()
    return Scans(
        count=sum(row.times for row in rows),
        first=min((row.day for row in rows), default=None),
        provinces=tuple(sorted({row.province for row in rows} - {UNKNOWN_PROVINCE})),
        recent_provinces=len({row.province for row in rows if row.day >= recent and row.province}),
    )


def count_scan(store: SqlStore, asked: Asked, *, now_ms: int, province: str) -> None:
    """Count one scan of a code; its lot is judged again within a minute, if a province is known."""
    day = china_day(now_ms).isoformat()
    judged = (f"thing|{asked.uri}", now_ms + JUDGED_MS) if province else None
    stored.count_scan(store, asked.code, day, province, judged=judged)
