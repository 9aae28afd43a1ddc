"""How often each lot was scanned on a day, by province: a list that the operator signs, day by day.

A signed note (C2SP) in the log's name. Its first line is `ORIGIN/scans`, which no checkpoint has,
its second the day; then a line for each lot and province: the lot's code, the province, the count.
"""

from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.answers.unchanged import answer_unless_known
from api.opened.ledger import OpenedLedger
from api.scans import china_day
from ledger.canonical import canonical_bytes
from ledger.errors import NotFoundError
from ledger.rules.history.openings import TWO_AT_ONCE
from ledger.store.ledger import sign_text
from ledger.store.scans import TallyRow, tally

HEADERS: Final = {"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"}
NOWHERE: Final = "-"  # what the proxy did not name
DAYS_KEPT: Final = 64  # signed once while they are asked for: signatures are not alike each time


class TallyBook:
    """Days that are over, each signed once while it is remembered."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened
        self._lock = Lock()
        self._kept: OrderedDict[date, tuple[list[TallyRow], str]] = OrderedDict()

    def of_day(self, day: date) -> tuple[list[TallyRow], str]:
        """Rows and the signed note of a day. Raises NotFoundError while the day is not over."""
        if day >= china_day(self._opened.clock()):
            raise NotFoundError("not_found", "the day is not over")
        with self._lock:
            found = self._kept.get(day)
            if found is None:
                found = self._kept[day] = self._sign(day)
                while len(self._kept) > DAYS_KEPT:
                    self._kept.popitem(last=False)
            return found

    def _sign(self, day: date) -> tuple[list[TallyRow], str]:
        opened = self._opened
        rows = [row for row in tally(opened.store, day.isoformat()) if row.province != TWO_AT_ONCE]
        keys = opened.folder.log_keys(opened.settings.log_keys.get_secret_value())
        return rows, sign_text(keys, opened.origin, format_tally(opened.origin, day, rows))


def format_tally(origin: str, day: date, rows: list[TallyRow]) -> str:
    """The text that is signed."""
    lines = [f"{row.lot_code} {row.province or NOWHERE} {row.times}" for row in rows]
    return "".join(f"{line}\n" for line in (f"{origin}/scans", day.isoformat(), *lines))


@get("/scans/{day:str}", sync_to_thread=True, include_in_schema=False)
def scans_of_day(
    request: Request[Any, Any, Any], tally_book: NamedDependency[TallyBook], day: FromPath[str]
) -> Response[bytes]:
    """The tally of a day that is over: DAY as a signed note, DAY.json with the note inside."""
    rows, note = tally_book.of_day(_day(day.removesuffix(".json")))
    if not day.endswith(".json"):
        return answer_unless_known(request, note.encode(), "text/plain; charset=utf-8", HEADERS)
    content = canonical_bytes(
        {
            "day": day.removesuffix(".json"),
            "scans": [
                {"lot": row.lot_code, "province": row.province, "count": row.times} for row in rows
            ],
            "note": note,
        }
    )
    return answer_unless_known(request, content, "application/json", HEADERS)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise NotFoundError("not_found", "a day is YYYY-MM-DD") from error
    if day.isoformat() != text:  # 20261121 is the same day, but not the same address
        raise NotFoundError("not_found", "a day is YYYY-MM-DD")
    return day
