"""MB1, MB6, MB7: no land bears more than it can. Grams and m², compared without rounding.

Caps are alert bounds, as sure as the published yields that they stand above.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from ledger.herbs.events import Thing
from ledger.herbs.units import format_area_cn, format_mass_cn, format_mass_en
from ledger.herbs.vocabulary import Herb, county_name
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import day_of
from ledger.rules.history.fact import Fact, happened, ids, rows, whole
from ledger.rules.history.history import History

MONTHS: Final = 12
FRESH: Final = "鲜"  # 鲜地黄: a drug that is sold as it was dug
DRYING: Final = frozenset({"DRY", "STEAM_BOIL"})
_SALES: Final = ("SALE_B2B", "SALE_RETAIL")


def mb1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """More fresh herb from a crop than its harvested area can bear."""
    for crop, harvests in _harvests_by_crop(history).items():
        herb = history.herb(crop) or harvests[0].event.herb
        area_m2 = _area_m2(history, crop, harvests)
        if herb is None or not area_m2:
            continue
        mass_g = sum(_made_g(fact) for fact in harvests)
        cap_kg_mu, stated = _cap(history, herb, harvests[0])
        high = herb.fresh_yield_kg_mu
        red = cap_kg_mu is not None and _above(mass_g, area_m2, cap_kg_mu)
        if red or (high is not None and _above(mass_g, area_m2, high.value[1])):
            yield Found(
                subject=crop,
                statement_ids=(*ids(*harvests), *stated),
                cn=f"{format_area_cn(area_m2)}{herb.cn}采收 {format_mass_cn(mass_g)}，超过"
                + (f"亩产上限 {cap_kg_mu} 公斤。" if red else "已发表的最高亩产。"),
                en=f"{format_mass_en(mass_g)} of {herb.en} from {area_m2} m² is more than "
                + (f"the cap of {cap_kg_mu} kg per mu." if red else "the highest published yield."),
                severity="red" if red else "amber",
                # A base's signed cap is as sure as its signature.
                marks=() if high is None or (red and stated) else (high.mark,),
            )


def mb6(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """More of a herb sold in a season as a county's than that county's recorded land can bear."""
    sold = _sold_as(history)
    land = _land(history)
    for (county, herb_id, season), lots in sold.items():
        harvests = land.get((county, herb_id, season), [])
        herb = history.herb(lots[0][0])
        high = herb.dry_yield_kg_mu if herb is not None else None
        # Land that is not on the ledger is unknown, not none; so is a yield that nobody knows.
        if herb is None or high is None or not harvests:
            continue
        sold_g = sum(mass_g for _, mass_g, _ in lots)
        fresh_g = sum(mass_g for lot, mass_g, _ in lots if _is_fresh(history, lot))
        # What was in stock before is dry: fresh root does not keep from one season to the next.
        dry_g = max(0, sold_g - fresh_g - history.known.opening_g.get((county, herb_id), 0))
        area_m2 = sum(whole(fact, "area_m2") or 0 for fact in harvests)
        worth_m2, stated = _worth_m2(history, herb, harvests)
        fresh_high = herb.fresh_yield_kg_mu.value[1] if herb.fresh_yield_kg_mu else None
        red = _exceeds(fresh_g, dry_g, worth_m2, herb.fresh_cap_kg_mu, herb.dry_cap_kg_mu)
        if not red and not _exceeds(fresh_g, dry_g, area_m2, fresh_high, high.value[1]):
            continue
        facts = [fact for _, _, found in lots for fact in found]
        for lot, _, _ in lots:
            yield Found(
                subject=lot,
                statement_ids=(*ids(*facts), *stated),
                cn=f"本季以{county_name(county)}为产地售出{herb.cn} {format_mass_cn(sold_g)}，"
                f"当地登记采收面积只有 {format_area_cn(area_m2)}。",
                en=f"{format_mass_en(sold_g)} of {herb.en} were sold this season as from "
                f"{county_name(county)}, where {area_m2} m² were harvested on record.",
                severity="red" if red else "amber",
                marks=(high.mark,),
            )


def mb7(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A farmer who sells more fresh herb in a year than his own plots can bear."""
    bought: dict[tuple[str, str, int], list[Fact]] = {}
    for fact in history.of_kind("PURCHASE"):
        seller = history.known.sellers.get(fact.statement_id)
        thing = next(iter((*fact.event.outputs, *fact.event.about)), None)
        herb = history.herb(thing.uri) if thing is not None else None
        if seller and herb is not None:
            bought.setdefault((seller, herb.id, happened(fact).year), []).append(fact)
    for (seller, _, _), facts in bought.items():
        herb = _herb_of(history, facts[0])
        plots = [
            place
            for place in history.places.values()
            if place.actor == seller and place.kind == "plot"
        ]
        area_m2 = sum(place.area_m2 for place in plots)
        mass_g = sum(
            thing.mass_g or 0
            for fact in facts
            for thing in (*fact.event.outputs, *fact.event.about)
        )
        cap_kg_mu, high = herb.fresh_cap_kg_mu, herb.fresh_yield_kg_mu
        if not (area_m2 and cap_kg_mu and high):
            continue
        own = [place.cap(herb.id, happened(facts[0])) for place in plots]
        caps_kg_mu = [cap.fresh_kg_mu if cap is not None else cap_kg_mu for cap in own]
        borne = sum(place.area_m2 * each for place, each in zip(plots, caps_kg_mu, strict=True))
        if _above(mass_g, borne, 1):
            yield Found(
                subject=seller,
                statement_ids=(*ids(*facts), *(cap.statement_id for cap in own if cap)),
                cn=f"这户一年售出{herb.cn} {format_mass_cn(mass_g)}，"
                f"自有地块 {format_area_cn(area_m2)}种不出这么多。",
                en=f"This farmer sold {format_mass_en(mass_g)} of {herb.en} in a year, more than "
                f"{area_m2} m² of plots can bear.",
                marks=(high.mark,),
            )


def _above(mass_g: int, area_m2: int, kg_mu: int) -> bool:
    """Whether a yield is above so many kg per 亩 of 2000/3 m², exactly."""
    return 2 * mass_g > 3 * kg_mu * area_m2


def _worth_m2(
    history: History, herb: Herb, harvests: Iterable[Fact]
) -> tuple[Fraction, tuple[str, ...]]:
    """The harvested area in m² of land as the herb's own cap describes it, and the bases' words.

    A base that says that its land bears half as much again counts half as much again: its cap is
    stated of the fresh herb, and what is dried of it follows.
    """
    worth_m2 = Fraction(0)
    stated: dict[str, None] = {}
    for fact in harvests:
        area_m2 = whole(fact, "area_m2") or 0
        place = history.places.get(fact.event.text("plot") or "")
        own = place.cap(herb.id, happened(fact)) if place is not None else None
        if own is not None and herb.fresh_cap_kg_mu:
            worth_m2 += Fraction(area_m2 * own.fresh_kg_mu, herb.fresh_cap_kg_mu)
            stated[own.statement_id] = None
        else:
            worth_m2 += area_m2
    return worth_m2, tuple(stated)


def _exceeds(
    fresh_g: int,
    dry_g: int,
    area_m2: int | Fraction,
    fresh_kg_mu: int | None,
    dry_kg_mu: int | None,
) -> bool:
    """Whether fresh and dry kilograms need more land together than there is; no figure, no sum."""
    if (fresh_g and fresh_kg_mu is None) or (dry_g and dry_kg_mu is None):
        return False
    needed_m2 = Fraction(2 * fresh_g, 3 * (fresh_kg_mu or 1))
    needed_m2 += Fraction(2 * dry_g, 3 * (dry_kg_mu or 1))
    return needed_m2 > area_m2


def _is_fresh(history: History, lot: str) -> bool:
    """Whether a lot was harvested here and nobody has dried it since, or is sold as fresh."""
    if (history.drug(lot) or "").startswith(FRESH):
        return True
    made = [history.makings.get(each) for each in (lot, *history.ancestors(lot))]
    kinds = {fact.event.kind for fact in made if fact is not None}
    return "HARVEST" in kinds and kinds.isdisjoint(DRYING)


def _harvests_by_crop(history: History) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in history.own_of_kind("HARVEST"):
        weighed = _made_g(fact) > 0 and whole(fact, "area_m2")
        for thing in history.taken(fact)[:1] if weighed else ():
            found.setdefault(thing.uri, []).append(fact)
    return found


def _area_m2(history: History, crop: str, harvests: Iterable[Fact]) -> int:
    """Several pickings of one field state its area each time: never more than was sown."""
    stated_m2 = sum(whole(fact, "area_m2") or 0 for fact in harvests)
    sown = history.makings.get(crop)
    bound_m2 = whole(sown, "area_m2") if sown is not None else None
    plots_m2 = sum(place.area_m2 for place in history.crop_plots(crop))
    return min(each for each in (stated_m2, bound_m2, plots_m2) if each)


def _made_g(fact: Fact) -> int:
    return sum(thing.mass_g or 0 for thing in fact.event.outputs)


def _cap(history: History, herb: Herb, harvest: Fact) -> tuple[int | None, tuple[str, ...]]:
    """The cap in kg per 亩 on the day of harvest, and the id of the base's statement that gives it.

    The base's own, else that of the named cultivar, else the herb's.
    """
    place = history.places.get(harvest.event.text("plot") or "")
    own = place.cap(herb.id, happened(harvest)) if place is not None else None
    if own is not None:
        return own.fresh_kg_mu, (own.statement_id,)
    named = harvest.event.drug or ""
    drug = herb.drug(named)
    if drug is not None and named != drug.cn and drug.fresh_cap_kg_mu is not None:
        return drug.fresh_cap_kg_mu, ()
    return herb.fresh_cap_kg_mu, ()


def _season(herb: Herb, time_ms: int) -> int:
    """The year in which the season began, which the first month of harvest opens."""
    day = day_of(time_ms)
    first = herb.harvest_months.value[0] if herb.harvest_months is not None else 1
    return day.year if day.month >= first else day.year - 1


def _land(history: History) -> dict[tuple[str, str, int], list[Fact]]:
    """Harvests with their area by county, herb and season."""
    found: dict[tuple[str, str, int], list[Fact]] = {}
    for fact in history.of_kind("HARVEST"):
        place = history.places.get(fact.event.text("plot") or "")
        thing = next(iter(fact.event.outputs), None)
        herb = history.herb(thing.uri) if thing is not None else None
        # What a stranger says he cut on somebody's land makes that land no larger.
        cut = history.taken(fact) or not fact.event.inputs
        if place is not None and herb is not None and cut:
            key = (place.county, herb.id, _season(herb, fact.event.event_time_ms))
            found.setdefault(key, []).append(fact)
    return found


def _sold_as(
    history: History,
) -> dict[tuple[str, str, int], list[tuple[str, int, list[Fact]]]]:
    """Lots sold as of a county, each kilogram once: the most that one seller sold of a lot.

    What was made from a lot that was sold so already is, in that part, the same kilograms again.
    """
    sales: dict[str, list[Fact]] = {}
    for fact in history.of_kind(*_SALES):
        for thing in fact.event.about:
            if thing.mass_g is not None:
                sales.setdefault(thing.uri, []).append(fact)
    found: dict[tuple[str, str, int], list[tuple[str, int, list[Fact]]]] = {}
    shares: dict[str, Fraction] = {}
    for lot, facts in sales.items():
        herb = history.herb(lot)
        county = _county(history, lot, facts)
        again = _sold_before(history, lot, sales, shares)
        if herb is None or county is None or again == 1:
            continue
        sellers = {fact.actor for fact in facts}
        most_g = max(_sold_g(lot, [f for f in facts if f.actor == name]) for name in sellers)
        most_g = math.floor(most_g * (1 - again))
        key = (county, herb.id, _season(herb, facts[0].event.event_time_ms))
        found.setdefault(key, []).append((lot, most_g, facts))
    return found


def _sold_before(
    history: History, lot: str, sales: Mapping[str, object], shares: dict[str, Fraction]
) -> Fraction:
    """The part of a lot's kilograms that went into it from lots that were sold already.

    An input without a weight leaves that open, and a loop too: the whole then counts as sold.
    """
    waiting, met = [lot], {lot}
    while waiting:
        each = waiting[-1]
        inputs = _herb_inputs(history, each)
        unknown = {thing.uri for thing in inputs} - met - shares.keys() - sales.keys()
        if unknown:
            waiting += sorted(unknown)
            met |= unknown
            continue
        waiting.pop()
        total_g = sum(thing.mass_g or 0 for thing in inputs)
        parts = [
            (thing, Fraction(1) if thing.uri in sales else shares.get(thing.uri, Fraction(1)))
            for thing in inputs
        ]
        if any(part and thing.mass_g is None for thing, part in parts):
            shares[each] = Fraction(1)
        else:
            sold_g = sum(((thing.mass_g or 0) * part for thing, part in parts), Fraction(0))
            shares[each] = sold_g / total_g if total_g else Fraction(0)
    return shares[lot]


def _herb_inputs(history: History, lot: str) -> list[Thing]:
    """What a lot's making took in of the herb: a crop has not been sold, wine is no herb."""
    made = history.makings.get(lot)
    if made is None or made.event.kind == "HARVEST":
        return []
    return [thing for thing in made.event.inputs if history.herb(thing.uri) is not None]


def _sold_g(lot: str, facts: Iterable[Fact]) -> int:
    return sum(
        thing.mass_g or 0 for fact in facts for thing in fact.event.about if thing.uri == lot
    )


def _county(history: History, lot: str, facts: Iterable[Fact]) -> str | None:
    """The county that papers or pack name as origin, by the one whose plots are on the ledger."""
    made = history.makings.get(lot)
    labels = [row for fact in facts for row in rows(fact, "label_pack")]
    labels += rows(made, "label_fields") if made is not None else []
    said = " ".join(str(row.get("value")) for row in labels if row.get("name") == "产地")
    bought = [history.makings.get(each) for each in (lot, *history.ancestors(lot))]
    codes = [fact.event.text("county") for fact in bought if fact is not None]
    counties = sorted({place.county for place in history.places.values()})
    named = (code for code in counties if county_name(code) in said or code in codes)
    return next(named, None)


def _herb_of(history: History, purchase: Fact) -> Herb:
    thing = (*purchase.event.outputs, *purchase.event.about)[0]
    herb = history.herb(thing.uri)
    assert herb is not None  # only purchases of a known herb were gathered
    return herb
