"""Appending: a group of submissions becomes leaves, a state leaf and one signed checkpoint.

A crash before the commit leaves nothing; a crash after it leaves everything, and whoever asks
again gets the receipt. Nothing is answered before the commit and the guard are on disk.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ledger.errors import DaodiError, StandingError, StoreError
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash
from ledger.register.admit import Admission, Admitted, Already, chain_keys
from ledger.register.apart import Ask, verify_apart
from ledger.register.door import Parcel, Submission, read_payload, verify_parcel
from ledger.register.receipt import Receipt, first_receipts
from ledger.replica import Replica
from ledger.seam import OutcomeUnknownError, RefusedRowError, SignedHead, Store, Writing
from ledger.statements.keys import PublicKey
from ledger.statements.registry import genesis_root
from ledger.statements.statement import Claim, parse_claim

AHEAD_MIN: Final = 32  # statements; of fewer, a second statement to the database costs more

Outcome = Receipt | DaodiError
Place = Admitted | Already | DaodiError
SignHead = Callable[[Checkpoint], str]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel with what verification outside the writer's lock made of it.

    A claim stands there when nobody has enrolled its key yet: a neighbour in its group may.
    """

    parcel: Parcel
    outcome: Submission | Claim | DaodiError


class Register:
    """The corridor in. `sign_head` signs a checkpoint with every key of the log."""

    def __init__(self, *, origin: str, store: Store, replica: Replica, sign_head: SignHead) -> None:
        self.origin: Final = origin
        self._store = store
        self._replica = replica
        self._sign_head = sign_head

    def check(self, parcel: Parcel) -> Candidate:
        """Verify outside the lock: what costs most time needs nobody else's."""
        outcome: Submission | Claim | DaodiError
        try:
            claim, meaning = read_payload(parcel.envelope.payload)
            key = self._find_key(claim.key)
            if key is None:
                outcome = claim if meaning is None else parse_claim(parcel.envelope.payload)
            else:
                outcome = verify_parcel(parcel, claim, key, origin=self.origin, meaning=meaning)
        except DaodiError as error:
            outcome = error
        return Candidate(parcel=parcel, outcome=outcome)

    def check_apart(self, parcels: Sequence[Parcel], ask: Ask) -> list[Candidate]:
        """As `check` for each, with the help of another process of ours, which `ask` asks."""
        vouched = verify_apart(parcels, self._find_key, ask, origin=self.origin)
        return [
            self.check(parcel) if found is None else Candidate(parcel=parcel, outcome=found)
            for parcel, found in zip(parcels, vouched, strict=True)
        ]

    def found(self, parcel: Parcel, *, now_ms: int) -> Receipt:
        """Begin a ledger with its genesis statement, signed by the registrar that it names."""
        claim = parse_claim(parcel.envelope.payload)
        submission = verify_parcel(parcel, claim, genesis_root(claim), origin=self.origin)
        outcome = self.record([Candidate(parcel=parcel, outcome=submission)], now_ms=now_ms)[0]
        if isinstance(outcome, DaodiError):
            raise outcome
        return outcome

    def record(self, candidates: Sequence[Candidate], *, now_ms: int) -> list[Outcome]:
        """Append what can be appended; each candidate gets its receipt or its refusal.

        One bad statement never harms the others. Raises StoreError when the database cannot be
        reached or does not fit what this process saw; then nothing may be taken as recorded.
        """
        order = _order(candidates) if len(candidates) > 1 else [*range(len(candidates))]
        with self._replica.appending:
            ordered = self._record_or_bisect([candidates[n] for n in order], now_ms=now_ms)
        outcomes = dict(zip(order, ordered, strict=True))
        return [outcomes[number] for number in range(len(candidates))]

    def _find_key(self, key_id: str) -> PublicKey | None:
        return self._replica.registry.find_key(key_id)

    def beat(self, *, now_ms: int) -> SignedHead:
        """Add a state leaf alone, so that the newest checkpoint's age can be judged."""
        with self._replica.appending:
            self._attempt([], now_ms=now_ms, beat=True)
            return SignedHead(size=self._replica.size, note=self._replica.note)

    def _record_or_bisect(self, candidates: Sequence[Candidate], *, now_ms: int) -> list[Outcome]:
        try:
            return self._attempt(candidates, now_ms=now_ms)
        except RefusedRowError as error:
            if len(candidates) == 1:
                return [StoreError("statement_refused", f"the database refused: {error}")]
        middle = len(candidates) // 2
        return [
            *self._record_or_bisect(candidates[:middle], now_ms=now_ms),
            *self._record_or_bisect(candidates[middle:], now_ms=now_ms),
        ]

    def _attempt(
        self, candidates: Sequence[Candidate], *, now_ms: int, beat: bool = False
    ) -> list[Outcome]:
        replica = self._replica
        admission: Admission | None = None
        committed = False
        note = replica.note
        submissions = [c.outcome for c in candidates if isinstance(c.outcome, Submission)]
        try:
            keys = chain_keys([one.statement for one in submissions])
            with self._store.writing(keys) as writing:
                replica.catch_up(writing)
                now_ms = max(now_ms, replica.newest_ms)
                admission = Admission(replica, writing, now_ms=now_ms)
                admission.prepare(submissions)
                places = [self._admit_one(admission, candidate) for candidate in candidates]
                if admission.entries or beat:
                    note = self._seal(admission, writing)
            if admission.entries:
                replica.commit(
                    admission.overlay,
                    admission.registry,
                    admission.key_heads(),
                    admission.load,
                    admission.state_leaf,
                    note,
                )
            elif admission.load.keys:
                replica.charge(admission.load, now_ms)
            committed = True
        except OutcomeUnknownError as error:
            replica.forget()
            raise StoreError("database_unavailable", f"the commit broke: {error}") from error
        finally:
            replica.pending = {}
            if admission is not None and not committed:
                replica.withdraw()
        return self._outcomes(places, note)

    def _admit_one(self, admission: Admission, candidate: Candidate) -> Place:
        outcome = candidate.outcome
        try:
            if isinstance(outcome, Claim):
                key = admission.registry.find_key(outcome.key)
                if key is None:
                    raise StandingError("unknown_key", f"key {outcome.key} is not enrolled")
                outcome = verify_parcel(candidate.parcel, outcome, key, origin=self.origin)
                admission.prepare([outcome])
            return outcome if isinstance(outcome, DaodiError) else admission.admit(outcome)
        except DaodiError as error:
            return error

    def _seal(self, admission: Admission, writing: Writing) -> str:
        """Write the group, read it back, and sign what was read."""
        start = self._replica.size
        entries, recorded = [*admission.entries], admission.recorded
        if len(entries) >= AHEAD_MIN:  # the database writes them while the map is hashed here
            writing.append(entries, recorded, more=True)
            entries, recorded = [], []
        writing.append([*entries, admission.close()], recorded)
        writing.keep_openings(admission.openings)
        found = list(writing.entries(start, admission.size))
        # What is signed is what the database holds, not what we meant to write.
        if found != admission.entries:
            raise StoreError("database_damaged", f"leaves from {start} read back differently")
        for entry in found:
            self._replica.tree.append(leaf_hash(entry.leaf))
        size = admission.size
        root = self._replica.tree.root(size)
        note = self._sign_head(Checkpoint(origin=self.origin, size=size, root=root))
        writing.keep_signed_head(SignedHead(size=size, note=note))
        return note

    def _outcomes(self, places: Sequence[Place], note: str) -> list[Outcome]:
        already = [place.index for place in places if isinstance(place, Already)]
        first: dict[int, Receipt] = {}
        if already:
            with self._store.reading() as reading:
                first = first_receipts(reading, already)
        outcomes: list[Outcome] = []
        for place in places:
            if isinstance(place, Already):
                outcomes.append(first[place.index])
            elif isinstance(place, Admitted):
                outcomes.append(
                    Receipt(leaf=place.leaf, raw=place.raw, uris=place.uris, checkpoint=note)
                )
            else:
                outcomes.append(place)
        return outcomes


def _order(candidates: Sequence[Candidate]) -> list[int]:
    """Numbers of the candidates, those of one key sorted by seq among the places they hold.

    Keys keep their places to each other: an enrolment stays before what the new key signed.
    """
    held: dict[str, list[tuple[int, int]]] = {}
    for number, candidate in enumerate(candidates):
        outcome = candidate.outcome
        if not isinstance(outcome, DaodiError):
            claim = outcome.statement if isinstance(outcome, Submission) else outcome
            held.setdefault(claim.key, []).append((claim.seq, number))
    order = list(range(len(candidates)))
    for found in held.values():
        for place, (_, number) in zip(sorted(n for _, n in found), sorted(found), strict=True):
            order[place] = number
    return order
