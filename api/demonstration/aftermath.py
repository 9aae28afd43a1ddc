"""What came after the counter: a hold that stands, a recall, a retail sale, scans of a copy."""

from typing import Final

from api.demonstration.fieldwork import KG
from api.demonstration.market import Pack
from api.demonstration.papers import UNIT_G
from api.demonstration.stage import Stage
from ledger.canonical import JsonValue
from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code

RETAILED: Final = range(11, 17)  # serials sold over the counter
GIVEN_BACK_KG: Final = 97  # of the recalled, by the shop; what it sold before is with people


def play_aftermath(stage: Stage, packs: dict[str, Pack]) -> None:
    """Plan what happened to the packs of 怀地黄, by what each shows."""
    _hold(stage, packs["held"])
    _retail(stage, packs["honest"], "2026-01-08", RETAILED)
    _retail(stage, packs["recalled"], "2026-01-10", range(11, 17))
    _recall(stage, packs["recalled"])


def pack_code(stage: Stage, goods: Pack, serial: int) -> str:
    """What is printed on one pack."""
    lot_code = code_of_uri(goods.lot)
    return unit_code(lot_code, serial, batch_key(stage.opened.folder.secret(), lot_code))


def _hold(stage: Stage, goods: Pack) -> None:
    """Official sampling; not for sale until the result is there, which it is not."""
    stage.do(
        "supervisor", "SUPERVISE_SAMPLE", "2026-01-12 10:00", about=[(goods.lot, None)],
        result="pending", recheck_by=stage.day("2026-01-30"),
    )  # fmt: skip
    stage.do(
        "supervisor", "HOLD", "2026-01-12 10:30", about=[(goods.lot, None)],
        reason="监督抽检待结果",
        public_words="这批正在抽检，结果出来前暂停销售。",
    )  # fmt: skip


def _retail(stage: Stage, goods: Pack, day: str, serials: range) -> None:
    """Packs over the counter, each with its own code."""
    for number, serial in enumerate(serials):
        stage.do(
            "shop", "SALE_RETAIL", f"{day} {9 + number:02}:20", about=[(goods.lot, None)],
            unit_code=pack_code(stage, goods, serial), store="怀庆老药铺一店",
        )  # fmt: skip


def _recall(stage: Stage, goods: Pack) -> None:
    """Leaking seams: taken back, weighed, destroyed before a witness; other batches untouched."""
    said: dict[str, JsonValue] = {
        "level": "2",
        "reason": "内包装封口不严，可能受潮",
        "public_words": "这批包装封口不严，请停止使用，到购买处退货。",
        "deadline": f"{stage.day('2026-01-18')}T09:00:00+08:00",
    }
    lot = goods.lot
    stage.do("mill", "RECALL", "2026-01-15 09:00", said, about=[(lot, None)], recovered_g=0)
    stage.do(
        "shop", "STORE_OUT", "2026-01-16 10:00", about=[(lot, GIVEN_BACK_KG * KG)],
        to_org=stage.full_name("mill"), doc_no="演示-退库-0116",
    )  # fmt: skip
    stage.do(
        "mill", "RETURN", "2026-01-17 09:30", about=[(lot, GIVEN_BACK_KG * KG)],
        reason="召回退回",
    )  # fmt: skip
    stage.do(
        "mill", "RECALL", "2026-01-17 16:00", said, about=[(lot, None)],
        recovered_g=GIVEN_BACK_KG * KG,
    )  # fmt: skip
    sold_g = len(RETAILED) * UNIT_G
    kept_g = goods.mass_kg * KG - sold_g
    assert kept_g == (goods.mass_kg - 100 + GIVEN_BACK_KG) * KG
    stage.do(
        "mill", "DESTROY", "2026-01-22 14:00", about=[(lot, kept_g)], method="粉碎后无害化处理",
        witness="冯监督（演示人名）",
    )  # fmt: skip
