"""What a consumer can compare with the pack in hand: when it was sold, how often it was scanned."""

from dataclasses import dataclass

from api.answers.pages import Display
from api.opened.ledger import OpenedLedger
from api.shown.values import shown_date, shown_day
from ledger.errors import FormError
from ledger.herbs.events import OUT, Event, parse_recorded_event
from ledger.herbs.identifiers import parse_code
from ledger.statements.statement import parse_claim
from ledger.store.relations import relations_by_pack
from ledger.store.sales import sales_of
from ledger.trace.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One pack: days on which its sale was noted, the day of its first scan, and how many.

    `imported` is the drug code that an import says it carries, which nobody signed.
    """

    sold: tuple[str, ...]
    first: tuple[str, ...]
    count: int
    twice: tuple[str, ...]
    imported: tuple[str, ...]


def packs_of(trace: Trace, opened: OpenedLedger, display: Display) -> tuple[Pack, ...]:
    """The pack that was asked for; none for a lot's own code."""
    if trace.asked.serial is None:
        return ()
    code = trace.asked.code
    with opened.store.reading() as reading:
        entries = reading.entries_at(sales_of(opened.store, trace.asked.uri + OUT, code))
    imported = relations_by_pack(opened.store, [(trace.asked.uri, trace.asked.serial)])
    events = [parse_recorded_event(parse_claim(each.payload or b"").body) for each in entries]
    sales = sorted(event.event_time_ms for event in events if _is_of(event, code))
    sold = [shown_day(at_ms, english=display.english) for at_ms in sales]
    words = "这个编号登记了 {count} 次售出。如果没有退过货，其中有假。"
    return (
        Pack(
            sold=tuple(sold),
            first=tuple(
                shown_date(day, english=display.english) for day in (trace.scans.first,) if day
            ),
            count=trace.scans.count,
            twice=(display.say(words, count=len(sold)),) if len(sold) > 1 else (),
            imported=tuple(row.number for row in imported),
        ),
    )


def _is_of(event: Event, code: str) -> bool:
    """Whether the sale is this pack's: its bytes held the code, perhaps in another place."""
    try:
        return parse_code(event.text("unit_code") or "").text == code
    except FormError:
        return False
