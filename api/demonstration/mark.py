"""How a demonstration is told from a real ledger: its origin, and the ending of its names."""

from typing import Final

ORIGIN: Final = "demo.daodi.example/herbs"
MARK: Final = "（演示）"


def is_demonstration(origin: str) -> bool:
    """Whether every page and label of this ledger must say 演示数据."""
    return origin == ORIGIN
