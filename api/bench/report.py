"""The results of a run as a table for people."""

from collections.abc import Sequence

from rich.table import Table

from api.bench.results import Goal, Result, format_machine


def table(results: Sequence[Result]) -> Table:
    """One row a result: value, yardstick, ratio, goal, held or not; the machine below."""
    machine = format_machine()
    rows = Table(
        title="daodi bench",
        caption=f"{machine['cores']} cores · {machine['platform']} · Python {machine['python']}",
    )
    rows.add_column("benchmark")
    rows.add_column("database")
    rows.add_column("size", justify="right")
    rows.add_column("value", justify="right")
    rows.add_column("unit")
    rows.add_column("yardstick", justify="right")
    rows.add_column("ratio", justify="right")
    rows.add_column("goal")
    rows.add_column("more")
    for one in results:
        rows.add_row(
            one.benchmark,
            one.database,
            f"{one.size:,}",
            figure(one.value),
            one.unit,
            f"{figure(one.yardstick_value)} ({one.yardstick})",
            f"{one.ratio:.3g}",
            f"{'✓' if one.is_held else '✗'} {goal(one.goal)}" if one.goal else "",
            ", ".join(f"{name} {figure(value)}" for name, value in one.details.items()),
        )
    return rows


def figure(value: float) -> str:
    """Three digits that matter, without exponents."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 — three digits


def goal(bound: Goal) -> str:
    """A goal as people write it."""
    sign = "≥" if bound.sense == "at least" else "≤"
    return f"{bound.of} {sign} {bound.bound:g}"
