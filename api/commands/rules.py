"""`daodi rules`: what is judged, and with `--cases` the proof that every rule finds and spares."""

from typing import Final

import click
from rich.console import Console
from rich.table import Table

from api.commands.exits import NO, YES
from api.commands.options import json_option, print_json, progress_bar
from api.demonstration.cases.playing import Outcome, Played, play_cases
from ledger.canonical import JsonObject
from ledger.rules.findings.finding import Rule
from ledger.rules.rulebook import RULES

NOTHING: Final = "无"
SEVERITIES_CN: Final = {"hold": "暂控", "red": "红", "amber": "黄"}
NARROW: Final = 80  # columns where the output is no terminal


@click.command()
@click.option(
    "--cases", is_flag=True, help="Play planted cases of every rule, each beside an honest one."
)
@json_option
@click.pass_context
def rules(context: click.Context, *, cases: bool, as_json: bool) -> None:
    """List the rules; --cases plays cases of each. Exit code 1 when one is judged wrongly."""
    if not cases:
        if as_json:
            print_json({"rules": [_described(rule) for rule in RULES]})
        else:
            _print_rules()
        return
    with progress_bar("规则演示") as progress:
        outcomes = play_cases(progress=progress)
    failed = [*dict.fromkeys(outcome.rule for outcome in outcomes if not outcome.holds)]
    if as_json:
        shown: JsonObject = {
            "cases": [_formatted(outcome) for outcome in outcomes],
            "failed": [*failed],
        }
        print_json(shown)
    else:
        _print_cases(outcomes, failed)
    context.exit(NO if failed else YES)


def _described(rule: Rule) -> JsonObject:
    return {
        "id": rule.id,
        "cn": rule.cn,
        "en": rule.en,
        "severity": rule.severity,
        "hook": rule.hook,
        "false_alarm": rule.false_alarm,
        "says": (rule.judge.__doc__ or "").partition("\n")[0],
    }


def _formatted(outcome: Outcome) -> JsonObject:
    return {
        "rule": outcome.rule,
        "planted": _side(outcome.planted),
        "alike": _side(outcome.alike),
        "holds": outcome.holds,
    }


def _side(played: Played) -> JsonObject:
    return {
        "case": played.cn,
        "severity": played.severity,
        "findings": [
            {
                "severity": finding.severity,
                "subject": finding.subject,
                "statements": [*finding.statement_ids],
                "cn": finding.message_cn,
                "en": finding.message_en,
                "unverified": finding.unverified,
            }
            for finding in played.findings
        ],
    }


def _print_rules() -> None:
    table = _table("规则", "级别", "名称", "法律依据", "说明")
    for rule in RULES:
        said = (rule.judge.__doc__ or "").partition("\n")[0]
        table.add_row(rule.id, SEVERITIES_CN[rule.severity], rule.cn, rule.hook or "—", said)
    _console().print(table)


def _print_cases(outcomes: list[Outcome], failed: list[str]) -> None:
    table = _table("规则", "埋设的问题 → 发现", "级别", "相似而无辜 → 结果", "级别")
    for outcome in outcomes:
        planted, alike = outcome.planted, outcome.alike
        message = planted.findings[0].message_cn if planted.findings else "没有发现"
        table.add_row(
            outcome.rule,
            f"{planted.cn}\n→ {message}",
            _shown(planted),
            f"{alike.cn}" + "".join(f"\n→ {each.message_cn}" for each in alike.findings),
            _shown(alike),
        )
    _console().print(table)
    judged = len({outcome.rule for outcome in outcomes})
    right = judged - len(failed)
    verdict = f"不对：{'、'.join(failed)}。" if failed else "每条规则都找到了问题，放过了无辜。"
    click.echo(f"演示数据。{len(outcomes)} 对故事，{judged} 条规则中 {right} 条相符：{verdict}")


def _shown(played: Played) -> str:
    return NOTHING if played.severity is None else SEVERITIES_CN[played.severity]


def _table(*heads: str) -> Table:
    """A table that breaks long Chinese lines anywhere and leaves nothing of them out."""
    table = Table(show_lines=True)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _console() -> Console:
    """As wide as the terminal; a file gets as many columns as the narrowest one."""
    console = Console()
    return console if console.is_terminal else Console(width=NARROW)
