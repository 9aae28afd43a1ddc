"""Who may take back what: a stranger's word ends no recall, no hold and no failed test."""

from datetime import date

import pytest

from ledger.canonical import JsonObject
from ledger.herbs.bodies import event_body
from ledger.herbs.events import chains_of, parse_recorded_event
from ledger.trace.trace import Asked, trace
from tests import packets
from tests.chain import Chain, clock_text, one
from tests.season import grow

DEADLINE = "2030-01-01T00:00:00+08:00"
LIFTING = {"level": "2", "reason": "查清", "recovered_g": 0, "deadline": DEADLINE}


@pytest.fixture
def pack(file_chain: Chain) -> str:
    """A pack lot that was tested and released."""
    lot = grow(file_chain).pack
    packets.examine(file_chain, lot)
    packets.release(file_chain, lot)
    return lot


def status(chain: Chain, lot: str) -> str:
    return trace(chain.store, chain.replica, Asked(uri=lot), today=date(2026, 4, 2)).status.code


def about(chain: Chain, kind: str, lot: str, *, lifts: bool = False, **said: object) -> JsonObject:
    return event_body(
        kind, event_time=clock_text(chain.now_ms), about=[(lot, None)], elements=said, lifts=lifts
    )


def state(chain: Chain, who: str, body: JsonObject) -> str:
    _, _, subjects = chains_of(parse_recorded_event(body))
    return one(chain.send(chain.write(who, "event", body, subjects))).leaf.statement_id.hex()


@pytest.mark.parametrize("kind", ["PRICE_REPORT", "PEST_SCOUT", "RETAIN", "INSPECT"])
@pytest.mark.parametrize("who", ["laboratory", "mill"])
def test_a_recall_ends_by_no_statement_of_another_kind(
    file_chain: Chain, pack: str, who: str, kind: str
) -> None:
    packets.recall(file_chain, pack)
    body = about(file_chain, kind, pack) | {"persistentDisposition": {"unset": ["recalled"]}}
    state(file_chain, who, body)
    assert status(file_chain, pack) == "recalled"


def test_only_who_placed_a_recall_or_a_supervisor_lifts_it(file_chain: Chain, pack: str) -> None:
    chain = file_chain
    chain.admit("bureau", "supervisor")
    packets.recall(chain, pack)
    state(chain, "laboratory", about(chain, "RECALL", pack, lifts=True, **LIFTING))
    assert status(chain, pack) == "recalled"
    state(chain, "mill", about(chain, "RECALL", pack, lifts=True, **LIFTING))
    assert status(chain, pack) != "recalled"
    packets.recall(chain, pack)
    state(chain, "bureau", about(chain, "RECALL", pack, lifts=True, **LIFTING))
    assert status(chain, pack) != "recalled"


@pytest.mark.parametrize("part", ["made", "released", "was handed"])
def test_a_supervisor_lifts_nothing_from_goods_in_which_he_has_a_part(
    file_chain: Chain, part: str
) -> None:
    chain = file_chain
    chain.admit("bureau", "supervisor")
    chain.admit("both", "supervisor", "processor")
    mine = grow(chain).pack
    if part == "made":
        dried, mine = mine, chain.lot()
        chain.do("both", "SPLIT", inputs=[(dried, 900)], outputs=[(mine, 900)])
    packets.examine(chain, mine)
    named = chain.do("both" if part == "released" else "quality", "RELEASE", about=[(mine, None)],
                     decision="release").leaf.statement_id.hex()  # fmt: skip
    chain.record("mill", "approve", {"statement": named}, [mine])
    if part == "was handed":
        chain.do("mill", "SALE_B2B", about=[(mine, 900)], buyer="both")
    state(chain, "bureau", about(chain, "HOLD", mine, reason="抽检"))
    state(chain, "both", about(chain, "HOLD", mine, reason="没事", lifts=True))
    assert status(chain, mine) == "held"
    state(chain, "bureau", about(chain, "HOLD", mine, reason="合格", lifts=True))
    assert status(chain, mine) != "held"


def test_a_recall_of_ones_own_put_on_anothers_and_lifted_leaves_the_others(
    file_chain: Chain, pack: str
) -> None:
    chain = file_chain
    chain.admit("bureau", "supervisor")
    state(chain, "bureau", about(chain, "HOLD", pack, reason="抽检"))
    for lifts in (False, True):
        state(chain, "mill", about(chain, "HOLD", pack, reason="自查", lifts=lifts))
    assert status(chain, pack) == "held"


@pytest.mark.parametrize("who", ["laboratory", "mill"])
def test_a_correction_takes_no_recall_away(file_chain: Chain, pack: str, who: str) -> None:
    named = state(file_chain, "mill", about(file_chain, "RECALL", pack, **LIFTING))
    said = {"corrects": named, "correct_reason": "写错", "public_words": "没事了"}
    state(file_chain, who, about(file_chain, "RECALL", pack, **said))
    assert status(file_chain, pack) == "recalled"


@pytest.mark.parametrize("kind", ["TEST", "PRICE_REPORT"])
def test_nobody_corrects_anothers_failed_test(file_chain: Chain, pack: str, kind: str) -> None:
    chain = file_chain
    packets.examine(chain, pack, passed=False)
    step = trace(chain.store, chain.replica, Asked(uri=pack), today=date(2026, 4, 2)).steps[-1]
    said = {"corrects": step.claim.statement_id, "correct_reason": "写错"}
    state(chain, "mill", about(chain, kind, pack, **said))
    assert status(chain, pack) == "failed"
    steps = trace(chain.store, chain.replica, Asked(uri=pack), today=date(2026, 4, 2)).steps
    assert all(each.corrected_by is None for each in steps)


def test_a_pass_of_the_makers_own_clears_no_failed_test(file_chain: Chain, pack: str) -> None:
    packets.examine(file_chain, pack, passed=False)
    state(file_chain, "mill", about(file_chain, "RETEST", pack, conclusion="pass"))
    assert status(file_chain, pack) == "failed"
    packets.examine(file_chain, pack)
    assert status(file_chain, pack) != "failed"


def test_a_failure_of_the_makers_own_corrected_to_a_pass_clears_no_laboratorys(
    file_chain: Chain, pack: str
) -> None:
    chain = file_chain
    packets.examine(chain, pack, passed=False)
    items = [{"item": "二氧化硫", "value": 900, "passed": False}]
    named = state(chain, "mill", about(chain, "RETEST", pack, items=items))
    said = {"corrects": named, "correct_reason": "写错", "items": [{**items[0], "passed": True}]}
    state(chain, "mill", about(chain, "RETEST", pack, **said))
    assert status(chain, pack) == "failed"


def test_what_frees_one_of_two_recalled_things_leaves_the_other(file_chain: Chain) -> None:
    chain = file_chain
    season = grow(chain)
    both = [(season.pack, None), (season.dried, None)]
    time = clock_text(chain.now_ms)
    body = event_body("RECALL", event_time=time, about=both, elements={**LIFTING})
    state(chain, "mill", body)
    state(chain, "mill", about(chain, "RECALL", season.pack, lifts=True, **LIFTING))
    assert status(chain, season.pack) == "recalled"
    state(chain, "mill", about(chain, "RECALL", season.dried, lifts=True, **LIFTING))
    assert status(chain, season.pack) != "recalled"


def test_a_pass_of_one_of_two_failed_things_clears_the_other_of_nothing(file_chain: Chain) -> None:
    chain = file_chain
    season = grow(chain)
    items = [{"item": "水分", "value": 19, "passed": False}]
    body = event_body("TEST", event_time=clock_text(chain.now_ms), elements={"items": items},
                      about=[(season.pack, None), (season.dried, None)])  # fmt: skip
    state(chain, "laboratory", body)
    packets.examine(chain, season.pack)
    assert status(chain, season.pack) == "failed"
    packets.examine(chain, season.dried)
    assert status(chain, season.pack) != "failed"


def test_a_refusal_that_two_signed_is_no_release_by_a_correction_that_one_signs(
    file_chain: Chain,
) -> None:
    chain = file_chain
    lot = grow(chain).pack
    packets.examine(chain, lot)
    named = state(chain, "quality", about(chain, "RELEASE", lot, decision="reject"))
    chain.record("mill", "approve", {"statement": named}, [lot])
    said = {"corrects": named, "correct_reason": "写错", "decision": "release"}
    state(chain, "quality", about(chain, "RELEASE", lot, **said))
    assert status(chain, lot) == "dormant"
