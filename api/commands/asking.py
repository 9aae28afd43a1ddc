"""`daodi trace` and `daodi evidence`: the history behind a code, and the file that proves it."""

import json
from pathlib import Path

import click

from api.codes import asked_of
from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json, say
from api.opened.ledger import Clock
from api.settings import Settings
from api.traced import traced
from ledger.canonical import JsonObject
from ledger.evidence.make import make_evidence
from ledger.trace.answer import format_trace
from ledger.trace.judged import Reader
from ledger.visible import visible_json


@click.command()
@click.argument("code")
@click.option("--sealed", is_flag=True, help="Show what is sealed too: the database holds it.")
@json_option
@ledger_options
@click.pass_obj
def trace(clock: Clock, *, settings: Settings, code: str, sealed: bool, as_json: bool) -> None:
    """Trace CODE: any text found in a QR code or on a pack."""
    opened = open_ledger(settings, clock)
    asked = asked_of(code, opened)
    found = traced(opened, asked, Reader(supervisor=sealed))
    answer = format_trace(found, evidence_url=f"/v1/evidence?code={asked.code}", most=None)
    if sealed:
        answer["openings"] = [
            {"statement_id": one.statement, "name": one.name, "value": one.value}
            for one in found.openings
        ]
    if as_json:
        print_json(answer)
    else:
        _print_trace(answer)


@click.command()
@click.argument("code")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: stdout.")
@click.option("--openings", is_flag=True, help="Add the sealed values that are still open.")
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
@ledger_options
@click.pass_obj
def evidence(
    clock: Clock,
    *,
    settings: Settings,
    code: str,
    out: Path | None,
    openings: bool,
    as_json: bool,
) -> None:
    """Write the evidence bundle of CODE, which anybody can verify without this ledger."""
    opened = open_ledger(settings, clock)
    asked = asked_of(code, opened)
    bundle = make_evidence(opened.store, opened.replica, asked.uri, openings=openings)
    raw = json.dumps(bundle, ensure_ascii=False, separators=(",", ":"))
    if out is None:
        click.echo(visible_json(raw))
        return
    out.write_text(raw, encoding="utf-8")
    written: JsonObject = {"asked": asked.uri, "file": str(out), "bytes": len(raw.encode())}
    if as_json:
        print_json(written)
    else:
        click.echo(f"{out} {written['bytes']} bytes, asked {asked.uri}")


def _print_trace(answer: JsonObject) -> None:
    herb, steps = answer["herb"], answer["steps"]
    named = herb["cn"] if isinstance(herb, dict) else ""
    say(f"{answer['status']}  {answer['drug'] or named}  {answer['status_words']}".rstrip())
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            marks = [str(step[name]) for name in ("late",) if step[name]]
            marks += [name for name in ("corrected_by", "conflict") if step[name]]
            said = f"{step['event_time']}  {step['kind_cn']}  {step['actor']}  {' '.join(marks)}"
            say(said.rstrip())
