"""Under which topics a recorded statement is found again: what judging asks of an index.

A topic is a text: a role and a thing, or a role and what an element says. A correction stands under
the topics of its own elements too, so that a report is found by its right number as by its wrong.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final, Protocol, TypeAlias

from ledger.canonical import JsonValue
from ledger.herbs.vocabulary import KINDS
from ledger.rules.history.fact import Fact
from ledger.rules.history.known import BaseCap, Known, Place

# What is said about a thing in these kinds is also read when something made of it is judged.
REACHING: Final = frozenset({"PESTICIDE", "TEST", "RETEST", "RELEASE", "SULPHUR", "SAMPLE"})
CHECKS: Final = frozenset({"INSPECT", "SUPERVISE_SAMPLE"})
SAMPLED: Final = frozenset({"SAMPLE", "TEST", "SUPERVISE_SAMPLE"})
PESTICIDES: Final = frozenset({"PESTICIDE", "INPUT_PURCHASE"})
FIELD: Final = frozenset(code for code, kind in KINDS.items() if kind.stage.startswith("2 field"))
NAME_BYTES_MAX: Final = 512  # a URI has at most 256; PostgreSQL's index rows at most 2,704
HOURGLASS_MS: Final = 10 * 60_000  # TT3's ten minutes: field records are found by them


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval by `actor`, "" where it is not known, of the statement with this id."""

    index: int
    statement_id: str
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sited:
    """A site registered or amended, by the statement with this id, on a day; what it bears."""

    index: int
    statement_id: str
    site: str
    since: date
    caps: tuple[BaseCap, ...] = ()


Told: TypeAlias = Fact | Approval | Sited


class Shelf(Protocol):
    """Where judging finds what is recorded: up to one leaf of the log."""

    @property
    def places(self) -> Mapping[str, Place]:
        """Registered sites by URI."""

    @property
    def supervisors(self) -> frozenset[str]:
        """Actors who may lift a hold alone."""

    @property
    def roles(self) -> Mapping[str, Collection[str]]:
        """What each actor was admitted as."""

    def find(self, topics: Iterable[str]) -> Mapping[str, Sequence[int]]:
        """Leaf indices under each topic; topics under which nothing stands may be left out."""

    def index_of(self, statement_ids: Iterable[str]) -> Mapping[str, int]:
        """Leaf index of each statement that is in the log."""

    def read(self, indices: Iterable[int]) -> Sequence[Told]:
        """What stands at these leaves, approvals and corrections not yet applied."""

    def known(self, facts: Sequence[Fact]) -> Known:
        """What no public statement says about these facts."""


def topic(role: str, name: str) -> str:
    """The topic of a role and a name. A long name is hashed: no index takes texts of any length."""
    raw = name.encode("utf-8", "surrogatepass")
    return f"{role}|{name if len(raw) <= NAME_BYTES_MAX else sha256(raw).hexdigest()}"


def topics_of(told: Told) -> frozenset[str]:
    """Every topic under which a statement is found."""
    if isinstance(told, Approval):
        return frozenset({topic("approved", told.statement_id)})
    if isinstance(told, Sited):
        return frozenset()  # the registry knows where a site's statements stand
    topics = set(_said(told))
    if told.event.corrects is not None:
        topics.add(topic("fixed", told.event.corrects))
    else:
        topics.update(_named(told))
    return frozenset(topics)


def report_names(fact: Fact) -> list[tuple[str, str]]:
    """A report's number at its laboratory, and its file's hash."""
    names = []
    number = fact.event.text("report_no")
    if number is not None:
        names.append((fact.event.text("lab_cma") or "", number))
    report = fact.event.elements.get("report")
    if isinstance(report, dict):
        names.append(("sha256", str(report.get("sha256"))))
    return names


def registration(fact: Fact) -> tuple[str, str] | None:
    """Who used or bought which pesticide, by its registration number; None for other kinds."""
    if fact.event.kind not in PESTICIDES:
        return None
    return fact.actor, fact.event.text("reg_no") or ""


def named_findings(fact: Fact) -> list[str]:
    """The findings whose hold a statement lifts, by their ids."""
    if fact.event.kind != "HOLD" or not fact.event.lifts:
        return []
    return _texts(fact.event.elements.get("findings"))


def _texts(value: JsonValue) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _named(fact: Fact) -> Iterator[str]:
    """Topics of what happened, and to what: none of it is ever corrected."""
    event = fact.event
    for thing in event.outputs:
        yield topic("made", thing.uri)
    for thing in event.inputs:
        yield topic("used", thing.uri)
    roles = ["seen" if event.kind in REACHING else "about"]
    roles += ["check"] if event.kind in CHECKS else []
    roles += ["equip"] if event.kind == "EQUIP" else []
    yield from (topic(role, thing.uri) for thing in event.about for role in roles)
    if fact.backfilled:
        for thing in (*event.outputs, *event.about):
            yield topic("late", thing.uri)
    if event.site is not None:
        yield topic("at", event.site)
        if event.kind == "EQUIP":
            yield topic("equip", event.site)
    if event.kind in FIELD:
        yield f"field|{fact.actor}|{fact.signed_ms // HOURGLASS_MS}"


def _said(fact: Fact) -> Iterator[str]:
    """Topics of what elements say, which a correction may say otherwise."""
    event = fact.event
    if event.kind == "TEST":
        for laboratory, number in report_names(fact):
            yield report_topic((laboratory, number))
    sample = event.text("sample_id")
    if event.kind in SAMPLED and sample is not None:
        yield topic("sample", sample)
    used = registration(fact)
    if used is not None:
        yield registration_topic(used)
    for finding in _texts(event.elements.get("findings")) if event.kind == "HOLD" else ():
        yield topic("lifts", finding)
    plot = event.text("plot")
    if plot is not None:
        yield topic("plot", plot)


def report_topic(name: tuple[str, str]) -> str:
    """The topic of a report by its name."""
    return topic("report", f"{len(name[0])}:{name[0]}|{name[1]}")


def registration_topic(used: tuple[str, str]) -> str:
    """The topic of one actor's use of one pesticide."""
    return topic("pesticide", f"{len(used[0])}:{used[0]}|{used[1]}")
