"""The log in memory: tree, map, registry and key chains, folded over the entries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Final

import msgspec

from ledger.errors import FormError, StoreError
from ledger.log.checkpoint import parse_checkpoint, parse_note
from ledger.log.leaves import EventLeaf, StateLeaf, parse_leaf, subject_key
from ledger.log.merkle import MerkleTree, leaf_hash
from ledger.log.subject_map import MapOverlay, SubjectMap, map_value
from ledger.pace import Changes, Load, Pace, is_crowded
from ledger.seam import Entry, Reading, SignedHead
from ledger.statements.chains import is_out
from ledger.statements.envelope import statement_id
from ledger.statements.registry import REGISTRAR, KeyEnrol, parse_body
from ledger.statements.standing import Registry
from ledger.statements.statement import EVENT, Claim, parse_claim

MAP_DEPTH_DEFAULT: Final = 20  # a million buckets: one subject each for a city
ENROLMENT: Final = "key.enrol"
BULK_LEAVES: Final = 2_000  # from here on, building the map anew is cheaper than binding


class _KindOnly(msgspec.Struct):
    """The one member that tells whether the registry must read a statement."""

    kind: str


class _SubjectsOnly(msgspec.Struct):
    """The URIs behind a leaf's links."""

    subjects: list[str]


_subjects_of: Final = msgspec.json.Decoder(_SubjectsOnly)
_kind_of: Final = msgspec.json.Decoder(_KindOnly)


@dataclass(slots=True)
class KeyHead:
    """Where a key's own chain stands: the next number, and the id before it."""

    next_seq: int
    statement_id: str | None


@dataclass(slots=True)
class _Loaded:
    """What reading newer entries makes of them, before any of it becomes visible."""

    size: int
    state_leaf: StateLeaf
    hashes: list[bytes] = field(default_factory=list)
    values: dict[bytes, bytes] = field(default_factory=dict)
    key_heads: dict[str, KeyHead] = field(default_factory=dict)
    registry_claims: list[tuple[int, Claim]] = field(default_factory=list)
    enrolled: dict[str, KeyEnrol] = field(default_factory=dict)
    load: Load = field(default_factory=Load)  # of the group that is being read
    paced: Changes = field(default_factory=dict)


class Replica:
    """One process's picture of the log, at one size.

    `appending` is held by whoever changes the picture; `mutex` only for the instant in which a
    committed group becomes visible, and while evidence is cut at one size.
    """

    def __init__(
        self, find_claim: Callable[[str], Claim | None], *, pace: Pace | None = None
    ) -> None:
        self._find_stored = find_claim
        self.pace: Final = pace or Pace()
        self.pending: dict[str, Claim] = {}  # the group that is being appended, by statement id
        self.appending: Final = Lock()
        self.mutex: Final = RLock()
        self.forget()

    def forget(self) -> None:
        """Throw everything away; the next catching-up reads it again from the entries."""
        with self.mutex:
            self.size = 0
            self.state_leaf = StateLeaf(index=0, at_ms=0, map_root=bytes(32))
            self.note = ""
            self.tree = MerkleTree()
            self.map = SubjectMap(MAP_DEPTH_DEFAULT)
            self.registry = Registry(find_claim=self._find_claim)
            self.key_heads: dict[str, KeyHead] = {}
            self.pace.forget()

    @property
    def newest_ms(self) -> int:
        """Time of the last leaf, which is a state leaf; later leaves are never earlier."""
        return self.state_leaf.at_ms

    def catch_up(self, reading: Reading) -> None:
        """Fold the entries that this picture lacks. Raises StoreError when they do not fit.

        The caller holds `appending`.
        """
        stored = reading.size()
        if stored < self.size:
            raise StoreError(
                "database_behind", f"the database has {stored} leaves, this process saw {self.size}"
            )
        if stored == self.size:
            return
        loaded = _Loaded(self.size, self.state_leaf)
        for entry in reading.entries(self.size, stored):
            self._fold(entry, loaded)
        self.tree.extend(loaded.hashes)
        try:
            note = self._note_over(stored, reading.signed_head())
        except StoreError:
            self.tree.truncate(self.size)
            raise
        # Only now is it certain that these are the statements that were judged.
        registry = self.registry.copy() if loaded.registry_claims else self.registry
        for index, claim in loaded.registry_claims:
            registry.apply(claim, index=index)
        with self.mutex:
            self.registry = registry
            self.key_heads.update(loaded.key_heads)
            self.pace.keep(loaded.paced, loaded.state_leaf.at_ms)
            self._bind(loaded.values)
            self.size = stored
            self.state_leaf = loaded.state_leaf
            self.note = note

    def commit(
        self,
        overlay: MapOverlay,
        registry: Registry,
        key_heads: Mapping[str, KeyHead],
        load: Load,
        state_leaf: StateLeaf,
        note: str,
    ) -> None:
        """Make a committed group visible."""
        with self.mutex:
            overlay.apply()
            self.registry = registry
            self.key_heads.update(key_heads)
            self.size = state_leaf.index + 1
            self.state_leaf = state_leaf
            self.note = note
        self.charge(load, state_leaf.at_ms)

    def charge(self, load: Load, at_ms: int) -> None:
        """Count what a committed group recorded, and rivals that were kept without a leaf."""
        paced: Changes = {}
        self.pace.charge(load, self.registry.counted_actor, at_ms, paced)
        self.pace.keep(paced, at_ms)

    def withdraw(self) -> None:
        """Forget the leaves of a group that was not committed."""
        self.tree.truncate(self.size)

    def _find_claim(self, statement_id: str) -> Claim | None:
        return self.pending.get(statement_id) or self._find_stored(statement_id)

    def _note_over(self, size: int, head: SignedHead | None) -> str:
        """The newest signed note, which must be over exactly what was read."""
        if head is None or head.size != size:
            found = "none" if head is None else f"of {head.size}"
            raise StoreError("database_damaged", f"{size} leaves, but the newest head is {found}")
        try:
            signed = parse_checkpoint(parse_note(head.note).text).root
        except FormError as error:
            raise StoreError("database_damaged", f"the head of size {size}: {error}") from error
        root = self.tree.root()
        if signed != root:
            raise StoreError(
                "database_damaged",
                f"the head of size {size} signs root {signed.hex()}, the leaves give {root.hex()}",
            )
        return head.note

    def _fold(self, entry: Entry, loaded: _Loaded) -> None:
        index = loaded.size
        try:
            leaf = parse_leaf(entry.leaf)
            if leaf.index != index or entry.index != index:
                raise StoreError("database_damaged", f"leaf {index} is missing or out of place")
            loaded.size += 1
            loaded.hashes.append(leaf_hash(entry.leaf))
            if isinstance(leaf, EventLeaf):
                self._fold_event(entry, leaf, loaded)
            else:
                loaded.state_leaf = leaf
                self._pace(loaded)
        except FormError as error:
            raise StoreError("database_damaged", f"leaf {index}: {error}") from error

    def _fold_event(self, entry: Entry, leaf: EventLeaf, loaded: _Loaded) -> None:
        payload = entry.payload or b""
        hexed = leaf.statement_id.hex()
        if statement_id(payload) != hexed:
            raise StoreError("database_damaged", f"leaf {leaf.index} is of another statement")
        for link in leaf.links:
            loaded.values[link.subject_key] = map_value(link.subject_seq + 1, loaded.hashes[-1])
        key_id = leaf.key_id.hex()
        loaded.key_heads[key_id] = KeyHead(leaf.key_seq + 1, hexed)
        if self.pace.counts:
            loaded.load.add(key_id, len(payload), _crowded(leaf, payload))
        if (kind := _kind_of.decode(payload).kind) != EVENT:
            claim = parse_claim(payload)
            loaded.registry_claims.append((leaf.index, claim))
            if kind == ENROLMENT and isinstance(body := parse_body(claim), KeyEnrol):
                loaded.enrolled[body.key.key_id] = body

    def _pace(self, loaded: _Loaded) -> None:
        """Charge a group at its end, as whoever appended it did; it may enrol keys of its own."""

        def actor_of(key_id: str) -> str | None:
            body = loaded.enrolled.get(key_id)
            if body is None:
                return self.registry.counted_actor(key_id)
            return None if REGISTRAR in body.roles else body.actor

        if loaded.load.keys:
            self.pace.charge(loaded.load, actor_of, loaded.state_leaf.at_ms, loaded.paced)
            loaded.load = Load()

    def _bind(self, values: dict[bytes, bytes]) -> None:
        depth = self.registry.map_depth
        if len(self.map) == 0 and depth is not None:
            self.map = SubjectMap(depth)
        if len(self.map) == 0 and len(values) > BULK_LEAVES:
            self.map = SubjectMap.build(self.map.depth, values.items())
            return
        overlay = self.map.overlay()
        for key, value in values.items():
            overlay.bind(key, value)
        overlay.root()
        overlay.apply()


def _crowded(leaf: EventLeaf, payload: bytes) -> list[bytes]:
    """Things' own crowded chains to which a leaf was added; an `#out` is nobody's burden."""
    found = [link.subject_key for link in leaf.links if is_crowded(link.subject_seq, len(payload))]
    if not found:
        return []
    own = {subject_key(uri) for uri in _subjects_of.decode(payload).subjects if not is_out(uri)}
    return [key for key in found if key in own]
