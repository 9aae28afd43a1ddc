"""A ledger opened by a process: store, picture of the log, register, and the folder's keys."""

import os
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from api.opened.folder import LedgerFolder
from api.opened.judging import Judge
from api.opened.remembered import Remembered
from api.settings import Settings
from ledger.canonical import JsonObject, JsonValue
from ledger.errors import DaodiError, FormError, StandingError, StoreError
from ledger.evidence.make import follow
from ledger.herbs.identifiers import lot_uri
from ledger.log.checkpoint import format_vkey, parse_checkpoint, parse_note
from ledger.pace import Pace
from ledger.register.door import parse_parcel
from ledger.register.gate import Gate
from ledger.register.group import Register
from ledger.register.receipt import Receipt
from ledger.replica import MAP_DEPTH_DEFAULT, Replica
from ledger.statements.chains import is_uri, ledger_uri
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PrivateKey, note_vkey
from ledger.statements.pen import Pen
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.guard import Guard
from ledger.store.ledger import find_claim, sign_head
from ledger.store.migrate import is_current, migrate
from ledger.store.startup import check_start
from ledger.trace.answer import china_time

Clock = Callable[[], int]  # milliseconds since 1970
SALT_BYTES = 16
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLedger:
    """Everything that handlers and commands work with."""

    settings: Settings
    folder: LedgerFolder
    store: SqlStore
    replica: Replica
    register: Register
    gate: Gate
    judge: Judge
    origin: str
    clock: Clock
    remembered: Remembered = field(default_factory=Remembered)

    def remember(
        self, key: Hashable, make: Callable[[], T], *, weigh: Callable[[T], int] | None = None
    ) -> T:
        """What was made for the public while the log is as it is now, or else made now.

        `weigh` says about how many bytes it takes.
        """
        now_ms = self.clock()
        return self.remembered.get(key, make, size=self.replica.size, now_ms=now_ms, weigh=weigh)

    @property
    def vkeys(self) -> tuple[str, ...]:
        """The log's keys in force."""
        return tuple(self.replica.registry.log_keys)

    def described(self) -> JsonObject:
        """The ledger in its own words, as `GET /v1/ledger` and `daodi ledger show` print it."""
        follow(self.store, self.replica)
        registry, note = self.replica.registry, self.replica.note
        checkpoint = parse_checkpoint(parse_note(note).text)
        return {
            "origin": self.origin,
            "log_keys": [*registry.log_keys],
            "registrar": registry.founder,
            "map_depth": registry.map_depth,
            "size": checkpoint.size,
            "root": encode_base64(checkpoint.root),
            "checkpoint": note,
        }

    def pen(self, key: PrivateKey) -> Pen:
        """A pen for a key whose chain this ledger knows, at its next number."""
        head = self.replica.key_heads.get(key.key_id)
        return Pen(
            key,
            ledger=self.origin,
            salts=lambda: secrets.token_bytes(SALT_BYTES),
            seq=head.next_seq if head else 0,
            prev=head.statement_id if head else None,
        )

    def state(self, key: PrivateKey, kind: str, body: JsonObject, subjects: list[str]) -> Receipt:
        """Sign a registry statement with a key of this ledger and record it."""
        now_ms = self.clock()
        pen = self.pen(key)
        _, envelope, openings = pen.write(
            kind, body, signed_at=china_time(now_ms), subjects=subjects
        )
        parcel = parse_parcel(pen.parcel(envelope, openings))
        (outcome,) = self.register.record([self.register.check(parcel)], now_ms=now_ms)
        if isinstance(outcome, DaodiError):
            raise outcome
        return outcome


def open_store(settings: Settings) -> SqlStore:
    """Open the database with its guard; nothing is read yet."""
    folder = LedgerFolder(settings.data)
    if not settings.database and not (settings.data / "ledger.db").exists():
        raise StoreError("not_set_up", f"no ledger in {settings.data}; try: daodi ledger found")
    store = SqlStore(open_engine(settings.database_url), Guard(folder.guard))
    if not is_current(store.engine):
        raise StoreError("not_set_up", "the database is not at this version; run: daodi migrate")
    return store


def open_ledger(settings: Settings, clock: Clock) -> OpenedLedger:
    """Open a founded ledger. Raises StoreError and says what to do when it may not be used."""
    folder = LedgerFolder(settings.data)
    store = open_store(settings)
    pace = Pace(per_key=settings.statements_per_day, outside=settings.outside_per_day)
    replica = Replica(find_claim=find_claim(store), pace=pace)
    check_start(store, replica)
    origin = replica.registry.origin
    if origin is None:
        raise StoreError("not_set_up", "the ledger has no genesis; run: daodi ledger found")
    keys = folder.log_keys(settings.log_keys.get_secret_value())
    stated = {format_vkey(note_vkey(origin, key.public)) for key in keys}
    if not stated <= set(replica.registry.log_keys):
        raise StoreError("not_set_up", "a log key here is not one that the ledger states")
    register = Register(origin=origin, store=store, replica=replica, sign_head=sign_head(keys))
    return OpenedLedger(
        settings=settings,
        folder=folder,
        store=store,
        replica=replica,
        register=register,
        gate=Gate(store, replica),
        judge=Judge(store, replica, clock),
        origin=origin,
        clock=clock,
    )


def found_ledger(settings: Settings, origin: str, clock: Clock) -> OpenedLedger:
    """Make folder, keys and tables where missing, and write the genesis of a new ledger.

    What an interrupted founding left is gone on with. Raises StandingError `already_registered`
    when there is a genesis, before any key is made; FormError for an origin that names no log.
    """
    _check_origin(origin)
    folder = LedgerFolder(settings.data)
    folder.make()
    _ = os.umask(0o077)  # the database holds sealed values: nobody else on this machine reads it
    engine = open_engine(settings.database_url)
    migrate(engine)
    store = SqlStore(engine, Guard(folder.guard))
    replica = Replica(find_claim=find_claim(store))
    with store.reading() as reading:
        if reading.size():
            raise StandingError("already_registered", f"{folder.path} holds a ledger already")
    folder.make_keys()
    keys = folder.log_keys(settings.log_keys.get_secret_value())
    register = Register(origin=origin, store=store, replica=replica, sign_head=sign_head(keys))
    root = folder.registrar_key()
    if root is None:
        raise StoreError("not_set_up", f"the registrar's key is not in {folder.keys}")
    now_ms = clock()
    pen = Pen(root, ledger=origin, salts=lambda: secrets.token_bytes(SALT_BYTES))
    vkeys: list[JsonValue] = [format_vkey(note_vkey(origin, key.public)) for key in keys]
    body: JsonObject = {
        "origin": origin,
        "map_depth": MAP_DEPTH_DEFAULT,
        "registrar": {
            "alg": root.alg,
            "kid": root.key_id,
            "spki": encode_base64(root.spki),
        },
        "log_keys": vkeys,
    }
    _, envelope, _ = pen.write(
        "genesis", body, signed_at=china_time(now_ms), subjects=[ledger_uri(origin)]
    )
    register.found(parse_parcel(pen.parcel(envelope, [])), now_ms=now_ms)
    engine.dispose()  # what follows opens the ledger as every other process does
    return open_ledger(settings, clock)


def _check_origin(origin: str) -> None:
    """Raise FormError `bad_uri` unless the ledger, its notes and its lots can be named by it.

    Nothing is made before: an origin is written into every statement, and cannot be changed.
    """
    named = (ledger_uri(origin), lot_uri(origin, "0" * 20))
    host = origin.partition("/")[0]
    if not host or "+" in origin or "#" in origin or not all(map(is_uri, named)):
        raise FormError(
            "bad_uri",
            f"{origin!r} names no ledger: expected a host in lower case and a path, in plain ASCII "
            "without blanks, + and #, such as guangyuan.example/herbs",
        )
