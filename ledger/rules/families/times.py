"""TT1 to TT4: time. When it happened is a claim; the device's signature and the ledger weigh it."""

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from ledger.herbs.vocabulary import KINDS
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import DAY_MS
from ledger.rules.history.fact import Fact, happened, ids
from ledger.rules.history.history import History
from ledger.rules.history.topics import CHECKS, FIELD, HOURGLASS_MS

BURST_MIN: Final = 15
BURST_MS: Final = HOURGLASS_MS
BURST_DAYS: Final = 7
ASSISTED: Final = "代录"  # a station's clerk enters for others, and says so in the note
GROWN_PART: Final = Fraction(4, 5)


def tt1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Signed more than 72 hours after it happened; worse when somebody had asked by then."""
    for fact in history.facts:
        if not fact.backfilled:
            continue
        asked = _asked_before(history, fact)
        days = (fact.signed_ms - fact.event.event_time_ms) // DAY_MS
        name = KINDS[fact.event.kind]
        yield Found(
            subject=fact.subject,
            statement_ids=ids(fact),
            cn=f"{name.cn}在发生 {days} 天之后才签署"
            + ("，而且在投诉或检查之后。" if asked else "，属补录。"),
            en=f"{name.en} was signed {days} days after it happened"
            + (", and after a complaint or an inspection." if asked else "."),
            severity="red" if asked else "amber",
        )


def tt2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A thing made before what it was made of."""
    for fact in history.own:
        for parent in fact.event.inputs:
            made = history.makings.get(parent.uri)
            if made is None or fact.event.event_time_ms >= made.event.event_time_ms:
                continue
            for thing in fact.event.outputs:
                yield Found(
                    subject=thing.uri,
                    statement_ids=ids(made, fact),
                    cn=f"{KINDS[fact.event.kind].cn}的时间早于原料的{KINDS[made.event.kind].cn}。",
                    en=f"{KINDS[fact.event.kind].en} is dated before the "
                    f"{KINDS[made.event.kind].en.lower()} of what went in.",
                )


def tt3(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """More than fifteen field records of over a week, signed by one actor within ten minutes."""
    by_actor: dict[str, list[Fact]] = {}
    for fact in history.facts:
        if fact.event.kind in FIELD and ASSISTED not in (fact.event.text("note") or ""):
            by_actor.setdefault(fact.actor, []).append(fact)
    for facts in by_actor.values():
        for sitting in _sittings(facts):
            burst = _burst(sitting)
            if not burst:
                continue
            days = _days(burst)
            for subject in sorted({fact.subject for fact in burst}):
                yield Found(
                    subject=subject,
                    statement_ids=ids(*burst),
                    cn=f"十分钟内签了 {len(burst)} 条、跨 {days} 天的田间记录。",
                    en=f"{len(burst)} field records of {days} days were signed in ten minutes.",
                )


def tt4(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Harvested in a month that is not the herb's, or long before it can have grown."""
    for harvest in history.own_of_kind("HARVEST"):
        crop = next((thing.uri for thing in harvest.event.inputs), "")
        herb = harvest.event.herb or history.herb(crop)
        if herb is None or herb.growing_days is None or herb.harvest_months is None:
            continue
        sown = history.makings.get(crop)
        grown = (happened(harvest) - happened(sown)).days if sown is not None else None
        least = herb.growing_days.value[0]
        if happened(harvest).month not in herb.harvest_months.value:
            mark = herb.harvest_months.mark
            cn = f"{herb.cn}不在 {happened(harvest).month} 月采收。"
            en = f"{herb.en} is not harvested in month {happened(harvest).month}."
        elif grown is not None and grown < least * GROWN_PART:
            mark = herb.growing_days.mark
            cn = f"{herb.cn}只长了 {grown} 天，至少要 {least} 天。"
            en = f"{herb.en} grew for {grown} days, where {least} are the least."
        else:
            continue
        for thing in harvest.event.outputs:
            yield Found(
                subject=thing.uri,
                statement_ids=ids(*((sown, harvest) if sown is not None else (harvest,))),
                cn=cn,
                en=en,
                marks=(mark,),
            )


def _asked_before(history: History, fact: Fact) -> bool:
    """Whether a lot concerned was complained of or inspected before the record was signed."""
    things = [thing.uri for thing in (*fact.event.outputs, *fact.event.about)]
    lots = [each for thing in things for each in (thing, *history.descendants(thing))]
    asked = [when for lot in lots for when in history.known.complaints.get(lot, ())]
    asked += [check.event.event_time_ms for lot in lots for check in history.on(lot, *CHECKS)]
    return any(fact.event.event_time_ms < when < fact.signed_ms for when in asked)


def _sittings(facts: Sequence[Fact]) -> Iterator[list[Fact]]:
    """Facts in order of signing, cut where more than ten minutes lie between two."""
    sitting: list[Fact] = []
    for fact in sorted(facts, key=lambda fact: (fact.signed_ms, fact.statement_id)):
        if sitting and fact.signed_ms - sitting[-1].signed_ms > BURST_MS:
            yield sitting
            sitting = []
        sitting.append(fact)
    if sitting:
        yield sitting


def _burst(facts: Sequence[Fact]) -> Sequence[Fact]:
    """The longest run within ten minutes, if it is long and spans more than a week.

    Each fact enters and leaves the two queues once: who signs thousands costs the judge thousands.
    """
    days = [happened(fact).toordinal() for fact in facts]
    first_days: deque[int] = deque()  # places of what may still be the run's earliest day
    last_days: deque[int] = deque()  # and its latest
    longest = range(0)
    start = 0
    for end, fact in enumerate(facts):
        while fact.signed_ms - facts[start].signed_ms > BURST_MS:
            start += 1
        for places, sign in ((first_days, 1), (last_days, -1)):
            while places and sign * days[places[-1]] >= sign * days[end]:
                places.pop()
            places.append(end)
            while places[0] < start:
                places.popleft()
        is_long = end + 1 - start > max(BURST_MIN, len(longest))
        if is_long and days[last_days[0]] - days[first_days[0]] > BURST_DAYS:
            longest = range(start, end + 1)
    return facts[longest.start : longest.stop]


def _days(facts: Sequence[Fact]) -> int:
    """Days from the first to the last event."""
    days = [happened(fact) for fact in facts]
    return (max(days) - min(days)).days
