"""`daodi record`: sign one statement with a device's key, and hand it in."""

from pathlib import Path
from typing import BinaryIO, Final

import click

from api.commands.desks import Desk, FarDesk, NearDesk
from api.commands.keys import KEY_FILE
from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json
from api.commands.written import read_written
from api.opened.folder import read_key
from api.opened.ledger import Clock
from api.settings import Settings
from ledger.canonical import parse_json
from ledger.trace.answer import china_time

FORMS: Final = (
    'The file says {"kind": "HARVEST", "event_time", "inputs", "outputs", "about", "site", '
    '"elements"}, or {"body", "inputs", "outputs", "subjects", "sealed"} with an EPCIS body, '
    'or a registry kind with its body. Things are URIs, [URI, grams] or {"uri", "mass_g"}.'
)


@click.command(epilog=FORMS)
@click.option("--key", "key_file", required=True, type=KEY_FILE, help="The device's key.")
@click.option("--event", required=True, type=click.File("rb"), help="The event as JSON, or -.")
@click.option("--url", help="A server's address, instead of a folder.")
@click.option("--token", envvar="DAODI_TOKEN", help="Bearer token, where the server asks for one.")
@json_option
@ledger_options
@click.pass_obj
def record(
    clock: Clock,
    *,
    settings: Settings,
    key_file: Path,
    event: BinaryIO,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Sign one event and record it; prints the receipt."""
    key = read_key(key_file)
    value = parse_json(event.read())
    desk: Desk = FarDesk(url, token) if url else NearDesk(open_ledger(settings, clock))
    now = china_time(clock())
    written = read_written(value, origin=desk.origin, now=now, subjects_of=desk.subjects_of)
    if written.missing:
        # A fact that lacks a detail is still a fact: it is recorded, and its author is told.
        click.echo(f"缺少必填项，仍将记录：{'、'.join(written.missing)}", err=True)
    pen = desk.pen(key)
    _, envelope, openings = pen.write(
        written.kind,
        written.body,
        signed_at=now,
        subjects=written.subjects,
        inputs=written.inputs,
        outputs=written.outputs,
        sealed=written.sealed,
    )
    receipt = desk.hand_in(pen.parcel(envelope, openings))
    desk.judge()
    if as_json:
        print_json(receipt)
    else:
        click.echo(f"{receipt['statement_id']} leaf {receipt['index']}")
