"""The one status of a code: the worst that is true of the thing and of what it came from.

Source: the table of public states; a trace's status is the worst of itself and its ancestors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.canonical import JsonValue
from ledger.herbs.events import bare_term
from ledger.herbs.serials import has, parse_serials
from ledger.herbs.vocabulary import kind
from ledger.rules.history.fact import Fact
from ledger.rules.history.reading import corrected
from ledger.rules.history.results import (
    TESTING,
    Answers,
    Failing,
    standing,
)

# From worst to best; the first that is true is the one that is shown.
STATUSES: Final = (
    "recalled",
    "failed",
    "voided",
    "held",
    "dormant",
    "copied",
    "expired",
    "partly",
    "recorded",
)
PROVINCES_MAX: Final = 2  # CL1: one code in three provinces within 30 days
SCANS_MAX: Final = 50  # a family and a shop look at a packet often, not this often


@dataclass(frozen=True, slots=True, kw_only=True)
class Scans:
    """How often and where a code was scanned; provinces only, never finer.

    `at_once` when it was in two of them within two hours, some day of the last thirty.
    """

    count: int = 0
    first: str | None = None
    provinces: tuple[str, ...] = ()
    recent_provinces: int = 0
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status with the public's words for it and the statement that it rests on.

    `failed` are the items of tests that failed and that nothing answers since.
    """

    code: str
    words: str = ""
    statement_id: str | None = None
    failed: tuple[Failing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a status is judged on beside the facts of a thing and of what it came from.

    `above` is what it came from; `supervisors`, who have no part in it, may lift what others
    placed; `unheard` are the statements of tests by who may not test, which fail a thing and clear
    none; `own` are those of tests by who has a part in the goods, which clear none of what others
    found; `late` are those that its makers wrote down long after the fact.
    """

    above: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    supervisors: frozenset[str] = frozenset()
    unheard: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


def judge_status(
    asked: str,
    facts: Sequence[Fact],
    *,
    released_as: Iterable[str] | None,
    scans: Scans,
    today: date,
    serial: int | None = None,
    holds: Iterable[Status] = (),
    ground: Ground | None = None,
) -> Status:
    """Return the worst status that is true of the asked thing.

    `released_as` names the things whose release is also the asked one's: itself, and what it was
    only packed or split from; None for what need not be released before it is sold. `holds`
    are those that rules place, which stand like those that a person places. A correction gives its
    own actor's fact other values; it takes none away.
    """
    ground = ground or Ground()
    valid = sorted(corrected(facts), key=lambda fact: fact.index)
    own = ground.above | {asked}
    found = [
        *_standing_dispositions(valid, own, ground.supervisors),
        *holds,
        *_failed_tests(valid, own, ground),
        *_voided(asked, valid, serial),
    ]
    # Who approved a release approved its words, not what a correction made of them since.
    things = None if released_as is None else set(released_as)
    if things is not None and not all(_released(each, things) for each in (facts, valid)):
        found.append(Status(code="dormant"))
    if scans.recent_provinces > PROVINCES_MAX or scans.count > SCANS_MAX or scans.at_once:
        found.append(Status(code="copied"))
    if _expired(asked, valid, today):
        found.append(Status(code="expired"))
    if any(fact.statement_id in ground.late for fact in valid):
        found.append(Status(code="partly"))
    found.append(Status(code="recorded"))
    return min(found, key=lambda status: STATUSES.index(status.code))


def _standing_dispositions(
    facts: Sequence[Fact], own: frozenset[str], supervisors: frozenset[str]
) -> list[Status]:
    """Holds and recalls that were set on a chain and not lifted since, in order of the log.

    Whoever placed one lifts it, and supervisors do: else a stranger's word would end a recall.
    """
    standing: dict[tuple[str, str, str], Fact] = {}
    for fact in facts:
        touched = _touched(fact, own)
        for disposition in fact.event.sets:
            word = bare_term(disposition)
            standing.update({(thing, word, fact.actor): fact for thing in touched})
        for key in [*standing] if (word := _lifted(fact)) else ():
            thing, placed, actor = key
            may_lift = fact.actor == actor or fact.actor in supervisors
            if thing in touched and placed == word and may_lift:
                del standing[key]
    codes = {"recalled": "recalled", "non_sellable_other": "held"}
    return [
        Status(
            code=codes[word],
            words=fact.event.text("public_words") or fact.event.text("reason") or "",
            statement_id=fact.statement_id,
        )
        for (_, word, _), fact in standing.items()
        if word in codes
    ]


def _touched(fact: Fact, own: frozenset[str]) -> list[str]:
    """Each of the things that a fact is about: what frees one of them frees no other."""
    named = (*fact.event.about, *fact.event.outputs)
    return sorted({fact.subject, *(thing.uri for thing in named if thing.uri in own)})


def _lifted(fact: Fact) -> str:
    """The word that a hold's or recall's own lifting ends, "" for statements of other kinds."""
    return kind(fact.event.kind).persistent_disposition or "" if fact.event.lifts else ""


def _failed_tests(facts: Sequence[Fact], own: frozenset[str], ground: Ground) -> list[Status]:
    """Tests that said no and stand, thing by thing; a correction of who may not test frees none."""

    def answers(test: Fact) -> Answers:
        if test.statement_id in ground.unheard:
            return "nobody"
        return "itself" if test.statement_id in ground.own else "everybody"

    tests: dict[str, list[Fact]] = {}
    for fact in sorted(facts, key=lambda fact: (fact.event.event_time_ms, fact.index)):
        if fact.event.kind in TESTING:
            for thing in _touched(fact, own):
                tests.setdefault(thing, []).append(fact)
    left = [tuple(standing(found, answers)) for found in tests.values()]
    return [
        Status(code="failed", statement_id=items[0].statement_id, failed=items)
        for items in left
        if items
    ]


def _voided(asked: str, facts: Sequence[Fact], serial: int | None) -> list[Status]:
    """The thing destroyed, or the asked pack's code withdrawn."""
    return [
        Status(code="voided", statement_id=fact.statement_id)
        for fact in facts
        if fact.subject == asked
        and (
            fact.event.kind == "DESTROY"
            or (
                fact.event.kind == "CODE_VOID"
                and has(parse_serials(fact.event.elements.get("codes")), serial)
            )
        )
    ]


def _released(facts: Sequence[Fact], things: set[str]) -> bool:
    """A release is in force when its approval is: two signatures of two holders."""
    return any(
        fact.event.kind == "RELEASE"
        and fact.subject in things
        and fact.approved
        and fact.event.text("decision") != "reject"
        for fact in facts
    )


def _expired(asked: str, facts: Sequence[Fact], today: date) -> bool:
    """The day that the pack's own label gives has passed; nothing is reckoned for it."""
    for fact in facts:
        if fact.subject != asked or fact.event.kind != "PACK_LABEL":
            continue
        fields = fact.event.elements.get("label_fields")
        for field in fields if isinstance(fields, list) else []:
            if isinstance(field, dict) and field.get("name") == "保质期至":
                return today > _day(field.get("value"), today)
    return False


def _day(value: JsonValue, otherwise: date) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return otherwise
