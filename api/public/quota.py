"""/quota: what the land of a county can bear of a herb, and what was harvested, packed, labelled.

A county that labels more than it can grow shows it here; each figure leads to its statements.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from api.answers.pages import Display, display_of, page
from api.opened.ledger import OpenedLedger
from api.public.harvests import UNKNOWN_SITE, Harvest, HarvestBook, Packed, Picture, season_of
from api.shown.values import shown_area, shown_mass, shown_place
from ledger.errors import FormError, NotFoundError
from ledger.herbs.identifiers import code_of_uri, grouped
from ledger.herbs.vocabulary import Herb
from ledger.herbs.vocabulary import herb as herb_of
from ledger.statements.roll import SiteRecord

LINKS_MAX: Final = 50  # statements listed under one base; the sums are over all of them
GRAMS_PER_M2: Final = Fraction(3, 2)  # of one kilogram per 亩 of 2000/3 m²
UNVERIFIED: Final = "unverified"
WHOLE: Final = 100
GRAMS: Final = 1_000  # of a kilogram
CAP_STEP_G: Final = 10_000  # a bound is said to ten kilograms: it knows no grams
HEADERS: Final = {"Cache-Control": "public, max-age=60", "Vary": "Accept"}

Sites = Mapping[str, SiteRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Grams and m² of some plots in a season; caps are for fresh and for dried herb."""

    area_m2: int
    fresh_cap_g: int
    dry_cap_g: int
    harvested_g: int
    packed_g: int
    labelled_g: int


@get("/quota", sync_to_thread=True, include_in_schema=False)
def quota_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    harvest_book: NamedDependency[HarvestBook],
    season: FromQuery[int | None] = None,
) -> Response[str]:
    """Every county and herb of a season, the newest unless another is asked for."""
    shown, picture = display_of(request), harvest_book.picture()
    grown = {each.season for each in picture.harvests}
    seasons = sorted(grown | {each.season for each in picture.packings}, reverse=True)
    chosen = season if season is not None else next(iter(seasons), season_of(None, opened.clock()))
    sites = opened.replica.registry.sites
    rows = []
    for county, herb_id in sorted(_pairs(picture, chosen, sites)):
        herb = herb_of(herb_id)
        if herb is None:
            continue
        chosen_harvests, chosen_packings = _of(picture, chosen, herb_id)
        wanted = {uri for uri, site in sites.items() if site.county == county}
        meter = _meter(herb, wanted, sites, chosen_harvests, chosen_packings)
        rows.append(
            {
                "place": shown.say(shown_place(county)),
                "herb": herb.en if shown.english else herb.cn,
                "path": f"/quota/{chosen}/{county}/{herb_id}",
                **_shown(meter, herb, shown),
            }
        )
    context = {
        "season": chosen,
        "others": [each for each in seasons if each != chosen],
        "rows": rows,
        "behind": _behind(picture),
    }
    return page(request, "public/quota.html", context, headers=HEADERS)


@get("/quota/{season:int}/{county:str}/{herb_id:str}", sync_to_thread=True, include_in_schema=False)
def quota_of_county(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    harvest_book: NamedDependency[HarvestBook],
    season: FromPath[int],
    county: FromPath[str],
    herb_id: FromPath[str],
) -> Response[str]:
    """The bases behind one figure, and the statements behind each."""
    shown, picture, herb = display_of(request), harvest_book.picture(), herb_of(herb_id)
    sites = opened.replica.registry.sites
    if herb is None or (county, herb_id) not in _pairs(picture, season, sites):
        raise NotFoundError("not_found", "nothing was harvested or packed of this")
    harvests, packings = _of(picture, season, herb_id)
    named = {each.site for each in harvests} | {uri for each in packings for uri in each.shares}
    bases = []
    for uri in sorted(uri for uri in named if uri in sites and sites[uri].county == county):
        meter = _meter(herb, {uri}, sites, harvests, packings)
        own = [each for each in harvests if each.site == uri]
        made = [each for each in packings if each.shares.get(uri)]
        bases.append(
            {
                "name": str(sites[uri].body.get("name", "")) or grouped(_code(uri)),
                **_shown(meter, herb, shown),
                "lists": [
                    _listed(shown.say("采收"), own, shown),
                    _listed(shown.say("包装"), made, shown),
                ],
            }
        )
    context = {
        "season": season,
        "place": shown.say(shown_place(county)),
        "herb": herb.en if shown.english else herb.cn,
        "gi": [herb.gi] if herb.gi else [],
        "gi_unverified": herb.gi_mark == UNVERIFIED,
        "bases": bases,
        "behind": _behind(picture),
    }
    return page(request, "public/quota_county.html", context, headers=HEADERS)


def _pairs(picture: Picture, season: int, sites: Sites) -> set[tuple[str, str]]:
    """Counties and herbs of which something was harvested or packed."""
    grown = {(each.site, each.herb) for each in picture.harvests if each.season == season}
    packed = {
        (uri, each.herb)
        for each in picture.packings
        if each.season == season
        for uri in each.shares
    }
    return {
        (sites[uri].county, herb)
        for uri, herb in grown | packed
        if uri != UNKNOWN_SITE and uri in sites
    }


def _of(picture: Picture, season: int, herb: str) -> tuple[list[Harvest], list[Packed]]:
    return (
        [each for each in picture.harvests if (each.season, each.herb) == (season, herb)],
        [each for each in picture.packings if (each.season, each.herb) == (season, herb)],
    )


def _meter(
    herb: Herb,
    wanted: Iterable[str],
    sites: Sites,
    harvests: Sequence[Harvest],
    packings: Sequence[Packed],
) -> Meter:
    chosen = set(wanted)
    own = [each for each in harvests if each.site in chosen]
    # Several pickings of one plot state its area each time: never more than is registered.
    picked: dict[str, int] = {}
    for each in own:
        picked[each.site] = picked.get(each.site, 0) + each.area_m2
    area_m2 = sum(min(area, sites[uri].area_m2) for uri, area in picked.items() if uri in sites)
    shared = [(each, sum(each.shares.get(uri, Fraction(0)) for uri in chosen)) for each in packings]
    return Meter(
        area_m2=area_m2,
        fresh_cap_g=int(area_m2 * (herb.fresh_cap_kg_mu or 0) * GRAMS_PER_M2),
        dry_cap_g=int(area_m2 * (herb.dry_cap_kg_mu or 0) * GRAMS_PER_M2),
        harvested_g=sum(each.mass_g for each in own),
        packed_g=int(sum(each.mass_g * share for each, share in shared)),
        labelled_g=int(sum(each.labelled_g * share for each, share in shared)),
    )


def _shown(meter: Meter, herb: Herb, display: Display) -> dict[str, Any]:
    english = display.english
    figures = (
        ("采收（鲜）", meter.harvested_g, meter.fresh_cap_g),
        ("包装（干）", meter.packed_g, meter.dry_cap_g),
        ("已打标（干）", meter.labelled_g, meter.dry_cap_g),
    )
    return {
        "area": shown_area(meter.area_m2, english=english),
        "unverified": UNVERIFIED
        in {each.mark for each in (herb.fresh_yield_kg_mu, herb.dry_yield_kg_mu) if each},
        "figures": [
            {
                "name": display.say(name),
                "mass": shown_mass(_whole_kg(mass_g), english=english),
                "cap": shown_mass(cap_g - cap_g % CAP_STEP_G, english=english) if cap_g else "—",
                "percent": WHOLE * mass_g // cap_g if cap_g else 0,
                "width": min(WHOLE, WHOLE * mass_g // cap_g) if cap_g else WHOLE * bool(mass_g),
                "over": mass_g > cap_g,
            }
            for name, mass_g, cap_g in figures
        ],
    }


def _whole_kg(mass_g: int) -> int:
    """Shares of blends end in grams that nobody weighed: from a kilogram on, whole kilograms."""
    return mass_g if mass_g < GRAMS else round(mass_g / GRAMS) * GRAMS


def _listed(name: str, found: Sequence[Harvest | Packed], display: Display) -> dict[str, Any]:
    return {
        "name": name,
        "count": len(found),
        "more": max(0, len(found) - LINKS_MAX),
        "links": [
            {
                "code": _code(each.lot),
                "mass": shown_mass(each.mass_g, english=display.english),
                "statement_id": each.statement_id,
            }
            for each in found[:LINKS_MAX]
        ],
    }


def _behind(picture: Picture) -> list[tuple[int, int]]:
    return [(picture.size, picture.of)] if picture.size < picture.of else []


def _code(uri: str) -> str:
    try:
        return code_of_uri(uri)
    except FormError:
        return uri


HANDLERS: Final = (quota_page, quota_of_county)
