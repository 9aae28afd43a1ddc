"""RS1: who is inspected and by whom, drawn so that anybody can draw it again."""

from hashlib import sha256
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import JsonValue
from ledger.errors import FormError
from ledger.rules.supervision.draw import RATES, Roster, commitment, draw, parse_roster, roster_hash

names = st.text("abcdefgh", min_size=1, max_size=6)
rosters = st.builds(
    Roster,
    name=names,
    actors=st.dictionaries(names, st.sampled_from(sorted(RATES)), max_size=40),
    officers=st.frozensets(names, max_size=6),
    conflicts=st.frozensets(st.tuples(names, names), max_size=10),
)


@given(rosters, st.binary(min_size=32, max_size=32))
def test_a_draw_takes_each_grades_rate_and_keeps_to_the_conflicts(
    roster: Roster, seed: bytes
) -> None:
    drawn = draw(roster, seed)
    for grade, rate in RATES.items():
        of_grade = [actor for actor, graded in roster.actors.items() if graded == grade]
        assert sum(one.grade == grade for one in drawn) == ceil(rate * len(of_grade))
    assert len({one.actor for one in drawn}) == len(drawn)
    for one in drawn:
        assert roster.actors[one.actor] == one.grade
        free = {officer for officer in roster.officers
                if (officer, one.actor) not in roster.conflicts}  # fmt: skip
        assert set(one.officers) <= free
        assert len(set(one.officers)) == min(2, len(free))


@given(rosters, st.binary(min_size=32, max_size=32))
def test_anybody_draws_the_same_from_the_same_roster_and_seed(roster: Roster, seed: bytes) -> None:
    turned = Roster(name=roster.name, actors=dict(reversed(list(roster.actors.items()))),
                    officers=roster.officers, conflicts=roster.conflicts)  # fmt: skip
    assert draw(turned, seed) == draw(roster, seed)
    assert roster_hash(turned) == roster_hash(roster)
    assert commitment(seed) == sha256(seed).hexdigest()


def test_another_seed_draws_others_and_over_many_seeds_everybody_is_drawn() -> None:
    roster = parse_roster({"name": "2027", "actors": {f"a{n}": "B" for n in range(20)},
                           "officers": ["x", "y", "z"], "conflicts": [["x", "a1"]]})  # fmt: skip
    drawn = [{one.actor for one in draw(roster, sha256(bytes([n])).digest())} for n in range(80)]
    assert {len(each) for each in drawn} == {2}
    assert set().union(*drawn) == set(roster.actors)


@pytest.mark.parametrize(
    "wrong",
    [None, [], {}, {"name": "", "actors": {}}, {"name": "n", "actors": []}, {"name": "n",
     "actors": {"a": "E"}}, {"name": "n", "actors": {}, "officers": "x"}, {"name": "n",
     "actors": {}, "conflicts": [["x"]]}, {"name": "n", "actors": {}, "conflicts": "x"},
     {"name": "n", "actors": {}, "more": 1}],
)  # fmt: skip
def test_what_is_no_roster_is_refused(wrong: JsonValue) -> None:
    with pytest.raises(FormError) as refusal:
        parse_roster(wrong)
    assert refusal.value.code == "bad_body"


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(FormError, match="32 bytes"):
        commitment(b"short")
