"""A key that floods the log waits, loses nothing, and leaves others their room."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.canonical import JsonObject
from ledger.errors import AccessError
from ledger.herbs.bodies import event_body
from ledger.herbs.events import chains_of, parse_recorded_event
from ledger.pace import CROWDED, DAYS_KEPT, KEYS_WORTH, PIECE_BYTES, Pace, pieces_of
from ledger.register.door import OPENED_BYTES_MAX, Parcel
from ledger.register.gate import Gate
from ledger.register.group import Outcome, Register
from ledger.replica import Replica
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import generate_private_key
from ledger.statements.pen import Pen
from ledger.store.ledger import find_claim, sign_head
from tests.chain import DAY_MS, Chain, clock_text, one
from tests.parcels import codes, newcomer, stored
from tests.register.test_two_writers import second_process

PER_KEY = 4
WEEK = PER_KEY * DAYS_KEPT
OUTSIDE = 2
OUTSIDE_WEEK = OUTSIDE * DAYS_KEPT

Told = list[Outcome] | AccessError


def count(chain: Chain, *, per_key: int = PER_KEY, outside: int = 0) -> Gate:
    """Begin this process anew, with measures; its gate."""
    pace = Pace(per_key=per_key, outside=outside)
    chain.replica = Replica(find_claim(chain.store), pace=pace)
    chain.register = Register(
        origin=chain.origin,
        store=chain.store,
        replica=chain.replica,
        sign_head=sign_head(chain.log_keys),
    )
    with chain.store.reading() as reading:
        chain.replica.catch_up(reading)
    return Gate(chain.store, chain.replica)


def deliver(chain: Chain, gate: Gate, *requests: list[Parcel]) -> list[Told]:
    """As the server does: requests that come together, those that must wait left out."""
    checked = [[chain.register.check(parcel) for parcel in request] for request in requests]
    refusals = gate.refusals(checked, now_ms=chain.now_ms)
    told: list[Told] = []
    for candidates, refusal in zip(checked, refusals, strict=True):
        told.append(
            refusal or chain.register.record(candidates, now_ms=chain.now_ms),
        )
    return told


def is_taken(told: Told) -> bool:
    """Whether a request was recorded, all of it."""
    return not isinstance(told, AccessError) and codes(told) == [""] * len(told)


def wait_of(told: Told, code: str = "measure_spent") -> int:
    """Seconds that a request must wait."""
    assert isinstance(told, AccessError), told
    assert told.code == code
    assert told.status == 429
    wait_s = told.details["wait_s"]
    assert isinstance(wait_s, int)
    return wait_s


def spend(chain: Chain, gate: Gate, who: str = "mill", count: int = WEEK + 1) -> None:
    """Use a week's measure up, and begin what is beyond it."""
    assert is_taken(deliver(chain, gate, [stored(chain, who) for _ in range(count)])[0])


def test_a_week_without_a_network_is_sent_at_once(chain: Chain) -> None:
    gate = count(chain)
    for _ in range(WEEK):
        assert is_taken(deliver(chain, gate, [stored(chain)])[0])


def test_whoever_spent_his_measure_waits_and_nothing_of_his_batch_is_stored(chain: Chain) -> None:
    gate = count(chain)
    spend(chain, gate)
    size = chain.replica.size
    late = [stored(chain) for _ in range(3)]

    (told,) = deliver(chain, gate, late)

    assert wait_of(told) <= DAY_MS // 1000 // PER_KEY
    with chain.store.reading() as reading:
        assert reading.size() == size
    # The same bytes go through when their time has come: nothing is lost, nothing signed anew.
    chain.now_ms += wait_of(told) * 1000
    assert is_taken(deliver(chain, gate, late)[0])


def test_a_batch_of_any_size_passes_and_is_paid_for_afterwards(chain: Chain) -> None:
    gate = count(chain)
    spend(chain, gate, count=WEEK + 2 * PER_KEY)
    waited = wait_of(deliver(chain, gate, [stored(chain)])[0])
    assert 1.9 * DAY_MS < waited * 1000 <= 2 * DAY_MS


def test_what_is_known_already_costs_nothing_and_never_waits(chain: Chain) -> None:
    gate = count(chain)
    sent = [stored(chain) for _ in range(WEEK + 1)]
    assert is_taken(deliver(chain, gate, sent)[0])
    for _ in range(3):
        (again,) = deliver(chain, gate, sent)
        assert not isinstance(again, AccessError)
        assert codes(again) == [""] * len(sent)
    before = wait_of(deliver(chain, gate, [stored(chain)])[0])
    deliver(chain, gate, sent)
    assert wait_of(deliver(chain, gate, [stored(chain)])[0]) == before


def test_requests_that_come_together_share_what_is_left(chain: Chain) -> None:
    gate = count(chain)
    first, second, other = deliver(
        chain,
        gate,
        [stored(chain) for _ in range(WEEK + 1)],
        [stored(chain)],
        [stored(chain, "nursery")],
    )
    assert is_taken(first)
    wait_of(second)
    assert is_taken(other)


def test_another_server_and_a_restarted_one_reckon_alike(chain: Chain, tmp_path: Path) -> None:
    gate = count(chain)
    spend(chain, gate, count=WEEK + 5)
    late = [stored(chain)]
    waited = wait_of(deliver(chain, gate, late)[0])

    other = second_process(chain, tmp_path)
    other.now_ms = chain.now_ms
    assert wait_of(deliver(other, count(other), late)[0]) == waited
    assert wait_of(deliver(chain, count(chain), late)[0]) == waited
    other.store.engine.dispose()


def test_another_server_hears_of_what_was_recorded_since(chain: Chain, tmp_path: Path) -> None:
    gate = count(chain)
    other = second_process(chain, tmp_path)
    other.now_ms = chain.now_ms
    far = count(other)
    spend(chain, gate)
    # Its first group brings it up to date.
    assert is_taken(deliver(other, far, [stored(other, "nursery")])[0])
    wait_of(deliver(other, far, [stored(chain)])[0])
    other.store.engine.dispose()


def test_an_actors_keys_share_a_measure_and_one_leaves_the_others_room(file_chain: Chain) -> None:
    chain = file_chain
    for number in range(KEYS_WORTH):
        enrol(chain, "mill", f"mill-{number}")
    gate = count(chain)
    spend(chain, gate, "mill")
    wait_of(deliver(chain, gate, [stored(chain, "mill")])[0])
    for number in range(KEYS_WORTH - 1):
        spend(chain, gate, f"mill-{number}", WEEK)
    # All of them together have spent the actor's; its last key has hardly written anything.
    wait_of(deliver(chain, gate, [stored(chain, f"mill-{KEYS_WORTH - 1}")])[0])
    assert is_taken(deliver(chain, gate, [stored(chain, "nursery")])[0])


def enrol(chain: Chain, actor: str, name: str) -> None:
    """Give an actor one more key."""
    key = generate_private_key("ES256")
    body: JsonObject = {
        "kid": key.key_id,
        "alg": key.alg,
        "spki": encode_base64(key.spki),
        "actor": chain.actors[actor],
        "roles": ["processor"],
        "holder": f"holder-of-{name}",
    }
    subjects = [f"urn:daodi:key:{key.key_id}", f"{chain.actors[actor]}#out"]
    chain.record("root", "key.enrol", body, subjects)
    chain.pens[name] = Pen(key, ledger=chain.origin, salts=chain.chance)


def unsaid(chain: Chain, who: str) -> None:
    """Let a pen go on behind what was recorded: the rest is signed anew."""
    pen = chain.pens[who]
    head = chain.replica.key_heads[pen.key.key_id]
    pen.seq, pen.prev = head.next_seq, head.statement_id


def test_rivals_of_what_is_recorded_take_room_as_well(chain: Chain) -> None:
    gate = count(chain)
    one(chain.send(stored(chain)))
    first = chain.replica.key_heads[chain.pens["mill"].key.key_id]

    def rival() -> Parcel:
        chain.pens["mill"].seq, chain.pens["mill"].prev = first.next_seq - 1, None
        return stored(chain)

    kept = 0
    while not isinstance(told := deliver(chain, gate, [rival()])[0], AccessError):
        assert codes(told) == ["equivocation"]
        kept += 1
        assert kept <= WEEK
    wait_of(told)
    with chain.store.reading() as reading:
        assert len(reading.rivals()) == kept == WEEK


def test_sealed_values_weigh_like_what_is_in_clear(file_chain: Chain) -> None:
    chain = file_chain
    gate = count(chain)
    body = event_body("STORE_IN", event_time=clock_text(chain.now_ms), about=[(chain.lot(), None)])
    listed = chains_of(parse_recorded_event(body))[2]

    def sealing(pad: int) -> Parcel:
        return chain.write("mill", "event", body, listed, sealed={"buyer": "甲" * pad})

    assert is_taken(deliver(chain, gate, [sealing(WEEK * PIECE_BYTES // 3)])[0])
    wait_of(deliver(chain, gate, [stored(chain)])[0])
    (told,) = deliver(chain, count(chain, per_key=0), [sealing(OPENED_BYTES_MAX // 3)])
    assert not isinstance(told, AccessError)
    assert codes(told) == ["too_large"]


def test_a_key_that_ran_wild_can_still_end_itself(file_chain: Chain) -> None:
    chain = file_chain
    gate = count(chain)
    spend(chain, gate)
    kid = chain.pens["mill"].key.key_id
    retire = chain.write(
        "mill", "key.retire", {"kid": kid, "reason": "lost"}, [f"urn:daodi:key:{kid}"]
    )
    assert is_taken(deliver(chain, gate, [retire])[0])


def test_a_registrar_never_waits(file_chain: Chain) -> None:
    chain = file_chain
    gate = count(chain, per_key=1)
    for number in range(DAYS_KEPT + 2):
        made = newcomer(chain, f"newcomer-{number}", "cooperative")
        assert is_taken(deliver(chain, gate, [made.admission, made.enrolment])[0])


def test_what_an_operator_imports_is_not_held_against_the_actor_for_ever(
    file_chain: Chain,
) -> None:
    chain = file_chain
    gate = count(chain)
    spend(chain, gate)
    waited = wait_of(deliver(chain, gate, [stored(chain)])[0])
    unsaid(chain, "mill")
    for _ in range(5):  # past the gate, as `daodi import` goes
        parcel = stored(chain)
        one(chain.register.record([chain.register.check(parcel)], now_ms=chain.now_ms))
    assert wait_of(deliver(chain, gate, [stored(chain)])[0]) == waited


def test_a_long_statement_weighs_what_it_takes() -> None:
    assert [pieces_of(size) for size in (1, PIECE_BYTES, PIECE_BYTES + 1, 32 * 1024)] == [
        1,
        1,
        2,
        16,
    ]


def test_without_a_measure_nothing_is_counted(file_chain: Chain) -> None:
    gate = count(file_chain, per_key=0)
    spend(file_chain, gate, count=5 * WEEK)
    assert file_chain.replica.pace.used(file_chain.now_ms) == []


# What outsiders put on somebody's chain


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
