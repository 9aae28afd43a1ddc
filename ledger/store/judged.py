"""The tables of judgement: topics, findings, what waits; one pass of judging is one transaction.

The cursor is the lock: a pass counts only while the ledger is judged as far as the pass saw it, so
that of two processes that judge the same statements one keeps its verdicts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from msgspec import MsgspecError, json
from sqlalchemy import Connection, Select, delete, func, insert, select, text, update

from ledger.errors import StoreError
from ledger.log.leaves import subject_key
from ledger.rules.findings.finding import Finding
from ledger.rules.findings.kept import Kept
from ledger.seam import Asking, Judged, Verdicts
from ledger.store.bulk import insert_rows
from ledger.store.driver import ask_named
from ledger.store.leaves import NAMES_MAX, Row
from ledger.store.tables import JUDGEMENT, complaint, finding, judged, scan, topic, waiting

_HALF: Final = NAMES_MAX // 2
ROOM_BYTES: Final = 20_000  # pages of its own; PostgreSQL packs it, for its index
TOPICS_AT_ONCE: Final = 10_000
_names: Final = json.Decoder(tuple[str, ...])
_COLUMNS: Final = tuple(finding.c[name] for name in (
    "raised_ms", "finding_id", "rule", "severity", "subject", "statement_ids", "message_cn",
    "message_en", "hook", "holds", "unverified", "since_ms", "lifted_by", "claimed_by",
))  # fmt: skip
_CURSOR: Final = tuple(judged.c[each.name] for each in fields(Judged))
_SCAN: Final = (scan.c.code, scan.c.day, scan.c.province, scan.c.count)
_NEWEST: Final = (
    "SELECT c.leaf_index FROM subject AS s JOIN chain AS c"
    " ON c.subject_id = s.id AND c.subject_seq = s.count - 1 WHERE s.subject_key ?…"
)
# What waits already is judged no later than it would have been.
_WAIT: Final = text(
    "INSERT INTO waiting (scope, due_ms) VALUES (:scope, :due_ms) ON CONFLICT (scope) DO UPDATE "
    "SET due_ms = CASE WHEN waiting.due_ms < excluded.due_ms THEN waiting.due_ms "
    "ELSE excluded.due_ms END"
)
_TOPICS: Final = "SELECT topic, leaf_index FROM topic WHERE topic ?… ORDER BY topic, leaf_index"


class JudgedReading:
    """What judging reads through one connection, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def judged(self) -> Judged:
        """How far judging is."""
        row = self.connection.execute(select(*_CURSOR)).first()
        if row is None:
            raise StoreError("database_damaged", "table judged: its one row is gone")
        return Judged(**row._mapping)  # noqa: SLF001 — SQLAlchemy's documented name for it

    def newest_leaf(self, uris: Sequence[str]) -> int | None:
        """Index of the newest leaf on any of these chains."""
        rows = ask_named(self.connection, _NEWEST, [*map(subject_key, uris)])
        return max((row[0] for row in rows), default=None)

    def topics(self, names: Sequence[str]) -> dict[str, list[int]]:
        """Leaf indices under each topic, in order; topics without any are left out."""
        found: dict[str, list[int]] = {}
        for name, index in ask_named(self.connection, _TOPICS, list(dict.fromkeys(names))):
            found.setdefault(name, []).append(index)
        return found

    def every_topic(self) -> Iterator[tuple[str, int]]:
        """Each topic with each leaf under it."""
        rows = self.connection.execute(select(topic.c.topic, topic.c.leaf_index))
        return ((row[0], row[1]) for row in rows.yield_per(TOPICS_AT_ONCE))

    def topics_of_leaves(self, start: int, stop: int) -> set[tuple[str, int]]:
        """Each topic with each of these leaves under it; the whole index is read for it."""
        query = select(topic.c.topic, topic.c.leaf_index)
        query = query.where(topic.c.leaf_index >= start, topic.c.leaf_index < stop)
        return {(row[0], row[1]) for row in self.connection.execute(query)}

    def kept_as(self, finding_ids: Sequence[str]) -> list[Kept]:
        """Findings with these ids."""
        rows: list[Any] = []
        for part in _parts(finding_ids):
            query = select(finding.c.scope, *_COLUMNS).where(finding.c.finding_id.in_(part))
            rows += self.connection.execute(query).all()
        return [_kept(row.scope, row[1:]) for row in rows]

    def findings(self, asking: Asking) -> list[Kept]:
        """Findings once each, those raised first before the others."""
        if asking.subjects is not None and len(asking.subjects) > _HALF:
            return self._of_many(asking)
        query = _asked(select(*_COLUMNS).distinct(), asking)
        query = query.order_by(*_COLUMNS[:2], finding.c.message_cn).offset(asking.offset)
        if asking.limit is not None:
            query = query.limit(asking.limit)
        return [_kept("", tuple(row)) for row in self.connection.execute(query)]

    def count_findings(self, asking: Asking) -> int:
        """How many `findings` are asked for, whatever the limit."""
        every = _asked(select(*_COLUMNS).distinct(), asking).subquery()
        found = self.connection.execute(select(func.count()).select_from(every)).scalar()
        return int(found or 0)

    def waiting(self, due_ms: int, *, limit: int) -> list[str]:
        """Scopes that are due to be judged again by then, the oldest first."""
        query = select(waiting.c.scope).where(waiting.c.due_ms <= due_ms)
        query = query.order_by(waiting.c.due_ms, waiting.c.scope).limit(limit)
        return list(self.connection.execute(query).scalars())

    def is_waiting(self, scope: str) -> bool:
        """Whether a scope is to be judged again, now or later."""
        query = select(waiting.c.due_ms).where(waiting.c.scope == scope)
        return self.connection.execute(query).first() is not None

    def scanned(self, lots: Sequence[str]) -> dict[str, list[tuple[str, str, str, int]]]:
        """Counters of each lot's packs by the lot's code: (code, day, province, times)."""
        found: dict[str, list[tuple[str, str, str, int]]] = {}
        for lot in lots:
            query = select(*_SCAN).where(_SCAN[0] > lot, _SCAN[0] < lot + "\x7f").order_by(*_SCAN)
            rows = [tuple(row) for row in self.connection.execute(query)]
            if rows:
                found[lot] = rows
        return found

    def complained(self, lots: Sequence[str]) -> dict[str, list[int]]:
        """When lots were complained of, in epoch milliseconds; the others are left out."""
        found: dict[str, list[int]] = {}
        query = select(complaint.c.lot, complaint.c.received_ms).order_by(complaint.c.received_ms)
        for part in _parts(lots):
            for lot, received_ms in self.connection.execute(query.where(complaint.c.lot.in_(part))):
                found.setdefault(lot, []).append(received_ms)
        return found

    def _of_many(self, asking: Asking) -> list[Kept]:
        """Of more subjects than one query takes; none of these is asked for page by page."""
        found: list[Kept] = []
        for part in _parts(asking.subjects or ()):
            found += self.findings(Asking(severity=asking.severity, standing=asking.standing,
                                          subjects=part))  # fmt: skip
        return sorted(found, key=lambda kept: (kept.raised_ms, kept.id, kept.finding.message_cn))


def keep_verdicts(connection: Connection, verdicts: Verdicts) -> bool:
    """Write what a pass found, if the ledger is judged as far as the pass saw it."""
    before, after = verdicts.before, verdicts.after
    seen = (column == getattr(before, column.name) for column in _CURSOR)
    moved = connection.execute(update(judged).where(*seen).values(**asdict(after)))
    if moved.rowcount != 1:
        return False
    for name, index in verdicts.untold:
        connection.execute(delete(topic).where(topic.c.topic == name, topic.c.leaf_index == index))
    insert_rows(connection, topic, sorted(set(verdicts.topics)))
    for part in _parts([*verdicts.findings]):
        connection.execute(delete(finding).where(finding.c.scope.in_(part)))
    rows = [
        (*_row(scope, place, kept), after.version)
        for scope, found in verdicts.findings.items()
        for place, kept in enumerate(found)
    ]
    insert_rows(connection, finding, rows)
    for part in _parts([*{*verdicts.findings, *verdicts.due_ms}]):
        connection.execute(delete(waiting).where(waiting.c.scope.in_(part)))
    insert_rows(connection, waiting, [*verdicts.due_ms.items()])
    if verdicts.outdated is not None:
        older = finding.c.version < after.version
        spared = finding.c.rule.in_(sorted(verdicts.outdated))
        connection.execute(delete(finding).where(older, ~spared))
    return True


def call_again(connection: Connection, scope: str, due_ms: int = 0) -> None:
    """Have a scope judged again when it is due, or at once."""
    connection.execute(_WAIT, {"scope": scope, "due_ms": due_ms})


def prove_room(connection: Connection) -> None:
    """Write what takes pages of its own, and remove it; nothing of it ever falls due."""
    connection.execute(_WAIT, {"scope": f"room|{'-' * ROOM_BYTES}", "due_ms": 2**62})
    connection.execute(delete(waiting).where(waiting.c.due_ms == 2**62))


def forget_judgement(connection: Connection) -> None:
    """Forget all that was judged: the next pass begins at the first leaf."""
    for table in JUDGEMENT:
        connection.execute(delete(table))
    connection.execute(insert(judged).values(id=1, **asdict(Judged(through=0, at_ms=0))))


def _asked(query: Select[Any], asking: Asking) -> Select[Any]:
    if asking.severity is not None:
        query = query.where(finding.c.severity == asking.severity)
    if asking.subjects is not None:
        query = query.where(finding.c.subject.in_(list(asking.subjects)))
    if asking.standing is not None:
        lifted = finding.c.lifted_by.is_not(None)
        query = query.where(~lifted if asking.standing else lifted)
    return query


def _parts(names: Sequence[str]) -> Iterable[list[str]]:
    return ([*names[start : start + _HALF]] for start in range(0, len(names), _HALF))


def _row(scope: str, place: int, kept: Kept) -> Row:
    """Values in the order of the table's columns, but for the version of the rules."""
    found = kept.finding
    return (
        scope,
        place,
        kept.id,
        found.rule,
        found.severity,
        found.subject,
        json.encode(found.statement_ids).decode(),
        found.message_cn,
        found.message_en,
        found.hook,
        int(found.holds),
        int(found.unverified),
        kept.raised_ms,
        kept.since_ms,
        kept.lifted_by,
        json.encode(found.claimed_by).decode(),
    )


def _kept(scope: str, row: Sequence[Any]) -> Kept:
    raised_ms, named, rule, severity, subject, statement_ids, cn, en, hook, *rest = row
    holds, unverified, since_ms, lifted_by, claimed_by = rest
    return Kept(
        id=named,
        scope=scope,
        finding=Finding(
            rule=rule,
            severity=severity,
            subject=subject,
            statement_ids=_named(named, statement_ids),
            message_cn=cn,
            message_en=en,
            hook=hook,
            holds=bool(holds),
            unverified=bool(unverified),
            claimed_by=_named(named, claimed_by),
        ),
        raised_ms=raised_ms,
        since_ms=since_ms,
        lifted_by=lifted_by,
    )


def _named(finding_id: str, written: str) -> tuple[str, ...]:
    try:
        return _names.decode(written)
    except (MsgspecError, UnicodeError) as error:
        why = f"table finding: {written!r} of {finding_id} is no list of names"
        raise StoreError("database_damaged", why) from error
