"""The dictionary: all that the trade names, and how far each figure is to be trusted."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from ledger.errors import FormError
from ledger.herbs import vocabulary
from ledger.herbs.events import parse_event
from ledger.herbs.vocabulary import KINDS
from ledger.rules.history.days import CHINA
from tests.herbs.whole import whole_body

FIRST_SEASON = {
    "SEED_REGISTER",
    "SOW",
    "FERTILISE",
    "FIELD_WORK",
    "PESTICIDE",
    "IRRIGATE",
    "HARVEST",
    "RECEIVE",
    "WASH_SORT",
    "DRY",
    "SWEAT",
    "STEAM_BOIL",
    "CUT_GRADE",
    "BLEND",
    "SPLIT",
    "SAMPLE",
    "TEST",
    "RELEASE",
    "PACK_LABEL",
    "STORE_IN",
    "STORE_OUT",
    "SALE_B2B",
    "SALE_RETAIL",
    "TRANSPORT",
    "HOLD",
    "RECALL",
    "PURCHASE",
    "CODE_VOID",
}
NO_EVENTS = {"BASE_REGISTER": "site.register", "SCAN": "row", "COMPLAINT": "row"}


def test_fifty_three_kinds_are_known_and_fifty_are_events() -> None:
    assert len(KINDS) == 53
    assert {code: kind.travels for code, kind in KINDS.items() if kind.travels != "event"} == (
        NO_EVENTS
    )
    assert {code for code, kind in KINDS.items() if kind.first_season} == FIRST_SEASON


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_has_names_a_type_chains_and_elements_with_names(code: str) -> None:
    kind = vocabulary.kind(code)
    assert kind.cn
    assert kind.en
    assert kind.stage
    assert kind.event_type in kind.event_types
    assert (kind.event_type == "TransformationEvent") == (kind.actions == ())
    assert kind.stands in {"own", "out", "site_out", "actor_out", "market", "none"}
    keys = [element.key for element in kind.elements]
    assert len(keys) == len(set(keys))
    for element in kind.elements:
        assert element.cn
        assert element.en
        assert element.key.isascii()
        assert (element.type in {"choice", "verdict"}) <= bool(element.choices)


def test_every_role_has_names_and_every_kind_says_which_roles_may_log_it() -> None:
    named = {role for kind in KINDS.values() for role in kind.logged_by}
    assert named <= vocabulary.ROLES.keys()
    assert all(role.cn and role.en for role in vocabulary.ROLES.values())
    assert {code for code, kind in KINDS.items() if not kind.logged_by} == {
        "BASE_REGISTER", "SPLIT", "SCAN", "COMPLAINT",
    }  # fmt: skip
    test = KINDS["TEST"]
    assert test.is_for(["laboratory", "shop"])
    assert not test.is_for(["cooperative"])
    assert not test.is_for([])
    assert KINDS["SPLIT"].is_for([])


def test_a_kind_finds_its_own_elements_and_the_common_ones() -> None:
    pesticide = vocabulary.kind("PESTICIDE")
    days = pesticide.element("phi_days")
    assert days is not None
    assert days.required == "R"
    assert pesticide.element("corrects") is not None
    assert pesticide.element("nothing") is None


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(FormError, match="HARVESTING") as refusal:
        vocabulary.kind("HARVESTING")
    assert refusal.value.code == "unknown_kind"


def test_names_of_persons_buyers_prices_and_prescriptions_are_sealed() -> None:
    sealed = {(k.code, e.key) for k in KINDS.values() for e in k.elements if e.sealed}
    assert {
        ("HARVEST", "pickers"),
        ("SALE_B2B", "buyer"),
        ("SALE_B2B", "price"),
        ("PURCHASE", "seller"),
        ("DISPENSE", "rx_token"),
        ("DECOCT", "rx_token"),
        ("SAMPLE", "samplers"),
        ("BASE_REGISTER", "outline"),
        ("TRANSPORT", "vehicle"),
    } <= sealed


def test_every_herb_is_found_by_id_by_name_and_by_what_it_is_sold_as() -> None:
    assert len(vocabulary.herbs()) == 26
    for herb in vocabulary.herbs():
        assert vocabulary.herb(herb.id) is herb
        assert vocabulary.herb_named(herb.cn) is herb
        assert herb.en
        assert herb.latin
        for drug in herb.drugs:
            assert vocabulary.herb_named(drug.cn) is herb
            assert herb.drug(drug.cn) is drug


def test_every_crop_that_a_plan_names_is_a_herb_and_what_nobody_knows_stays_unknown() -> None:
    named = {cn for county in vocabulary.COUNTIES.values() for cn in county.herbs}
    named |= {"怀地黄", "怀山药", "怀牛膝", "怀菊花"}
    assert {cn for cn in named if vocabulary.herb_named(cn) is None} == set()
    whole = {herb.cn for herb in vocabulary.herbs() if herb.fresh_cap_kg_mu is not None}
    assert len(whole) == 10
    for herb in vocabulary.herbs():
        figures = [
            herb.plant_months, herb.harvest_months, herb.growing_days, herb.fresh_yield_kg_mu,
            herb.dry_yield_kg_mu, herb.fresh_dry_ratio, herb.rotation_years, herb.dry_cap_kg_mu,
        ]  # fmt: skip
        assert {figure is not None for figure in figures} == {herb.cn in whole}


def test_an_edition_counts_from_its_day_and_the_first_one_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = vocabulary.herb("huainiuxi")
    assert old is not None
    new = replace(old, effective_from=date(2027, 1, 1), fresh_cap_kg_mu=1_900)
    monkeypatch.setitem(vocabulary._HERBS_BY_ID, "huainiuxi", (old, new))  # type: ignore[arg-type]
    days = [datetime(year, 1, 1, tzinfo=CHINA) for year in (2019, 2026, 2027, 2030)]
    found = [vocabulary.herb("huainiuxi", int(day.timestamp()) * 1000) for day in days]
    assert [herb.fresh_cap_kg_mu if herb else 0 for herb in found] == [2_000, 2_000, 1_900, 1_900]
    assert vocabulary.herb("huainiuxi") is new
    body = whole_body(KINDS["HARVEST"], herb="huainiuxi")
    assert parse_event(body).herb is old


def test_drugs_are_found_in_their_herb() -> None:
    rehmannia = vocabulary.herb_named(" 熟地黄 ")
    assert rehmannia is not None
    assert rehmannia.id == "huaidihuang"
    prepared = rehmannia.drug("熟地黄")
    assert prepared is not None
    assert (prepared.shelf_life_months, prepared.mark) == (36, "unverified")
    assert rehmannia.drug("人参") is None
    assert vocabulary.herb("renshen") is None
    assert vocabulary.herb_named("人参") is None


def test_every_figure_keeps_its_mark() -> None:
    for herb in vocabulary.herbs():
        figures = [
            herb.plant_months,
            herb.harvest_months,
            herb.growing_days,
            herb.fresh_yield_kg_mu,
            herb.dry_yield_kg_mu,
            herb.fresh_dry_ratio,
            herb.rotation_years,
            *(made.ratio_in_out for made in herb.derived),
        ]
        known = [figure for figure in figures if figure is not None]
        assert all(figure.mark in {"sourced", "unverified", "derived"} for figure in known)
        assert all(figure.source for figure in known)
        for high, cap in (
            (herb.fresh_yield_kg_mu, herb.fresh_cap_kg_mu),
            (herb.dry_yield_kg_mu, herb.dry_cap_kg_mu),
        ):
            assert (high is None) == (cap is None)
            if high is not None and cap is not None:
                assert high.value[0] <= high.value[1] <= cap
    achyranthes = vocabulary.herb("huainiuxi")
    assert achyranthes is not None
    assert achyranthes.dry_yield_kg_mu is not None
    assert achyranthes.dry_yield_kg_mu.mark == "sourced"
    assert achyranthes.rotation_years is not None
    assert achyranthes.rotation_years.mark == "unverified"


def test_counties_and_cities_have_names_and_strangers_are_shown_as_they_are() -> None:
    assert vocabulary.county_name("410825") == "温县"
    assert vocabulary.county_name("510800") == "广元市"
    assert vocabulary.county_name("110101") == "110101"
    assert len(vocabulary.COUNTIES) == 19
    assert "川明参" in vocabulary.COUNTIES["510824"].herbs
