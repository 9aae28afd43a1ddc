"""`daodi warnings` (EW1 多触点预警): how many signals speak of a herb of a county."""

import click

from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json, say
from api.opened.ledger import Clock
from api.opened.warned import warned
from api.settings import Settings
from api.shown.supervised import LEVELS_CN, SIGNALS_CN
from ledger.canonical import JsonObject
from ledger.herbs.vocabulary import county_name
from ledger.herbs.vocabulary import herb as herb_of
from ledger.rules.supervision.warning import CountyWarning


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 3_660), default=90, show_default=True,
    help="Tests, complaints and prices of so many days until now.",
)  # fmt: skip
@json_option
@ledger_options
@click.pass_obj
def warnings(clock: Clock, *, settings: Settings, days: int, as_json: bool) -> None:
    """Print a level of warning for each herb of a county; it reads the whole history.

    The weights are unverified: a level only asks somebody to look.
    """
    opened = open_ledger(settings, clock)
    opened.judge.settle()
    found = warned(opened, [days], now_ms=clock())[days]
    if as_json:
        print_json({"days": days, "warnings": [_told(each) for each in found]})
        return
    for each in found:
        say(_line(each))


def _told(found: CountyWarning) -> JsonObject:
    return {
        "county": found.county,
        "herb": found.herb,
        "level": found.level,
        "score": found.score,
        "signals": {str(signal): count for signal, count in found.counts.items()},
        "statement_ids": [*found.statement_ids],
        "mark": found.mark,
    }


def _line(found: CountyWarning) -> str:
    herb = herb_of(found.herb)
    told = "，".join(f"{SIGNALS_CN[signal]} {count}" for signal, count in found.counts.items())
    where = f"{county_name(found.county)} {herb.cn if herb else found.herb}"
    return f"{where} {LEVELS_CN[found.level]} {found.score}：{told}（权重未核实）"
