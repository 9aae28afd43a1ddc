"""What a benchmark found: a value beside its yardstick, measured in the same run, and its goal."""

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal, TypeAlias

Database: TypeAlias = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on the ratio, or on the value where that is what readers care for."""

    bound: float
    sense: Literal["at least", "at most"]
    of: Literal["ratio", "value"] = "ratio"

    def is_held(self, *, value: float, ratio: float) -> bool:
        """Whether what was measured keeps the bound."""
        measured = ratio if self.of == "ratio" else value
        return measured >= self.bound if self.sense == "at least" else measured <= self.bound


# What the first release must reach, by benchmark and database; absolute figures are no goals.
GOALS: Final[Mapping[tuple[str, str], Goal]] = {
    ("post", "sqlite"): Goal(bound=0.18, sense="at least"),
    ("post", "postgresql"): Goal(bound=0.18, sense="at least"),
    ("post100", "sqlite"): Goal(bound=0.20, sense="at least"),
    ("post100", "postgresql"): Goal(bound=0.20, sense="at least"),
    ("sequential", "sqlite"): Goal(bound=10, sense="at most"),
    ("sequential", "postgresql"): Goal(bound=16, sense="at most"),
    ("append", "sqlite"): Goal(bound=0.13, sense="at least"),
    ("append", "postgresql"): Goal(bound=0.20, sense="at least"),
    ("audit", "sqlite"): Goal(bound=0.35, sense="at least"),
    ("audit", "postgresql"): Goal(bound=0.35, sense="at least"),
    ("labels", "sqlite"): Goal(bound=20, sense="at least"),
    ("labels", "postgresql"): Goal(bound=20, sense="at least"),
    ("trace", "sqlite"): Goal(bound=3, sense="at most"),
    ("trace", "postgresql"): Goal(bound=2, sense="at most"),
    ("evidence-12", "sqlite"): Goal(bound=40, sense="at most", of="value"),
    ("evidence-12", "postgresql"): Goal(bound=40, sense="at most", of="value"),
    ("evidence-60", "sqlite"): Goal(bound=120, sense="at most", of="value"),
    ("evidence-60", "postgresql"): Goal(bound=120, sense="at most", of="value"),
}


# What a page may carry in KB, and how soon it shows and is verified in ms, on either database.
PAGE_GOALS: Final[Mapping[str, float]] = {
    "public-12": 1800, "public-12-page": 30, "public-12-script": 9, "public-12-evidence": 30,
    "public-12-verified": 300, "public-60-script": 9, "public-60-evidence": 90,
    "enterprise": 2500, "enterprise-page": 150, "enterprise-script": 40,
    "supervisor": 2500, "supervisor-page": 150, "supervisor-script": 40,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One measurement. `size` is what the ledger held or was sent; `details` are further figures.

    `ratio` is value to yardstick, both in `unit`, so that it lasts longer than either.
    """

    benchmark: str
    database: Database
    size: int
    value: float
    unit: str
    yardstick: str
    yardstick_value: float
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """The value in units of the yardstick; 0 where the yardstick measured nothing."""
        return self.value / self.yardstick_value if self.yardstick_value else 0.0

    @property
    def goal(self) -> Goal | None:
        """What the first release must reach; None where a figure is for information."""
        if self.benchmark in PAGE_GOALS:
            return Goal(bound=PAGE_GOALS[self.benchmark], sense="at most", of="value")
        return GOALS.get((self.benchmark, self.database))

    @property
    def is_held(self) -> bool | None:
        """Whether the goal is kept in this run; None without a goal."""
        return self.goal.is_held(value=self.value, ratio=self.ratio) if self.goal else None


def format_result(result: Result) -> dict[str, object]:
    """A result as JSON."""
    return {
        **asdict(result),
        "ratio": round(result.ratio, 4),
        "goal": asdict(result.goal) if result.goal else None,
        "held": result.is_held,
    }


def format_machine() -> dict[str, object]:
    """Where it was measured: cores that this process may use, processor, interpreter."""
    return {
        "cores": cores(),
        "machine": platform.machine(),
        "platform": platform.platform(),
        "python": platform.python_version(),
    }


def cores() -> int:
    """Processor cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all values lie, 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
