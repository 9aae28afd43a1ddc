"""`daodi credit` (CR1 信用分级): grades from what officers confirmed, with every reason."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from api.commands.options import print_json
from ledger.canonical import JsonObject, parse_json
from ledger.rules.supervision.credit import Conduct, Reason, credit, parse_conducts
from ledger.trace.answer import CHINA

FILE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("credit")
@click.argument("decisions", type=FILE)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="As of this day. Default: today.")
@click.pass_obj
def credit_command(clock: Callable[[], int], *, decisions: Path, day: datetime | None) -> None:
    """Grade the actors of DECISIONS, each point with its reason; `grades` go into a draw's roster.

    DECISIONS is JSON: `{"actors": {ACTOR: {"since": DAY, "findings": [{charge, confirmed,
    statement_ids, reason_cn, severe, appeal}]}}}`. Alerts that nobody confirmed do not count.
    """
    today = (day or datetime.fromtimestamp(clock() / 1000, CHINA)).date()
    conducts = parse_conducts(parse_json(decisions.read_bytes()))
    scored = {actor: _scored(conduct, today) for actor, conduct in sorted(conducts.items())}
    grades: JsonObject = {actor: told["grade"] for actor, told in scored.items()}
    print_json({"day": today.isoformat(), "grades": grades, "actors": {**scored}})


def _scored(conduct: Conduct, today: date) -> JsonObject:
    found = credit(conduct.findings, since=conduct.since, today=today)
    return {
        "score": found.score,
        "grade": found.grade,
        "clean_months": found.clean_months,
        "reasons": [_reason(reason) for reason in found.reasons],
        "under_appeal": sum(each.appeal == "pending" for each in conduct.findings),
    }


def _reason(reason: Reason) -> JsonObject:
    confirmed = reason.confirmed
    return {
        "charge": confirmed.charge,
        "points": reason.points,
        "confirmed": confirmed.confirmed.isoformat(),
        "reason_cn": confirmed.reason_cn,
        "severe": confirmed.severe,
        "statement_ids": [*confirmed.statement_ids],
        "appeal": confirmed.appeal,
        "appeal_until": confirmed.appeal_until.isoformat(),
    }
