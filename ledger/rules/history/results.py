"""What tests say item by item, and which failed items no later test answers.

A pass answers a failed item only where it measured that item: dry goods are not free of sulphur.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from ledger.herbs.assays import assay_code, assay_named
from ledger.herbs.events import bare_term
from ledger.herbs.limits import number_of
from ledger.rules.history.fact import Fact, rows
from ledger.rules.history.history import History

TESTING: Final = {"TEST", "RETEST", "SUPERVISE_SAMPLE"}
PENDING: Final = "pending"  # an official sample was taken, and says nothing yet
UNNAMED: Final = ""  # the code of what a test failed that names no item
NAME_MAX: Final = 40  # characters of a report's own name for an item, in a sentence
NAMES_MAX: Final = 12

Answers: TypeAlias = Literal["everybody", "itself", "nobody"]
"""Whose failed items a test may answer: a laboratory's pass those of others, or only its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """An item that a test failed and that nothing answers since.

    `statement_id` and `actor` are the test's. `code` is the item's, UNNAMED where the test names
    none; `name` as its report writes it. `again` tells whether a later test measured it: it failed
    again, or who passed it may not free it.
    """

    statement_id: str
    actor: str
    code: str
    name: str
    again: bool


def passed(fact: Fact) -> bool:
    """Whether a test says yes: no non-conformant disposition and no item that failed."""
    if bare_term(fact.event.disposition or "") == "non_conformant":
        return False
    return not any(row.get("passed") is False for row in rows(fact, "items"))


def standing(tests: Iterable[Fact], answers: Callable[[Fact], Answers]) -> list[Failing]:
    """Of a thing's tests, in order of time, the failed items that no later pass answers.

    A laboratory's pass of an item answers its own failed test of it. It answers those of others
    where it `answers` everybody: a maker tests its own goods for release, but a result that
    somebody else found is retested by whom the goods do not belong to (药品管理法 102). What a test
    failed that names no item is answered by a test that passed whole.
    """
    open_items: dict[str, dict[str, tuple[int, Failing]]] = {}
    measured: dict[str, int] = {}
    for place, test in enumerate(tests):
        whose = answers(test)
        failed, fine = _verdicts(test)
        for code in fine if whose != "nobody" else ():
            by_actor = open_items.get(code, {})
            if whose == "everybody":
                by_actor.clear()
            by_actor.pop(test.actor, None)
            measured[code] = place
        for code, name in failed.items():
            found = Failing(
                statement_id=test.statement_id, actor=test.actor, code=code, name=name, again=False
            )
            open_items.setdefault(code, {})[test.actor] = (place, found)
            measured[code] = place
    left = [each for by_actor in open_items.values() for each in by_actor.values()]
    left.sort(key=lambda each: each[0])
    return [replace(each, again=measured[each.code] > place) for place, each in left]


def names_of(items: Iterable[Failing]) -> tuple[str, str]:
    """The items' names in Chinese and English, each once; "" where no test named any.

    A name that no vocabulary has is the report's own in both.
    """
    named = {each.code: each.name for each in items if each.code != UNNAMED}
    known = {code: assay_named(name) for code, name in named.items()}
    cn = [item.cn if item else _short(named[code]) for code, item in known.items()]
    en = [item.en if item else _short(named[code]) for code, item in known.items()]
    more = len(known) - NAMES_MAX
    return (
        "、".join(cn[:NAMES_MAX]) + (f"等 {len(known)} 项" if more > 0 else ""),
        ", ".join(en[:NAMES_MAX]) + (f" and {more} more" if more > 0 else ""),
    )


def number_in(row: Mapping[str, object], key: str) -> float | None:
    """A row's result or limit where it is a number."""
    value = row.get(key)
    return number_of(value) if isinstance(value, int | float | str) else None


def known_as(history: History, lot: str) -> list[str]:
    """Names under which the limits may know a lot, the most particular first."""
    herb = history.herb(lot)
    return [name for name in (history.drug(lot), herb.cn if herb else None) if name]


def _verdicts(test: Fact) -> tuple[dict[str, str], set[str]]:
    """What a test failed, as code and name, and what it measured and passed.

    An item that stands twice in one report, once failed, failed.
    """
    whole = passed(test)
    if whole and test.event.text("result") == PENDING:
        return {}, set()
    told = [(str(row.get("item") or ""), row.get("passed", whole)) for row in rows(test, "items")]
    failed = {assay_code(name): name for name, verdict in told if verdict is False}
    fine = {assay_code(name) for name, verdict in told if verdict is True}
    if whole:
        fine.add(UNNAMED)
    elif not failed:
        failed[UNNAMED] = ""
    return failed, fine - failed.keys()


def _short(name: str) -> str:
    return name if len(name) <= NAME_MAX else name[:NAME_MAX] + "…"
