"""The head of a page, its blends and its label in pieces, for phones to reckon again.

These pieces belong to no single step: `static/public/verify/head.js` makes them anew from the
proved statements, under the places that are named here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from api.answers.pages import Display
from api.public.packet.pieces import Piece, place_of_signer
from api.public.packet.steps import actor_name, in_force
from api.shown.values import shown_day, shown_mass, shown_place, shown_share
from ledger.canonical import JsonValue
from ledger.herbs.vocabulary import Herb, herb, herb_named
from ledger.seam import Edge
from ledger.trace.blends import BlendNote
from ledger.trace.lineage import shares_above
from ledger.trace.steps import Step, adjuvants_of
from ledger.trace.trace import PACKING, Trace

UNNAMED: Final = "没有写品种的批次"
# The head's places that stand for words of the page alone; a value that nobody states is undefined.
NO_HERB: Final = "none"
LATIN: Final = "latin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A short answer under a short word; each of its parts stays on one line where it can."""

    name: str
    parts: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a blend: its counties, its lot, its grams; `width` is its share of a bar of 100."""

    places: tuple[Piece, ...]
    name: tuple[Piece, ...]
    mass: Piece
    share: Piece
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """A lot made from several by the statement at `index`, and whether it passes for one batch."""

    name: str
    index: int
    parts: tuple[Share, ...]
    notes: tuple[str, ...]


def title_of(trace: Trace, display: Display) -> Piece:
    """The herb in the reader's language; as it was written, where no dictionary has it."""
    written, drug = said_nearest(trace, "herb"), said_nearest(trace, "drug")
    if written:
        named = herb_of(trace)
        text = written if named is None else named.en if display.english else named.cn
        return Piece(text=text, place="herb")
    if drug:
        return Piece(text=drug, place="drug")
    return Piece(text=display.say(UNNAMED), place=NO_HERB)


def herb_of(trace: Trace) -> Herb | None:
    """The herb of the dictionary that the nearest making names."""
    written = said_nearest(trace, "herb")
    return herb(written) or herb_named(written)


def said_nearest(trace: Trace, element: str) -> str:
    """What the nearest making says of an element, breadth first as phones walk; "" for nothing."""
    parents: dict[str, list[str]] = {}
    for edge in trace.edges:
        parents.setdefault(edge.child, []).append(edge.parent)
    made = {thing.uri: thing.made_index for thing in trace.things}
    steps = {step.index: step for step in trace.steps}
    walk = {trace.asked.uri: None}
    for uri in (queue := [*walk]):
        step = steps.get(made.get(uri, -1))
        said = step.event.text(element) if step is not None and step.event is not None else None
        if said:
            return said
        found = [parent for parent in sorted(parents.get(uri, [])) if parent not in walk]
        walk |= dict.fromkeys(found)
        queue += found
    return ""


def counties_of(trace: Trace, display: Display) -> tuple[str, ...]:
    """The counties in which it grew, the largest share first."""
    return tuple(display.say(shown_place(county)) for county, _ in _by_share(trace))


def facts_of(trace: Trace, display: Display) -> tuple[Named, ...]:
    """Where from, when, by whom, how much: what is compared with the pack in hand."""
    made = _making(trace)
    packed = made if made is not None and made.kind == PACKING else None
    name = trace.thing.name if trace.thing else ""
    found = {
        "产地": list(_origin(trace, display)),
        "采收": _days(trace.steps, "HARVEST", "harvested", display),
        "包装": _days(_own(trace), PACKING, "packed", display),
        "包装企业": [] if packed is None else [_maker(packed, display)],
        "净重": []
        if trace.net_g is None
        else [Piece(text=shown_mass(trace.net_g, english=display.english), place="net")],
        "批号": [Piece(text=name, place="lot")] if name else [],
    }
    return tuple(
        Named(name=display.say(word), parts=tuple(parts)) for word, parts in found.items() if parts
    )


def label_of(trace: Trace) -> tuple[Named, ...]:
    """What is printed on the pack, as its packing states it: names and values as pieces."""
    rows: list[JsonValue] = []
    for step in in_force(_own(trace)):
        fields = step.event.elements.get("label_fields") if step.event else None
        rows = fields if isinstance(fields, list) else rows
    return tuple(
        Named(
            name=str(row.get("name", "")),
            parts=tuple(
                Piece(text=str(row.get(part, "")), place=f"label/{at}/{part}")
                for part in ("name", "value")
            ),
        )
        for at, row in enumerate(rows)
        if isinstance(row, dict)
    )


def blends_of(trace: Trace, display: Display) -> tuple[Blend, ...]:
    """Each lot of several, nearest the reader last, with where every part came from."""
    made = {thing.uri: thing for thing in trace.things}
    steps = {step.index: step for step in in_force(trace.steps) if step.kind == "BLEND"}
    origins = shares_above(trace.asked.uri, _edges(trace), _counties(trace).get)
    found = []
    for thing in trace.things:
        step = steps.get(thing.made_index)
        parts = [edge for edge in trace.edges if edge.child == thing.uri]
        if step is None or not parts or not all(edge.mass_g for edge in parts):
            continue
        whole = sum(edge.mass_g or 0 for edge in parts)
        shares = tuple(
            _share(
                edge, whole, origins.get(edge.parent, {}), display,
                place=f"parts/{step.claim.inputs.index(edge.parent)}/",
                name=made[edge.parent].name if edge.parent in made else "",
            )
            for edge in parts
        )  # fmt: skip
        notes = tuple(
            text for note in trace.blends if note.lot == thing.uri for text in _said(note, display)
        )
        found.append(Blend(name=thing.name, index=step.index, parts=shares, notes=notes))
    return tuple(found)


def head_words(trace: Trace, display: Display) -> dict[str, str]:
    """Words for the coded values of the head, by the last member of their places."""
    counties = {county for county, _ in trace.origin} | {
        str(step.claim.body.get("county") or "")
        for step in trace.steps
        if step.claim.kind in {"site.register", "site.amend"}
    }
    words = {f"county={county}": display.say(shown_place(county)) for county in counties | {""}}
    for step in trace.steps:
        known = step.event.herb if step.event else None
        if step.event is not None and known is not None:
            words[f"herb={step.event.herb_text}"] = known.en if display.english else known.cn
    named = herb_of(trace)
    if named is not None:
        words[f"herb={said_nearest(trace, 'herb')}"] = title_of(trace, display).text
        words[f"{LATIN}=undefined"] = named.latin
    return words | {f"{NO_HERB}=undefined": display.say(UNNAMED)}


def _share(
    edge: Edge, whole_g: int, origin: Iterable[str], display: Display, *, place: str, name: str
) -> Share:
    mass_g = edge.mass_g or 0
    share = Fraction(mass_g, whole_g)
    return Share(
        places=tuple(
            Piece(text=display.say(shown_place(county)), place=f"{place}from/{county}")
            for county in origin
        ),
        name=(Piece(text=name, place=f"{place}lot"),) if name else (),
        mass=Piece(text=shown_mass(mass_g, english=display.english), place=f"{place}mass"),
        share=Piece(text=shown_share(share), place=f"{place}share"),
        width=f"{float(share) * 100:.2f}",
    )


def _edges(trace: Trace) -> list[Edge]:
    """What the lots came from, adjuvants left out, as the origin of the whole is reckoned."""
    added = adjuvants_of(trace.steps)
    return [edge for edge in trace.edges if (edge.parent, edge.child) not in added]


def _counties(trace: Trace) -> dict[str, str]:
    """County of each site, as last amended."""
    return {
        step.subject: str(step.claim.body.get("county") or "")
        for step in sorted(trace.steps, key=lambda step: step.index)
        if step.claim.kind in {"site.register", "site.amend"} and not step.conflict
    }


def _by_share(trace: Trace) -> list[tuple[str, Fraction]]:
    return sorted(trace.origin, key=lambda pair: -pair[1])


def _origin(trace: Trace, display: Display) -> Iterator[Piece]:
    many = len(trace.origin) > 1
    for county, share in _by_share(trace):
        name = display.say(shown_place(county))
        yield Piece(text=f"{name} {shown_share(share)}" if many else name, place=f"origin/{county}")


def _days(steps: Sequence[Step], kind: str, place: str, display: Display) -> list[Piece]:
    """The day of the steps of a kind, or the first and the last of several."""
    times = sorted(step.event_ms for step in in_force(steps) if step.kind == kind)
    days = [shown_day(time_ms, english=display.english) for time_ms in times]
    ends = dict.fromkeys([*days[:1], *days[-1:]])
    return [
        Piece(text=display.say("至 {day}", day=day) if at else day, place=f"{place}/{at}")
        for at, day in enumerate(ends)
    ]


def _maker(packed: Step, display: Display) -> Piece:
    return Piece(text=display.say(actor_name(packed.actor)), place=place_of_signer(packed))


def _own(trace: Trace) -> list[Step]:
    return [step for step in trace.steps if step.subject == trace.asked.uri]


def _making(trace: Trace) -> Step | None:
    index = trace.thing.made_index if trace.thing else None
    return next((step for step in trace.steps if step.index == index), None)


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
