"""怀牛膝: an honest lot of 武陟; and the 7,500 kg of 温县 of which a trader sells 12,000 kg."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from api.demonstration.cast import PLACES
from api.demonstration.fieldwork import (
    KG,
    Grown,
    Tending,
    buy_fresh,
    hand_over_seed,
    harvest,
    person,
    receive,
    register_seed,
    sow,
    tend,
)
from api.demonstration.market import JIAOZUO, Pack, pack, release, sell
from api.demonstration.papers import sale_fields
from api.demonstration.stage import Stage

HERB: Final = "huainiuxi"
HERB_CN: Final = "怀牛膝"
WEN_PLACE: Final = "河南省焦作市温县"
WUZHI_PLACE: Final = "河南省焦作市武陟县"
TWO_YEARS: Final = 2 * 365 - 30
GROWN_KG: Final = 7_500  # 温县 25 亩 × 300 kg
SOLD_KG: Final = 12_000
TENDED: Final[tuple[Tending, ...]] = (
    ("FIELD_WORK", "2025-08-06 07:00", {"work": "thinning", "labour_h": 44}),
    ("IRRIGATE", "2025-08-20 18:00", {"source": "well", "volume_m3": 200}),
    ("FIELD_WORK", "2025-09-08 07:00", {"work": "topping", "labour_h": 30}),
)


def play_achyranthes(stage: Stage, places: Mapping[str, str]) -> list[Pack]:
    """Plan both seasons; returns the honest pack and the trader's."""
    seed = register_seed(
        stage, "nursery", "2025-06-10 09:00", 60, herb=HERB, cultivar="核桃纹（演示）",
        species_latin="Achyranthes bidentata Bl.", source="秋子", purity=96, germination=85,
        display_name="牛膝种子",
    )  # fmt: skip
    hand_over_seed(stage, "nursery", "2025-07-01 08:30", seed, 12, "neighbours")
    hand_over_seed(stage, "nursery", "2025-07-01 10:30", seed, 28, "roots")
    return [_honest(stage, places, seed), _traded(stage, places, seed)]


def _grow(stage: Stage, places: Mapping[str, str], name: str, seed: str, seed_kg: int) -> Grown:
    place = PLACES[name]
    field = Grown(who=place.who, place=name, plot=places[name], crop=stage.crop(),
                  area_m2=place.area_m2, herb=HERB)  # fmt: skip
    sow(stage, field, "2025-07-12 09:00", (seed, seed_kg), ground="2025-07-03 08:00",
        density_per_mu=45_000)  # fmt: skip
    tend(stage, field, TENDED)
    return field


def _honest(stage: Stage, places: Mapping[str, str], seed: str) -> Pack:
    field = _grow(stage, places, "wuzhi_east", seed, 12)
    fresh, half, dried = stage.lot(), stage.lot(), stage.lot()
    harvest(stage, field, "2025-11-10 16:00", [(fresh, 10_600)], drug="牛膝",
            pickers=[person("孙沁南")], display_name="鲜牛膝-1110")  # fmt: skip
    buy_fresh(stage, "mill", "2025-11-11", fresh, 10_600, seller="neighbours", price=4.1)
    works = places["works"]
    stage.do("mill", "SULPHUR", "2025-11-12 09:00", site=works, about=[(fresh, None)], used=False)
    stage.do(
        "mill", "DRY", "2025-11-20 09:00", site=works, inputs=[(fresh, 10_600 * KG)],
        outputs=[(half, 5_600 * KG)], method="sun", temperature_c=15, hours=120,
        final_moisture=40, fuel="sun",
    )  # fmt: skip
    stage.do("mill", "SWEAT", "2025-11-23 09:00", site=works, about=[(half, None)], days=3)
    stage.do(
        "mill", "DRY", "2025-12-02 09:00", site=works, inputs=[(half, 5_600 * KG)],
        outputs=[(dried, 3_100 * KG)], method="oven", temperature_c=50, hours=30,
        final_moisture=12.6, fuel="electric", drug="牛膝", display_name="牛膝-1202",
    )  # fmt: skip
    release(stage, JIAOZUO, dried, 3_100, "2025-12-11", "牛膝",
            (12.6, 6.8, 8.3, 0.051, 7, 0.46, 0.19))  # fmt: skip
    listed = Pack(herb=HERB_CN, shows="honest", lot=stage.lot(), drug="牛膝", place=WUZHI_PLACE,
                  mass_kg=600)  # fmt: skip
    goods = pack(stage, "mill", dried, "2025-12-21 09:00", listed, harvested="2025-11-10",
                 keeps_days=TWO_YEARS)  # fmt: skip
    sell(stage, "mill", "2025-12-23 10:00", goods, 150)
    return goods


def _traded(stage: Stage, places: Mapping[str, str], seed: str) -> Pack:
    """The cooperative is honest; what the trader's papers say of its lot does not close."""
    dried = _grown_in_wen(stage, places, seed)
    release(stage, replace(JIAOZUO, works="roots"), dried, GROWN_KG, "2025-12-04", "牛膝",
            (11.9, 7.2, 7.7, 0.044, 9, 0.53, 0.24))  # fmt: skip
    stage.do(
        "roots", "SALE_B2B", "2025-12-06 10:00", about=[(dried, GROWN_KG * KG)],
        buyer=stage.full_name("trader"), price=24.5,
        label_pack=sale_fields("牛膝", WEN_PLACE, stage.full_name("roots")),
    )  # fmt: skip
    receive(stage, "trader", "2025-12-08 10:00", dried, GROWN_KG)
    _bought_elsewhere(stage)
    for day, mass_kg, to in (("2025-12-12", GROWN_KG, "mill"),
                             ("2025-12-16", SOLD_KG - GROWN_KG, "packer")):  # fmt: skip
        stage.do(
            "trader", "SALE_B2B", f"{day} 10:00", about=[(dried, mass_kg * KG)],
            buyer=stage.full_name(to), price=31.5,
            label_pack=sale_fields("牛膝", WEN_PLACE, stage.full_name("trader")),
        )  # fmt: skip
        receive(stage, to, f"{day} 16:00", dried, mass_kg)
    listed = Pack(herb=HERB_CN, shows="dishonest", lot=stage.lot(), drug="牛膝", place=WEN_PLACE,
                  mass_kg=SOLD_KG - GROWN_KG)  # fmt: skip
    goods = pack(stage, "packer", dried, "2025-12-18 09:00", listed, harvested="2025-11-06",
                 keeps_days=TWO_YEARS)  # fmt: skip
    # Signed three weeks after it happened: 补录, whatever day it names.
    stage.do(
        "packer", "RETAIN", "2025-12-19 09:00", signed="2026-01-09 20:10",
        about=[(goods.lot, None)], sample_g=500, until=stage.day("2025-12-19", days=3 * 365),
    )  # fmt: skip
    sell(stage, "packer", "2025-12-22 10:00", goods, 200)
    return goods


def _grown_in_wen(stage: Stage, places: Mapping[str, str], seed: str) -> str:
    field = _grow(stage, places, "roots", seed, 28)
    fresh, dried = stage.lot(), stage.lot()
    harvest(stage, field, "2025-11-06 16:00", [(fresh, 25_500)], drug="牛膝", method="machine",
            pickers=[person("田青垄")], display_name="鲜牛膝-1106")  # fmt: skip
    stage.do(
        "roots", "DRY", "2025-11-28 09:00", inputs=[(fresh, 25_500 * KG)],
        outputs=[(dried, GROWN_KG * KG)], method="sun", temperature_c=14, hours=200,
        final_moisture=12.9, fuel="sun", drug="牛膝", display_name="牛膝-1128",
    )  # fmt: skip
    return dried


def _bought_elsewhere(stage: Stage) -> None:
    """Root from outside the ledger, of no stated origin; it never leaves by these papers."""
    stage.do(
        "trader", "PURCHASE", "2025-12-10 14:00", outputs=[(stage.lot(), 4_500 * KG)],
        herb=HERB, seller="外地货主", price=19.5, moisture=13, display_name="统货-1210",
        certificate=stage.paper("收购凭证 牛膝 4500 公斤 产地未写明"),
    )  # fmt: skip
