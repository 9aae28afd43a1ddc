"""The trade's units are typed as they are said, and kept in grams and square metres."""

from pathlib import Path
from typing import Any

import pytest

from tests.chain import clock_text
from tests.cli.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.found()
    return made


def step(desk: Desk, lot: str, kind: str) -> dict[str, Any]:
    """What the trace says of a step."""
    steps = desk.answer("trace", lot)["steps"]
    return {each["cn"]: each["value"] for one in steps if one["kind"] == kind
            for each in one["elements"]}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "grams"),
    [("240斤", 120_000), ("1.5吨", 1_500_000), ("80 公斤", 80_000), ("500克", 500), ("7", 7_000)],
)
def test_a_mass_is_typed_in_a_file_as_people_say_it(desk: Desk, typed: str, grams: int) -> None:
    for thing in ([desk.lot(), typed], {"uri": desk.lot(), "mass": typed}):
        lot = thing[0] if isinstance(thing, list) else thing["uri"]
        desk.record({"kind": "PURCHASE", "outputs": [thing]})
        assert desk.answer("trace", lot)["net_g"] == grams


@pytest.mark.parametrize(
    ("typed", "square_metres"), [("25亩", 16_667), ("1.5公顷", 15_000), ("25", 16_667), (9, 9)]
)
def test_an_area_is_typed_in_mu_or_hectares(
    desk: Desk, typed: str | int, square_metres: int
) -> None:
    lot = desk.lot()
    desk.record({"kind": "HARVEST", "inputs": [desk.lot()], "outputs": [[lot, "2吨"]],
                 "elements": {"area_m2": typed, "pickers": ["李四"]}})  # fmt: skip
    assert step(desk, lot, "HARVEST")["采收面积"] == square_metres


@pytest.mark.parametrize("typed", ["many", "3磅", "-1公斤", ""])
def test_what_is_no_quantity_is_refused_before_signing(desk: Desk, typed: str) -> None:
    desk.record({"kind": "PURCHASE", "outputs": [[desk.lot(), typed]]}, expect=1)


def test_a_pack_is_typed_in_grams_when_no_unit_is_given(desk: Desk) -> None:
    lot = desk.lot()
    desk.record({"kind": "PACK_LABEL", "inputs": [[desk.lot(), "7公斤"]],
                 "outputs": [[lot, "14斤"]], "elements": {"unit_g": "500"}})  # fmt: skip
    assert step(desk, lot, "PACK_LABEL")["规格"] == 500


def test_what_is_about_a_place_alone_is_recorded_on_its_own_chain(desk: Desk) -> None:
    site = desk.lot().replace("/lot/", "/site/")
    body = {"site": site, "kind": "works", "county": "410825", "area_m2": 900}
    desk.record({"kind": "site.register", "body": body})
    desk.record({"kind": "EQUIP", "site": site, "event_time": clock_text(desk.now_ms),
                 "elements": {"equipment": "秤", "valid_to": "2027-01-01"}})  # fmt: skip
    assert [one["kind"] for one in desk.answer("trace", site)["steps"]] == ["BASE_REGISTER"]
