"""What was opened, and what was counted: read for what it proves and no more."""

from datetime import date

import pytest

from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.bodies import event_body
from ledger.herbs.events import default_chains, parse_recorded_event
from ledger.rules.knowing import Counted, corners_of, known_of, position_of, sightings_of
from ledger.rules.reading import Stated
from ledger.rules.season import Known, Position
from ledger.statements.keys import generate_private_key
from ledger.statements.roll import ActorRecord
from ledger.statements.sealed import Opening
from ledger.statements.statement import draft
from tests.rules.story import KG, Story, lot, plot

KEY = generate_private_key("Ed25519")
SHOP = ActorRecord(actor="urn:daodi:actor:shop", name="演示药铺", roles=(), county="", valid_to="",
                   admitted_index=1, body={})  # fmt: skip


def stated(kind: str, body: JsonObject, subjects: list[str]) -> Stated:
    claim, _ = draft(
        ledger="ledger.example/herbs", key=KEY, seq=0, prev=None, kind=kind, body=body,
        signed_at="2025-11-06T08:00:00+08:00", subjects=subjects,
    )  # fmt: skip
    event = parse_recorded_event(body) if kind == "event" else None
    return Stated(index=1, recorded_ms=1, claim=claim, event=event)


def moved(kind: str) -> Stated:
    time = "2025-11-06T08:00:00+08:00"
    body = event_body(kind, event_time=time, about=[(lot("a"), 9)])
    return stated("event", body, list(default_chains(kind, (), (), (lot("a"),))[2]))


def opened(row: Stated, name: str, value: JsonValue) -> Opening:
    return Opening(statement=row.claim.statement_id, name=name, salt="A" * 22, value=value)


@pytest.mark.parametrize(
    ("said", "actor"),
    [
        ("演示药铺", SHOP.actor),
        (" 演示药铺 ", SHOP.actor),
        (SHOP.actor, SHOP.actor),
        ("外地货主", ""),
        (7, ""),
    ],
)
def test_a_sealed_name_is_an_actors_or_that_of_somebody_outside(
    said: JsonValue, actor: str
) -> None:
    sale, purchase, receipt = moved("SALE_B2B"), moved("PURCHASE"), moved("RECEIVE")
    known = known_of(
        [sale, purchase, receipt],
        [opened(sale, "buyer", said), opened(purchase, "seller", said),
         opened(receipt, "buyer", said), opened(sale, "price", 3)],
        actors={SHOP.actor: SHOP},
    )  # fmt: skip
    assert known.buyers == {sale.claim.statement_id: actor}
    assert known.sellers == {purchase.claim.statement_id: actor}


def test_what_is_still_sealed_and_what_belongs_to_no_statement_stays_unknown() -> None:
    stranger = moved("SALE_B2B")
    assert known_of([], [opened(stranger, "buyer", "x")], actors={}) == Known()


def test_outlines_are_polygons_of_geojson_and_positions_have_an_accuracy() -> None:
    ring: JsonValue = [[113.0, 34.9], [113.1, 34.9], [113.1, 35.0], [113.0, 34.9]]
    body: JsonObject = {"site": plot(), "kind": "plot", "county": "410825", "area_m2": 9}
    site, harvest = stated("site.register", body, [plot()]), moved("SALE_B2B")
    polygon: JsonValue = {"type": "Polygon", "coordinates": [ring]}
    known = known_of(
        [site, harvest],
        [opened(site, "outline", polygon), opened(harvest, "geo", {"lat": 34.9, "lon": 113})],
        actors={},
    )
    assert known.outlines == {plot(): [(34.9, 113.0), (34.9, 113.1), (35.0, 113.1)]}
    assert known.positions == {
        harvest.claim.statement_id: Position(latitude=34.9, longitude=113, accuracy_m=30.0)
    }


@pytest.mark.parametrize(
    "value", [None, 7, "x", {}, {"type": "Point"}, {"type": "Polygon", "coordinates": []},
              {"type": "Polygon", "coordinates": [[["a", "b"]]]}],
)  # fmt: skip
def test_what_cannot_be_read_is_no_outline_and_no_position(value: JsonValue) -> None:
    assert corners_of(value) == []
    assert position_of(value) is None


def counted(day: int, province: str, times: int = 1, *, at_once: bool = False) -> Counted:
    return Counted(
        lot=lot("p"), serial=7, day=date(2025, 12, day), province=province, times=times,
        at_once=at_once,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([counted(1, "河南省"), counted(8, "四川省"), counted(20, "广东省")], ["red"]),
        ([counted(1, "*", at_once=True)], ["red"]),  # the server saw it and kept only that
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


def test_a_pack_scanned_on_the_day_it_left_was_not_scanned_too_early() -> None:
    story = Story()
    story.pack(lot("dry"), "p", 10 * KG, "2025-11-20")
    story.do("mill", "STORE_OUT", "2025-12-05 17:00", about=[(lot("p"), 10 * KG)])
    story.knows(sightings=tuple(sightings_of([counted(5, "河南省")])))
    assert story.severities("CL3") == []
    story.knows(sightings=tuple(sightings_of([counted(4, "河南省")])))
    assert story.severities("CL3") == ["amber"]
