"""A trace told on one page: what it is, where from, how it was tested, from field to hand.

Every number comes from the trace; nothing is reckoned but shares, counts and dates of it.
"""

from dataclasses import dataclass, replace

from api.answers.pages import Display
from api.public.packet.chapters import Chapter, chapters_of, in_told_order, parts_of
from api.public.packet.heading import (
    Blend,
    Named,
    blends_of,
    counties_of,
    facts_of,
    herb_of,
    label_of,
    said_nearest,
    title_of,
)
from api.public.packet.outside import Outside, outside_of
from api.public.packet.papers import Held
from api.public.packet.pieces import Piece
from api.public.packet.reports import Report, reports_of
from api.public.packet.status import Shown, shown_status
from api.public.packet.steps import Setting, StepShown, shown_step
from api.traced import evidence_bytes
from ledger.errors import FormError
from ledger.evidence.verdict import FILE_BYTES_MAX
from ledger.herbs.identifiers import grouped, parse_code
from ledger.trace.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that the page shows, in the order in which it shows it."""

    heading: Piece
    drug: str
    latin: str
    counties: tuple[str, ...]
    facts: tuple[Named, ...]
    status: Shown
    reports: tuple[Report, ...]
    steps: tuple[StepShown, ...]
    chapters: tuple[Chapter, ...]
    outside: tuple[Outside, ...]
    blends: tuple[Blend, ...]
    label: tuple[Named, ...]
    code: str
    complete: bool

    @property
    def place(self) -> str:
        """The counties in one line."""
        return " · ".join(self.counties)

    @property
    def title(self) -> str:
        """What it is, as the page's title says it."""
        return self.heading.text

    @property
    def basis(self) -> list[StepShown]:
        """The step on which the status rests, if it is one of the steps."""
        return [step for step in self.steps if step.outlined]

    @property
    def claims(self) -> list[StepShown]:
        """The newest word against it of somebody who does not answer for it."""
        return [step for step in self.steps if step.claimed][-1:]

    @property
    def whole(self) -> bool:
        """Whether every statement of its chains is told on this page, as phones ask."""
        return all(others.whole for others in self.outside)

    @property
    def names(self) -> tuple[str, ...]:
        """Its names under the herb's own."""
        return tuple(filter(None, [self.drug]))

    @property
    def alarms(self) -> tuple[str, ...]:
        """What the page's title must begin with."""
        return (self.status.text,) if self.status.alarm else ()


def tell(trace: Trace, display: Display, held: Held, *, others: str = "", path: str = "") -> Story:
    """Tell a trace in the reader's language. `held` tells which attached files are here.

    `others` asks for a page of what others piled on it, at the `path` of this page.
    """
    outside = [step for step in trace.steps if step.claim.statement_id in trace.outside]
    own = [step for step in trace.steps if step.claim.statement_id not in trace.outside]
    inside = replace(trace, steps=tuple(own)) if outside else trace
    parts = parts_of(inside)
    told = in_told_order(own, parts)
    numbered = enumerate((*told, *outside), 1)
    setting = Setting(
        numbers={step.claim.statement_id: number for number, step in numbered},
        things={thing.uri: thing for thing in trace.things},
        steps={step.claim.statement_id: step for step in trace.steps},
        basis=trace.status.statement_id,
        claims=trace.claims,
        held=held,
        display=display,
    )
    steps = {step.index: shown_step(step, setting) for step in told}
    return Story(
        heading=title_of(trace, display),
        drug=said_nearest(trace, "drug"),
        latin=named.latin if (named := herb_of(trace)) else "",
        counties=counties_of(trace, display),
        facts=facts_of(trace, display),
        status=shown_status(trace, display),
        reports=reports_of(inside, setting),
        steps=tuple(steps.values()),
        chapters=chapters_of(inside, steps, parts, display),
        outside=outside_of(
            outside, setting, others, path, too_large=evidence_bytes(trace) > FILE_BYTES_MAX
        ),
        blends=blends_of(trace, display),
        label=label_of(trace),
        code=_code(trace),
        complete=trace.complete and trace.lineage_complete,
    )


def _code(trace: Trace) -> str:
    try:
        return grouped(parse_code(trace.asked.code).text)
    except FormError:
        return trace.asked.code
