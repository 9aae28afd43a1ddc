"""CL1 to CL4: copied codes. Scans and guesses are no statements; the history brings them."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from ledger.herbs.serials import has, parse_serials
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import DAY_MS, HOUR_MS
from ledger.rules.history.fact import Fact, ids, whole
from ledger.rules.history.history import History
from ledger.rules.history.known import Guess, Sighting

PROVINCES_MIN: Final = 3
WINDOW_MS: Final = 30 * DAY_MS
PROVINCES_AT_ONCE: Final = 2
AT_ONCE_MS: Final = 2 * HOUR_MS
COHORT_MIN: Final = 1000  # below, one in a thousand is nobody
GUESSES_MAX: Final = 20
GUESSING_MS: Final = 10 * 60_000
_SHIPPING: Final = ("STORE_OUT", "SALE_B2B", "SALE_RETAIL", "TRANSPORT", "RECEIVE", "DISPENSE")


def cl1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """One pack seen in three provinces within 30 days, or in two within two hours."""
    for (lot, serial), seen in _by_code(history).items():
        if _spread([each for each in seen if not each.at_once], WINDOW_MS) >= PROVINCES_MIN:
            how_cn, how_en = "三十天内在三个以上省份", "in three or more provinces in 30 days"
        elif any(each.at_once for each in seen) or (
            _spread(_timed(seen), AT_ONCE_MS) >= PROVINCES_AT_ONCE
        ):
            how_cn, how_en = "两小时内在两个省份", "in two provinces within two hours"
        else:
            continue
        yield Found(
            subject=lot,
            statement_ids=_making(history, lot),
            cn=f"{serial} 号包装的码{how_cn}被扫。",
            en=f"The code of pack {serial} was scanned {how_en}.",
        )


def cl2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """One code sold twice at retail, with no pack brought back in between."""
    sold: dict[tuple[str, str], list[Fact]] = {}
    for fact in history.own_of_kind("SALE_RETAIL"):
        code = (fact.event.text("unit_code") or "").upper()
        for thing in fact.event.about if code else ():
            sold.setdefault((thing.uri, code), []).append(fact)
    spent: dict[tuple[str, str], int] = {}
    for (lot, _), sales in sold.items():
        for first, second in pairwise(sales):
            back = _returned(history, lot, first, second)
            taken = sum(spent.get((lot, fact.statement_id), 0) for fact in back)
            if taken < sum(_packs(history, lot, fact) for fact in back):
                # Each pack brought back excuses one sale, whichever code it bore.
                first_back = lot, back[0].statement_id
                spent[first_back] = spent.get(first_back, 0) + 1
                continue
            yield Found(
                subject=lot,
                statement_ids=ids(first, second),
                cn="同一个码零售了两次，中间没有退货。",
                en="One code was sold twice at retail with no return in between.",
            )


def cl3(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A code scanned far more than its fellows, or one that was void or had not left yet."""
    by_code = _by_code(history)
    counts: dict[str, list[int]] = {}
    for (lot, _), seen in by_code.items():
        counts.setdefault(lot, []).append(_times(seen))
    for (lot, serial), seen in by_code.items():
        cohort = sorted(counts[lot])
        # Nearest rank: the count that 99.9 % of the batch's scanned codes do not exceed.
        bound = cohort[-(-len(cohort) * 999 // 1000) - 1]
        if len(cohort) >= COHORT_MIN and _times(seen) > bound:
            words = "被扫次数远超同批。", "was scanned far more than its fellows."
        elif _too_early(history, lot, seen):
            words = "在出库之前已被扫。", "was scanned before it left."
        elif _void_then_seen(history, lot, serial, seen):
            words = "作废之后仍被扫。", "was scanned after it was voided."
        else:
            continue
        yield Found(
            subject=lot,
            statement_ids=_making(history, lot),
            cn=f"{serial} 号包装的码{words[0]}",
            en=f"The code of pack {serial} {words[1]}",
        )


def cl4(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Codes being guessed: many different unknown ones over one connection in ten minutes."""
    by_connection: dict[str, list[Guess]] = {}
    for guess in sorted(history.known.guesses, key=lambda guess: guess.time_ms):
        by_connection.setdefault(guess.connection, []).append(guess)
    for connection, guesses in by_connection.items():
        if any(
            len({each.code for each in _within(guesses, first.time_ms, GUESSING_MS)}) > GUESSES_MAX
            for first in guesses
        ):
            yield Found(
                subject=connection,
                statement_ids=(),
                cn="同一连接十分钟内试了二十多个不存在的码。",
                en="More than twenty unknown codes were tried over one connection in ten minutes.",
            )


def _by_code(history: History) -> dict[tuple[str, int], list[Sighting]]:
    found: dict[tuple[str, int], list[Sighting]] = {}
    for seen in sorted(history.known.sightings, key=lambda seen: (seen.time_ms, seen.device)):
        found.setdefault((seen.lot, seen.serial), []).append(seen)
    return found


def _spread(seen: list[Sighting], window_ms: int) -> int:
    """Most provinces within the window, each with a device of its own: a photo is forwarded."""
    most = 0
    for first in seen:
        close = [each for each in seen if 0 <= each.time_ms - first.time_ms <= window_ms]
        provinces = {each.province for each in close}
        most = max(most, min(len(provinces), len({each.device for each in close})))
    return most


def _timed(seen: list[Sighting]) -> list[Sighting]:
    """Those of which the minute is known: counters of a day cannot tell two hours."""
    return [each for each in seen if each.from_ms is None]


def _times(seen: list[Sighting]) -> int:
    return sum(each.times for each in seen)


def _within(guesses: Iterable[Guess], start_ms: int, window_ms: int) -> list[Guess]:
    return [each for each in guesses if 0 <= each.time_ms - start_ms <= window_ms]


def _making(history: History, lot: str) -> tuple[str, ...]:
    made = history.makings.get(lot)
    return ids(made) if made is not None else ()


def _returned(history: History, lot: str, first: Fact, second: Fact) -> list[Fact]:
    start_ms, end_ms = first.event.event_time_ms, second.event.event_time_ms
    returns = history.on(lot, "RETURN")
    return [fact for fact in returns if start_ms <= fact.event.event_time_ms <= end_ms]


def _packs(history: History, lot: str, back: Fact) -> int:
    """How many packs came back; one where the weight does not tell."""
    made = history.makings.get(lot)
    unit_g = whole(made, "unit_g") if made is not None else None
    mass_g = sum(thing.mass_g or 0 for thing in back.event.about if thing.uri == lot)
    return max(1, mass_g // unit_g) if unit_g else 1


def _too_early(history: History, lot: str, seen: list[Sighting]) -> bool:
    """Whether a scan came before the first shipment; of a lot never shipped, every scan did."""
    made = history.makings.get(lot)
    shipped = history.on(lot, *_SHIPPING)
    if made is None:
        return False
    first_ms = shipped[0].event.event_time_ms if shipped else None
    return any(first_ms is None or each.time_ms < first_ms for each in seen)


def _void_then_seen(history: History, lot: str, serial: int, seen: list[Sighting]) -> bool:
    for fact in history.on(lot, "CODE_VOID"):
        named = has(parse_serials(fact.event.elements.get("codes")), serial)
        last_ms = max(each.time_ms if each.from_ms is None else each.from_ms for each in seen)
        if named and last_ms > fact.event.event_time_ms:
            return True
    return False
