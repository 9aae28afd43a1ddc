"""Both directions of a thing as rows for tables: what it came from, what it became, every step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.opened.ledger import OpenedLedger
from api.shown.naming import code_in, kind_cn, name_of, shown_code
from api.shown.values import shown_mass, shown_time, shown_value
from api.traced import evidence_bytes, traced
from ledger.canonical import JsonValue
from ledger.evidence.verdict import FILE_BYTES_MAX
from ledger.herbs.vocabulary import Element, county_name
from ledger.herbs.vocabulary import herb as herb_of
from ledger.herbs.vocabulary import kind as kind_of
from ledger.rules.balance.book import Position
from ledger.seam import Edge, Thing
from ledger.statements.statement import OUT
from ledger.store.recent import kinds_at
from ledger.trace.holdings import holdings_of
from ledger.trace.judged import Reader
from ledger.trace.steps import Step, said_of
from ledger.trace.trace import Asked, Trace

LATE_CN: Final[Mapping[str, str]] = {"late": "迟传", "backfilled": "事后补录"}
UNKNOWN: Final = "记录未到"
MEBIBYTE: Final = 1 << 20
TOLD_FROM: Final = FILE_BYTES_MAX // 8  # early: what is in the log stays there
STEPS_MAX: Final = 500  # rows of one page: a browser draws them at once
# The sides of a balance: what came in is what went out, what was lost and what is left.
IN_CN: Final[Mapping[str, str]] = {
    "received_g": "收到", "made_g": "制成", "dampened_g": "回潮", "moved_g": "移入",
}  # fmt: skip
OUT_CN: Final[Mapping[str, str]] = {"used_g": "用去", "sent_g": "发出", "moved_g": "移出"}
LOST_CN: Final[Mapping[str, str]] = {"lost_g": "销毁", "dried_g": "干耗"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingRow:
    """A lot, crop or site: `made` is what made it, `code` what a link to it ends with."""

    uri: str
    code: str
    shown_code: str
    name: str
    made: str
    mass: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRow:
    """So much of one thing went into another."""

    parent: ThingRow
    child: ThingRow
    mass: str
    leaf: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One statement, with what it says in clear and the openings that this reader may see."""

    leaf: int
    statement_id: str
    kind: str
    kind_code: str
    actor: str
    thing: ThingRow
    outward: bool
    event_time: str
    record_time: str
    marks: tuple[str, ...]
    said: tuple[tuple[str, str], ...]
    opened: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRow:
    """One side of a balance: its sum, and in what ways it came about."""

    mass: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingRow:
    """What one holder has of a lot at one site; what came in, went out and was lost there."""

    holder: str
    site: str
    left: str
    short: bool
    came: SideRow
    went: SideRow
    lost: SideRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What a trace says, in rows; `steps` of the page `number` of `pages`.

    `megabytes` is the size of evidence that is growing too large, "" as long as it is far from it.
    """

    asked: ThingRow
    above: tuple[EdgeRow, ...]
    below: tuple[EdgeRow, ...]
    steps: tuple[StepRow, ...]
    number: int
    pages: int
    complete: bool
    megabytes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A thing with what made it, in the trade's word."""

    thing: Thing
    made: str


def trace_of(opened: OpenedLedger, asked: Asked, reader: Reader) -> Trace:
    """The trace of a thing for a reader. Raises NotFoundError `unknown_code`."""
    return traced(opened, asked, reader)


def tables_of(found: Trace, opened: OpenedLedger, number: int = 1) -> Tables:
    """Put a trace into rows, in order of time; what others piled on it last."""
    things = _named(found, opened)
    up, down = split_edges(found.asked.uri, found.edges)
    steps = sorted(
        (*found.steps, *found.out_steps),
        key=lambda step: (step.claim.statement_id in found.outside, step.event_ms, step.index),
    )
    # A statement on both chains of a lineage is one step: what was done comes before what it used.
    unique: dict[int, Step] = {}
    for step in steps:
        if step.index not in unique or not step.subject.endswith(OUT):
            unique[step.index] = step
    pages = max(1, -(-len(unique) // STEPS_MAX))
    number = min(max(number, 1), pages)
    openings: dict[str, dict[str, JsonValue]] = {}
    for opening in found.openings:
        openings.setdefault(opening.statement, {})[opening.name] = opening.value
    return Tables(
        asked=_thing_row(found.asked.uri, things),
        above=tuple(_edge_row(edge, things) for edge in up),
        below=tuple(_edge_row(edge, things) for edge in down),
        steps=tuple(
            _step_row(
                step,
                things,
                openings.get(step.claim.statement_id, {}),
                supervised=found.supervised,
            )
            for step in [*unique.values()][(number - 1) * STEPS_MAX : number * STEPS_MAX]
        ),
        number=number,
        pages=pages,
        complete=found.lineage_complete,
        megabytes=_megabytes(found),
    )


def _megabytes(found: Trace) -> str:
    """The size of a thing's evidence, once it has gone part of the way to what nobody can check."""
    size = evidence_bytes(found)
    return f"{size / MEBIBYTE:.1f}" if size >= TOLD_FROM else ""


def holding_rows(found: Trace, opened: OpenedLedger, reader: Reader) -> list[HoldingRow]:
    """What there is of a lot now, as far as the reader may see it."""
    registry = opened.replica.registry
    holdings = holdings_of(found, registry, reader, opened.clock())
    rows = []
    for holding in holdings:
        actor, site = registry.actors.get(holding.holder), registry.sites.get(holding.site)
        name = str(site.body.get("name") or "") if site else ""
        left_g = holding.position.left_g
        rows.append(
            HoldingRow(
                holder=actor.name if actor else holding.holder,
                site=name or (shown_code(holding.site) if holding.site else ""),
                left=f"{'−' if left_g < 0 else ''}{shown_mass(abs(left_g), english=False)}",
                short=left_g < 0,
                came=_side(holding.position, IN_CN, 1),
                went=_side(holding.position, OUT_CN, -1),
                lost=_side(holding.position, LOST_CN, 1),
            )
        )
    return rows


def _side(position: Position, words: Mapping[str, str], moved: int) -> SideRow:
    """The masses under these words. What was moved between sites came in, or went if negative."""
    masses = {
        cn: max(0, getattr(position, key) * (moved if key == "moved_g" else 1))
        for key, cn in words.items()
    }
    return SideRow(
        mass=shown_mass(sum(masses.values()), english=False),
        parts=tuple(
            (cn, shown_mass(mass_g, english=False)) for cn, mass_g in masses.items() if mass_g
        ),
    )


def split_edges(asked: str, edges: Sequence[Edge]) -> tuple[list[Edge], list[Edge]]:
    """The edges that lead to the asked thing, and those that lead from it, each once."""
    unique = list({(edge.parent, edge.child): edge for edge in edges}.values())
    above, reached = {asked}, True
    while reached:
        found = {edge.parent for edge in unique if edge.child in above}
        reached = not found <= above
        above |= found
    up = [edge for edge in unique if edge.child in above]
    return sorted(up, key=_order), sorted((e for e in unique if e not in up), key=_order)


def _order(edge: Edge) -> tuple[int, str]:
    return edge.index, edge.parent


def _named(found: Trace, opened: OpenedLedger) -> dict[str, _Named]:
    """The things of a trace, each with what made it."""
    kinds = kinds_at(opened.store, [thing.made_index for thing in found.things])
    return {
        thing.uri: _Named(thing=thing, made=kind_cn(kinds.get(thing.made_index, "")))
        for thing in found.things
    }


def _thing_row(uri: str, things: Mapping[str, _Named]) -> ThingRow:
    named = things.get(uri)
    thing = named.thing if named else None
    return ThingRow(
        uri=uri,
        code=code_in(uri),
        shown_code=shown_code(uri),
        name=name_of(thing) if thing else shown_code(uri)[:11],
        made=named.made if named else UNKNOWN,
        mass=shown_mass(thing.mass_g, english=False) if thing and thing.mass_g else "",
    )


def _edge_row(edge: Edge, things: Mapping[str, _Named]) -> EdgeRow:
    return EdgeRow(
        parent=_thing_row(edge.parent, things),
        child=_thing_row(edge.child, things),
        mass=shown_mass(edge.mass_g, english=False) if edge.mass_g is not None else "",
        leaf=edge.index,
    )


def _step_row(
    step: Step,
    things: Mapping[str, _Named],
    openings: Mapping[str, JsonValue],
    *,
    supervised: bool,
) -> StepRow:
    marks = [LATE_CN[step.lateness]] if step.lateness else []
    if step.corrected_by:
        marks.append("已更正")
    if step.event and step.event.corrects:
        marks.append("更正")
    if step.conflict:
        marks.append("与已有记录冲突")
    if step.approved:
        marks.append("已复核")
    if supervised and step.out_of_role:
        marks.append("超出角色")
    kind, _ = step.names
    return StepRow(
        leaf=step.index,
        statement_id=step.claim.statement_id,
        kind=kind,
        kind_code=step.kind if step.event and not step.event.corrects else "",
        actor=step.actor.name if step.actor else "登记员",
        thing=_thing_row(step.subject.removesuffix(OUT), things),
        outward=step.subject.endswith(OUT),
        event_time=shown_time(step.event_ms, english=False),
        record_time=shown_time(step.recorded_ms, english=False),
        marks=tuple(marks),
        said=tuple(_in_words(said_of(step))),
        opened=tuple(_in_words(_opened(step, openings))),
    )


def _opened(step: Step, openings: Mapping[str, JsonValue]) -> list[tuple[Element, JsonValue]]:
    """Sealed values with the elements that they answer."""
    if step.event is None:
        return []
    kind = kind_of(step.event.kind)
    named = ((kind.element(key), value) for key, value in openings.items())
    return [(element, value) for element, value in named if element is not None]


def _in_words(said: Iterable[tuple[Element, JsonValue]]) -> list[tuple[str, str]]:
    """Elements by their names; those that have no words of their own are left out."""
    shown = ((element.cn, _shown(element, value)) for element, value in said)
    return [(name, text) for name, text in shown if text]


def _shown(element: Element, value: JsonValue) -> str:
    """An element in words; codes of herbs and counties by their names."""
    text = shown_value(element, value, english=False)
    if element.key == "herb":
        herb = herb_of(text)
        return herb.cn if herb else text
    return county_name(text) if element.key == "county" else text
