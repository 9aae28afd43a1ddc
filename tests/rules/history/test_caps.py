"""A base's own signed cap: MB1 judges by it from its day on, and by nobody else's word."""

from typing import Final

import pytest

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import DaodiError
from ledger.herbs.events import parse_recorded_event
from ledger.log.leaves import EventLeaf, parse_leaf
from ledger.rules.findings.finding import Finding, Reference
from ledger.rules.history.caps import CAP_KG_MU_MAX, base_caps
from ledger.rules.history.reading import Stated, read_history
from ledger.rules.judge import judge
from ledger.statements.statement import EVENT, parse_claim
from tests.chain import DAY_MS, Chain

HERB: Final = "huainiuxi"  # 2,000 kg per 亩 at most by the dictionary
AREA_M2: Final = 2_000  # 3 亩
HARVEST_G: Final = 6_900_000  # 2,300 kg per 亩


def amend(chain: Chain, who: str, plot: str, cap_kg_mu: JsonValue, since: str) -> str:
    """Amend a plot with a cap; the code of the refusal, "" when it was recorded."""
    caps: JsonValue = [
        {"herb": HERB, "fresh_kg_mu": cap_kg_mu, "effective_from": since, "source": "三年实测"}
    ]
    body: JsonObject = {
        "site": plot, "kind": "plot", "county": "410825", "area_m2": AREA_M2, "caps": caps,
    }  # fmt: skip
    (outcome,) = chain.send(chain.write(who, "site.amend", body, [plot]))
    return outcome.code if isinstance(outcome, DaodiError) else ""


def harvest(chain: Chain, plot: str) -> None:
    """Sow the plot and cut 2,300 kg per 亩 from it."""
    sown, cut = chain.crop(), chain.lot()
    chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(sown, None)],
             area_m2=AREA_M2, herb=HERB)  # fmt: skip
    chain.do("cooperative", "HARVEST", inputs=[(sown, None)], outputs=[(cut, HARVEST_G)],
             plot=plot, area_m2=AREA_M2, herb=HERB)  # fmt: skip


def findings(chain: Chain) -> list[Finding]:
    """What MB1 says of everything in the log."""
    stated = []
    with chain.store.reading() as reading:
        for entry in reading.entries(0, reading.size()):
            leaf = parse_leaf(entry.leaf)
            if isinstance(leaf, EventLeaf) and entry.payload:
                claim = parse_claim(entry.payload)
                event = parse_recorded_event(claim.body) if claim.kind == EVENT else None
                stated.append(Stated(index=entry.index, recorded_ms=leaf.admitted_ms, claim=claim,
                                     event=event))  # fmt: skip
    registry = chain.replica.registry
    history = read_history(stated, keys=registry.keys, sites=registry.sites, actors=registry.actors)
    found = judge(history, Reference(), chain.now_ms)
    return [finding for finding in found if finding.rule == "MB1"]


def test_without_a_word_of_the_base_the_dictionarys_cap_counts(file_chain: Chain) -> None:
    harvest(file_chain, file_chain.site("cooperative", area_m2=AREA_M2))
    assert [finding.severity for finding in findings(file_chain)] == ["red"]


@pytest.mark.parametrize("who", ["cooperative", "root"])
def test_a_bases_own_cap_counts_from_its_day_on(file_chain: Chain, who: str) -> None:
    plot = file_chain.site("cooperative", area_m2=AREA_M2)
    assert amend(file_chain, who, plot, 2_500, "2026-01-01") == ""
    harvest(file_chain, plot)
    # Above the highest published yield it goes on to be looked at.
    assert [finding.severity for finding in findings(file_chain)] == ["amber"]


def test_a_lower_cap_of_the_base_is_kept_to_and_named_by_its_statement(file_chain: Chain) -> None:
    plot = file_chain.site("cooperative", area_m2=AREA_M2)
    amend(file_chain, "cooperative", plot, 1_000, "2026-01-01")
    harvest(file_chain, plot)
    (finding,) = findings(file_chain)
    assert (finding.severity, finding.unverified) == ("red", False)
    assert "1000 公斤" in finding.message_cn
    assert len(finding.statement_ids) == 2


@pytest.mark.parametrize("since", ["2026-01-01", "2099-01-01"])
def test_no_harvest_is_excused_afterwards_or_by_a_cap_of_the_future(
    file_chain: Chain, since: str
) -> None:
    plot = file_chain.site("cooperative", area_m2=AREA_M2)
    harvest(file_chain, plot)
    file_chain.now_ms += DAY_MS
    amend(file_chain, "cooperative", plot, 2_500, since)
    assert [finding.severity for finding in findings(file_chain)] == ["red"]


def test_anothers_word_on_a_base_is_refused_and_changes_nothing(file_chain: Chain) -> None:
    plot = file_chain.site("cooperative", area_m2=AREA_M2)
    assert amend(file_chain, "mill", plot, 2_500, "2026-01-01") == "not_allowed"
    harvest(file_chain, plot)
    assert [finding.severity for finding in findings(file_chain)] == ["red"]


def test_the_last_cap_stated_for_a_day_counts(file_chain: Chain) -> None:
    plot = file_chain.site("cooperative", area_m2=AREA_M2)
    for cap in (9_000, 1_000, 2_500):
        amend(file_chain, "cooperative", plot, cap, "2026-01-01")
    harvest(file_chain, plot)
    assert [finding.severity for finding in findings(file_chain)] == ["amber"]


@pytest.mark.parametrize("cap", [0, -1, "2500", 2_500.5, True, None, CAP_KG_MU_MAX + 1])
def test_a_cap_that_is_no_mass_says_nothing(file_chain: Chain, cap: JsonValue) -> None:
    plot = file_chain.site("cooperative", area_m2=AREA_M2)
    amend(file_chain, "cooperative", plot, cap, "2026-01-01")
    harvest(file_chain, plot)
    assert [finding.severity for finding in findings(file_chain)] == ["red"]


@pytest.mark.parametrize(
    "caps", [None, "many", ["one"], [{"herb": 7}], [{"herb": HERB, "fresh_kg_mu": 1}],
             [{"herb": HERB, "fresh_kg_mu": 1, "effective_from": "spring"}]],
)  # fmt: skip
def test_what_has_not_the_form_of_caps_says_nothing(file_chain: Chain, caps: JsonValue) -> None:
    plot = file_chain.site("cooperative")
    body: JsonObject = {
        "site": plot, "kind": "plot", "county": "410825", "area_m2": AREA_M2, "caps": caps,
    }  # fmt: skip
    parcel = file_chain.write("cooperative", "site.amend", body, [plot])
    claim = parse_claim(parcel.envelope.payload)
    assert base_caps([(claim, file_chain.now_ms)]) == {plot: ()}
