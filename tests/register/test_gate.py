"""A key that floods the log waits, loses nothing, and leaves others their room."""

from pathlib import Path

from ledger.canonical import JsonObject
from ledger.errors import AccessError
from ledger.herbs.bodies import event_body
from ledger.herbs.events import chains_of, parse_recorded_event
from ledger.pace import DAYS_KEPT, KEYS_WORTH, PIECE_BYTES, pieces_of
from ledger.register.door import OPENED_BYTES_MAX, Parcel
from ledger.register.gate import Gate
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import generate_private_key
from ledger.statements.pen import Pen
from tests.chain import DAY_MS, Chain, clock_text, one
from tests.measured import PER_KEY, WEEK, count, deliver, is_taken, unsaid, wait_of
from tests.parcels import codes, newcomer, stored
from tests.register.test_two_writers import second_process


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


def test_what_another_server_recorded_meanwhile_never_waits_here(
    chain: Chain, tmp_path: Path
) -> None:
    other = second_process(chain, tmp_path)
    far = count(other)  # it knows of nothing that is recorded from here on
    gate = count(chain)
    spend(chain, gate)
    sent = [stored(chain)]
    assert is_taken(deliver(other, far, sent)[0])
    (again,) = deliver(chain, gate, sent)
    assert not isinstance(again, AccessError)
    assert codes(again) == [""]
    wait_of(deliver(chain, gate, [stored(chain)])[0])
    other.store.engine.dispose()


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
