"""The follower keeps, on both databases, what a complete replay finds; whoever else judges too."""

from dataclasses import replace

import pytest

from api.opened.judging import with_judgement
from ledger.audit.replay import audit
from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import new_code, site_uri
from ledger.judging.compare import judgement_differences
from ledger.judging.follow import Follower, Pass
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.findings.kept import Kept
from ledger.rules.history.days import DAY_MS
from ledger.rules.history.history import History
from ledger.rules.judge import complete_judgement
from ledger.rules.rulebook import RULES
from ledger.rules.scopes.scope import COMPLAINED
from ledger.seam import Asking, Difference, Verdicts
from ledger.store.complaints import Complaint, keep_complaint
from ledger.store.database import SqlStore
from ledger.store.ledger import understand
from tests.attacker import attack
from tests.chain import Chain, one
from tests.parcels import silent
from tests.season import Season, grow


def settle(chain: Chain, follower: Follower | None = None) -> list[Pass]:
    """Judge until nothing is left, with the sweep."""
    follower = follower or Follower(chain.store)
    passes: list[Pass] = []
    registry = chain.replica.registry
    while not passes or passes[-1].more:
        passes.append(
            follower.judge(registry, size=chain.replica.size, now_ms=chain.now_ms, sweep_ms=0)
        )
    passes.append(follower.sweep(registry, now_ms=chain.now_ms))
    return passes


def kept(chain: Chain, rule: str | None = None) -> list[Kept]:
    with chain.store.reading() as reading:
        found = reading.findings(Asking())
    return [each for each in found if rule in {None, each.finding.rule}]


def differences(chain: Chain) -> list[Difference]:
    with chain.store.reading() as reading:
        return judgement_differences(reading, chain.replica.registry)


def two_actors_use_the_same_kilograms(chain: Chain, season: Season) -> None:
    chain.do("mill", "SALE_B2B", about=[(season.dried, 1_000)], buyer="quality")
    chain.do("quality", "CUT_GRADE", inputs=[(season.dried, 700_000)],
             outputs=[(chain.lot(), 700_000)])  # fmt: skip


class Held:
    """A store through which another process reads, and keeps its verdicts for later."""

    def __init__(self, store: SqlStore) -> None:
        self.reading = store.reading
        self.verdicts: Verdicts | None = None

    def keep_verdicts(self, verdicts: Verdicts) -> bool:
        """Somebody else is faster."""
        self.verdicts = verdicts
        return False


def spray(chain: Chain, season: Season, *, who: str = "cooperative", **named: object) -> None:
    said = {"product": "40%乐果乳油", "active_ingredient": "乐果", "dose": "40克/亩",
            "reg_no": "PD1", "phi_days": 7, "toxicity": "高毒", "area_m2": 6_667}  # fmt: skip
    chain.do(who, "PESTICIDE", about=[(season.crop, None)], **(said | named))


def test_two_actors_who_use_the_same_kilograms_are_both_recorded_and_the_lot_is_held(
    chain: Chain,
) -> None:
    season = grow(chain)
    two_actors_use_the_same_kilograms(chain, season)
    settle(chain)
    (found,) = [each for each in kept(chain, "MB4") if each.finding.subject == season.dried
                and "共用去" in each.finding.message_cn]  # fmt: skip
    assert found.stands
    assert found.finding.severity == "red"
    assert differences(chain) == []


def test_judging_group_by_group_keeps_what_judging_at_once_keeps(chain: Chain) -> None:
    follower = Follower(chain.store)
    season = grow(chain)
    settle(chain, follower)
    spray(chain, season)
    settle(chain, follower)
    two_actors_use_the_same_kilograms(chain, season)
    chain.now_ms += 9 * DAY_MS
    settle(chain, follower)
    one_by_one = kept(chain)
    assert {each.finding.rule for each in one_by_one} >= {"MB4", "PB1"}
    chain.store.rebuild(understand, lambda _done, _total: None)
    assert kept(chain) == []
    settle(chain)
    assert kept(chain) == one_by_one
    assert differences(chain) == []


def test_a_falsified_finding_is_named_by_the_comparison(chain: Chain) -> None:
    season = grow(chain)
    spray(chain, season)
    settle(chain)
    attack(chain.store.engine, "DELETE FROM finding WHERE rule = 'PB1'")
    ((table, leaf, what),) = differences(chain)
    assert table == "finding"
    assert "PB1" in what
    assert "is missing" in what
    assert leaf is not None


def test_an_index_that_judging_looks_things_up_in_is_compared_too(chain: Chain) -> None:
    season = grow(chain)
    spray(chain, season)
    settle(chain)
    attack(chain.store.engine, "DELETE FROM topic WHERE topic = (SELECT max(topic) FROM topic)")
    attack(chain.store.engine, "INSERT INTO topic VALUES ('about|urn:x', 3)")
    assert {(table, what.split()[-1]) for table, _, what in differences(chain)} == {
        ("topic", "missing"),
        ("topic", "statement"),
    }


def test_judging_that_claims_to_be_ahead_of_the_log_is_named(chain: Chain) -> None:
    grow(chain)
    settle(chain)
    attack(chain.store.engine, "UPDATE judged SET through = 1000000")
    ((table, _, what),) = differences(chain)
    assert (table, "claims to be at leaf 1000000" in what) == ("judged", True)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        ("UPDATE finding SET claimed_by = 'x'", "table finding"),
        ("UPDATE finding SET statement_ids = '[1]'", "table finding"),
        ("DELETE FROM judged", "table judged"),
    ],
)
def test_judgement_that_cannot_be_read_is_named_by_its_table(
    chain: Chain, spoil: str, named: str
) -> None:
    season = grow(chain)
    spray(chain, season)
    settle(chain)
    attack(chain.store.engine, spoil)
    report = with_judgement(audit(chain.store, progress=silent), chain.store)
    assert [(each.code, named in each.reason) for each in report.findings] == [
        ("judgement_differs", True)
    ]


def test_of_two_passes_over_the_same_leaves_one_keeps_its_verdicts(chain: Chain) -> None:
    season = grow(chain)
    spray(chain, season)
    one, other = Follower(chain.store), Follower(chain.store)
    slow = Held(chain.store)
    registry, size = chain.replica.registry, chain.replica.size
    lost = Follower(slow)
    assert lost.judge(registry, size=size, now_ms=chain.now_ms, sweep_ms=0).more
    settle(chain, one)
    found = kept(chain)
    assert slow.verdicts is not None
    assert not chain.store.keep_verdicts(slow.verdicts)
    settle(chain, other)
    assert kept(chain) == found
    assert differences(chain) == []


def test_after_a_crash_between_commit_and_judging_the_judge_goes_on(chain: Chain) -> None:
    season = grow(chain)
    settle(chain)
    spray(chain, season)
    chain.reopen()
    with chain.replica.appending, chain.store.reading() as reading:
        chain.replica.catch_up(reading)
    settle(chain)
    assert [each.finding.severity for each in kept(chain, "PB1")] == ["hold"]
    assert differences(chain) == []


def test_a_custody_that_breaks_by_time_alone_is_found_when_it_is_due(chain: Chain) -> None:
    season = grow(chain)
    chain.do("mill", "SALE_B2B", about=[(season.pack, 500)], buyer="quality", price=1)
    settle(chain)
    assert kept(chain, "CU1") == []
    chain.now_ms += 8 * DAY_MS
    settle(chain)
    (found,) = kept(chain, "CU1")
    assert found.finding.severity == "red"
    assert differences(chain) == []


def lift(chain: Chain, who: str, thing: str, named: str) -> None:
    body = event_body(
        "HOLD", event_time="2026-12-01T08:00:00+08:00", about=[(thing, None)],
        elements={"reason": "复核无误", "findings": [named]}, lifts=True,
    )  # fmt: skip
    receipt = chain.record(who, "event", body, [thing])
    assert receipt.leaf.index


def test_a_hold_ends_by_a_signed_lifting_that_names_it_and_a_new_fact_holds_again(
    chain: Chain,
) -> None:
    chain.admit("bureau", "supervisor")
    season = grow(chain)
    spray(chain, season)
    settle(chain)
    (found,) = kept(chain, "PB1")
    lift(chain, "mill", season.crop, found.id)
    settle(chain)
    assert kept(chain, "PB1")[0].stands  # one signature of the trade lifts nothing
    lift(chain, "bureau", season.crop, found.id)
    settle(chain)
    (lifted,) = kept(chain, "PB1")
    assert not lifted.stands
    assert lifted.finding == found.finding
    spray(chain, season, dose="50克/亩")
    settle(chain)
    assert [each.stands for each in kept(chain, "PB1")] == [False, True]
    assert differences(chain) == []


def test_a_rule_that_fails_over_the_whole_history_is_named_and_ends_no_comparison(
    file_chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = grow(file_chain)
    spray(file_chain, season)
    settle(file_chain)

    def fails(_history: History, _reference: Reference, _now_ms: int) -> list[Found]:
        raise ZeroDivisionError("a defect of ours")

    at = next(number for number, rule in enumerate(RULES) if rule.id == "PB1")
    broken = (*RULES[:at], replace(RULES[at], judge=fails), *RULES[at + 1 :])
    monkeypatch.setattr(complete_judgement, "__kwdefaults__", {"rules": broken})
    assert differences(file_chain) == [
        (
            "finding",
            None,
            "rule PB1 failed over the whole history: ZeroDivisionError('a defect of ours')",
        )
    ]


def test_a_complaint_makes_what_was_written_down_after_it_red(chain: Chain) -> None:
    season = grow(chain)
    chain.do("mill", "STORE_OUT", about=[(season.pack, 500)], event_ms=chain.now_ms - 9 * DAY_MS)
    settle(chain)
    (late,) = kept(chain, "TT1")
    assert (late.finding.severity, late.finding.subject) == ("amber", season.pack)
    before_ms = chain.now_ms - DAY_MS  # by telephone, and entered today
    keep_complaint(chain.store, Complaint(receipt="r", code="", lot=season.pack, kind="other",
                   text="t", contact=None, received_ms=before_ms))  # fmt: skip
    assert differences(chain) == []  # what waits is no difference
    settle(chain)
    (found,) = kept(chain, "TT1")
    assert found.finding.severity == "red"
    assert found.finding.statement_ids == late.finding.statement_ids
    assert differences(chain) == []
    with chain.store.reading() as reading:
        assert not reading.is_waiting(f"{COMPLAINED}|{season.pack}")


def test_what_rested_on_an_erased_opening_is_judged_again(chain: Chain) -> None:
    season = grow(chain)
    chain.do("mill", "SALE_B2B", about=[(season.pack, 500)], buyer="quality", price=1)
    chain.now_ms += 8 * DAY_MS
    settle(chain)
    (found,) = kept(chain, "CU1")
    assert found.finding.severity == "red"
    attack(chain.store.engine, "DELETE FROM opening WHERE name = 'buyer'")
    assert differences(chain) == []
    settle(chain)
    (unknown,) = kept(chain, "CU1")
    assert unknown.finding.severity == "amber"  # it may be somebody who keeps no records here
    assert differences(chain) == []


def square(south: float) -> JsonObject:
    """An outline of a kilometre as GeoJSON, from a latitude on."""
    corners: list[JsonValue] = [
        [lon, lat]
        for lat, lon in ((south, 113.08), (south, 113.09), (south + 0.01, 113.09),
                         (south + 0.01, 113.08), (south, 113.08))
    ]  # fmt: skip
    return {"type": "Polygon", "coordinates": [corners]}


def draw(chain: Chain, kind: str, plot: str, outline: JsonObject) -> None:
    """Register or amend a plot with a sealed outline."""
    body: JsonObject = {"site": plot, "kind": "plot", "county": "410825", "area_m2": 2_000}
    one(chain.send(chain.write("cooperative", kind, body, [plot], sealed={"outline": outline})))


def cut_at(chain: Chain, plot: str, latitude: float) -> str:
    """Sow a plot, and sign its harvest at a place."""
    sown, fresh = chain.crop(), chain.lot()
    chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(sown, None)])
    chain.do("cooperative", "HARVEST", inputs=[(sown, None)], outputs=[(fresh, 9_000)], plot=plot,
             geo={"lat": latitude, "lon": 113.085, "accuracy_m": 5})  # fmt: skip
    return fresh


def test_a_plot_that_is_drawn_anew_counts_so_from_its_day_on(chain: Chain) -> None:
    plot = site_uri(chain.origin, new_code(chain.chance()))
    draw(chain, "site.register", plot, square(34.94))
    before = cut_at(chain, plot, 34.985)
    settle(chain)
    assert [found.finding.subject for found in kept(chain, "GF1")] == [before]
    chain.now_ms += DAY_MS
    draw(chain, "site.amend", plot, square(34.98))
    cut_at(chain, plot, 34.985)
    old = cut_at(chain, plot, 34.945)
    settle(chain)
    assert {found.finding.subject for found in kept(chain, "GF1")} == {before, old}
    assert differences(chain) == []
