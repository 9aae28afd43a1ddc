"""Guangyuan's two: 苍溪川明参, twenty months in the ground, and 青川天麻, grown under trees."""

from collections.abc import Mapping
from typing import Final

from api.demonstration.fieldwork import (
    KG,
    Grown,
    Tending,
    buy_fresh,
    hand_over_seed,
    harvest,
    person,
    register_seed,
    sow,
    tend,
)
from api.demonstration.market import GUANGYUAN, Pack, pack, release, sell
from api.demonstration.stage import Stage

CANGXI_PLACE: Final = "四川省广元市苍溪县"
QINGCHUAN_PLACE: Final = "四川省广元市青川县"
CANGXI_TENDED: Final[tuple[Tending, ...]] = (
    ("FIELD_WORK", "2023-11-10 08:00", {"work": "thinning", "labour_h": 40}),
    ("FERTILISE", "2024-03-12 08:00", {"product": "腐熟有机肥", "dose": "300 公斤/亩",
                                       "area_m2": 8_000, "operator": person("云上山")}),
    ("FIELD_WORK", "2024-06-15 08:00", {"work": "weeding", "labour_h": 36}),
    ("FIELD_WORK", "2024-10-18 08:00", {"work": "weeding", "labour_h": 32}),
)  # fmt: skip
QINGCHUAN_TENDED: Final[tuple[Tending, ...]] = (
    ("IRRIGATE", "2025-05-16 09:00", {"source": "river", "volume_m3": 30}),
    ("PEST_SCOUT", "2025-07-10 09:00", {"pest": "杂菌", "severity": 0}),
    ("FIELD_WORK", "2025-08-20 09:00", {"work": "drainage", "labour_h": 16}),
)


def play_chuanmingshen(stage: Stage, places: Mapping[str, str]) -> Pack:
    """Sown in September 2023, dug in April 2025, scalded, peeled, dried without sulphur."""
    seed = register_seed(
        stage, "hill-nursery", "2023-08-10 09:00", 40, herb="chuanmingshen", source="二年生母株",
        cultivar="苍溪本地种（演示）", species_latin="Chuanminshen violaceum Sheh et Shan",
        purity=95, germination=80, display_name="川明参种子",
    )  # fmt: skip
    hand_over_seed(stage, "hill-nursery", "2023-08-20 09:00", seed, 36, "cangxi")
    field = Grown(who="cangxi", place="cangxi", plot=places["cangxi"], crop=stage.crop(),
                  area_m2=8_000, herb="chuanmingshen")  # fmt: skip
    sow(stage, field, "2023-09-02 09:00", (seed, 36), ground="2023-08-25 08:00")
    tend(stage, field, CANGXI_TENDED)
    fresh = stage.lot()
    harvest(stage, field, "2025-04-12 15:00", [(fresh, 11_400)], drug="川明参",
            pickers=[person("云上山")], display_name="鲜参-0412")  # fmt: skip
    buy_fresh(stage, "hill-mill", "2025-04-13", fresh, 11_400, seller="cangxi", price=6.4)
    dried = _scalded(stage, places["hill_works"], fresh)
    release(stage, GUANGYUAN, dried, 3_280, "2025-05-06", "川明参",
            (14.3, 1.16, 4, 0.18, 0.06))  # fmt: skip
    listed = Pack(herb="川明参", shows="honest", lot=stage.lot(), drug="川明参",
                  place=CANGXI_PLACE, mass_kg=500)  # fmt: skip
    goods = pack(stage, "hill-mill", dried, "2025-05-12 09:00", listed, harvested="2025-04-12",
                 keeps_days=2 * 365)  # fmt: skip
    sell(stage, "hill-mill", "2025-05-16 10:00", goods, 120)
    return goods


def play_gastrodia(stage: Stage, places: Mapping[str, str]) -> Pack:
    """Planted on wood with 蜜环菌 in November 2024, dug a year later, steamed through, dried."""
    seed = register_seed(
        stage, "hill-nursery", "2024-10-12 09:00", 700, herb="tianma", cultivar="乌红杂交（演示）",
        species_latin="Gastrodia elata Bl.", source="蜜环菌菌种与零代种，采伐许可演示-林-1012",
        purity=96, germination=88, display_name="天麻白麻种",
    )  # fmt: skip
    hand_over_seed(stage, "hill-nursery", "2024-10-28 09:00", seed, 600, "qingchuan")
    field = Grown(who="qingchuan", place="qingchuan", plot=places["qingchuan"], crop=stage.crop(),
                  area_m2=2_000, herb="tianma")  # fmt: skip
    sow(stage, field, "2024-11-08 09:00", (seed, 600), ground="2024-10-20 08:00")
    tend(stage, field, QINGCHUAN_TENDED)
    fresh = stage.lot()
    harvest(stage, field, "2025-11-16 14:00", [(fresh, 6_300)], drug="天麻",
            pickers=[person("林下客"), person("林早耕")], display_name="鲜天麻-1116")  # fmt: skip
    buy_fresh(stage, "hill-mill", "2025-11-17", fresh, 6_300, seller="qingchuan", price=14.5)
    dried = _steamed(stage, places["hill_works"], fresh)
    release(stage, GUANGYUAN, dried, 1_380, "2025-12-08", "天麻",
            (11.8, 3.4, 0.47, 7, 0.22, 0.09))  # fmt: skip
    listed = Pack(herb="天麻", shows="honest", lot=stage.lot(), drug="天麻",
                  place=QINGCHUAN_PLACE, mass_kg=300)  # fmt: skip
    goods = pack(stage, "hill-mill", dried, "2025-12-12 09:00", listed, harvested="2025-11-16",
                 keeps_days=3 * 365 - 30)  # fmt: skip
    sell(stage, "hill-mill", "2025-12-15 10:00", goods, 80)
    return goods


def _scalded(stage: Stage, works: str, fresh: str) -> str:
    washed, boiled, dried = stage.lot(), stage.lot(), stage.lot()
    stage.do(
        "hill-mill", "WASH_SORT", "2025-04-14 09:00", site=works, inputs=[(fresh, 11_400 * KG)],
        outputs=[(washed, 10_700 * KG)], water_source="tap", loss_g=700 * KG,
        operator=person("罗分拣"),
    )  # fmt: skip
    stage.do(
        "hill-mill", "STEAM_BOIL", "2025-04-15 09:00", site=works,
        inputs=[(washed, 10_700 * KG)], outputs=[(boiled, 10_400 * KG)], temperature_c=100,
        minutes=12,
    )  # fmt: skip
    stage.do(
        "hill-mill", "SULPHUR", "2025-04-15 17:00", site=works, about=[(boiled, None)], used=False
    )  # fmt: skip
    stage.do(
        "hill-mill", "DRY", "2025-04-22 09:00", site=works, inputs=[(boiled, 10_400 * KG)],
        outputs=[(dried, 3_280 * KG)], method="heat_pump", temperature_c=50, hours=72,
        final_moisture=14.3, fuel="electric", drug="川明参", display_name="川明参-0422",
    )  # fmt: skip
    return dried


def _steamed(stage: Stage, works: str, fresh: str) -> str:
    washed, steamed, dried = stage.lot(), stage.lot(), stage.lot()
    stage.do(
        "hill-mill", "WASH_SORT", "2025-11-18 09:00", site=works, inputs=[(fresh, 6_300 * KG)],
        outputs=[(washed, 6_110 * KG)], water_source="tap", loss_g=190 * KG,
        operator=person("罗分拣"),
    )  # fmt: skip
    stage.do(
        "hill-mill", "STEAM_BOIL", "2025-11-19 09:00", site=works, inputs=[(washed, 6_110 * KG)],
        outputs=[(steamed, 6_050 * KG)], temperature_c=100, minutes=35,
    )  # fmt: skip
    stage.do(
        "hill-mill", "DRY", "2025-11-25 09:00", site=works, inputs=[(steamed, 6_050 * KG)],
        outputs=[(dried, 1_380 * KG)], method="oven", temperature_c=55, hours=70,
        final_moisture=11.8, fuel="electric", drug="天麻", display_name="天麻-1125",
    )  # fmt: skip
    return dried
