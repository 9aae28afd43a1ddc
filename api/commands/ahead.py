"""`daodi tags` and `daodi cases`: labels printed ahead, of sacks and of cases and pallets."""

from collections.abc import Iterable
from pathlib import Path

import click

from api.commands.labels import printing_options
from api.commands.opening import caller_named, open_ledger
from api.commands.options import json_option, ledger_options, print_json
from api.labelling.cases import case_label, new_ssccs
from api.labelling.drawing import FILES, Paper, replacing, write_labels
from api.labelling.sacks import new_tags, tag_labels
from api.opened.ledger import Clock
from api.settings import Settings
from labels.layout import Label
from labels.stocks import require_roll

OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file."
)


@click.command()
@click.option("--count", type=click.IntRange(min=1), required=True, help="How many tags.")
@OUT
@printing_options
@json_option
@ledger_options
@click.pass_obj
def tags(
    clock: Clock, *, settings: Settings, printing: Paper, count: int, out: Path, as_json: bool
) -> None:
    """Draw tags for sacks, to be bound to a lot at harvest or purchase."""
    opened = open_ledger(settings, clock)
    _require_file(printing)
    made = new_tags(opened, count)
    _write(tag_labels(opened, made), out, printing)
    _answer("tags", made, out, as_json=as_json)


@click.command()
@click.option("--actor", required=True, help="The packer, whose GS1 company prefix is used.")
@click.option("--count", type=click.IntRange(min=1), required=True, help="How many numbers.")
@OUT
@printing_options
@json_option
@ledger_options
@click.pass_obj
def cases(
    clock: Clock,
    *,
    settings: Settings,
    printing: Paper,
    actor: str,
    count: int,
    out: Path,
    as_json: bool,
) -> None:
    """Draw labels with new SSCCs for cases and pallets."""
    opened = open_ledger(settings, clock)
    packer = caller_named(opened, actor)
    _require_file(printing)  # before a number is given out
    made = new_ssccs(opened, actor, count)
    _write((case_label(opened, each, maker=packer.name) for each in made), out, printing)
    _answer("ssccs", made, out, as_json=as_json)


def _require_file(printing: Paper) -> None:
    """Raise click.UsageError or LabelError for what no sheet or roll is written as."""
    if printing.kind not in FILES:
        raise click.UsageError(f"--format is one of {', '.join(FILES)}.")
    printing.chosen.cell_corner_mm(printing.start_cell)
    if printing.kind in {"zpl", "tspl"}:
        require_roll(printing.chosen)


def _write(labels: Iterable[Label], out: Path, printing: Paper) -> None:
    with replacing(out) as file:
        write_labels(labels, file, printing)


def _answer(name: str, made: list[str], out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({name: [*made], "count": len(made), "files": [str(out)]})
    else:
        click.echo(f"{out}: {made[0]}{'' if len(made) == 1 else f' … {made[-1]}'}")
