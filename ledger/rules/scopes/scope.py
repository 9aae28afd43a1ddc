"""Which findings can change when statements arrive: the things, statements and groups to re-judge.

Too many are harmless, one too few would leave a finding that a complete replay does not give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.rules.findings.kept import Scope
from ledger.rules.history.fact import Fact
from ledger.rules.history.topics import CHECKS, PESTICIDES, REACHING, Sited, Told, topic, topics_of
from ledger.rules.scopes.pool import Pool, base_facts, things_of

WIDE: Final[Scope] = "wide"  # rules that compare everybody with everybody
# Calls to judge again what is not known yet by name: what was written down late about a lot that
# was complained of, and what rested on a sealed value of a statement that was erased.
COMPLAINED: Final = "complained"
ERASED: Final = "erased"
CALLS: Final = (f"{COMPLAINED}|", f"{ERASED}|")
GROUPS: Final = ("report", "pesticide", "field", "plot")
PACKING: Final = "PACK_LABEL"


@dataclass(slots=True)
class Scopes:
    """What is to be judged again. `groups` are topics of reports, pesticides, field work, plots."""

    things: set[str] = field(default_factory=set)
    statements: set[str] = field(default_factory=set)
    groups: set[Scope] = field(default_factory=set)
    wide: bool = False

    def names(self) -> set[Scope]:
        """Every scope as the text under which its findings are kept."""
        named = {f"thing|{uri}" for uri in self.things}
        named |= {f"statement|{each}" for each in self.statements}
        return named | self.groups | ({WIDE} if self.wide else set())

    def add(self, scope: Scope) -> None:
        """Take in a scope by its text."""
        role, _, name = scope.partition("|")
        if role == "thing":
            self.things.add(name)
        elif role == "statement":
            self.statements.add(name)
        elif role in GROUPS:
            self.groups.add(scope)
        elif scope == WIDE:
            self.wide = True
        # Else it waits for rules that another version had.

    def join(self, other: "Scopes") -> None:
        """Take in all that another one names."""
        self.things |= other.things
        self.statements |= other.statements
        self.groups |= other.groups
        self.wide = self.wide or other.wide


def touched(pool: Pool, fresh: Sequence[Told]) -> Scopes:
    """Return what new statements can change; the shelf holds them already."""
    scopes = Scopes(wide=any(isinstance(told, Fact | Sited) for told in fresh))
    base, every = base_facts(pool, fresh)
    sites = {told.site for told in fresh if isinstance(told, Sited)}
    made = {thing.uri for fact in base for thing in fact.event.outputs}
    if sites:  # what grew there is judged by the place's county and area
        grown = [*pool.of(["used"], sites), *pool.under(topic("plot", uri) for uri in sites)]
        made |= {thing.uri for fact in grown for thing in fact.event.outputs}
        scopes.groups |= {topic("plot", uri) for uri in sites}
    reached = {
        thing.uri for fact in base if fact.event.kind in REACHING for thing in fact.event.about
    }
    below = set(pool.down(made | reached))
    # What was made of a thing is not what was made of it by somebody who was handed it.
    handed = {uri for uri in pool.handed_on(base) if pool.down([uri])}
    remade = made | below | handed | set(pool.down(handed))
    again = reheard(pool, fresh)
    scopes.things |= made | below | {uri for fact in [*base, *again] for uri in things_of(fact)}
    scopes.statements |= written_late(pool, handed)
    _add_neighbours(pool, scopes, base, remade)
    _add_statements(pool, scopes, [*base, *again], remade)
    _add_groups(pool, scopes, [*base, *again], [*every, *pool.with_corrections(again)], remade)
    return scopes


def own(pool: Pool, told: Sequence[Told]) -> Scopes:
    """Return what these statements name themselves; of a whole log, every scope that there is.

    What is judged anew is judged where it is named, and not again with each of its ancestors.
    """
    scopes = Scopes(wide=any(isinstance(each, Fact | Sited) for each in told))
    base, every = base_facts(pool, told)
    scopes.things |= {uri for fact in base for uri in things_of(fact)}
    scopes.statements |= {fact.statement_id for fact in base if _judged_alone(fact)}
    scopes.groups |= {topic("plot", each.site) for each in told if isinstance(each, Sited)}
    scopes.groups |= _plots_sown(base) | _topics(base, "field")
    scopes.groups |= _topics(every, "report", "pesticide")
    return scopes


def reheard(pool: Pool, fresh: Sequence[Told]) -> list[Fact]:
    """What was said before by people whose word new statements may make count, or count no more.

    Whoever makes or registers a thing has a word in it from then on, and so has its new holder.
    """
    base, _ = base_facts(pool, fresh)
    sites = {told.site for told in fresh if isinstance(told, Sited)}
    grown = [*pool.of(["used"], sites), *pool.under(topic("plot", uri) for uri in sites)]
    made = {thing.uri for fact in (*base, *grown) for thing in fact.event.outputs}
    words = pool.of(["about", "used", "seen"], made | sites) + pool.of(["at"], sites)
    words += pool.of(["seen"], pool.down(made))
    for thing, holders in pool.handed_on(base).items():
        told = pool.of(["about", "used"], [thing])
        words += [fact for fact in told if not holders.isdisjoint(fact.signers)]
    new = {fact.index for fact in base}
    return [*{fact.index: fact for fact in words if fact.index not in new}.values()]


def called(pool: Pool, calls: Sequence[Scope]) -> tuple[list[Told], set[str]]:
    """What calls ask to judge again: what was recorded as if it came now, and late statements."""
    named: dict[str, list[str]] = {}
    for call in calls:
        role, _, name = call.partition("|")
        named.setdefault(role, []).append(name)
    erased = pool.shelf.index_of(named.get(ERASED, []))
    told = pool.shelf.read(sorted(set(erased.values())))
    return [*told], written_late(pool, named.get(COMPLAINED, []))


def written_late(pool: Pool, things: Iterable[str]) -> set[str]:
    """Statements signed long after the fact about these things, or about what they came from."""
    asked = set(things)
    late = pool.of(["late"], asked | set(pool.up(asked))) if asked else []
    return {fact.statement_id for fact in late}


def _add_neighbours(pool: Pool, scopes: Scopes, base: Sequence[Fact], remade: set[str]) -> None:
    """Things beside and above whose rules look here."""
    dried = {t.uri for fact in base if fact.event.kind == "DRY" for t in fact.event.inputs}
    for fact in pool.of(["made"], dried):  # MB3 asks whether any output of a drying dried on
        scopes.things |= {thing.uri for thing in fact.event.outputs}
    if any(fact.event.kind == PACKING for fact in pool.of(["made"], remade)):
        # TS4 holds a tested lot to what packs of it claim.
        above = pool.up(remade)
        tested = pool.of(["seen"], above)
        scopes.things |= set(above) & {
            uri for fact in tested if fact.event.kind in {"TEST", "RETEST"}
            for uri in things_of(fact)
        }  # fmt: skip


def _add_statements(pool: Pool, scopes: Scopes, base: Sequence[Fact], remade: set[str]) -> None:
    """PB1, TT1 and CC1 judge one statement each."""
    scopes.statements |= {fact.statement_id for fact in base if _judged_alone(fact)}
    equipped = {
        place
        for fact in base
        if fact.event.kind == "EQUIP"
        for place in (*things_of(fact), *([fact.event.site] if fact.event.site else []))
    }
    scopes.statements |= {fact.statement_id for fact in pool.of(["at"], equipped)}
    checks = [*pool.of(["check"], remade), *(f for f in base if f.event.kind in CHECKS)]
    checked = {thing.uri for fact in checks for thing in fact.event.about}
    scopes.statements |= written_late(pool, checked)


def _add_groups(
    pool: Pool, scopes: Scopes, base: Sequence[Fact], every: Sequence[Fact], remade: set[str]
) -> None:
    """TS2, PB2, TT3 and RO1 judge groups that topics name; TS5 things that share a sample."""
    topics = {each for fact in every for each in topics_of(fact)}
    topics |= _topics(pool.with_corrections(pool.of(["seen"], remade)), "sample", "report")
    samples = {each for each in topics if each.startswith("sample|")}
    sampled = pool.with_corrections(pool.under(samples))
    topics |= _topics(sampled, "report")
    scopes.things |= {
        thing.uri for fact in sampled if fact.event.kind == "SAMPLE" for thing in fact.event.about
    }
    scopes.groups |= {each for each in topics if each.startswith(("report|", "pesticide|"))}
    scopes.groups |= {each for fact in base for each in _topics([fact], "field")}
    scopes.groups |= _plots_sown(pool.of(["made"], remade))


def _judged_alone(fact: Fact) -> bool:
    return fact.event.kind in PESTICIDES or fact.backfilled or fact.event.site is not None


def _plots_sown(facts: Iterable[Fact]) -> set[str]:
    sown = [fact for fact in facts if fact.event.kind == "SOW"]
    return {topic("plot", thing.uri) for fact in sown for thing in fact.event.inputs}


def _topics(facts: Iterable[Fact], *roles: str) -> set[str]:
    found = {each for fact in facts for each in topics_of(fact)}
    return {each for each in found if each.partition("|")[0] in roles}
