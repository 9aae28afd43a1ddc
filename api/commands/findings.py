"""`daodi findings`: what rules find in the ledger, the oldest first."""

import click

from api.codes import asked_of
from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json, say
from api.opened.ledger import Clock
from api.settings import Settings
from api.shown.findings import asked_findings, format_kept
from ledger.rules.findings.kept import Kept
from ledger.seam import Asking


@click.command()
@click.option("--lot", help="Only findings on the lot, crop or site of this code.")
@click.option("--severity", type=click.Choice(["hold", "red", "amber"]), help="Only these.")
@json_option
@ledger_options
@click.pass_obj
def findings(
    clock: Clock, *, settings: Settings, lot: str | None, severity: str | None, as_json: bool
) -> None:
    """Judge what is not judged yet; print every finding with its statements, oldest first."""
    opened = open_ledger(settings, clock)
    opened.judge.settle()
    subjects = [asked_of(lot, opened).uri] if lot else None
    found, count = asked_findings(opened, Asking(severity=severity, subjects=subjects))
    if as_json:
        print_json({"count": count, "findings": [format_kept(kept) for kept in found]})
        return
    for kept in found:
        say(_line(kept))


def _line(kept: Kept) -> str:
    finding = kept.finding
    state = "暂控" if kept.stands else "已解除" if kept.lifted_by else ""
    state = "只是声称" if finding.is_claim else state
    marks = " ".join(filter(None, (finding.severity, state)))
    return f"{finding.rule} [{marks}] {finding.message_cn} {finding.subject} {kept.id}"
