"""How much of a lot each holder has at each site at an instant, from the statements of a trace.

A holder's own papers alone say what it holds, so that each reads its own and a supervisor all.
"""

from dataclasses import dataclass, fields

from ledger.canonical import JsonObject
from ledger.rules.balance.book import Position, balance_at
from ledger.rules.balance.moves import moves_of
from ledger.statements.standing import Registry
from ledger.trace.judged import Reader
from ledger.trace.steps import retold
from ledger.trace.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One holder at one site; `site` is "" where no paper names one."""

    holder: str
    site: str
    position: Position


def holdings_of(trace: Trace, registry: Registry, reader: Reader, at_ms: int) -> list[Holding]:
    """What there is of the asked lot after all that happened by `at_ms`, in epoch milliseconds.

    By holder and site. A trace that was made for `reader` holds all of the papers that its own
    holdings follow from; the public sees none.
    """
    lot = trace.asked.uri
    history = retold((*trace.steps, *trace.out_steps), registry)
    moves = [move for move in moves_of(history) if move.lot == lot]
    return [
        Holding(holder=holder, site=site, position=position)
        for (_, holder, site), position in sorted(balance_at(moves, at_ms).items())
        if reader.supervisor or holder == reader.actor
    ]


def format_holding(holding: Holding) -> JsonObject:
    """A holding as JSON: every column in grams, and what is left."""
    columns = {each.name: getattr(holding.position, each.name) for each in fields(Position)}
    return {
        "holder": holding.holder,
        "site": holding.site,
        **columns,
        "left_g": holding.position.left_g,
    }
