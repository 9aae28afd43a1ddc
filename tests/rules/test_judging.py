"""The whole judgement: every rule once, corrections applied, the same in every order of arrival."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.canonical import JsonObject
from ledger.herbs.bodies import event_body
from ledger.herbs.events import default_chains, parse_recorded_event
from ledger.rules.balance.book import Position, balance_at, total
from ledger.rules.balance.moves import moves_of
from ledger.rules.findings.finding import Reference
from ledger.rules.history.fact import Fact
from ledger.rules.history.reading import Stated, history_of, read_history
from ledger.rules.judge import judge
from ledger.rules.rulebook import RULES
from ledger.statements.keys import generate_private_key
from ledger.statements.roll import ActorRecord, KeyRecord, SiteRecord
from ledger.statements.statement import Claim, draft
from tests.rules.story import KG, Story, lot, ms, plot

LEDGER = "ledger.example/herbs"
ELDERS = 33


def test_every_rule_is_listed_once_with_its_names_and_what_a_false_alarm_is() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) == ELDERS
    assert all(rule.cn and rule.en and rule.judge.__doc__ for rule in RULES)
    assert {rule.id for rule in RULES if rule.severity == "hold"} == {
        "PH1", "PB1", "TS1", "LB1", "LB2",
    }  # fmt: skip


def test_a_correction_by_its_own_actor_gives_the_right_values_and_anothers_none() -> None:
    story = Story()
    story.grow(fresh_g=9_000 * KG)
    wrong = story.facts[-1].statement_id
    assert story.severities("MB1") == ["red"]
    said = {"corrects": wrong, "correct_reason": "多写了"}
    story.do("rival", "HARVEST", "2026-11-06", about=[(lot("field"), 3_000 * KG)], **said)
    story.do("coop", "HARVEST", "2026-11-06", about=[(lot("field"), 3 * KG)],
             corrects="ab" * 32, correct_reason="不存在")  # fmt: skip
    assert story.severities("MB1") == ["red"]
    first = story.do("coop", "HARVEST", "2026-11-06", about=[(lot("field"), 4_600 * KG)], **said)
    assert story.severities("MB1") == ["amber"]
    story.do("coop", "HARVEST", "2026-11-07", about=[(lot("field"), 3_000 * KG)], corrects=first,
             correct_reason="又错了")  # fmt: skip
    assert story.severities("MB1") == []
    assert len(story.history().facts) == 2


def test_of_two_makings_the_first_recorded_counts_and_a_circle_ends() -> None:
    story = Story()
    story.do("a", "CUT_GRADE", "2026-11-02", inputs=[(lot("x"), 9)], outputs=[(lot("y"), 9)])
    story.do("b", "CUT_GRADE", "2026-11-01", inputs=[(lot("y"), 9)], outputs=[(lot("x"), 9)])
    story.do("c", "CUT_GRADE", "2026-10-01", inputs=[(lot("z"), 9)], outputs=[(lot("y"), 99)])
    story.do("c", "SPLIT", "2026-12-01", inputs=[(lot("q"), 9)], outputs=[(lot("q2"), 9)])
    story.do("c", "SPLIT", "2026-12-01", inputs=[(lot("q2"), 9)], outputs=[(lot("q"), 9)])
    history = story.history()
    assert history.makings[lot("y")].actor == "a"
    assert history.ancestors(lot("y")) == [lot("x")]
    assert history.descendants(lot("z")) == []
    assert history.passed_on(lot("q")) == [lot("q"), lot("q2")]
    assert history.herb(lot("y")) is None


def claim_of(kind: str, body: JsonObject, subjects: list[str], **lists: Iterable[str]) -> Claim:
    return draft(
        ledger=LEDGER, key=KEY, seq=0, prev=None, signed_at="2026-11-06T08:00:00+08:00",
        kind=kind, body=body, subjects=subjects, **lists,
    )[0]  # fmt: skip


KEY = generate_private_key("Ed25519")


def test_a_history_is_read_from_claims_events_and_the_registry() -> None:
    body = event_body("RELEASE", event_time="2026-11-06T08:00:00+08:00", about=[(lot("a"), 9)],
                      elements={"report_no": "R", "decision": "release"})  # fmt: skip
    release = claim_of("event", body, list(default_chains("RELEASE", (), (), (lot("a"),))[2]))
    approval = claim_of("approve", {"statement": release.statement_id}, [lot("a")])
    actor = ActorRecord(actor="urn:daodi:actor:mill", name="m", roles=(), county="", valid_to="",
                        admitted_index=1, body={})  # fmt: skip
    key = KeyRecord(key_id=KEY.key_id, alg="Ed25519", spki=b"", actor=actor.actor, roles=(),
                    holder="h", enrolled_index=2, registrar=False)  # fmt: skip
    site = SiteRecord(site=plot(), kind="plot", county="410825", area_m2=9, actor=None,
                      key_id="r", index=3, body={})  # fmt: skip
    admitted = claim_of("actor.admit", {"actor": actor.actor, "name": "m", "roles": ["processor"]},
                        [actor.actor])  # fmt: skip
    stated = [
        Stated(index=5, recorded_ms=9, claim=approval, event=None),
        Stated(index=4, recorded_ms=8, claim=release, event=parse_recorded_event(body)),
        Stated(index=1, recorded_ms=7, claim=admitted, event=None),
    ]
    history = read_history(
        stated, keys={key.key_id: key}, sites={plot(): site}, actors={actor.actor: actor}
    )
    (fact,) = history.facts
    assert (fact.actor, fact.approved, fact.subject, fact.recorded_ms) == (
        actor.actor, True, lot("a"), 8,
    )  # fmt: skip
    assert history.joined == {actor.actor: 7}
    assert history.places[plot()].actor == ""


STEPS = ("split", "merge", "lose", "dry", "steam", "steal", "sell")


@st.composite
def seasons(draw: st.DrawFn) -> list[Fact]:
    """Steps of a mill on growing stock; `steal` is a second actor who uses what is not his."""
    story = Story()
    stock: list[tuple[str, int]] = []
    for number in range(draw(st.integers(1, 3))):
        mass_g = draw(st.integers(1, 9)) * KG
        story.do(
            "mill", "PURCHASE", f"2026-10-{number + 1:02}", outputs=[(lot(f"b{number}"), mass_g)]
        )
        stock.append((lot(f"b{number}"), mass_g))
    for number in range(draw(st.integers(0, 8))):
        when, made = f"2026-11-{number + 1:02}", lot(f"s{number}")
        source, mass_g = stock[draw(st.integers(0, len(stock) - 1))]
        used = draw(st.integers(0, mass_g))
        step = draw(st.sampled_from(STEPS))
        if step == "merge":
            other, other_g = stock[0]
            parts = {other: other_g, source: used}
            total_g = sum(parts.values())
            story.do("mill", "BLEND", when, inputs=parts.items(), outputs=[(made, total_g)])
            stock.append((made, total_g))
        elif step == "lose":
            story.do("mill", "DESTROY", when, about=[(source, used)])
        elif step == "sell":
            story.do("mill", "SALE_B2B", when, about=[(source, used)])
        else:
            kinds = {"split": "SPLIT", "dry": "DRY", "steam": "STEAM_BOIL", "steal": "CUT_GRADE"}
            added = 500 if step == "steam" else 0
            out_g = used // 4 if step == "dry" else used + added
            story.do("thief" if step == "steal" else "mill", kinds[step], when,
                     inputs=[(source, used)], outputs=[(made, out_g)],
                     adjuvants=[{"name": "黄酒", "mass_g": added}])  # fmt: skip
            stock.append((made, out_g))
    return story.facts


def brute(facts: list[Fact]) -> tuple[dict[tuple[str, str], int], set[str]]:
    """What is left by lot and holder, and lots of which more was consumed than made, by hand."""
    left: dict[tuple[str, str], int] = {}
    made: dict[str, int] = {}
    consumed: dict[str, int] = {}
    for fact in facts:
        event, who = fact.event, fact.actor
        for thing in event.outputs:
            made[thing.uri] = thing.mass_g or 0
            left[thing.uri, who] = left.get((thing.uri, who), 0) + (thing.mass_g or 0)
        for thing in (*event.inputs, *event.about):
            left[thing.uri, who] = left.get((thing.uri, who), 0) - (thing.mass_g or 0)
            if event.kind != "SALE_B2B":
                consumed[thing.uri] = consumed.get(thing.uri, 0) + (thing.mass_g or 0)
    return left, {uri for uri, mass_g in consumed.items() if mass_g > made.get(uri, 0)}


@settings(max_examples=60, deadline=None)
@given(facts=seasons(), data=st.data())
def test_every_order_of_arrival_gives_the_same_balance_and_findings_as_adding_up_by_hand(
    facts: list[Fact], data: st.DataObject
) -> None:
    shuffled = [
        replace(fact, index=number) for number, fact in enumerate(data.draw(st.permutations(facts)))
    ]
    now_ms = ms("2027-06-01")
    one, other = history_of(facts), history_of(shuffled)
    findings = judge(one, Reference(), now_ms)
    assert judge(other, Reference(), now_ms) == findings
    positions = balance_at(moves_of(one), now_ms)
    assert balance_at(moves_of(other), now_ms) == positions
    left, over = brute(facts)
    assert {key: total([positions.get((*key, ""), Position())]).left_g for key in left} == left
    said = [f for f in findings if f.rule == "MB4"]
    assert {f.subject for f in said if "共用去" in f.message_cn} == over
    short = {uri for (uri, _), mass_g in left.items() if mass_g < 0}
    assert {f.subject for f in said if "这一方" in f.message_cn} == short
    assert all(f.holds for f in said)
    # What the thief takes of the mill's, and the mill of the thief's, each of them claims alone.
    makers = {thing.uri: fact.actor for fact in facts for thing in fact.event.outputs}
    assert all((f.severity == "red") is not f.is_claim for f in said)
    assert all(makers[f.subject] not in f.claimed_by for f in said)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_no_rule_says_anything_of_nothing(rule: str) -> None:
    assert Story().findings(rule) == []
