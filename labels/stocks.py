"""The paper that labels come on: A4 sheets by their makers' measures, rolls by their size.

Cells are counted from 1, along the rows, as they are read.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from labels.errors import LabelError

A4_MM: Final = (210.0, 297.0)
SHIFT_MM_MAX: Final = 5.0  # a printer that is further off needs a technician, not an offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A sheet of cells, or one label of a roll; the first cell's corner stands at `corner_mm`.

    `inset_mm` is what a printer cannot reach at the paper's edge: kept free in every cell.
    """

    name: str
    page_mm: tuple[float, float]
    cell_mm: tuple[float, float]
    columns: int = 1
    rows: int = 1
    corner_mm: tuple[float, float] = (0.0, 0.0)
    pitch_mm: tuple[float, float] = (0.0, 0.0)
    inset_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def cells(self) -> int:
        """How many labels a sheet has."""
        return self.columns * self.rows

    @property
    def is_roll(self) -> bool:
        """Whether labels come one after another, as roll printers take them."""
        return self.page_mm == self.cell_mm

    @property
    def label_mm(self) -> tuple[float, float]:
        """Width and height that a label may fill within its cell."""
        width, height = self.cell_mm
        return width - 2 * self.inset_mm[0], height - 2 * self.inset_mm[1]

    def cell_corner_mm(self, cell: int) -> tuple[float, float]:
        """Upper left corner of a cell. Raises LabelError `label_no_such_cell`."""
        if not 1 <= cell <= self.cells:
            raise LabelError("label_no_such_cell", f"{self.name} has cells 1 to {self.cells}")
        row, column = divmod(cell - 1, self.columns)
        x, y = self.corner_mm
        return x + column * self.pitch_mm[0], y + row * self.pitch_mm[1]


def require_shift(shift_mm: tuple[float, float]) -> None:
    """Raise LabelError `label_shift_too_far` for offsets beyond SHIFT_MM_MAX, or no numbers."""
    if not all(abs(shift) <= SHIFT_MM_MAX for shift in shift_mm):
        raise LabelError("label_shift_too_far", f"{shift_mm} is over {SHIFT_MM_MAX:g} mm")


def require_roll(stock: Stock) -> None:
    """Raise LabelError `label_wrong_stock` for sheets."""
    if not stock.is_roll:
        raise LabelError("label_wrong_stock", f"{stock.name} is no roll")


_SHEETS: Final = (
    Stock(  # Herma 4464, Avery 3474: cut to the paper's edge
        name="a4-3x8",
        page_mm=A4_MM,
        cell_mm=(70.0, 37.0),
        columns=3,
        rows=8,
        corner_mm=(0.0, 0.5),
        pitch_mm=(70.0, 37.0),
        inset_mm=(3.0, 2.5),  # with a label's own margin: 4.5 mm from every edge of the paper
    ),
    Stock(  # Avery L7160
        name="a4-3x7",
        page_mm=A4_MM,
        cell_mm=(63.5, 38.1),
        columns=3,
        rows=7,
        corner_mm=(7.25, 15.15),
        pitch_mm=(66.0, 38.1),
    ),
    Stock(  # Avery L7163
        name="a4-2x7",
        page_mm=A4_MM,
        cell_mm=(99.1, 38.1),
        columns=2,
        rows=7,
        corner_mm=(4.65, 15.15),
        pitch_mm=(101.6, 38.1),
    ),
    Stock(  # Avery L7165: cases and sacks
        name="a4-2x4",
        page_mm=A4_MM,
        cell_mm=(99.1, 67.7),
        columns=2,
        rows=4,
        corner_mm=(4.65, 13.1),
        pitch_mm=(101.6, 67.7),
    ),
)
_ROLLS: Final = tuple(
    Stock(name=name, page_mm=size, cell_mm=size)
    for name, size in (
        ("roll-40x30", (40.0, 30.0)),
        ("roll-60x40", (60.0, 40.0)),
        ("roll-100x70", (100.0, 70.0)),
    )
)
STOCKS: Final = MappingProxyType({stock.name: stock for stock in (*_SHEETS, *_ROLLS)})
