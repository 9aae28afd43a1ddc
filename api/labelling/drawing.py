"""Paper and printer as people choose them, and labels written for them into one file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from labels.errors import LabelError
from labels.layout import Label, lay_out
from labels.listing import write_csv
from labels.raster import MM_PER_INCH
from labels.rolls import DPI as ROLL_DPI
from labels.rolls import write_tspl, write_zpl
from labels.sheets import write_pdf
from labels.stocks import STOCKS, Stock
from ledger.errors import FormError
from ledger.seam import Progress

FILES: Final = ("pdf", "zpl", "tspl", "csv")
MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "zpl": "application/octet-stream",
    "tspl": "application/octet-stream",
    "csv": "text/csv; charset=utf-8",
}
SHEET: Final = "a4-3x8"
ROLL: Final = "roll-60x40"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """How labels are printed: kind of file, paper, printer, first cell, calibration."""

    kind: str
    stock: str = ""
    dpi: int | None = None
    start_cell: int = 1
    shift_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def chosen(self) -> Stock:
        """The paper. Raises FormError `bad_query` for one that nobody sells here."""
        name = self.stock or (SHEET if self.kind == "pdf" else ROLL)
        if name not in STOCKS:
            raise FormError("bad_query", f"paper is one of {', '.join(STOCKS)}")
        return STOCKS[name]

    @property
    def roll_dpi(self) -> int:
        """Dots per inch of a roll printer."""
        return self.dpi or ROLL_DPI[0]


def fitted(label: Label, paper: Paper) -> Paper:
    """The paper as it was chosen; where none was, the usual one, else the next on which it fits.

    Raises LabelError of the first that was tried.
    """
    first = paper.chosen
    others = sorted(STOCKS.values(), key=lambda stock: stock.cell_mm[0] * stock.cell_mm[1])
    alike = [stock for stock in others if stock.is_roll == first.is_roll and stock != first]
    pixel_mm = None if paper.kind == "pdf" else MM_PER_INCH / paper.roll_dpi
    refused: LabelError | None = None
    for stock in [first] if paper.stock else [first, *alike]:
        try:
            lay_out(label, size_mm=stock.label_mm, pixel_mm=pixel_mm)
        except LabelError as error:
            refused = refused or error
        else:
            return replace(paper, stock=stock.name)
    assert refused is not None  # the first was tried
    raise refused


def write_labels(labels: Iterable[Label], file: BinaryIO, paper: Paper) -> int:
    """Write labels as the paper wants them; return how many. Raises LabelError."""
    stock = paper.chosen
    match paper.kind:
        case "pdf":
            return write_pdf(
                labels, file, stock=stock, start_cell=paper.start_cell, shift_mm=paper.shift_mm
            )
        case "zpl":
            return write_zpl(labels, file, stock=stock, dpi=paper.roll_dpi)
        case "tspl":
            return write_tspl(labels, file, stock=stock, dpi=paper.roll_dpi)
        case _:
            return write_csv(labels, file)


def counted(
    labels: Iterable[tuple[int, Label]], progress: Progress, count: int
) -> Iterator[tuple[int, Label]]:
    """The same labels; `progress` is told of each that was drawn."""
    for done, numbered in enumerate(labels):
        yield numbered
        progress(done + 1, count)


@contextmanager
def replacing(out: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `out` when it is whole, and never when it is not."""
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
