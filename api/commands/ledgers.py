"""`daodi ledger found|show`, `daodi migrate`, `daodi demo`: how a ledger begins and what it is."""

import click

from api.commands.opening import found_ledger, open_ledger
from api.commands.options import json_option, ledger_options, print_json, progress_bar
from api.demonstration.build import build_demonstration
from api.opened import Clock
from api.records.tracing import describe
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import StandingError, StoreError
from ledger.store.engine import open_engine
from ledger.store.migrate import migrate as bring_up_to_date


@click.group()
def ledger() -> None:
    """Found a ledger, or show what a verifier must know of it."""


@ledger.command()
@click.option(
    "--origin", default="ledger.example/herbs", show_default=True, help="Name of the log."
)
@json_option
@ledger_options
@click.pass_obj
def found(clock: Clock, *, settings: Settings, origin: str, as_json: bool) -> None:
    """Make keys, tables and the genesis of a new, empty ledger."""
    if not settings.database and (settings.data / "ledger.db").exists():
        raise StandingError("already_registered", f"{settings.data} holds a ledger already")
    _show(describe(found_ledger(settings, origin, clock)), as_json=as_json)


@ledger.command()
@json_option
@ledger_options
@click.pass_obj
def show(clock: Clock, *, settings: Settings, as_json: bool) -> None:
    """Origin, log keys, registrar and the newest checkpoint: what `verify` is given."""
    _show(describe(open_ledger(settings, clock)), as_json=as_json)


@click.command()
@ledger_options
def migrate(*, settings: Settings) -> None:
    """Bring the database's tables to this version; doing it twice is harmless."""
    if not settings.database and not (settings.data / "ledger.db").exists():
        raise StoreError("not_set_up", f"no ledger in {settings.data}; try: daodi ledger found")
    engine = open_engine(settings.database_url)
    bring_up_to_date(engine)
    engine.dispose()
    click.echo("数据库已是最新版本。")


@click.command()
@json_option
@ledger_options
@click.pass_obj
def demo(clock: Clock, *, settings: Settings, as_json: bool) -> None:
    """Make the demonstration ledger: six herbs from field to packet, by invented people."""
    with progress_bar("演示数据") as progress:
        shown = build_demonstration(settings, clock=clock, progress=progress)
    if as_json:
        print_json(shown)
        return
    cases = shown["cases"]
    for case in cases if isinstance(cases, list) else []:
        if isinstance(case, dict):
            click.echo(f"{case['shows']!s:10} {case['code']} {case['herb']}")


def _show(described: JsonObject, *, as_json: bool) -> None:
    if as_json:
        print_json(described)
        return
    for name in ("origin", "registrar", "size", "root"):
        click.echo(f"{name:10} {described[name]}")
    vkeys = described["log_keys"]
    for vkey in vkeys if isinstance(vkeys, list) else []:
        click.echo(f"{'log key':10} {vkey}")
