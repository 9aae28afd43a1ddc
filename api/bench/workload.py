"""Statements to measure with, signed before any clock runs by the keys of many devices."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from api.app import clock_ms
from api.opened.ledger import SALT_BYTES, OpenedLedger, found_ledger
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import DaodiError
from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import lot_uri, new_code
from ledger.register.door import Parcel, parse_parcel
from ledger.register.group import Candidate
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PublicKey, generate_private_key
from ledger.statements.pen import Pen
from ledger.trace.answer import china_time

ORIGIN = "bench.example/herbs"
MASS_G = 1_500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One signed statement: as the door takes it, as a request carries it, and whose it is."""

    key: PublicKey
    parcel: Parcel
    posted: JsonObject


class Workload:
    """A founded ledger with the pens of `pens` devices; each draws its own line of lots."""

    def __init__(self, settings: Settings, *, pens: int) -> None:
        self.settings = settings
        self.opened = found_ledger(settings, ORIGIN, clock_ms)
        self.pens = [_enrol(self.opened, number) for number in range(pens)]
        self._numbers = count()
        self._body: JsonObject = {}
        self._lots = [[self.lot(), self.lot()] for _ in range(pens)]

    def close(self) -> None:
        """Give the database's connections back."""
        self.opened.store.engine.dispose()

    def lot(self) -> str:
        """A lot's URI that nobody has used; chance is a counter, hashed."""
        return lot_uri(ORIGIN, new_code(sha256(b"bench %d" % next(self._numbers)).digest()))

    def transformation(self, number: int) -> Prepared:
        """The next statement of a device: two lots become one, on three chains, about 1.3 KB."""
        first, second = self._lots[number]
        made = self.lot()
        self._lots[number] = [second, made]
        if not self._body:
            self._body = _dried()
        inputs = sorted((first, second))
        body = self._body | {
            "inputQuantityList": [_weighed(uri) for uri in inputs],
            "outputQuantityList": [_weighed(made)],
            "daodi:display_name": f"2026-{next(self._numbers)}",
        }
        pen = self.pens[number]
        _, envelope, openings = pen.write(
            "event",
            body,
            signed_at=str(body["eventTime"]),
            inputs=inputs,
            outputs=[made],
            subjects=[made, *(f"{uri}#out" for uri in inputs)],
        )
        posted = pen.parcel(envelope, openings)
        return Prepared(key=pen.key.public, parcel=parse_parcel(posted), posted=posted)

    def round_robin(self, statements: int) -> list[Prepared]:
        """So many statements, the devices taking turns, in an order that the log accepts."""
        return [self.transformation(number % len(self.pens)) for number in range(statements)]

    def requests(self, each: int, *, batch: int = 1) -> list[list[bytes]]:
        """HTTP requests of every device in the order of its chain, `each` of them, as bytes."""
        return [
            [_request([self.transformation(n) for _ in range(batch)]) for _ in range(each)]
            for n in range(len(self.pens))
        ]


@contextmanager
def founded(folder: Path, url: str, *, pens: int) -> Iterator[Workload]:
    """A new ledger in a folder of its own and an empty database, closed at the end."""
    with TemporaryDirectory(dir=folder) as name:
        settings = Settings(data=Path(name), database=url, requests_per_minute=0)
        workload = Workload(settings, pens=pens)
        try:
            yield workload
        finally:
            workload.close()


def record(workload: Workload, prepared: Sequence[Prepared]) -> Sequence[Prepared]:
    """Record statements as one group. Raises the first refusal: what follows would mean nothing."""
    register = workload.opened.register
    record_checked(workload, [register.check(one.parcel) for one in prepared])
    return prepared


def record_checked(workload: Workload, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Record what is verified already as one group. Raises the first refusal."""
    for outcome in workload.opened.register.record(candidates, now_ms=clock_ms()):
        if isinstance(outcome, DaodiError):
            raise outcome
    return candidates


def _dried() -> JsonObject:
    lots = [lot_uri(ORIGIN, new_code(bytes([number]) * 16)) for number in range(3)]
    return event_body(
        "DRY",
        event_time=china_time(clock_ms()),
        inputs=[(uri, MASS_G) for uri in lots[:2]],
        outputs=[(lots[2], MASS_G)],
        elements={
            "herb": "huaidihuang",
            "method": "kiln",
            "temperature_c": 60,
            "hours": 70,
            "final_moisture": 14.5,
        },
    )


def _weighed(uri: str) -> JsonObject:
    return {"epcClass": uri, "quantity": MASS_G // 1000, "uom": "KGM"}


def _enrol(opened: OpenedLedger, number: int) -> Pen:
    root = opened.folder.registrar_key()
    assert root is not None  # the folder was founded here
    actor = f"urn:daodi:actor:bench-{number}"
    admission: JsonObject = {
        "actor": actor,
        "name": f"合作社 {number}",
        "roles": ["processor"],
        "county": "410825",
    }
    opened.state(root, "actor.admit", admission, [actor])
    key = generate_private_key("ES256")
    enrolment: JsonObject = {
        "kid": key.key_id,
        "alg": key.alg,
        "spki": encode_base64(key.spki),
        "actor": actor,
        "roles": ["processor"],
        "holder": f"holder-{number}",
    }
    chains = sorted([f"urn:daodi:key:{key.key_id}", f"{actor}#out"])
    opened.state(root, "key.enrol", enrolment, chains)
    return Pen(key, ledger=ORIGIN, salts=lambda: bytes(SALT_BYTES))  # nothing here is secret


def _request(statements: list[Prepared]) -> bytes:
    """One POST as it goes over the wire: a single envelope, or several under `statements`."""
    posted = [one.posted for one in statements]
    body = msgspec.json.encode(posted[0] if len(posted) == 1 else {"statements": posted})
    head = (
        "POST /v1/statements HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
