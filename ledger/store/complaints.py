"""The table of complaints: what people report of a pack; erasable rows, no record of the log."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, case, func, insert, select, update

from ledger.rules.scopes.scope import COMPLAINED
from ledger.store.database import SqlStore
from ledger.store.engine import writing_connection
from ledger.store.judged import call_again
from ledger.store.tables import complaint

OPEN: Final = "open"
ANSWERED: Final = "answered"
CLOSED: Final = "closed"
STATES: Final = (OPEN, ANSWERED, CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One report. `lot` is "" for a code that nobody issued, `contact` None once erased.

    `receipt` is known to whoever reported alone; `note` is what the desk answered.
    """

    receipt: str
    code: str
    lot: str
    kind: str
    text: str
    contact: str | None
    received_ms: int
    state: str = OPEN
    note: str = ""
    closed_ms: int | None = None


def keep_complaint(store: SqlStore, given: Complaint) -> None:
    """Keep a new report; rules look again at what was written down about its lot afterwards."""
    with writing_connection(store.engine) as connection, connection.begin():
        if given.lot:
            call_again(connection, f"{COMPLAINED}|{given.lot}")
        connection.execute(
            insert(complaint).values(
                receipt=given.receipt,
                code=given.code,
                lot=given.lot,
                kind=given.kind,
                text=given.text,
                contact=given.contact,
                received_ms=given.received_ms,
                state=given.state,
                note=given.note,
                closed_ms=given.closed_ms,
            )
        )


def complaint_of(store: SqlStore, receipt: str) -> Complaint | None:
    """The report of a receipt number, None when there is none."""
    with store.engine.connect() as connection:
        row = connection.execute(select(complaint).where(complaint.c.receipt == receipt)).first()
    return None if row is None else _complaint(row)


def complaints(store: SqlStore, *, limit: int, offset: int = 0) -> list[Complaint]:
    """Reports for the desk: open ones first, the oldest of them first; closed ones last."""
    order = case({OPEN: 0, ANSWERED: 1}, value=complaint.c.state, else_=2)
    query = select(complaint).order_by(order, complaint.c.received_ms, complaint.c.receipt)
    with store.engine.connect() as connection:
        found = connection.execute(query.limit(limit).offset(offset))
        return [_complaint(row) for row in found]


def complaints_counted(store: SqlStore) -> dict[str, int]:
    """How many reports there are of each state; a state without any is left out."""
    query = select(complaint.c.state, func.count()).group_by(complaint.c.state)
    with store.engine.connect() as connection:
        return {state: int(count) for state, count in connection.execute(query)}


def answer_complaint(store: SqlStore, receipt: str, *, state: str, note: str, now_ms: int) -> bool:
    """Set the state and the answer; returns whether there is such a report.

    A report that is closed again keeps the time of its first closing, from which erasure counts.
    """
    closed_ms = (
        case((complaint.c.closed_ms.is_(None), now_ms), else_=complaint.c.closed_ms)
        if state == CLOSED
        else None
    )
    changed = update(complaint).where(complaint.c.receipt == receipt)
    with writing_connection(store.engine) as connection, connection.begin():
        found = connection.execute(changed.values(state=state, note=note, closed_ms=closed_ms))
        return found.rowcount > 0


def forget_contact(store: SqlStore, receipt: str) -> bool:
    """Erase how to reach whoever reported; returns whether there is such a report."""
    erased = update(complaint).where(complaint.c.receipt == receipt).values(contact=None)
    with writing_connection(store.engine) as connection, connection.begin():
        return connection.execute(erased).rowcount > 0


def forget_old_contacts(store: SqlStore, *, closed_before_ms: int) -> int:
    """Erase contacts of reports closed before a time; returns how many there were."""
    erased = (
        update(complaint)
        .where(complaint.c.contact.is_not(None), complaint.c.closed_ms < closed_before_ms)
        .values(contact=None)
    )
    with writing_connection(store.engine) as connection, connection.begin():
        return connection.execute(erased).rowcount


def _complaint(row: Row[Any]) -> Complaint:
    return Complaint(**row._asdict())
