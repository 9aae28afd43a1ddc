"""One writing transaction: entries, and the projections that follow from them."""

from collections.abc import Iterator, Sequence

from msgspec import json
from sqlalchemy import Connection, delete, insert, select

from ledger.log.leaves import subject_key
from ledger.seam import Entry, Head, Recorded, Rival, SignedHead
from ledger.statements.sealed import Opening
from ledger.store import tables
from ledger.store.bulk import insert_rows, insertion, write_group
from ledger.store.driver import ask_named, commit_with, is_sqlite
from ledger.store.leaves import ENTRIES, Row, entry_of
from ledger.store.projections import Fold, SubjectRow, named_uris
from ledger.store.read import SqlReading
from ledger.store.tables import entry, opening, rival, signed_head
from ledger.store.wire import Question
from ledger.store.writer import SUBJECTS, Begun


class SqlWriting(SqlReading):
    """Writes through one connection that holds the writer's lock."""

    def __init__(self, connection: Connection, begun: Begun) -> None:
        """Writes after what was the newest leaf and subject when the lock was taken."""
        super().__init__(connection)
        self._subjects: dict[bytes, SubjectRow | None] = {}
        self._made: set[str] = set()  # of those subjects, the things whose making has arrived
        self._size = 0 if begun.newest_leaf is None else begun.newest_leaf + 1
        self._next_number = 0 if begun.newest_subject is None else begun.newest_subject + 1
        self._begun: int | None = None  # the first leaf of what is appended in parts
        self._read_back: tuple[tuple[int, int], list[Row]] | None = None
        self.new_head: SignedHead | None = None
        self._take_subjects(begun.asked, begun.subjects)

    def size(self) -> int:
        """Leaves in the log, with those of this transaction."""
        return self._size

    def heads(self, subject_keys: Sequence[bytes]) -> dict[bytes, Head]:
        """Heads of the chains that have a leaf."""
        self._load_subjects(subject_keys)
        return {
            key: Head(count=row.count, leaf_hash=row.head_hash)
            for key in subject_keys
            if (row := self._subjects[key]) is not None and row.count
        }

    def append(
        self, entries: Sequence[Entry], recorded: Sequence[Recorded], *, more: bool = False
    ) -> None:
        """Write entries and the projection rows that follow from them."""
        written = [(e.index, e.leaf, e.statement_id, e.payload, e.signature) for e in entries]
        self._load_named(recorded)
        start, self._size = self._size, self._size + len(entries)
        if self._begun is None:
            self._begun = start
        if more:
            self._write(written, recorded, more=True)
            return
        # What was written is read back in the same round trip, behind the inserts.
        (start, self._begun), stop = (self._begun, None), self._size
        (read,) = self._write(written, recorded, [(ENTRIES, (start, stop, stop - start + 1))])
        self._read_back = ((start, stop), read)

    def entries(self, start: int, stop: int) -> Iterator[Entry]:
        """Entries of `start <= index < stop`; those just appended were asked for with them."""
        asked, self._read_back = self._read_back, None
        if asked is not None and asked[0] == (start, stop):
            return map(entry_of, asked[1])
        return super().entries(start, stop)

    def clear_projections(self) -> None:
        """Delete every row that follows from the log."""
        for table in reversed(tables.PROJECTIONS):
            self.connection.execute(delete(table))
        self._subjects.clear()
        self._made.clear()
        self._next_number = 0

    def project(self, recorded: Sequence[Recorded]) -> None:
        """Write the projection rows that follow from recorded statements."""
        self._load_named(recorded)
        self._write([], recorded)

    def _write(
        self,
        entries: Sequence[Row],
        recorded: Sequence[Recorded],
        then: Sequence[Question] = (),
        *,
        more: bool = False,
    ) -> list[list[Row]]:
        fold = self._fold(recorded)
        for one in recorded:
            fold.take(one)
        rows = fold.take_rows()
        new = {row.number for row in fold.new}
        answers = write_group(
            self.connection,
            {
                entry: entries,
                tables.subject: [
                    (r.number, subject_key(r.uri), r.uri, r.count, r.head_hash) for r in fold.new
                ],
                tables.statement: rows.statement,
                tables.chain: rows.chain,
                tables.thing: rows.thing,
                tables.edge: rows.edge,
                tables.alias: rows.alias,
            },
            [(r.number, r.count, r.head_hash) for r in fold.moved.values() if r.number not in new],
            then,
            more=more,
        )
        self._next_number = fold.next_number
        for row in fold.new:
            self._subjects[subject_key(row.uri)] = row
        return answers

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
        """Keep a signed head; after the commit it is also written to the guard.

        PostgreSQL is sent it together with the commit, one round trip less.
        """
        if is_sqlite(self.connection):
            insert_rows(self.connection, signed_head, [(head.size, head.note)])
        self.new_head = head

    def commit(self) -> None:
        """Commit, with the signed head where it was not sent yet.

        A head that the database refuses is never committed: PostgreSQL passes over the commit
        behind it, and the refusal comes up here.
        """
        head = self.new_head
        unsent = head is not None and not is_sqlite(self.connection)
        commit_with(
            self.connection,
            [insertion(signed_head, [(head.size, head.note)])] if head and unsent else [],
        )

    def _load_named(self, recorded: Sequence[Recorded]) -> None:
        self._load_subjects([*map(subject_key, named_uris(recorded))])

    def _fold(self, recorded: Sequence[Recorded]) -> Fold:
        """The fold over these, of which every subject was loaded."""
        known = {
            uri: row for uri in named_uris(recorded) if (row := self._subjects[subject_key(uri)])
        }
        return Fold(known, self._made, self._next_number)

    def _load_subjects(self, keys: Sequence[bytes]) -> None:
        missing = [key for key in dict.fromkeys(keys) if key not in self._subjects]
        self._take_subjects(missing, ask_named(self.connection, SUBJECTS, missing))

    def _take_subjects(self, asked: Sequence[bytes], rows: Sequence[Row]) -> None:
        self._subjects.update(dict.fromkeys(asked))
        for number, key, uri, count, head_hash, made in rows:
            self._subjects[key] = SubjectRow(number, uri, count, head_hash)
            if made is not None:
                self._made.add(uri)
