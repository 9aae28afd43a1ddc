"""A kind's form as a page asks it: a control for each field, and what there is to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.opened.ledger import OpenedLedger
from api.shown.naming import code_in, label_of
from ledger.herbs import vocabulary
from ledger.herbs.assays import ASSAYS
from ledger.herbs.forms import Field, form
from ledger.herbs.vocabulary import Kind
from ledger.seam import Thing
from ledger.statements.statement import is_uri
from ledger.store.recent import things_made_by

LOTS_SHOWN_MAX: Final = 60  # a longer list is slower to read than typing a code
SITES_SHOWN_MAX: Final = 100
MASS_UNITS: Final = ("公斤", "斤", "吨", "克")
AREA_UNITS: Final = ("亩", "公顷", "平方米")
CORRECTING: Final = frozenset({"corrects", "correct_reason"})
SITES: Final = frozenset({"plot", "site", "from", "to"})
# How element types that a form asks for as a table are asked on the page.
TABLES: Final = {
    "lots": "lots",
    "adjuvants": "rows",
    "pairs": "rows",
    "tests": "rows",
    "findings": "rows",
    "range": "range",
    "flags": "flags",
    "geo": "geo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a row: how its value is read, and the words over it.

    `known` are words that it offers, each with what it says in English; others may be typed.
    """

    key: str
    cn: str
    type: str
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    known: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the page. `control` names the macro that draws it and the script's reader."""

    key: str
    name: str
    control: str
    at: str
    required: bool
    sealed: bool
    hint: str
    unit: str
    element_type: str
    units: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    cells: tuple[Cell, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    makes: str = ""
    aside: bool = False


CELLS: Final[Mapping[str, tuple[Cell, ...]]] = {
    "tests": (
        Cell(
            key="item", cn="项目", type="text",
            known=tuple((assay.cn, assay.en) for assay in ASSAYS),
        ),
        Cell(
            key="op", cn="限度", type="choice", required=False,
            choices=(("<=", "不超过"), (">=", "不少于"), ("=", "应为")),
        ),
        Cell(key="limit", cn="限值", type="amount", required=False),
        Cell(key="value", cn="结果", type="amount"),
        Cell(key="unit", cn="单位", type="text", required=False),
        Cell(key="passed", cn="判定", type="bool", choices=(("true", "合格"), ("false", "不合格"))),
    ),
    "pairs": (
        Cell(key="name", cn="名目", type="text"),
        Cell(key="value", cn="内容", type="text"),
    ),
    "adjuvants": (
        Cell(key="name", cn="辅料", type="text"),
        Cell(key="lot", cn="批号", type="text", required=False),
        Cell(key="mass_g", cn="用量（克）", type="integer"),
    ),
    "findings": (
        Cell(key="text", cn="发现", type="text"),
        Cell(key="level", cn="程度", type="text"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Things of the ledger that a picker offers, as (code, words), the actor's own first."""

    lots: tuple[tuple[str, str], ...]
    crops: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]


def choices_for(actor: str, opened: OpenedLedger) -> Choices:
    """What an actor chooses from: its own things and sites, then what others made last."""
    own_keys = [key.key_id for key in opened.replica.registry.keys.values() if key.actor == actor]
    own = things_made_by(opened.store, own_keys, limit=LOTS_SHOWN_MAX)
    with opened.store.reading() as reading:
        recent = reading.recent_things(limit=2 * LOTS_SHOWN_MAX)
    things = list({thing.uri: thing for thing in (*own, *recent)}.values())
    sites = sorted(
        opened.replica.registry.sites.values(), key=lambda site: (site.actor != actor, -site.index)
    )
    return Choices(
        lots=_offered(things, "/lot/"),
        crops=_offered(things, "/crop/"),
        sites=tuple(
            (code_in(site.site), str(site.body.get("name") or code_in(site.site)))
            for site in sites[:SITES_SHOWN_MAX]
        ),
    )


def questions_of(
    kind: Kind, choices: Choices, *, correcting: bool, english: bool = False
) -> list[Question]:
    """The questions of a kind's page; a correction also asks what it corrects, and why."""
    asked = [
        _question(kind, field, choices, english=english)
        for field in form(kind.code)
        if correcting or field.key not in CORRECTING
    ]
    if correcting:
        asked.sort(key=lambda question: question.key not in CORRECTING)
    return asked


def _question(kind: Kind, field: Field, choices: Choices, *, english: bool) -> Question:
    element_type = _element_type(kind, field)
    control = _control(field, element_type)
    aside = field.need == "O" and field.key not in CORRECTING
    if field.key == "herb":
        aside = kind.makes == "none"
    herbs = tuple((herb.id, herb.cn) for herb in vocabulary.herbs()) if field.key == "herb" else ()
    return Question(
        key=field.key,
        name=field.en if english else field.cn,
        control="choice" if herbs else control,
        at=field.at,
        required=field.required,
        sealed=field.sealed,
        hint=field.hint if not is_uri(field.hint) else "",
        unit=field.unit,
        element_type=element_type,
        units=_units(field, control),
        choices=herbs or field.choices,
        cells=CELLS.get(element_type, ()),
        options=_options(field, choices),
        makes="crop" if field.key == "crop" else "lot",
        aside=aside,
    )


def _element_type(kind: Kind, field: Field) -> str:
    element = kind.element(field.key)
    return element.type if element else field.type


def _control(field: Field, element_type: str) -> str:
    """The name of the macro: what is made gets a new code, what exists is picked."""
    if field.type == "table":
        return TABLES.get(element_type, "text")
    if field.type == "uri":
        return "made" if field.at == "outputs" else "picked"
    if element_type == "integer":
        return "number"
    return str(field.type)


def _units(field: Field, control: str) -> tuple[str, ...]:
    every = {"mass": MASS_UNITS, "area": AREA_UNITS}.get(control, ())
    return tuple(sorted(every, key=lambda unit: unit != field.unit))


def _options(field: Field, choices: Choices) -> tuple[tuple[str, str], ...]:
    if field.key in SITES:
        return choices.sites
    return choices.crops if field.key == "crop" else choices.lots


def _offered(things: Sequence[Thing], path: str) -> tuple[tuple[str, str], ...]:
    found = [thing for thing in things if path in thing.uri]
    return tuple((code_in(thing.uri), label_of(thing)) for thing in found[:LOTS_SHOWN_MAX])
