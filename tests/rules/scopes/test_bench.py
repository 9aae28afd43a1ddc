"""Findings as statements arrive are the findings of a complete replay, whatever the order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.rules.findings.finding import Reference
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import Known, Place
from ledger.rules.history.topics import Approval, Sited, Told
from ledger.rules.history.voices import HANDING
from ledger.rules.scopes.bench import Bench
from ledger.rules.scopes.pool import Pool
from ledger.rules.scopes.scope import own
from tests.rules.shelves import Follower, MemoryShelf
from tests.rules.story import CANGXI, HONEST_LABEL, KG, WEN, Story, crop, label, lot, ms, plot, row

ACTORS = ("coop", "mill", "thief")
HERBS = ("huainiuxi", "huaidihuang")
DAYS = [f"2026-{month:02}-{day:02}" for month in (3, 7, 10, 11, 12) for day in (1, 2, 9, 28)]
FINAL_MS = ms("2027-06-01")


class Teller:
    """Tells a random season: every kind that a rule reads, on a few things that meet often."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.story = Story()
        self.lots = [lot("l0")]
        self.crops = [crop("c0")]
        self.told: list[Told] = []

    def pick(self, *values: object) -> object:
        """One of these."""
        return self.draw(st.sampled_from(values))

    def mass(self) -> int:
        """Some hundred kilograms."""
        return self.draw(st.integers(1, 40)) * 100 * KG

    def say(self, kind: str, **named: object) -> None:
        """Tell an event by somebody on some day, now and then signed long after."""
        who, when = str(self.pick(*ACTORS)), str(self.pick(*DAYS))
        if self.draw(st.integers(0, 5)) == 0:
            named |= {"signed": "2026-12-30"}
        self.story.do(who, kind, when, **named)

    def new_lot(self) -> str:
        """A lot nobody has made; now and then one that somebody made."""
        if self.draw(st.integers(0, 7)) == 0:
            return str(self.pick(*self.lots))
        self.lots.append(lot(f"l{len(self.lots)}"))
        return self.lots[-1]

    def a_lot(self) -> str:
        """A lot that was named before."""
        return str(self.pick(*self.lots))

    def a_crop(self) -> str:
        """A crop that was named before."""
        return str(self.pick(*self.crops))


def seed(t: Teller) -> None:
    t.say("SEED_REGISTER", outputs=[(t.new_lot(), t.mass())], herb=t.pick(*HERBS))


def sow(t: Teller) -> None:
    t.crops.append(crop(f"c{len(t.crops)}"))
    t.say("SOW", inputs=[(plot(str(t.pick("p0", "p1"))), None), (t.a_lot(), KG)],
          outputs=[(t.crops[-1], None)], area_m2=t.pick(500, 5_000),
          herb=t.pick(*HERBS))  # fmt: skip


def spray(t: Teller) -> None:
    t.say("PESTICIDE", about=[(t.a_crop(), None)], product=t.pick("氧乐果", "多菌灵"),
          dose="40克/亩", area_m2=900, phi_days=t.pick(7, 300), reg_no=t.pick("PD1", "PD2"),
          toxicity="低毒")  # fmt: skip


def buy(t: Teller) -> None:
    t.say("INPUT_PURCHASE", site=plot("p0"), product="多菌灵", reg_no=t.pick("PD1", "PD2"),
          quantity=t.pick("10克", "2公斤"), toxicity=t.pick("低毒", "高毒"))  # fmt: skip


def work(t: Teller) -> None:
    for _ in range(t.draw(st.integers(1, 9))):
        t.say("FIELD_WORK", about=[(t.a_crop(), None)], work="除草", signed="2026-12-30",
              note=t.pick("记", "代录"))  # fmt: skip


def harvest(t: Teller) -> None:
    t.say("HARVEST", inputs=[(t.a_crop(), None)], outputs=[(t.new_lot(), t.mass())],
          plot=plot(str(t.pick("p0", "p1"))), area_m2=t.pick(600, 6_000),
          herb=t.pick(*HERBS))  # fmt: skip


def change(t: Teller) -> None:
    kind = t.pick("DRY", "STEAM_BOIL", "BLEND", "SPLIT", "CUT_GRADE")
    made = t.new_lot()
    sources = {t.a_lot(): t.mass(), t.a_lot(): t.mass()}
    sources.pop(made, None)
    if sources:
        t.say(str(kind), inputs=sources.items(), outputs=[(made, t.mass())], loss_g=t.pick(0, KG),
              adjuvants=[{"name": "黄酒", "mass_g": 500}])  # fmt: skip


def pack(t: Teller) -> None:
    source, made = t.a_lot(), t.new_lot()
    if source != made:
        fields = HONEST_LABEL | {"产地": t.pick("温县", "苍溪"), "专用标志": t.pick("", "有"),
                                 "质量": t.pick("", "无硫")}  # fmt: skip
        t.say("PACK_LABEL", inputs=[(source, 500 * KG)], outputs=[(made, 500 * KG)], unit_g=500,
              count=1_000, code_range={"first": 1, "last": t.pick(1_000, 1_200)}, drug="牛膝",
              label_fields=label({k: str(v) for k, v in fields.items()}))  # fmt: skip


def trade(t: Teller) -> None:
    kind = t.pick(
        "SALE_B2B", "SALE_B2B", "RECEIVE", "STORE_IN", "STOCKTAKE", "STORE_OUT", "DESTROY", "RETURN"
    )
    t.say(str(kind), about=[(t.a_lot(), t.mass())])


def retail(t: Teller) -> None:
    t.say("SALE_RETAIL", about=[(t.a_lot(), None)], unit_code="CODE1")


def sample(t: Teller) -> None:
    t.say("SAMPLE", about=[(t.a_lot(), None), (t.a_lot() + "x", None)],
          sample_id=t.pick("S1", "S2"))  # fmt: skip


def analyse(t: Teller) -> None:
    items = [row("二氧化硫", t.pick(5, 80, 900), passed=bool(t.pick(True, False)))]
    t.say(str(t.pick("TEST", "RETEST")), about=[(t.a_lot(), None)], sample_id=t.pick("S1", "S2"),
          report_no=t.pick("R1", "R2"), lab_cma=t.pick("A", "B"), items=items)  # fmt: skip


def release(t: Teller) -> None:
    t.say("RELEASE", about=[(t.a_lot(), None)], decision="release", report_no="R1")


def look(t: Teller) -> None:
    kind = t.pick("INSPECT", "SUPERVISE_SAMPLE", "SULPHUR", "CODE_VOID")
    t.say(str(kind), about=[(t.a_lot(), None)], used=False, codes=["1", "2"], sample_id="S1")


def weigh(t: Teller) -> None:
    t.say("EQUIP", site=plot("p0"), equipment="电子秤", valid_to=t.pick("2026-05-01", "2027-05-01"))
    t.say("STORE_IN", about=[(t.a_lot(), t.mass())], site=plot("p0"))


def correct(t: Teller) -> None:
    facts = t.story.facts
    if not facts:
        return
    wrong = facts[t.draw(st.integers(0, len(facts) - 1))]
    things = (*wrong.event.inputs, *wrong.event.outputs, *wrong.event.about)
    t.story.do(
        wrong.actor if t.pick(True, True, False) else "thief", wrong.event.kind, "2026-12-29",
        about=[(thing.uri, t.mass()) for thing in things if thing.mass_g is not None],
        corrects=wrong.statement_id, correct_reason="抄错", sample_id=t.pick("S1", "S2"),
        report_no=t.pick("R1", "R2"), herb=t.pick(*HERBS), reg_no=t.pick("PD1", "PD2"),
        plot=plot(str(t.pick("p0", "p1"))),
    )  # fmt: skip


STEPS = (
    seed, sow, sow, spray, buy, work, harvest, harvest, change, change, change, pack, pack, trade,
    trade, trade, retail, sample, analyse, analyse, release, look, weigh, correct, correct,
)  # fmt: skip


@st.composite
def seasons(draw: st.DrawFn) -> list[Told]:
    """A season in order of arrival, which is none in particular; late, corrected, in conflict."""
    teller = Teller(draw)
    for step in draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=24)):
        step(teller)
    facts: list[Told] = [*teller.story.facts]
    released = (fact for fact in teller.story.facts if fact.event.kind == "RELEASE")
    facts.extend(
        Approval(index=0, statement_id=fact.statement_id, actor=str(teller.pick(*ACTORS)))
        for fact in released
    )
    facts += [
        Sited(index=0, statement_id=f"site{n}", site=plot(f"p{n}"), since=date(2026, 1, 1))
        for n in (0, 1)
    ]
    return [replace(told, index=n) for n, told in enumerate(draw(st.permutations(facts)))]


def shelf(told: Sequence[Told] = (), data: st.DataObject | None = None) -> MemoryShelf:
    """A shelf on which some actors are known, and some papers name to whom they hand goods."""
    counties = {plot("p0"): WEN, plot("p1"): CANGXI}
    papers = [each for each in told if isinstance(each, Fact) and each.event.kind in HANDING]
    receivers = {
        each.statement_id: data.draw(st.sampled_from(["", *ACTORS])) if data else ""
        for each in papers
    }
    roles = st.sampled_from([(), ("processor",), ("laboratory",), ("supervisor",), None])
    known = {actor: data.draw(roles) for actor in ACTORS} if data else {}
    return MemoryShelf(
        known_now=Known(buyers=receivers),
        roles={actor: each for actor, each in known.items() if each is not None},
        register={
            uri: Place(uri=uri, kind="plot", county=county, area_m2=20_000, actor="coop")
            for uri, county in counties.items()
        },
    )


@settings(max_examples=120)
@given(told=seasons(), data=st.data())
def test_findings_as_they_arrive_are_those_of_a_complete_replay(
    told: list[Told], data: st.DataObject
) -> None:
    follower = Follower(shelf(told, data))
    now_ms = ms("2026-12-31")
    waiting = list(told)
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        follower.take(waiting[:size], now_ms)
        waiting = waiting[size:]
        assert follower.findings(now_ms) == follower.replayed(now_ms)
    follower.take([], FINAL_MS)
    assert follower.findings(FINAL_MS) == follower.replayed(FINAL_MS)
    assert follower.defects == []
    # Judged anew by what each statement names itself, in parts, nothing is overlooked.
    anew = Follower(follower.shelf)
    pool, cut = Pool(follower.shelf), data.draw(st.integers(0, len(told)))
    for part in (told[cut:], told[:cut]):
        anew.found |= Bench(pool, Reference(), FINAL_MS).judge(own(pool, part)).findings
    assert anew.findings(FINAL_MS) == follower.findings(FINAL_MS)
