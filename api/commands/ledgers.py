"""`daodi ledger found|show`, `daodi migrate`: how a ledger begins and what it is."""

import click

from api.commands.opening import open_ledger, until_done
from api.commands.options import json_option, ledger_options, print_json, progress_bar
from api.opened.ledger import Clock, found_ledger
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import StoreError
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.ledger import understand
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
    _show(until_done(found_ledger(settings, origin, clock)).described(), as_json=as_json)


@ledger.command()
@json_option
@ledger_options
@click.pass_obj
def show(clock: Clock, *, settings: Settings, as_json: bool) -> None:
    """Origin, log keys, registrar and the newest checkpoint: what `verify` is given."""
    _show(open_ledger(settings, clock).described(), as_json=as_json)


@click.command()
@ledger_options
def migrate(*, settings: Settings) -> None:
    """Bring the tables to this version, and replay the log into them; twice is harmless."""
    if not settings.database and not (settings.data / "ledger.db").exists():
        raise StoreError("not_set_up", f"no ledger in {settings.data}; try: daodi ledger found")
    engine = open_engine(settings.database_url)
    if bring_up_to_date(engine):
        with progress_bar("重建投影") as progress:
            SqlStore(engine, None).rebuild(understand, progress)
    engine.dispose()
    click.echo("数据库已是最新版本。")


def _show(described: JsonObject, *, as_json: bool) -> None:
    if as_json:
        print_json(described)
        return
    for name in ("origin", "registrar", "size", "root"):
        click.echo(f"{name:10} {described[name]}")
    vkeys = described["log_keys"]
    for vkey in vkeys if isinstance(vkeys, list) else []:
        click.echo(f"{'log key':10} {vkey}")
