"""What was made of the log for the public, remembered in this process for half a minute at most."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, TypeVar

# Nothing that is remembered outlives this, whatever changed without a new statement.
SLICE_MS: Final = 30_000
KEPT_MAX: Final = 400  # a page is 110 KB at most, of a usual lot, and a history some times that
# The history of a thousand lots is four megabytes: a hundred such must not fill a small server.
BYTES_MAX: Final = 64 * 1024 * 1024
USUAL_BYTES: Final = 10_000

T = TypeVar("T")


class Remembered:
    """Values by what they were made from, of one moment: the log's size and the half minute."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._moment = (0, 0)
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(
        self,
        key: Hashable,
        make: Callable[[], T],
        *,
        size: int,
        now_ms: int,
        weigh: Callable[[T], int] | None = None,
    ) -> T:
        """The value of a key; made outside the lock, so two threads may both make it.

        `weigh` says about how many bytes a value takes. A statement or half a minute later
        everything is forgotten.
        """
        moment = (size, now_ms // SLICE_MS)
        with self._lock:
            if self._moment != moment:
                self._moment = moment
                self._kept.clear()
                self._bytes = 0
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key][0]
                return found
        made = make()
        weight = weigh(made) if weigh else USUAL_BYTES
        with self._lock:
            if self._moment == moment:
                self._bytes += weight - self._kept.get(key, (None, 0))[1]
                self._kept[key] = (made, weight)
            while len(self._kept) > KEPT_MAX or self._bytes > BYTES_MAX:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        return made
