"""`daodi audit` and `daodi rebuild`: replay everything, to compare or to make again."""

from contextlib import nullcontext
from typing import Final

import click

from api.commands.exits import CANNOT_BE_CHECKED, NO, YES
from api.commands.opening import open_store
from api.commands.options import json_option, ledger_options, print_json, progress_bar, say
from api.opened.judging import judge_of, with_judgement
from api.opened.ledger import Clock
from api.settings import Settings
from ledger.audit.findings import SENTENCES_CN, AuditReport, format_report
from ledger.audit.replay import audit as replay
from ledger.store.ledger import understand
from ledger.store.pool import examining_pool

POOL_LEAVES: Final = 3_000  # below, starting processes takes longer than they save


@click.command()
@json_option
@ledger_options
@click.pass_context
def audit(context: click.Context, *, settings: Settings, as_json: bool) -> None:
    """Replay the whole ledger. Exit code 1 when anything does not add up, 3 when unchecked."""
    store = open_store(settings)
    with store.reading() as reading:
        large = reading.size() >= POOL_LEAVES
    processes = examining_pool(store) if large else nullcontext()
    # The processes first: a bar has a thread of its own, and they are forked while there is none.
    with processes as examine_spans, progress_bar("核对") as progress:
        report = replay(store, progress=progress, examine_spans=examine_spans)
    report = with_judgement(report, store)
    if as_json:
        print_json(format_report(report))
    else:
        _print_report(report)
    context.exit(NO if not report.clean else CANNOT_BE_CHECKED if report.unchecked else YES)


@click.command()
@json_option
@ledger_options
@click.pass_obj
def rebuild(clock: Clock, *, settings: Settings, as_json: bool) -> None:
    """Drop every projection and make it again from the entries; judge everything anew."""
    store = open_store(settings)
    with progress_bar("重建") as progress:
        size = store.rebuild(understand, progress)
    judge_of(store, clock).settle()
    if as_json:
        print_json({"size": size})
    else:
        click.echo(f"已由 {size} 片叶子重建。")


def _print_report(report: AuditReport) -> None:
    for finding in (*report.findings, *report.unchecked):
        place = "" if finding.leaf is None else f"leaf {finding.leaf}: "
        table = "" if finding.table is None else f"{finding.table}: "
        say(f"{place}{table}{SENTENCES_CN[finding.code]} [{finding.code}] {finding.reason}")
    counted = f"{report.size} 片叶子，{report.statements} 条记录，{report.signed_heads} 个检查点"
    right = "除了没有核对的，都相符。" if report.unchecked else "全部相符。"
    verdict = right if report.clean else f"{len(report.findings)} 处不符。"
    click.echo(f"{counted}：{verdict}")
