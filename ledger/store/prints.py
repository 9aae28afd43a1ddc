"""The tables of plans to pack and of print jobs: what is printed and not yet stated. No record.

Two clerks print at once: whoever adds a row holds the lot's lock, and decides by what is there.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from ledger.store.database import SqlStore
from ledger.store.engine import writing_connection
from ledger.store.tables import case_number, pack_plan, print_job

PRINT_ROOM: Final = 0x7072  # "pr": its locks are not those of the log's writer
LISTED_MAX: Final = 200  # plans or jobs that one page lists


class PlanRow(NamedTuple):
    """A pack lot that is planned from a source lot; `plan` is JSON of who planned it."""

    lot: str
    actor: str
    source: str
    plan: str
    created_ms: int


class JobRow(NamedTuple):
    """Serials that went to a printer: `serials` as "1-500,503", `paper` as JSON."""

    job: str
    lot: str
    actor: str
    serials: str
    reprint: int
    paper: str
    created_ms: int
    drawn: int
    state: str


def add_plan(store: SqlStore, row: PlanRow, allow: Callable[[list[PlanRow]], None]) -> None:
    """Keep a plan unless `allow` raises over the source's other plans."""
    with _locked(store, row.source) as connection:
        others = select(pack_plan).where(pack_plan.c.source == row.source)
        allow([_plan(found) for found in connection.execute(others)])
        connection.execute(insert(pack_plan).values(**row._asdict()))


def drop_plan(store: SqlStore, lot: str) -> bool:
    """Forget a plan of which nothing was printed; returns whether there was one."""
    with _locked(store, lot) as connection:
        printed = select(print_job.c.job).where(print_job.c.lot == lot)
        if connection.execute(printed).first() is not None:
            return False
        return connection.execute(delete(pack_plan).where(pack_plan.c.lot == lot)).rowcount > 0


def plan_of(store: SqlStore, lot: str) -> PlanRow | None:
    """The plan of a pack lot, None for lots that were packed without one."""
    with store.engine.connect() as connection:
        found = connection.execute(select(pack_plan).where(pack_plan.c.lot == lot)).first()
    return _plan(found) if found else None


def plans_by(store: SqlStore, actor: str) -> list[PlanRow]:
    """An actor's plans, newest first."""
    query = select(pack_plan).where(pack_plan.c.actor == actor)
    query = query.order_by(pack_plan.c.created_ms.desc()).limit(LISTED_MAX)
    with store.engine.connect() as connection:
        return [_plan(found) for found in connection.execute(query)]


def plans_from(store: SqlStore, source: str) -> list[PlanRow]:
    """Every plan that takes from a lot."""
    query = select(pack_plan).where(pack_plan.c.source == source)
    with store.engine.connect() as connection:
        return [_plan(found) for found in connection.execute(query)]


def add_job(store: SqlStore, lot: str, choose: Callable[[Sequence[JobRow]], JobRow]) -> JobRow:
    """Keep the job that `choose` makes of the lot's earlier ones; what it raises keeps nothing."""
    with _locked(store, lot) as connection:
        query = select(print_job).where(print_job.c.lot == lot).order_by(print_job.c.created_ms)
        row = choose([_job(found) for found in connection.execute(query)])
        connection.execute(insert(print_job).values(**row._asdict()))
    return row


def take_case_numbers(store: SqlStore, prefix: str, count: int) -> range:
    """The next numbers of a company prefix, each given out once."""
    with _locked(store, f"case:{prefix}") as connection:
        row = case_number.c.prefix == prefix
        given = connection.execute(select(case_number.c.given).where(row)).scalar()
        if given is None:
            connection.execute(insert(case_number).values(prefix=prefix, given=count))
            return range(count)
        connection.execute(update(case_number).where(row).values(given=given + count))
    return range(given, given + count)


def jobs_of(store: SqlStore, lot: str) -> list[JobRow]:
    """Every job of a lot, oldest first."""
    query = select(print_job).where(print_job.c.lot == lot).order_by(print_job.c.created_ms)
    with store.engine.connect() as connection:
        return [_job(found) for found in connection.execute(query)]


def job_of(store: SqlStore, job: str) -> JobRow | None:
    """A job by its name."""
    with store.engine.connect() as connection:
        found = connection.execute(select(print_job).where(print_job.c.job == job)).first()
    return _job(found) if found else None


def note_job(store: SqlStore, job: str, *, drawn: int, state: str) -> None:
    """Note how far a job is drawn."""
    with writing_connection(store.engine) as connection, connection.begin():
        told = update(print_job).where(print_job.c.job == job).values(drawn=drawn, state=state)
        connection.execute(told)


@contextmanager
def _locked(store: SqlStore, lot: str) -> Iterator[Connection]:
    """A transaction that nobody else has for this lot. SQLite has one writer at a time."""
    with writing_connection(store.engine) as connection, connection.begin():
        if connection.dialect.name != "sqlite":
            lock = text("SELECT pg_advisory_xact_lock(:room, hashtext(:lot))")
            connection.execute(lock, {"room": PRINT_ROOM, "lot": lot})
        yield connection


def _plan(row: Row[Any]) -> PlanRow:
    return PlanRow._make(row)


def _job(row: Row[Any]) -> JobRow:
    return JobRow._make(row)
