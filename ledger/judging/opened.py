"""Reads for rules what no public statement says: seals that are still open, scans, reports.

An erased opening is unknown again. What is read is understood by `ledger.rules.history.openings`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from ledger.errors import FormError, StoreError
from ledger.herbs.identifiers import code_of_uri, parse_code, serial_of
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import Known
from ledger.rules.history.openings import OPENED, Counted, Names, known_of
from ledger.rules.history.topics import Sited
from ledger.seam import Reading
from ledger.statements.standing import Registry

PACKING: Final = "PACK_LABEL"


class Secrets:
    """Reads openings, counters and reports for the facts that are judged.

    `sited` gives every statement that speaks of these sites, in order of the log.
    """

    def __init__(
        self, reading: Reading, registry: Registry, sited: Callable[[Iterable[str]], list[Sited]]
    ) -> None:
        self._reading = reading
        self._registry = registry
        self._sited = sited
        self._names: Names | None = None

    def known(self, facts: Sequence[Fact], *, every_site: bool) -> Known:
        """What is known of these facts, and of the plots that they name or of every site."""
        if self._names is None:
            self._names = Names(self._registry.actors.values())
        sealed = [fact for fact in facts if fact.event.kind in OPENED]
        sites = self._sited(sorted(self._registry.sites) if every_site else _plots(sealed))
        wanted = [*(fact.statement_id for fact in sealed), *(each.statement_id for each in sites)]
        return known_of(
            sealed,
            self._reading.openings(wanted) if wanted else (),
            names=self._names,
            sites=sites,
            counted=self._counted(facts),
            complaints=self._complaints(facts),
        )

    def _complaints(self, facts: Sequence[Fact]) -> Mapping[str, Sequence[int]]:
        """When things were complained of: rules ask where something was signed long afterwards."""
        if not any(fact.backfilled for fact in facts):
            return {}
        things = (thing for fact in facts for thing in (*fact.event.outputs, *fact.event.about))
        return self._reading.complained(sorted({thing.uri for thing in things}))

    def _counted(self, facts: Iterable[Fact]) -> Iterable[Counted]:
        lots: dict[str, str] = {}
        for fact in facts:
            for thing in fact.event.outputs if fact.event.kind == PACKING else ():
                if (code := _lot_code(thing.uri)) is not None:
                    lots[code] = thing.uri
        for code, rows in self._reading.scanned(sorted(lots)).items():
            for text, day, province, times in rows:
                if (serial := _serial(text)) is not None:
                    yield Counted(
                        lot=lots[code],
                        serial=serial,
                        day=_day(text, day),
                        province=province,
                        times=times,
                    )


def _plots(facts: Iterable[Fact]) -> list[str]:
    """The plots that harvests name."""
    return sorted({plot for fact in facts if (plot := fact.event.text("plot"))})


def _lot_code(uri: str) -> str | None:
    try:
        return code_of_uri(uri)
    except FormError:
        return None


def _serial(text: str) -> int | None:
    try:
        return serial_of(parse_code(text))
    except FormError:
        return None


def _day(text: str, day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise StoreError("database_damaged", f"table scan: {day!r} of {text} is no day") from error
