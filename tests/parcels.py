"""Signed but unsent statements for tests of the door, and what came back for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.canonical import JsonObject
from ledger.errors import DaodiError
from ledger.register.door import Parcel
from ledger.register.group import Outcome
from ledger.register.receipt import Receipt
from ledger.seam import SignedHead
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import generate_private_key
from ledger.statements.pen import Pen
from ledger.store.database import SqlStore
from ledger.store.read import SqlReading
from tests.chain import Chain, one


def stored(chain: Chain, who: str = "mill", lot: str | None = None) -> Parcel:
    """The shortest event there is, on a lot of its own, signed but not sent."""
    return chain.event(
        who, "STORE_IN", about=[(lot or chain.lot(), None)], zone="a", temperature_c=9, humidity=50
    )


def harvest(chain: Chain) -> Parcel:
    """A harvest, whose pickers are sealed."""
    return chain.event(
        "cooperative",
        "HARVEST",
        inputs=[(chain.crop(), None)],
        outputs=[(chain.lot(), 1_000)],
        plot=chain.lot(),
        area_m2=1,
        method="hand",
        pickers=["李四"],
        herb="huaidihuang",
    )


class BusyStore(SqlStore):
    """A chain's store while another server appends: a snapshot that is read from is old already."""

    def __init__(self, chain: Chain) -> None:
        """Share the chain's database and guard."""
        super().__init__(chain.store.engine, None)
        self._chain = chain

    @contextmanager
    def reading(self) -> Iterator[SqlReading]:
        """Open a snapshot and read from it; before it is used, the log is one group longer."""
        with super().reading() as reading:
            assert reading.size()  # SQLite and PostgreSQL take the snapshot with the first query
            one(self._chain.send(stored(self._chain)))
            yield reading

    def guarded_head(self) -> SignedHead | None:
        """Newest head that the chain's guard remembers."""
        return self._chain.store.guarded_head()


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """An actor that nobody has admitted yet, with the two statements that would."""

    name: str
    key_id: str
    admission: Parcel
    enrolment: Parcel


def newcomer(chain: Chain, name: str, *roles: str, holder: str = "") -> Newcomer:
    """Give somebody a pen, and let the registrar sign, but not send, what admits it."""
    actor = f"urn:daodi:actor:{name}"
    key = generate_private_key("ES256")
    body: JsonObject = {"actor": actor, "name": name, "roles": [*roles], "county": "410825"}
    enrolment: JsonObject = {
        "kid": key.key_id,
        "alg": key.alg,
        "spki": encode_base64(key.spki),
        "actor": actor,
        "roles": [*roles],
        "holder": holder or f"holder-of-{name}",
    }
    chain.pens[name] = Pen(key, ledger=chain.origin, salts=chain.chance)
    return Newcomer(
        name=name,
        key_id=key.key_id,
        admission=chain.write("root", "actor.admit", body, [actor]),
        enrolment=chain.write(
            "root", "key.enrol", enrolment, [f"urn:daodi:key:{key.key_id}", f"{actor}#out"]
        ),
    )


def receipts(outcomes: list[Outcome]) -> list[Receipt]:
    """The receipts of a group in which nothing is refused."""
    found = []
    for outcome in outcomes:
        if isinstance(outcome, DaodiError):
            raise outcome
        found.append(outcome)
    return found


def refusal(outcome: Outcome) -> DaodiError:
    """The refusal that a statement met with."""
    assert isinstance(outcome, DaodiError), outcome
    return outcome


def codes(outcomes: list[Outcome]) -> list[str]:
    """Each statement's code, "" for a receipt."""
    return [outcome.code if isinstance(outcome, DaodiError) else "" for outcome in outcomes]


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""
