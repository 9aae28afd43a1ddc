"""One writing transaction: entries, and the projections that follow from them."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import json
from sqlalchemy import Connection, insert, select

from ledger.log.leaves import subject_key
from ledger.seam import Entry, Head, Recorded, Rival, SignedHead
from ledger.statements.sealed import Opening
from ledger.store import tables
from ledger.store.bulk import insert_rows, move_heads
from ledger.store.driver import ask, ask_named, together
from ledger.store.projections import Fold, SubjectRow, named_uris
from ledger.store.read import SqlReading
from ledger.store.tables import chain, edge, entry, opening, rival, signed_head, statement, subject

TOGETHER_MAX: Final = 200  # entries sent without waiting between tables; more are copied


class SqlWriting(SqlReading):
    """Writes through one connection that holds the writer's lock."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._subjects: dict[bytes, SubjectRow | None] = {}
        self._next_number: int | None = None
        self.new_head: SignedHead | None = None

    def heads(self, subject_keys: Sequence[bytes]) -> dict[bytes, Head]:
        """Heads of the chains that have a leaf."""
        self._load_subjects(subject_keys)
        return {
            key: Head(count=row.count, leaf_hash=row.head_hash)
            for key in subject_keys
            if (row := self._subjects[key]) is not None and row.count
        }

    def append(self, entries: Sequence[Entry], recorded: Sequence[Recorded]) -> None:
        """Write entries and the projection rows that follow from them."""
        written = [(e.index, e.leaf, e.statement_id, e.payload, e.signature) for e in entries]
        if len(entries) > TOGETHER_MAX:
            insert_rows(self.connection, entry, written)
            self.project(recorded)
            return
        fold = self._fold(recorded)
        with together(self.connection):
            insert_rows(self.connection, entry, written)
            self._project(fold, recorded)

    def project(self, recorded: Sequence[Recorded]) -> None:
        """Write the projection rows that follow from recorded statements."""
        self._project(self._fold(recorded), recorded)

    def _project(self, fold: Fold, recorded: Sequence[Recorded]) -> None:
        for one in recorded:
            fold.take(one)
        rows = fold.take_rows()
        new = {row.number for row in fold.new}
        insert_rows(
            self.connection,
            subject,
            [(r.number, subject_key(r.uri), r.uri, r.count, r.head_hash) for r in fold.new],
        )
        moved = [r for r in fold.moved.values() if r.number not in new]
        move_heads(self.connection, [(r.number, r.count, r.head_hash) for r in moved])
        insert_rows(self.connection, statement, rows.statement)
        insert_rows(self.connection, chain, rows.chain)
        insert_rows(self.connection, tables.thing, rows.thing)
        insert_rows(self.connection, edge, rows.edge)
        self._next_number = fold.next_number
        for row in fold.new:
            self._subjects[subject_key(row.uri)] = row

    def keep_openings(self, openings: Sequence[Opening]) -> None:
        """Keep the openings of sealed values."""
        rows = [(o.statement, o.name, o.salt, json.encode(o.value).decode()) for o in openings]
        insert_rows(self.connection, opening, rows)

    def keep_rival(self, second: Rival) -> None:
        """Keep a second statement at a number already taken; the same one twice is kept once."""
        kept = select(rival.c.statement_id).where(rival.c.statement_id == second.statement_id)
        if self.connection.execute(kept).first() is None:
            self.connection.execute(
                insert(rival).values(
                    statement_id=second.statement_id,
                    key_id=second.key,
                    key_seq=second.seq,
                    payload=second.payload,
                    signature=second.signature,
                    received_ms=second.received_ms,
                )
            )

    def keep_signed_head(self, head: SignedHead) -> None:
        """Keep a signed head; after the commit it is also written to the guard."""
        insert_rows(self.connection, signed_head, [(head.size, head.note)])
        self.new_head = head

    def _fold(self, recorded: Sequence[Recorded]) -> Fold:
        uris = named_uris(recorded)
        self._load_subjects([subject_key(uri) for uri in uris])
        known = {uri: row for uri in uris if (row := self._subjects[subject_key(uri)])}
        if self._next_number is None:
            ((newest,),) = ask(self.connection, "SELECT max(id) FROM subject")
            self._next_number = 0 if newest is None else newest + 1
        made = self._made({uri: row.number for uri, row in known.items()})
        return Fold(known, made, self._next_number)

    def _made(self, numbers: Mapping[str, int]) -> set[str]:
        uris = {number: uri for uri, number in numbers.items()}
        query = "SELECT subject_id FROM thing WHERE subject_id ?…"
        return {uris[number] for (number,) in ask_named(self.connection, query, list(uris))}

    def _load_subjects(self, keys: Sequence[bytes]) -> None:
        missing = [key for key in dict.fromkeys(keys) if key not in self._subjects]
        self._subjects.update(dict.fromkeys(missing))
        query = "SELECT id, subject_key, uri, count, head_hash FROM subject WHERE subject_key ?…"
        rows = ask_named(self.connection, query, missing)
        for number, key, uri, count, head_hash in rows:
            self._subjects[bytes(key)] = SubjectRow(number, uri, count, bytes(head_hash))
