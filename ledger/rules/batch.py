"""GAP batch: whether lots may be merged as one batch, as far as their history tells.

A batch shares base ecology, seed source, growth cycle, management, harvest, processing and quality;
else the lots make a declared blend. Source: GAP 2022 No. 22, its definition of 批.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from ledger.herbs.vocabulary import county_name, kind
from ledger.rules.history.fact import Fact, happened
from ledger.rules.history.history import History

HARVEST_DAYS_MAX: Final = 30  # of one picking; chosen here, the regulation names no number
DAYS_OF_YEAR: Final = 365
_PROCESSING: Final = ("WASH_SORT", "STEAM_BOIL", "DRY", "CUT_GRADE", "SWEAT", "SULPHUR")

QUALITY: Final = "same_quality"  # the merge's form has no flag for it

Said: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What speaks against one batch. `key` is the flag of the merge's form, or `same_quality`."""

    key: str
    cn: str
    en: str


def batch_differences(history: History, lots: Sequence[str]) -> list[Difference]:
    """What the history says against these lots being one batch; empty when nothing does.

    Only what is told of every lot is compared: what nobody recorded speaks neither way.
    """
    found = []
    for key, cn, en, tell in _FACETS:
        told = [tell(history, lot) for lot in lots]
        if all(told) and len(set(told)) > 1:
            said = " / ".join("、".join(sorted(each)) for each in told)
            found.append(Difference(key=key, cn=f"{cn}不一致：{said}", en=f"{en}: {said}"))
    days = [day for lot in lots for day in _harvest_days(history, lot)]
    if days and (apart := (max(days) - min(days)).days) > HARVEST_DAYS_MAX:
        cn, en = f"采收相隔 {apart} 天", f"harvested {apart} days apart"
        found.append(Difference(key="same_harvest", cn=cn, en=en))
    return found


def contradicted(differences: Iterable[Difference], claimed: Mapping[str, object]) -> list[str]:
    """Chinese sentences for the samenesses that are claimed and that the history contradicts.

    Whoever claims all of them claims one batch, and with it one quality.
    """
    flags = {key for key, holds in claimed.items() if holds is True}
    if flags >= {key for key, *_ in _FACETS} - {QUALITY}:
        flags.add(QUALITY)
    return [difference.cn for difference in differences if difference.key in flags]


def _things(history: History, lot: str) -> list[str]:
    return [lot, *history.ancestors(lot)]


def _facts(history: History, lot: str, *kinds: str) -> list[Fact]:
    """What made a lot and its ancestors, and what was done to them, of these kinds."""
    things = _things(history, lot)
    made = [history.makings[thing] for thing in things if thing in history.makings]
    done = [fact for thing in things for fact in history.on(thing, *kinds)]
    return [fact for fact in (*made, *done) if fact.event.kind in kinds]


def _said(facts: Iterable[Fact], *keys: str) -> Said:
    told = (_word(fact, key) for fact in facts for key in keys)
    return frozenset(text for text in told if text)


def _word(fact: Fact, key: str) -> str:
    """What a fact says in words; a choice in the Chinese of its form."""
    text = fact.event.text(key) or ""
    element = kind(fact.event.kind).element(key)
    return dict(element.choices).get(text, text) if element is not None else text


def _base(history: History, lot: str) -> Said:
    places = (history.places.get(thing) for thing in _things(history, lot))
    return frozenset(county_name(place.county) for place in places if place is not None)


def _seed(history: History, lot: str) -> Said:
    return _said(_facts(history, lot, "SEED_REGISTER"), "cultivar", "source")


def _cycle(history: History, lot: str) -> Said:
    years = set()
    for harvest in _facts(history, lot, "HARVEST"):
        sown = [history.makings.get(thing.uri) for thing in harvest.event.inputs]
        years |= {
            f"{1 + (happened(harvest) - happened(each)).days // DAYS_OF_YEAR}年生"
            for each in sown
            if each is not None
        }
    return frozenset(years)


def _pesticides(history: History, lot: str) -> Said:
    return _said(_facts(history, lot, "PESTICIDE"), "active_ingredient")


def _fertilisers(history: History, lot: str) -> Said:
    return _said(_facts(history, lot, "FERTILISE"), "product")


def _harvest(history: History, lot: str) -> Said:
    return _said(_facts(history, lot, "HARVEST"), "method")


def _processing(history: History, lot: str) -> Said:
    facts = _facts(history, lot, *_PROCESSING)
    return frozenset(
        f"{kind(fact.event.kind).cn} {_word(fact, 'method')}".strip() for fact in facts
    )


def _grades(history: History, lot: str) -> Said:
    return _said(_facts(history, lot, "CUT_GRADE", "HARVEST"), "spec", "grade")


def _verdicts(history: History, lot: str) -> Said:
    return _said(history.on(lot, "TEST"), "conclusion")


def _harvest_days(history: History, lot: str) -> list[date]:
    return [happened(fact) for fact in _facts(history, lot, "HARVEST")]


# Each facet is compared for itself: that one lot was tested and the other graded says nothing.
_FACETS: Final[tuple[tuple[str, str, str, Callable[[History, str], Said]], ...]] = (
    ("same_base", "产地", "bases differ", _base),
    ("same_seed", "种源", "seed sources differ", _seed),
    ("same_cycle", "生长年限", "growth cycles differ", _cycle),
    ("same_management", "用药", "pesticides differ", _pesticides),
    ("same_management", "用肥", "fertilisers differ", _fertilisers),
    ("same_harvest", "采收方式", "ways of harvest differ", _harvest),
    ("same_processing", "产地加工", "processing differs", _processing),
    (QUALITY, "等级", "grades differ", _grades),
    (QUALITY, "检验结论", "test verdicts differ", _verdicts),
)
