"""`daodi tags` and `daodi cases`: labels printed ahead, of sacks and of cases and pallets."""

from collections.abc import Iterable
from pathlib import Path

import click

from api.commands.labels import printing_options
from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json
from api.labelling.cases import case_label, new_ssccs
from api.labelling.drawing import FILES, Paper, replacing, write_labels
from api.labelling.sacks import new_tags, tag_labels
from api.opened import Clock
from api.settings import Settings
from labels.layout import Label
from ledger.errors import NotFoundError

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
    record = opened.replica.registry.actors.get(actor)
    if record is None:
        raise NotFoundError("not_found", f"no actor {actor!r}")
    made = new_ssccs(opened, actor, count)
    _write((case_label(opened, each, maker=record.name) for each in made), out, printing)
    _answer("ssccs", made, out, as_json=as_json)


def _write(labels: Iterable[Label], out: Path, printing: Paper) -> None:
    if printing.kind not in FILES:
        raise click.UsageError(f"--format is one of {', '.join(FILES)}.")
    with replacing(out) as file:
        write_labels(labels, file, printing)


def _answer(name: str, made: list[str], out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({name: [*made], "count": len(made), "files": [str(out)]})
    else:
        click.echo(f"{out}: {made[0]}{'' if len(made) == 1 else f' … {made[-1]}'}")
