"""The number of the rules is raised whenever they come to find something else."""

import json
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files

import pytest

from api.demonstration.cases.playing import CASES, Playhouse
from ledger.herbs.vocabulary import KINDS
from ledger.rules.findings.finding import Finding
from ledger.rules.history.topics import topics_of
from ledger.rules.rulebook import RULES
from ledger.rules.scopes.bench import OF_ALL, OF_GROUPS, OF_STATEMENTS
from ledger.rules.version import VERSION
from tests.rules.story import Story, crop, lot, plot

# What each version finds of the cases, by what topics it looks facts up, and the figures that it
# judges by. Whoever sees this test fail: if old statements may now be judged otherwise, raise
# VERSION in ledger/rules/version.py and add a line; never write over one that was released.
FINDS = {1: "f2319977b2133208757857533f960e80f1f2c582a8e3aee6d03bd0350ff0ccff"}
FIGURES = ("herbs", "kinds", "labels", "limits", "pesticides")


def test_other_findings_topics_or_figures_have_another_version(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    playhouse = Playhouse(tmp_path_factory.mktemp("cases"))
    found = [
        (case.rule, side.cn, _told(playhouse.play(case.rule, side).findings))
        for case in CASES
        for side in (case.planted, case.alike)
    ]
    rules = [(rule.id, rule.severity, rule.hook, rule.hears) for rule in RULES]
    scopes = [sorted(each) for each in (OF_ALL, OF_GROUPS, OF_STATEMENTS)]
    figures = [sha256((files("ledger.herbs") / f"{name}.json").read_bytes()).hexdigest()
               for name in FIGURES]  # fmt: skip
    told = json.dumps([found, rules, scopes, figures, _topics()], ensure_ascii=False)
    assert FINDS.get(VERSION) == sha256(told.encode()).hexdigest()
    assert len({*FINDS.values()}) == len(FINDS)


def _told(findings: Iterable[Finding]) -> list[list[object]]:
    """Findings without their names, which are made by chance, and with them their order."""
    told: list[list[object]] = [
        [each.severity, each.message_cn, each.message_en, each.hook, each.holds, each.unverified,
         len(each.statement_ids), len(each.claimed_by)]
        for each in findings
    ]  # fmt: skip
    return sorted(told, key=repr)


def _topics() -> list[list[str]]:
    """Topics of a fact of every kind, with what any kind says in it; and of a correction."""
    story = Story()
    report = {"sha256": "ab" * 32, "type": "application/pdf", "size": 9}
    said = {"report_no": "R1", "lab_cma": "A", "report": report, "sample_id": "S1",
            "reg_no": "PD1", "plot": plot()}  # fmt: skip
    for code, kind in sorted(KINDS.items()):
        if kind.travels != "event":
            continue
        makes = kind.event_type == "TransformationEvent"
        story.do(
            "coop", code, "2026-11-06", site=plot("site"), signed="2026-12-30",
            inputs=[(lot("in"), 9)] if makes else [],
            outputs=[(lot("out"), 9)] if makes or "ADD" in kind.actions else [],
            about=[] if makes or "ADD" in kind.actions else [(crop(), None)],
            **said, **({"findings": ["f" * 64]} if code == "HOLD" else {}),
        )  # fmt: skip
    wrong = story.facts[0].statement_id
    story.do("coop", "TEST", "2026-12-29", about=[(crop(), None)], corrects=wrong,
             correct_reason="抄错", **said)  # fmt: skip
    return [sorted(topics_of(fact)) for fact in story.facts]
