"""Serials of packs as CODE_VOID writes them: a number, a range "101-500", a pack's whole code."""

from collections.abc import Iterable, Sequence
from typing import Final

from ledger.canonical import JsonValue
from ledger.errors import DaodiError
from ledger.herbs.identifiers import SERIAL_MAX, parse_code, serial_of

DIGITS_MAX: Final = 20  # of a serial as it is written, leading zeros with it
_TO: Final = "-"


def parse_serials(codes: JsonValue) -> tuple[range, ...]:
    """Return the serials that an element `codes` names, as ranges that neither meet nor overlap.

    What names none, such as a word, is left out: the statement is a fact all the same.
    """
    texts = [str(code) for code in codes] if isinstance(codes, list) else []
    return union(found for text in texts if (found := _range(text.strip())) is not None)


def union(ranges: Iterable[range]) -> tuple[range, ...]:
    """Put ranges of step 1 in order and join those that meet or overlap."""
    joined: list[range] = []
    for each in sorted((one for one in ranges if one), key=lambda one: one.start):
        if joined and each.start <= joined[-1].stop:
            joined[-1] = range(joined[-1].start, max(joined[-1].stop, each.stop))
        else:
            joined.append(each)
    return tuple(joined)


def count_of(ranges: Iterable[range]) -> int:
    """How many serials are in ranges that do not overlap."""
    return sum(len(each) for each in ranges)


def within(ranges: Iterable[range], bounds: range) -> tuple[range, ...]:
    """What of the ranges lies within the bounds."""
    cut = (range(max(r.start, bounds.start), min(r.stop, bounds.stop)) for r in ranges)
    return tuple(each for each in cut if each)


def without(bounds: Iterable[range], taken: Sequence[range]) -> tuple[range, ...]:
    """What is left of ranges when others are taken away; `taken` in order."""
    left: list[range] = []
    for each in bounds:
        start = each.start
        for gone in within(taken, each):
            left.append(range(start, gone.start))
            start = gone.stop
        left.append(range(start, each.stop))
    return tuple(each for each in left if each)


def has(ranges: Iterable[range], serial: int | None) -> bool:
    """Whether a serial is in one of the ranges."""
    return serial is not None and any(serial in each for each in ranges)


def format_serials(ranges: Iterable[range]) -> list[str]:
    """Write ranges as `codes` has them: "7", "101-500"."""
    return [
        f"{each.start}" if len(each) == 1 else f"{each.start}{_TO}{each.stop - 1}"
        for each in ranges
    ]


def _range(text: str) -> range | None:
    first, to, last = text.partition(_TO)
    ends = [first, last] if to else [first]
    # What has more digits is no serial, and with thousands of them is slow to read or refused.
    if all(end.isascii() and end.isdigit() and len(end) <= DIGITS_MAX for end in ends) and all(
        int(end) <= SERIAL_MAX for end in ends
    ):
        return range(int(ends[0]), int(ends[-1]) + 1)
    try:
        serial = serial_of(parse_code(text))
    except DaodiError:
        return None
    return None if serial is None else range(serial, serial + 1)
