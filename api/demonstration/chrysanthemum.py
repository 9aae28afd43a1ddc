"""怀菊花: a plain honest lot, one that was held and cleared, and one whose code was copied."""

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

HERB: Final = "huaijuhua"
HERB_CN: Final = "怀菊花"
PLACE: Final = "河南省焦作市武陟县"
EIGHTEEN_MONTHS: Final = 540
AREA_M2: Final = 10_000
TENDED: Final[tuple[Tending, ...]] = (
    ("FIELD_WORK", "2025-06-12 06:30", {"work": "topping", "labour_h": 36}),
    ("FERTILISE", "2025-07-15 07:30", {"product": "商品有机肥", "dose": "50 公斤/亩",
                                       "area_m2": AREA_M2, "operator": person("武菊香")}),
    ("FIELD_WORK", "2025-08-02 06:30", {"work": "weeding", "labour_h": 40}),
)  # fmt: skip
# Pickings a week apart: day, fresh kilograms, day of drying, dried kilograms, results.
PICKINGS: Final = (
    ("2025-10-22", 4_200, "2025-10-24", 700, "2025-11-05",
     (11.3, 0.39, 0.13, 1.42, 5, 0.34, 0.21)),
    ("2025-10-30", 5_600, "2025-11-01", 940, "2025-11-12",
     (10.8, 0.42, 0.16, 1.57, 8, 0.27, 0.15)),
    ("2025-11-07", 3_900, "2025-11-09", 640, "2025-11-19",
     (11.7, 0.36, 0.12, 1.28, 6, 0.31, 0.19)),
)  # fmt: skip


def play_chrysanthemum(stage: Stage, places: Mapping[str, str]) -> list[Pack]:
    """Plan three pickings of one field; returns their packs."""
    field = _field(stage, places["flowers"])
    lots = [_picked(stage, places["works"], field, picking) for picking in PICKINGS]
    plain, cleared, copied = (
        _packed(stage, lot, f"2025-12-{3 + number:02} 09:00", shows, PICKINGS[number][0])
        for number, (lot, shows) in enumerate(
            zip(lots, ("honest", "honest", "copied"), strict=True)
        )
    )
    _held_and_cleared(stage, cleared)
    return [plain, cleared, copied]


def _field(stage: Stage, plot: str) -> Grown:
    seed = register_seed(
        stage, "nursery", "2025-04-12 09:00", 500, herb=HERB, cultivar="怀黄菊（演示）",
        species_latin="Chrysanthemum morifolium Ramat.", source="分根苗", purity=98,
        germination=95, display_name="菊苗",
    )  # fmt: skip
    hand_over_seed(stage, "nursery", "2025-04-24 08:30", seed, 450, "flowers")
    field = Grown(who="flowers", place="flowers", plot=plot, crop=stage.crop(), area_m2=AREA_M2,
                  herb=HERB)  # fmt: skip
    sow(stage, field, "2025-04-26 08:00", (seed, 450), ground="2025-04-15 08:00",
        density_per_mu=3_600)  # fmt: skip
    tend(stage, field, TENDED)
    return field


def _picked(
    stage: Stage,
    works: str,
    field: Grown,
    picking: tuple[str, int, str, int, str, tuple[float, ...]],
) -> str:
    day, fresh_kg, dried_on, dried_kg, tested, values = picking
    fresh, dried = stage.lot(), stage.lot()
    harvest(stage, field, f"{day} 15:00", [(fresh, fresh_kg)], drug="菊花",
            pickers=[person("武菊香"), person("武早晨")],
            display_name=f"鲜菊-{day[5:].replace('-', '')}")  # fmt: skip
    buy_fresh(stage, "mill", dried_on, fresh, fresh_kg, seller="flowers", price=9.8)
    stage.do(
        "mill", "DRY", f"{dried_on} 18:00", site=works, inputs=[(fresh, fresh_kg * KG)],
        outputs=[(dried, dried_kg * KG)], method="heat_pump", temperature_c=58, hours=22,
        final_moisture=values[0], fuel="electric", drug="菊花",
        display_name=f"菊花-{dried_on[5:].replace('-', '')}",
    )  # fmt: skip
    release(stage, JIAOZUO, dried, dried_kg, tested, "菊花", values)
    return dried


def _packed(stage: Stage, source: str, when: str, shows: str, harvested: str) -> Pack:
    listed = Pack(herb=HERB_CN, shows=shows, lot=stage.lot(), drug="菊花", place=PLACE,
                  mass_kg=200)  # fmt: skip
    goods = pack(stage, "mill", source, when, listed, harvested=harvested,
                 keeps_days=EIGHTEEN_MONTHS)  # fmt: skip
    sell(stage, "mill", "2025-12-08 10:00", goods, 80)
    return goods


def _held_and_cleared(stage: Stage, goods: Pack) -> None:
    """A supervisor doubts, holds, has it tested, and lifts the hold with a signature."""
    things = [(goods.lot, None)]
    stage.do(
        "supervisor", "HOLD", "2025-12-10 10:30", about=things, reason="有人反映气味不对",
        public_words="这批正在核查，结果出来前暂停销售。",
    )  # fmt: skip
    stage.do("supervisor", "SUPERVISE_SAMPLE", "2025-12-17 15:00", about=things, result="pass")
    stage.do(
        "supervisor", "HOLD", "2025-12-17 16:00", about=things, lifts=True,
        reason="监督抽检合格，解除暂控", public_words="抽检合格，恢复销售。",
    )  # fmt: skip
