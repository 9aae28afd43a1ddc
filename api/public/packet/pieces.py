"""Pieces of the page's text, and their places in the signed statement for phones to compare.

A place is a path of members from the statement, as `static/public/verify/shown.js` reads it: `by`
is the signer's admission, `at` the time at which the ledger took the statement.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from api.answers.pages import Display
from api.shown.values import DECLARED_NOT, shown_mass, shown_number, shown_place, shown_value
from ledger.canonical import JsonValue
from ledger.herbs.events import PREFIX
from ledger.herbs.vocabulary import Element
from ledger.trace.steps import PERSONS, Step, said_of
from ledger.trace.trace import Trace

BODY: Final = "body/"
NOBODY: Final = "name=undefined"  # a signer that was never admitted: the registrar
SIGNS: Final = {"<=": "≤", ">=": "≥", "<": "＜", ">": "＞", "=": "="}
VERDICTS: Final = {True: "✓ 合格", False: "✕ 不合格"}
Rows = list[dict[str, JsonValue]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of text and where the statement says it; punctuation stands nowhere."""

    text: str
    place: str = ""


def pieces_of(step: Step, element: Element, display: Display) -> tuple[Piece, ...]:
    """What a step says of an element, worded by `api.shown.values`; none where it says nothing."""
    said = step.event.elements if step.event else step.claim.body
    value = said.get(element.key)
    if value is None:
        return ()
    place = f"{BODY}{_prefix(step)}{element.key}"
    parts = _PARTS.get(element.type)
    if parts is not None:
        return tuple(piece for piece in parts(element, value, place, display) if piece.text)
    text = shown_value(element, value, english=display.english)
    return (Piece(text=text, place=place),) if text else ()


def text_of(pieces: Iterable[Piece]) -> str:
    """Pieces as one text."""
    return "".join(piece.text for piece in pieces)


def mass_pieces(step: Step, display: Display) -> dict[str, Piece]:
    """The mass of each thing that an event weighs, by its URI, and where the event says it."""
    things = (*step.event.inputs, *step.event.outputs, *step.event.about) if step.event else ()
    masses_g = {thing.uri: thing.mass_g for thing in things if thing.mass_g is not None}
    return {
        str(row["epcClass"]): Piece(
            text=shown_mass(masses_g[str(row["epcClass"])], english=display.english),
            place=f"{BODY}{name}/{at}/quantity",
        )
        for name, rows in step.claim.body.items()
        if name.lower().endswith("quantitylist")
        for at, row in enumerate(_rows(rows))
        if row.get("epcClass") in masses_g and row.get("uom") == "KGM"
    }


def place_of_kind(step: Step) -> str:
    """Where a statement says of which kind it is."""
    return f"{BODY}{PREFIX}kind" if step.event else "kind"


def place_of_time(step: Step) -> str:
    """Where it says when it happened."""
    return f"{BODY}eventTime" if step.event else "signed_at"


def place_of_signer(step: Step) -> str:
    """Where the admission says who signed: a person is shown as what he is."""
    return "by/roles" if step.actor and _is_person(step) else "by/name"


def vocabulary_words(trace: Trace, display: Display) -> dict[str, str]:
    """The page's word for each coded value that its statements say, by the place's last member."""
    words = {NOBODY: display.say("登记机构")}
    for step in trace.steps:
        words |= _words_of_step(step, display)
    return words


def _words_of_step(step: Step, display: Display) -> dict[str, str]:
    cn, en = step.names
    kind = step.event.kind if step.event else step.claim.kind
    words = {f"{place_of_kind(step).removeprefix(BODY)}={kind}": en if display.english else cn}
    if step.actor is not None:
        words[f"county={step.actor.county}"] = display.say(shown_place(step.actor.county))
        if _is_person(step):
            words[f"roles={','.join(step.actor.roles)}"] = display.say("农户")
    for element, value in said_of(step):
        words |= _words_of_element(_prefix(step) + element.key, element, value, display)
    return words


def _words_of_element(
    member: str, element: Element, value: JsonValue, display: Display
) -> dict[str, str]:
    """Words of choices, of yes and no, and of what a test's rows say in signs."""
    english = display.english
    if element.type == "flags":
        return {
            f"{word}={'true' if holds else 'false'}": word.replace("_", " ") if english else cn
            for word, cn in element.choices
            for holds in (True, False)
        }
    if element.type in {"choice", "verdict", "bool"}:
        said = str(value).lower() if isinstance(value, bool) else str(value)
        return {f"{member}={said}": shown_value(element, value, english=english)}
    if element.key != "items":
        return {}
    verdicts = {f"passed={str(k).lower()}": display.say(v) for k, v in VERDICTS.items()}
    return {**verdicts, **{f"op={written}": sign for written, sign in SIGNS.items()}}


def _prefix(step: Step) -> str:
    """How the members of an event are marked as the trade's; a registry statement's are not."""
    return PREFIX if step.event else ""


def _is_person(step: Step) -> bool:
    return (
        step.actor is not None and bool(step.actor.roles) and PERSONS.issuperset(step.actor.roles)
    )


def _texts(_element: Element, value: JsonValue, place: str, display: Display) -> Iterable[Piece]:
    said = value if isinstance(value, list) else []
    return _joined(
        ([Piece(text=str(text), place=f"{place}/{at}")] for at, text in enumerate(said)), display
    )


def _flags(element: Element, value: JsonValue, place: str, display: Display) -> Iterable[Piece]:
    """What was declared, and what was declared not to be so."""
    said = value if isinstance(value, dict) else {}
    names = {
        word: word.replace("_", " ") if display.english else cn for word, cn in element.choices
    }
    refused = DECLARED_NOT[display.english]
    for wanted in (True, False):
        listed = [
            [Piece(text=names.get(word, word), place=f"{place}/{word}")]
            for word, holds in said.items()
            if holds is wanted
        ]
        if listed and not wanted:
            yield Piece(text=refused)
        yield from _joined(listed, display)


def _adjuvants(
    _element: Element, value: JsonValue, place: str, display: Display
) -> Iterable[Piece]:
    return _joined(
        (
            [
                Piece(text=shown_number(row.get("name")), place=f"{place}/{at}/name"),
                *_mass(row.get("mass_g"), f"{place}/{at}/mass_g", display),
            ]
            for at, row in enumerate(_rows(value))
        ),
        display,
    )


def _mass(value: JsonValue, place: str, display: Display) -> Iterable[Piece]:
    if isinstance(value, int):
        yield Piece(text=" ")
        yield Piece(text=shown_mass(value, english=display.english), place=place)


def _findings(_element: Element, value: JsonValue, place: str, display: Display) -> Iterable[Piece]:
    return _joined(
        (
            [
                Piece(text=shown_number(row.get("text")), place=f"{place}/{at}/text"),
                Piece(text="（"),
                Piece(text=shown_number(row.get("level")), place=f"{place}/{at}/level"),
                Piece(text="）"),
            ]
            for at, row in enumerate(_rows(value))
        ),
        display,
    )


def _files(_element: Element, value: JsonValue, place: str, display: Display) -> Iterable[Piece]:
    """Attached files by sort and size, in whole kilobytes."""
    for at, row in enumerate(_rows(value if isinstance(value, list) else [value])):
        inside = f"{place}/{at}" if isinstance(value, list) else place
        sort, number, unit = f"  {shown_value(_FILE, row, english=display.english)}".rsplit(" ", 2)
        yield Piece(text=f"{', ' if at else ''}")
        yield Piece(text=sort.strip(), place=inside)
        yield Piece(text=" ")
        yield Piece(text=f"{number} {unit}", place=f"{inside}/size")


_FILE: Final = Element(key="file", cn="文件", en="File", type="file", required="O")


def _rows(value: JsonValue) -> Rows:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _joined(parts: Iterable[Iterable[Piece]], display: Display) -> Iterable[Piece]:
    for at, part in enumerate(parts):
        if at:
            yield Piece(text=", " if display.english else "、")
        yield from part


_PARTS: Final[Mapping[str, Callable[[Element, JsonValue, str, Display], Iterable[Piece]]]] = {
    "texts": _texts,
    "flags": _flags,
    "adjuvants": _adjuvants,
    "findings": _findings,
    "file": _files,
    "files": _files,
}
