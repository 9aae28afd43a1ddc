"""Who has a part in goods may test them; against what another laboratory found it proves nil."""

from dataclasses import replace

import pytest

from tests import packets
from tests.chain import DAY_MS, Chain
from tests.judging.test_following import differences, kept, settle
from tests.judging.test_strangers import traced
from tests.season import Season, grow

SULPHURED = [{"item": "二氧化硫", "value": 900, "limit": 150, "unit": "mg/kg", "passed": False}]
CLEAN = [{**SULPHURED[0], "value": 20, "passed": True}]
PARTS = ["made", "grew", "whose land it was", "released", "was handed"]


def season_of(chain: Chain, part: str) -> Season:
    """A season in which `both`, a laboratory too, has this part, or none."""
    chain.admit("both", "processor", "laboratory")
    chain.admit("institute", "laboratory")
    season = grow(chain)
    if part == "made":
        dried, season = season.pack, replace(season, pack=chain.lot())
        chain.do("both", "SPLIT", inputs=[(dried, 900)], outputs=[(season.pack, 900)])
    if part in {"grew", "whose land it was"}:
        plot = chain.site("both" if part == "whose land it was" else "cooperative")
        season = replace(season, crop=chain.crop(), fresh=chain.lot(), pack=chain.lot())
        chain.do("both" if part == "grew" else "cooperative", "SOW", inputs=[(plot, None)],
                 outputs=[(season.crop, None)], area_m2=6_667)  # fmt: skip
        chain.do("cooperative", "HARVEST", inputs=[(season.crop, None)], plot=plot,
                 outputs=[(season.fresh, 9_000)], area_m2=6_667, herb="huaidihuang")  # fmt: skip
        chain.do("mill", "SPLIT", inputs=[(season.fresh, 900)], outputs=[(season.pack, 900)])
    if part == "released":
        named = chain.do("both", "RELEASE", about=[(season.pack, 900)], decision="release")
        approval = {"statement": named.leaf.statement_id.hex()}
        chain.record("mill", "approve", approval, [season.pack])
    if part == "was handed":
        chain.do("mill", "SALE_B2B", about=[(season.pack, 900)], buyer="both")
    return season


def reports(chain: Chain, who: str, lot: str, *, passed: bool, kind: str = "TEST") -> None:
    """A laboratory's word on the sulphur in a lot."""
    verdict = "pass" if passed else "fail"
    said = {"result": verdict} if kind == "SUPERVISE_SAMPLE" else {"conclusion": verdict}
    chain.do(who, kind, about=[(lot, None)], items=CLEAN if passed else SULPHURED,
             sample_id=f"S-{who}", report_no=f"R-{who}-{chain.now_ms}", lab_cma=who,
             **said)  # fmt: skip
    chain.now_ms += DAY_MS


def status(chain: Chain, lot: str) -> str:
    settle(chain)
    assert differences(chain) == []
    return traced(chain, lot).status.code


def untested(chain: Chain, lot: str) -> list[bool]:
    """Of each release with a test that is wanting, whether it is another laboratory's."""
    settle(chain)
    assert differences(chain) == []
    found = [each.finding for each in kept(chain, "TS1") if each.finding.subject == lot]
    return ["复检" in each.message_cn for each in found if "检验" in each.message_cn]


@pytest.mark.parametrize("part", [*PARTS, "none"])
def test_a_pass_by_who_has_a_part_in_the_goods_frees_them_from_no_other_laboratorys_failed_test(
    file_chain: Chain, part: str
) -> None:
    chain = file_chain
    lot = season_of(chain, part).pack
    reports(chain, "laboratory", lot, passed=False)
    reports(chain, "both", lot, passed=True)
    assert (status(chain, lot) == "failed") is (part != "none")

    chain.do("mill", "RELEASE", about=[(lot, 900)], decision="release")
    assert (True in untested(chain, lot)) is (part != "none")


@pytest.mark.parametrize("kind", ["TEST", "RETEST", "SUPERVISE_SAMPLE"])
def test_another_laboratorys_pass_and_the_first_ones_own_free_them(
    file_chain: Chain, kind: str
) -> None:
    chain = file_chain
    chain.admit("bureau", "supervisor")
    lot = season_of(chain, "made").pack
    for who in ("institute", "bureau" if kind == "SUPERVISE_SAMPLE" else "laboratory"):
        reports(chain, "laboratory", lot, passed=False)
        reports(chain, "both", lot, passed=True, kind=kind)
        assert status(chain, lot) == "failed"
        reports(chain, who, lot, passed=True, kind=kind)
        assert status(chain, lot) != "failed"


@pytest.mark.parametrize("who", ["institute", "laboratory"])
def test_dry_goods_are_not_free_of_sulphur(file_chain: Chain, who: str) -> None:
    chain = file_chain
    lot = season_of(chain, "none").pack
    reports(chain, "laboratory", lot, passed=False)
    water = [{"item": "水分", "value": 12, "limit": 15, "unit": "%", "passed": True}]
    chain.do(who, "TEST", about=[(lot, None)], items=water, conclusion="pass")
    chain.now_ms += DAY_MS
    assert status(chain, lot) == "failed"
    assert [each.again for each in traced(chain, lot).status.failed] == [False]

    chain.do("mill", "RELEASE", about=[(lot, 900)], decision="release")
    assert untested(chain, lot) == [True]
    chain.do(who, "TEST", about=[(lot, None)], items=[{**CLEAN[0], "item": "ＳＯ２ "}])
    chain.now_ms += DAY_MS
    assert status(chain, lot) != "failed"
    chain.do("mill", "RELEASE", about=[(lot, 900)], decision="release")
    assert untested(chain, lot) == [True]  # the second release is none too early


def test_an_official_sample_that_names_no_item_answers_none(file_chain: Chain) -> None:
    chain = file_chain
    chain.admit("bureau", "supervisor")
    lot = season_of(chain, "none").pack
    reports(chain, "laboratory", lot, passed=False)
    chain.do("bureau", "SUPERVISE_SAMPLE", about=[(lot, None)], result="pass")
    chain.now_ms += DAY_MS
    assert status(chain, lot) == "failed"
    chain.do("bureau", "SUPERVISE_SAMPLE", about=[(lot, None)], result="pass", items=CLEAN)
    assert status(chain, lot) != "failed"


def test_a_maker_tests_its_own_goods_for_release_and_retests_what_it_failed_itself(
    file_chain: Chain,
) -> None:
    chain = file_chain
    lot = season_of(chain, "made").pack
    reports(chain, "both", lot, passed=False)
    assert status(chain, lot) == "failed"
    reports(chain, "both", lot, passed=True)
    assert status(chain, lot) != "failed"
    chain.do("both", "RELEASE", about=[(lot, 900)], decision="release")
    assert untested(chain, lot) == []


def test_a_supervisor_passes_no_goods_of_his_own_that_a_laboratory_failed(
    file_chain: Chain,
) -> None:
    chain = file_chain
    chain.admit("owner", "supervisor", "processor")
    pack = grow(chain).pack
    mine = chain.lot()
    chain.do("owner", "SPLIT", inputs=[(pack, 900)], outputs=[(mine, 900)])
    reports(chain, "laboratory", mine, passed=False)
    reports(chain, "owner", mine, passed=True, kind="SUPERVISE_SAMPLE")
    assert status(chain, mine) == "failed"


def test_who_tested_first_and_got_a_part_later_frees_nothing_any_more(file_chain: Chain) -> None:
    chain = file_chain
    lot = season_of(chain, "none").pack
    reports(chain, "laboratory", lot, passed=False)
    reports(chain, "both", lot, passed=True)
    assert status(chain, lot) != "failed"
    chain.do("mill", "SALE_B2B", about=[(lot, 900)], buyer="both")
    assert status(chain, lot) == "failed"


def test_another_laboratory_that_approves_the_makers_pass_stands_for_it(file_chain: Chain) -> None:
    chain = file_chain
    lot = season_of(chain, "made").pack
    reports(chain, "laboratory", lot, passed=False)
    named = chain.do("both", "TEST", about=[(lot, None)], items=CLEAN, conclusion="pass")
    assert status(chain, lot) == "failed"
    approval = {"statement": named.leaf.statement_id.hex()}
    chain.record("institute", "approve", approval, [lot])
    assert status(chain, lot) != "failed"


def test_a_sample_that_was_only_taken_frees_nothing(file_chain: Chain) -> None:
    chain = file_chain
    chain.admit("bureau", "supervisor")
    lot = grow(chain).pack
    packets.examine(chain, lot, passed=False)
    chain.do("bureau", "SUPERVISE_SAMPLE", about=[(lot, None)], result="pending")
    assert status(chain, lot) == "failed"


def test_a_lot_that_failed_before_its_release_is_found_though_a_laboratory_passed_it_earlier(
    file_chain: Chain,
) -> None:
    chain = file_chain
    lot = season_of(chain, "none").pack
    reports(chain, "institute", lot, passed=True)
    reports(chain, "laboratory", lot, passed=False)
    chain.do("mill", "RELEASE", about=[(lot, 900)], decision="release")
    assert untested(chain, lot) == [True]


def test_what_failed_after_its_release_was_no_fault_of_the_release(file_chain: Chain) -> None:
    chain = file_chain
    lot = season_of(chain, "none").pack
    reports(chain, "institute", lot, passed=True)
    chain.do("mill", "RELEASE", about=[(lot, 900)], decision="release")
    chain.now_ms += DAY_MS
    reports(chain, "laboratory", lot, passed=False)
    assert untested(chain, lot) == []
    assert status(chain, lot) == "failed"
