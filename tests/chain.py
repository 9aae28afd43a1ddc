"""One supply chain in a test: a ledger on a database of its own, its registrar, actors, a clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

from ledger.canonical import JsonObject, JsonValue
from ledger.errors import DaodiError
from ledger.evidence.make import make_evidence
from ledger.evidence.verdict import Policy
from ledger.herbs.bodies import event_body, sealed_elements
from ledger.herbs.events import chains_of, parse_recorded_event
from ledger.herbs.identifiers import crop_uri, lot_uri, new_code, site_uri
from ledger.log.checkpoint import format_vkey
from ledger.register.door import Parcel, parse_parcel
from ledger.register.group import Outcome, Register
from ledger.register.receipt import Receipt
from ledger.replica import Replica
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PrivateKey, generate_private_key, note_vkey
from ledger.statements.pen import Pen
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.guard import Guard
from ledger.store.ledger import find_claim, sign_head
from ledger.store.migrate import migrate

ORIGIN = "ledger.example/herbs"
START_MS = 1_775_000_000_000  # 2026-03-31, the spring of the first season
DAY_MS = 86_400_000


def clock_text(time_ms: int) -> str:
    """Milliseconds since 1970 as a device in China writes them."""
    zone = timezone(timedelta(hours=8))
    return datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(zone).isoformat()


class Chance:
    """Chance that is the same in every run: a counter, hashed."""

    def __init__(self, seed: str = "chance") -> None:
        self._seed = seed
        self._count = 0

    def __call__(self) -> bytes:
        """Sixteen bytes nobody has seen before in this run."""
        self._count += 1
        return sha256(f"{self._seed} {self._count}".encode()).digest()[:16]


@dataclass
class Chain:
    """A ledger with its people. `now_ms` moves only when a test moves it."""

    store: SqlStore
    origin: str = ORIGIN
    now_ms: int = START_MS
    chance: Chance = field(default_factory=Chance)
    root: PrivateKey = field(default_factory=lambda: generate_private_key("ES256"))
    log_keys: tuple[PrivateKey, ...] = field(
        default_factory=lambda: (generate_private_key("Ed25519"), generate_private_key("ES256"))
    )
    pens: dict[str, Pen] = field(default_factory=dict)
    actors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open a register on the store, with a fresh picture of the log."""
        self.reopen()
        self.pens["root"] = Pen(self.root, ledger=self.origin, salts=self.chance)

    def reopen(self) -> None:
        """What a restarted process sees: everything read again from the database."""
        self.replica = Replica(find_claim=find_claim(self.store))
        self.register = Register(
            origin=self.origin,
            store=self.store,
            replica=self.replica,
            sign_head=sign_head(self.log_keys),
        )

    @property
    def vkeys(self) -> tuple[str, ...]:
        """The log's keys as notes name them."""
        return tuple(format_vkey(note_vkey(self.origin, key.public)) for key in self.log_keys)

    def found(self) -> Receipt:
        """Write the genesis."""
        body: JsonObject = {
            "origin": self.origin,
            "map_depth": 20,
            "registrar": {
                "alg": self.root.alg,
                "kid": self.root.key_id,
                "spki": encode_base64(self.root.spki),
            },
            "log_keys": list[JsonValue](self.vkeys),
        }
        parcel = self.write("root", "genesis", body, [f"urn:daodi:ledger:{self.origin}"])
        return self.register.found(parcel, now_ms=self.now_ms)

    def admit(
        self,
        name: str,
        *roles: str,
        county: str = "410825",
        alg: str = "ES256",
        licences: JsonObject | None = None,
        called: str = "",
    ) -> Pen:
        """Admit an actor and enrol one key of its; the pen is known by the actor's name.

        People read `called`, where it is given.
        """
        actor = f"urn:daodi:actor:{name}"
        body: JsonObject = {
            "actor": actor, "name": called or name, "roles": [*roles], "county": county,
        }  # fmt: skip
        if licences is not None:
            body["licences"] = licences
        self.record("root", "actor.admit", body, [actor])
        key = generate_private_key(alg)
        enrolment: JsonObject = {
            "kid": key.key_id,
            "alg": key.alg,
            "spki": encode_base64(key.spki),
            "actor": actor,
            "roles": [*roles],
            "holder": f"holder-of-{name}",
        }
        self.record("root", "key.enrol", enrolment, [f"urn:daodi:key:{key.key_id}", f"{actor}#out"])
        self.pens[name] = Pen(key, ledger=self.origin, salts=self.chance)
        self.actors[name] = actor
        return self.pens[name]

    def write(
        self,
        who: str,
        kind: str,
        body: JsonObject,
        subjects: Iterable[str],
        *,
        inputs: Iterable[str] = (),
        outputs: Iterable[str] = (),
        sealed: Mapping[str, JsonValue] | None = None,
        signed_at: str = "",
    ) -> Parcel:
        """Sign a statement as `who`, and give it as the door takes it."""
        pen = self.pens[who]
        _, envelope, openings = pen.write(
            kind,
            body,
            signed_at=signed_at or clock_text(self.now_ms),
            subjects=subjects,
            inputs=inputs,
            outputs=outputs,
            sealed=sealed,
        )
        return parse_parcel(pen.parcel(envelope, openings))

    def send(self, *parcels: Parcel) -> list[Outcome]:
        """Deliver parcels as one group, a second after the last."""
        self.now_ms += 1_000
        checked = [self.register.check(parcel) for parcel in parcels]
        return self.register.record(checked, now_ms=self.now_ms)

    def record(self, who: str, kind: str, body: JsonObject, subjects: Iterable[str]) -> Receipt:
        """Sign and deliver one registry statement."""
        return one(self.send(self.write(who, kind, body, subjects)))

    def event(
        self,
        who: str,
        kind: str,
        *,
        inputs: Iterable[tuple[str, int | None]] = (),
        outputs: Iterable[tuple[str, int | None]] = (),
        about: Iterable[tuple[str, int | None]] = (),
        site: str | None = None,
        lifts: bool = False,
        event_ms: int | None = None,
        **elements: object,
    ) -> Parcel:
        """Sign an event of the trade with the chains of its kind."""
        ins, outs, things = list(inputs), list(outputs), list(about)
        body = event_body(
            kind,
            event_time=clock_text(event_ms or self.now_ms),
            inputs=ins,
            outputs=outs,
            about=things,
            site=site,
            elements=elements,
            lifts=lifts,
        )
        listed = chains_of(parse_recorded_event(body))
        return self.write(
            who,
            "event",
            body,
            listed[2],
            inputs=listed[0],
            outputs=listed[1],
            sealed=sealed_elements(kind, elements),
        )

    def do(self, who: str, kind: str, **named: object) -> Receipt:
        """Sign and deliver one event."""
        return one(self.send(self.event(who, kind, **named)))  # type: ignore[arg-type]

    def lot(self) -> str:
        """A lot's URI nobody has used."""
        return lot_uri(self.origin, new_code(self.chance()))

    def crop(self) -> str:
        """A crop's URI nobody has used."""
        return crop_uri(self.origin, new_code(self.chance()))

    def site(self, who: str, county: str = "410825", area_m2: int = 16_667) -> str:
        """Register a plot."""
        uri = site_uri(self.origin, new_code(self.chance()))
        body: JsonObject = {"site": uri, "kind": "plot", "county": county, "area_m2": area_m2}
        self.record(who, "site.register", body, [uri])
        return uri

    def evidence(self, asked: str) -> JsonObject:
        """The bundle for a thing, as of the newest checkpoint."""
        return make_evidence(self.store, self.replica, asked)

    def policy(self, asked: str) -> Policy:
        """What a stranger knows of this ledger."""
        return Policy(asked=asked, log_keys=self.vkeys, registrar=self.root.key_id)


def one(outcomes: list[Outcome]) -> Receipt:
    """The receipt of a group of one; a refusal is raised."""
    (outcome,) = outcomes
    if isinstance(outcome, DaodiError):
        raise outcome
    return outcome


def open_chain(url: str, folder: Path) -> Chain:
    """A ledger on an empty database, founded, with the five actors of the first season."""
    engine = open_engine(url)
    migrate(engine)
    chain = Chain(store=SqlStore(engine, Guard(folder / "head.guard")))
    chain.found()
    for name, role in ACTORS.items():
        chain.admit(name, role)
    return chain


ACTORS: Mapping[str, str] = {
    "nursery": "nursery",
    "cooperative": "cooperative",
    "mill": "processor",
    "laboratory": "laboratory",
    "quality": "processor",
}
