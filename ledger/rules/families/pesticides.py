"""PH1, PB1, PB2: pesticides. Source: 农药管理条例 (2022) article 34."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from ledger.canonical import JsonValue
from ledger.herbs.pesticides import barred_class, barred_pesticides
from ledger.herbs.vocabulary import kind
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.fact import Fact, happened, ids, whole
from ledger.rules.history.history import History

_ML: Final = {
    "g": 1,
    "克": 1,
    "ml": 1,
    "毫升": 1,
    "kg": 1000,
    "公斤": 1000,
    "千克": 1000,
    "l": 1000,
    "升": 1000,
}
_AMOUNT: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([a-zA-Z克毫升公斤千]{1,3})\s*(/\s*亩)?")


def ph1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Harvested before the safety interval of the last spray, typed from its label, was over."""
    for harvest in history.own_of_kind("HARVEST"):
        for thing in harvest.event.inputs:
            sprays = [
                (spray, days)
                for spray in history.on(thing.uri, "PESTICIDE")
                if (days := whole(spray, "phi_days")) is not None
                and spray.event.event_time_ms <= harvest.event.event_time_ms
                and (happened(harvest) - happened(spray)).days < days
            ]
            for spray, days in sprays:
                elsewhere = _elsewhere(history, thing.uri, spray, harvest)
                for lot in harvest.event.outputs:
                    yield Found(
                        subject=lot.uri,
                        statement_ids=ids(spray, harvest),
                        cn=f"{happened(spray)} 用药，安全间隔期 {days} 天，"
                        f"{happened(harvest)} 就采收了。",
                        en=f"Sprayed on {happened(spray)} with an interval of {days} days, "
                        f"harvested on {happened(harvest)}.",
                        severity="amber" if elsewhere else "hold",
                    )


def pb1(history: History, reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A pesticide that is barred on herbs on the day of use, by name or by class of toxicity."""
    for fact in history.of_kind("PESTICIDE", "INPUT_PURCHASE"):
        day = happened(fact)
        said = " ".join(fact.event.text(key) or "" for key in ("active_ingredient", "product"))
        toxic = barred_class(f"{_toxicity(fact)} {said}", day, rule=reference.class_rule)
        named = barred_pesticides(said, day, pesticides=reference.pesticides)
        if not named and toxic is None:
            continue
        what_cn = "、".join(each.cn for each in named) or f"{toxic}农药"
        what_en = ", ".join(each.en for each in named) or "a highly toxic pesticide"
        marks = [each.mark for each in named]
        # One sourced reason is enough to hold; what is only unverified warns.
        sure = toxic is not None or any(mark != "unverified" for mark in marks)
        used = fact.event.kind == "PESTICIDE"
        yield Found(
            subject=_subject(fact),
            statement_ids=ids(fact),
            cn=f"{'使用' if used else '购进'}了中药材上禁用的{what_cn}。",
            en=f"{what_en} is barred on herbs and was {'used' if used else 'bought'}.",
            severity="hold" if used else "red",
            marks=() if sure else ("unverified",),
        )


def pb2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """More of a pesticide used than bought, by registration number, for those who log purchases."""
    bought: dict[tuple[str, str], list[Fact]] = {}
    for fact in history.of_kind("INPUT_PURCHASE"):
        bought.setdefault((fact.actor, fact.event.text("reg_no") or ""), []).append(fact)
    for (actor, reg_no), purchases in bought.items():
        uses = [
            fact
            for fact in history.of_kind("PESTICIDE")
            if fact.actor == actor and fact.event.text("reg_no") == reg_no
        ]
        had = [_amount(fact.event.elements.get("quantity"), "kg", 0) for fact in purchases]
        spent = [
            _amount(fact.event.elements.get("dose"), "g/亩", whole(fact, "area_m2") or 0)
            for fact in uses
        ]
        used = sum((each for each in spent if each is not None), Fraction(0))
        if None in had or used <= sum((each for each in had if each is not None), Fraction(0)):
            continue
        yield Found(
            subject=_subject(uses[0]),
            statement_ids=ids(*purchases, *uses),
            cn=f"{reg_no} 号农药用去的比购进的多。",
            en=f"More of pesticide {reg_no} was used than was bought.",
        )


def _toxicity(fact: Fact) -> str:
    """The class of toxicity in the label's own word."""
    word = fact.event.text("toxicity") or ""
    element = kind(fact.event.kind).element("toxicity")
    return dict(element.choices).get(word, word) if element is not None else word


def _elsewhere(history: History, crop: str, spray: Fact, harvest: Fact) -> bool:
    """Whether sprayed and harvested parts fit beside each other on the sown area."""
    sown = history.makings.get(crop)
    sown_m2 = whole(sown, "area_m2") if sown is not None else None
    sprayed_m2, cut_m2 = whole(spray, "area_m2"), whole(harvest, "area_m2")
    if sown_m2 is None or not sprayed_m2 or not cut_m2:
        return False
    return sprayed_m2 + cut_m2 <= sown_m2


def _subject(fact: Fact) -> str:
    """The crop that was treated; a purchase is about the place that it was made for."""
    return next((thing.uri for thing in fact.event.about), fact.event.site or fact.subject)


def _amount(value: JsonValue, unit: str, area_m2: int) -> Fraction | None:
    """Grams or millilitres of an amount as people write it; None where it cannot be read."""
    typed = f"{value} {unit}" if isinstance(value, int | float) else str(value)
    match = _AMOUNT.match(typed)
    if match is None or match[2].lower() not in _ML:
        return None
    amount = Fraction(match[1]) * _ML[match[2].lower()]
    return amount * Fraction(area_m2 * 3, 2000) if match[3] else amount
