"""A trace told on one page: what it is, where from, how it was tested, from field to hand.

Every number comes from the trace; nothing is reckoned but shares, counts and dates of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from api.pages import Display
from api.public.chapters import Chapter, chapters_of, in_told_order, parts_of
from api.public.papers import Held
from api.public.reports import Report, reports_of
from api.public.status import Shown, shown_status
from api.public.steps import Setting, StepShown, in_force, shown_step
from api.shown import shown_day, shown_mass, shown_place, shown_share
from ledger.canonical import JsonValue
from ledger.errors import FormError
from ledger.herbs.identifiers import grouped, parse_code
from ledger.trace.blends import BlendNote
from ledger.trace.lineage import shares_above
from ledger.trace.steps import Step
from ledger.trace.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A short answer under a short word; each of its parts stays on one line where it can."""

    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the whole; `width` is its share of a bar of 100."""

    name: str
    place: str
    mass: str
    share: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """A lot made from several: its name, its parts, and whether it passes for one batch."""

    name: str
    parts: tuple[Share, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that the page shows, in the order in which it shows it."""

    title: str
    drug: str
    latin: str
    facts: tuple[Named, ...]
    status: Shown
    origin: tuple[Share, ...]
    reports: tuple[Report, ...]
    steps: tuple[StepShown, ...]
    chapters: tuple[Chapter, ...]
    blends: tuple[Blend, ...]
    label: tuple[Named, ...]
    code: str
    complete: bool

    @property
    def place(self) -> str:
        """The counties in one line."""
        return " · ".join(share.place for share in self.origin)

    @property
    def basis(self) -> list[StepShown]:
        """The step on which the status rests, if it is one of the steps."""
        return [step for step in self.steps if step.outlined]

    @property
    def claims(self) -> list[StepShown]:
        """The newest word against it of somebody who does not answer for it."""
        return [step for step in self.steps if step.claimed][-1:]

    @property
    def names(self) -> tuple[str, ...]:
        """Its names under the herb's own."""
        return tuple(filter(None, [self.drug]))

    @property
    def alarms(self) -> tuple[str, ...]:
        """What the page's title must begin with."""
        return (self.status.text,) if self.status.alarm else ()


def tell(trace: Trace, display: Display, held: Held) -> Story:
    """Tell a trace in the reader's language. `held` tells which attached files are here."""
    parts = parts_of(trace)
    told = in_told_order(trace.steps, parts)
    setting = Setting(
        numbers={step.claim.statement_id: number for number, step in enumerate(told, 1)},
        things={thing.uri: thing for thing in trace.things},
        steps={step.claim.statement_id: step for step in trace.steps},
        basis=trace.status.statement_id,
        claims=trace.claims,
        held=held,
        display=display,
    )
    steps = {step.index: shown_step(step, setting) for step in told}
    origin = _origin(trace, display)
    return Story(
        title=_title(trace, display),
        drug=trace.drug,
        latin=trace.herb.latin if trace.herb else "",
        facts=_facts(trace, origin, display),
        status=shown_status(trace, display),
        origin=origin,
        reports=reports_of(trace, setting),
        steps=tuple(steps.values()),
        chapters=chapters_of(trace, steps, parts, display),
        blends=_blends(trace, display),
        label=_label(trace),
        code=_code(trace),
        complete=trace.complete and trace.lineage_complete,
    )


def _title(trace: Trace, display: Display) -> str:
    herb = trace.herb
    if herb is None:
        return trace.herb_text or trace.drug or display.say("没有写品种的批次")
    return herb.en if display.english else herb.cn


def _code(trace: Trace) -> str:
    try:
        return grouped(parse_code(trace.asked.code).text)
    except FormError:
        return trace.asked.code


def _origin(trace: Trace, display: Display) -> tuple[Share, ...]:
    return tuple(
        Share(
            name="",
            place=display.say(shown_place(county)),
            mass="",
            share=shown_share(share),
            width=f"{float(share) * 100:.2f}",
        )
        for county, share in sorted(trace.origin, key=lambda pair: -pair[1])
    )


def _facts(trace: Trace, origin: Sequence[Share], display: Display) -> tuple[Named, ...]:
    english = display.english
    many = len(origin) > 1
    net_g = trace.net_g
    found = {
        "产地": [f"{share.place} {share.share}" if many else share.place for share in origin],
        "采收": _days(trace.steps, "HARVEST", display),
        "包装": _days(_own(trace), "PACK_LABEL", display),
        "净重": [] if net_g is None else [shown_mass(net_g, english=english)],
        "批号": [trace.thing.name] if trace.thing and trace.thing.name else [],
    }
    return tuple(
        Named(name=display.say(name), parts=tuple(parts)) for name, parts in found.items() if parts
    )


def _days(steps: Sequence[Step], kind: str, display: Display) -> list[str]:
    """The day of the steps of a kind, or the first and the last of several."""
    times = sorted(step.event_ms for step in in_force(steps) if step.kind == kind)
    days = [shown_day(time_ms, english=display.english) for time_ms in times]
    return days[:1] if days[:1] == days[-1:] else [days[0], display.say("至 {day}", day=days[-1])]


def _own(trace: Trace) -> list[Step]:
    return [step for step in trace.steps if step.subject == trace.asked.uri]


def _label(trace: Trace) -> tuple[Named, ...]:
    """What is printed on the pack, as its packing states it."""
    rows: list[JsonValue] = []
    for step in in_force(_own(trace)):
        fields = step.event.elements.get("label_fields") if step.event else None
        rows = fields if isinstance(fields, list) else rows
    return tuple(
        Named(name=str(row.get("name", "")), parts=(str(row.get("value", "")),))
        for row in rows
        if isinstance(row, dict)
    )


def _blends(trace: Trace, display: Display) -> tuple[Blend, ...]:
    """Each lot of several, nearest the reader last, with where every part came from."""
    counties = {
        step.subject: str(step.claim.body["county"])
        for step in trace.steps
        if step.claim.kind == "site.register"
    }
    names = {thing.uri: thing.name for thing in trace.things}
    blended = {
        uri for step in in_force(trace.steps) if step.kind == "BLEND" for uri in step.claim.outputs
    }
    origins = shares_above(trace.asked.uri, trace.edges, counties.get)
    found = []
    for uri in (thing.uri for thing in trace.things if thing.uri in blended):
        parts = [edge for edge in trace.edges if edge.child == uri]
        if not all(edge.mass_g for edge in parts):
            continue
        whole = sum(edge.mass_g or 0 for edge in parts)
        shares = []
        for edge in parts:
            mass_g = edge.mass_g or 0
            origin = origins.get(edge.parent, {})
            share = Fraction(mass_g, whole)
            shares.append(
                Share(
                    name=names.get(edge.parent, ""),
                    place="、".join(display.say(shown_place(county)) for county in origin),
                    mass=shown_mass(mass_g, english=display.english),
                    share=shown_share(share),
                    width=f"{float(share) * 100:.2f}",
                )
            )
        notes = tuple(
            text for note in trace.blends if note.lot == uri for text in _said(note, display)
        )
        found.append(Blend(name=names[uri], parts=tuple(shares), notes=notes))
    return tuple(found)


def _said(note: BlendNote, display: Display) -> list[str]:
    """What its maker declared of a merged lot, and what the records say against that."""
    against = [
        difference.en if display.english else difference.cn
        for difference in note.differences
        if difference.cn in note.contradicted
    ]
    found = {
        "按混批申报，不算同一个生产批次。": note.declared,
        "声明一致、记录却不一致的：{told}": bool(against),
    }
    told = "; ".join(against) if display.english else "；".join(against)
    return [display.say(text, told=told) for text, holds in found.items() if holds]
