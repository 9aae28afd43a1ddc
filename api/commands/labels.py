"""`daodi labels`: labels for the packs of a lot, never more than were packed."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final

import click

from api.commands.opening import caller_named, open_ledger
from api.commands.options import json_option, ledger_options, print_json, progress_bar
from api.labelling.drawer import Order, draw_file
from api.labelling.drawing import FILES, ROLL, SHEET, Paper, counted, replacing
from api.labelling.packs import faces_of
from api.labelling.permits import packing_of
from api.labelling.planning import Batch, batch_of
from api.labelling.press import READY, paper_of, take_serials
from api.labelling.tally import FIRST, Tally, job_serials, require_grams, take
from api.opened.ledger import Clock, OpenedLedger
from api.scans import china_day
from api.settings import Settings
from labels.layout import Label
from labels.pack import render_png, render_svg
from labels.sheets import write_test_page
from labels.stocks import STOCKS
from ledger.canonical import JsonObject
from ledger.errors import PrintingError
from ledger.herbs.identifiers import SERIAL_MAX
from ledger.herbs.serials import count_of, format_serials, within, without
from ledger.store.prints import JobRow, note_job

PICTURES: Final = ("png", "svg")  # a file each; the others are one file
FORMATS: Final = (*PICTURES, *FILES)
PICTURE_DPI: Final = 300
OPERATOR: Final = "operator"  # in a job's row, for whoever has the folder


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
        printing = Paper(
            kind=kind,
            stock=stock or "",
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
@click.option(
    "--actor", help="Print as this actor: only packs that it packs. Default: as the operator."
)
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
    printing: Paper,
    lot: str | None,
    count: int | None,
    first: int | None,
    actor: str | None,
    test_page: bool,
    base_url: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Draw labels for packs that are planned or that a packing registered."""
    if test_page:
        with replacing(out) as file:
            write_test_page(file, stock=printing.chosen, shift_mm=printing.shift_mm)
        _answer({"files": [str(out)]}, as_json=as_json)
        return
    if lot is None or count is None:
        raise click.UsageError("--lot and --count are needed, or --test-page.")
    if base_url is not None:
        settings = settings.model_copy(update={"base_url": base_url})
    opened = open_ledger(settings, clock)
    caller = caller_named(opened, actor) if actor is not None else None
    batch = batch_of(opened, lot, caller)
    batch.require_printable(china_day(opened.clock()))
    job = _take(opened, batch, printing, first=first, count=count)
    serials, printing = job_serials(job), paper_of(job.paper)
    faces, files = faces_of(opened, batch.pack), [out]
    with progress_bar("标签") as progress:
        if printing.kind in PICTURES:
            drawn = counted(faces.of(serials), progress, count)
            files = [_picture(label, serial, printing, out, count) for serial, label in drawn]
        else:
            named = tuple(format_serials(serials))
            order = Order(faces=faces, serials=named, paper=printing, out=str(out))
            draw_file(order, progress)
    said: JsonObject = {
        "lot": batch.pack.uri, "count": count, "files": [str(path) for path in files]
    }  # fmt: skip
    _answer(said, as_json=as_json)


def _take(
    opened: OpenedLedger, batch: Batch, printing: Paper, *, first: int | None, count: int
) -> JobRow:
    """A job of serials from the first on, the withdrawn left out; what was printed is a reprint."""

    def choose(tally: Tally) -> tuple[range, ...]:
        every = tally.registered or range(FIRST, tally.most + FIRST)
        start = every.start if first is None else first
        require_grams(count, tally.unit_g, tally.packed_g)
        found = take(without(within([every], range(start, SERIAL_MAX + 1)), tally.voided), count)
        if count_of(found) < count or start < every.start:
            raise PrintingError(
                "over_print",
                f"serials from {start}, {count} of them, are not within {every.start} to "
                f"{every.stop - 1}",
            )
        return found

    before = batch.tally.printed
    chosen = choose(batch.tally)
    again = count_of(chosen) == sum(count_of(within(before, each)) for each in chosen)
    job = take_serials(
        opened, batch.pack, _packer(batch), printing, choose, voided=batch.voided, reprint=again
    )
    note_job(opened.store, job.job, drawn=count, state=READY)
    return job


def _packer(batch: Batch) -> str:
    """Whose job it is: who planned the packs, or stated them."""
    packing = packing_of(batch.trace) if batch.trace else None
    stated = packing.actor.actor if packing and packing.actor else ""
    return batch.pack.actor or stated or OPERATOR


def _picture(label: Label, serial: int, printing: Paper, out: Path, count: int) -> Path:
    """Write one label as a file of its own."""
    path = out if count == 1 else out.with_stem(f"{out.stem}-{serial:06}")
    size = printing.chosen.label_mm
    if printing.kind == "png":
        path.write_bytes(render_png(label, size_mm=size, dpi=printing.dpi or PICTURE_DPI))
    else:
        path.write_bytes(render_svg(label, size_mm=size).encode())
    return path


def _answer(named: JsonObject, *, as_json: bool) -> None:
    files = named["files"]
    assert isinstance(files, list)  # of the two answers above
    if as_json:
        print_json(named)
    else:
        click.echo(f"{files[0]}{'' if len(files) == 1 else f' … {files[-1]}'}")
