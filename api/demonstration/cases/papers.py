"""Cases of TS1 to TS5, LB1 and LB2: tests, releases and labels."""

from typing import Final

from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.scene import KG, Scene, found
from ledger.canonical import JsonValue

ALIKE: Final = (found("水分", 12.1), found("总灰分", 4.4), found("浸出物", 7.2))


def _packed(scene: Scene) -> str:
    """A pack lot whose root lot was tested on 11-25 and is not released yet."""
    root = scene.grow()
    scene.examine(root, "2025-11-25")
    scene.release(root, "2025-12-05")
    return scene.pack(root, 100 * KG)


def _sold_before_release(scene: Scene) -> None:
    scene.sell("mill", _packed(scene), KG, "2025-12-04")


def _sold_after_its_root_was_released(scene: Scene) -> None:
    scene.sell("mill", _packed(scene), KG, "2025-12-05 10:00")


def _retested(scene: Scene, *items: dict[str, JsonValue]) -> None:
    """Sulphur failed a pack lot; another laboratory measured these, and it was released."""
    pack = scene.pack(scene.grow(), 100 * KG)
    sulphured = found("二氧化硫", 620, limit=400, passed=False)
    scene.examine(pack, "2025-12-02", sulphured, conclusion="fail", report_no="检-初检")
    scene.examine(pack, "2025-12-04", *items, who="institute", lab_cma="演示-CMA-2")
    scene.release(pack, "2025-12-05")


def _retested_for_moisture(scene: Scene) -> None:
    _retested(scene, found("水分", 12.1), found("总灰分", 4.4))


def _retested_under_another_name(scene: Scene) -> None:
    _retested(scene, found("水分", 12.1), found("ＳＯ２ 残留", 30), found("so2", 30))


def _tested_by_its_date(scene: Scene, arrives: str) -> None:
    pack = scene.pack(scene.grow(), 100 * KG)
    scene.examine(pack, "2025-12-02", arrives=arrives)
    scene.release(pack, "2025-12-05")


def _report_of_three_weeks_later(scene: Scene) -> None:
    _tested_by_its_date(scene, "2025-12-26 10:00")


def _report_of_the_next_morning(scene: Scene) -> None:
    _tested_by_its_date(scene, "2025-12-06 08:00")


def _two_lots(scene: Scene) -> list[str]:
    return [scene.grow(county=county) for county in ("410825", "410823")]


def _one_report(scene: Scene) -> None:
    for lot in _two_lots(scene):
        scene.examine(lot, "2025-11-25", report_no="检-同一份")


def _composite_sample(scene: Scene) -> None:
    lots = _two_lots(scene)
    scene.do("laboratory", "SAMPLE", "2025-11-20", about=[(lot, None) for lot in lots],
             sample_id="混合样")  # fmt: skip
    for lot in lots:
        scene.examine(lot, "2025-11-25", report_no="检-混合样", sample_id="混合样")


def _three_alike(scene: Scene) -> None:
    for lot in [*_two_lots(scene), scene.grow()]:
        scene.examine(lot, "2025-11-25", *ALIKE)


def _rounded_instrument(scene: Scene) -> None:
    """Two lots agree, as rounded results do; the third differs in one digit."""
    for lot in _two_lots(scene):
        scene.examine(lot, "2025-11-25", *ALIKE)
    scene.examine(scene.grow(), "2025-11-25", found("水分", 12.2), *ALIKE[1:])


def _called_free(scene: Scene, sulphur_mg_kg: int) -> None:
    root = scene.grow()
    scene.sell("coop", root, 100 * KG, "2025-11-20", buyer=scene.full_name("mill"))
    scene.examine(root, "2025-11-25", found("二氧化硫", sulphur_mg_kg))
    scene.pack(root, 100 * KG, fields={"声明": "无硫加工"})


def _sulphured(scene: Scene) -> None:
    _called_free(scene, 86)


def _natural_traces(scene: Scene) -> None:
    _called_free(scene, 7)


def _two_samples(scene: Scene, now: str) -> None:
    """Two samples of one lot; only one of them has a result, which passed."""
    root = scene.grow()
    for name in ("样-甲", "样-乙"):
        scene.do("laboratory", "SAMPLE", "2025-11-20", about=[(root, None)], sample_id=name)
    scene.examine(root, "2025-11-25", sample_id="样-甲")
    scene.now = now


def _the_other_never_came(scene: Scene) -> None:
    _two_samples(scene, "2026-01-20 00:00")


def _the_laboratory_is_slow(scene: Scene) -> None:
    _two_samples(scene, "2025-12-15 00:00")


def _nobody_named(scene: Scene) -> None:
    scene.pack(scene.grow(), 100 * KG, fields={"企业名称": ""})


def _other_words(scene: Scene) -> None:
    """The law's fields under other names in print."""
    fields = {"企业名称": "", "供货单位": "演示加工厂", "质量": "", "质量合格标志": "合格"}
    scene.pack(scene.grow(), 100 * KG, fields=fields)


def _dispensed(scene: Scene, day: str) -> None:
    pack = scene.pack(scene.grow(), 100 * KG, fields={"保质期至": "2026-05-01"})
    scene.sell("mill", pack, KG, "2025-12-10", buyer=scene.full_name("shop"))
    scene.do("shop", "DISPENSE", day, about=[(pack, 30)])


def _past_its_day(scene: Scene) -> None:
    _dispensed(scene, "2026-05-09")


def _on_its_last_day(scene: Scene) -> None:
    _dispensed(scene, "2026-05-01")


CASES: Final = (
    Case(
        rule="TS1",
        planted=Side(cn="放行前一天已销售", plan=_sold_before_release),
        alike=Side(cn="原料批放行后当天销售它的包装", plan=_sold_after_its_root_was_released),
    ),
    Case(
        rule="TS1",
        planted=Side(cn="二氧化硫不合格，别家只复检水分就放行", plan=_retested_for_moisture),
        alike=Side(cn="别家复检了二氧化硫，报告写作 SO2", plan=_retested_under_another_name),
    ),
    Case(
        rule="TS1",
        planted=Side(cn="检验写在放行前，放行三周后才登记", plan=_report_of_three_weeks_later),
        alike=Side(cn="检验报告晚放行一天登记", plan=_report_of_the_next_morning),
    ),
    Case(
        rule="TS2",
        planted=Side(cn="一份报告给两批用", plan=_one_report),
        alike=Side(cn="取样时就写明是两批的混合样", plan=_composite_sample),
    ),
    Case(
        rule="TS3",
        planted=Side(cn="三批的三项结果一字不差", plan=_three_alike),
        alike=Side(cn="两批结果相同，第三批差 0.1", plan=_rounded_instrument),
    ),
    Case(
        rule="TS4",
        planted=Side(cn="标无硫，二氧化硫 86 mg/kg", plan=_sulphured),
        alike=Side(cn="标无硫，天然微量 7 mg/kg", plan=_natural_traces),
    ),
    Case(
        rule="TS5",
        planted=Side(cn="两份样，一份合格，另一份两个月没有结果", plan=_the_other_never_came),
        alike=Side(cn="另一份才送检 25 天", plan=_the_laboratory_is_slow),
    ),
    Case(
        rule="LB1",
        planted=Side(cn="标签没有企业名称", plan=_nobody_named),
        alike=Side(cn="标签用了别的法定叫法", plan=_other_words),
    ),
    Case(
        rule="LB2",
        planted=Side(cn="过期八天还在调剂", plan=_past_its_day),
        alike=Side(cn="保质期最后一天调剂", plan=_on_its_last_day),
    ),
)
