"""What the printing desk's forms hold: a wish for packs, paper, serials; texts made values."""

from collections.abc import Mapping
from typing import Final

from api.labelling.contents import Wish
from api.labelling.drawing import FILES, Paper
from labels.rolls import DPI
from labels.stocks import STOCKS, require_shift
from ledger.errors import FormError
from ledger.herbs.labels import LABELS, PackSort, lane_of
from ledger.herbs.units import parse_mass

SORTS: Final[tuple[tuple[PackSort, str], ...]] = tuple(
    {label.pack: (label.pack, label.cn) for label in reversed(LABELS) if label.pack in {
        "raw_herb", "decoction_piece", "agri_product", "retail_herb"}}.values()
)[::-1]  # fmt: skip
TEXTS: Final = ("grade", "standard", "storage", "batch", "gtin")
TEXT_LENGTH_MAX: Final = 60  # what a label has room for
MONTHS_MAX: Final = 120
LANES_CN: Final = {"drug": "药品", "food": "食品", "either": ""}
KINDS_CN: Final = {
    "pdf": "PDF（普通打印机、标签纸）",
    "zpl": "ZPL（斑马等标签机）",
    "tspl": "TSPL（台半、佳博等标签机）",
    "csv": "CSV（交印刷厂）",
}
STOCKS_CN: Final = tuple(
    (
        name,
        f"{name}：{stock.cell_mm[0]:g} × {stock.cell_mm[1]:g} 毫米"
        + ("" if stock.is_roll else f"，每张 {stock.cells} 格"),
    )
    for name, stock in STOCKS.items()
)


def sorts_offered() -> list[tuple[str, str]]:
    """Sorts of pack to choose from, each with the lane that it belongs to."""
    return [(sort, f"{cn}（{LANES_CN[lane_of(sort)]}）") for sort, cn in SORTS]


def wish_of(form: Mapping[str, str]) -> Wish:
    """Read a wish. Raises FormError `bad_query`, `bad_quantity`."""
    sort = form.get("sort", "raw_herb")
    known: dict[str, PackSort] = {name: name for name, _ in SORTS}
    if sort not in known:
        raise FormError("bad_query", f"没有“{sort}”这种包装")
    months = whole(form, "months", 0)
    if form.get("months", "").strip() and not 0 < months <= MONTHS_MAX:
        raise FormError("bad_query", f"保质期是 1 到 {MONTHS_MAX} 个月的整数")
    texts = {name: form.get(name, "").strip()[:TEXT_LENGTH_MAX] for name in TEXTS}
    return Wish(
        sort=known[sort],
        unit_g=_mass(form, "unit", "克"),
        packed_g=_mass(form, "packed", "公斤"),
        months=months or None,
        gap="gap" in form,
        gi="gi" in form,
        site=form.get("site", "").strip(),
        said={name: text for name, text in texts.items() if text},
    )


def paper_in(form: Mapping[str, str]) -> Paper:
    """Read the paper. Raises FormError `bad_query`, LabelError for a place beyond the sheet."""
    kind = form.get("format", "pdf")
    stock = form.get("stock", "")
    dpi = whole(form, "dpi", DPI[0])
    if kind not in FILES or (stock and stock not in STOCKS) or dpi not in DPI:
        raise FormError("bad_query", "没有这种纸、文件或打印头")
    paper = Paper(
        kind=kind,
        stock=stock,
        dpi=dpi,
        start_cell=whole(form, "start_cell", 1),
        shift_mm=(_decimal(form, "right"), _decimal(form, "down")),
    )
    require_shift(paper.shift_mm)
    if kind == "pdf":
        paper.chosen.cell_corner_mm(paper.start_cell)
    return paper


def whole(form: Mapping[str, str], name: str, otherwise: int) -> int:
    """Read a whole number from 0 on. Raises FormError `bad_query`."""
    text = str(form.get(name, "")).strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(10**9)):
        raise FormError("bad_query", f"“{text[:20]}”不是整数")
    return int(text)


def _decimal(form: Mapping[str, str], name: str) -> float:
    text = str(form.get(name, "")).strip() or "0"
    try:
        return float(text)
    except ValueError as error:
        raise FormError("bad_query", f"“{text[:20]}”不是数字") from error


def _mass(form: Mapping[str, str], name: str, unit: str) -> int:
    text = form.get(name, "").strip()
    if not text:
        raise FormError("bad_quantity", "请填每件重量和要包装的重量")
    return parse_mass(text, unit=form.get(f"{name}_in", unit) or unit)
