"""`daodi labels`: labels for the packs of a lot, never more than were packed."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import BinaryIO, Final

import click

from api.codes import asked_of
from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json, progress_bar
from api.opened import Clock
from api.packs import labels_of, pack_lot
from api.settings import Settings
from labels.layout import Label
from labels.listing import write_csv
from labels.pack import render_png, render_svg
from labels.rolls import DPI as ROLL_DPI
from labels.rolls import write_tspl, write_zpl
from labels.sheets import write_pdf, write_test_page
from labels.stocks import STOCKS, Stock
from ledger.canonical import JsonObject
from ledger.seam import Progress

PICTURES: Final = ("png", "svg")  # a file each; the others are one file
FORMATS: Final = (*PICTURES, "pdf", "zpl", "tspl", "csv")
SHEET: Final = "a4-3x8"
ROLL: Final = "roll-60x40"
PICTURE_DPI: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """How labels are printed: what the options said."""

    kind: str
    stock: Stock
    dpi: int | None
    start_cell: int
    shift_mm: tuple[float, float]


def printing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of paper and printer; the command is called with `printing`."""

    @wraps(command)
    def with_printing(
        *args: object,
        kind: str,
        stock: str | None,
        dpi: str | None,
        start_cell: int,
        shift_right: float,
        shift_down: float,
        **named: object,
    ) -> None:
        printing = Printing(
            kind=kind,
            stock=STOCKS[stock or (SHEET if kind == "pdf" else ROLL)],
            dpi=None if dpi is None else int(dpi),
            start_cell=start_cell,
            shift_mm=(shift_right, shift_down),
        )
        command(*args, printing=printing, **named)

    down, right = "PDF: move everything down, in mm.", "PDF: move everything right, in mm."
    for option in (
        click.option("--shift-down", type=float, default=0.0, help=down),
        click.option("--shift-right", type=float, default=0.0, help=right),
        click.option(
            "--start-cell", type=click.IntRange(min=1), default=1, help="PDF: first cell."
        ),
        click.option("--dpi", type=click.Choice(["203", "300", "600"]), help="Dots per inch."),
        click.option(
            "--stock", type=click.Choice([*STOCKS]), help=f"Paper. Default: {ROLL}; PDF: {SHEET}."
        ),
        click.option("--format", "kind", type=click.Choice(FORMATS), default="png"),
    ):
        with_printing = option(with_printing)
    return with_printing


@click.command()
@click.option("--lot", help="The pack lot: its code, its URI, or a pack's code.")
@click.option("--count", type=click.IntRange(min=1), help="How many labels.")
@click.option("--first", type=click.IntRange(min=0), help="First serial. Default: the range's.")
@click.option("--test-page", is_flag=True, help="A PDF of the stock's cells and rulers instead.")
@click.option("--base-url", help="What is printed before /t/CODE.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; several PNG or SVG are numbered by their serials: OUT-000001.png.",
)
@printing_options
@json_option
@ledger_options
@click.pass_obj
def labels(  # noqa: PLR0913 — one argument for each option
    clock: Clock,
    *,
    settings: Settings,
    printing: Printing,
    lot: str | None,
    count: int | None,
    first: int | None,
    test_page: bool,
    base_url: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Draw labels for packs that a packing registered."""
    if test_page:
        with _replacing(out) as file:
            write_test_page(file, stock=printing.stock, shift_mm=printing.shift_mm)
        _answer({"files": [str(out)]}, as_json=as_json)
        return
    if lot is None or count is None:
        raise click.UsageError("--lot and --count are needed, or --test-page.")
    if base_url is not None:
        settings = settings.model_copy(update={"base_url": base_url})
    opened = open_ledger(settings, clock)
    pack = pack_lot(opened, asked_of(lot, opened).uri)
    drawn = labels_of(opened, pack, first=first, count=count)
    with progress_bar("标签") as progress:
        counted = _counted(drawn, progress, count)
        if printing.kind in PICTURES:
            files = [_picture(label, serial, printing, out, count) for serial, label in counted]
        else:
            with _replacing(out) as file:
                _write((label for _, label in counted), file, printing)
            files = [out]
    named: JsonObject = {"lot": pack.uri, "count": count, "files": [str(path) for path in files]}
    _answer(named, as_json=as_json)


def _write(labels: Iterable[Label], file: BinaryIO, printing: Printing) -> None:
    stock = printing.stock
    match printing.kind:
        case "pdf":
            write_pdf(
                labels,
                file,
                stock=stock,
                start_cell=printing.start_cell,
                shift_mm=printing.shift_mm,
            )
        case "zpl":
            write_zpl(labels, file, stock=stock, dpi=printing.dpi or ROLL_DPI[0])
        case "tspl":
            write_tspl(labels, file, stock=stock, dpi=printing.dpi or ROLL_DPI[0])
        case _:
            write_csv(labels, file)


def _picture(label: Label, serial: int, printing: Printing, out: Path, count: int) -> Path:
    """Write one label as a file of its own."""
    path = out if count == 1 else out.with_stem(f"{out.stem}-{serial:06}")
    size = printing.stock.label_mm
    if printing.kind == "png":
        path.write_bytes(render_png(label, size_mm=size, dpi=printing.dpi or PICTURE_DPI))
    else:
        path.write_bytes(render_svg(label, size_mm=size).encode())
    return path


def _counted(
    labels: Iterable[tuple[int, Label]], progress: Progress, count: int
) -> Iterator[tuple[int, Label]]:
    for done, numbered in enumerate(labels):
        yield numbered
        progress(done + 1, count)


@contextmanager
def _replacing(out: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `out` when it is whole, and never when it is not."""
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _answer(named: JsonObject, *, as_json: bool) -> None:
    files = named["files"]
    assert isinstance(files, list)  # of the two answers above
    if as_json:
        print_json(named)
    else:
        click.echo(f"{files[0]}{'' if len(files) == 1 else f' … {files[-1]}'}")
