"""From the laboratory to the counter: tests, release by two, packs, sales, a hold and a recall."""

from dataclasses import dataclass
from typing import Final

from api.demonstration.mark import MARK
from api.demonstration.papers import BLENDED, DRIED, FRESH, UNIT_G, label_fields, tested
from api.demonstration.season import KG, Dried
from api.demonstration.stage import Stage

WEN_PLACE: Final = "河南省焦作市温县"
WUZHI_PLACE: Final = "河南省焦作市武陟县"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One batch of packs: `count` of `UNIT_G`, and what it shows to whoever scans one."""

    shows: str
    lot: str
    title: str


def play_market(stage: Stage, dried: Dried) -> list[Pack]:
    """Plan everything from the laboratory on; returns the batches of packs in order of the list."""
    blend = _blend(stage, dried)
    _release(stage, dried.fresh, 200, "11-10", FRESH)
    _release(stage, dried.wen, 3_160, "12-05", DRIED)
    _release(stage, dried.late, 2_200, "12-06", DRIED)
    _release(stage, dried.corrected, 1_480, "12-08", DRIED)
    _release(stage, dried.wuzhi, 3_040, "12-09", DRIED)
    _release(stage, blend, 1_200, "12-15", BLENDED)
    keeps = stage.day("12-20", days=3 * 365)
    honest = _pack(stage, "honest", dried.wen, ("12-20 09:00", 600), (WEN_PLACE, "11-08", keeps))
    batches = [
        honest,
        _pack(
            stage, "blend", blend, ("12-20 10:00", 500),
            (f"{WEN_PLACE} 60%、武陟县 40%", "11-08", keeps),
        ),
        _pack(stage, "late", dried.late, ("12-20 11:00", 400), (WEN_PLACE, "11-12", keeps)),
        _pack(
            stage, "corrected", dried.corrected, ("12-20 13:30", 400), (WEN_PLACE, "11-20", keeps)
        ),
        _pack(stage, "held", dried.wuzhi, ("12-20 14:30", 300), (WUZHI_PLACE, "11-15", keeps)),
        _pack(stage, "recalled", dried.wen, ("12-20 15:30", 200), (WEN_PLACE, "11-08", keeps)),
        _pack(
            stage, "expired", dried.fresh, ("11-12 09:00", 200),
            (WEN_PLACE, "11-08", stage.day("11-08", days=60)), title="鲜地黄",
        ),
    ]  # fmt: skip
    _sell(stage, honest)
    _hold(stage, batches[4])
    _recall(stage, batches[5])
    return batches


def _blend(stage: Stage, dried: Dried) -> str:
    """Two counties in one lot: a blend is shown as a blend, with the share of each."""
    lot = stage.lot()
    stage.do(
        "mill", "BLEND", "12-11 09:00", inputs=[(dried.wen, 720 * KG), (dried.wuzhi, 480 * KG)],
        outputs=[(lot, 1_200 * KG)], drug="生地黄", display_name="生地-合-1211",
        same_batch={
            "same_base": False, "same_seed": True, "same_cycle": True,
            "same_management": True, "same_harvest": True, "same_processing": True,
        },
    )  # fmt: skip
    return lot


def _release(
    stage: Stage, lot: str, mass_kg: int, day: str, found: tuple[float | None, ...]
) -> None:
    """Sample by two, test by a third party, release by the quality head, approved by the mill."""
    number = day.replace("-", "")
    report_no = f"演示-检-{number}"
    stage.do(
        "quality", "SAMPLE", f"{day} 09:10", about=[(lot, None)], sample_id=f"样-{number}",
        sample_g=600, samplers=["吴质检（演示人名）", "郑复核（演示人名）"], seal=f"封-{number}",
    )  # fmt: skip
    stage.do(
        "laboratory", "TEST", f"{day} 16:00", about=[(lot, None)], sample_id=f"样-{number}",
        report_no=report_no, lab_cma="演示-CMA-0001", items=tested(found),
        method="中国药典2020年版一部", conclusion="pass",
        report=stage.paper(f"检验报告 {report_no} 结论：合格"),
    )  # fmt: skip
    stage.do(
        "quality", "RELEASE", f"{day} 17:00", name=f"release {number}",
        about=[(lot, mass_kg * KG)], report_no=report_no, decision="release",
    )  # fmt: skip
    stage.approve("mill", f"{day} 17:20", f"release {number}")


def _pack(
    stage: Stage,
    shows: str,
    source: str,
    packed: tuple[str, int],
    said: tuple[str, str, str],
    *,
    title: str = "生地黄",
) -> Pack:
    """Pack so many kilograms into packs of 500 g, with a code for each."""
    when, mass_kg = packed
    place, harvested, best_before = said
    lot, day = stage.lot(), when[:5]
    count = mass_kg * KG // UNIT_G
    batch = f"{'XD' if title == '鲜地黄' else 'SD'}{day.replace('-', '')}{when[6:8]}"
    fields = label_fields(
        title=title,
        batch=batch,
        place=place,
        harvested=stage.day(harvested),
        packed=stage.day(day),
        best_before=best_before,
    )
    stage.do(
        "mill", "PACK_LABEL", when, inputs=[(source, mass_kg * KG)],
        outputs=[(lot, mass_kg * KG)], unit_g=UNIT_G, count=count,
        code_range={"first": 1, "last": count}, label_fields=fields, drug=title,
        pack_material="演示-包材-01", display_name=batch,
    )  # fmt: skip
    return Pack(shows=shows, lot=lot, title=title)


def _sell(stage: Stage, pack: Pack) -> None:
    """Through the store to a shop; buyer, price and invoice stay sealed."""
    stage.do(
        "mill", "SALE_B2B", "12-28 10:00", about=[(pack.lot, 100 * KG)], buyer="怀庆老药铺",
        price=46.5, invoice="演示-发票-1228", label_pack=[
            {"name": "品名", "value": pack.title}, {"name": "产地", "value": WEN_PLACE},
            {"name": "供货单位", "value": f"温县怀药加工厂{MARK}"},
            {"name": "质量合格标志", "value": "合格"},
        ],
    )  # fmt: skip
    stage.do(
        "warehouse", "STORE_IN", "12-29 09:00", about=[(pack.lot, 300 * KG)], zone="passed",
        temperature_c=12, humidity=45,
    )  # fmt: skip
    stage.do(
        "warehouse", "STORE_OUT", "01-08 09:30", about=[(pack.lot, 100 * KG)],
        to_org="怀庆老药铺", doc_no="演示-出库-0108",
    )  # fmt: skip
    stage.do(
        "shop", "RECEIVE", "01-09 15:00", about=[(pack.lot, 100 * KG)], sent_g=100 * KG,
        appearance="包装完好", quarantine="待验柜",
    )  # fmt: skip


def _hold(stage: Stage, pack: Pack) -> None:
    """Official sampling; not for sale until the result is there."""
    stage.do(
        "supervisor", "SUPERVISE_SAMPLE", "01-12 10:00", about=[(pack.lot, None)],
        result="pending", recheck_by=stage.day("01-30"),
    )  # fmt: skip
    stage.do(
        "supervisor", "HOLD", "01-12 10:30", about=[(pack.lot, None)], reason="监督抽检待结果",
        public_words="这批正在抽检，结果出来前暂停销售。",
    )  # fmt: skip


def _recall(stage: Stage, pack: Pack) -> None:
    """The mill finds leaking seams and takes the batch back; other batches stay untouched."""
    stage.do(
        "mill", "RECALL", "01-15 09:00", about=[(pack.lot, None)], level="2",
        reason="内包装封口不严，可能受潮",
        public_words="这批包装封口不严，请停止使用，到购买处退货。",
        deadline=f"{stage.day('01-18')}T09:00:00+08:00", recovered_g=0,
    )  # fmt: skip
