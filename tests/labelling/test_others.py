"""What one packer plans, prints and imports is nothing to another: by page and by program."""

import pytest

from api.labelling import planning, press
from ledger.errors import StoreError
from tests.http.served import assert_problem
from tests.labelling.shelf import LICENCES, PIECE, Clerk, Shelf

PLANNED = {"unit": "500", "packed": "10"}


@pytest.fixture
def rival(clerk: Clerk) -> Clerk:
    """Another works of the same ledger."""
    clerk.served.chain.admit("rival", "processor", licences=LICENCES)
    return Clerk(served=clerk.served, who="rival")


def test_another_packers_plan_and_jobs_are_not_to_be_had(
    clerk: Clerk, rival: Clerk, shelf: Shelf
) -> None:
    lot = clerk.plan(shelf)
    job = clerk.print(lot, 2, format="csv")
    headers = rival.served.bearing("rival")
    for path, body in (
        ("/v1/labels", {"lot": lot, "count": 1, "format": "csv"}),
        (f"/v1/labels/{lot}/stating", {"last": 2}), (f"/v1/labels/{lot}/void", {"serials": "1"}),
        ("/v1/packings", {"lot": shelf.code, **PIECE}),
    ):  # fmt: skip
        assert_problem(rival.ask(path, body), 403, "not_your_lot")
    assert_problem(rival.ask(f"/v1/labels/{job['job']}/redraw", {}), 404, "not_found")
    for path in (f"/v1/labels/{job['job']}", job["file"]):
        assert_problem(rival.served.client.get(path, headers=headers), 404, "not_found")
    for path in ("printing/{}", "labels/{}.png", "relations/{}"):
        assert rival.see("/enterprise/" + path.format(lot), serial=1).status_code == 403, path
    for act in ("print", "redraw", "drop"):
        refused = rival.send(f"/enterprise/printing/{lot}/{act}", {"job": job["job"], "count": "1"})
        assert refused.status_code in {403, 404}, act
    assert clerk.print(lot, 1, format="csv")["serials"] == ["3"]


def test_a_plan_of_somebody_who_says_that_he_received_a_lot_takes_nothing_from_its_maker(
    clerk: Clerk, rival: Clerk, shelf: Shelf
) -> None:
    rival.served.chain.do("rival", "RECEIVE", about=[(shelf.dried, 100_000)], sent_g=100_000,
                          appearance="好", quarantine="免检")  # fmt: skip
    rival.plan(shelf, packed="100")
    clerk.plan(shelf, packed="100")  # all that there is of it
    refused = clerk.send(f"/enterprise/printing/{shelf.code}/plan", PIECE | {"packed": "1"})
    assert refused.status_code == 409  # his own plans count


def test_what_a_rival_says_that_he_used_of_a_lot_takes_nothing_from_its_maker(
    clerk: Clerk, rival: Clerk, shelf: Shelf
) -> None:
    chain, theirs = rival.served.chain, rival.served.chain.lot()
    chain.do("rival", "CUT_GRADE", inputs=[(shelf.dried, 60_000)], outputs=[(theirs, 60_000)],
             grade="一等")  # fmt: skip
    clerk.plan(shelf, packed="100")  # all that there is of it
    refused = rival.send(f"/enterprise/printing/{shelf.code}/plan", PIECE | {"packed": "50"})
    assert refused.status_code == 409  # what he took he cannot take again


def test_what_a_buyer_used_of_a_lot_is_gone(clerk: Clerk, rival: Clerk, shelf: Shelf) -> None:
    chain, theirs = rival.served.chain, rival.served.chain.lot()
    chain.do("works", "SALE_B2B", about=[(shelf.dried, 60_000)], buyer="rival")
    chain.do("rival", "CUT_GRADE", inputs=[(shelf.dried, 60_000)], outputs=[(theirs, 60_000)],
             grade="一等")  # fmt: skip
    refused = clerk.send(f"/enterprise/printing/{shelf.code}/plan", PIECE | {"packed": "100"})
    assert refused.status_code == 409
    clerk.plan(shelf, packed="40")


def test_plans_of_a_lot_have_an_end(
    clerk: Clerk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PLANS_MAX", 2)
    for _ in range(2):
        clerk.plan(shelf, packed="1")
    refused = clerk.send(f"/enterprise/printing/{shelf.code}/plan", PIECE | {"packed": "1"})
    assert "包装计划" in refused.text


def test_one_actors_jobs_leave_room_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = press.Press(None)  # type: ignore[arg-type]  # nothing is drawn here
    desk._running = {f"job-{number}": "bad" for number in range(press.WAITING_EACH)}
    with pytest.raises(StoreError) as refused:
        desk._require_room("bad")
    assert refused.value.code == "busy"
    desk._require_room("good")
    monkeypatch.setattr(press, "WAITING_MAX", press.WAITING_EACH)
    with pytest.raises(StoreError):
        desk._require_room("good")


def test_a_label_opened_by_itself_is_a_picture_and_runs_nothing(clerk: Clerk, shelf: Shelf) -> None:
    lot = clerk.plan(shelf)
    for suffix in ("svg", "png"):
        answer = clerk.see(f"/enterprise/labels/{lot}.{suffix}", serial=1)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
