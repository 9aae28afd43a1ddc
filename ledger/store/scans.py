"""The table of scans: erasable counters, no record of the log."""

from typing import Final, NamedTuple

from sqlalchemy import func, select, text

from ledger.herbs.identifiers import CODE_LENGTH
from ledger.store.database import SqlStore
from ledger.store.engine import writing_connection
from ledger.store.judged import call_again
from ledger.store.tables import scan

# One statement, so that two scans at once count two; both databases write it alike.
_COUNT: Final = text(
    "INSERT INTO scan (code, day, province, count) VALUES (:code, :day, :province, 1) "
    "ON CONFLICT (code, day, province) DO UPDATE SET count = scan.count + 1"
)


class ScanRow(NamedTuple):
    """How often a code was scanned on a day in a province."""

    day: str
    province: str
    times: int


def scans(store: SqlStore, code: str) -> list[ScanRow]:
    """All counters of one code, by day."""
    query = select(scan.c.day, scan.c.province, scan.c.count).where(scan.c.code == code)
    with store.engine.connect() as connection:
        return [ScanRow(*row) for row in connection.execute(query.order_by(scan.c.day))]


def count_scan(
    store: SqlStore, code: str, day: str, province: str, *, judged: tuple[str, int] | None = None
) -> None:
    """Add one to the counter of a code, a day and a province.

    `judged` names the scope that rules judge again, and when.
    """
    named = {"code": code, "day": day, "province": province}
    with writing_connection(store.engine) as connection, connection.begin():
        connection.execute(_COUNT, named)
        if judged is not None:
            call_again(connection, *judged)


class TallyRow(NamedTuple):
    """How often packs of a lot were scanned on a day in a province."""

    lot_code: str
    province: str
    times: int


def tally(store: SqlStore, day: str) -> list[TallyRow]:
    """Scans of a day by the lot's code and the province, in that order."""
    lot_code = func.substr(scan.c.code, 1, CODE_LENGTH)
    query = (
        select(lot_code, scan.c.province, func.sum(scan.c.count))
        .where(scan.c.day == day)
        .group_by(lot_code, scan.c.province)
    )
    with store.engine.connect() as connection:
        rows = [TallyRow(lot, place, int(times)) for lot, place, times in connection.execute(query)]
    return sorted(rows)  # by code point, whatever the database's collation
