"""怀地黄, 生地黄 to 熟地黄: nine times steamed with wine and nine times dried, each one counted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from api.demonstration.fieldwork import KG, Tending, buy_fresh, harvest, person, tend
from api.demonstration.market import JIAOZUO, Pack, pack, release, sell
from api.demonstration.rehmannia import HERB_CN, THREE_YEARS, WEN_PLACE, dry, grow
from api.demonstration.stage import Stage

CYCLES: Final = 9
RAW_KG: Final = 1_500
WINE_KG: Final = 60  # each time; in all 36 kg for 100 kg of 生地黄
TAKEN_UP_KG: Final = 54  # of the wine, while steaming
DRIED_OFF_KG: Final = 58  # in the sun, a little more than was taken up
BEGINS: Final = "2025-12-16 08:00"
DAYS_EACH: Final = 4
GUARDED: Final[tuple[Tending, ...]] = (
    ("PEST_SCOUT", "2025-06-05 08:00", {"pest": "地老虎", "severity": 1}),
    ("PEST_SCOUT", "2025-07-08 08:00", {"pest": "斑枯病", "severity": 0}),
    ("FIELD_WORK", "2025-06-22 07:30", {"work": "hilling", "labour_h": 30}),
    ("IRRIGATE", "2025-08-16 18:00", {"source": "well", "volume_m3": 180}),
    ("FIELD_WORK", "2025-08-24 07:00", {"work": "weeding", "labour_h": 26}),
    ("FIELD_WORK", "2025-09-18 07:00", {"work": "topping", "labour_h": 18}),
    ("IRRIGATE", "2025-09-24 18:00", {"source": "well", "volume_m3": 150}),
    ("PEST_SCOUT", "2025-09-10 08:00", {"pest": "斑枯病", "severity": 1}),
)


def play_steamed(stage: Stage, places: Mapping[str, str], seed: str) -> Pack:
    """Plan the longest history of the demonstration, from a plot to packs of 熟地黄."""
    raw = _raw(stage, places, seed)
    wine = _wine(stage)
    steamed, mass_kg = _nine_times(stage, places["works"], raw, wine)
    cut = _cut(stage, places["works"], steamed, mass_kg)
    release(stage, JIAOZUO, cut, mass_kg - 6, "2026-02-03", "熟地黄",
            (12.4, 5.7, 0.087, 4, 0.26, 0.14))  # fmt: skip
    stage.do(
        "quality", "RETAIN", "2026-02-03 17:40", about=[(cut, None)], sample_g=500,
        until=stage.day("2026-02-03", days=THREE_YEARS + 365),
    )  # fmt: skip
    listed = Pack(herb=HERB_CN, shows="honest", lot=stage.lot(), drug="熟地黄", place=WEN_PLACE,
                  mass_kg=800)  # fmt: skip
    goods = pack(stage, "mill", cut, "2026-02-05 09:00", listed, harvested="2025-11-06",
                 keeps_days=THREE_YEARS, pieces=True)  # fmt: skip
    sell(stage, "mill", "2026-02-06 10:00", goods, 60)
    return goods


def _raw(stage: Stage, places: Mapping[str, str], seed: str) -> str:
    """A plot of its own, dried to 生地黄 and found good."""
    field = grow(stage, places["wen_south"], "wen_south", seed, "2025-04-13 09:00")
    tend(stage, field, GUARDED)
    fresh = stage.lot()
    harvest(stage, field, "2025-11-06 16:00", [(fresh, 16_200)], method="machine", drug="鲜地黄",
            display_name="鲜-1106", pickers=[person("王大田")])  # fmt: skip
    buy_fresh(stage, "mill", "2025-11-07", fresh, 16_200, seller="cooperative", price=3.7)
    raw = dry(stage, places["works"], fresh, 16_200, "2025-11-08")
    release(stage, JIAOZUO, raw, 3_240, "2025-12-03", "生地黄",
            (12.7, 4.9, 1.06, 73.1, 0.44, 0.21, 5, 0.29, 0.17))  # fmt: skip
    return raw


def _wine(stage: Stage) -> str:
    """黄酒 from outside the ledger: a lot of its own, whose maker is sealed."""
    wine = stage.lot()
    stage.do(
        "mill", "PURCHASE", "2025-12-10 10:00", outputs=[(wine, 600 * KG)], drug="黄酒",
        seller="演示酿造坊", price=9.5, certificate=stage.paper("黄酒出厂检验合格 600 公斤"),
        display_name="黄酒-1210",
    )  # fmt: skip
    return wine


def _nine_times(
    stage: Stage, works: str, raw: str, wine: str
) -> tuple[str, int]:  # the lot after the ninth sun, and its kilograms
    lot, mass_kg = raw, RAW_KG
    for cycle in range(1, CYCLES + 1):
        begins = datetime.fromisoformat(BEGINS) + timedelta(days=DAYS_EACH * (cycle - 1))
        steamed, dried = stage.lot(), stage.lot()
        mixed_kg = mass_kg + TAKEN_UP_KG
        stage.do(
            "mill", "STEAM_BOIL", _at(begins), site=works,
            inputs=[(lot, mass_kg * KG), (wine, WINE_KG * KG)],
            outputs=[(steamed, mixed_kg * KG)], cycle_no=cycle, temperature_c=100,
            minutes=720 if cycle == 1 else 480,
            adjuvants=[{"name": "黄酒", "lot": wine, "mass_g": WINE_KG * KG}],
        )  # fmt: skip
        stage.do("mill", "SWEAT", _at(begins + timedelta(hours=26)), site=works, days=1,
                 about=[(steamed, None)])  # fmt: skip
        mass_kg = mixed_kg - DRIED_OFF_KG
        stage.do(
            "mill", "DRY", _at(begins + timedelta(hours=82)), site=works,
            inputs=[(steamed, mixed_kg * KG)], outputs=[(dried, mass_kg * KG)], method="sun",
            temperature_c=12, hours=30, final_moisture=round(22 - cycle * 0.9, 1), fuel="sun",
            drug="熟地黄", display_name=f"熟地-{cycle}蒸{cycle}晒",
        )  # fmt: skip
        lot = dried
    return lot, mass_kg


def _cut(stage: Stage, works: str, steamed: str, mass_kg: int) -> str:
    cut = stage.lot()
    stage.do(
        "mill", "CUT_GRADE", "2026-01-24 09:00", site=works, inputs=[(steamed, mass_kg * KG)],
        outputs=[(cut, (mass_kg - 6) * KG)], spec="厚片", fresh_cut=False, drug="熟地黄",
        display_name="熟地片-0124",
    )  # fmt: skip
    return cut


def _at(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M")
