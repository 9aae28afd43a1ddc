"""代煎: four lots weighed into one pot, a sealed prescription, fourteen bags."""

from collections.abc import Sequence
from typing import Final

from api.demonstration.market import Pack, sell
from api.demonstration.stage import Stage

HERB_CN: Final = "代煎汤剂"
CENTRE: Final = "decoction"
PRESCRIPTION: Final = "演示-处方-7f3a"  # a pseudonym; it is sealed all the same
# Grams of each for one pot, in the order of the packs.
GRAMS: Final = (90, 120, 60, 45)


def play_decoction(stage: Stage, packs: Sequence[Pack]) -> Pack:
    """Plan four purchases of the centre and one pot; returns the bags."""
    for number, goods in enumerate(packs):
        sell(stage, goods_seller(goods), f"2026-02-{10 + number} 09:00", goods, 10, to=CENTRE)
    bags = stage.lot()
    doses = [(goods.lot, grams) for goods, grams in zip(packs, GRAMS, strict=True)]
    stage.do(
        CENTRE, "DECOCT", "2026-02-17 09:40", inputs=doses, outputs=[(bags, 2_800)],
        rx_token=PRESCRIPTION, soak_min=40, boil_min=55, special=["无"], bags=14, pot="演示-锅-03",
        herb=HERB_CN, drug="四味汤（演示方）", display_name="代煎-0217",
    )  # fmt: skip
    stage.do(
        CENTRE, "DELIVER", "2026-02-17 17:30", about=[(bags, None)], parcel="演示-快件-0217",
        delivered=f"{stage.day('2026-02-17')}T17:10:00+08:00",
    )  # fmt: skip
    return Pack(herb=HERB_CN, shows="honest", lot=bags, drug="四味汤（演示方）", place="",
                mass_kg=0)  # fmt: skip


def goods_seller(goods: Pack) -> str:
    """Whose works packed it."""
    return "hill-mill" if goods.herb in {"川明参", "天麻"} else "mill"
