"""What judging costs: what a statement stands behind is read once a pass, and no rule pays for it.

No clock is read: facts that are read, gathered and handed to rules are counted.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.known import Known, Place
from ledger.rules.history.topics import Sited, Told
from ledger.rules.history.voices import Makers
from ledger.rules.rulebook import RULES
from ledger.rules.scopes.bench import Bench, Judgement
from ledger.rules.scopes.pool import Pool
from ledger.rules.scopes.scope import touched
from tests.rules.shelves import MemoryShelf
from tests.rules.story import HONEST_LABEL, KG, WEN, Story, crop, label, lot, ms, plot, row

NOW_MS = ms("2026-12-31")
LOTS = 60  # of one blend
MANY_LOTS = 240
STEPS = 40
SINCE = date(2026, 1, 1)


@dataclass
class CountingShelf(MemoryShelf):
    """A shelf that notes which leaves were read, and of how many facts seals were opened."""

    leaves: list[int] = field(default_factory=list)
    opened: int = 0

    def read(self, indices: Iterable[int]) -> Sequence[Told]:
        """What stands there."""
        wanted = list(indices)
        self.leaves += wanted
        return super().read(wanted)

    def known(self, facts: Sequence[Fact]) -> Known:
        """What no statement says."""
        self.opened += len(facts)
        return super().known(facts)


class CountingPool(Pool):
    """A pool that notes what it gathers for rules, and what of it rules go through."""

    def __init__(self, shelf: CountingShelf) -> None:
        super().__init__(shelf)
        self.gathered = 0
        self.gone_through = 0

    def history(
        self,
        facts: Iterable[Fact],
        *,
        places: Iterable[Place] | None = None,
        asked: frozenset[str] | None = None,
    ) -> History:
        """The history of these facts."""
        history = super().history(facts, places=places, asked=asked)
        self.gathered += len(history.facts)
        self.gone_through += len(history.own)
        return history


def behind_a_blend(lots: int) -> tuple[Story, str]:
    """A story in which the mill blended so many harvests of somebody else; and the blend."""
    story = Story()
    harvests = [lot(f"h{n}") for n in range(lots)]
    for each in harvests:
        story.do("coop", "HARVEST", "2026-10-20", inputs=[(crop(each[-4:]), None)],
                 outputs=[(each, 9 * KG)], plot=plot("p0"), area_m2=600)  # fmt: skip
    blended = harvests[0]
    for start in range(0, lots, 20):
        taken = dict.fromkeys([blended, *harvests[start : start + 20]], KG)
        blended = lot(f"b{start}")
        story.do("mill", "BLEND", "2026-11-01", inputs=taken.items(), outputs=[(blended, KG)])
    return story, blended


def steps(story: Story, kind: str, source: str, times: int, **said: object) -> None:
    """Steps one after another, each from what the last one gave."""
    for number in range(times):
        made = lot(f"s{number}")
        story.do("mill", kind, "2026-11-02", inputs=[(source, KG)], outputs=[(made, KG)], **said)
        source = made


def cut(story: Story, source: str, count: int) -> None:
    steps(story, "CUT_GRADE", source, count)


def dry(story: Story, source: str, count: int) -> None:
    steps(story, "DRY", source, count)


def pack(story: Story, source: str, count: int) -> None:
    steps(story, "PACK_LABEL", source, count, unit_g=500, count=2, label_fields=label(HONEST_LABEL))


def examine(story: Story, source: str, count: int) -> None:
    for number in range(count):
        story.do("stranger", "TEST", "2026-11-02", about=[(source, None)], report_no=f"R{number}",
                 items=[row("二氧化硫", 900, passed=False)])  # fmt: skip


def sow_everywhere(story: Story, source: str, count: int) -> None:
    for number in range(count):
        story.do("coop", "SOW", "2026-11-02", inputs=[(plot(f"p{number}"), None), (source, KG)],
                 outputs=[(crop(f"new{number}"), None)], area_m2=600)  # fmt: skip


Attack = Callable[[Story, str, int], None]
ATTACKS = [cut, dry, pack, examine, sow_everywhere]


def judged(lots: int, attack: Attack, count: int) -> tuple[CountingShelf, CountingPool, Judgement]:
    """One pass over an attack behind a blend that was judged before."""
    story, blended = behind_a_blend(lots)
    old = len(story.facts)
    attack(story, blended, count)
    places = [plot(f"p{number}") for number in range(count)]
    shelf = CountingShelf(
        register={uri: Place(uri=uri, kind="plot", county=WEN, area_m2=20_000, actor="coop")
                  for uri in places}
    )  # fmt: skip
    for number, uri in enumerate(places):
        shelf.put(Sited(index=10**6 + number, statement_id=uri, site=uri, since=SINCE))
    for fact in story.facts:
        shelf.put(fact)
    pool = CountingPool(shelf)
    judgement = Bench(pool, Reference(), NOW_MS).judge(touched(pool, story.facts[old:]))
    assert judgement.defects == []
    return shelf, pool, judgement


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_pass_stands_behind_is_gathered_as_often_for_many_steps_as_for_one(
    attack: Attack,
) -> None:
    _, one, _ = judged(LOTS, attack, 1)
    _, many, judgement = judged(LOTS, attack, STEPS)
    assert len(judgement.findings) >= STEPS
    assert many.gathered - one.gathered < 10 * STEPS


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_leaf_is_read_once_a_pass(attack: Attack) -> None:
    shelf, _, _ = judged(LOTS, attack, STEPS)
    assert len(shelf.leaves) == len(set(shelf.leaves))


@pytest.mark.parametrize("attack", [cut, dry, pack])
def test_rules_go_through_no_more_facts_when_more_was_blended(attack: Attack) -> None:
    few_shelf, few, _ = judged(LOTS, attack, STEPS)
    many_shelf, many, _ = judged(MANY_LOTS, attack, STEPS)
    assert many.gathered > few.gathered
    assert many.gone_through == few.gone_through
    assert many_shelf.opened == few_shelf.opened


def test_a_drying_behind_a_chain_of_any_length_is_reckoned() -> None:
    story, source = behind_a_blend(20)
    cut(story, source, 1_500)
    story.do("mill", "DRY", "2026-11-03", inputs=[(lot("s1499"), 9 * KG)],
             outputs=[(lot("dried"), KG)], herb="huainiuxi")  # fmt: skip
    assert [found.subject for found in story.findings("MB3")] == [lot("dried")]


@dataclass
class CountingPast:
    """A past that notes of which things it was asked who made them."""

    makings: Mapping[str, Fact]
    places: Mapping[str, Place] = field(default_factory=dict)
    roles: Mapping[str, Collection[str]] = field(default_factory=dict)
    recalled: list[str] = field(default_factory=list)

    def recall(self, things: Collection[str], handed: Collection[str]) -> None:
        """Everything is here."""
        self.recalled += [*things, *handed]

    def made(self, thing: str) -> Fact | None:
        """The first making of a thing."""
        return self.makings.get(thing)

    def handed(self, _thing: str) -> Iterable[tuple[str, str]]:
        """Nothing was handed on."""
        return ()


def test_makers_of_many_things_are_found_by_walking_each_thing_once() -> None:
    story, source = behind_a_blend(LOTS)
    cut(story, source, STEPS)
    past = CountingPast(makings=story.history().makings)
    makers = Makers(past)
    # From both ends: neither order makes anything be walked again.
    for number in (STEPS - 1, *range(STEPS)):
        assert makers.above(lot(f"s{number}")) == {"coop", "mill"}
    assert len(past.recalled) == len(set(past.recalled))


def test_makers_of_things_that_came_from_each_other_answer_for_all() -> None:
    story = Story()
    around = [lot(f"l{number}") for number in range(4)]
    for number, made in enumerate(around):
        story.do(f"mill{number}", "BLEND", "2026-11-01", inputs=[(around[number - 1], KG)],
                 outputs=[(made, KG)])  # fmt: skip
    makers = Makers(CountingPast(makings=story.history().makings))
    everybody = {f"mill{number}" for number in range(4)}
    assert [makers.above(each) for each in around] == [everybody] * 4


def test_a_rule_that_fails_over_one_thing_is_run_again_over_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs: list[int] = []

    def odd(history: History, _reference: Reference, _now_ms: int) -> Iterable[Found]:
        runs.append(len(history.own))
        if lot("s7") in history.makings and history.is_asked(lot("s7")):
            raise ValueError
        return ()

    rule = replace(RULES[0], judge=odd)
    monkeypatch.setattr("ledger.rules.scopes.bench._THING_RULES", (rule,))
    story, source = behind_a_blend(20)
    cut(story, source, 500)
    shelf = MemoryShelf()
    for fact in story.facts:
        shelf.put(fact)
    pool = Pool(shelf)
    judgement = Bench(pool, Reference(), NOW_MS).judge(touched(pool, story.facts[-500:]))
    assert [defect.scope for defect in judgement.defects] == [f"thing|{lot('s7')}"]
    assert len(runs) < 30
