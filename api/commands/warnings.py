"""`daodi warnings` (EW1 多触点预警): how many signals speak of a herb of a county."""

from typing import Final

import click

from api.commands.opening import open_ledger
from api.commands.options import json_option, ledger_options, print_json, say
from api.opened.ledger import Clock, OpenedLedger
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.herbs.vocabulary import county_name
from ledger.herbs.vocabulary import herb as herb_of
from ledger.judging.shelf import LedgerShelf, Memory
from ledger.judging.whole import whole_history
from ledger.rules.history.days import DAY_MS
from ledger.rules.supervision.warning import CountyWarning, Seen, signals
from ledger.rules.supervision.warning import warnings as warnings_of
from ledger.seam import Asking

LEVELS_CN: Final = {"none": "无", "watch": "留意", "warn": "警示", "alarm": "警报"}
SIGNALS_CN: Final = {
    "complaint": "举报", "failed_test": "检验不合格", "clone": "码被复制",
    "price_spike": "价格异常", "weather": "天气",
}  # fmt: skip


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
    found = warnings_of(_signals(opened, clock() - days * DAY_MS))
    if as_json:
        print_json({"days": days, "warnings": [_told(each) for each in found]})
        return
    for each in found:
        say(_line(each))


def _signals(opened: OpenedLedger, since_ms: int) -> list[Seen]:
    with opened.store.reading() as reading:
        stop = reading.judged().through
        shelf = LedgerShelf(reading, opened.replica.registry, stop=stop, memory=Memory())
        history = whole_history(reading, shelf, stop)
        findings = [kept.finding for kept in reading.findings(Asking(standing=True))]
        complaints = reading.complained(sorted(history.makings))
    return [*signals(history, findings, complaints, since_ms=since_ms)]


def _told(warned: CountyWarning) -> JsonObject:
    return {
        "county": warned.county,
        "herb": warned.herb,
        "level": warned.level,
        "score": warned.score,
        "signals": {str(signal): count for signal, count in warned.counts.items()},
        "statement_ids": [*warned.statement_ids],
        "mark": warned.mark,
    }


def _line(warned: CountyWarning) -> str:
    herb = herb_of(warned.herb)
    told = "，".join(f"{SIGNALS_CN[signal]} {count}" for signal, count in warned.counts.items())
    where = f"{county_name(warned.county)} {herb.cn if herb else warned.herb}"
    return f"{where} {LEVELS_CN[warned.level]} {warned.score}：{told}（权重未核实）"
