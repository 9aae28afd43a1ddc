"""The wire to PostgreSQL: several questions in one round trip, and what becomes of a bad one."""

from collections.abc import Iterator

import psycopg
import pytest

from ledger.store.arrays import Blobs, Numbers, Texts
from ledger.store.wire import Wire

pytestmark = pytest.mark.postgres

LARGE = 3_000_000  # bytes: more than any socket takes at once


@pytest.fixture
def connection(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url) as opened:
        yield opened


@pytest.fixture
def wire(connection: psycopg.Connection) -> Wire:
    return Wire(connection.pgconn)


def test_questions_are_answered_in_their_order(wire: Wire) -> None:
    asked = [("SELECT ?::int8 + 1", (number,)) for number in (4, -7, 2**62)]
    for _ in range(2):  # prepared, and once it is prepared
        assert wire.ask(asked) == [[(5,)], [(-6,)], [(2**62 + 1,)]]


def test_columns_go_there_and_come_back(wire: Wire) -> None:
    given = (Numbers((1, None, -3)), Texts(("当归", "", None)), Blobs((b"\0\xff", None, b"")))
    query = "SELECT * FROM unnest(?::int8[], ?::text[], ?::bytea[])"
    assert wire.ask([(query, given)]) == [
        [(1, "当归", b"\0\xff"), (None, "", None), (-3, None, b"")]
    ]


def test_what_answers_no_rows_answers_none(wire: Wire) -> None:
    assert wire.ask(
        [("BEGIN", ()), ("SELECT 1::int8 WHERE ?::int8 = 0", (1,)), ("ROLLBACK", ())]
    ) == [
        [],
        [],
        [],
    ]


def test_more_than_a_socket_takes_goes_both_ways(wire: Wire) -> None:
    sent = b"d" * LARGE
    asked = [("SELECT unnest(?::bytea[])", (Blobs((sent,)),))] * 3
    assert wire.ask(asked) == [[(sent,)]] * 3


def test_what_stands_behind_a_failure_is_passed_over(
    wire: Wire, connection: psycopg.Connection
) -> None:
    wire.ask([("CREATE TABLE kept (n int8 PRIMARY KEY)", ())])
    insert = "INSERT INTO kept VALUES (?)"
    wire.ask([("BEGIN", ()), (insert, (1,)), ("COMMIT", ())])
    with pytest.raises(psycopg.errors.UniqueViolation):
        wire.ask([("BEGIN", ()), (insert, (2,)), (insert, (1,)), ("COMMIT", ())])
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    connection.rollback()
    assert wire.ask([("SELECT n FROM kept", ())]) == [[(1,)]]


def test_what_is_told_is_done_before_what_is_asked_behind_it(wire: Wire) -> None:
    wire.ask([("CREATE TABLE told (n int8 PRIMARY KEY)", ())])
    insert = "INSERT INTO told SELECT * FROM unnest(?::int8[])"
    for start in (0, 1_000):  # prepared, and once it is prepared
        wire.tell([(insert, (Numbers(range(start, start + 999)),))])
        wire.tell([(insert, (Numbers((start + 999,)),))])
        assert wire.ask([("SELECT count(*) FROM told", ())]) == [[(start + 1_000,)]]


def test_a_refusal_of_what_was_told_comes_up_with_the_next_question(
    wire: Wire, connection: psycopg.Connection
) -> None:
    wire.ask([("CREATE TABLE told (n int8 PRIMARY KEY)", ())])
    insert = "INSERT INTO told VALUES (?)"
    wire.ask([("BEGIN", ())])
    wire.tell([(insert, (1,)), (insert, (1,))])
    with pytest.raises(psycopg.errors.UniqueViolation):
        wire.ask([(insert, (2,)), ("COMMIT", ())])
    connection.rollback()
    assert wire.ask([("SELECT n FROM told", ())]) == [[]]


def test_what_was_told_can_be_given_up(wire: Wire, connection: psycopg.Connection) -> None:
    wire.ask([("CREATE TABLE told (n int8 PRIMARY KEY)", ())])
    wire.ask([("BEGIN", ())])
    wire.give_up()  # nothing is under way
    wire.tell([("INSERT INTO told VALUES (?)", (1,))])
    wire.give_up()
    connection.rollback()
    assert wire.ask([("SELECT n FROM told", ())]) == [[]]


def test_a_question_that_could_not_be_prepared_is_prepared_again(
    wire: Wire, connection: psycopg.Connection
) -> None:
    late = "SELECT n FROM late WHERE n = ?"
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            wire.ask([(late, (1,))])
        connection.rollback()
    wire.ask([("CREATE TABLE late AS SELECT 1::int8 AS n", ())])
    assert wire.ask([(late, (1,)), (late, (2,))]) == [[(1,)], []]


def test_a_number_that_fits_nowhere_is_refused(wire: Wire) -> None:
    query = "SELECT unnest(?::int8[])"
    with pytest.raises(psycopg.DataError):
        wire.ask([("SELECT 1", ()), (query, (Numbers((2**63,)),))])
    assert wire.ask([(query, (Numbers((2**62,)),))]) == [[(2**62,)]]  # nothing was begun


def test_a_lost_connection_is_an_error_and_no_silence(
    wire: Wire, connection: psycopg.Connection, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        wire.ask([("SELECT 1", ())])
