"""Asks PostgreSQL several things in one round trip, by libpq's own calls in binary.

A lone statement waits for three round trips, and the driver's cursors and pipelines take longer
for each than the server does. Everything is prepared once for as long as the connection lives.
"""

import re
import select
import struct
from collections.abc import Sequence
from functools import cache
from itertools import count
from typing import Final

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from ledger.store.arrays import Column, packed
from ledger.store.leaves import Row

Value = int | Column
Question = tuple[str, Sequence[Value]]
"""A statement of our own in which `?` stands for each value."""

_INT: Final = struct.Struct(">q")
_FAILED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED})
_BYTEA, _INT8, _TEXT = 17, 20, 25  # the types that our columns have


class Wire:
    """One connection, with the names under which its statements are prepared."""

    def __init__(self, connection: PGconn) -> None:
        self._connection = connection
        self._names: dict[str, bytes] = {}
        self._numbers = count()
        self._fresh: dict[str, bytes] = {}  # prepared in this round trip
        self._asked: list[bool] = []  # of each question under way, whether it is prepared with it
        self._untold = 0  # how many of them nobody wants to hear of
        self._reading = select.poll()
        self._reading.register(connection.socket, select.POLLIN)
        self._either = select.poll()
        self._either.register(connection.socket, select.POLLIN | select.POLLOUT)

    def tell(self, questions: Sequence[Question]) -> None:
        """Send what answers nothing, and go on while the server works at it.

        Whatever is asked next comes behind it; what failed comes up there.
        """
        self._put(questions)
        self._untold += len(questions)
        self._send()

    def ask(self, questions: Sequence[Question]) -> list[list[Row]]:
        """Rows of each question, answered in turn. The first that fails stops those behind it.

        Raises psycopg.Error: the failure itself, in a transaction that can only be rolled back.
        """
        self._put(questions)
        self._connection.pipeline_sync()
        self._send()
        results = self._results()
        self._connection.exit_pipeline_mode()
        asked, untold, fresh = self._asked, self._untold, self._fresh
        self._asked, self._untold, self._fresh = [], 0, {}
        for result in results:
            if result.status in _FAILED:
                raise psycopg.errors.error_from_result(result)
        self._names.update(fresh)
        # The answers to preparing come among the others, and have no rows.
        waiting = iter(results)
        answers = []
        for is_fresh in asked:
            if is_fresh:
                next(waiting)
            answers.append(next(waiting))
        return [_rows(answer) for answer in answers[untold:]]

    def give_up(self) -> None:
        """Hear what is under way, if anything is, and forget it. Raises psycopg.Error."""
        if self._asked:
            self.ask([])

    def _put(self, questions: Sequence[Question]) -> None:
        """Write questions behind what is under way. Raises psycopg.DataError before any of them."""
        dumped = [[_dumped(value) for value in values] for _, values in questions]
        connection = self._connection
        if not self._asked:
            connection.enter_pipeline_mode()
        for (query, _), values in zip(questions, dumped, strict=True):
            name = self._names.get(query) or self._fresh.get(query)
            self._asked.append(name is None)
            if name is None:
                name = self._fresh[query] = b"daodi_%d" % next(self._numbers)
                connection.send_prepare(name, _numbered(query))
            connection.send_query_prepared(
                name,
                values,
                [Format.BINARY] * len(values),
                result_format=Format.BINARY,
            )

    def _send(self) -> None:
        """Send what is left to send; a large group does not fit into the socket at once."""
        while self._connection.flush():
            ((_, ready),) = self._either.poll()
            if ready & ~select.POLLOUT:
                self._connection.consume_input()

    def _results(self) -> list[PGresult]:
        """Every result up to the end of the round trip."""
        connection = self._connection
        results: list[PGresult] = []
        while True:
            while connection.is_busy():
                self._reading.poll()
                connection.consume_input()
            result = connection.get_result()
            if result is None:  # behind each statement's result
                if connection.status == ConnStatus.BAD:
                    raise psycopg.OperationalError("the connection is lost")
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)


@cache
def _numbered(query: str) -> bytes:
    """A query in PostgreSQL's own spelling, `$1` for the first value."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", query).encode()


def _dumped(value: Value) -> bytes:
    return _INT.pack(value) if isinstance(value, int) else packed(value)


def _rows(result: PGresult) -> list[Row]:
    """Rows of a result in binary. A type that is not ours stays bytes."""
    kinds = [result.ftype(column) for column in range(result.nfields)]
    return [
        tuple(_loaded(kind, result.get_value(row, at)) for at, kind in enumerate(kinds))
        for row in range(result.ntuples)
    ]


def _loaded(kind: int, value: bytes | None) -> int | str | bytes | None:
    if value is None or kind == _BYTEA:
        return value
    if kind == _INT8:
        return int.from_bytes(value, signed=True)
    return value.decode() if kind == _TEXT else value
