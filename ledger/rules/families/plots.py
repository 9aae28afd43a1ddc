"""GF1 to GF3: where it grew. Outlines and positions are sealed; who may open them brings them."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from ledger.herbs.vocabulary import county_name
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.fact import happened, ids, rows
from ledger.rules.history.history import History
from ledger.rules.history.outlines import CORNERS_MIN, distance_m, overlap

FENCE_M: Final = 100.0
OVERLAP_MAX: Final = 0.1
GI_MARKS: Final = ("专用标志", "地理标志")


def gf1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A harvest signed farther from its plot than the device's accuracy and 100 m explain."""
    for fact in history.own_of_kind("HARVEST"):
        where = history.known.positions.get(fact.statement_id)
        outline = history.known.corners(fact.event.text("plot") or "", happened(fact))
        if where is None or len(outline) < CORNERS_MIN:
            continue
        away_m = distance_m((where.latitude, where.longitude), outline)
        if away_m > where.accuracy_m + FENCE_M:
            for thing in fact.event.outputs:
                yield Found(
                    subject=thing.uri,
                    statement_ids=ids(fact),
                    cn=f"采收记录的位置离地块 {away_m:.0f} 米，"
                    f"定位误差只有 {where.accuracy_m:.0f} 米。",
                    en=f"The harvest was stated {away_m:.0f} m from its plot, "
                    f"with an accuracy of {where.accuracy_m:.0f} m.",
                )


def gf2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Two plots of two actors that share more than a tenth of the ground they cover."""
    drawn = [
        (place, corners)
        for uri, place in sorted(history.places.items())
        if len(corners := history.known.corners(uri)) >= CORNERS_MIN
    ]
    for (one, first), (other, second) in combinations(drawn, 2):
        share = overlap(first, second) if one.actor != other.actor else 0.0
        if share > OVERLAP_MAX:
            for place in (one, other):
                yield Found(
                    subject=place.uri,
                    statement_ids=(),
                    cn=f"两家登记的地块重叠 {share:.0%}。",
                    en=f"Plots of two owners overlap by {share:.0%}.",
                )


def gf3(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A pack with the mark of a geographical indication, and an ancestor from outside its area."""
    for fact in history.own_of_kind("PACK_LABEL"):
        marked = any(
            row.get("name") in GI_MARKS and row.get("value") for row in rows(fact, _FIELDS)
        )
        for thing in fact.event.outputs if marked else ():
            herb = history.herb(thing.uri)
            if herb is None or not herb.gi:
                continue
            area = herb.counties
            for each in history.ancestors(thing.uri):
                made = history.makings.get(each)
                plot = (made.event.text("plot") or "") if made is not None else ""
                place = history.places.get(plot)
                outside = place is not None and place.county not in area
                if made is None or made.event.kind != "HARVEST" or not outside or place is None:
                    continue
                yield Found(
                    subject=thing.uri,
                    statement_ids=ids(fact, made),
                    cn=f"包装用了地理标志，原料却采自保护地域外的{county_name(place.county)}。",
                    en=f"The pack bears a geographical indication, but its herb grew in "
                    f"{county_name(place.county)}, outside the area.",
                    marks=(herb.gi_mark,),
                )


_FIELDS: Final = "label_fields"
