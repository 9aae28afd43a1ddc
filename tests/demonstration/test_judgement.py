"""The whole demonstration before all rules: what was planted is found, nobody else accused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from api.demonstration.build import build_demonstration
from api.demonstration.judged import history_of_ledger, judge_ledger
from api.opened.ledger import open_ledger
from api.settings import Settings
from ledger.rules.findings.finding import Finding
from ledger.rules.history.history import History

NOW_MS = int(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp()) * 1000
# Rule, severity, and the case whose lot or ancestor it names.
PLANTED = [
    ("MB4", "red", "dishonest"),  # the trader gave up more than he received
    ("MB4", "red", "dishonest"),  # others hold more than was grown
    ("MB6", "amber", "dishonest"),  # 12,000 kg sold as of 25 亩
    ("CL1", "red", "copied"),
    ("TT1", "amber", "dishonest"),  # written down three weeks afterwards
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The demonstration's history, its findings, and which lots each case rests on."""

    history: History
    findings: list[Finding]
    cases: list[dict[str, str]]

    def behind(self, case: dict[str, str]) -> set[str]:
        """A case's lot and all that it came from."""
        return {case["lot"], *self.history.ancestors(case["lot"])}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    settings = Settings(data=tmp_path_factory.mktemp("demo") / "ledger", database="")
    shown = build_demonstration(settings, clock=lambda: NOW_MS, progress=lambda _done, _of: None)
    opened = open_ledger(settings, lambda: NOW_MS)
    yield Judged(
        history=history_of_ledger(opened),
        findings=judge_ledger(opened, now_ms=NOW_MS),
        cases=json.loads(json.dumps(shown["cases"])),
    )
    opened.store.engine.dispose()


def test_the_complete_judgement_gives_just_what_was_planted(judged: Judged) -> None:
    blamed = {"dishonest", "copied"}
    cases = [case for case in judged.cases if case["shows"] in blamed]
    found = [
        (finding.rule, finding.severity, case["shows"])
        for finding in judged.findings
        for case in cases
        if finding.subject in judged.behind(case)
    ]
    assert found == PLANTED
    assert len(judged.findings) == len(PLANTED)


def test_no_honest_packet_and_nothing_behind_it_is_named(judged: Judged) -> None:
    named = {finding.subject for finding in judged.findings}
    named |= {
        thing.uri
        for finding in judged.findings
        for fact in judged.history.facts
        if fact.statement_id in finding.statement_ids
        for thing in (*fact.event.outputs, *fact.event.about)
    }
    honest = [case for case in judged.cases if case["shows"] not in {"dishonest", "copied"}]
    assert len(honest) > 10
    for case in honest:
        assert not named & judged.behind(case), case


def test_the_trader_sold_twelve_tonnes_of_what_twenty_five_mu_grew(judged: Judged) -> None:
    messages = [finding.message_cn for finding in judged.findings]
    # Findings of one thing by one rule stand in the order of their statements' ids.
    assert "这一方用出、售出共 12 吨，而收到和产出只有 7.5 吨。" in messages[:2]
    assert any("12 吨" in message and "25 亩" in message for message in messages[2:])
    assert [finding.holds for finding in judged.findings] == [True, True, False, False, False]


def test_the_demonstration_is_not_judged_with_closed_eyes(judged: Judged) -> None:
    known = judged.history.known
    assert all(known.sellers[sale] for sale in known.sellers if _seller_is_here(judged, sale))
    assert len(known.outlines) == len(
        [p for p in judged.history.places.values() if p.kind == "plot"]
    )
    assert {harvest.statement_id for harvest in judged.history.of_kind("HARVEST")} == {
        *known.positions
    }
    assert {*known.buyers} == {sale.statement_id for sale in judged.history.of_kind("SALE_B2B")}
    assert all(known.buyers.values())
    assert len({seen.province for seen in known.sightings}) > 2


def _seller_is_here(judged: Judged, statement_id: str) -> bool:
    """Whether a purchase took goods that somebody on the ledger had made."""
    (fact,) = (fact for fact in judged.history.facts if fact.statement_id == statement_id)
    return bool(fact.event.about)
