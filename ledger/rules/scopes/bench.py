"""Judges scopes: the findings of a thing, a statement or a group, from only what can decide them.

What a scope gives here is what `judge` gives of the whole history, less the findings of others.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from ledger.rules.families.custody import WAIT_MS
from ledger.rules.families.mass import GRACE_MS
from ledger.rules.findings.finding import RESULT_DAYS, Finding, Reference, Rule, finding_of
from ledger.rules.findings.kept import Scope
from ledger.rules.history.days import DAY_MS
from ledger.rules.history.fact import Fact
from ledger.rules.history.history import History
from ledger.rules.history.topics import (
    FIELD,
    HOURGLASS_MS,
    SAMPLED,
    registration,
    registration_topic,
    report_names,
    report_topic,
    topics_of,
)
from ledger.rules.judge import Failure, found_by
from ledger.rules.rulebook import RULES
from ledger.rules.scopes.pool import ABOVE, OWN, Pool
from ledger.rules.scopes.scope import GROUPS, WIDE, Scopes

OF_STATEMENTS: Final = frozenset({"PB1", "TT1", "CC1"})
OF_GROUPS: Final = frozenset({"TS2", "PB2", "TT3", "RO1"})
OF_ALL: Final = frozenset({"MB6", "MB7", "CL4", "GF2", "TS3", "SV1", "SV2"})
# Things judged in one history: their ancestors are mostly the same, and each is read for all.
TOGETHER: Final = 1_024

_WAITS: Final = {"SALE_B2B": WAIT_MS, "SAMPLE": RESULT_DAYS * DAY_MS}
_BY_ID: Final = {rule.id: rule for rule in RULES}
_THING_RULES: Final = tuple(
    rule for rule in RULES if rule.id not in OF_STATEMENTS | OF_GROUPS | OF_ALL
)
_STATEMENT_RULES: Final = tuple(_BY_ID[name] for name in ("PB1", "TT1", "CC1"))
_WIDE_RULES: Final = tuple(rule for rule in RULES if rule.id in OF_ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A rule that raised where it should judge: our own mistake, for the log of the server."""

    rule: str
    scope: Scope
    error: Exception


@dataclass(slots=True)
class Judgement:
    """Findings by scope, every scope that was judged among them; when one must be judged again.

    `due_ms` has the scopes whose findings change with time alone, with the next such instant.
    """

    findings: dict[Scope, list[Finding]] = field(default_factory=dict)
    due_ms: dict[Scope, int] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)

    def take(self, scope: Scope, finding: Finding) -> None:
        """Note a finding once: two ways to the same one are one finding."""
        found = self.findings.setdefault(scope, [])
        if finding not in found:
            found.append(finding)


class Bench:
    """Judges scopes with one set of figures at one instant."""

    def __init__(self, pool: Pool, reference: Reference, now_ms: int) -> None:
        self._pool = pool
        self._reference = reference
        self._now_ms = now_ms
        self.judgement: Final = Judgement()

    def judge(self, scopes: Scopes) -> Judgement:
        """Judge every scope but the wide one, which needs the whole history (`judge_wide`)."""
        things = sorted(scopes.things)
        for start in range(0, len(things), TOGETHER):
            self._things(things[start : start + TOGETHER])
        statements = sorted(scopes.statements)
        for start in range(0, len(statements), TOGETHER):
            self._statements(statements[start : start + TOGETHER])
        groups = {role: sorted(each for each in scopes.groups if each.startswith(f"{role}|"))
                  for role in GROUPS}  # fmt: skip
        reports = groups["report"]
        for start in range(0, len(reports), TOGETHER):
            self._reports(reports[start : start + TOGETHER])
        self._plots(groups["plot"])
        for scope in groups["pesticide"]:
            self._pesticide(scope)
        for scope in groups["field"]:
            if scope not in self.judgement.findings:  # a burst is judged with all its ten minutes
                self._field(scope)
        return self.judgement

    def judge_wide(self, history: History) -> Judgement:
        """Judge what compares everybody with everybody, in the whole history."""
        self.judgement.findings[WIDE] = []
        self._run(history, _WIDE_RULES, partial(_always, WIDE), alone=WIDE)
        return self.judgement

    def _things(self, things: Sequence[str]) -> None:
        pool = self._pool
        own = pool.of(OWN, things)
        named = frozenset(things)
        makings = [fact for fact in own if any(t.uri in named for t in fact.event.outputs)]
        beside = {thing.uri for fact in makings for thing in fact.event.outputs}
        tested = [
            thing.uri
            for fact in own
            if fact.event.kind in {"TEST", "RETEST"}
            for thing in fact.event.about
        ]
        samples = {
            topic
            for fact in pool.with_corrections(own)
            if fact.event.kind in SAMPLED
            for topic in topics_of(fact)
            if topic.startswith("sample|")
        }
        below = pool.down(tested)
        above = pool.up([*things, *tested, *below])
        facts = [
            *own,
            *pool.of(["used"], beside),
            *pool.of(ABOVE, [*tested, *below, *above]),
            *pool.under(samples),
        ]
        history = pool.history(facts, asked=named)
        for uri in things:
            self.judgement.findings[f"thing|{uri}"] = []
        failed = self._run(
            history,
            _THING_RULES,
            lambda _rule, found: [f"thing|{found.subject}"] if found.subject in named else [],
            alone=_alone("thing", things),
        )
        if failed:  # one odd fact must not hide what the rule says of its neighbours
            for half in _halves(things):
                self._things(half)
            return
        for uri in things:
            self._wait(f"thing|{uri}", history, uri)

    def _statements(self, statements: Sequence[str]) -> None:
        pool = self._pool
        own = pool.named(statements)
        late = [fact for fact in own if fact.backfilled]
        named = [t.uri for fact in late for t in (*fact.event.outputs, *fact.event.about)]
        below = pool.down(named)
        equipped = {fact.event.site for fact in own if fact.event.site is not None}
        facts = [
            *own,
            *pool.of(["made", "check"], [*named, *below]),
            *pool.of(["equip"], equipped),
        ]
        self.judgement.findings.update({f"statement|{each}": [] for each in statements})
        wanted = set(statements)

        def owner(rule: Rule, found: Finding) -> list[Scope]:
            # CC1 names the scale's paper first, then the weighing that it judges.
            judged = found.statement_ids[-1 if rule.id == "CC1" else 0]
            return [f"statement|{judged}"] if judged in wanted else []

        alone = _alone("statement", statements)
        if self._run(pool.history(facts), _STATEMENT_RULES, owner, alone=alone):
            for half in _halves(statements):
                self._statements(half)

    def _reports(self, scopes: Sequence[Scope]) -> None:
        """TS2: all tests under reports' names, and what makes their lots one lot or several."""
        pool, wanted = self._pool, frozenset(scopes)
        tests = pool.with_corrections(pool.under(scopes))
        samples = _sample_topics(tests)
        sampled = pool.under(samples)
        lots = [thing.uri for fact in (*tests, *sampled) for thing in fact.event.about]
        facts = [*tests, *sampled, *pool.of(["made"], [*lots, *pool.passed_on(lots)])]
        history = pool.history(facts)
        self.judgement.findings.update({scope: [] for scope in scopes})
        # With the words of strangers and without; of two names of the same tests both are told.
        own: dict[frozenset[str], set[Scope]] = {}
        for told in (history, history.quiet or history):
            for scope, named in _reported(told.of_kind("TEST")).items():
                if scope in wanted:
                    own.setdefault(frozenset(named), set()).add(scope)
        failed = self._run(
            history,
            [_BY_ID["TS2"]],
            lambda _rule, found: own.get(frozenset(found.statement_ids), ()),
            alone=scopes[0] if len(scopes) == 1 else None,
        )
        for half in _halves(scopes) if failed else ():
            self._reports(half)

    def _pesticide(self, scope: Scope) -> None:
        """PB2: all that one actor bought and used of one pesticide."""
        self.judgement.findings[scope] = []
        facts = self._pool.with_corrections(self._pool.under([scope]))
        history = self._pool.history(facts)
        own = {
            fact.statement_id
            for fact in history.facts
            if (used := registration(fact)) and registration_topic(used) == scope
        }
        self._run(
            history,
            [_BY_ID["PB2"]],
            lambda _rule, found: [scope] if set(found.statement_ids) <= own else [],
            alone=scope,
        )

    def _field(self, scope: Scope) -> None:
        """TT3: one actor's field records that were signed with no ten minutes between them."""
        head, _, last = scope.rpartition("|")
        numbers = {int(last)}
        for step in (-1, 1):
            number = int(last) + step
            while self._pool.under([f"{head}|{number}"]):
                numbers.add(number)
                number += step
        facts = self._pool.under([f"{head}|{number}" for number in numbers])
        history = self._pool.history(fact for fact in facts if fact.event.kind in FIELD)
        self.judgement.findings.update({f"{head}|{number}": [] for number in numbers})
        signed = {fact.statement_id: fact.signed_ms for fact in history.facts}

        def owner(_rule: Rule, found: Finding) -> list[Scope]:
            first_ms = min(signed[each] for each in found.statement_ids)
            return [f"{head}|{first_ms // HOURGLASS_MS}"]

        self._run(history, [_BY_ID["TT3"]], owner, alone=scope)

    def _plots(self, scopes: Sequence[Scope]) -> None:
        """RO1: all that was sown on each of these plots. What seed came from is read for all."""
        uris = {scope: scope.partition("|")[2] for scope in scopes}
        sown = self._pool.of(["used"], uris.values())
        crops = [thing.uri for fact in sown for thing in fact.event.outputs]
        facts = [*sown, *self._pool.of(["made"], [*crops, *self._pool.up(crops)])]
        history = self._pool.history(facts) if facts else None
        for scope, uri in uris.items():
            self.judgement.findings[scope] = []
            place = self._pool.shelf.places.get(uri)
            if history is not None and place is not None:
                self._run(history.at(place), [_BY_ID["RO1"]], partial(_always, scope), alone=scope)

    def _run(
        self,
        history: History,
        rules: Iterable[Rule],
        owner: Callable[[Rule, Finding], Collection[Scope]],
        *,
        alone: Scope | None,
    ) -> bool:
        """Run rules and keep what has an owner; returns whether one failed among several scopes.

        `alone` is the scope that is judged, None where several are.
        """
        failed = False
        for rule in rules:
            found = found_by(rule, history, self._reference, self._now_ms)
            if isinstance(found, Failure):
                failed = True
                if alone is not None:
                    defect = Defect(rule=rule.id, scope=alone, error=found.error)
                    self.judgement.defects.append(defect)
                continue
            for each in found:
                finding = finding_of(rule, each)
                for scope in owner(rule, finding):
                    self.judgement.take(scope, finding)
        return failed and alone is None

    def _wait(self, scope: Scope, history: History, uri: str) -> None:
        """Note when time alone may change what is found of a thing: CU1, TS5 and MB4 wait."""
        about = history.about.get(uri, ())
        times = [
            fact.event.event_time_ms + _WAITS[fact.event.kind] + 1
            for fact in about
            if fact.event.kind in _WAITS
        ]
        if any(found.rule == "MB4" for found in self.judgement.findings[scope]):
            made = history.makings.get(uri)
            moved = (*about, *history.uses.get(uri, ()), *([made] if made else []))
            times += [fact.event.event_time_ms + GRACE_MS + 1 for fact in moved]
        later = [each for each in times if each > self._now_ms]
        if later:
            self.judgement.due_ms[scope] = min(later)


def _alone(role: str, names: Sequence[str]) -> Scope | None:
    """The scope that is judged alone, None of several."""
    return f"{role}|{names[0]}" if len(names) == 1 else None


def _always(scope: Scope, _rule: Rule, _found: Finding) -> list[Scope]:
    return [scope]


def _reported(tests: Iterable[Fact]) -> dict[Scope, set[str]]:
    """The tests under each report's name."""
    found: dict[Scope, set[str]] = {}
    for test in tests:
        for name in report_names(test):
            found.setdefault(report_topic(name), set()).add(test.statement_id)
    return found


def _halves(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What is judged again where a rule failed, until it fails over one alone."""
    middle = len(names) // 2
    return names[:middle], names[middle:]


def _sample_topics(facts: Iterable[Fact]) -> set[str]:
    topics = {topic for fact in facts for topic in topics_of(fact)}
    return {topic for topic in topics if topic.startswith("sample|")}
