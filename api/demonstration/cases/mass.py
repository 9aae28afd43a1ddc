"""Cases of MB1 to MB5: kilograms of fields, steps, dryings, stocks and codes."""

from typing import Final

from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.scene import KG, MU3_M2, Scene

GROWN_G: Final = 7_500 * KG  # 温县 25 亩 × 300 kg
SOLD_G: Final = 12_000 * KG


def _above_the_cap(scene: Scene) -> None:
    scene.grow(fresh_g=6_600 * KG)


def _three_pickings(scene: Scene) -> None:
    """Each picking states the whole area; together they stay below what is published."""
    where, crop = scene.plot(), scene.crop()
    scene.do("coop", "SOW", "2025-04-20", inputs=[(where, None)], outputs=[(crop, None)],
             area_m2=MU3_M2, herb="huaijuhua")  # fmt: skip
    for day in ("2025-10-20", "2025-10-30", "2025-11-09"):
        scene.do("coop", "HARVEST", day, inputs=[(crop, None)],
                 outputs=[(scene.lot(), 1_050 * KG)], plot=where, area_m2=MU3_M2,
                 herb="huaijuhua")  # fmt: skip


def _more_out_than_in(scene: Scene) -> None:
    scene.do("mill", "CUT_GRADE", "2025-12-01", inputs=[(scene.grow(), 1_000 * KG)],
             outputs=[(scene.lot(), 1_080 * KG)])  # fmt: skip


def _steamed_with_wine(scene: Scene) -> None:
    """Steaming with wine adds weight, and says from which lot."""
    wine, dried = scene.lot(), scene.lot()
    scene.do("mill", "PURCHASE", "2025-11-28", outputs=[(wine, 400 * KG)], drug="黄酒")
    scene.do("mill", "PURCHASE", "2025-11-29", outputs=[(dried, 1_000 * KG)], drug="生地黄",
             moisture=13)  # fmt: skip
    scene.do("mill", "STEAM_BOIL", "2025-12-01", inputs=[(dried, 1_000 * KG), (wine, 300 * KG)],
             outputs=[(scene.lot(), 1_290 * KG)], cycle_no=1,
             adjuvants=[{"name": "黄酒", "lot": wine, "mass_g": 300 * KG}])  # fmt: skip


def _dried_too_little(scene: Scene) -> None:
    scene.do("mill", "DRY", "2025-11-25", inputs=[(scene.grow(), 3_000 * KG)],
             outputs=[(scene.lot(), 1_400 * KG)])  # fmt: skip


def _bought_part_dry(scene: Scene) -> None:
    half = scene.lot()
    scene.do("mill", "PURCHASE", "2025-11-10", outputs=[(half, 1_500 * KG)], moisture=32,
             herb="huainiuxi")  # fmt: skip
    scene.do("mill", "DRY", "2025-11-25", inputs=[(half, 1_500 * KG)],
             outputs=[(scene.lot(), 1_200 * KG)])  # fmt: skip


def _root(scene: Scene) -> str:
    """25 亩 of 温县 bear 7,500 kg of dried root, which the trader buys and receives."""
    fresh = scene.grow(area_m2=16_667, fresh_g=25_500 * KG)
    dried = scene.lot()
    scene.do("coop", "DRY", "2025-11-20", inputs=[(fresh, 25_500 * KG)],
             outputs=[(dried, GROWN_G)], drug="牛膝")  # fmt: skip
    scene.sell("coop", dried, GROWN_G, "2025-11-23", buyer=scene.full_name("trader"))
    scene.receive("trader", dried, GROWN_G, "2025-11-24")
    return dried


def _sells_twelve_tonnes(scene: Scene) -> None:
    dried = _root(scene)
    scene.sell("trader", dried, GROWN_G, "2025-12-01")
    scene.sell("trader", dried, SOLD_G - GROWN_G, "2025-12-02")


def _one_departure_two_papers(scene: Scene) -> None:
    """Sale and dispatch speak of the same kilograms; into the store they were only moved."""
    dried = _root(scene)
    scene.do("trader", "STORE_IN", "2025-11-25", about=[(dried, GROWN_G)])
    scene.sell("trader", dried, GROWN_G, "2025-12-01")
    scene.do("trader", "STORE_OUT", "2025-12-02", about=[(dried, GROWN_G)])
    scene.receive("mill", dried, GROWN_G, "2025-12-03")


def _more_codes_than_packs(scene: Scene) -> None:
    scene.pack(scene.grow(), 100 * KG, code_range={"first": 1, "last": 240})


def _misprints_voided(scene: Scene) -> None:
    pack = scene.pack(scene.grow(), 100 * KG, code_range={"first": 1, "last": 204})
    scene.do("mill", "CODE_VOID", "2025-12-02", about=[(pack, None)], reason="misprint",
             codes=["201", "202", "203", "204"])  # fmt: skip


CASES: Final = (
    Case(
        rule="MB1",
        planted=Side(cn="3 亩怀牛膝采收 6.6 吨鲜根", plan=_above_the_cap),
        alike=Side(cn="3 亩怀菊花分三茬采，每茬都写 3 亩", plan=_three_pickings),
    ),
    Case(
        rule="MB2",
        planted=Side(cn="切制投入 1000 公斤，产出 1080 公斤", plan=_more_out_than_in),
        alike=Side(cn="加 300 公斤黄酒蒸制，重量增加", plan=_steamed_with_wine),
    ),
    Case(
        rule="MB3",
        planted=Side(cn="3 吨鲜牛膝烘出 1.4 吨干品", plan=_dried_too_little),
        alike=Side(cn="买来的半干品再烘一次", plan=_bought_part_dry),
    ),
    Case(
        rule="MB4",
        planted=Side(cn="收到 7500 公斤，卖出 12000 公斤", plan=_sells_twelve_tonnes),
        alike=Side(cn="同一批货有销售和出库两张单", plan=_one_departure_two_papers),
    ),
    Case(
        rule="MB5",
        planted=Side(cn="包装 100 公斤，印了 240 个 500 克的码", plan=_more_codes_than_packs),
        alike=Side(cn="多印的 4 个码都已作废", plan=_misprints_voided),
    ),
)
