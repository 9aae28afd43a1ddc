"""One step of a history on the page: who did what, when it happened and when it was recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.answers.pages import Display
from api.public.packet.papers import Held, Paper, papers_of
from api.public.packet.pieces import (
    Piece,
    mass_pieces,
    pieces_of,
    place_of_kind,
    place_of_signer,
    place_of_time,
    text_of,
)
from api.shown.values import shown_day, shown_place, shown_time
from ledger.rules.families.times import ASSISTED
from ledger.seam import Thing
from ledger.statements.roll import ActorRecord
from ledger.trace.steps import Step, said_of

# Said already at the top of the page, or words for machines.
_NOT_AGAIN: Final = frozenset(
    {"herb", "drug", "display_name", "corrects", "label_fields", "items", "unit_g"}
)
THINGS: Final = {"site": "地块", "crop": "种植批次"}
STRANGER: Final = "{who}没有做过、也没有放行过这一批，也不是监管部门：这只是它的说法。"
# A person who farms for himself is admitted under his own name, which is nobody's business.
PERSONS: Final = frozenset({"farmer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A mark on a step: its words and the class that colours it."""

    text: str
    look: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Particular:
    """One thing that the record says, in pieces; of another statement when `leaf` names one.

    `was` holds what the corrected record, at leaf `was_leaf`, said instead.
    """

    name: str
    value: tuple[Piece, ...]
    leaf: int | None = None
    was: tuple[Piece, ...] = ()
    was_leaf: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """A step as the page shows it; `number` counts from the field, `anchor` is its place."""

    number: int
    title: str
    who: str
    places: tuple[str, ...]
    about: tuple[Particular, ...]
    happened: str
    recorded: str
    tags: tuple[Tag, ...]
    notes: tuple[str, ...]
    particulars: tuple[Particular, ...]
    papers: tuple[Paper, ...]
    outlined: bool
    corrected: bool
    claimed: bool
    statement_id: str
    index: int
    key: str
    actor: str
    signed: str
    kind_place: str
    who_place: str
    time_place: str

    @property
    def anchor(self) -> str:
        """Where a link finds it."""
        return f"step-{self.number}"

    @property
    def outline(self) -> str:
        """The class that frames the step on which the status rests."""
        return "outlined" if self.outlined else ""

    @property
    def replaced(self) -> str:
        """The attribute by which the phone knows a step that counts no more."""
        return " data-corrected" if self.corrected else ""


def in_force(steps: Sequence[Step]) -> list[Step]:
    """Steps without those that a later correction replaces."""
    return [step for step in steps if step.corrected_by is None and not step.conflict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a step is told against: numbers of statements, things, other steps, the status's own.

    `claims` are statements that change no status; `held` tells which attached files are here.
    """

    numbers: Mapping[str, int]
    things: Mapping[str, Thing]
    steps: Mapping[str, Step]
    basis: str | None
    claims: frozenset[str]
    held: Held
    display: Display


def shown_step(step: Step, setting: Setting, *, brief: bool = False) -> StepShown:
    """A step in the reader's language; a `brief` one says who did what and when."""
    cn, en = step.names
    numbers, display = setting.numbers, setting.display
    statement_id = step.claim.statement_id
    return StepShown(
        number=numbers[statement_id],
        title=en if display.english else cn,
        who=display.say(actor_name(step.actor)),
        places=(display.say(shown_place(step.actor.county)),)
        if step.actor and step.actor.county
        else (),
        about=() if brief else about_of(setting.things.get(step.subject), display),
        happened=shown_time(step.event_ms, english=display.english),
        recorded=_recorded(step, display),
        tags=tuple(_tags(step, display, claimed=statement_id in setting.claims)),
        notes=() if brief else tuple(_notes(step, setting)),
        particulars=() if brief else tuple(_particulars(step, setting)),
        papers=() if brief else papers_of(step, setting.held, display),
        outlined=statement_id == setting.basis,
        corrected=step.corrected_by is not None,
        claimed=statement_id in setting.claims,
        statement_id=statement_id,
        index=step.index,
        key=step.claim.key,
        # Of a person not even the id stands on the page: it is often the name in other letters.
        actor="-" if step.actor is None or _is_person(step.actor) else step.actor.actor,
        signed=step.claim.signed_at,
        kind_place=place_of_kind(step),
        who_place=place_of_signer(step),
        time_place=place_of_time(step),
    )


def about_of(thing: Thing | None, display: Display) -> tuple[Particular, ...]:
    """The thing that a step is about, where it has a name that people use."""
    if thing is None or not thing.name:
        return ()
    place = "body/name" if thing.kind == "site" else "body/daodi:display_name"
    piece = Piece(text=thing.name, place=place)
    name = display.say(THINGS.get(thing.kind, "批次"))
    return (Particular(name=name, value=(piece,), leaf=thing.made_index),)


def _recorded(step: Step, display: Display) -> str:
    """When the ledger took it; the day is not said twice when it is the same."""
    english = display.english
    if shown_day(step.recorded_ms, english=english) != shown_day(step.event_ms, english=english):
        return shown_time(step.recorded_ms, english=english)
    clock = shown_time(step.recorded_ms, english=english).rpartition(" ")[2]
    return display.say("当天 {clock}", clock=clock)


def _is_person(actor: ActorRecord) -> bool:
    return set(actor.roles) <= PERSONS


def actor_name(actor: ActorRecord | None) -> str:
    """The name of an organisation; a person is shown as what he is."""
    if actor is None:
        return "登记机构"
    return "农户" if _is_person(actor) else actor.name


def _tags(step: Step, display: Display, *, claimed: bool) -> list[Tag]:
    found = {
        "只是声称": (claimed, "is-amber"),
        "迟传": (step.lateness == "late", ""),
        "补录": (step.lateness == "backfilled", "is-amber"),
        "代录": (_assisted(step), ""),
        "更正": (bool(step.event and step.event.corrects), ""),
        "已更正": (step.corrected_by is not None, "is-amber"),
        "与先到的记录冲突": (step.conflict, "is-red"),
        "两人签字": (step.approved, ""),
    }
    return [
        Tag(text=display.say(text), look=look) for text, (holds, look) in found.items() if holds
    ]


def _notes(step: Step, setting: Setting) -> list[str]:
    numbers, display = setting.numbers, setting.display
    corrects = numbers.get((step.event and step.event.corrects) or "")
    corrected_by = numbers.get(step.corrected_by or "")
    who = display.say(actor_name(step.actor))
    found = {
        "当时已经签名，因为没有信号，后来才传到平台。": step.lateness == "late",
        "事情过去 72 小时以后才签名，是事后补记的。": step.lateness == "backfilled",
        "由站点的工作人员代农户记录。": _assisted(step),
        STRANGER: step.claim.statement_id in setting.claims,
        "更正第 {corrects} 步。": corrects is not None,
        "这一步写错了，以第 {corrected_by} 步为准。": corrected_by is not None,
    }
    return [
        display.say(text, corrects=corrects, corrected_by=corrected_by, who=who)
        for text, holds in found.items()
        if holds
    ]


def _assisted(step: Step) -> bool:
    """Whether a station's clerk wrote it down for somebody else, and said so."""
    return step.event is not None and ASSISTED in (step.event.text("note") or "")


def _particulars(step: Step, setting: Setting) -> list[Particular]:
    corrected = setting.steps.get((step.event.corrects if step.event else None) or "")
    was_leaf = corrected.index if corrected is not None else None
    found = _weights(step, corrected, setting.display) if corrected is not None else []
    for element, _ in said_of(step):
        if element.key in _NOT_AGAIN or element.type in {"file", "files"}:  # those are papers
            continue
        pieces = pieces_of(step, element, setting.display)
        was = pieces_of(corrected, element, setting.display) if corrected is not None else ()
        if pieces:
            name = element.en if setting.display.english else element.cn
            changed = was if text_of(was) != text_of(pieces) else ()
            found.append(Particular(name=name, value=pieces, was=changed, was_leaf=was_leaf))
    return found


def _weights(step: Step, corrected: Step, display: Display) -> list[Particular]:
    """Grams that a correction gives otherwise; of other steps the lineage tells."""
    said, before = mass_pieces(step, display), mass_pieces(corrected, display)
    return [
        Particular(
            name=display.say("重量"),
            value=(piece,),
            was=(before[uri],),
            was_leaf=corrected.index,
        )
        for uri, piece in said.items()
        if uri in before and before[uri].text != piece.text
    ]
