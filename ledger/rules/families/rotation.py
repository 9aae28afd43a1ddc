"""RO1: the same herb again on a plot that should rest from it."""

from collections.abc import Iterator
from typing import Final

from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.fact import Fact, happened, ids
from ledger.rules.history.history import History

ONE_PLANTING_DAYS: Final = 120  # parts of a plot are sown over weeks, and transplanted after


def ro1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Sown before the herb's years of rotation since its last planting there were over."""
    planted: dict[tuple[str, str], list[Fact]] = {}
    for fact in history.own_of_kind("SOW"):
        for crop in fact.event.outputs:
            herb = history.herb(crop.uri)
            if herb is None or herb.rotation_years is None:
                continue
            for place in history.crop_plots(crop.uri):
                earlier = planted.setdefault((place.uri, herb.id), [])
                years = herb.rotation_years.value
                last = _last_planting(earlier, fact)
                if last is not None and _years_between(last, fact) < years:
                    yield Found(
                        subject=crop.uri,
                        statement_ids=ids(last, fact),
                        cn=f"这块地 {happened(last)} 种过{herb.cn}，应轮作 {years} 年。",
                        en=f"{herb.en} was planted here on {happened(last)}; "
                        f"the plot should rest {years} years from it.",
                        marks=(herb.rotation_years.mark,),
                    )
                earlier.append(fact)


def _last_planting(earlier: list[Fact], fact: Fact) -> Fact | None:
    """The newest sowing that is no part of the same planting."""
    found = [each for each in earlier if (happened(fact) - happened(each)).days > ONE_PLANTING_DAYS]
    return found[-1] if found else None


def _years_between(first: Fact, second: Fact) -> int:
    """Whole years from one day to another."""
    start, end = happened(first), happened(second)
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
