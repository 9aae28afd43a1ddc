"""Guessing is limited: rule CL4, counted in memory by address, nothing kept.

More than 20 distinct codes that nobody issued within ten minutes is no reader's mistyping.
"""

from collections import OrderedDict
from threading import Lock
from typing import Final

from ledger.errors import AccessError

WRONG_CODES_MAX: Final = 20
WINDOW_MS: Final = 10 * 60_000
ADDRESSES_MAX: Final = 10_000  # the oldest is forgotten first: some ten megabytes at most


class Guesses:
    """Distinct wrong codes by address in the last ten minutes."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, dict[int, int]] = OrderedDict()
        self._lock = Lock()

    def refuse_guessing(self, address: str, *, now_ms: int) -> None:
        """Raise AccessError `rate_limited` for an address that has asked for too many."""
        with self._lock:
            wrong = self._recent(address, now_ms)
        if len(wrong) > WRONG_CODES_MAX:
            raise AccessError(
                "rate_limited", f"more than {WRONG_CODES_MAX} codes that nobody issued"
            )

    def count(self, address: str, code: str, *, now_ms: int) -> None:
        """Note a code that nobody issued."""
        with self._lock:
            wrong = self._recent(address, now_ms)
            # An address over the limit asks for nothing more, so this stays small.
            wrong[hash(code)] = now_ms  # a code may be as long as a request's line
            self._wrong[address] = wrong
            self._wrong.move_to_end(address)
            while len(self._wrong) > ADDRESSES_MAX:
                self._wrong.popitem(last=False)

    def _recent(self, address: str, now_ms: int) -> dict[int, int]:
        wrong = self._wrong.get(address, {})
        return {code: at_ms for code, at_ms in wrong.items() if now_ms - at_ms < WINDOW_MS}
