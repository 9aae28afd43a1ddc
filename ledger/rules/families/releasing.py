"""TS1: nothing is sold before its release, nothing released without a test (药品管理法).

A lot is released when it, or what it was only packed from, is.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from ledger.herbs.limits import find_limit
from ledger.rules.findings.claimed import told_apart
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import minute_of
from ledger.rules.history.fact import BACKFILL_MS, Fact, happened, ids, rows
from ledger.rules.history.history import History, in_order
from ledger.rules.history.results import (
    Answers,
    Failing,
    known_as,
    names_of,
    number_in,
    passed,
    standing,
)
from ledger.rules.history.voices import Makers, WholePast, in_office, is_office, parties_to

SELLING: Final = ("SALE_B2B", "SALE_RETAIL", "STORE_OUT", "DISPENSE")


def ts1(history: History, reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A pack sold or sent before its release, or a release with no test that passed before it.

    A release counts when who signed it answers for the pack, a test by a laboratory's word alone.
    The maker's own laboratory may be that one, but not against what another laboratory found.
    Which came first is told by when they happened, as they claim. What came first by its claim
    alone, and was recorded long after the other, is a warning that names both times.
    """
    makers = Makers(WholePast(history))
    for lot, _ in history.own_makings("PACK_LABEL"):
        yield from _sold_early(history, lot, _releases(history, lot, makers))
    bench = _Bench(history, reference)
    for release in filter(_allows, history.own_of_kind("RELEASE")):
        for thing in release.event.about:
            lack = bench.lack_of(release, thing.uri)
            if lack is not None:
                yield from told_apart([release], lack, history)


def _releases(history: History, lot: str, makers: Makers) -> list[Fact]:
    """Releases of a pack, or of what it was only packed from, that are in force; by their time."""
    mine = makers.behind(lot)
    found = [
        release
        for each in history.passed_on(lot)
        for release in history.on(each, "RELEASE")
        if release.approved and _allows(release) and not mine.isdisjoint(release.signers)
    ]
    return sorted(found, key=in_order)


def _sold_early(history: History, lot: str, releases: Sequence[Fact]) -> Iterator[Found]:
    """A pack that was sold or sent before its release, or before anybody recorded that."""
    times = [release.event.event_time_ms for release in releases]
    # Of the releases up to each, the one that was recorded first.
    known = [*accumulate(releases, _earlier_recorded)]
    early: list[Fact] = []
    doubtful: list[Fact] = []
    for sale in history.on(lot, *SELLING):
        before = bisect_right(times, sale.event.event_time_ms)
        if not before:
            early.append(sale)
        elif _long_after(known[before - 1], sale):
            doubtful.append(sale)
    yield from told_apart(
        early,
        Found(
            subject=lot,
            statement_ids=(),
            cn="这批包装未放行就销售或出库。",
            en="This pack lot was sold or sent out before its release.",
        ),
        history,
    )
    if doubtful:
        release, sale = known[-1], doubtful[0]
        found = Found(
            subject=lot,
            statement_ids=ids(release),
            cn=f"放行写的是 {_happened(release)}，到 {_kept(release)} 才登记；"
            f"{_happened(sale)} 的销售或出库早在 {_kept(sale)} 就登记了。请核对放行是否补写。",
            en=f"The release is dated {_happened(release)} and was recorded {_kept(release)}, long "
            f"after the sale of {_happened(sale)}, recorded {_kept(sale)}. Was it written then?",
            severity="amber",
        )
        yield from told_apart(doubtful, found, history)


class _Bench:
    """What releases of one history rest on: tests, and who has a part in the things tested."""

    def __init__(self, history: History, reference: Reference) -> None:
        self._history = history
        self._limits = reference.limits
        self._past = WholePast(history)
        self._makers = Makers(self._past, land=True)
        self._parties: dict[str, set[str]] = {}

    def lack_of(self, release: Fact, thing: str) -> Found | None:
        """What a release of a thing lacks by what its tests claim; else by when they were there."""
        tests = self._tests_before(release, thing)
        lack = self._lack(thing, tests)
        if lack is not None:
            return lack
        late = [test for test in tests if _long_after(test, release)]
        in_time = [test for test in tests if not _long_after(test, release)]
        if not late or self._lack(thing, in_time) is None:
            return None
        return _tested_afterwards(release, thing, late)

    def _tests_before(self, release: Fact, thing: str) -> list[Fact]:
        """Tests of a thing, or of what it was only packed from, by those whose office it is."""
        tests = (
            test
            for lot in self._history.passed_on(thing)
            for test in self._history.on(lot, "TEST", "RETEST")
            if test.event.event_time_ms <= release.event.event_time_ms
            and is_office(test, self._history.roles)
        )
        return sorted(tests, key=in_order)

    def _lack(self, thing: str, tests: Sequence[Fact]) -> Found | None:
        """A test that passed, or an answer to what a laboratory failed."""
        if not any(passed(test) and self._keeps(thing, test) for test in tests):
            return Found(
                subject=thing,
                statement_ids=ids(*tests),
                cn="没有合格的检验就放行。",
                en="It was released with no test that passed.",
            )
        failed = standing(tests, lambda test: self._answers(test, thing))
        return _released_failed(thing, failed) if failed else None

    def _keeps(self, lot: str, test: Fact) -> bool:
        """Whether no result breaks a limit that was seen in a source, whatever the report says."""
        for row in rows(test, "items"):
            value = number_in(row, "value")
            names = known_as(self._history, lot)
            limit = find_limit(names, str(row.get("item")), happened(test), limits=self._limits)
            if limit is None or value is None or limit.mark == "unverified":
                continue
            if not limit.allows(value):
                return False
        return True

    def _answers(self, test: Fact, thing: str) -> Answers:
        """Whose findings a test answers: those of all, where a signer has no part in the thing."""
        if thing not in self._parties:
            self._parties[thing] = parties_to(thing, self._past, self._makers)
        hands = in_office(test, self._history.roles)
        return "itself" if hands <= self._parties[thing] else "everybody"


def _released_failed(thing: str, failed: Sequence[Failing]) -> Found:
    """A release in spite of these items; what nobody has measured again is named apart."""
    cn, en = names_of(failed)
    unmeasured_cn, unmeasured_en = names_of([each for each in failed if not each.again])
    return Found(
        subject=thing,
        statement_ids=tuple(dict.fromkeys(each.statement_id for each in failed)),
        cn=f"检验不合格{f'（{cn}）' if cn else ''}，没有由与这批货无关的检验机构复检合格就放行。"
        + (f"此后没有人再测过：{unmeasured_cn}。" if unmeasured_cn else ""),
        en=f"It was released after a failed test{f' ({en})' if en else ''}, and no laboratory "
        "without a part in the goods has passed it since."
        + (f" Nobody has measured again: {unmeasured_en}." if unmeasured_en else ""),
    )


def _tested_afterwards(release: Fact, thing: str, late: Sequence[Fact]) -> Found:
    """A release that rests on tests which nobody had recorded by then, nor for long after.

    Their paper may have lain in a drawer, or be written for the release: whoever looks can tell.
    """
    test = max(late, key=_recorded)
    return Found(
        subject=thing,
        statement_ids=ids(*late),
        cn=f"放行所依据的检验写的是 {_happened(test)}，到 {_kept(test)} 才登记；"
        f"{_happened(release)} 的放行早在 {_kept(release)} 就登记了。请核对报告是否补写。",
        en=f"It rests on a test that is dated {_happened(test)} and was recorded {_kept(test)}, "
        f"long after the release of {_happened(release)}, recorded {_kept(release)}. Was the "
        "report written then?",
        severity="amber",
    )


def _allows(release: Fact) -> bool:
    return release.event.text("decision") != "reject"


def _long_after(fact: Fact, other: Fact) -> bool:
    """Whether it was recorded longer after another than a phone without signal explains."""
    return fact.recorded_ms - other.recorded_ms > BACKFILL_MS


def _earlier_recorded(fact: Fact, other: Fact) -> Fact:
    return min(fact, other, key=_recorded)


def _recorded(fact: Fact) -> tuple[int, int]:
    return fact.recorded_ms, fact.index


def _happened(fact: Fact) -> str:
    return minute_of(fact.event.event_time_ms)


def _kept(fact: Fact) -> str:
    return minute_of(fact.recorded_ms)
