"""Test reports on the page: what was tested, the limit, what was found, and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.answers.pages import Display
from api.public.packet.papers import Paper, papers_of
from api.public.packet.pieces import SIGNS, VERDICTS, Piece, place_of_signer, place_of_time
from api.public.packet.steps import Particular, Setting, Tag, about_of, actor_name
from api.shown.values import shown_day, shown_number
from ledger.canonical import JsonValue
from ledger.trace.steps import Step
from ledger.trace.trace import Trace

ITEMS = "body/daodi:items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tested item, each cell in pieces."""

    name: tuple[Piece, ...]
    limit: tuple[Piece, ...]
    value: tuple[Piece, ...]
    verdict: Tag
    verdict_place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report with its items; `index` is the leaf that states it."""

    index: int
    time_place: str
    who_place: str
    day: str
    laboratory: str
    report_no: str
    lots: tuple[Particular, ...]
    tags: tuple[Tag, ...]
    rows: tuple[Row, ...]
    papers: tuple[Paper, ...]


def reports_of(trace: Trace, setting: Setting) -> tuple[Report, ...]:
    """Reports in force, the newest first; then those that a correction replaced.

    Last come those of who is no laboratory: no status rests on them.
    """
    display = setting.display
    rows: dict[str, list[Row]] = {}
    steps: dict[str, Step] = {}
    for step, row in trace.tests:
        steps[step.claim.statement_id] = step
        listed = rows.setdefault(step.claim.statement_id, [])
        listed.append(_row(row, f"{ITEMS}/{len(listed)}/", display))
    abouts = {
        name: about_of(setting.things.get(step.subject), display) for name, step in steps.items()
    }
    ordered = sorted(
        steps.values(),
        key=lambda step: (not step.out_of_role, step.corrected_by is None, step.event_ms),
        reverse=True,
    )
    return tuple(
        Report(
            index=step.index,
            time_place=place_of_time(step),
            who_place=place_of_signer(step),
            day=shown_day(step.event_ms, english=display.english),
            laboratory=display.say(actor_name(step.actor)),
            report_no=(step.event.text("report_no") or "") if step.event else "",
            lots=abouts[step.claim.statement_id],
            tags=tuple(
                Tag(text=display.say(text), look="is-amber")
                for text, holds in (
                    ("已更正", step.corrected_by is not None),
                    ("不是检验机构", step.out_of_role),
                )
                if holds
            ),
            rows=tuple(rows[step.claim.statement_id]),
            papers=papers_of(step, setting.held, display),
        )
        for step in ordered
    )


def _row(row: Mapping[str, JsonValue], place: str, display: Display) -> Row:
    def said(name: str) -> Piece:
        return Piece(text=shown_number(row.get(name)), place=place + name)

    def measured(piece: Piece) -> tuple[Piece, ...]:
        """A figure with its unit; 未检出 has none."""
        is_figure = unit.text and any(sign.isdigit() for sign in piece.text)
        return (piece, Piece(text=" "), unit) if is_figure else (piece,)

    unit, limit, op = said("unit"), said("limit"), said("op")
    # What the report does not say has no place: a phone would look for it in the statement.
    sign = Piece(text=SIGNS.get(op.text, op.text), place=op.place if op.text else "")
    passed = row.get("passed") is True
    return Row(
        name=(said("item"),),
        limit=(sign, Piece(text=" "), *measured(limit)) if limit.text else (Piece(text="—"),),
        value=measured(said("value")),
        verdict=Tag(text=display.say(VERDICTS[passed]), look="" if passed else "is-red"),
        verdict_place=f"{place}passed",
    )
