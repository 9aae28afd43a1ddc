"""A fact: one event on a thing's own chain, by whom, when it happened and when it was recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from ledger.herbs.events import Event
from ledger.rules.history.days import HOUR_MS, day_of

BACKFILL_MS: Final = 72 * HOUR_MS  # signed later than this after the event: 补录


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event on the own chain of `subject`, at `index` of the log.

    `approvers` are the actors of those other holders whose approvals of it stand in the log;
    `actor` signed it; "" is an actor that is not known. `anchored_ms` is when the ledger gave out
    the checkpoint that the statement names, before which it cannot have been signed.
    """

    index: int
    statement_id: str
    subject: str
    event: Event
    signed_ms: int
    recorded_ms: int
    actor: str = ""
    approvers: frozenset[str] = frozenset()
    anchored_ms: int | None = None

    @property
    def approved(self) -> bool:
        """Whether another holder approved it."""
        return bool(self.approvers)

    @property
    def signers(self) -> frozenset[str]:
        """Whose word it is: its actor's, and that of whoever approved it."""
        return self.approvers | {self.actor}

    def speaks_of(self, things: Collection[str]) -> bool:
        """Whether it makes, uses or is about one of these things."""
        event = self.event
        return any(t.uri in things for t in chain(event.outputs, event.inputs, event.about))

    @property
    def backfilled(self) -> bool:
        """Whether the device signed it more than 72 hours after it happened."""
        signed_ms = max(self.signed_ms, self.anchored_ms or 0)
        return signed_ms - self.event.event_time_ms > BACKFILL_MS

    @property
    def late(self) -> bool:
        """Whether it was signed in time but recorded late: there was no signal."""
        return not self.backfilled and self.recorded_ms - self.event.event_time_ms > BACKFILL_MS


def ids(*facts: Fact) -> tuple[str, ...]:
    """Ids of the facts' statements, each once, in the order given."""
    return tuple(dict.fromkeys(fact.statement_id for fact in facts))


def happened(fact: Fact) -> date:
    """The day in China on which it happened."""
    return day_of(fact.event.event_time_ms)


def whole(fact: Fact, key: str) -> int | None:
    """The element of that key if it is a whole number."""
    value = fact.event.elements.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def rows(fact: Fact, key: str) -> list[dict[str, "object"]]:
    """The element of that key as the rows of a table; what is no row is left out."""
    value = fact.event.elements.get(key)
    return [{**row} for row in value if isinstance(row, dict)] if isinstance(value, list) else []
