"""MB2 to MB5: mass balance of steps, drying, stock and codes. Integers in grams."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

from ledger.herbs.serials import count_of, parse_serials, union, within
from ledger.herbs.units import format_mass_cn, format_mass_en
from ledger.rules.balance.book import Reweighing
from ledger.rules.balance.excess import Excess, excesses_of
from ledger.rules.balance.moves import moves_of
from ledger.rules.balance.strangers import excesses_claimed
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import HOUR_MS
from ledger.rules.history.fact import Fact, ids, rows, whole
from ledger.rules.history.history import History

STEPS: Final = (
    "WASH_SORT", "STEAM_BOIL", "DRY", "CUT_GRADE", "BLEND", "SPLIT", "PACK_LABEL",
)  # fmt: skip
STEP_PER_MILLE: Final = 1005  # MB2: scales may differ by half a per cent
CODES_PER_CENT: Final = 101  # MB5: packs may hold one per cent less than printed
GRACE_MS: Final = 72 * HOUR_MS  # MB4: a receipt may be recorded late by so much
DRY_LOW: Final = Fraction(9, 10)  # MB3: the window is a tenth wider than the published one
DRY_HIGH: Final = Fraction(11, 10)
PART_DRY_PCT: Final = 50  # bought with less water than this, it was not fresh


def mb2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A step that gives more than went in: only adjuvants may add, and steam some water."""
    for fact in history.own_of_kind(*STEPS):
        masses = [thing.mass_g for thing in (*fact.event.inputs, *fact.event.outputs)]
        if not masses or None in masses:
            continue
        in_g = sum(thing.mass_g or 0 for thing in fact.event.inputs)
        out_g = sum(thing.mass_g or 0 for thing in fact.event.outputs)
        out_g += whole(fact, "loss_g") or 0
        # An adjuvant that is a lot of its own stands among the inputs, and is counted there.
        there = {thing.uri for thing in fact.event.inputs}
        added_g = sum(
            each
            for row in rows(fact, "adjuvants")
            if row.get("lot") not in there and isinstance(each := row.get("mass_g"), int)
        )
        if out_g * 1000 <= in_g * STEP_PER_MILLE + added_g * 1000:
            continue
        for thing in fact.event.outputs:
            yield Found(
                subject=thing.uri,
                statement_ids=ids(fact),
                cn=f"这道工序投入 {format_mass_cn(in_g + added_g)}，"
                f"产出加损耗却有 {format_mass_cn(out_g)}。",
                en=f"This step took {format_mass_en(in_g + added_g)} and gave "
                f"{format_mass_en(out_g)} with its loss.",
                # Steam is taken up as water that nobody weighs.
                severity="amber" if fact.event.kind == "STEAM_BOIL" else "red",
            )


def mb3(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Dried to more or less than the herb's ratio of fresh to dry allows, since it was fresh."""
    known: dict[str, Fraction | None] = {}
    for fact in history.own_of_kind("DRY"):
        again = any(
            use.event.kind == "DRY"
            for thing in fact.event.outputs
            for use in history.uses.get(thing.uri, ())
        )
        herb = history.herb(fact.event.outputs[0].uri) if fact.event.outputs else None
        ratio = None if again else _drying(history, fact, known)
        if herb is None or herb.fresh_dry_ratio is None or ratio is None:
            continue
        low, high = herb.fresh_dry_ratio.value
        if Fraction(str(low)) * DRY_LOW <= ratio <= Fraction(str(high)) * DRY_HIGH:
            continue
        yield Found(
            subject=fact.event.outputs[0].uri,
            statement_ids=ids(fact),
            cn=f"{herb.cn}干鲜比为 {float(ratio):.2f}:1，常见为 {low:g}–{high:g}:1。",
            en=f"{herb.en} was dried {float(ratio):.2f}:1, where {low:g} to {high:g}:1 is usual.",
            marks=(herb.fresh_dry_ratio.mark,),
        )


def mb4(history: History, _reference: Reference, now_ms: int) -> Iterator[Found]:
    """More of a lot gone, given up or at hand than there was, at any instant of event time."""
    moves = moves_of(history)
    excesses, reweighings = excesses_of(
        [move for move in moves if (move.statement_id, move.lot) not in history.strange]
    )
    index_of = {fact.statement_id: fact.index for fact in history.own}
    claims, weighed = excesses_claimed(moves, history.strange, index_of)
    for excess, claimed_by in (*((excess, ()) for excess in excesses), *claims):
        # A receipt may still be on its way; kilograms that two consumed will not come back.
        late = excess.sum != "consumed" and now_ms - excess.since_ms <= GRACE_MS
        yield Found(
            subject=excess.lot,
            statement_ids=excess.statement_ids,
            cn=_words_cn(excess),
            en=_words_en(excess),
            severity="amber" if late else "red",
            holds=not late,
            claimed_by=claimed_by,
        )
    yield from (_too_heavy(again) for again in reweighings if again.surplus_g)
    yield from (replace(_too_heavy(again), claimed_by=(who,)) for again, who in weighed)


def mb5(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """More codes printed for a batch than the packs that its kilograms fill."""
    for fact in history.own_of_kind("PACK_LABEL"):
        codes = _serials(fact)
        unit_g = whole(fact, "unit_g") or 0
        for thing in fact.event.outputs if codes else ():
            voids = history.on(thing.uri, "CODE_VOID")
            voided = count_of(voided_of(voids, codes))
            live_g = (len(codes) - voided) * unit_g
            if thing.mass_g is None or live_g * 100 <= thing.mass_g * CODES_PER_CENT:
                continue
            yield Found(
                subject=thing.uri,
                statement_ids=ids(fact, *voids),
                cn=f"有效码 {len(codes) - voided} 个，可装 {format_mass_cn(live_g)}，"
                f"实际只包装了 {format_mass_cn(thing.mass_g)}。",
                en=f"{len(codes) - voided} live codes stand for {format_mass_en(live_g)}, "
                f"but {format_mass_en(thing.mass_g)} were packed.",
            )


def _drying(history: History, step: Fact, known: dict[str, Fraction | None]) -> Fraction | None:
    """The ratio of a drying, over all steps before it."""
    for thing in step.event.inputs:
        _fresh(history, thing.uri, known)
    return _ratio(step, known)


def _ratio(step: Fact, known: Mapping[str, Fraction | None]) -> Fraction | None:
    """Kilograms of fresh herb behind a kilogram that a step gives, by those `known` of its inputs.

    None where a weight is missing, or where something was bought part dry. Wine and the like are
    no fresh herb.
    """
    added = {row.get("lot") for row in rows(step, "adjuvants")}
    fresh_g = Fraction(0)
    for thing in step.event.inputs:
        if thing.uri in added:
            continue
        factor = known[thing.uri]
        if thing.mass_g is None or factor is None:
            return None
        fresh_g += thing.mass_g * factor
    out_g = sum(thing.mass_g or 0 for thing in step.event.outputs)
    return fresh_g / out_g if fresh_g and out_g else None


def _fresh(history: History, uri: str, known: dict[str, Fraction | None]) -> Fraction | None:
    """Kilograms of fresh herb behind a kilogram of a thing; 1 of what no step has changed yet.

    Each thing is reckoned once, after what it came from: a chain of steps may be of any length.
    """
    waiting = [(uri, False)]
    while waiting:
        each, ready = waiting.pop()
        made = history.makings.get(each)
        if ready and made is not None:
            known[each] = _ratio(made, known)
        elif each not in known:
            known[each] = None  # of what is its own ancestor nothing is said
            if made is not None and made.event.kind in STEPS:
                waiting.append((each, True))
                waiting += [(thing.uri, False) for thing in made.event.inputs]
            elif made is None or not _part_dry(made):
                known[each] = Fraction(1)
    return known[uri]


def _part_dry(made: Fact) -> bool:
    moisture = made.event.elements.get("moisture")
    return isinstance(moisture, int | float) and moisture < PART_DRY_PCT


def _serials(fact: Fact) -> range:
    found = fact.event.elements.get("code_range")
    if not isinstance(found, dict):
        return range(0)
    first, last = found.get("first"), found.get("last")
    if not isinstance(first, int) or not isinstance(last, int):
        return range(0)
    return range(first, last + 1)


def voided_of(voids: Iterable[Fact], codes: range) -> tuple[range, ...]:
    """Serials of a range that these statements withdrew, each once."""
    named = (each for void in voids for each in parse_serials(void.event.elements.get("codes")))
    return within(union(named), codes)


def _words_cn(excess: Excess) -> str:
    gone, had = format_mass_cn(excess.had_g + excess.excess_g), format_mass_cn(excess.had_g)
    return {
        "consumed": f"这批共用去 {gone}，而总共只有 {had}。",
        "given_up": f"这一方用出、售出共 {gone}，而收到和产出只有 {had}。",
        "held": f"各方手中和用去的共 {gone}，而这批总共只有 {had}。",
    }[excess.sum]


def _words_en(excess: Excess) -> str:
    gone, had = format_mass_en(excess.had_g + excess.excess_g), format_mass_en(excess.had_g)
    return {
        "consumed": f"{gone} of this lot were used, but there were only {had}.",
        "given_up": f"One holder used or sold {gone}, but had received and made only {had}.",
        "held": f"{gone} of this lot are held or used, but there were only {had}.",
    }[excess.sum]


def _too_heavy(again: Reweighing) -> Found:
    return Found(
        subject=again.lot,
        statement_ids=(again.statement_id,),
        cn=f"发出或账面 {format_mass_cn(again.before_g)}，再称却有 "
        f"{format_mass_cn(again.after_g)}，超出回潮允许。",
        en=f"{format_mass_en(again.before_g)} were sent or on the books, and "
        f"{format_mass_en(again.after_g)} weighed again: more than damp air adds.",
        holds=True,
    )
