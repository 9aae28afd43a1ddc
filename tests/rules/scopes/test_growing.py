"""What a device posts gives findings about as long as what it posted: counted, by no clock."""

from collections.abc import Callable
from datetime import date

import pytest

from ledger.rules.balance.book import Book
from ledger.rules.findings.finding import EVIDENCE_MAX, Finding, Reference
from ledger.rules.findings.kept import finding_id
from ledger.rules.history.topics import Sited
from ledger.rules.judge import judge
from tests.rules.shelves import Follower, MemoryShelf
from tests.rules.story import CANGXI, HONEST_LABEL, KG, Story, crop, label, lot, ms, plot, row

NOW_MS = ms("2027-06-01")
MARKED = label(HONEST_LABEL | {"专用标志": "有"})


def outside(story: Story, count: int) -> None:
    """So many harvests from outside the area behind each of as many packs that bear its mark."""
    where = story.place(plot("far"), county=CANGXI, actor="coop")
    cut = [lot(f"h{n}") for n in range(count)]
    for each in cut:
        story.do("coop", "HARVEST", "2026-10-20", inputs=[(crop(each[-4:]), None)], plot=where,
                 outputs=[(each, KG)], herb="huaishanyao", area_m2=900)  # fmt: skip
    source = cut[0]
    for start in range(1, count, 99):
        taken = dict.fromkeys([source, *cut[start : start + 99]], KG)
        source = lot(f"b{start}")
        story.do("mill", "BLEND", "2026-11-01", inputs=taken.items(), outputs=[(source, KG)])
    for n in range(count):
        story.do("mill", "PACK_LABEL", "2026-12-01", inputs=[(source, 1)], unit_g=1, count=1,
                 outputs=[(lot(f"p{n}"), 1)], label_fields=MARKED)  # fmt: skip


def overdraw(story: Story, count: int) -> None:
    """A lot of which more is sold with each of so many sales."""
    fresh = story.grow(fresh_g=KG)
    for n in range(count):
        story.do("coop", "SALE_B2B", f"2026-11-{6 + n // 1440:02} {n // 60 % 24:02}:{n % 60:02}",
                 about=[(fresh, KG)])  # fmt: skip


def overdrawn_by_many(story: Story, count: int) -> None:
    """A lot of which so many holders each sell more than they ever had."""
    fresh = story.grow(fresh_g=KG)
    for n in range(count):
        story.hands("coop", f"shop{n}", fresh, 1, "2026-11-06")
        story.do(f"shop{n}", "SALE_B2B", "2026-11-07", about=[(fresh, KG)])


def spray_and_cut(story: Story, count: int) -> None:
    """A field that was sprayed so often, and as often cut too early."""
    where = story.place(plot("field"), actor="coop")
    story.do("coop", "SOW", "2026-04-01", inputs=[(where, None)], outputs=[(crop(), None)])
    for n in range(count):
        story.do("coop", "PESTICIDE", "2026-10-01", about=[(crop(), None)], product="多菌灵",
                 phi_days=300, area_m2=900)  # fmt: skip
        story.do("coop", "HARVEST", "2026-11-01", inputs=[(crop(), None)], plot=where,
                 outputs=[(lot(f"h{n}"), KG)], area_m2=900)  # fmt: skip


def one_report(story: Story, count: int) -> None:
    """One report for so many lots."""
    for n in range(count):
        story.do(
            "coop",
            "TEST",
            "2026-11-01",
            about=[(lot(f"l{n}"), None)],
            report_no="R",
            items=[row("水分", 12)],
        )


def sample(story: Story, count: int) -> None:
    """As many samples without a result as tests that passed."""
    for n in range(count):
        story.do("lab", "SAMPLE", "2026-11-01", about=[(lot("l"), None)], sample_id=f"S{n}")
        story.do(
            "lab",
            "TEST",
            "2026-11-02",
            about=[(lot("l"), None)],
            sample_id="T",
            items=[row("水分", 12)],
        )


def release(story: Story, count: int) -> None:
    """A lot that failed so often, and was as often released."""
    failed = [row("水分", 19, passed=False)]
    for n in range(count):
        story.do(f"lab{n}", "TEST", "2026-11-02", about=[(lot("l"), None)], items=failed)
        story.do("mill", "RELEASE", "2026-11-03", about=[(lot("l"), None)], decision="release")


def sulphur(story: Story, count: int) -> None:
    """A test that says of many lots many times how much sulphur is in them."""
    lots = [lot(f"l{n}") for n in range(count // 2)]
    for each in lots:
        story.do("mill", "SULPHUR", "2026-11-01", about=[(each, None)], used=False)
    items = [row("二氧化硫", 900 + n) for n in range(count // 2)]
    story.do("lab", "TEST", "2026-11-02", about=[(each, None) for each in lots], items=items)


Attack = Callable[[Story, int], None]
ATTACKS = [
    outside,
    overdraw,
    overdrawn_by_many,
    spray_and_cut,
    one_report,
    sample,
    release,
    sulphur,
]


SMALL = [overdrawn_by_many, sulphur]  # many findings, of few statements each


def size(attack: Attack, count: int) -> int:
    """How many findings there are, and statements that they list."""
    story = Story()
    attack(story, count)
    found = judge(story.history(), Reference(), NOW_MS)
    assert found
    return sum(1 + len(finding.statement_ids) for finding in found)


@pytest.mark.parametrize("attack", ATTACKS)
def test_findings_grow_about_as_what_was_posted(attack: Attack) -> None:
    few, many = EVIDENCE_MAX + 10, 4 * (EVIDENCE_MAX + 10)
    assert size(attack, many) <= 5 * size(attack, few)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_judged_as_it_arrives_is_what_a_replay_finds(attack: Attack) -> None:
    story = Story()
    attack(story, EVIDENCE_MAX + 2)
    sites = [
        Sited(index=10**6 + n, statement_id=place.uri, site=place.uri, since=date(2026, 1, 1))
        for n, place in enumerate(story.places)
    ]
    shelf = MemoryShelf(
        register={place.uri: place for place in story.places}, known_now=story.known
    )
    follower = Follower(shelf)
    middle = len(story.facts) // 2
    for part in (sites, story.facts[:middle], story.facts[middle:]):
        follower.take(part, NOW_MS)
    assert follower.findings(NOW_MS) == follower.replayed(NOW_MS)
    assert attack in SMALL or any(found.is_cut for found in follower.findings(NOW_MS))


def only(story: Story, rule: str) -> Finding:
    (found,) = story.findings(rule)
    return found


def test_a_finding_of_many_statements_lists_the_first_and_the_last_and_counts_them() -> None:
    story = Story()
    overdraw(story, 90)
    sales = [fact.statement_id for fact in story.facts if fact.event.kind == "SALE_B2B"]
    found = next(f for f in story.findings("MB4") if f.holds)
    assert found.statement_ids == (*sales[: EVIDENCE_MAX - 1], sales[-1])
    assert "共涉及 90 条记录" in found.message_cn
    assert "90 statements" in found.message_en


def test_a_finding_of_more_statements_than_it_lists_has_another_number_with_each() -> None:
    numbers = set()
    for count in (90, 91, 92):
        story = Story()
        overdraw(story, 90)
        for n in range(90, count):  # among the others: neither of the first nor the last
            story.do("coop", "SALE_B2B", f"2026-11-06 01:{n - 61:02}", about=[(lot("field"), KG)])
        numbers.add(finding_id(next(f for f in story.findings("MB4") if f.holds)))
    assert len(numbers) == 3


def test_a_pack_with_the_mark_names_one_place_outside_and_counts_the_harvests() -> None:
    story = Story()
    outside(story, 3)
    found = [f for f in story.findings("GF3") if f.subject == lot("p0")]
    assert [f.message_cn for f in found] == [
        "包装用了地理标志，原料却采自保护地域外的苍溪县等地，共 3 次采收。"
    ]
    assert len(found[0].statement_ids) == 4


@pytest.mark.parametrize("attack", [overdraw, overdrawn_by_many])
def test_a_lots_balance_looks_at_each_holder_once_a_move(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    held = Book.held
    monkeypatch.setattr(Book, "held", lambda *of: (asked.append(of[2]), held(*of))[1])
    for count in (20, 80):
        story = Story()
        attack(story, count)
        asked.clear()
        story.findings("MB4")
        assert len(asked) < 3 * len(story.facts)
