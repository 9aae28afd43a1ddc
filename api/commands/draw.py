"""`daodi draw`: 双随机 inspections that anybody can draw again, by commitment, reveal and check."""

import secrets
from pathlib import Path
from typing import Any, Final

import click

from api.commands.exits import NO, YES
from api.commands.options import print_json
from api.opened.folder import write_private
from ledger.canonical import JsonObject, JsonValue, parse_json
from ledger.errors import FormError
from ledger.rules.supervision.draw import (
    SEED_BYTES,
    Roster,
    commitment,
    draw,
    parse_roster,
    roster_hash,
)

FILE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
NEW_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.group("draw")
def draw_command() -> None:
    """Draw whom to inspect, and by whom: publish `commit` first, `reveal` after."""


@draw_command.command()
@click.argument("roster", type=FILE)
@click.option("--seed", "seed_file", type=NEW_FILE, required=True, help="Made here; keep it shut.")
def commit(*, roster: Path, seed_file: Path) -> None:
    """Make a seed and print what is published before the draw: its hash and the roster's."""
    told = _committed(_roster(roster), seed := secrets.token_bytes(SEED_BYTES))
    if seed_file.exists():
        raise FormError("bad_body", f"{seed_file} is there already; a seed is drawn with once")
    write_private(seed_file, seed.hex().encode())
    print_json(told)


@draw_command.command()
@click.argument("roster", type=FILE)
@click.option("--seed", "seed_file", type=FILE, required=True, help="The seed of `draw commit`.")
def reveal(*, roster: Path, seed_file: Path) -> None:
    """Print the seed and whom it draws: what is published after."""
    told = _roster(roster)
    seed = _seed(seed_file.read_text("ascii"))
    print_json({**_committed(told, seed), "seed": seed.hex(), "drawn": _drawn(told, seed)})


@draw_command.command()
@click.argument("roster", type=FILE)
@click.option("--committed", type=FILE, required=True, help="What `draw commit` printed.")
@click.option("--revealed", type=FILE, required=True, help="What `draw reveal` printed.")
@click.pass_context
def check(context: click.Context, *, roster: Path, committed: Path, revealed: Path) -> None:
    """Draw again: exit code 1 when seed, roster or result are not those committed to."""
    told, before, after = _roster(roster), _object(committed), _object(revealed)
    seed = _seed(str(after.get("seed")))
    right = {**_committed(told, seed), "seed": seed.hex(), "drawn": _drawn(told, seed)}
    differing = [name for name, value in before.items() if right.get(name) != value]
    differing += [name for name in right if after.get(name) != right[name]]
    print_json({"holds": not differing, "differing": [*sorted(set(differing))]})
    context.exit(NO if differing else YES)


def _committed(roster: Roster, seed: bytes) -> JsonObject:
    return {
        "name": roster.name,
        "commitment": commitment(seed),
        "roster_sha256": roster_hash(roster),
    }


def _drawn(roster: Roster, seed: bytes) -> JsonValue:
    return [
        {"actor": one.actor, "grade": one.grade, "officers": [*one.officers]}
        for one in draw(roster, seed)
    ]


def _roster(path: Path) -> Roster:
    return parse_roster(parse_json(path.read_bytes()))


def _object(path: Path) -> dict[str, Any]:
    value = parse_json(path.read_bytes())
    if not isinstance(value, dict) or not value:
        raise FormError("bad_body", f"{path} holds no JSON object")
    return value


def _seed(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError as error:
        raise FormError("bad_hex", "a seed is hex") from error
