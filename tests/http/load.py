"""Load on running servers: writers that never give up, and what they and readers have seen."""

from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import httpx

from ledger.audit.replay import audit
from ledger.canonical import JsonObject
from ledger.evidence.make import follow
from ledger.judging.compare import judgement_differences
from ledger.judging.follow import Follower
from ledger.log.checkpoint import parse_checkpoint, parse_note, parse_vkey, verified_keys
from ledger.log.leaves import format_leaf, parse_leaf
from ledger.log.merkle import MerkleTree, leaf_hash
from ledger.replica import Replica
from ledger.rules.findings.kept import Kept
from ledger.seam import Asking, Judged
from ledger.statements.envelope import decode_base64
from ledger.statements.keys import verify_note_line
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.ledger import find_claim
from tests.chain import Chain
from tests.http.served import as_json
from tests.http.server import START_SECONDS, Server

WAIT_S = 0.02
AWAY_S = 0.1  # seldom enough to leave the machine to the server that starts


@dataclass
class Seen:
    """What clients were told: it must stay true whatever happens to servers."""

    receipts: dict[str, JsonObject] = field(default_factory=dict)
    posted: dict[str, JsonObject] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def take(self, receipt: JsonObject, posted: JsonObject) -> None:
        """Note an acknowledgement; a second one of the same statement must be the same."""
        identity = str(receipt.get("statement_id"))
        if receipt.get("finality") != "recorded":
            self.wrong.append(f"refused: {receipt}")
            return
        if self.receipts.setdefault(identity, receipt) != receipt:
            self.wrong.append(f"another receipt: {receipt}")
        self.posted[identity] = posted
        self.notes.add(str(receipt["checkpoint"]))


class Client(Thread):
    """Does its turn over and over until told to stop; a server that is away is asked again."""

    def __init__(self, seen: Seen, servers: list[Server]) -> None:
        super().__init__(daemon=True)
        self.seen = seen
        self.servers = servers
        self.stopping = Event()
        self.turns = 0

    def run(self) -> None:
        """Take turns among the servers."""
        with httpx.Client(timeout=START_SECONDS, trust_env=False) as http:
            while not self.stopping.is_set():
                try:
                    self.turn(http, self.servers[self.turns % len(self.servers)])
                    self.turns += 1
                except httpx.TransportError:
                    self.stopping.wait(AWAY_S)

    def turn(self, http: httpx.Client, server: Server) -> None:
        """One request. Raises httpx.TransportError when the server is away."""
        raise NotImplementedError

    def end(self) -> None:
        """Stop after the turn under way."""
        self.stopping.set()
        self.join(START_SECONDS)
        if self.is_alive():
            self.seen.wrong.append(f"{self} waits for ever")


class Writer(Client):
    """One actor's device: signs the next statements and posts them until they are acknowledged."""

    def __init__(
        self, seen: Seen, servers: list[Server], chain: Chain, who: str, *, many: int
    ) -> None:
        super().__init__(seen, servers)
        self._chain = chain
        self._who = who
        self._many = many
        self._pending: list[JsonObject] = []

    def turn(self, http: httpx.Client, server: Server) -> None:
        """Post what is pending: again, if the server went away before it answered."""
        if not self._pending:
            self._pending = [as_json(self._harvest()) for _ in range(self._many)]
        answer = http.post(server.url("/v1/statements"), json={"statements": self._pending})
        if answer.status_code not in {201, 207}:
            self.seen.wrong.append(answer.text)
            self.stopping.set()
            return
        for receipt, posted in zip(answer.json()["receipts"], self._pending, strict=True):
            self.seen.take(receipt, posted)
        self._pending = []

    def _harvest(self) -> Any:  # noqa: ANN401 — a parcel
        return self._chain.event(
            self._who,
            "HARVEST",
            inputs=[(self._chain.crop(), None)],
            outputs=[(self._chain.lot(), 3_000_000)],
            herb="huaidihuang",
            pickers=["李四"],
        )


class Watcher(Client):
    """Collects every checkpoint that is served."""

    def turn(self, http: httpx.Client, server: Server) -> None:
        """Ask for the newest one."""
        answer = http.get(server.url("/log/checkpoint"))
        if answer.status_code == httpx.codes.OK:
            self.seen.notes.add(answer.text)
        self.stopping.wait(WAIT_S)


def check_kept(database_url: str, seen: Seen, vkeys: tuple[str, ...]) -> int:
    """Every acknowledged statement is there once, every checkpoint fits; returns the leaves.

    Reads the table of entries alone, and computes the tree anew.
    """
    engine = open_engine(database_url)
    try:
        with SqlStore(engine, None).reading() as reading:
            entries = [*reading.entries(0, reading.size())]
    finally:
        engine.dispose()
    assert [entry.index for entry in entries] == [*range(len(entries))]
    places = [entry.statement_id for entry in entries if entry.statement_id]
    assert len(places) == len(set(places))
    for identity, receipt in [*seen.receipts.items()]:
        index = receipt["index"]
        assert isinstance(index, int)
        assert entries[index].statement_id == identity, f"{identity} was acknowledged and is gone"
        assert entries[index].leaf == decode_base64(str(receipt["leaf"]))
    tree = MerkleTree()
    for entry in entries:
        assert format_leaf(parse_leaf(entry.leaf)) == entry.leaf
        tree.append(leaf_hash(entry.leaf))
    keys = [parse_vkey(vkey) for vkey in vkeys]
    for note in [*seen.notes]:
        parsed = parse_note(note)
        if note not in seen.verified:  # a signature that held once holds for ever
            assert verified_keys(parsed, keys, verify_note_line)
            seen.verified.add(note)
        checkpoint = parse_checkpoint(parsed.text)
        assert checkpoint.size <= tree.size, "a checkpoint was served and its leaves are gone"
        assert tree.root(checkpoint.size) == checkpoint.root, "two histories were served"
    return tree.size


def check_audit(database_url: str) -> None:
    """A regulator's replay of everything finds nothing."""
    engine = open_engine(database_url)
    try:
        report = audit(SqlStore(engine, None), progress=lambda _done, _total: None)
    finally:
        engine.dispose()
    assert report.findings == ()
    assert report.rivals == 0


def check_judgement(database_url: str) -> tuple[Judged, list[Kept]]:
    """What is kept of judgement is what a complete replay finds; how far it was, and every finding.

    What was not judged yet is judged here first, as the next server would.
    """
    engine = open_engine(database_url)
    try:
        store = SqlStore(engine, None)
        replica = Replica(find_claim=find_claim(store))
        follow(store, replica)
        follower, now_ms = Follower(store), replica.newest_ms
        with store.reading() as reading:
            found = reading.judged()
        while follower.judge(replica.registry, size=replica.size, now_ms=now_ms, sweep_ms=0).more:
            pass
        follower.sweep(replica.registry, now_ms=now_ms)
        with store.reading() as reading:
            assert reading.judged().through == replica.size
            assert judgement_differences(reading, replica.registry) == []
            return found, [*reading.findings(Asking())]
    finally:
        engine.dispose()
