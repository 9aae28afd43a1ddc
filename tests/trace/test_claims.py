"""Who may speak against a lot: its makers, who released it with them, supervisors; no rival."""

from datetime import date

import pytest

from ledger.herbs.bodies import event_body
from ledger.herbs.events import chains_of, parse_recorded_event
from ledger.trace.trace import Asked, Trace, trace
from tests import packets
from tests.chain import Chain, clock_text, one
from tests.season import Season, grow

RIVAL = "rival"
DEADLINE = "2030-01-01T00:00:00+08:00"
FAILED = [{"item": "二氧化硫", "value": 900, "passed": False}]
AGAINST = {
    "RECALL": {"level": "1", "reason": "x", "recovered_g": 0, "deadline": DEADLINE},
    "HOLD": {"reason": "x"},
    "DESTROY": {"reason": "x"},
    "CODE_VOID": {"codes": ["7"], "reason": "x"},
    "RETEST": {"conclusion": "fail", "items": FAILED},
}


@pytest.fixture
def season(file_chain: Chain) -> Season:
    """A season whose pack was tested and released; a rival mill is admitted too."""
    file_chain.admit(RIVAL, "processor")
    file_chain.admit("bureau", "supervisor")
    season = grow(file_chain)
    packets.examine(file_chain, season.pack)
    packets.release(file_chain, season.pack)
    return season


def traced(chain: Chain, lot: str) -> Trace:
    asked = Asked(uri=lot, serial=7)
    return trace(chain.store, chain.replica, asked, today=date(2026, 4, 2))


def say(chain: Chain, who: str, kind: str, *lots: str) -> str:
    body = event_body(kind, event_time=clock_text(chain.now_ms),
                      about=[(lot, None) for lot in lots], elements=AGAINST[kind])  # fmt: skip
    _, _, subjects = chains_of(parse_recorded_event(body))
    return one(chain.send(chain.write(who, "event", body, subjects))).leaf.statement_id.hex()


@pytest.mark.parametrize("kind", AGAINST)
def test_a_rivals_word_against_a_lot_is_a_claim_and_changes_nothing(
    file_chain: Chain, season: Season, kind: str
) -> None:
    named = say(file_chain, RIVAL, kind, season.pack)

    found = traced(file_chain, season.pack)

    assert found.status.code == "recorded"
    assert found.claims == {named}


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [
        ("mill", "RECALL", "recalled"),
        ("quality", "RECALL", "recalled"),
        ("bureau", "RECALL", "recalled"),
        ("cooperative", "RECALL", "recalled"),
        ("quality", "HOLD", "held"),
        ("bureau", "HOLD", "held"),
        ("mill", "DESTROY", "voided"),
        ("mill", "CODE_VOID", "voided"),
        ("mill", "RETEST", "failed"),
        ("laboratory", "RETEST", "failed"),
    ],
)
def test_who_answers_for_a_lot_is_heard(
    file_chain: Chain, season: Season, who: str, kind: str, status: str
) -> None:
    say(file_chain, who, kind, season.pack)

    found = traced(file_chain, season.pack)

    assert found.status.code == status
    assert found.claims == frozenset()


def test_a_rival_who_recalls_his_own_lot_and_anothers_recalls_his_own(
    file_chain: Chain, season: Season
) -> None:
    own = file_chain.lot()
    file_chain.do(RIVAL, "PURCHASE", outputs=[(own, 1_000)], herb="huaidihuang", seller="某人")
    say(file_chain, RIVAL, "RECALL", own, season.pack)

    recalled = trace(file_chain.store, file_chain.replica, Asked(uri=own), today=date(2026, 4, 2))
    assert recalled.status.code == "recalled"
    assert traced(file_chain, season.pack).status.code == "recorded"


def test_whoever_makes_a_lot_again_or_says_he_used_or_released_it_answers_for_nothing(
    file_chain: Chain, season: Season
) -> None:
    chain = file_chain
    chain.admit("accomplice", "quality")
    mine = chain.lot()
    chain.do(RIVAL, "PURCHASE", outputs=[(mine, 1_000)], herb="huaidihuang", seller="某人")
    chain.do(RIVAL, "DRY", inputs=[(mine, 900)], outputs=[(season.pack, 700)], method="oven",
             temperature_c=60, hours=70, final_moisture=13)  # fmt: skip
    chain.do(RIVAL, "DRY", inputs=[(season.pack, 900)], outputs=[(chain.lot(), 700)],
             method="oven", temperature_c=60, hours=70, final_moisture=13)  # fmt: skip
    named = chain.do(RIVAL, "RELEASE", about=[(season.pack, None)], decision="release")
    chain.record(
        "accomplice", "approve", {"statement": named.leaf.statement_id.hex()}, [season.pack]
    )
    for who in (RIVAL, "accomplice"):
        say(chain, who, "RECALL", season.pack)
    say(chain, RIVAL, "RECALL", mine)

    assert traced(chain, season.pack).status.code == "recorded"


@pytest.mark.parametrize(
    ("who", "approver", "status"),
    [
        ("mill", "", "partly"),
        ("cooperative", "", "partly"),
        ("nursery", "", "partly"),
        (RIVAL, "", "recorded"),
        (RIVAL, "accomplice", "recorded"),
        (RIVAL, "cooperative", "partly"),
        ("laboratory", "", "recorded"),
        ("laboratory", "mill", "partly"),
    ],
)
def test_a_late_record_greys_a_pack_when_a_maker_of_it_signed(
    file_chain: Chain, who: str, approver: str, status: str
) -> None:
    file_chain.admit("accomplice", "quality")
    made = packets.outdated(file_chain, bytes(32), who=who, approver=approver)

    assert traced(file_chain, made.season.pack).status.code == status


def test_two_rivals_release_nobodys_pack(file_chain: Chain) -> None:
    file_chain.admit(RIVAL, "processor")
    file_chain.admit("accomplice", "quality")
    season = grow(file_chain)
    packets.examine(file_chain, season.pack)
    named = file_chain.do(RIVAL, "RELEASE", about=[(season.pack, None)], decision="release")
    approval = {"statement": named.leaf.statement_id.hex()}
    file_chain.record("accomplice", "approve", approval, [season.pack])
    assert traced(file_chain, season.pack).status.code == "dormant"

    packets.release(file_chain, season.pack)
    assert traced(file_chain, season.pack).status.code == "recorded"
