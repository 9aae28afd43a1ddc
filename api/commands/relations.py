"""`daodi relations`: drug codes of 20 digits beside our packs, in from CSV and out to it."""

from pathlib import Path
from typing import BinaryIO, Final

import click

from api.commands.opening import caller_named, open_ledger
from api.commands.options import json_option, ledger_options, print_json
from api.labelling.drawing import replacing
from api.labelling.relations import export_relations, import_relations
from api.opened.ledger import Clock
from api.settings import Settings
from ledger.errors import FormError

OPERATOR: Final = "operator"  # in a row, for whoever has the folder
FILE_BYTES_MAX: Final = 32 * 1024 * 1024


@click.group()
def relations() -> None:
    """药品追溯码 beside packs: an import's word, shown as such."""


@relations.command("import")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--actor", help="Import as this actor: only of its own packs. Default: as the operator."
)
@json_option
@ledger_options
@click.pass_obj
def import_command(
    clock: Clock, *, settings: Settings, file: BinaryIO, actor: str | None, as_json: bool
) -> None:
    """Take the rows of FILE (pack code, drug code): all of them, or none and every fault."""
    opened = open_ledger(settings, clock)
    packer = caller_named(opened, actor) if actor is not None else None
    raw = file.read(FILE_BYTES_MAX + 1)
    if len(raw) > FILE_BYTES_MAX:
        raise FormError("too_large", f"over {FILE_BYTES_MAX} bytes: import it in parts")
    count = import_relations(opened, raw, actor or OPERATOR, packer=packer)
    if as_json:
        print_json({"imported": count})
    else:
        click.echo(f"导入 {count} 条。这些对应由导入者提供，没有签名。")


@relations.command("export")
@click.option("--lot", required=True, help="The pack lot.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@ledger_options
@click.pass_obj
def export_command(clock: Clock, *, settings: Settings, lot: str, out: Path) -> None:
    """Write the relations of a lot as CSV that spreadsheets open."""
    opened = open_ledger(settings, clock)
    with replacing(out) as file:
        for part in export_relations(opened, lot):
            file.write(part)
