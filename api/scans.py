"""Scans: a count, a day and a province for each code, and nothing else of whoever scanned.

Times finer than a day stay in this process's memory for two hours, to see one code in two places.
"""

from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Final

from ledger.rules.history.openings import TWO_AT_ONCE, UNKNOWN_PROVINCE
from ledger.rules.status import Scans
from ledger.store import scans as stored
from ledger.store.database import SqlStore
from ledger.trace.answer import CHINA

RECENT: Final = timedelta(days=30)  # rule CL1: one code in three provinces within 30 days
JUDGED_MS: Final = 60_000  # copies are judged by where they turn up, not scan by scan
AT_ONCE_MS: Final = 2 * 3_600_000  # rule CL1: one code in two provinces within two hours
CODES_MAX: Final = 10_000  # seen in the last two hours; the oldest is forgotten first


class Sightings:
    """Where each code was seen in the last two hours; in memory, gone with the process."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, dict[str, int]] = OrderedDict()
        self._lock = Lock()

    def is_elsewhere(self, code: str, province: str, *, now_ms: int) -> bool:
        """Note where a code is seen; whether it was in another province within two hours."""
        if province == UNKNOWN_PROVINCE:
            return False
        with self._lock:
            seen = self._seen.get(code, {})
            recent = {name: at for name, at in seen.items() if now_ms - at < AT_ONCE_MS}
            self._seen[code] = recent | {province: now_ms}
            self._seen.move_to_end(code)
            while len(self._seen) > CODES_MAX:
                self._seen.popitem(last=False)
        return bool(recent.keys() - {province})


def china_day(now_ms: int) -> date:
    """The day in China, whatever the server's own zone."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(CHINA).date()


def scans_of(store: SqlStore, code: str, *, now_ms: int) -> Scans:
    """What has been counted for a code."""
    rows = stored.scans(store, code)
    recent = (china_day(now_ms) - RECENT).isoformat()
    placed = [row for row in rows if row.province != TWO_AT_ONCE]
    return Scans(
        count=sum(row.times for row in placed),
        first=min((row.day for row in placed), default=None),
        provinces=tuple(sorted({row.province for row in placed} - {UNKNOWN_PROVINCE})),
        recent_provinces=len(
            {row.province for row in placed if row.day >= recent and row.province}
        ),
        at_once=any(row.province == TWO_AT_ONCE and row.day >= recent for row in rows),
    )


def count_scan(
    store: SqlStore,
    code: str,
    *,
    now_ms: int,
    province: str,
    elsewhere: bool = False,
    lot: str = "",
) -> None:
    """Count one scan of a code; `elsewhere` when another province saw it within two hours.

    The lot, where it is given, is judged again within a minute if a province is known.
    """
    day = china_day(now_ms).isoformat()
    judged = (f"thing|{lot}", now_ms + JUDGED_MS) if province and lot else None
    stored.count_scan(store, code, day, province, judged=judged)
    if elsewhere:
        stored.count_scan(store, code, day, TWO_AT_ONCE)
