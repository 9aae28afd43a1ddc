"""Two verifiers that share no code give every file, however wrong, the same verdict."""

from random import Random  # noqa: TID251 — seeded: the same in every run

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.evidence.verdict import CHECKS
from tests.evidence.conftest import Season
from tests.evidence.judges import HOLDS, judge
from tests.evidence.mutations import mutated
from tests.evidence.worlds import random_world

# The same cases in every run, so that a red run is red again.
steady = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
seeds = st.integers(0, 2**32)


def seeded(seed: int) -> Random:
    """Chance that a failing run can repeat."""
    return Random(seed)  # noqa: S311 — no secret is drawn from it


@steady
@given(seeds)
def test_a_file_changed_anywhere_gets_one_verdict(season: Season, seed: int) -> None:
    raw = mutated(season.bundle, season.other, seeded(seed))
    outcome, check = judge(raw, season.policy)
    assert (outcome == "does_not_hold") == (check in CHECKS)


@steady
@given(seeds)
def test_a_ledger_whose_keys_sign_anything_gets_one_verdict(seed: int) -> None:
    world = random_world(seeded(seed))
    outcome, check = judge(world.bundle, world.policy)
    assert (outcome == "does_not_hold") == (check in CHECKS)


def test_the_season_holds(season: Season) -> None:
    assert judge(season.bundle, season.policy) == HOLDS
    assert judge(season.other, season.chain.policy(season.things["other"])) == HOLDS


def test_random_ledgers_keep_the_rules_often_enough_to_be_worth_judging() -> None:
    found = [
        judge(world.bundle, world.policy) for world in map(random_world, map(seeded, range(60)))
    ]
    assert {outcome for outcome, _ in found} >= {"holds", "does_not_hold", "cannot_be_checked"}
