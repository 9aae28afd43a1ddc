"""A blind sample: what the laboratory gets has a code of its own, and nobody can tell its lot.

Drawing it is stated on the lot, its code sealed. The laboratory tests a thing that nobody has made
yet. Then whoever holds the lot splits the sample from it, which reveals it: the opening shows that
it is the code that was sealed before, and the result is stated on the lot.
"""

from dataclasses import replace

import pytest

from ledger.canonical import canonical_bytes
from ledger.errors import DaodiError
from ledger.evidence.verify import verify_bundle
from ledger.herbs.identifiers import code_of_uri
from ledger.statements.sealed import check_opening
from ledger.store.ledger import find_claim
from tests import packets
from tests.chain import DAY_MS, Chain
from tests.judging.test_following import differences, kept, settle
from tests.judging.test_strangers import traced
from tests.season import grow

FOUND = [{"item": "二氧化硫", "value": 20, "limit": 150, "unit": "mg/kg", "passed": True}]
WAIT_MS = 31 * DAY_MS
REPORT = {"report_no": "R-9", "lab_cma": "CMA-2", "method": "中国药典", "conclusion": "pass"}


def drawn(chain: Chain) -> tuple[str, str, str]:
    """A lot that passed, the sample that was drawn of it, and the statement that says so."""
    chain.admit("bureau", "supervisor")
    chain.admit("institute", "laboratory")
    lot = grow(chain).pack
    packets.examine(chain, lot)
    sample = chain.lot()
    code = code_of_uri(sample)
    said = chain.do("bureau", "SAMPLE", about=[(lot, None)], sample_id="抽-17", sample_g=500,
                    samplers=["甲", "乙"], seal="封-17", blind_code=code)  # fmt: skip
    return lot, sample, said.leaf.statement_id.hex()


def rules(chain: Chain) -> set[str]:
    settle(chain)
    assert differences(chain) == []
    return {each.finding.rule for each in kept(chain)}


def test_before_it_is_revealed_nothing_public_leads_from_the_sample_to_its_lot(
    file_chain: Chain,
) -> None:
    chain = file_chain
    lot, sample, said = drawn(chain)
    chain.do("institute", "TEST", about=[(sample, None)], items=FOUND, sample_id="盲样", **REPORT)
    claim = find_claim(chain.store)(said)
    assert claim is not None
    assert code_of_uri(sample).encode() not in canonical_bytes(claim.body)
    assert {"blind_code", "samplers"} <= claim.sealed.keys()
    assert not traced(chain, sample).complete  # 记录未齐: nobody made it yet
    assert sample not in {thing.uri for thing in traced(chain, lot).things}
    with pytest.raises(DaodiError):
        chain.evidence(sample)


def test_revealed_it_is_the_code_that_was_sealed_and_its_evidence_holds(file_chain: Chain) -> None:
    chain = file_chain
    lot, sample, said = drawn(chain)
    chain.do("institute", "TEST", about=[(sample, None)], items=FOUND, sample_id="盲样", **REPORT)
    chain.do("mill", "SPLIT", inputs=[(lot, 500)], outputs=[(sample, 500)])
    claim = find_claim(chain.store)(said)
    assert claim is not None
    with chain.store.reading() as reading:
        (opening,) = [each for each in reading.openings([said]) if each.name == "blind_code"]
    assert opening.value == code_of_uri(sample)
    check_opening(opening, claim)
    with pytest.raises(DaodiError):
        check_opening(replace(opening, value=code_of_uri(chain.lot())), claim)
    bundle = canonical_bytes(chain.evidence(sample))
    assert verify_bundle(bundle, chain.policy(sample)).outcome == "holds"
    assert traced(chain, sample).complete
    assert sample in {thing.uri for thing in traced(chain, lot).things}


def test_one_whose_result_never_comes_is_found_and_a_stated_result_answers_it(
    file_chain: Chain,
) -> None:
    chain = file_chain
    lot, sample, _ = drawn(chain)
    chain.do("institute", "TEST", about=[(sample, None)], items=FOUND, sample_id="盲样", **REPORT)
    assert "TS5" not in rules(chain)
    chain.now_ms += WAIT_MS
    assert "TS5" in rules(chain)
    chain.do("mill", "SPLIT", inputs=[(lot, 500)], outputs=[(sample, 500)])
    chain.do("institute", "TEST", about=[(lot, None)], items=FOUND, sample_id="抽-17", **REPORT)
    rules(chain)
    found = {each.finding.rule for each in kept(chain) if each.finding.subject in {lot, sample}}
    assert found == set()


def test_a_blind_sample_that_failed_fails_its_lot_once_its_result_is_stated(
    file_chain: Chain,
) -> None:
    chain = file_chain
    lot, sample, _ = drawn(chain)
    bad = [{**FOUND[0], "value": 900, "passed": False}]
    report = REPORT | {"conclusion": "fail"}
    chain.do("institute", "TEST", about=[(sample, None)], items=bad, sample_id="盲样", **report)
    chain.do("mill", "SPLIT", inputs=[(lot, 500)], outputs=[(sample, 500)])
    assert traced(chain, sample).status.code == "failed"
    assert traced(chain, lot).status.code != "failed"
    chain.do("institute", "TEST", about=[(lot, None)], items=bad, sample_id="抽-17", **report)
    assert traced(chain, lot).status.code == "failed"
