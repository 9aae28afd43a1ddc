"""What a pack says: from the lot's own history, complete, and only what may stand there."""

from dataclasses import replace

import pytest

from api.access import Caller
from api.codes import asked_of
from api.enterprise.printing.forms import wish_of
from api.labelling.contents import VALUES, wrong_in
from api.labelling.history import is_prepared
from api.labelling.planning import source_of
from api.shown.lineages import trace_of
from ledger.herbs.identifiers import asked_uri, lot_uri
from ledger.herbs.labels import LABELS
from ledger.herbs.vocabulary import herbs
from tests.http.served import Served, assert_problem
from tests.labelling.shelf import LICENCES, PIECE, Clerk, Shelf, release, stock_shelf
from tests.labelling.test_printing import pages_read
from tests.labels.batch import read
from tests.labels.test_rolls import zpl_printed
from tests.season import LABEL

MAKER = "国药集团四川江油中坝附子科技发展有限公司广元昭化分公司"
ADDRESS = "四川省广元市昭化区元坝镇工业集中发展区泉坝片区三号路与滨河路交叉口西北侧"
COUNTIES = ("410825", "410823", "410882", "410883")
FULL = {
    "unit": "500", "packed": "10", "months": "36", "grade": "特等（4 支以内）",
    "standard": "《河南省中药饮片炮制规范》（2022年版）", "batch": "WXSDH-20261110-0001-B",
    "storage": "置阴凉干燥处，防霉，防蛀，密闭保存",
}  # fmt: skip
WINE = {"name": "黄酒", "lot": "urn:example:wine", "mass_g": 100}
RAW = {"sort": "raw_herb", "unit": "500", "packed": "10"}
FOOD = {"sort": "agri_product", "unit": "500", "packed": "10", "months": "2", "grade": "一等"}


def fields(clerk: Clerk, shelf: Shelf, wish: dict[str, str]) -> dict[str, str]:
    """What the plan's labels will say."""
    answer = clerk.ask("/v1/packings", wish | {"lot": shelf.code})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["fields"])


def stopped(clerk: Clerk, shelf: Shelf, wish: dict[str, str], code: str) -> str:
    """Why a plan is refused."""
    answer = clerk.ask("/v1/packings", wish | {"lot": shelf.code})
    return str(assert_problem(answer, 409, code)["detail"])


def test_a_piece_says_what_its_provision_asks_and_nothing_was_typed_twice(
    clerk: Clerk, shelf: Shelf
) -> None:
    said = fields(clerk, shelf, PIECE)
    assert said.pop("生产日期") < said.pop("保质期至")
    assert len(said.pop("产品批号")) == 10
    assert said == {
        "产品属性": "中药饮片", "品名": "生地黄", "规格": "500 克", "药材产地": "焦作市温县",
        "生产企业": "works", "生产地址": "河南省焦作市温县演示路 1 号", "许可证号": "豫20260001",
        "联系方式": "0391-0000000", "贮藏": "置通风干燥处，防霉防蛀",
        "执行标准": "《中国药典》2025年版一部", "质量": "待放行，扫码查验",
    }  # fmt: skip


def test_good_is_only_what_a_laboratory_said_of_a_released_lot(
    clerk: Clerk, shelf: Shelf, served: Served
) -> None:
    assert fields(clerk, shelf, RAW)["质量"] == "待放行，扫码查验"
    release(served.chain, shelf.dried, conclusion="")
    assert fields(clerk, shelf, RAW)["质量"] == "见检验报告 R-1"
    other = stock_shelf(served.chain)
    release(served.chain, other.dried)
    assert fields(clerk, other, RAW)["质量"] == "合格"


def test_two_rivals_release_nothing_that_a_label_calls_good(
    clerk: Clerk, shelf: Shelf, served: Served
) -> None:
    for rival in ("rival", "accomplice"):
        served.chain.admit(rival, "processor")
    release(served.chain, shelf.dried, by=("rival", "accomplice"))
    assert fields(clerk, shelf, RAW)["质量"] == "待放行，扫码查验"


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        (PIECE | {"months": ""}, "保质期（请填保质期）"),
        (PIECE | {"standard": ""}, "执行标准（请填执行标准）"),
        (FOOD | {"grade": "", "months": ""}, "保质期（请填保质期）、产品质量等级（请填等级）"),
    ],
)
def test_a_missing_item_stops_the_print_and_is_named(
    clerk: Clerk, shelf: Shelf, wish: dict[str, str], named: str
) -> None:
    assert stopped(clerk, shelf, wish, "label_incomplete") == f"缺少{named}"


def test_a_maker_without_its_licence_packs_no_pieces(served: Served) -> None:
    shelf = stock_shelf(served.chain)
    mill = Clerk(served=served, who="mill")
    served.chain.do(
        "mill", "RECEIVE", about=[(shelf.dried, 100_000)], sent_g=100_000, appearance="完整",
        quarantine="一区",
    )  # fmt: skip
    assert "许可证号" in stopped(mill, shelf, PIECE, "label_incomplete")
    assert fields(mill, shelf, RAW)["供货单位"] == "mill"


def test_an_origin_that_nobody_recorded_stops_the_print(clerk: Clerk, served: Served) -> None:
    shelf = stock_shelf(served.chain)
    blend = served.chain.lot()
    served.chain.do(
        "works", "BLEND", inputs=[(shelf.dried, 50_000), (served.chain.lot(), 50_000)],
        outputs=[(blend, 100_000)], herb="huaidihuang", drug="生地黄",
    )  # fmt: skip
    other = Shelf(plot=shelf.plot, crop=shelf.crop, fresh=shelf.fresh, dried=blend)
    assert "产地" in stopped(clerk, other, RAW, "label_incomplete")


def test_the_gap_mark_needs_every_plot_inspected(clerk: Clerk, served: Served) -> None:
    wish = RAW | {"gap": "1", "months": "24"}
    for status, allowed in (("inspected", True), ("self", False), ("none", False)):
        shelf = stock_shelf(served.chain, gap=status)
        if allowed:
            said = fields(clerk, shelf, wish)
            assert said["标志"] == "药材符合GAP要求"
            assert said["采收日期"]
            assert said["基原"] == "Rehmannia glutinosa (Gaertn.) DC. 的块根"
        else:
            assert "GAP" in stopped(clerk, shelf, wish, "label_illogical")


def test_the_mark_of_origin_needs_the_area_and_a_permit(clerk: Clerk, served: Served) -> None:
    wish = RAW | {"gi": "1"}
    said = fields(clerk, stock_shelf(served.chain), wish)
    assert (said["专用标志"], said["产品名"]) == ("地理标志专用标志", "怀地黄")
    assert said["保护公告号"] == "2003年第105号"
    outside = stock_shelf(served.chain, county="510824")
    assert "地理标志" in stopped(clerk, outside, wish, "label_illogical")


def test_nothing_unverified_is_printed_as_storage_and_no_text_is_a_note(
    clerk: Clerk, shelf: Shelf
) -> None:
    untyped = {key: value for key, value in PIECE.items() if key != "storage"}
    assert "贮藏（请填贮藏条件）" in stopped(clerk, shelf, untyped, "label_incomplete")
    page = clerk.see(f"/enterprise/printing/{shelf.code}", **untyped)
    assert "没有核实过，不会自己印上，请照标准填）：阴凉干燥，防霉防蛀" in page.text
    drugs = [drug for herb in herbs() for drug in herb.drugs]
    assert [drug.cn for drug in drugs if drug.storage] == [drug.cn for drug in drugs]
    for drug in drugs:
        assert drug.printed_storage == ("" if drug.storage_mark == "unverified" else drug.storage)
        assert not set(drug.storage) & set(";；:：()（）/")


def test_drugs_and_foods_keep_to_their_lanes(clerk: Clerk, shelf: Shelf, served: Served) -> None:
    said = fields(clerk, shelf, FOOD)
    assert said["产品属性"] == "食用农产品"
    assert said["承诺达标合格证"].startswith("不使用禁用农药")
    assert "执行标准" not in said
    lot = clerk.plan(shelf, **FOOD)
    clerk.print(lot, 4, format="csv")
    assert clerk.state(lot, 4) == []
    packed = Shelf(
        plot=shelf.plot, crop=shelf.crop, fresh=shelf.fresh,
        dried=shelf.dried.replace(shelf.code, lot),
    )  # fmt: skip
    assert "药品和食品" in stopped(clerk, packed, RAW | {"packed": "2"}, "label_illogical")
    steamed = served.chain.lot()
    served.chain.do(
        "works", "STEAM_BOIL", inputs=[(shelf.dried, 50_000)], outputs=[(steamed, 50_000)],
        method="wine", hours=24, cycles=9, drug="熟地黄",
    )  # fmt: skip
    cooked = replace(shelf, dried=steamed)
    assert "炮制" in stopped(clerk, cooked, FOOD, "label_illogical")


@pytest.mark.parametrize(
    ("said", "is_food"), [({}, True), ({"cycle_no": 1}, False), ({"adjuvants": [WINE]}, False)]
)
def test_what_is_steamed_before_it_is_dried_is_still_a_food(
    clerk: Clerk, shelf: Shelf, served: Served, said: dict[str, object], *, is_food: bool
) -> None:
    steamed, dried = served.chain.lot(), served.chain.lot()
    served.chain.do(
        "works", "STEAM_BOIL", inputs=[(shelf.fresh, 0)], outputs=[(steamed, 20_000)],
        temperature_c=100, minutes=35, **said,
    )  # fmt: skip
    served.chain.do(
        "works", "DRY", inputs=[(steamed, 20_000)], outputs=[(dried, 10_000)], method="oven",
        temperature_c=55, hours=70, final_moisture=12,
    )  # fmt: skip
    caller = Caller(actor=served.chain.actors["works"])
    found = trace_of(served.beside, asked_of(dried, served.beside), caller.reader)
    assert is_prepared(found) is not is_food


def test_no_pledge_where_the_field_record_names_a_barred_pesticide(
    clerk: Clerk, served: Served
) -> None:
    shelf = stock_shelf(served.chain)
    served.chain.do(
        "cooperative", "PESTICIDE", about=[(shelf.crop, None)], product="某药",
        active_ingredient="甲胺磷 50%", phi_days=7,
    )  # fmt: skip
    caller = Caller(actor=served.chain.actors["works"])
    found = trace_of(served.beside, asked_of(shelf.dried, served.beside), caller.reader)
    (wrong,) = wrong_in(source_of(served.beside, caller, found, wish_of(FOOD)))
    assert "甲胺磷" in wrong


def test_weights_and_days_that_cannot_be_are_named(clerk: Clerk, served: Served) -> None:
    shelf = stock_shelf(served.chain)
    heavy = RAW | {"unit": "20", "unit_in": "公斤"}
    assert "每件" in stopped(clerk, shelf, heavy, "label_illogical")


def test_what_a_registered_label_left_out_comes_from_its_history(
    clerk: Clerk, shelf: Shelf, served: Served
) -> None:
    pack = served.chain.lot()
    served.chain.do(
        "works", "PACK_LABEL", inputs=[(shelf.dried, 1_000)], outputs=[(pack, 1_000)],
        unit_g=500, count=2, code_range={"first": 1, "last": 2},
        label_fields=[*LABEL, {"name": "批号", "value": "甲-1"}],
    )  # fmt: skip
    code = pack.rpartition("/")[2]
    listed = clerk.file(clerk.print(code, 2, format="csv")).decode("utf-8-sig").splitlines()
    assert all(word in listed[1] for word in ("生地黄", "甲-1", "河南温县", "500 克"))
    bare = served.chain.lot()
    served.chain.do(
        "works", "PACK_LABEL", inputs=[(served.chain.lot(), 1_000)], outputs=[(bare, 1_000)],
        unit_g=500, count=2, code_range={"first": 1, "last": 2},
        label_fields=[{"name": "品名", "value": "生地黄"}],
    )  # fmt: skip
    code = bare.rpartition("/")[2]
    # What its label lacks is a finding of the rules, and the lot is on hold for it.
    refused = assert_problem(clerk.ask("/v1/labels", {"lot": code, "count": 1}), 409, "lot_held")
    assert "产地" in str(refused["detail"])


def test_the_longest_real_names_fit_and_decode_on_the_paper_that_is_chosen(
    served: Served,
) -> None:
    """The longest maker and address that was seen, a blend of four counties, every text full."""
    licences = LICENCES | {"address": ADDRESS, "contact": "0839-0000000，400-000-0000"}
    served.chain.admit("longest", "processor", licences=licences, called=MAKER)
    clerk = Clerk(served=served, who="longest")
    parts = [stock_shelf(served.chain, county=county) for county in COUNTIES]
    blend = served.chain.lot()
    served.chain.do(
        "longest", "BLEND", inputs=[(part.dried, 100_000) for part in parts],
        outputs=[(blend, 400_000)], herb="huaidihuang", drug="酒炖熟地黄（九蒸九晒）",
    )  # fmt: skip
    release(served.chain, blend, conclusion="")
    shelf = replace(parts[0], dried=blend)
    for sort in ("raw_herb", "decoction_piece", "agri_product", "retail_herb"):
        lot = clerk.plan(shelf, **FULL, sort=sort)
        for kind in ("pdf", "zpl"):
            state = clerk.print(lot, 2, format=kind)
            assert state["state"] == "ready", (sort, kind, state)
            links = printed(clerk.file(state), kind)
            assert {asked_uri(link, served.chain.origin) for link in links} == {
                lot_uri(served.chain.origin, lot)
            }
            assert len(links) == 2


def printed(file: bytes, kind: str) -> list[str]:
    """What a phone reads on it, at 203 dots to the inch."""
    if kind == "zpl":
        return [text for image in zpl_printed(file, 203) for text in read(image)]
    return [text for page in pages_read(file) for text in page]


def test_every_item_of_every_provision_has_a_source_and_a_name_that_counts() -> None:
    for provision in LABELS:
        for each in provision.fields:
            assert each.of in VALUES
            assert each.is_there({each.shown or each.cn: "x"}), each
