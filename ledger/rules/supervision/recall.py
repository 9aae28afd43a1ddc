"""RC1 召回闭合: what a recall reaches, how much of it went out, and how much came back.

The hours within which everybody must have been told are general knowledge of the measures on drug
recalls and marked unverified. Source: 药品管理法 82.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ledger.herbs.vocabulary import Mark
from ledger.rules.history.days import HOUR_MS
from ledger.rules.history.fact import Fact, whole

NOTICE_HOURS: Final[Mapping[str, int]] = {"1": 24, "2": 48, "3": 72}
NOTICE_MARK: Final[Mark] = "unverified"
_SALES: Final = frozenset({"SALE_B2B", "SALE_RETAIL", "DISPENSE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """How far a recall has closed. Grams; times in epoch milliseconds.

    `reached` are the recalled lots and all that was made of them. `reached_g` counts each gram
    once, where it ended up; `unweighed` are ends without a weight. `rate` is recovered of shipped,
    None while nothing is known to have been shipped. `notice_due_ms` is None for an unknown level.
    """

    reached: tuple[str, ...]
    reached_g: int
    unweighed: tuple[str, ...]
    shipped_g: int
    recovered_g: int
    rate: Fraction | None
    notice_due_ms: int | None
    notice_mark: Mark

    @property
    def closed(self) -> bool:
        """Whether all that went out is known to have come back."""
        return self.rate is not None and self.rate >= 1


def recall_closure(
    recall: Fact,
    facts: Iterable[Fact],
    *,
    children: Mapping[str, Sequence[str]],
    masses_g: Mapping[str, int | None],
) -> Closure:
    """Follow a recall forward. `children` gives what was made of each thing.

    `facts` are what happened to the things reached; returns count from the recall on.
    """
    reached = _reached([thing.uri for thing in recall.event.about], children)
    known = [fact for fact in facts if fact.event.corrects is None]
    ends = [thing for thing in reached if not children.get(thing)]
    shipped_g = _shipped_g(reached, known, children)
    recovered_g = _recovered_g(recall, set(reached), known)
    hours = NOTICE_HOURS.get(recall.event.text("level") or "")
    return Closure(
        reached=tuple(reached),
        reached_g=sum(masses_g.get(thing) or 0 for thing in ends),
        unweighed=tuple(thing for thing in ends if masses_g.get(thing) is None),
        shipped_g=shipped_g,
        recovered_g=recovered_g,
        rate=Fraction(recovered_g, shipped_g) if shipped_g else None,
        notice_due_ms=None if hours is None else recall.event.event_time_ms + hours * HOUR_MS,
        notice_mark=NOTICE_MARK,
    )


def _reached(scope: Iterable[str], children: Mapping[str, Sequence[str]]) -> list[str]:
    found: dict[str, None] = {}
    waiting = list(scope)
    while waiting:
        thing = waiting.pop(0)
        if thing not in found:
            found[thing] = None
            waiting.extend(children.get(thing, ()))
    return list(found)


def _shipped_g(
    reached: Sequence[str], facts: Sequence[Fact], children: Mapping[str, Sequence[str]]
) -> int:
    """Each kilogram once: the most that one holder sold of a lot; not again what comes of it."""
    sent: dict[str, dict[str, int]] = {}
    for fact in facts:
        if fact.event.kind in _SALES:
            for thing in fact.event.about:
                by = sent.setdefault(thing.uri, {})
                by[fact.actor] = by.get(fact.actor, 0) + (thing.mass_g or 0)
    counted, again = 0, set[str]()
    for lot in reached:  # nearest the recalled lot first
        most_g = max(sent.get(lot, {}).values(), default=0)
        if most_g and lot not in again:
            counted += most_g
            again |= set(_reached([lot], children))
    return counted


def _recovered_g(recall: Fact, reached: set[str], facts: Sequence[Fact]) -> int:
    """What was returned since, or what recall statements say came back: the greater of the two."""
    since_ms = recall.event.event_time_ms
    returned_g = sum(
        thing.mass_g or 0
        for fact in facts
        if fact.event.kind == "RETURN" and fact.event.event_time_ms >= since_ms
        for thing in fact.event.about
        if thing.uri in reached
    )
    stated = [
        whole(fact, "recovered_g") or 0
        for fact in (recall, *facts)
        if fact.event.kind == "RECALL" and {thing.uri for thing in fact.event.about} & reached
    ]
    return max([returned_g, *stated])
