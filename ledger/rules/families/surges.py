"""SV1 and SV2: an actor that suddenly sells more than it ever did, or more than newcomers do."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ledger.herbs.units import format_mass_cn, format_mass_en
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import DAY_MS, day_of
from ledger.rules.history.fact import Fact, ids
from ledger.rules.history.history import History

MONTHS: Final = 24
YEAR: Final = 12
DEVIATIONS: Final = 5
NEW_MS: Final = 60 * DAY_MS
PEERS_MIN: Final = 20  # below, a twentieth is nobody


def sv1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A month far above the last 24, above the same month of the years before, not shared."""
    sales = _by_month(history)
    for actor, months in sales.items():
        for month, facts in months.items():
            before = [_grams(months.get(each, ())) for each in range(month - MONTHS, month)]
            if min(months) > month - MONTHS:
                continue  # two years are needed to know what is usual
            now_g, usual_g = _grams(facts), _median(before)
            spread_g = _median([abs(each - usual_g) for each in before])
            peak_g = max(before[0], before[YEAR])
            if now_g <= usual_g + DEVIATIONS * spread_g or now_g <= 2 * peak_g:
                continue
            if not _peers_rose(sales, actor, month):
                yield Found(
                    subject=actor,
                    statement_ids=ids(*facts),
                    cn=f"当月售出 {format_mass_cn(now_g)}，远高于两年来的中位数 "
                    f"{format_mass_cn(int(usual_g))}。",
                    en=f"{format_mass_en(now_g)} were sold in a month, far above the median of "
                    f"{format_mass_en(int(usual_g))} of two years.",
                )


def sv2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """An actor in its first 60 days that sells more than 95 of 100 others in the same days."""
    sales = history.of_kind("SALE_B2B")
    for actor, joined_ms in sorted(history.joined.items()):
        window = [s for s in sales if 0 <= s.event.event_time_ms - joined_ms < NEW_MS]
        sold: dict[str, list[Fact]] = {}
        for sale in window:
            sold.setdefault(sale.actor, []).append(sale)
        mine = sold.pop(actor, [])
        peers = sorted(_grams(facts) for facts in sold.values())
        if not mine or len(peers) < PEERS_MIN:
            continue
        bound_g = peers[-(-len(peers) * 95 // 100) - 1]
        if _grams(mine) > bound_g:
            yield Found(
                subject=actor,
                statement_ids=ids(*mine),
                cn=f"入网不满六十天，已售出 {format_mass_cn(_grams(mine))}，超过九成五的同行。",
                en=f"Within 60 days of joining {format_mass_en(_grams(mine))} were sold, more "
                "than 95 of 100 others sold in these days.",
            )


def _by_month(history: History) -> dict[str, dict[int, list[Fact]]]:
    """Sales by actor and month, months counted from year 0."""
    found: dict[str, dict[int, list[Fact]]] = {}
    for sale in history.of_kind("SALE_B2B"):
        day = day_of(sale.event.event_time_ms)
        month = day.year * YEAR + day.month - 1
        found.setdefault(sale.actor, {}).setdefault(month, []).append(sale)
    return found


def _peers_rose(sales: Mapping[str, Mapping[int, Sequence[Fact]]], actor: str, month: int) -> bool:
    """Whether the others together sold at least twice their usual month too."""
    peers = [months for name, months in sales.items() if name != actor]
    totals = [
        sum(_grams(months.get(each, ())) for months in peers)
        for each in range(month - MONTHS, month + 1)
    ]
    usual_g = _median(totals[:-1])
    return usual_g > 0 and totals[-1] >= 2 * usual_g


def _grams(facts: Sequence[Fact]) -> int:
    return sum(thing.mass_g or 0 for fact in facts for thing in fact.event.about)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
