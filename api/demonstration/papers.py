"""What the demonstration's papers say: test reports, certificates, and the fields of a pack."""

from typing import Final

from api.demonstration.mark import MARK
from api.demonstration.stage import Stage
from ledger.canonical import JsonValue

UNIT_G: Final = 500
LIMITS: Final = (
    ("水分", "<=", 15, "%"),
    ("总灰分", "<=", 8, "%"),
    ("酸不溶性灰分", "<=", 3, "%"),
    ("浸出物（水溶性）", ">=", 65, "%"),
    ("梓醇", ">=", 0.2, "%"),
    ("地黄苷D", ">=", 0.1, "%"),
    ("二氧化硫", "<=", 150, "mg/kg"),
    ("铅", "<=", 5, "mg/kg"),
    ("镉", "<=", 1, "mg/kg"),
)
# One row for each of LIMITS: what the laboratory found.
DRIED: Final = (13.6, 4.8, 1.1, 71.4, 0.41, 0.17, 6, 0.3, 0.12)
BLENDED: Final = (14.1, 5.2, 1.4, 69.8, 0.36, 0.15, 8, 0.4, 0.15)
FRESH: Final = (None, None, None, None, 0.62, None, 3, 0.1, 0.05)


def tested(found: tuple[float | None, ...]) -> list[JsonValue]:
    """Rows of a report: each item with its limit, what was found, and the verdict."""
    rows: list[JsonValue] = []
    for (item, op, limit, unit), value in zip(LIMITS, found, strict=True):
        if value is None:
            continue
        passed = value <= limit if op == "<=" else value >= limit
        row: dict[str, JsonValue] = {"item": item, "op": op, "limit": limit, "unit": unit}
        rows.append({**row, "value": value, "passed": passed})
    rows.append({"item": "33种禁用农药", "value": "未检出", "passed": True})
    return rows


def certificate(stage: Stage, seller: str, mass_kg: int) -> dict[str, JsonValue]:
    """A 承诺达标合格证 as an attached file."""
    return stage.paper(f"承诺达标合格证 {seller}{MARK} 鲜地黄 {mass_kg} 公斤")


def label_fields(
    *, title: str, batch: str, place: str, harvested: str, packed: str, best_before: str
) -> list[JsonValue]:
    """The fields of a pack. Source: GAP 2022's article on packaging (unverified)."""
    said = {
        "品名": title,
        "基原": "玄参科地黄的块根",
        "批号": batch,
        "规格": f"{UNIT_G} 克",
        "产地": place,
        "采收日期": harvested,
        "包装日期": packed,
        "保质期至": best_before,
        "贮藏": "阴凉干燥处，防霉防蛀",
        "企业名称": f"温县怀药加工厂{MARK}",
        "质量": "合格",
        "声明": "演示数据，不是真实产品",
    }
    return [{"name": name, "value": value} for name, value in said.items()]
