"""Retail sales of one pack: found among a lot's sales by the code that their payloads hold."""

from typing import Final

from sqlalchemy import text

from ledger.log.leaves import subject_key
from ledger.store.database import SqlStore

SALES_MAX: Final = 20
# The payload is searched as bytes: a lot has thousands of sales, and parsing each takes longer.
_FIND: Final = """
SELECT e.leaf_index
  FROM subject AS u
  JOIN chain AS c ON c.subject_id = u.id
  JOIN statement AS s ON s.leaf_index = c.leaf_index AND s.event_kind = 'SALE_RETAIL'
  JOIN entry AS e ON e.leaf_index = c.leaf_index
 WHERE u.subject_key = :key AND ({upper} OR {lower})
 ORDER BY e.leaf_index
 LIMIT :most
"""
_WITHIN: Final = {
    "sqlite": "instr(e.payload, :{name}) > 0",
    "postgresql": "position(:{name} in e.payload) > 0",
}


def sales_of(store: SqlStore, chain_uri: str, code: str) -> list[int]:
    """Leaves of the sales on a chain whose payload holds a pack's code, in either case."""
    within = _WITHIN[store.engine.dialect.name]
    query = text(_FIND.format(upper=within.format(name="upper"), lower=within.format(name="lower")))
    named = {
        "key": subject_key(chain_uri),
        "upper": code.upper().encode(),
        "lower": code.lower().encode(),
        "most": SALES_MAX,
    }
    with store.reading() as reading:
        return [int(index) for (index,) in reading.connection.execute(query, named)]
