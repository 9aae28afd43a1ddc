"""`daodi labels`: labels for the packs of a lot, never more than were packed."""

from pathlib import Path
from typing import Final

import click

from api.codes import asked_of
from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json, progress_bar
from api.opened import Clock
from api.packs import labels_of, pack_lot
from api.settings import Settings
from labels.layout import Label
from labels.pack import render_png, render_svg

STOCKS_MM: Final = {
    "a4-3x8": (70.0, 37.1),
    "roll-40x30": (40.0, 30.0),
    "roll-60x40": (60.0, 40.0),
}
READY: Final = ("png", "svg")
LATER: Final = ("pdf", "zpl", "tspl", "csv")


@click.command()
@click.option("--lot", required=True, help="The pack lot: its code, its URI, or a pack's code.")
@click.option("--count", required=True, type=click.IntRange(min=1), help="How many labels.")
@click.option("--first", type=click.IntRange(min=0), help="First serial. Default: the range's.")
@click.option("--format", "kind", type=click.Choice((*READY, *LATER)), default="png")
@click.option("--stock", type=click.Choice([*STOCKS_MM]), default="roll-60x40", show_default=True)
@click.option("--base-url", help="What is printed before /t/CODE.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; several labels are numbered by their serials: OUT-000001.png.",
)
@json_option
@ledger_options
@click.pass_obj
def labels(  # noqa: PLR0913 — one argument for each option
    clock: Clock,
    *,
    settings: Settings,
    lot: str,
    count: int,
    first: int | None,
    kind: str,
    stock: str,
    base_url: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Draw labels for packs that a packing registered."""
    if kind not in READY:
        raise click.UsageError(
            f"--format {kind}: 此格式将在以后提供；现在可用 {'、'.join(READY)}。"
        )
    if base_url is not None:
        settings = settings.model_copy(update={"base_url": base_url})
    opened = open_ledger(settings, clock)
    pack = pack_lot(opened, asked_of(lot, opened).uri)
    written: list[str] = []
    with progress_bar("标签") as progress:
        for serial, label in labels_of(opened, pack, first=first, count=count):
            path = out if count == 1 else out.with_stem(f"{out.stem}-{serial:06}")
            path.write_bytes(_drawn(label, kind, STOCKS_MM[stock]))
            written.append(str(path))
            progress(len(written), count)
    if as_json:
        print_json({"lot": pack.uri, "count": count, "files": [*written]})
    else:
        click.echo(f"{written[0]}{'' if count == 1 else f' … {written[-1]}'}")


def _drawn(label: Label, kind: str, size_mm: tuple[float, float]) -> bytes:
    if kind == "png":
        return render_png(label, size_mm=size_mm)
    return render_svg(label, size_mm=size_mm).encode()
