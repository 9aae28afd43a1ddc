"""Who has no part in a thing crowds its chain only slowly; who has one never notices."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.pace import CROWDED, DAYS_KEPT, pieces_of
from ledger.register.door import Parcel
from ledger.register.gate import Gate
from tests.chain import DAY_MS, Chain, one
from tests.measured import count, deliver, is_taken, unsaid, wait_of
from tests.parcels import stored
from tests.register.test_two_writers import second_process

OUTSIDE = 2
OUTSIDE_WEEK = OUTSIDE * DAYS_KEPT


def scouting(chain: Chain, who: str, crop: str, pad: str = "") -> Parcel:
    """A word about a crop."""
    return chain.event(who, "FIELD_WORK", about=[(crop, None)], work="weeding" + pad)


def planted(chain: Chain) -> str:
    """A crop of the cooperative's."""
    crop = chain.crop()
    one(chain.send(sown(chain, crop)))
    return crop


def sown(chain: Chain, crop: str) -> Parcel:
    """What makes a crop."""
    return chain.event(
        "cooperative", "SOW", inputs=[(chain.lot(), 400)], outputs=[(crop, None)], area_m2=667
    )


@pytest.fixture
def outsiders(chain: Chain) -> tuple[Chain, Gate, str]:
    """A planted crop, a rival, and a gate that counts outsiders alone."""
    chain.admit("rival", "cooperative")
    crop = planted(chain)
    return chain, count(chain, per_key=0, outside=OUTSIDE), crop


def crowd(chain: Chain, gate: Gate, crop: str, who: str = "rival") -> int:
    """Write one by one until told to wait; how many were recorded."""
    for number in range(10 * (CROWDED + OUTSIDE_WEEK)):
        parcel = scouting(chain, who, crop)
        (told,) = deliver(chain, gate, [parcel])
        if not is_taken(told):
            wait_of(told, "chain_crowded")
            unsaid(chain, who)
            return number
    raise AssertionError("never told to wait")


def test_an_outsider_crowds_a_chain_only_slowly(outsiders: tuple[Chain, Gate, str]) -> None:
    chain, gate, crop = outsiders
    # One leaf is the sowing's; the last begins beyond the measure.
    assert crowd(chain, gate, crop) == CROWDED - 1 + OUTSIDE_WEEK + 1
    for _ in range(3):
        chain.now_ms += DAY_MS
        assert crowd(chain, gate, crop) == OUTSIDE
    # Of other things he may speak, and what he does with his own goes on.
    assert is_taken(deliver(chain, gate, [scouting(chain, "rival", planted(chain))])[0])
    assert is_taken(deliver(chain, gate, [stored(chain, "rival", crop)])[0])


def test_another_server_knows_who_crowds(
    outsiders: tuple[Chain, Gate, str], tmp_path: Path
) -> None:
    chain, gate, crop = outsiders
    crowd(chain, gate, crop)
    other = second_process(chain, tmp_path)
    other.now_ms = chain.now_ms
    far = count(other, per_key=0, outside=OUTSIDE)
    wait_of(deliver(other, far, [scouting(chain, "rival", crop)])[0], "chain_crowded")
    other.store.engine.dispose()


def test_its_maker_and_the_authorities_never_wait_for_a_crowd(
    outsiders: tuple[Chain, Gate, str],
) -> None:
    chain, gate, crop = outsiders
    chain.admit("office", "supervisor")
    crowd(chain, gate, crop)
    for who in ("cooperative", "office"):
        for _ in range(2 * OUTSIDE_WEEK):
            assert is_taken(deliver(chain, gate, [scouting(chain, who, crop)])[0])


def test_a_crowd_takes_nobody_elses_room(outsiders: tuple[Chain, Gate, str]) -> None:
    chain, gate, crop = outsiders
    crowd(chain, gate, crop)
    chain.admit("sprayer", "technician")
    # A hired technician's week is still recorded at once, however long the rival's queue is.
    for _ in range(OUTSIDE_WEEK):
        assert is_taken(deliver(chain, gate, [scouting(chain, "sprayer", crop)])[0])


@pytest.mark.parametrize("split", [lambda many: [many], lambda many: [[each] for each in many]])
def test_not_even_at_once_may_an_outsider_write_more(
    outsiders: tuple[Chain, Gate, str], split: Callable[[list[Parcel]], list[list[Parcel]]]
) -> None:
    chain, gate, crop = outsiders
    many = split([scouting(chain, "rival", crop) for _ in range(OUTSIDE_WEEK + 5)])
    told = deliver(chain, gate, *many)
    wait_of(told[-1], "chain_crowded")
    with chain.store.reading() as reading:
        assert len(reading.chains([crop])[crop]) <= OUTSIDE_WEEK + 1


@pytest.mark.parametrize("split", [lambda many: [many], lambda many: [[each] for each in many]])
def test_few_long_words_at_once_weigh_as_much_as_many_short_ones(
    outsiders: tuple[Chain, Gate, str], split: Callable[[list[Parcel]], list[list[Parcel]]]
) -> None:
    chain, gate, crop = outsiders
    long = [scouting(chain, "rival", crop, "，" * 3_900) for _ in range(OUTSIDE_WEEK // 2)]
    assert len(long) <= OUTSIDE_WEEK < sum(pieces_of(len(one.envelope.payload)) for one in long)
    told = deliver(chain, gate, *split(long))
    wait_of(told[-1], "chain_crowded")
    with chain.store.reading() as reading:
        leaves = reading.chains([crop])[crop]
    assert len(leaves) <= OUTSIDE_WEEK // 6 + 1


def test_a_maker_sends_a_season_in_one_batch(outsiders: tuple[Chain, Gate, str]) -> None:
    chain, gate, _ = outsiders
    crop = chain.crop()
    first = sown(chain, crop)
    season = [scouting(chain, "cooperative", crop) for _ in range(3 * OUTSIDE_WEEK)]
    assert is_taken(deliver(chain, gate, [first, *season])[0])


def test_long_words_crowd_sooner(outsiders: tuple[Chain, Gate, str]) -> None:
    chain, gate, crop = outsiders
    pad = "，" * 3_900  # six pieces
    taken = 0
    while is_taken(deliver(chain, gate, [scouting(chain, "rival", crop, pad)])[0]):
        taken += 1
        assert taken < OUTSIDE_WEEK
    assert taken == OUTSIDE_WEEK // 6 + 1


def test_approving_the_genesis_for_ever_is_crowding_too(
    outsiders: tuple[Chain, Gate, str],
) -> None:
    """Its chain is in every bundle of the ledger: a rival would spoil them all."""
    chain, gate, _ = outsiders
    with chain.store.reading() as reading:
        genesis = next(iter(reading.entries(0, 1))).statement_id
    ledger = f"urn:daodi:ledger:{chain.origin}"

    taken = 0
    while True:
        approval = chain.write("rival", "approve", {"statement": genesis}, [ledger])
        (told,) = deliver(chain, gate, [approval])
        if not is_taken(told):
            break
        taken += 1
        assert taken <= CROWDED + OUTSIDE_WEEK
    wait_of(told, "chain_crowded")
