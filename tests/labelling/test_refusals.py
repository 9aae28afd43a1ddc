"""What a clerk may mistype at the printing desk: each slip has its code, and takes no serial."""

import pytest

from tests.http.served import assert_problem
from tests.labelling.shelf import PIECE, Clerk, Shelf
from tests.labelling.test_printing import code_of, left


@pytest.fixture
def printed(clerk: Clerk, shelf: Shelf) -> str:
    """A planned pack lot of twenty, of which ten labels are printed."""
    lot = clerk.plan(shelf)
    clerk.print(lot, 10, format="csv")
    return lot


def test_a_wrong_last_label_states_nothing(clerk: Clerk, shelf: Shelf, printed: str) -> None:
    other = clerk.plan(shelf, packed="5")
    clerk.print(other, 1, format="csv")
    for wrong, status, code in (
        ({"last": code_of(clerk, other, 1)}, 400, "bad_code"),  # of another lot
        ({"last": printed}, 400, "bad_code"),  # the lot's own code
        ({"last": "9" * 30}, 404, "unknown_code"),
        ({"last": "0"}, 409, "not_printed"),
        ({"last": "3", "spoiled": "eins"}, 400, "bad_code"),
        ({"last": "3", "spoiled": "1-"}, 400, "bad_code"),
        ({"last": "3", "spoiled": "1-3"}, 409, "not_printed"),  # none is on a pack
        ({"last": "3", "spoiled": "30"}, 409, "not_printed"),
    ):
        refused = clerk.ask(f"/v1/labels/{printed}/stating", {"spoiled": "", **wrong})
        assert_problem(refused, status, code)
    assert clerk.state(printed, 3) == []


def test_only_serials_of_the_lot_are_withdrawn_and_once(clerk: Clerk, printed: str) -> None:
    assert clerk.void(printed, "2，4至5") == []
    for serials, code in (
        ("2", "already_registered"),
        ("4-5", "already_registered"),
        ("11", "not_printed"),
        ("9-11", "not_printed"),
    ):
        assert [one["code"] for one in clerk.void(printed, serials)] == [code], serials
    for serials in ("zwei", "3-", "1,,x"):
        given = {"serials": serials, "reason": "damaged"}
        assert_problem(clerk.ask(f"/v1/labels/{printed}/void", given), 400, "bad_code")
    assert clerk.void(printed, "4-6") == []  # one of them is new


@pytest.mark.parametrize(
    ("slip", "code"),
    [
        ({"format": "docx"}, "bad_query"),
        ({"stock": "no such paper"}, "bad_query"),
        ({"dpi": 17}, "bad_query"),
        ({"start_cell": "-1"}, "bad_query"),
        ({"start_cell": "9999"}, "bad_query"),
        ({"right": "wide"}, "bad_query"),
        ({"right": "nan"}, "bad_query"),
        ({"down": "inf"}, "bad_query"),
        ({"down": "1e9"}, "bad_query"),
        ({"count": "many"}, "bad_query"),
        ({"count": "0"}, "bad_query"),
    ],
)
def test_a_paper_that_is_none_takes_no_serial(
    clerk: Clerk, printed: str, slip: dict[str, object], code: str
) -> None:
    assert_problem(clerk.ask("/v1/labels", {"lot": printed, "count": 1, **slip}), 400, code)
    assert left(clerk, printed) == 10


@pytest.mark.parametrize(
    ("slip", "code"),
    [
        ({"sort": "sweets"}, "bad_query"),
        ({"months": "0"}, "bad_query"),
        ({"months": "9999"}, "bad_query"),
        ({"months": "some"}, "bad_query"),
        ({"unit": ""}, "bad_quantity"),
        ({"packed": "much"}, "bad_quantity"),
    ],
)
def test_a_wish_that_is_none_plans_nothing(
    clerk: Clerk, shelf: Shelf, slip: dict[str, str], code: str
) -> None:
    refused = clerk.ask("/v1/packings", {**PIECE, "lot": shelf.code, **slip})
    assert_problem(refused, 400, code)


def test_a_label_is_shown_while_its_serial_is_good(clerk: Clerk, printed: str) -> None:
    assert clerk.void(printed, "2") == []
    shown = clerk.see(f"/enterprise/labels/{printed}.png", serial=3)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    for name, query, status in (
        (f"{printed}.gif", {"serial": 3}, 404),
        (f"{printed}.png", {"serial": 2}, 400),
        (f"{printed}.png", {"serial": 999}, 404),
        (f"{printed}.svg", {"serial": 3, "stock": "no such paper"}, 400),
    ):
        assert clerk.see(f"/enterprise/labels/{name}", **query).status_code == status


@pytest.mark.parametrize("shift", ["nan", "inf", "-1e9", "wide"])
def test_a_test_page_is_not_shifted_off_its_sheet(clerk: Clerk, shift: str) -> None:
    assert clerk.see("/enterprise/test-page", right="0.5").content.startswith(b"%PDF")
    assert clerk.see("/enterprise/test-page", right=shift).status_code == 400
