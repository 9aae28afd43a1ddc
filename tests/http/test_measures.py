"""Over HTTP: a flood is told to come back later, keeps what it has, and costs others nothing."""

from collections.abc import Iterator
from json import dumps
from pathlib import Path

import pytest
from httpx import Response

from ledger.pace import DAYS_KEPT
from ledger.register.door import Parcel
from tests.http.served import Served, as_json, assert_problem, open_again, open_served

ITEM = {"item": "水分", "op": "<=", "limit": 15, "value": 1, "unit": "%", "passed": True}
PER_DAY = 3
WEEK = PER_DAY * DAYS_KEPT


@pytest.fixture
def counted(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """A ledger with a small measure, on each database."""
    with open_served(database_url, tmp_path, statements_per_day=PER_DAY) as opened:
        yield opened


def harvests(served: Served, count: int, who: str = "cooperative") -> list[Parcel]:
    """Signed harvests of lots of their own."""
    return [served.harvest(who) for _ in range(count)]


def size(served: Served) -> int:
    """Leaves in the log."""
    number: int = served.client.get("/v1/ledger").json()["size"]
    return number


def assert_waits(answer: Response) -> int:
    """The answer is a 429 that says when to come back; that, in seconds."""
    document = assert_problem(answer, 429, "measure_spent")
    wait_s = int(answer.headers["retry-after"])
    assert wait_s == document["wait_s"]
    assert 0 < wait_s <= 2 * 86_400
    return wait_s


def test_a_flood_waits_and_nothing_of_it_is_stored_by_halves(counted: Served) -> None:
    assert counted.post(*harvests(counted, WEEK + 1)).status_code == 201
    before = size(counted)
    late = harvests(counted, 5)

    # Alone by the short lane, several in a request, and line by line.
    assert_waits(counted.post(late[0]))
    assert_waits(counted.post(*late))
    lines = "\n".join(dumps(as_json(one)) for one in late).encode()
    assert_waits(counted.post_bytes(lines, "application/x-ndjson"))

    assert size(counted) == before
    assert counted.next_seq("cooperative") == WEEK + 1
    # Others are none the worse.
    assert counted.post(counted.harvest("mill")).status_code == 201


def test_what_is_known_gets_its_receipt_again_whatever_was_spent(counted: Served) -> None:
    sent = harvests(counted, WEEK + 1)
    first = counted.post(*sent).json()["receipts"]
    assert_waits(counted.post(counted.harvest()))
    for _ in range(2):
        again = counted.post(*sent)
        assert again.status_code == 201
        assert [each["index"] for each in again.json()["receipts"]] == [
            each["index"] for each in first
        ]
    assert counted.post(sent[0]).status_code == 201


def test_a_restarted_and_a_second_server_remember(counted: Served) -> None:
    assert counted.post(*harvests(counted, WEEK + 1)).status_code == 201
    late = counted.harvest()
    wait_s = assert_waits(counted.post(late))
    with open_again(counted) as again:
        assert abs(assert_waits(again.post(late)) - wait_s) <= 60


def test_the_operators_own_commands_are_not_counted_out(counted: Served) -> None:
    assert counted.post(*harvests(counted, WEEK + 1)).status_code == 201
    late = counted.harvest()
    assert_waits(counted.post(late))
    counted.chain.send(late)  # past HTTP, as `daodi import` and `daodi record --data` go
    assert counted.post(late).status_code == 201


def test_a_phone_that_was_offline_for_a_week_is_never_told_to_wait(served: Served) -> None:
    """By the measure that servers have by default: a season's day is fifty records."""
    queued = harvests(served, 7 * 50)
    assert {served.post(parcel).status_code for parcel in queued[:50]} == {201}
    assert served.post(*queued[50:]).status_code == 201


def test_the_metrics_count_who_waits(counted: Served) -> None:
    counted.post(*harvests(counted, WEEK + 1))
    assert_waits(counted.post(counted.harvest()))
    text = counted.metrics()
    assert 'daodi_requests_delayed_total{code="measure_spent"}' in text


def test_the_authority_sees_who_crowds_whose_lot(database_url: str, tmp_path: Path) -> None:
    with open_served(database_url, tmp_path, outside_per_day=1) as served:
        chain = served.chain
        chain.admit("bureau", "supervisor")
        chain.admit("rival", "cooperative", called="竞争合作社")
        lot = chain.lot()
        chain.do("mill", "PURCHASE", outputs=[(lot, 500_000)])

        def scouting(who: str) -> Parcel:
            return chain.event(
                who, "TEST", about=[(lot, None)], sample_id="S", report_no="R", lab_cma="C",
                method="x", conclusion="pass", items=[ITEM],
            )  # fmt: skip

        def told() -> str:
            headers = {**served.bearing("bureau"), "accept": "text/html"}
            return served.client.get("/supervisor", headers=headers).text

        assert 'id="crowds"' not in told()
        while (answer := served.post(scouting("rival"))).status_code == 201:
            pass
        assert_problem(answer, 429, "chain_crowded")
        assert int(answer.headers["retry-after"]) <= 86_400
        for _ in range(2 * DAYS_KEPT):
            assert served.post(scouting("mill")).status_code == 201
        text = told()
        assert 'id="crowds"' in text
        crowding = text.partition('id="crowds"')[2].partition("</ul>")[0]
        assert "竞争合作社" in crowding
        assert crowding.count("<li>") == 1
