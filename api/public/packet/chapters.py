"""A long history in chapters: what matters stands alone, runs of like work are one line to open.

Sowing, harvest, tests, releases and whatever happened late, was corrected or is held against the
thing never stand in a fold. What was made of several herbs is told herb by herb.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from api.answers.pages import Display
from api.public.packet.steps import StepShown
from api.shown.values import shown_place
from ledger.errors import FormError
from ledger.herbs.events import Event
from ledger.herbs.identifiers import code_of_uri
from ledger.herbs.vocabulary import herb as herb_of
from ledger.herbs.vocabulary import herb_named
from ledger.trace.lineage import county_shares
from ledger.trace.steps import Step, adjuvants_of
from ledger.trace.trace import Trace

WHOLE_MAX: Final = 12  # steps that are read in one go
RUN_MIN: Final = 3  # fewer would be no shorter as a line
# Kinds that are told together when they follow each other, under the name of each sort of work.
RUNS: Final[Mapping[str, frozenset[str]]] = {
    "地块和种苗": frozenset({"BASE_REGISTER", "BASE_AMEND", "SEED_REGISTER", "LAND_PREP"}),
    "田间管理": frozenset({"FIELD_WORK", "FERTILISE", "IRRIGATE", "PEST_SCOUT"}),
    "加工": frozenset({"WASH_SORT", "SWEAT", "STEAM_BOIL", "DRY", "CUT_GRADE"}),
}
_SORTS: Final = {kind: name for name, kinds in RUNS.items() for kind in kinds}
NINE_TIMES: Final = "九蒸九晒"
_NINE: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Steps that are told together: in the open, or under one line when they have a `name`.

    `about` says more on that line, `counts` how often each kind is among them, `link` leads to the
    page of the herb alone.
    """

    steps: tuple[StepShown, ...]
    name: str = ""
    about: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    link: str = ""

    @property
    def lines(self) -> tuple["Chapter", ...]:
        """Itself, where it is under one line."""
        return (self,) if self.name else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One herb of several: the lot that went in and the steps of it and its ancestors."""

    lot: str
    herb: str
    steps: tuple[Step, ...]


def parts_of(trace: Trace) -> list[Part]:
    """The herbs of what was made of several, each with its steps; none where it is of one herb."""
    parents: dict[str, list[str]] = {}
    for edge in trace.edges:
        parents.setdefault(edge.child, []).append(edge.parent)
    joined = trace.asked.uri
    while len(parents.get(joined, ())) == 1:  # a bag was only packed from what was boiled
        joined = parents[joined][0]
    herbs = {uri: _herb_above(uri, parents, trace) for uri in parents.get(joined, ())}
    if len({name for name in herbs.values() if name}) < 2:  # noqa: PLR2004 — several are two
        return []
    owner: dict[str, str] = {}
    for uri in herbs:
        for each in _above(uri, parents):
            owner.setdefault(each, uri)
    return [
        Part(lot=uri, herb=herb, steps=tuple(s for s in trace.steps if owner.get(s.subject) == uri))
        for uri, herb in herbs.items()
    ]


def in_told_order(steps: Sequence[Step], parts: Iterable[Part]) -> list[Step]:
    """The steps as the page tells them: herb by herb, then what was made of them."""
    first = [step for part in parts for step in part.steps]
    told = {step.index for step in first}
    return [*first, *(step for step in steps if step.index not in told)]


def chapters_of(
    trace: Trace, steps: Mapping[int, StepShown], parts: Sequence[Part], display: Display
) -> tuple[Chapter, ...]:
    """The page's steps, by their leaves, in chapters. `steps` is in the order of telling."""
    if len(steps) <= WHOLE_MAX:
        return (Chapter(steps=tuple(steps.values())),)
    herbs = [_herb_chapter(trace, part, steps, display) for part in parts]
    told = {step.index for chapter in herbs for step in chapter.steps}
    rest = [step for step in trace.steps if step.index not in told]
    return (*herbs, *_runs(rest, steps, display))


def _herb_chapter(
    trace: Trace, part: Part, steps: Mapping[int, StepShown], display: Display
) -> Chapter:
    herb = herb_of(part.herb) or herb_named(part.herb)
    name = (herb.en if display.english else herb.cn) if herb else part.herb
    counties = {
        step.subject: str(step.claim.body["county"])
        for step in part.steps
        if step.claim.kind == "site.register"
    }
    added = adjuvants_of(trace.steps)
    edges = [edge for edge in trace.edges if (edge.parent, edge.child) not in added]
    origin = county_shares(part.lot, edges, counties.get)
    places = [display.say(shown_place(county)) for county in origin]
    return Chapter(
        steps=tuple(steps[step.index] for step in part.steps),
        name=name or display.say("没有写品种的批次"),
        about=(", " if display.english else "、").join(places),
        link=display.to(f"/t/{code}") if (code := _code(part.lot)) else "",
    )


def _runs(
    told: Sequence[Step], steps: Mapping[int, StepShown], display: Display
) -> Iterable[Chapter]:
    """Runs of one sort of work under a line each, everything else in the open between them."""
    plain: list[StepShown] = []
    for sort, found in groupby(told, lambda step: _sort_of(step, steps[step.index])):
        run = list(found)
        shown = tuple(steps[step.index] for step in run)
        if not sort or len(run) < RUN_MIN:
            plain.extend(shown)
            continue
        if plain:
            yield Chapter(steps=tuple(plain))
            plain = []
        counts = Counter(step.title for step in shown)
        name = display.say(NINE_TIMES if _is_nine_times(run) else sort)
        yield Chapter(steps=shown, name=name, counts=tuple(counts.items()))
    if plain:
        yield Chapter(steps=tuple(plain))


def _sort_of(step: Step, shown: StepShown) -> str:
    """The sort of work of a step that may be folded; "" for one that stands in the open."""
    if shown.tags or shown.notes or shown.outlined:
        return ""
    return _SORTS.get(step.kind, "")


def _is_nine_times(run: Iterable[Step]) -> bool:
    """Whether it was steamed nine times and dried in the sun as often."""
    events = [step.event for step in run if step.event is not None]
    steamed = sum(event.kind == "STEAM_BOIL" for event in events)
    return steamed == _NINE == sum(_is_sunned(event) for event in events)


def _is_sunned(event: Event) -> bool:
    return event.kind == "DRY" and event.text("method") == "sun"


def _above(uri: str, parents: Mapping[str, Sequence[str]]) -> list[str]:
    """A thing and its ancestors, nearest first."""
    found = {uri: None}
    waiting = [uri]
    while waiting:
        new = [each for each in parents.get(waiting.pop(0), ()) if each not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return [*found]


def _herb_above(uri: str, parents: Mapping[str, Sequence[str]], trace: Trace) -> str:
    """The herb that the nearest making of a thing states, "" when none does."""
    herbs = {thing.uri: thing.herb for thing in trace.things}
    return next((herbs[each] for each in _above(uri, parents) if herbs.get(each)), "")


def _code(uri: str) -> str:
    try:
        return code_of_uri(uri)
    except FormError:
        return ""
