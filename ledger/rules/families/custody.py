"""CU1 and CC1: custody and scales. Buyers are sealed; who may open them brings them."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import DAY_MS
from ledger.rules.history.fact import Fact, happened, ids
from ledger.rules.history.history import History

WAIT_MS: Final = 7 * DAY_MS
_ARRIVALS: Final = ("RECEIVE", "STORE_IN")
_SCALES: Final = ("秤", "衡", "磅", "scale", "balance")


def cu1(history: History, _reference: Reference, now_ms: int) -> Iterator[Found]:
    """Sold to somebody on the ledger who had not received it within seven days."""
    for sale in history.own_of_kind("SALE_B2B"):
        buyer = history.known.buyers.get(sale.statement_id)
        if buyer == "" or now_ms - sale.event.event_time_ms <= WAIT_MS:
            continue  # a buyer outside the ledger has nothing to sign with
        for thing in sale.event.about:
            arrived = [
                fact
                for fact in history.on(thing.uri, *_ARRIVALS)
                if (fact.actor == buyer if buyer else fact.actor != sale.actor)
                and 0 <= fact.event.event_time_ms - sale.event.event_time_ms <= WAIT_MS
            ]
            if not arrived:
                yield Found(
                    subject=thing.uri,
                    statement_ids=ids(sale),
                    cn="售出七天，没有买方的接收记录。",
                    en="Seven days after the sale no buyer has recorded its receipt.",
                    # While the buyer is sealed it may be somebody who keeps no records here.
                    severity="red" if buyer else "amber",
                )


def cc1(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Weighed at a site whose scale's certificate had run out; no certificate at all is unknown."""
    calibrations = [equip for equip in history.of_kind("EQUIP") if _is_scale(equip)]
    for fact in history.facts:
        if fact.event.site is None or not _weighs(fact):
            continue
        tests = [
            (last, equip)
            for equip in calibrations
            if equip.event.site == fact.event.site
            or any(thing.uri == fact.event.site for thing in equip.event.about)
            if (last := _valid_to(equip)) is not None
            and equip.event.event_time_ms <= fact.event.event_time_ms
        ]
        if not tests:
            continue
        last, equip = max(tests, key=lambda each: (each[0], each[1].statement_id))
        if happened(fact) > last:
            yield Found(
                subject=fact.subject,
                statement_ids=ids(equip, fact),
                cn=f"称重用的衡器检定到 {last} 为止，{happened(fact)} 还在使用。",
                en=f"Weighed on {happened(fact)} with a scale certified until {last}.",
            )


def _weighs(fact: Fact) -> bool:
    things = (*fact.event.inputs, *fact.event.outputs, *fact.event.about)
    return any(thing.mass_g is not None for thing in things)


def _is_scale(equip: Fact) -> bool:
    name = (equip.event.text("equipment") or "").lower()
    return any(word in name for word in _SCALES)


def _valid_to(equip: Fact) -> date | None:
    try:
        return date.fromisoformat(equip.event.text("valid_to") or "")
    except ValueError:
        return None
