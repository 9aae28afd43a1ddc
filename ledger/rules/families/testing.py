"""TS2 to TS5: reports for several lots, results that nobody measured, sulphur, missing results."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from ledger.herbs.assays import assay_code
from ledger.herbs.limits import find_limit
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.days import DAY_MS
from ledger.rules.history.fact import Fact, happened, ids, rows
from ledger.rules.history.history import History
from ledger.rules.history.results import known_as, number_in, passed
from ledger.rules.history.topics import report_names

SULPHUR_FREE_MG_KG: Final = 10.0  # TS4: natural traces stay below
SULPHUR_FREE: Final = "无硫"
SO2: Final = "二氧化硫"
SULPHUR_DIOXIDE: Final = "sulphur_dioxide"
LOTS_ALIKE: Final = 3
VALUES_MIN: Final = 3  # fewer agree by rounding alone
DIGITS_MIN: Final = 100  # below, ten classes are too thin for chi-square
CHI_SQUARE_9: Final = 21.666  # p = 0.01 at nine degrees of freedom
SIGNIFICANT: Final = 100  # a last digit is chance only behind two others


def ts2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """One report for several root lots, without a composite sample declared of them all."""
    reports: dict[tuple[str, str], list[Fact]] = {}
    for test in history.of_kind("TEST"):
        for name in report_names(test):
            reports.setdefault(name, []).append(test)
    told: set[tuple[str, ...]] = set()
    for tests in reports.values():
        roots = {history.passed_on(thing.uri)[-1] for test in tests for thing in test.event.about}
        listed = ids(*tests)
        if len(roots) == 1 or listed in told or _composite(history, tests, roots):
            continue
        told.add(listed)
        for root in sorted(roots):
            yield Found(
                subject=root,
                statement_ids=listed,
                cn=f"一份检验报告用在了 {len(roots)} 个批次上。",
                en=f"One test report was used for {len(roots)} lots.",
            )


def ts3(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Results too good to be measured: alike over three lots, even last digits, half the limit."""
    tests = history.of_kind("TEST")
    alike: dict[tuple[object, ...], list[Fact]] = {}
    for test in tests:
        values = _values(test)
        if len(values) >= VALUES_MIN:
            alike.setdefault((test.event.text("lab_cma"), *values), []).append(test)
        if _halves(test):
            yield _too_good([test], "结果全是限值的一半", "every result is half its limit")
    for found in alike.values():
        roots = {history.passed_on(t.uri)[-1] for test in found for t in test.event.about}
        if len(roots) >= LOTS_ALIKE:
            words = f"{len(roots)} 批结果完全相同", f"the results of {len(roots)} lots are alike"
            yield _too_good(found, *words)
    by_laboratory: dict[str, list[Fact]] = {}
    for test in tests:
        by_laboratory.setdefault(test.event.text("lab_cma") or "", []).append(test)
    for found in by_laboratory.values():
        if _uneven(_last_digits(found)):
            yield _too_good(found, "末位数字分布不像测得", "last digits are not chance")


def ts4(history: History, reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Sulphur dioxide above the limit, or above traces where the lot is called free of it."""
    claims: dict[str, Fact | None] = {}  # a lot may be tested many times
    for test in history.own_of_kind("TEST", "RETEST"):
        value = _sulphur(test)
        if value is None:
            continue
        for thing in (each.uri for each in test.event.about):
            names = known_as(history, thing)
            limit = find_limit(names, SO2, happened(test), limits=reference.limits)
            if value > SULPHUR_FREE_MG_KG and thing not in claims:
                claims[thing] = _claims_free(history, thing)
            if value > SULPHUR_FREE_MG_KG and (claim := claims[thing]):
                yield Found(
                    subject=thing,
                    statement_ids=ids(test, claim),
                    cn=f"标称无硫，二氧化硫却有 {value:g} mg/kg。",
                    en=f"Called free of sulphur, but {value:g} mg/kg of SO2 were found.",
                )
            elif limit is not None and not limit.allows(value):
                yield Found(
                    subject=thing,
                    statement_ids=ids(test),
                    cn=f"二氧化硫 {value:g} mg/kg，限值 {limit.value:g} mg/kg。",
                    en=f"{value:g} mg/kg of SO2, where the limit is {limit.value:g} mg/kg.",
                    marks=(limit.mark,),
                )


def ts5(history: History, reference: Reference, now_ms: int) -> Iterator[Found]:
    """A sample without a result in the method's time, while another sample of the lot passed."""
    tests = history.of_kind("TEST", "SUPERVISE_SAMPLE")
    answered = {test.event.text("sample_id") for test in tests}
    for sample in history.own_of_kind("SAMPLE"):
        waited_ms = now_ms - sample.event.event_time_ms
        if (
            sample.event.text("sample_id") in answered
            or waited_ms <= reference.result_days * DAY_MS
        ):
            continue
        for thing in sample.event.about:
            others = [test for test in history.on(thing.uri, "TEST") if passed(test)]
            if others:
                yield Found(
                    subject=thing.uri,
                    statement_ids=ids(sample, *others),
                    cn="有一份样品没有结果，另一份却合格了。",
                    en="One sample has no result while another of the lot passed.",
                )


def _composite(history: History, tests: Sequence[Fact], roots: set[str]) -> bool:
    """Whether one sampling statement names all these lots under the sample that was tested."""
    samples = {test.event.text("sample_id") for test in tests}
    return (
        None not in samples
        and len(samples) == 1
        and any(
            sample.event.text("sample_id") in samples
            and roots <= {history.passed_on(thing.uri)[-1] for thing in sample.event.about}
            for sample in history.of_kind("SAMPLE")
        )
    )


def _values(test: Fact) -> list[tuple[str, float]]:
    found = [(str(row.get("item")), number_in(row, "value")) for row in rows(test, "items")]
    return [(item, value) for item, value in found if value is not None]


def _halves(test: Fact) -> bool:
    """Whether at least three results stand against limits, and all are just half of them."""
    found = [(number_in(row, "value"), number_in(row, "limit")) for row in rows(test, "items")]
    pairs = [(value, limit) for value, limit in found if value is not None and limit]
    return len(pairs) >= VALUES_MIN and all(value * 2 == limit for value, limit in pairs)


def _last_digits(tests: Sequence[Fact]) -> list[int]:
    """Last digits at the places that are written for each item: 13 beside 12.9 is 13.0."""
    by_item: dict[str, list[Decimal]] = {}
    for test in tests:
        for item, value in _values(test):
            by_item.setdefault(item, []).append(Decimal(repr(value)).normalize())
    digits = []
    for values in by_item.values():
        # As decimals: 1e308 at one more place is no float, and 1.5e-07 has eight places.
        places = max(0, *(-int(value.as_tuple().exponent) for value in values))
        scaled = [int(value.scaleb(places)) for value in values]
        digits += [each % 10 for each in scaled if each >= SIGNIFICANT]
    return digits


def _uneven(digits: Sequence[int]) -> bool:
    if len(digits) < DIGITS_MIN:
        return False
    expected = len(digits) / 10
    square = sum((digits.count(digit) - expected) ** 2 / expected for digit in range(10))
    return square > CHI_SQUARE_9


def _too_good(tests: Sequence[Fact], cn: str, en: str) -> Found:
    return Found(
        subject=tests[0].event.about[0].uri if tests[0].event.about else tests[0].subject,
        statement_ids=ids(*tests),
        cn=f"检验数据过于完美：{cn}。",
        en=f"Results too good to be measured: {en}.",
    )


def _sulphur(test: Fact) -> float | None:
    """The mg/kg of SO2 that a test found, the most where it says several times."""
    found = [v for item, v in _values(test) if SO2 in item or assay_code(item) == SULPHUR_DIOXIDE]
    return max(found, default=None)


def _claims_free(history: History, lot: str) -> Fact | None:
    """What calls the lot free of sulphur: said of it, of an ancestor, or on a pack of it."""
    for each in (lot, *history.ancestors(lot)):
        for fact in history.on(each, "SULPHUR"):
            if fact.event.elements.get("used") is False:
                return fact
    for each in (lot, *history.descendants(lot)):
        made = history.makings.get(each)
        fields = rows(made, "label_fields") if made is not None else []
        if made is not None and any(SULPHUR_FREE in str(row.get("value")) for row in fields):
            return made
    return None
