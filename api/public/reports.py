"""Test reports on the page: what was tested, the limit, what was found, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.pages import Display
from api.public.papers import Paper, papers_of
from api.public.steps import Setting, Tag, actor_name
from api.shown import shown_day, shown_number
from ledger.canonical import JsonValue
from ledger.trace.steps import Step
from ledger.trace.trace import Trace

SIGNS: Final = {"<=": "≤", ">=": "≥", "<": "＜", ">": "＞", "=": "="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tested item."""

    name: str
    limit: str
    value: str
    verdict: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report with its items; `step` is the number of the step that states it."""

    step: int
    day: str
    laboratory: str
    report_no: str
    lot: str
    tags: tuple[Tag, ...]
    rows: tuple[Row, ...]
    papers: tuple[Paper, ...]


def reports_of(trace: Trace, setting: Setting) -> tuple[Report, ...]:
    """Reports in force, the newest first; those that a correction replaced come last."""
    display = setting.display
    names = {thing.uri: thing.name for thing in trace.things}
    rows: dict[str, list[Row]] = {}
    steps: dict[str, Step] = {}
    for step, row in trace.tests:
        steps[step.claim.statement_id] = step
        rows.setdefault(step.claim.statement_id, []).append(_row(row, display))
    ordered = sorted(
        steps.values(), key=lambda step: (step.corrected_by is None, step.event_ms), reverse=True
    )
    return tuple(
        Report(
            step=setting.numbers[step.claim.statement_id],
            day=shown_day(step.event_ms, english=display.english),
            laboratory=display.say(actor_name(step.actor)),
            report_no=(step.event.text("report_no") or "") if step.event else "",
            lot=names.get(step.subject, ""),
            tags=(Tag(text=display.say("已更正"), look="is-amber"),) if step.corrected_by else (),
            rows=tuple(rows[step.claim.statement_id]),
            papers=papers_of(step, setting.held, display),
        )
        for step in ordered
    )


def _row(row: Mapping[str, JsonValue], display: Display) -> Row:
    unit = shown_number(row.get("unit"))
    limit = shown_number(row.get("limit"))
    sign = SIGNS.get(shown_number(row.get("op")), shown_number(row.get("op")))
    passed = row.get("passed") is True
    verdict = "✓ 合格" if passed else "✕ 不合格"
    return Row(
        name=shown_number(row.get("item")),
        limit=f"{sign} {limit} {unit}".strip() if limit else "—",
        value=f"{shown_number(row.get('value'))} {unit if limit else ''}".strip(),
        verdict=Tag(text=display.say(verdict), look="" if passed else "is-red"),
    )
