"""怀山药: peeled and dried to 毛山药, then soaked, rolled and polished to 光山药."""

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
from api.demonstration.market import JIAOZUO, Pack, pack, release, sell
from api.demonstration.stage import Stage

HERB: Final = "huaishanyao"
HERB_CN: Final = "怀山药"
PLACE: Final = "河南省焦作市温县"
TWO_YEARS: Final = 2 * 365 - 30
TENDED: Final[tuple[Tending, ...]] = (
    ("FIELD_WORK", "2025-05-20 07:00", {"work": "support", "labour_h": 40}),
    ("FERTILISE", "2025-06-25 08:00", {"product": "腐熟饼肥", "dose": "60 公斤/亩",
                                       "area_m2": 6_667, "operator": person("石垆土")}),
    ("IRRIGATE", "2025-07-12 18:30", {"source": "well", "volume_m3": 260}),
    ("FIELD_WORK", "2025-08-11 07:00", {"work": "weeding", "labour_h": 28}),
)  # fmt: skip


def play_yam(stage: Stage, places: Mapping[str, str]) -> list[Pack]:
    """Plan the season; returns a pack of 光山药 and one of 毛山药."""
    fresh = _season(stage, places["yams"])
    rough = _rough(stage, places["works"], fresh)
    release(stage, JIAOZUO, rough, 4_240, "2025-12-22", "毛山药",
            (13.4, 2.7, 8.6, 6, 0.24, 0.08))  # fmt: skip
    smooth = _smooth(stage, places["works"], rough)
    release(stage, JIAOZUO, smooth, 1_740, "2026-01-14", "光山药",
            (12.8, 2.3, 5, 0.21, 0.07))  # fmt: skip
    return [
        _packed(stage, smooth, "2026-01-16 09:00", "光山药", 400),
        _packed(stage, rough, "2026-01-16 14:00", "毛山药", 500),
    ]


def _season(stage: Stage, plot: str) -> str:
    seed = register_seed(
        stage, "nursery", "2025-03-10 09:00", 900, herb=HERB, cultivar="铁棍一号（演示）",
        species_latin="Dioscorea opposita Thunb.", source="芦头自繁", purity=97, germination=90,
        display_name="山药栽子",
    )  # fmt: skip
    hand_over_seed(stage, "nursery", "2025-03-28 08:30", seed, 800, "yams")
    field = Grown(who="yams", place="yams", plot=plot, crop=stage.crop(), area_m2=6_667, herb=HERB)
    sow(stage, field, "2025-04-06 09:00", (seed, 800), ground="2025-03-20 08:00",
        density_per_mu=4_500)  # fmt: skip
    tend(stage, field, TENDED)
    fresh = stage.lot()
    harvest(stage, field, "2025-11-18 16:00", [(fresh, 18_000)], drug="鲜山药",
            display_name="鲜山药-1118", pickers=[person("石垆土"), person("石深沟")])  # fmt: skip
    buy_fresh(stage, "mill", "2025-11-19", fresh, 18_000, seller="yams", price=7.2)
    return fresh


def _rough(stage: Stage, works: str, fresh: str) -> str:
    """Peeled, sun and heap in turn: 毛山药, 4.25 kg fresh for one."""
    peeled, half, rough = stage.lot(), stage.lot(), stage.lot()
    stage.do(
        "mill", "WASH_SORT", "2025-11-20 09:00", site=works, inputs=[(fresh, 18_000 * KG)],
        outputs=[(peeled, 15_120 * KG)], water_source="well", loss_g=2_880 * KG,
        operator=person("周分拣"),
    )  # fmt: skip
    stage.do("mill", "SULPHUR", "2025-11-20 17:00", site=works, about=[(peeled, None)], used=False)
    stage.do(
        "mill", "DRY", "2025-11-28 09:00", site=works, inputs=[(peeled, 15_120 * KG)],
        outputs=[(half, 7_200 * KG)], method="heat_pump", temperature_c=45, hours=60,
        final_moisture=42, fuel="electric",
    )  # fmt: skip
    stage.do("mill", "SWEAT", "2025-12-01 09:00", site=works, about=[(half, None)], days=3)
    stage.do(
        "mill", "DRY", "2025-12-08 09:00", site=works, inputs=[(half, 7_200 * KG)],
        outputs=[(rough, 4_240 * KG)], method="heat_pump", temperature_c=45, hours=70,
        final_moisture=13.4, fuel="electric", drug="毛山药", display_name="毛山药-1208",
    )  # fmt: skip
    return rough


def _smooth(stage: Stage, works: str, rough: str) -> str:
    """Soaked, rolled round, heaped, trimmed and polished: a tenth and more is lost."""
    smooth = stage.lot()
    stage.do(
        "mill", "CUT_GRADE", "2026-01-08 09:00", site=works, inputs=[(rough, 2_000 * KG)],
        outputs=[(smooth, 1_740 * KG)], spec="浸润、搓圆、切齐、打光", fresh_cut=False,
        drug="光山药", display_name="光山药-0108",
    )  # fmt: skip
    return smooth


def _packed(stage: Stage, source: str, when: str, drug: str, mass_kg: int) -> Pack:
    listed = Pack(herb=HERB_CN, shows="honest", lot=stage.lot(), drug=drug, place=PLACE,
                  mass_kg=mass_kg)  # fmt: skip
    goods = pack(stage, "mill", source, when, listed, harvested="2025-11-18",
                 keeps_days=TWO_YEARS)  # fmt: skip
    sell(stage, "mill", f"{when[:8]}20 10:00", goods, 50)
    return goods
