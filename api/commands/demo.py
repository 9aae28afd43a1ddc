"""`daodi demo`: a ledger to look at, whose people and packs are all invented."""

import click

from api.commands.options import json_option, ledger_options, print_json, progress_bar
from api.demonstration.build import build_demonstration
from api.opened.ledger import Clock
from api.settings import Settings


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
