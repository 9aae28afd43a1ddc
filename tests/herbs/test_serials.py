"""Serials as statements withdraw them: numbers, ranges, whole codes; ranges added and cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.herbs.identifiers import SERIAL_MAX, new_code, unit_code
from ledger.herbs.serials import (
    count_of,
    format_serials,
    has,
    parse_serials,
    union,
    within,
    without,
)

ENDS = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda e: range(e[0], sum(e)))
RANGES = st.lists(ENDS, max_size=6)
CODE = unit_code(new_code(bytes(range(16))), 7, b"key")


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        (["7"], (range(7, 8),)),
        (["101-500", "3"], (range(3, 4), range(101, 501))),
        (["1-3", "4", "2-9"], (range(1, 10),)),
        ([CODE], (range(7, 8),)),
        (["5-3", "x", "", "1-", "-1", "99999999999"], ()),
        ("7", ()),
        (None, ()),
    ],
)
def test_what_names_serials_is_read_and_the_rest_is_left_out(
    codes: list[str] | str | None, found: tuple[range, ...]
) -> None:
    assert parse_serials(codes) == found  # type: ignore[arg-type]  # as it arrives


@given(RANGES, RANGES)
def test_ranges_add_and_cut_like_sets(one: list[range], other: list[range]) -> None:
    every = {n for each in one for n in each}
    gone = {n for each in other for n in each}
    added = union(one)
    assert {n for each in added for n in each} == every
    assert count_of(added) == len(every)
    assert {n for each in without(added, union(other)) for n in each} == every - gone
    assert {n for each in within(added, range(5, 20)) for n in each} == every & set(range(5, 20))
    assert parse_serials(format_serials(added)) == added
    assert [has(added, n) for n in range(60)] == [n in every for n in range(60)]


@pytest.mark.parametrize("text", ["9" * 4_000, "9" * 5_000, "1-" + "9" * 5_000, "²", "1-²", "٣"])
def test_digits_without_end_and_digits_of_no_number_are_no_serials(text: str) -> None:
    assert parse_serials([text, "7"]) == (range(7, 8),)


def test_a_range_of_all_serials_there_are_is_read_and_counted() -> None:
    (every,) = parse_serials([f"0-{SERIAL_MAX}"])
    assert count_of([every]) == SERIAL_MAX + 1
    assert without([every], [every]) == ()
    assert has([every], 10**8)
