"""What was made of the log for the public, remembered in this process for half a minute at most."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, TypeVar

# Nothing that is remembered outlives this, whatever changed without a new statement.
SLICE_MS: Final = 30_000
KEPT_MAX: Final = 400  # the largest page is 110 KB and a history some times that

T = TypeVar("T")


class Remembered:
    """Values by what they were made from, of one moment: the log's size and the half minute."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._moment = (0, 0)
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T], *, size: int, now_ms: int) -> T:
        """The value of a key; made outside the lock, so two threads may both make it.

        A statement or half a minute later everything is forgotten.
        """
        moment = (size, now_ms // SLICE_MS)
        with self._lock:
            if self._moment != moment:
                self._moment = moment
                self._kept.clear()
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key]
                return found
        made = make()
        with self._lock:
            if self._moment == moment:
                self._kept[key] = made
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return made
