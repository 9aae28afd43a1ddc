"""What a test may find: limits by herb and item as of a day, each figure with its mark.

Figures live in limits.json. An unverified figure only warns and never prints 合格.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from math import isfinite
from typing import Final, Literal, TypeAlias

import msgspec

from ledger.canonical import JsonValue
from ledger.herbs.assays import assay_code
from ledger.herbs.vocabulary import Mark

EVERY_HERB: Final = "*"
Operator: TypeAlias = Literal["<", "<=", ">="]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit on one item. `value` is None where it is the method's limit of quantification.

    `item` is a name of the vocabulary of assays, or a base's own. `applies_to` are Chinese names of
    drugs, or `*`; `grade` is "" unless only one grade is meant.
    """

    applies_to: tuple[str, ...]
    grade: str
    item: str
    op: Operator
    value: float | None
    unit: str
    standard: str
    mark: Mark
    source: str
    effective_from: date
    note: str

    def allows(self, value: float) -> bool:
        """Whether a result in the limit's unit keeps it; a limit without a figure allows all."""
        if self.value is None:
            return True
        if self.op == ">=":
            return value >= self.value
        return value < self.value or (self.op == "<=" and value == self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LimitsFile:
    note: str
    limits: tuple[Limit, ...]


LIMITS: Final = msgspec.json.decode(
    files("ledger.herbs").joinpath("limits.json").read_bytes(), type=_LimitsFile
).limits


# Names of limits are few and asked for with every result; names of reports are anybody's.
_code: Final = lru_cache(maxsize=1_024)(assay_code)


def find_limit(
    names: Sequence[str],
    item: str,
    day: date,
    *,
    grade: str = "",
    limits: Iterable[Limit] = LIMITS,
) -> Limit | None:
    """Return the limit in force on a day for the first of the names that has one, then for all.

    `limits` may begin with those of a base's own signed statement: of two that took effect on one
    day, the first given counts. None when no figure is known: unknown stays unknown.
    """
    wanted = assay_code(item)
    known = [
        limit
        for limit in limits
        if limit.effective_from <= day
        and limit.grade in {"", grade}
        and _code(limit.item) == wanted
    ]
    for name in (*names, EVERY_HERB):
        found = [limit for limit in known if name in limit.applies_to]
        if found:
            return max(found, key=lambda limit: (limit.effective_from, limit.grade != ""))
    return None


def number_of(value: JsonValue) -> float | None:
    """Return a result as a number where it is one; 未检出, NaN, Infinity and the like are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None
