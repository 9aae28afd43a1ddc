"""What was opened, and what was counted: read for what it proves and no more."""

from datetime import date
from hashlib import sha256

import pytest

from ledger.canonical import JsonValue
from ledger.herbs.bodies import event_body
from ledger.herbs.events import parse_recorded_event
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import Known, Outline, Position
from ledger.rules.history.openings import (
    TWO_AT_ONCE,
    Counted,
    Names,
    corners_of,
    known_of,
    position_of,
    sightings_of,
)
from ledger.rules.history.topics import Sited
from ledger.statements.roll import ActorRecord
from ledger.statements.sealed import Opening
from tests.rules.story import KG, Story, crop, lot, plot

DAY = date(2026, 5, 1)
SHOP = ActorRecord(actor="urn:daodi:actor:shop", name="演示药铺", roles=(), county="", valid_to="",
                   admitted_index=1, body={})  # fmt: skip


def fact(kind: str, index: int = 2) -> Fact:
    made = kind == "HARVEST"
    body = event_body(
        kind,
        event_time="2025-11-06T08:00:00+08:00",
        inputs=[(crop(), None)] if made else [],
        outputs=[(lot("a"), 9)] if made else [],
        about=[] if made else [(lot("a"), 9)],
    )
    return Fact(
        index=index, statement_id=sha256(kind.encode()).hexdigest(), subject=lot("a"),
        event=parse_recorded_event(body), signed_ms=1, recorded_ms=1,
    )  # fmt: skip


def opened(statement: str, name: str, value: JsonValue) -> Opening:
    return Opening(statement=statement, name=name, salt="A" * 22, value=value)


@pytest.mark.parametrize(
    ("said", "actor"),
    [
        ("演示药铺", SHOP.actor),
        (" 演示药铺 ", SHOP.actor),
        (SHOP.actor, SHOP.actor),
        ("外地货主", ""),
    ],
)
def test_a_sealed_name_is_an_actors_or_that_of_somebody_outside(said: str, actor: str) -> None:
    sale, purchase, receipt = (fact(kind) for kind in ("SALE_B2B", "PURCHASE", "RECEIVE"))
    known = known_of(
        [sale, purchase, receipt],
        [opened(sale.statement_id, "buyer", said), opened(purchase.statement_id, "seller", said),
         opened(receipt.statement_id, "buyer", said), opened(sale.statement_id, "price", 3)],
        names=Names([SHOP]),
    )  # fmt: skip
    assert known.buyers == {sale.statement_id: actor}
    assert known.sellers == {purchase.statement_id: actor}


def test_a_name_is_nobodys_before_its_actor_was_admitted_and_a_number_is_no_name() -> None:
    early, sale = fact("SALE_B2B", index=1), fact("PURCHASE")
    known = known_of(
        [early, sale],
        [opened(early.statement_id, "buyer", SHOP.name), opened(sale.statement_id, "seller", 7)],
        names=Names([SHOP]),
    )  # fmt: skip
    assert (known.buyers, known.sellers) == ({early.statement_id: ""}, {})


def test_what_is_still_sealed_and_what_belongs_to_no_statement_stays_unknown() -> None:
    stranger = opened("00" * 32, "buyer", "x")
    assert known_of([], [stranger], names=Names([])) == Known()


def test_outlines_are_polygons_of_geojson_and_positions_have_an_accuracy() -> None:
    ring: JsonValue = [[113.0, 34.9], [113.1, 34.9], [113.1, 35.0], [113.0, 34.9]]
    harvest, sale = fact("HARVEST"), fact("SALE_B2B")
    polygon: JsonValue = {"type": "Polygon", "coordinates": [ring]}
    here: JsonValue = {"lat": 34.9, "lon": 113}
    known = known_of(
        [harvest, sale],
        [opened("ab" * 32, "outline", polygon), opened("cd" * 32, "outline", polygon),
         opened(harvest.statement_id, "geo", here), opened(sale.statement_id, "geo", here)],
        names=Names([]), sites=[Sited(index=1, statement_id="ab" * 32, site=plot(), since=DAY)],
    )  # fmt: skip
    corners = ((34.9, 113.0), (34.9, 113.1), (35.0, 113.1))
    assert known.outlines == {plot(): (Outline(since=DAY, corners=corners),)}
    assert known.positions == {
        harvest.statement_id: Position(latitude=34.9, longitude=113, accuracy_m=30.0)
    }


@pytest.mark.parametrize(
    "value", [None, 7, "x", {}, {"type": "Point"}, {"type": "Polygon", "coordinates": []},
              {"type": "Polygon", "coordinates": [[["a", "b"]]]}],
)  # fmt: skip
def test_what_cannot_be_read_is_no_outline_and_no_position(value: JsonValue) -> None:
    assert corners_of(value) == ()
    assert position_of(value) is None


def counted(day: int, province: str, times: int = 1) -> Counted:
    return Counted(lot=lot("p"), serial=7, day=date(2025, 12, day), province=province, times=times)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([counted(1, "河南省"), counted(8, "四川省"), counted(20, "广东省")], ["red"]),
        ([counted(1, TWO_AT_ONCE)], ["red"]),  # the server saw it and kept only that
        ([counted(1, "河南省"), counted(1, "四川省")], []),  # of a day's hours nothing is known
        ([counted(1, "河南省"), counted(2, "四川省", 90)], []),
        ([counted(1, "河南省"), counted(2, ""), counted(3, "四川省")], []),
    ],
)
def test_counters_of_days_prove_three_provinces_and_no_two_hours(
    rows: list[Counted], said: list[str]
) -> None:
    story = Story()
    story.knows(sightings=tuple(sightings_of(rows)))
    assert story.severities("CL1") == said


def test_the_mark_of_two_places_at_once_is_no_third_place_and_no_scan() -> None:
    story = Story()
    story.pack(lot("dry"), "p", 10 * KG, "2025-11-20")
    rows = [counted(1, "河南省"), counted(1, "四川省"), counted(1, TWO_AT_ONCE, 5)]
    seen = tuple(sightings_of(rows))
    story.knows(sightings=seen)
    (found,) = story.findings("CL1")
    assert "两小时内在两个省份" in found.message_cn
    assert sum(each.times for each in seen) == 2


def test_a_pack_scanned_on_the_day_it_left_was_not_scanned_too_early() -> None:
    story = Story()
    story.pack(lot("dry"), "p", 10 * KG, "2025-11-20")
    story.do("mill", "STORE_OUT", "2025-12-05 17:00", about=[(lot("p"), 10 * KG)])
    story.knows(sightings=tuple(sightings_of([counted(5, "河南省")])))
    assert story.severities("CL3") == []
    story.knows(sightings=tuple(sightings_of([counted(4, "河南省")])))
    assert story.severities("CL3") == ["amber"]
