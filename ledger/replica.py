"""The log in memory: tree, map, registry and key chains, folded over the entries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Final

import msgspec

from ledger.errors import StoreError
from ledger.log.leaves import EventLeaf, StateLeaf, parse_leaf
from ledger.log.merkle import MerkleTree, leaf_hash
from ledger.log.subject_map import MapOverlay, SubjectMap, map_value
from ledger.seam import Entry, Reading
from ledger.statements.standing import Registry
from ledger.statements.statement import EVENT, Claim, parse_claim

MAP_DEPTH_DEFAULT: Final = 20  # a million buckets: one subject each for a city
BULK_LEAVES: Final = 2_000  # from here on, building the map anew is cheaper than binding


class _KindOnly(msgspec.Struct):
    """The one member that tells whether the registry must read a statement."""

    kind: str


_kind_of: Final = msgspec.json.Decoder(_KindOnly)


@dataclass(slots=True)
class KeyHead:
    """Where a key's own chain stands: the next number, and the id before it."""

    next_seq: int
    statement_id: str | None


@dataclass(slots=True)
class _Loaded:
    """What a bulk load gathers before the map is built once."""

    hashes: list[bytes] = field(default_factory=list)
    values: dict[bytes, bytes] = field(default_factory=dict)


class Replica:
    """One process's picture of the log, at one size.

    `appending` is held by whoever changes the picture; `mutex` only for the instant in which a
    committed group becomes visible, and while evidence is cut at one size.
    """

    def __init__(self, find_claim: Callable[[str], Claim | None]) -> None:
        self._find_stored = find_claim
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
        with self.mutex:
            loaded = _Loaded()
            for entry in reading.entries(self.size, stored):
                self._fold(entry, loaded)
            self.tree.extend(loaded.hashes)
            self._bind(loaded.values)
            self.size = stored
            head = reading.signed_head()
            self.note = head.note if head else ""

    def commit(
        self,
        overlay: MapOverlay,
        key_heads: Mapping[str, KeyHead],
        state_leaf: StateLeaf,
        note: str,
    ) -> None:
        """Make a committed group visible."""
        with self.mutex:
            overlay.apply()
            self.key_heads.update(key_heads)
            self.size = state_leaf.index + 1
            self.state_leaf = state_leaf
            self.note = note

    def withdraw(self, *, registry_touched: bool) -> None:
        """Forget a group that was not committed."""
        if registry_touched:
            self.forget()  # the registry's fold cannot be undone
        else:
            self.tree.truncate(self.size)

    def _find_claim(self, statement_id: str) -> Claim | None:
        return self.pending.get(statement_id) or self._find_stored(statement_id)

    def _fold(self, entry: Entry, loaded: _Loaded) -> None:
        leaf = parse_leaf(entry.leaf)
        hashed = leaf_hash(entry.leaf)
        index = self.size + len(loaded.hashes)
        if leaf.index != index or entry.index != index:
            raise StoreError("database_damaged", f"leaf {index} is missing or out of place")
        loaded.hashes.append(hashed)
        if not isinstance(leaf, EventLeaf):
            self.state_leaf = leaf
            return
        for link in leaf.links:
            loaded.values[link.subject_key] = map_value(link.subject_seq + 1, hashed)
        self.key_heads[leaf.key_id.hex()] = KeyHead(leaf.key_seq + 1, leaf.statement_id.hex())
        assert entry.payload is not None  # an event leaf stands beside its statement
        if _kind_of.decode(entry.payload).kind != EVENT:
            self.registry.apply(parse_claim(entry.payload), index=index)
            depth = self.registry.map_depth
            if index == 0 and depth is not None:
                self.map = SubjectMap(depth)

    def _bind(self, values: dict[bytes, bytes]) -> None:
        if len(self.map) == 0 and len(values) > BULK_LEAVES:
            self.map = SubjectMap.build(self.map.depth, values.items())
            return
        overlay = self.map.overlay()
        for key, value in values.items():
            overlay.bind(key, value)
        overlay.root()
        overlay.apply()
