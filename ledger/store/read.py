"""A snapshot of the ledger: every query that the corridors ask."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import MsgspecError, json
from sqlalchemy import TextClause, bindparam, select, text

from ledger.errors import StoreError
from ledger.log.leaves import subject_key
from ledger.seam import Alias, Edge, Entry, Lineage, Rival, SignedHead, Thing
from ledger.statements.sealed import Opening
from ledger.store.bulk import fetch_rows
from ledger.store.driver import ask, ask_named
from ledger.store.judged import JudgedReading
from ledger.store.leaves import BATCH_ROWS, LeafReading, Row, entry_of
from ledger.store.tables import entry, opening, rival, signed_head, subject, thing

NAMES_MAX: Final = 500  # names in one IN list: SQLite's oldest limit is 999 variables
INDEX_OF: Final = "SELECT statement_id, leaf_index FROM entry WHERE statement_id ?…"

_ALIASED: Final = (
    "SELECT s.uri, a.scheme, a.leaf_index FROM alias AS a JOIN subject AS s ON s.id = a.subject_id"
    " WHERE a.number = ? ORDER BY a.leaf_index, s.id"
)
_ENTRY = (
    entry.c.leaf_index,
    entry.c.leaf,
    entry.c.statement_id,
    entry.c.payload,
    entry.c.signature,
)
# One index range per step upwards or downwards; UNION ends cycles that a conflict might make.
# Both databases walk breadth first; the joins may reorder, so the steps are numbered before them.
_WALK = """
WITH RECURSIVE walk(child_id, parent_id, leaf_index, mass_g) AS (
  SELECT child_id, parent_id, leaf_index, mass_g FROM edge
   WHERE {here} = (SELECT id FROM subject WHERE subject_key = :key)
  UNION
  SELECT e.child_id, e.parent_id, e.leaf_index, e.mass_g
    FROM edge AS e JOIN walk AS w ON e.{here} = w.{there}
)
SELECT p.uri, c.uri, numbered.leaf_index, numbered.mass_g
  FROM (SELECT row_number() OVER () AS place, limited.*
          FROM (SELECT * FROM walk LIMIT :limit) AS limited) AS numbered
  JOIN subject AS p ON p.id = numbered.parent_id
  JOIN subject AS c ON c.id = numbered.child_id
 ORDER BY numbered.place
"""
_UPWARDS = text(_WALK.format(here="child_id", there="parent_id"))
_DOWNWARDS = text(_WALK.format(here="parent_id", there="child_id"))


class SqlReading(LeafReading, JudgedReading):
    """Reads through one connection, inside one transaction."""

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Rows of a query of our own, in which `?` stands for each value."""
        return ask(self.connection, query, values)

    def ask_named(self, query: str, names: Sequence[Any]) -> list[Row]:
        """Rows of a query in which `?…` stands for any of these names, however many they are."""
        return ask_named(self.connection, query, names)

    def size(self) -> int:
        """Leaves in the log."""
        ((newest,),) = ask(self.connection, "SELECT max(leaf_index) FROM entry")
        return 0 if newest is None else int(newest) + 1

    def index_of(self, statement_ids: Sequence[str]) -> dict[str, int]:
        """Log index of each statement that is in the log."""
        return dict(ask_named(self.connection, INDEX_OF, statement_ids))

    def signed_head(self, *, covering: int | None = None) -> SignedHead | None:
        """Newest signed head, or the first one that covers the leaf at index `covering`."""
        query = select(signed_head.c.size, signed_head.c.note)
        query = (
            query.order_by(signed_head.c.size.desc())
            if covering is None
            else query.where(signed_head.c.size > covering).order_by(signed_head.c.size)
        )
        row = self.connection.execute(query.limit(1)).first()
        return SignedHead(size=row.size, note=row.note) if row else None

    def signed_heads(self) -> Iterator[SignedHead]:
        """Every signed head ever kept, by size."""
        query = (
            select(signed_head.c.size, signed_head.c.note)
            .where(signed_head.c.size > bindparam("after"))
            .order_by(signed_head.c.size)
            .limit(BATCH_ROWS)
        )
        after = -1
        while rows := self.connection.execute(query, {"after": after}).all():
            yield from (SignedHead(size=row.size, note=row.note) for row in rows)
            after = rows[-1].size

    def things(self, uris: Sequence[str]) -> dict[str, Thing]:
        """Those of the things whose making has arrived."""
        query = _THINGS.where(subject.c.subject_key.in_(bindparam("names", expanding=True)))
        return {row.uri: _thing(row) for row in self._in_parts(query, [*map(subject_key, uris)])}

    def ancestors(self, uri: str, *, limit: int) -> Lineage:
        """What the thing came from, by the makings that count; `limit` edges at most."""
        rows = self._walked(_UPWARDS, uri, limit + 1)
        edges = [_edge(row) for row in rows[:limit]]
        return _lineage(edges, [edge.parent for edge in edges], complete=len(rows) <= limit)

    def descendants(self, uri: str, *, limit: int) -> Lineage:
        """What was made of the thing, by the makings that count; `limit` edges at most."""
        rows = self._walked(_DOWNWARDS, uri, limit + 1)
        edges = [_edge(row) for row in rows[:limit]]
        return _lineage(edges, [edge.child for edge in edges], complete=len(rows) <= limit)

    def _walked(self, walk: TextClause, uri: str, limit: int) -> Sequence[Any]:
        return self.connection.execute(walk, {"key": subject_key(uri), "limit": limit}).all()

    def aliased(self, number: str) -> list[Alias]:
        """What is stated under a number of other people's, in order of the log."""
        rows = ask(self.connection, _ALIASED, (number,))
        return [Alias(number=number, uri=uri, scheme=sort, index=at) for uri, sort, at in rows]

    def openings(self, statement_ids: Sequence[str]) -> list[Opening]:
        """Openings of sealed values that have not been erased."""
        query = select(opening).where(
            opening.c.statement_id.in_(bindparam("names", expanding=True))
        )
        return [_opening(row) for row in self._in_parts(query, statement_ids)]

    def opened(self, *, after: str, limit: int) -> list[str]:
        """Ids of statements with openings, in an order of the database's, from behind `after`."""
        named = opening.c.statement_id
        query = select(named).distinct().where(named > after).order_by(named).limit(limit)
        return list(self.connection.execute(query).scalars())

    def rivals(self) -> list[Rival]:
        """Statements kept as evidence of equivocation."""
        rows = self.connection.execute(select(rival).order_by(rival.c.received_ms))
        return [
            Rival(
                key=row.key_id,
                seq=row.key_seq,
                statement_id=row.statement_id,
                payload=bytes(row.payload),
                signature=bytes(row.signature),
                received_ms=row.received_ms,
            )
            for row in rows
        ]

    def recent_things(self, *, limit: int) -> list[Thing]:
        """Things made last, newest first."""
        rows = self.connection.execute(_THINGS.order_by(thing.c.leaf_index.desc()).limit(limit))
        return [_thing(row) for row in rows]

    def recent_entries(self, *, limit: int) -> list[Entry]:
        """Event entries recorded last, newest first."""
        query = select(*_ENTRY).where(entry.c.statement_id.is_not(None))
        query = query.order_by(entry.c.leaf_index.desc()).limit(limit)
        return [entry_of(row) for row in fetch_rows(self.connection, query)]

    def _in_parts(self, query: Any, names: Sequence[Any]) -> list[Any]:  # noqa: ANN401 — any Select
        """Rows of a query for one list of names, asked in parts that both databases take."""
        rows: list[Any] = []
        for start in range(0, len(names), NAMES_MAX):
            part = list(names[start : start + NAMES_MAX])
            rows.extend(self.connection.execute(query, {"names": part}))
        return rows


_THINGS = select(
    subject.c.uri,
    thing.c.leaf_index,
    thing.c.kind,
    thing.c.herb,
    thing.c.name,
    thing.c.mass_g,
).join_from(thing, subject, subject.c.id == thing.c.subject_id)


def _thing(row: Any) -> Thing:  # noqa: ANN401 — a row of any query
    return Thing(
        uri=row.uri,
        made_index=row.leaf_index,
        kind=row.kind,
        herb=row.herb,
        name=row.name,
        mass_g=row.mass_g,
    )


def _opening(row: Any) -> Opening:  # noqa: ANN401 — a row of any query
    try:
        value = json.decode(row.value)
    except (MsgspecError, UnicodeError) as error:
        named = f"table opening: {row.name} of {row.statement_id}"
        raise StoreError("database_damaged", f"{named} is no JSON") from error
    return Opening(statement=row.statement_id, name=row.name, salt=row.salt, value=value)


def _edge(row: Any) -> Edge:  # noqa: ANN401 — a row of any query
    parent, child, index, mass_g = row
    return Edge(parent=parent, child=child, index=index, mass_g=mass_g)


def _lineage(edges: list[Edge], things: list[str], *, complete: bool) -> Lineage:
    return Lineage(things=tuple(dict.fromkeys(things)), edges=tuple(edges), complete=complete)
