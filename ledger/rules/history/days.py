"""Days of the trade, which are counted in China, and spans of time in milliseconds."""

from datetime import date, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8))
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_EAST_MS: Final = 8 * HOUR_MS  # China's clocks are so much ahead of UTC
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def day_of(time_ms: int) -> date:
    """The day in China on which a time falls: days of the trade are counted there."""
    days = (time_ms + _EAST_MS) // DAY_MS + _EPOCH_DAY
    # A device may claim any time that can be written: beyond the calendar's ends, their days.
    return date.fromordinal(min(max(days, date.min.toordinal()), date.max.toordinal()))


def minute_of(time_ms: int) -> str:
    """The minute in China of a time, as sentences name it: `2026-11-05 09:30`."""
    minutes = (time_ms + _EAST_MS) % DAY_MS // 60_000
    return f"{day_of(time_ms)} {minutes // 60:02}:{minutes % 60:02}"
