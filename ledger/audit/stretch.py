"""A stretch of the log examined by itself: what it asks of the log before it, and what it adds.

Where every entry is good and continues the one before, a stretch says in a few columns of bytes
what a thousand objects would say. So one process folds what many have examined. Where anything
is wrong it only says so, and the replay looks at the entries one by one: there is one place that
accuses.
"""

from typing import Final

import msgspec

from ledger.audit.examine import Examined, examine
from ledger.audit.stated import FoundKeys
from ledger.log.leaves import EventLeaf, StateLeaf
from ledger.log.subject_map import value_of
from ledger.seam import Agreement, EntryReading, Recorded, StretchCheck
from ledger.statements.chains import RESERVED, RESERVED_PREFIXES
from ledger.statements.statement import EVENT, SEQ_MAX, Claim

NONE_YET: Final = bytes(36)  # where a chain stands that has no leaf: count 0, no hash
PLACE: Final = slice(36)  # of a standing, what the chain's next link repeats
_RESERVED: Final = RESERVED.encode()  # canonical bytes hold a URI as it is


class State(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=1):
    """A state leaf, with what the leaves since the one before it bind in the map."""

    index: int
    at_ms: int
    map_root: bytes
    bound: dict[bytes, bytes]


class Stating(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=2):
    """A statement that the registry must read."""

    index: int
    alg: str
    payload: bytes
    seqs: dict[str, int]


class Signing(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=3):
    """Events of one key, between two statements for the registry."""

    ledger: str
    kid: str
    alg: str
    indices: list[int]


class Seen(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=4):
    """A checkpoint that a device had seen when it signed the statement at `index`."""

    index: int
    size: int
    root: bytes


class Moved(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Chains that a stretch continues: by key, where each stood before, and where it stands after.

    Before: 4 bytes of count and 32 of the last hash. After: the same, and for subjects 8 bytes of
    the last leaf's index.
    """

    keys: list[bytes] = []
    before: list[bytes] = []
    after: list[bytes] = []


class Stretch(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the leaves `start <= index < stop` prove among themselves.

    `whole` says that each is good by itself and continues those before it in the stretch; else
    nothing more is said. `agreement` says on what terms the rows that follow from them are stored,
    None when they are not. `open_ms` is the time of the leaves after the last state leaf.
    """

    start: int
    stop: int
    whole: bool = False
    statements: int = 0
    hashes: list[bytes] = []
    first_ms: int = 0
    open_ms: int | None = None
    bound: dict[bytes, bytes] = {}
    subjects: Moved = Moved()
    keys: Moved = Moved()
    agreement: Agreement | None = None
    steps: list[State | Stating | Signing | Seen] = []


class BrokenStretchError(Exception):
    """Something in the stretch does not continue what is before it."""


def examine_stretch(
    reading: EntryReading, check: StretchCheck, found_keys: FoundKeys, start: int, stop: int
) -> Stretch:
    """Examine the leaves `start <= index < stop`, which must all be there.

    Entries are never changed, so any snapshot that has them will do, also a later one.
    """
    examined = examine(reading.entries(start, stop), found_keys.finder(reading))
    try:
        gathering = _Gathering(start)
        for one in examined:
            gathering.take(one)
    except BrokenStretchError:
        return Stretch(start=start, stop=stop)
    if gathering.next != stop:
        return Stretch(start=start, stop=stop)
    return gathering.stretch(check)


class _Chains:
    """Chains as far as a stretch moves them."""

    def __init__(self) -> None:
        self.before: dict[bytes, bytes] = {}
        self.after: dict[bytes, bytes] = {}

    def move(self, key: bytes, before: bytes, after: bytes) -> None:
        """Continue a chain from one standing to the next."""
        known = self.after.get(key)
        if known is None:
            self.before[key] = before
        elif known[PLACE] != before:
            raise BrokenStretchError
        self.after[key] = after

    def moved(self) -> Moved:
        """What was moved, as columns."""
        return Moved(
            keys=[*self.after], before=[*self.before.values()], after=[*self.after.values()]
        )


class _Gathering:
    """The fold over one stretch; raises BrokenStretchError where it does not hold together."""

    def __init__(self, start: int) -> None:
        self._start = self.next = start
        self._hashes: list[bytes] = []
        self._first_ms: int | None = None
        self._open_ms: int | None = None  # of the group that no state leaf has ended yet
        self._newest_ms = 0
        self._heads: dict[bytes, bytes] = {}  # where chains stand since the last state leaf
        self._subjects = _Chains()
        self._keys = _Chains()
        self._steps: list[State | Stating | Signing | Seen] = []
        self._signers: dict[tuple[str, str, str], list[int]] = {}
        self._recorded: list[Recorded] = []

    def take(self, one: Examined) -> None:
        """Take in the next entry."""
        if one.code or one.index != self.next:
            raise BrokenStretchError
        self.next += 1
        self._hashes.append(one.leaf_hash)
        if isinstance(one.leaf, StateLeaf):
            self._take_state(one.leaf)
        elif isinstance(one.leaf, EventLeaf):
            self._take_event(one, one.leaf)

    def stretch(self, check: StretchCheck) -> Stretch:
        """What was gathered, held against the rows that follow from it."""
        self._close_signers()
        return Stretch(
            start=self._start,
            stop=self.next,
            whole=True,
            statements=len(self._recorded),
            hashes=self._hashes,
            first_ms=self._first_ms or 0,
            open_ms=self._open_ms,
            bound=self._take_bound(),
            subjects=self._subjects.moved(),
            keys=self._keys.moved(),
            agreement=check.agreement(self._recorded, self._start, self.next),
            steps=self._steps,
        )

    def _take_time(self, time_ms: int) -> None:
        """One time for a group, and never back."""
        if self._first_ms is None:
            self._first_ms = time_ms
        if time_ms < self._newest_ms:
            raise BrokenStretchError
        if self._open_ms is not None and self._open_ms != time_ms:
            raise BrokenStretchError
        self._newest_ms = time_ms

    def _take_state(self, leaf: StateLeaf) -> None:
        self._take_time(leaf.at_ms)
        self._open_ms = None
        bound = self._take_bound()
        self._steps.append(
            State(index=leaf.index, at_ms=leaf.at_ms, map_root=leaf.map_root, bound=bound)
        )

    def _take_event(self, one: Examined, leaf: EventLeaf) -> None:
        claim = one.claim
        assert claim is not None  # an event without a code has one
        self._take_time(leaf.admitted_ms)
        self._open_ms = leaf.admitted_ms
        for link in leaf.links:
            self._take_link(link.subject_key, link.subject_seq, link.previous, one)
        if leaf.key_seq >= SEQ_MAX:
            raise BrokenStretchError
        self._keys.move(
            leaf.key_id,
            leaf.key_seq.to_bytes(4) + bytes.fromhex(claim.prev or "00" * 32),
            (leaf.key_seq + 1).to_bytes(4) + leaf.statement_id,
        )
        if claim.anchor is not None:
            size, root = claim.anchor.size, claim.anchor.root
            self._steps.append(Seen(index=one.index, size=size, root=root))
        if claim.kind == EVENT and not _is_on_reserved(claim):
            signer = (claim.ledger, claim.key, one.alg)
            self._signers.setdefault(signer, []).append(one.index)
        else:
            self._close_signers()
            self._state(one, claim.payload)
        self._recorded.append(
            Recorded(
                leaf=leaf,
                leaf_hash=one.leaf_hash,
                claim=claim,
                seqs=one.seqs,
                meaning=one.meaning,
            )
        )

    def _take_link(self, key: bytes, seq: int, previous: bytes, one: Examined) -> None:
        if seq >= SEQ_MAX:
            raise BrokenStretchError
        after = (seq + 1).to_bytes(4) + one.leaf_hash
        self._subjects.move(key, seq.to_bytes(4) + previous, after + one.index.to_bytes(8))
        self._heads[key] = after

    def _take_bound(self) -> dict[bytes, bytes]:
        """What the map binds of these chains: hashed once, however often a group moves one."""
        heads, self._heads = self._heads, {}
        return {key: value_of(head) for key, head in heads.items()}

    def _state(self, one: Examined, payload: bytes) -> None:
        self._steps.append(Stating(index=one.index, alg=one.alg, payload=payload, seqs=one.seqs))

    def _close_signers(self) -> None:
        for (ledger, kid, alg), indices in self._signers.items():
            self._steps.append(Signing(ledger=ledger, kid=kid, alg=alg, indices=indices))
        self._signers = {}


def _is_on_reserved(claim: Claim) -> bool:
    """Whether a statement names a ledger's, a key's or an actor's chain."""
    if _RESERVED not in claim.payload:  # most do not, and their names need no look
        return False
    return any(uri.startswith(RESERVED_PREFIXES) for uri in (*claim.subjects, *claim.inputs))
