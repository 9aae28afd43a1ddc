"""`daodi witness checkpoint`: the newest checkpoint, and whether two of them fit one log."""

from pathlib import Path
from typing import Final

import click

from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json
from api.opened.ledger import Clock, OpenedLedger
from api.settings import Settings
from ledger.errors import CannotCheckError, ProofError
from ledger.log.checkpoint import (
    Checkpoint,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verified_keys,
)
from ledger.log.merkle import verify_consistency
from ledger.statements.keys import verify_note_line

NOTE_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def witness() -> None:
    """Checkpoints as witnesses see them."""


@witness.command()
@click.option("--old", type=NOTE_FILE, help="A checkpoint that was kept.")
@click.option("--new", type=NOTE_FILE, help="A later one. Default: the newest.")
@json_option
@ledger_options
@click.pass_obj
def checkpoint(
    clock: Clock, *, settings: Settings, old: Path | None, new: Path | None, as_json: bool
) -> None:
    """Print the newest checkpoint; with --old, verify that this log continues it."""
    opened = open_ledger(settings, clock)
    if old is None:
        note = new.read_text("utf-8") if new else opened.replica.note
        _ = _signed(opened, note)
        if as_json:
            print_json({"checkpoint": note})
        else:
            click.echo(note, nl=False)
        return
    older = _signed(opened, old.read_text("utf-8"))
    newer = _signed(opened, new.read_text("utf-8") if new else opened.replica.note)
    _verify(opened, older, newer)
    if as_json:
        print_json({"consistent": True, "old_size": older.size, "new_size": newer.size})
    else:
        click.echo(f"一致：{older.size} 片叶子之后，只增加到 {newer.size} 片。")


def _signed(opened: OpenedLedger, note: str) -> Checkpoint:
    """A note's checkpoint, signed by a log key in force. Raises ProofError."""
    parsed = parse_note(note)
    keys = [parse_vkey(vkey) for vkey in opened.vkeys]
    if not verified_keys(parsed, keys, verify_note_line):
        raise ProofError("checkpoint", "no log key in force signed this checkpoint")
    found = parse_checkpoint(parsed.text)
    if found.origin != opened.origin:
        raise ProofError("checkpoint", f"a checkpoint of {found.origin}, not of {opened.origin}")
    return found


def _verify(opened: OpenedLedger, old: Checkpoint, new: Checkpoint) -> None:
    tree = opened.replica.tree
    if max(old.size, new.size) > tree.size:
        raise CannotCheckError(f"this ledger has {tree.size} leaves, a checkpoint has more")
    verify_consistency(
        old_size=old.size,
        new_size=new.size,
        old_root=old.root,
        new_root=new.root,
        proof=tree.consistency_proof(old.size, new.size) if old.size <= new.size else [],
    )
    for one in (old, new):
        if tree.root(one.size) != one.root:
            found = tree.root(one.size).hex()
            raise ProofError("log", f"root at {one.size} is {found}, signed was {one.root.hex()}")
