"""How often the interpreter looks for cycles of garbage: a statement makes none."""

import gc
from typing import Final

# Containers made before the youngest are looked through, and how often the older ones are: at the
# interpreter's own 700, 10 and 10, a sixth of the time of appending goes by looking.
THRESHOLDS: Final = (20_000, 20, 50)


def collect_rarely() -> None:
    """Look seldom. For every process of ours; what has no cycles is freed at once as ever."""
    gc.set_threshold(*THRESHOLDS)


def settle() -> None:
    """Look seldom, and never again at what is there now. For a server that is about to serve."""
    collect_rarely()
    gc.collect()
    gc.freeze()
