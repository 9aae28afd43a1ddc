"""Roots of the map of subjects, group after group, for whoever proves nothing from it: an audit.

Format v1 section 3, as `map_pages` has it, in half of the time: what stands below the tree's
crowded top is not kept but hashed again from its records when one of them changes, and the top
lies in plain rows.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final

from ledger.log.map_pages import HASH_BYTES, KEY_BITS, RECORD_BYTES, empty_nodes, records_hash

TOP_MAX: Final = 20  # levels above the cut on somebody's word: a million cells are 24 MB
CROWDED: Final = 2  # records to a cell: then the cut is made anew, lower
ROOMY: Final = 4  # cells to a record, at least, after that

_NODE: Final = b"\x21"
_SINGLE: Final = b"\x20" + (1).to_bytes(4, "big")


class MapRoots:
    """The map of all that was bound so far.

    The tree is cut at some level into cells, so many that most hold one record or none. Above
    the cut a row for each level holds its hashes; below it nothing is kept but the records.
    """

    def __init__(self, depth: int, *, expected: int = 0) -> None:
        """`expected` subjects: a guess that decides on speed alone.

        ValueError when `depth` is not between 1 and 256.
        """
        if not 1 <= depth <= KEY_BITS:
            raise ValueError(f"depth {depth} is not between 1 and {KEY_BITS}")
        self._depth = depth
        self._empty = empty_nodes(depth)
        self._count = 0
        self._cut(min(depth, TOP_MAX, max(1, expected.bit_length())))

    def bind(self, values: Mapping[bytes, bytes]) -> bytes:
        """Bind these values by key, in place of older ones; returns the root, 32 bytes.

        Keys and values have 32 bytes.
        """
        if self._count + len(values) > CROWDED * len(self._cells) and self._top < self._depth:
            self._grow(self._count + len(values))
        cells, hashes, shift = self._cells, self._rows[0], KEY_BITS - self._top
        dirty = set()
        for key, value in values.items():
            cell = int.from_bytes(key, "big") >> shift
            before = cells[cell]
            if not before:
                self._count += 1
                cells[cell] = key + value
            else:
                cells[cell] = self._put(before, key, value)
            dirty.add(cell)
        for cell in dirty:
            hashes[cell] = self._cell_hash(cells[cell])
        for below, row in pairwise(self._rows):
            dirty = {number >> 1 for number in dirty}
            for number in dirty:
                pair = below[number + number] + below[number + number + 1]
                row[number] = sha256(_NODE + pair).digest()
        return self._rows[-1][0]

    def _cut(self, top: int) -> None:
        """Start anew, without records, with the cut so many levels below the root."""
        self._top = top
        self._cells = [b""] * (1 << top)
        levels = range(self._depth - top, self._depth + 1)
        widths = range(top, -1, -1)
        empty = self._empty
        self._rows = [[empty[at]] * (1 << bits) for at, bits in zip(levels, widths, strict=True)]
        # Of each level below the cut, what is hashed before a right child and after a left one.
        self._sides = [(_NODE + node, node) for node in empty[: levels[0]]]

    def _grow(self, count: int) -> None:
        records = b"".join(self._cells)
        self._cut(min(self._depth, (count * ROOMY).bit_length()))
        self._count = 0
        self.bind({record[:HASH_BYTES]: record[HASH_BYTES:] for record in _split(records)})

    def _put(self, records: bytes, key: bytes, value: bytes) -> bytes:
        """A cell's records with this one, by key."""
        if len(records) == RECORD_BYTES and records.startswith(key):
            return key + value
        found = {record[:HASH_BYTES]: record for record in _split(records)}
        self._count += key not in found
        found[key] = key + value
        return b"".join([found[one] for one in sorted(found)])

    def _cell_hash(self, records: bytes) -> bytes:
        level = self._depth - self._top
        if len(records) == RECORD_BYTES:
            return self._path_hash(records, level)
        return self._subtree_hash(_split(records), level)

    def _path_hash(self, record: bytes, level: int) -> bytes:
        """Hash of the subtree so many levels above its buckets that holds this record alone."""
        number = int.from_bytes(record[:HASH_BYTES], "big") >> KEY_BITS - self._depth
        node = sha256(_SINGLE + record).digest()
        for before, behind in self._sides[:level]:
            node = sha256(before + node if number & 1 else _NODE + node + behind).digest()
            number >>= 1
        return node

    def _subtree_hash(self, records: Sequence[bytes], level: int) -> bytes:
        if not records:
            return self._empty[level]
        if len(records) == 1:
            return self._path_hash(records[0], level)
        if not level:
            return records_hash(b"".join(records))
        place, bit = divmod(self._depth - level, 8)
        mask = 0x80 >> bit
        left = [record for record in records if not record[place] & mask]
        right = records[len(left) :]
        pair = self._subtree_hash(left, level - 1) + self._subtree_hash(right, level - 1)
        return sha256(_NODE + pair).digest()


def _split(records: bytes) -> list[bytes]:
    return [records[at : at + RECORD_BYTES] for at in range(0, len(records), RECORD_BYTES)]
