"""A register with measures in a test: what its gate lets in, and how long the rest must wait."""

from ledger.errors import AccessError
from ledger.pace import DAYS_KEPT, Pace
from ledger.register.door import Parcel
from ledger.register.gate import Gate
from ledger.register.group import Outcome, Register
from ledger.replica import Replica
from ledger.store.ledger import find_claim, sign_head
from tests.chain import Chain
from tests.parcels import codes

PER_KEY = 4
WEEK = PER_KEY * DAYS_KEPT

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


def unsaid(chain: Chain, who: str) -> None:
    """Let a pen go on behind what was recorded: the rest is signed anew."""
    pen = chain.pens[who]
    head = chain.replica.key_heads[pen.key.key_id]
    pen.seq, pen.prev = head.next_seq, head.statement_id
