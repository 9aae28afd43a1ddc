"""Every rule once, with its source in law; and the judgement of a whole history by all of them.

A full replay: the same facts give the same findings, whatever order they arrived in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ledger.rules.cl import cl1, cl2, cl3, cl4
from ledger.rules.cu import cc1, cu1
from ledger.rules.findings import Finding, Found, Reference, Rule, finding_of
from ledger.rules.gf import gf1, gf2, gf3
from ledger.rules.heard import found_and_claimed
from ledger.rules.lb import lb1, lb2
from ledger.rules.mb import mb2, mb3, mb4, mb5
from ledger.rules.mb_land import mb1, mb6, mb7
from ledger.rules.pb import pb1, pb2, ph1
from ledger.rules.ro import ro1
from ledger.rules.season import History
from ledger.rules.sv import sv1, sv2
from ledger.rules.ts import ts1, ts2, ts3, ts4, ts5
from ledger.rules.tt import tt1, tt2, tt3, tt4

# An empty source or an empty false alarm is one that the house rules do not name.
RULES: Final = (
    Rule(
        id="MB1",
        cn="亩产上限",
        en="Yield above the cap",
        severity="red",
        hook="洗产地（原产地造假）",
        false_alarm="very good plot; intercrop; area under-declared",
        judge=mb1,
    ),
    Rule(
        id="MB2",
        cn="工序质量守恒",
        en="A step that gives more than it took",
        severity="red",
        hook="药品管理法第44条",
        false_alarm="water uptake (蒸制 raises weight)",
        judge=mb2,
    ),
    Rule(
        id="MB3",
        cn="干鲜比窗口",
        en="Ratio of fresh to dry",
        severity="amber",
        hook="中药材生产质量管理规范",
        false_alarm="pre-wilted input, part-dry purchase",
        judge=mb3,
    ),
    Rule(
        id="MB4",
        cn="卖超库存",
        en="More gone than there was",
        severity="red",
        hook="农产品质量安全法第41条",
        false_alarm="late entry of receipt (allow grace 72 h then red)",
        judge=mb4,
        hears=True,
    ),
    Rule(
        id="MB5",
        cn="码量平衡",
        en="More codes than packs",
        severity="red",
        hook="中药饮片标签管理规定",
        false_alarm="",
        judge=mb5,
    ),
    Rule(
        id="MB6",
        cn="基地产能与全域销量",
        en="More sold than the county's land bears",
        severity="red",
        hook="地理标志保护",
        false_alarm="carry-over stock: add opening stock",
        judge=mb6,
    ),
    Rule(
        id="MB7",
        cn="农户售卖超自产",
        en="Farmer sells more than he grows",
        severity="amber",
        hook="农产品质量安全法第39条",
        false_alarm="relative sells for family",
        judge=mb7,
    ),
    Rule(
        id="CL1",
        cn="同码多地",
        en="One code in many places",
        severity="red",
        hook="医保追溯码重复销售",
        false_alarm="VPN, forwarded photo: weight by distinct device hashes",
        judge=cl1,
    ),
    Rule(
        id="CL2",
        cn="同码多次首售",
        en="One code sold twice",
        severity="red",
        hook="医保追溯码重复销售",
        false_alarm="",
        judge=cl2,
    ),
    Rule(
        id="CL3",
        cn="扫码量爆增",
        en="Scans far beyond the usual",
        severity="amber",
        hook="",
        false_alarm="display sample in shop",
        judge=cl3,
    ),
    Rule(
        id="CL4",
        cn="枚举攻击",
        en="Codes being guessed",
        severity="amber",
        hook="",
        false_alarm="",
        judge=cl4,
    ),
    Rule(
        id="GF1",
        cn="围栏外采收",
        en="Harvested outside the plot",
        severity="red",
        hook="地理标志、中药材生产质量管理规范",
        false_alarm="poor GPS: use accuracy; indoor entry at home → require photo",
        judge=gf1,
    ),
    Rule(
        id="GF2",
        cn="地块重叠",
        en="Plots that overlap",
        severity="amber",
        hook="",
        false_alarm="shared plot lease",
        judge=gf2,
    ),
    Rule(
        id="GF3",
        cn="非保护地域用地标",
        en="Geographical indication from outside its area",
        severity="red",
        hook="地理标志专用标志只限保护地域内使用",
        false_alarm="",
        judge=gf3,
    ),
    Rule(
        id="PH1",
        cn="安全间隔期",
        en="Safety interval not kept",
        severity="hold",
        hook="农药管理条例第34条",
        false_alarm="different plot part: track by area",
        judge=ph1,
    ),
    Rule(
        id="PB1",
        cn="禁用农药",
        en="Barred pesticide",
        severity="hold",
        hook="中医药法第22条、第58条；农药管理条例第34条",
        false_alarm="same-name other formulation: match by active ingredient",
        judge=pb1,
    ),
    Rule(
        id="PB2",
        cn="农药用量大于采购量",
        en="More pesticide used than bought",
        severity="amber",
        hook="",
        false_alarm="neighbour lends",
        judge=pb2,
    ),
    Rule(
        id="TS1",
        cn="未检先售",
        en="Sold before test and release",
        severity="hold",
        hook="中药材生产质量管理规范；药品管理法",
        false_alarm="",
        judge=ts1,
        hears=True,
    ),
    Rule(
        id="TS2",
        cn="一报告多批",
        en="One report for several lots",
        severity="red",
        hook="",
        false_alarm="composite sample declared",
        judge=ts2,
    ),
    Rule(
        id="TS3",
        cn="完美数据",
        en="Results too good to be measured",
        severity="amber",
        hook="",
        false_alarm="rounded instruments",
        judge=ts3,
    ),
    Rule(
        id="TS4",
        cn="二氧化硫",
        en="Sulphur dioxide",
        severity="red",
        hook="中国药典",
        false_alarm="natural SO2 traces",
        judge=ts4,
    ),
    Rule(
        id="TT1",
        cn="补录/倒填",
        en="Recorded long afterwards",
        severity="amber",
        hook="农产品质量安全法第27条、第69条",
        false_alarm="offline phone: device_saved_time signed while offline",
        judge=tt1,
    ),
    Rule(
        id="TT2",
        cn="顺序颠倒",
        en="Order reversed",
        severity="red",
        hook="",
        false_alarm="timezone: always +08:00",
        judge=tt2,
    ),
    Rule(
        id="TT3",
        cn="批量填报",
        en="Records written in one go",
        severity="amber",
        hook="",
        false_alarm="station clerk assisted entry: separate flag 代录",
        judge=tt3,
    ),
    Rule(
        id="TT4",
        cn="季节错位",
        en="Out of season",
        severity="amber",
        hook="",
        false_alarm="greenhouse",
        judge=tt4,
    ),
    Rule(
        id="SV1",
        cn="产量突增",
        en="Sudden jump of sales",
        severity="amber",
        hook="",
        false_alarm="harvest peak: compare same month",
        judge=sv1,
    ),
    Rule(
        id="SV2",
        cn="新户大量",
        en="Newcomer with large sales",
        severity="amber",
        hook="",
        false_alarm="",
        judge=sv2,
    ),
    Rule(
        id="RO1",
        cn="重茬",
        en="Same herb again on a plot",
        severity="amber",
        hook="种一休三",
        false_alarm="",
        judge=ro1,
    ),
    Rule(
        id="LB1",
        cn="标签缺项",
        en="Label incomplete",
        severity="hold",
        hook="药品管理法第48条；中药饮片标签管理规定",
        false_alarm="",
        judge=lb1,
    ),
    Rule(
        id="LB2",
        cn="过保质期",
        en="Past its shelf life",
        severity="hold",
        hook="",
        false_alarm="",
        judge=lb2,
    ),
    Rule(
        id="CU1",
        cn="断链",
        en="Custody broken",
        severity="red",
        hook="",
        false_alarm="courier delay",
        judge=cu1,
    ),
    Rule(
        id="CC1",
        cn="校秤过期",
        en="Scale out of calibration",
        severity="amber",
        hook="计量法",
        false_alarm="",
        judge=cc1,
    ),
    Rule(
        id="TS5",
        cn="有样无果",
        en="Sample without result",
        severity="red",
        hook="防止择优送检",
        false_alarm="laboratory delay; broken seal",
        judge=ts5,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A rule that raised where it should judge: our own mistake, never that of who stated it."""

    rule: str
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """What all rules find in a whole history, and those that failed over it."""

    findings: tuple[Finding, ...]
    defects: tuple[Failure, ...]


def complete_judgement(
    history: History, reference: Reference, now_ms: int, *, rules: Iterable[Rule] = RULES
) -> Complete:
    """Judge by every rule; one that raises is named, and the others go on.

    Findings are in order of the rules, then of subject and statements. `now_ms` is the present in
    epoch milliseconds: some rules wait for what may still come.
    """
    findings: list[Finding] = []
    defects: list[Failure] = []
    for rule in rules:
        found = found_by(rule, history, reference, now_ms)
        if isinstance(found, Failure):
            defects.append(found)
        else:
            findings += [
                finding_of(rule, each)
                for each in sorted(
                    found, key=lambda each: (each.subject, each.statement_ids, each.cn)
                )
            ]
    return Complete(findings=tuple(findings), defects=tuple(defects))


def found_by(
    rule: Rule, history: History, reference: Reference, now_ms: int
) -> list[Found] | Failure:
    """What a rule finds in a history; a failure where it raised, whatever was found before it."""
    try:
        return found_and_claimed(rule, history, reference, now_ms)
    except Exception as error:  # noqa: BLE001 — no fact may stop the other rules
        return Failure(rule=rule.id, error=error)


def judge(
    history: History, reference: Reference, now_ms: int, *, rules: Iterable[Rule] = RULES
) -> list[Finding]:
    """Return all findings, as `complete_judgement` does; raises the error of a rule that failed."""
    complete = complete_judgement(history, reference, now_ms, rules=rules)
    for defect in complete.defects:
        raise defect.error
    return list(complete.findings)
