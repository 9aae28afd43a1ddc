"""A founded ledger behind HTTP in a test, with the people who may write in it."""

from asyncio import sleep
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads
from typing import Any

from httpx import Request, Response
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.testing import TestClient
from sqlalchemy import select

from api.app import Service, clock_ms, open_service, register_routes, stand_before
from api.opened.ledger import OpenedLedger, found_ledger
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.register.door import Parcel
from ledger.statements.envelope import format_envelope
from ledger.store.engine import open_engine
from ledger.store.tables import JUDGEMENT, metadata
from ledger.store.tokens import Bearer, keep_token
from tests.chain import ACTORS, ORIGIN, Chain

PROBLEM_JSON = "application/problem+json"
PROMETHEUS = "of-the-operators-prometheus"
Tables = dict[str, list[tuple[object, ...]]]


class Client(TestClient[Litestar]):
    """Gives an answer once the server has said in its log that it gave it.

    It says so one turn of its loop later. By then the test might be over, and the line would land
    on the terminal, which nobody listens to between two tests.
    """

    def send(self, request: Request, **how: Any) -> Response:  # noqa: ANN401 — httpx's own
        """Send it, and let the server's loop turn once behind the answer."""
        answer = super().send(request, **how)
        with self.portal() as portal:
            portal.call(sleep, 0)
        return answer


@dataclass
class Served:
    """A server, and beside it the same ledger as another process of its operator has it.

    What `chain` delivers goes past HTTP, as the `daodi` command does; what `post` sends does not.
    """

    client: Client
    settings: Settings
    beside: OpenedLedger
    chain: Chain
    _tokens: dict[str, str] = field(default_factory=dict)

    def post(self, *parcels: Parcel) -> Response:
        """Post one envelope, or several in one request."""
        posted = [as_json(parcel) for parcel in parcels]
        body = posted[0] if len(posted) == 1 else {"statements": posted}
        return self.client.post("/v1/statements", json=body)

    def post_bytes(self, body: bytes, media_type: str = "application/json") -> Response:
        """Post a body as it is."""
        return self.client.post(
            "/v1/statements", content=body, headers={"content-type": media_type}
        )

    def harvest(self, who: str = "cooperative", **elements: object) -> Parcel:
        """Sign the harvest of a new lot from a crop of nobody's: facts may arrive in any order."""
        said: dict[str, object] = {
            "plot": "urn:example:plot",
            "area_m2": 6667,
            "method": "hand",
            "herb": "huaidihuang",
        }
        return self.chain.event(
            who,
            "HARVEST",
            inputs=[(self.chain.crop(), None)],
            outputs=[(self.chain.lot(), 3_000_000)],
            **(said | elements),
        )

    def token(self, who: str) -> str:
        """A bearer token that stands for an actor."""
        if who not in self._tokens:
            token = f"token-of-{who}-{len(self._tokens)}"
            digest = sha256(token.encode()).hexdigest()
            bearer = Bearer(actor=self.chain.actors[who], holder=f"holder-of-{who}")
            keep_token(self.beside.store, digest, bearer, created_ms=clock_ms())
            self._tokens[who] = token
        return self._tokens[who]

    def bearing(self, who: str) -> dict[str, str]:
        """The header of a request in an actor's name."""
        return {"authorization": f"Bearer {self.token(who)}"}

    def metrics(self) -> str:
        """What Prometheus reads."""
        answer = self.client.get("/metrics", headers={"authorization": f"Bearer {PROMETHEUS}"})
        assert answer.status_code == 200
        assert answer.headers["content-type"].count("charset") == 1
        return answer.text

    def next_seq(self, who: str) -> int:
        """The number that the server expects of a key next."""
        answer = self.client.get(f"/v1/keys/{self.chain.pens[who].key.key_id}")
        number: int = answer.json()["next_seq"]
        return number

    def tables(self) -> Tables:
        """Every row of every table, in a stable order."""
        return tables_of(self.settings.database_url)


def tables_of(database_url: str) -> Tables:
    """Every row of every table of a database, in a stable order.

    Without judgement, which follows the log in its own time.
    """
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:
            return {
                name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for name, table in metadata.tables.items()
                if table not in JUDGEMENT
            }
    finally:
        engine.dispose()


def as_json(parcel: Parcel) -> JsonObject:
    """What is posted for a parcel."""
    posted = format_envelope(parcel.envelope, key_id="")
    if parcel.openings:
        posted["openings"] = [*parcel.openings]
    return posted


def assert_problem(answer: Response, status: int, code: str) -> JsonObject:
    """The answer is a problem document of this code; returns it."""
    assert answer.headers["content-type"].partition(";")[0] == PROBLEM_JSON, answer.text
    document: JsonObject = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), document
    assert_document(document, status, code)
    return document


def assert_document(document: JsonObject, status: int, code: str) -> None:
    """A problem document says what went wrong to programs and to people."""
    assert document["type"] == f"urn:daodi:problem:{code}"
    assert (document["status"], document["code"]) == (status, code), document
    assert any("\u4e00" <= character <= "\u9fff" for character in str(document["title"]))
    assert document["detail"]


def found(settings: Settings, clock: Callable[[], int] = clock_ms) -> tuple[OpenedLedger, Chain]:
    """Found a ledger with the five actors of the first season; it and their pens."""
    beside = found_ledger(settings, ORIGIN, clock)
    root = beside.folder.registrar_key()
    assert root is not None
    chain = Chain(
        store=beside.store,
        now_ms=clock(),
        root=root,
        log_keys=beside.folder.log_keys(),
    )
    chain.register, chain.replica = beside.register, beside.replica
    chain.pens["root"] = beside.pen(root)
    for name, role in ACTORS.items():
        chain.admit(name, role)
    return beside, chain


@contextmanager
def open_served(
    database_url: str, folder: Path, *, clock: Callable[[], int] = clock_ms, **settings: object
) -> Iterator[Served]:
    """Found a ledger on an empty database, by `clock`, and serve it; settings as keywords."""
    chosen = Settings.model_validate(
        {
            "data": folder,
            "database": database_url,
            "requests_per_minute": 0,
            "metrics_token": PROMETHEUS,
            **settings,
        }
    )
    beside, chain = found(chosen, clock)
    try:
        with application(chosen) as app, Client(app) as client:
            yield Served(client=client, settings=chosen, beside=beside, chain=chain)
    finally:
        beside.store.engine.dispose()


@contextmanager
def open_again(served: Served) -> Iterator[Served]:
    """Serve the same ledger by another application: its log goes where the test listens now."""
    with (
        application(served.settings) as app,
        Client(app, raise_server_exceptions=False) as client,
    ):
        yield Served(
            client=client, settings=served.settings, beside=served.beside, chain=served.chain
        )


@contextmanager
def application(settings: Settings) -> Iterator[Litestar]:
    """The server's application over a founded ledger, until the test is done with it."""
    service = open_service(settings)
    # What a route takes from the settings while it is registered is never lent on.
    lent = settings.body_bytes_max == Settings().body_bytes_max
    standing = _free.pop() if lent and _free else Standing(service)
    app = standing.put(service)
    try:
        yield app
    finally:
        finish_printing()
        service.opened.store.engine.dispose()
        if lent:
            _free.append(standing)


class Standing:
    """Registered routes, which serve one test after another: each over a ledger of its own."""

    def __init__(self, service: Service) -> None:
        self._service = replace(service)
        self._app = register_routes(self._service)
        self._routes = self._app.asgi_handler

    def put(self, service: Service) -> Litestar:
        """Put all that a server holds under the routes; nothing of the last one stays."""
        for part in fields(Service):
            setattr(self._service, part.name, getattr(service, part.name))
        self._app.state = State({"origin": service.opened.origin})
        self._app.asgi_handler = stand_before(self._routes, service)
        return self._app


_free: list[Standing] = []  # in this process; tests within tests open a second


def printing() -> list[Thread]:
    """The threads of this process that draw labels, or tidy up behind that."""
    return [thread for thread in enumerate_threads() if thread.name == "daodi-press"]


def finish_printing() -> None:
    """Wait for them: one that is still at work would lose its connection."""
    for thread in printing():
        thread.join()


def opened_in(app: Litestar) -> OpenedLedger:
    """The ledger that an application holds."""
    provided = app.dependencies["opened"]
    assert isinstance(provided, Provide)
    opened: OpenedLedger = provided.dependency()
    return opened
