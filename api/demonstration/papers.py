"""What the demonstration's papers say: test reports, certificates, and the fields of a pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.canonical import JsonValue

# What the registrar puts down of a mill; 952 is GS1's prefix for examples.
LICENCES: Final[Mapping[str, str]] = {
    "drug_production": "演示-许可-0001",
    "address": "演示地址一号",
    "contact": "演示-电话",
    "gs1_prefix": "9521141",
}

UNIT_G: Final = 500
Limit = tuple[str, str, float, str]

SULPHUR: Final[Limit] = ("二氧化硫", "<=", 150, "mg/kg")
SULPHUR_400: Final[Limit] = ("二氧化硫", "<=", 400, "mg/kg")  # where the pharmacopoeia allows it
LEAD: Final[Limit] = ("铅", "<=", 5, "mg/kg")
CADMIUM: Final[Limit] = ("镉", "<=", 1, "mg/kg")
# What a laboratory tests on each drug, and against what.
TESTED: Final[Mapping[str, tuple[Limit, ...]]] = {
    "鲜地黄": (("梓醇", ">=", 0.2, "%"), SULPHUR, LEAD, CADMIUM),
    "生地黄": (
        ("水分", "<=", 15, "%"), ("总灰分", "<=", 8, "%"), ("酸不溶性灰分", "<=", 3, "%"),
        ("浸出物（水溶性）", ">=", 65, "%"), ("梓醇", ">=", 0.2, "%"), ("地黄苷D", ">=", 0.1, "%"),
        SULPHUR, LEAD, CADMIUM,
    ),
    "熟地黄": (
        ("水分", "<=", 15, "%"), ("总灰分", "<=", 8, "%"), ("地黄苷D", ">=", 0.05, "%"),
        SULPHUR, LEAD, CADMIUM,
    ),
    "毛山药": (
        ("水分", "<=", 16, "%"), ("总灰分", "<=", 4, "%"), ("浸出物（水溶性）", ">=", 7, "%"),
        SULPHUR_400, LEAD, CADMIUM,
    ),
    "光山药": (("水分", "<=", 16, "%"), ("总灰分", "<=", 4, "%"), SULPHUR_400, LEAD, CADMIUM),
    "牛膝": (
        ("水分", "<=", 15, "%"), ("总灰分", "<=", 9, "%"),
        ("浸出物（水饱和正丁醇）", ">=", 6.5, "%"), ("β-蜕皮甾酮", ">=", 0.03, "%"),
        SULPHUR_400, LEAD, CADMIUM,
    ),
    "菊花": (
        ("水分", "<=", 15, "%"), ("绿原酸", ">=", 0.2, "%"), ("木犀草苷", ">=", 0.08, "%"),
        ("3,5-O-二咖啡酰基奎宁酸", ">=", 0.7, "%"), SULPHUR, LEAD, CADMIUM,
    ),
    "川明参": (("水分", "<=", 17, "%"), ("总灰分", "<=", 1.4, "%"), SULPHUR, LEAD, CADMIUM),
    "天麻": (
        ("水分", "<=", 15, "%"), ("总灰分", "<=", 4.5, "%"),
        ("天麻素和对羟基苯甲醇", ">=", 0.25, "%"), SULPHUR_400, LEAD, CADMIUM,
    ),
}  # fmt: skip
SPECIES: Final = {
    "鲜地黄": "玄参科地黄的块根",
    "生地黄": "玄参科地黄的块根",
    "熟地黄": "玄参科地黄的块根，经炮制",
    "毛山药": "薯蓣科薯蓣的根茎",
    "光山药": "薯蓣科薯蓣的根茎",
    "牛膝": "苋科牛膝的根",
    "菊花": "菊科菊的头状花序",
    "川明参": "伞形科川明参的根",
    "天麻": "兰科天麻的块茎",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What is printed on a pack: days as YYYY-MM-DD, names as people read them."""

    drug: str
    batch: str
    place: str
    harvested: str
    packed: str
    best_before: str
    firm: str


def report_rows(drug: str, values: tuple[float, ...]) -> list[JsonValue]:
    """Rows of a report: each item with its limit, what was found, and the verdict."""
    rows: list[JsonValue] = []
    for (item, op, limit, unit), value in zip(TESTED[drug], values, strict=True):
        passed = value <= limit if op == "<=" else value >= limit
        row: dict[str, JsonValue] = {"item": item, "op": op, "limit": limit, "unit": unit}
        rows.append({**row, "value": value, "passed": passed})
    rows.append({"item": "33种禁用农药", "value": "未检出", "passed": True})
    return rows


def raw_herb_fields(said: Printed) -> list[JsonValue]:
    """The fields of a pack of raw herb. Source: GAP 2022's article on packaging (unverified)."""
    return _pairs(
        {
            "品名": said.drug,
            "基原": SPECIES[said.drug],
            "批号": said.batch,
            "规格": f"{UNIT_G} 克",
            "产地": said.place,
            "采收日期": said.harvested,
            "包装日期": said.packed,
            "保质期至": said.best_before,
            "贮藏": "阴凉干燥处，防霉防蛀",
            "企业名称": said.firm,
            "质量": "合格",
            "声明": "演示数据，不是真实产品",
        }
    )


def piece_fields(said: Printed) -> list[JsonValue]:
    """The fields of a pack of 饮片. Source: 中药饮片标签管理规定 (unverified)."""
    return _pairs(
        {
            "品名": said.drug,
            "产品属性": "中药饮片",
            "规格": "片",
            "药材产地": said.place,
            "生产企业": said.firm,
            "生产地址": LICENCES["address"],
            "许可证号": LICENCES["drug_production"],
            "联系方式": LICENCES["contact"],
            "产品批号": said.batch,
            "生产日期": said.packed,
            "装量": f"{UNIT_G} 克",
            "贮藏": "置通风干燥处",
            "执行标准": "中国药典2020年版一部",
            "质量合格标识": "合格",
            "保质期至": said.best_before,
            "声明": "演示数据，不是真实产品",
        }
    )


def sale_fields(drug: str, place: str, firm: str) -> list[JsonValue]:
    """What the paper of a sale says of the goods."""
    said = {"品名": drug, "产地": place, "供货单位": firm, "质量合格标志": "合格"}
    return _pairs(said)


def _pairs(said: Mapping[str, str]) -> list[JsonValue]:
    return [{"name": name, "value": value} for name, value in said.items()]
