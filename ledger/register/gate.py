"""Who must wait before recording more: a measure a day for keys and actors, one for outsiders.

The door refuses nothing for what it says, so a measure only delays: a request is taken whole or
not at all, and one that is not may be sent again, unchanged, when its time has come.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from ledger.errors import AccessError
from ledger.log.leaves import parse_leaf, subject_key
from ledger.pace import Changes, Load, pieces_of
from ledger.register.door import Submission
from ledger.register.group import Candidate
from ledger.replica import Replica
from ledger.seam import Store
from ledger.statements.chains import RESERVED_PREFIXES, is_out
from ledger.statements.statement import Statement

# A key ends itself with its last statement, which must never wait behind what ran wild.
NEVER_WAITS: Final = "key.retire"
SUPERVISOR: Final = "supervisor"
INSIDERS_KEPT: Final = 10_000
SECOND_US: Final = 1_000_000


@dataclass(slots=True, kw_only=True)
class _Group:
    """What is recorded together: what its requests spend, and what actors put on which chain.

    That is counted only where one of them may be more than an outsider may write at once.
    """

    now_ms: int
    is_large: bool
    spent: Changes = field(default_factory=dict)
    about: Counter[tuple[str, str]] = field(default_factory=Counter)


class Gate:
    """Holds requests against the measures that `replica.pace` keeps, before they are recorded.

    Of another server's newest group it may not know yet: so much more than the measure may pass.
    """

    def __init__(self, store: Store, replica: Replica) -> None:
        self._store = store
        self._replica = replica
        self._insiders: set[tuple[str, str]] = set()

    def refusals(
        self, requests: Sequence[Sequence[Candidate]], *, now_ms: int
    ) -> list[AccessError | None]:
        """For each request why it must wait, in the order in which they will be recorded.

        Who has anything left of his measure may send a whole request: no batch is too large to
        ever pass. Only of who has no part in a thing a request may not hold more about it than he
        may write at once.
        """
        if self._has_room(requests, now_ms):
            return [None] * len(requests)
        refusals = self._judge(requests, now_ms)
        # What another server recorded meanwhile is known, and never waits.
        if any(refusals) and self._catch_up():
            refusals = self._judge(requests, now_ms)
        return refusals

    def _has_room(self, requests: Sequence[Sequence[Candidate]], now_ms: int) -> bool:
        """Whether all of them may go on together: of nearly all requests this is all that is asked.

        What is known already is counted too; where that is too much, it is told apart.
        """
        pace = self._replica.pace
        if not pace.counts:
            return True
        pieces: dict[str, int] = {}
        about: list[str] = []
        for request in requests:
            for candidate in request:
                outcome = candidate.outcome
                if isinstance(outcome, Submission):
                    statement = outcome.statement
                    size = outcome.stored_bytes if outcome.openings else len(statement.payload)
                    pieces[statement.key] = pieces.get(statement.key, 0) + pieces_of(size)
                    about += statement.subjects
        most = pace.outside_at_once
        if most and sum(pieces.values()) > most:
            # Of more pieces than statements, or of many of one thing, it is asked who says them.
            counted = Counter(about)
            crowded = [uri for uri, count in counted.items() if count > most and not is_out(uri)]
            if crowded or sum(pieces.values()) > sum(map(len, requests)):
                return False
        return pace.has_room(pieces, self._replica.registry.counted_actor, now_ms)

    def _judge(
        self, requests: Sequence[Sequence[Candidate]], now_ms: int
    ) -> list[AccessError | None]:
        group = _Group(
            now_ms=max(now_ms, self._replica.newest_ms),
            is_large=_payload_pieces(requests) > self._replica.pace.outside_at_once > 0,
        )
        return [self._refusal(request, group) for request in requests]

    def _catch_up(self) -> bool:
        """Follow the log; whether there was anything new."""
        with self._replica.appending, self._store.reading() as reading:
            size = self._replica.size
            self._replica.catch_up(reading)
            return self._replica.size > size

    def _refusal(self, request: Sequence[Candidate], group: "_Group") -> AccessError | None:
        """Why a request must wait; else its cost is added to what those before it spend."""
        new, taken = self._told_apart(request)
        load = Load()
        for one in new:
            load.add(one.statement.key, one.stored_bytes)
        waits = {key: self._wait_us(key, group) for key in {*load.keys, *(t.key for t in taken)}}
        waited = [waits[key] for key in load.keys]
        waited += [waits[rival.key] for rival in self._rivals([t for t in taken if waits[t.key]])]
        if any(waited):
            return _refused("measure_spent", max(waited), "a key or its actor recorded much")
        for one in new:
            if (error := self._crowding(one.statement, group)) is not None:
                return error
        actor_of = self._replica.registry.counted_actor
        self._replica.pace.charge(load, actor_of, group.now_ms, group.spent)
        return None

    def _told_apart(self, request: Sequence[Candidate]) -> tuple[list[Submission], list[Statement]]:
        """What may become leaves; and statements whose number is taken, by them or by others."""
        heads = self._replica.key_heads
        new: list[Submission] = []
        taken: list[Statement] = []
        for candidate in request:
            outcome = candidate.outcome
            if isinstance(outcome, Submission):
                statement = outcome.statement
                head = heads.get(statement.key)
                if head is not None and statement.seq < head.next_seq:
                    taken.append(statement)
                elif statement.kind != NEVER_WAITS:
                    new.append(outcome)
        return new, taken

    def _rivals(self, taken: Sequence[Statement]) -> list[Statement]:
        """Those that are not in the log: rivals, which are kept too. Asked only of who waits."""
        if not taken:
            return []
        with self._store.reading() as reading:
            known = reading.index_of([statement.statement_id for statement in taken])
        return [statement for statement in taken if statement.statement_id not in known]

    def _wait_us(self, key: str, group: "_Group") -> int:
        pace, actor = self._replica.pace, self._replica.registry.counted_actor(key)
        if actor is None:
            return 0
        return max(pace.wait_us(name, group.now_ms, group.spent) for name in (key, actor))

    def _crowding(self, statement: Statement, group: "_Group") -> AccessError | None:
        """Why a statement must wait that would go on somebody else's crowded chain."""
        pace, actor = self._replica.pace, self._replica.registry.counted_actor(statement.key)
        if actor is None or not (group.is_large or pace.is_crowding(actor)):
            return None
        for uri in statement.subjects:
            if is_out(uri):
                continue
            wait_us = pace.wait_us((actor, subject_key(uri)), group.now_ms, {})
            if group.is_large:
                group.about[actor, uri] += pieces_of(len(statement.payload))
                if group.about[actor, uri] > pace.outside_at_once:
                    wait_us = max(wait_us, SECOND_US)
            if wait_us and not self.has_part(actor, uri):
                return _refused("chain_crowded", wait_us, uri)
        return None

    def has_part(self, actor: str, uri: str) -> bool:
        """Whether an actor made a thing or supervises. Asked only of who would have to wait."""
        record = self._replica.registry.actors.get(actor)
        if record is not None and SUPERVISOR in record.roles:
            return True
        if (actor, uri) in self._insiders:
            return True
        with self._store.reading() as reading:
            thing = reading.things([uri]).get(uri)
            entries = [] if thing is None else reading.entries_at([thing.made_index])
        if thing is None:
            # Its making may come with what follows it; keys, actors and the ledger are nobody's.
            return not uri.startswith(RESERVED_PREFIXES)
        signers = [getattr(parse_leaf(entry.leaf), "key_id", b"").hex() for entry in entries]
        if actor not in map(self._replica.registry.counted_actor, signers):
            return False
        if len(self._insiders) >= INSIDERS_KEPT:
            self._insiders.clear()
        self._insiders.add((actor, uri))
        return True


def _payload_pieces(requests: Sequence[Sequence[Candidate]]) -> int:
    """What the statements of these requests would weigh on one chain, all together."""
    outcomes = [candidate.outcome for request in requests for candidate in request]
    return sum(
        pieces_of(len(outcome.statement.payload))
        for outcome in outcomes
        if isinstance(outcome, Submission)
    )


def _refused(code: str, wait_us: int, what: str) -> AccessError:
    wait_s = max(1, ceil(wait_us / 1_000_000))
    return AccessError(code, f"{what}: send the same again in {wait_s} s", wait_s=wait_s)
