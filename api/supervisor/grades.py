"""信用 (CR1): the grade of every actor that officers keep a file of, with its every reason."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from api.answers.pages import page
from api.opened.ledger import OpenedLedger
from api.sessions import FORM_HEADERS
from api.shown.supervised import APPEALS_CN, CHARGES_CN
from api.shown.values import shown_date
from ledger.canonical import parse_json
from ledger.errors import DaodiError
from ledger.rules.history.days import day_of
from ledger.rules.supervision.credit import (
    Conduct,
    Confirmed,
    Credit,
    Reason,
    credit,
    parse_conducts,
)
from ledger.rules.supervision.draw import Grade

FILE_BYTES_MAX: Final = 16 * 1024 * 1024  # some forty thousand decisions
PAGE_ROWS: Final = 50
START_MAX: Final = 2**31
GRADES: Final[tuple[Grade, ...]] = ("D", "C", "B", "A")
Asked = Literal["", "A", "B", "C", "D"]


@get("/supervisor/credit", sync_to_thread=True, include_in_schema=False)
def credit_page(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    grade: FromQuery[Asked] = "",
    start: FromQuery[int] = 0,
) -> Response[str]:
    """Grades from what officers confirmed, the lowest first, each point with its reason."""
    today = day_of(opened.clock())
    conducts, refusal = read_conducts(opened.settings.decisions_file)
    scored = [(actor, each, scored_on(each, today)) for actor, each in conducts.items()]
    counts = {each: sum(found.grade == each for _, _, found in scored) for each in GRADES}
    asked = [row for row in scored if grade in {"", row[2].grade}]
    asked.sort(key=lambda row: (GRADES.index(row[2].grade), row[2].score, row[0]))
    offset = min(max(0, start), START_MAX)
    shown = asked[offset : offset + PAGE_ROWS]
    following = offset + len(shown)
    return page(
        request,
        "supervisor/credit.html",
        {
            "rows": [_row(actor, conduct, found, opened) for actor, conduct, found in shown],
            "count": len(asked),
            "counts": counts,
            "grade": grade,
            "refusal": refusal,
            "kept": bool(conducts),
            "file": opened.settings.decisions_file.name,
            "day": shown_date(today.isoformat(), english=False),
            "next": following if shown and following < len(asked) else None,
            "current": "credit",
        },
        headers=FORM_HEADERS,
    )


def read_conducts(path: Path) -> tuple[Mapping[str, Conduct], str]:
    """What officers keep in a file, and the Chinese sentence of why it cannot be read, or "".

    No file is no decisions: officers may keep none yet.
    """
    try:
        with path.open("rb") as file:
            written = file.read(FILE_BYTES_MAX + 1)
        if len(written) > FILE_BYTES_MAX:
            return {}, "文件太大。"
        return parse_conducts(parse_json(written)), ""
    except FileNotFoundError:
        return {}, ""
    except DaodiError as error:
        return {}, f"{error.sentence_cn}（{error.message}）"
    except OSError as error:
        return {}, error.strerror or "文件打不开。"


def scored_on(conduct: Conduct, today: date) -> Credit:
    """The score of a conduct as the command gives it."""
    return credit(conduct.findings, since=conduct.since, today=today)


def _row(actor: str, conduct: Conduct, found: Credit, opened: OpenedLedger) -> dict[str, Any]:
    known = opened.replica.registry.actors.get(actor)
    return {
        "actor": actor,
        "name": known.name if known is not None else actor,
        "grade": found.grade,
        "score": f"{found.score:g}",
        "clean_months": found.clean_months,
        "severe": any(reason.confirmed.severe for reason in found.reasons),
        "reasons": [_reason(reason) for reason in found.reasons],
        "under_appeal": [_confirmed(each) for each in conduct.findings if each.appeal == "pending"],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {**_confirmed(reason.confirmed), "points": f"{reason.points:g}"}


def _confirmed(confirmed: Confirmed) -> dict[str, Any]:
    return {
        "charge": CHARGES_CN[confirmed.charge],
        "words": confirmed.reason_cn,
        "day": shown_date(confirmed.confirmed.isoformat(), english=False),
        "statement_ids": confirmed.statement_ids,
        "appeal": APPEALS_CN[confirmed.appeal],
        "appeal_until": shown_date(confirmed.appeal_until.isoformat(), english=False),
    }
