"""What enrolled strangers state of another's lot, in every kind and role: it holds no lot."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pytest

from ledger.herbs.vocabulary import KINDS, ROLES
from ledger.trace.trace import Asked, Trace, trace
from tests import packets
from tests.chain import DAY_MS, Chain
from tests.judging.test_following import differences, kept, settle, spray
from tests.season import Season, grow

RIVAL = "rival"
# Each rule that can hold, and some thing of the season that strangers accuse by it.
HOLDING = {"MB4": "pack", "PH1": "fresh", "PB1": "crop", "TS1": "dried", "LB1": "pack"}
TONS = 9_000_000
DEADLINE = "2030-01-01T00:00:00+08:00"
SULPHURED = [{"item": "二氧化硫", "value": 900, "limit": 150, "passed": False}]
# Roles whose word about a lot is their office: a test fails a lot, an inspector stops it.
OFFICES = frozenset({"laboratory", "supervisor"})


def lots(season: Season) -> list[tuple[str, int]]:
    return [(season.fresh, TONS), (season.dried, TONS), (season.pack, TONS)]


def nasty(chain: Chain, season: Season) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The worst that can be said of a season in each kind: kind, and what is stated."""
    weighed = lots(season)
    named = [(lot, None) for lot, _ in weighed]
    spraying = {"product": "氧乐果", "active_ingredient": "氧乐果", "toxicity": "高毒",
                "reg_no": "PD1", "dose": "40克/亩", "area_m2": 6_667, "phi_days": 900}  # fmt: skip
    said: dict[str, Mapping[str, object]] = {
        "PESTICIDE": {"about": [(season.crop, None)], **spraying,
                      "event_ms": chain.now_ms - 11 * DAY_MS},
        "INPUT_PURCHASE": {"site": season.plot, **spraying, "quantity": "10克"},
        "SOW": {"inputs": [(season.plot, None), (season.seed, TONS)],
                "outputs": [(season.crop, None)], "area_m2": 1},
        "HARVEST": {"inputs": [(season.crop, None)], "outputs": [(season.fresh, TONS)],
                    "plot": season.plot, "area_m2": 1},
        "PURCHASE": {"about": weighed, "seller": "cooperative"},
        "SEED_TRANSFER": {"about": [(season.seed, TONS)], "to_org": RIVAL},
        "RECEIVE": {"about": [weighed[2]], "sent_g": 1},
        "SALE_RETAIL": {"about": [(season.pack, None)], "unit_code": "CODE1"},
        "SALE_B2B": {"about": weighed, "buyer": RIVAL},
        "STOCKTAKE": {"about": weighed, "book_g": 1},
        "TEST": {"about": named, "items": SULPHURED, "conclusion": "fail", "report_no": "R-1"},
        "RETEST": {"about": named, "items": SULPHURED, "conclusion": "fail"},
        "SUPERVISE_SAMPLE": {"about": named, "result": "fail", "items": SULPHURED},
        "SULPHUR": {"about": named, "used": False},
        "RELEASE": {"about": [*named, (season.crop, None)], "decision": "release"},
        "CODE_VOID": {"about": [(season.pack, None)], "codes": ["7"], "reason": "x"},
        "PACK_LABEL": {"inputs": [(season.dried, TONS)], "outputs": [(season.pack, TONS)],
                       "unit_g": 1, "code_range": {"first": 0, "last": 9_999_999},
                       "label_fields": [{"name": "质量", "value": "无硫"},
                                        {"name": "保质期至", "value": "2020-01-01"}]},
        "RECALL": {"about": named, "level": "1", "reason": "x", "recovered_g": 0,
                   "deadline": DEADLINE},
        "HOLD": {"about": named, "reason": "x"},
        "EQUIP": {"site": season.plot, "equipment": "电子秤", "valid_to": "2020-01-01"},
    }  # fmt: skip
    for kind in KINDS.values():
        if kind.travels != "event":
            continue
        if kind.code in said:
            yield kind.code, said[kind.code]
        elif kind.event_type == "TransformationEvent":
            yield kind.code, {"inputs": weighed, "outputs": [(chain.lot(), TONS)]}
        elif kind.things == "crop":
            yield kind.code, {"about": [(season.crop, None)]}
        elif kind.stands == "site_out" or kind.things == "site":
            yield kind.code, {"site": season.plot}
        elif "ADD" in kind.actions:
            yield kind.code, {"outputs": [(season.fresh, TONS)]}
        else:
            yield kind.code, {"about": weighed}


def honest(chain: Chain) -> Season:
    """A season that was received, tested, released and sold, ten days ago: nothing is held."""
    season = grow(chain)
    chain.do("mill", "RECEIVE", about=[(season.fresh, 3_000_000)], sent_g=3_000_000,
             event_ms=chain.now_ms - 3_000)  # fmt: skip
    packets.examine(chain, season.pack)
    packets.release(chain, season.pack)
    chain.do("mill", "SALE_B2B", about=[(season.pack, 1_000)], buyer="quality")
    chain.do("quality", "RECEIVE", about=[(season.pack, 1_000)], sent_g=1_000)
    chain.now_ms += 10 * DAY_MS
    return season


def slander(chain: Chain, season: Season) -> dict[str, str]:
    """The rival says the worst in every kind; kinds by statement."""
    said: dict[str, str] = {}
    for kind, words in nasty(chain, season):
        said[chain.do(RIVAL, kind, **words).leaf.statement_id.hex()] = kind
        chain.now_ms += 60_000
    chain.now_ms += 40 * DAY_MS
    return said


def things(season: Season) -> dict[str, str]:
    return {name: getattr(season, name) for name in Season.__slots__}


def traced(chain: Chain, lot: str, serial: int | None = None) -> Trace:
    asked = Asked(uri=lot, serial=serial)
    return trace(chain.store, chain.replica, asked, today=date(2026, 4, 20))


def statuses(chain: Chain, season: Season) -> dict[str, str]:
    return {name: traced(chain, uri).status.code for name, uri in things(season).items()}


@pytest.mark.parametrize("role", [role for role in ROLES if role not in OFFICES])
def test_whatever_a_stranger_of_any_role_says_in_any_kind_holds_nobody_elses_lot(
    file_chain: Chain, role: str
) -> None:
    chain = file_chain
    season = honest(chain)
    settle(chain)
    before, stood = kept(chain), statuses(chain, season)
    assert set(stood.values()) == {"recorded"}
    chain.admit(RIVAL, role)
    slander(chain, season)
    settle(chain)

    assert statuses(chain, season) == stood
    names = {uri: name for name, uri in things(season).items()}
    new = [each for each in kept(chain) if each not in before and each.finding.subject in names]
    assert [each for each in new if each.stands] == []
    assert {each.finding.severity for each in new} == {"amber"}
    assert {each.finding.claimed_by for each in new} == {(chain.actors[RIVAL],)}
    claims = {(each.finding.rule, names[each.finding.subject]) for each in new}
    assert claims >= set(HOLDING.items())
    assert differences(chain) == []


def test_judged_group_by_group_they_are_the_same_claims(chain: Chain) -> None:
    season = honest(chain)
    chain.admit(RIVAL, "processor")
    said: list[str] = []
    for kind, words in nasty(chain, season):
        said.append(chain.do(RIVAL, kind, **words).leaf.statement_id.hex())
        settle(chain)
        assert differences(chain) == [], kind
    assert any(each.finding.is_claim for each in kept(chain))
    assert [each for each in kept(chain) if each.stands] == []


def test_a_strangers_own_product_of_anothers_lot_is_held_and_the_lot_is_not(
    file_chain: Chain,
) -> None:
    chain = file_chain
    season = honest(chain)
    chain.admit(RIVAL, "processor")
    mine, more = chain.lot(), chain.lot()
    chain.do(RIVAL, "RECEIVE", about=[(season.fresh, 3_000_000)], sent_g=3_000_000)
    chain.do(RIVAL, "DRY", inputs=[(season.fresh, 3_000_000)], outputs=[(mine, 700_000)])
    chain.do(RIVAL, "SPLIT", inputs=[(mine, 700_000)], outputs=[(more, 700_000)])
    settle(chain)

    assert [traced(chain, lot).status.code for lot in (mine, more)] == ["held", "held"]
    assert set(statuses(chain, season).values()) == {"recorded"}
    assert differences(chain) == []


def test_who_signs_a_hand_over_says_whose_goods_they_were(file_chain: Chain) -> None:
    """Whoever took first is believed, until the maker signs to whom it gave the lot."""
    chain = file_chain
    season = grow(chain)
    chain.admit(RIVAL, "processor")
    mine, fresh = chain.lot(), chain.lot()
    plot, crop = chain.site("cooperative"), chain.crop()
    chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(crop, None)], area_m2=6_667)
    chain.do("cooperative", "HARVEST", inputs=[(crop, None)], outputs=[(fresh, 3_000_000)],
             plot=plot, area_m2=6_667, herb="huaidihuang")  # fmt: skip
    dried = chain.lot()
    for who, made in ((RIVAL, mine), ("mill", dried)):
        chain.do(who, "RECEIVE", about=[(fresh, 3_000_000)], sent_g=3_000_000)
        chain.do(who, "DRY", inputs=[(fresh, 3_000_000)], outputs=[(made, 700_000)])
    settle(chain)
    assert traced(chain, mine).status.code == "recorded"
    assert traced(chain, dried).status.code == "held"
    # The lot itself is free, and who handed it on reads how to tell whose the kilograms are.
    assert traced(chain, fresh).status.code == "recorded"
    claims = [each.finding for each in kept(chain, "MB4") if each.finding.subject == fresh]
    assert {each.claimed_by for each in claims} == {(chain.actors["mill"],)}
    assert all("交货方补签" in each.message_cn for each in claims)

    chain.do("cooperative", "SALE_B2B", about=[(fresh, 3_000_000)], buyer="mill")
    settle(chain)
    assert traced(chain, mine).status.code == "held"
    assert [traced(chain, lot).status.code for lot in (fresh, dried)] == ["recorded"] * 2
    assert traced(chain, season.pack).status.code != "held"
    assert differences(chain) == []


def test_whoever_was_handed_a_lot_by_a_paper_that_names_him_holds_it_by_what_he_sells(
    file_chain: Chain,
) -> None:
    chain = file_chain
    season = honest(chain)
    chain.do("quality", "SALE_B2B", about=[(season.pack, 5_000)], buyer="nobody here")
    chain.now_ms += 4 * DAY_MS
    settle(chain)
    assert traced(chain, season.pack).status.code == "held"
    assert differences(chain) == []


def test_a_strangers_word_that_the_grower_approves_is_the_growers(file_chain: Chain) -> None:
    chain = file_chain
    season = honest(chain)
    chain.admit(RIVAL, "technician")
    (words,) = (said for kind, said in nasty(chain, season) if kind == "PESTICIDE")
    sprayed = chain.do(RIVAL, "PESTICIDE", **words)
    settle(chain)
    assert traced(chain, season.pack).status.code == "recorded"

    named = {"statement": sprayed.leaf.statement_id.hex()}
    chain.record("cooperative", "approve", named, [season.crop])
    settle(chain)
    assert traced(chain, season.pack).status.code == "held"
    assert differences(chain) == []


def test_two_strangers_lift_no_hold(file_chain: Chain) -> None:
    chain = file_chain
    season = honest(chain)
    spray(chain, season)
    settle(chain)
    (found,) = [each for each in kept(chain, "PB1") if each.stands]
    chain.admit(RIVAL, "processor")
    chain.admit("accomplice", "processor")
    for who, second in ((RIVAL, "accomplice"), ("cooperative", "accomplice")):
        lifting = chain.do(who, "HOLD", about=[(season.crop, None)], reason="没事", lifts=True,
                           findings=[found.id])  # fmt: skip
        named = {"statement": lifting.leaf.statement_id.hex()}
        chain.record(second, "approve", named, [season.crop])
        settle(chain)
        (now,) = kept(chain, "PB1")
        assert (now.lifted_by is None) is (who == RIVAL)
        assert differences(chain) == []


@pytest.mark.parametrize("part", ["made", "released", "was handed", "none"])
def test_a_supervisor_with_a_part_in_the_goods_lifts_no_hold_alone(
    file_chain: Chain, part: str
) -> None:
    chain = file_chain
    chain.admit("both", "supervisor", "processor")
    chain.admit("bureau", "supervisor")
    season = grow(chain)
    if part == "made":
        season = replace(season, crop=chain.crop())
        chain.do("both", "SOW", inputs=[(chain.site("both"), None)], area_m2=6_667,
                 outputs=[(season.crop, None)])  # fmt: skip
    spray(chain, season, who="both" if part == "made" else "cooperative")
    settle(chain)
    (found,) = (each for each in kept(chain, "PB1") if each.stands)
    lot = season.crop

    def ends(who: str) -> bool:
        chain.do(who, "HOLD", about=[(lot, None)], reason="没事", lifts=True, findings=[found.id])
        return ended()

    def ended() -> bool:
        settle(chain)
        assert differences(chain) == []
        (now,) = (each for each in kept(chain) if each.id == found.id)
        return now.lifted_by is not None

    assert ends("both") is (part != "made")
    # What is no part of his yet may become one: then his word is no office's any more.
    if part == "released":
        named = chain.do("both", "RELEASE", about=[(lot, None)], decision="release")
        assert ended()
        approval = {"statement": named.leaf.statement_id.hex()}
        chain.record("cooperative", "approve", approval, [lot])
    if part == "was handed":
        chain.do("cooperative", "SALE_B2B", about=[(lot, 900)], buyer="both")
    assert ended() is (part == "none")
    assert ends("bureau")


def test_the_public_reads_that_it_is_only_claimed(file_chain: Chain) -> None:
    chain = file_chain
    season = honest(chain)
    chain.admit(RIVAL, "farmer")
    (words,) = (said for kind, said in nasty(chain, season) if kind == "PESTICIDE")
    sprayed = chain.do(RIVAL, "PESTICIDE", **words).leaf.statement_id.hex()
    settle(chain)
    found = traced(chain, season.pack)
    seen = {(each.kept.finding.rule, each.claim, each.touches) for each in found.findings}
    assert seen == {("PB1", True, False), ("PH1", True, False)}
    assert sprayed in found.claims
