"""How the map of subjects lies in memory: pages of records and of inner nodes, layer over layer.

Records (key | value) lie sorted in pages of 32 neighbouring buckets; bucket hashes are not kept.
Inner nodes lie in pages of four levels, each a heap of 32 cells: the lowest level in cells 16 to
31, the parent of cells 2i and 2i + 1 in cell i, cells 0 and 1 unused. A page is never changed, only
replaced, so the changes of a group are its new pages, and what lies below stays whole.
Only the hashes are format v1 section 3; the pages are this program's own affair.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain, groupby
from struct import Struct
from typing import Final

from ledger.log.prefixes import begun

HASH_BYTES: Final = 32
KEY_BITS: Final = 256
RECORD_BYTES: Final = 64

_split: Final = Struct(f"{RECORD_BYTES}s").iter_unpack
_LEVELS: Final = 4  # of a page; more would copy more for each change, fewer would weigh more
_LEAVES: Final = 1 << _LEVELS
# Where a page's cells lie, and each one's two children: made once, since they are asked for at
# every hash. Cell 1 is not in the page: its children make the node of the next tier.
_AT: Final = tuple(slice(n * HASH_BYTES, (n + 1) * HASH_BYTES) for n in range(2 * _LEAVES))
_BELOW: Final = tuple(slice(2 * n * HASH_BYTES, 2 * (n + 1) * HASH_BYTES) for n in range(_LEAVES))
# Of each lowest cell its ancestors in the page, the nearest first: children, and where it lies.
_UPWARDS: Final = tuple(
    tuple((_BELOW[n >> height], _AT[n >> height]) for height in range(1, _LEVELS))
    for n in range(2 * _LEAVES)
)
_AFTER: Final = b"\xff" * (HASH_BYTES + 1)  # behind a key: sorts after every record of that key
_bucket: Final = begun(b"\x20")
_single: Final = begun(b"\x20" + (1).to_bytes(4, "big"))  # a bucket's only record follows
_node: Final = begun(b"\x21")


def node_hash(pair: bytes | memoryview) -> bytes:
    """H(21 | left | right), the two given as one string of 64 bytes."""
    hashed = _node()
    hashed.update(pair)
    return hashed.digest()


def record_hash(record: bytes) -> bytes:
    """H(20 | u32 1 | key | value): a bucket that holds one record."""
    hashed = _single()
    hashed.update(record)
    return hashed.digest()


def records_hash(records: bytes) -> bytes:
    """H(20 | u32 n | n × (key | value)), the records given as one string."""
    hashed = _bucket()
    hashed.update((len(records) // RECORD_BYTES).to_bytes(4, "big") + records)
    return hashed.digest()


_EMPTY_BUCKET: Final = records_hash(b"")


def leading_bits(key: bytes, depth: int) -> int:
    """The first `depth` bits of a 32-byte key, as a number."""
    return int.from_bytes(key, "big") >> (KEY_BITS - depth)


@cache
def empty_nodes(depth: int) -> tuple[bytes, ...]:
    """Hashes of empty subtrees, from the bucket (0) to the root (`depth`)."""
    nodes = [records_hash(b"")]
    for _ in range(depth):
        nodes.append(node_hash(nodes[-1] * 2))
    return tuple(nodes)


class Pages:
    """One layer of pages; what it does not hold is looked up in the layer below, if any."""

    __slots__ = ("below", "count", "depth", "nodes", "records", "revision")

    def __init__(self, depth: int, below: "Pages | None" = None) -> None:
        self.depth = depth
        self.below = below
        # Records, with those of the layers below; and how many layers were absorbed.
        self.count: int = below.count if below else 0
        self.revision: int = below.revision if below else 0
        self.records: dict[int, bytes] = {}
        tiers = range(0, depth, _LEVELS)
        self.nodes: tuple[dict[int, bytearray], ...] = tuple({} for _ in tiers)

    def node(self, level: int, number: int) -> bytes:
        """Hash of the subtree `number` of its level; level 0 are the buckets."""
        if level == 0:
            return records_hash(self.bucket(number))
        tier, height = divmod(level - 1, _LEVELS)
        width = _LEAVES >> height  # so many nodes of this level are in a page
        page = self.node_page(tier, number // width)
        place = (width + number % width) * HASH_BYTES
        return bytes(page[place : place + HASH_BYTES])

    def bucket(self, number: int) -> bytes:
        """Records of the bucket, sorted, as one string."""
        page = [record for (record,) in _split(self.record_page(number >> _LEVELS + 1))]
        return b"".join(_within(page, number, KEY_BITS - self.depth))

    def write(self, bound: Mapping[bytes, bytes]) -> None:
        """Write these values by key, each in place of what was there; hash the dirty paths once."""
        shift = KEY_BITS - self.depth + 1  # leaves the number of a node of level 1
        nodes = {}
        numbered = sorted([(int.from_bytes(key, "big") >> shift, key) for key in bound])
        for page_number, group in groupby(numbered, _page_of):
            page = [record for (record,) in _split(self.record_page(page_number))]
            dirty = set()
            for number, key in group:
                self.count += _put(page, key, bound[key])
                dirty.add(number)
            for number in dirty:
                nodes[number] = _pair_hash(_within(page, number, shift), self.depth)
            self.records[page_number] = b"".join(page)
        self._raise_all(0, nodes)

    def load(self, records: Sequence[bytes]) -> None:
        """Write records, sorted and of different keys, into an empty layer, page after page."""
        shift = KEY_BITS - self.depth + 1
        self.count = len(records)
        numbered = (
            (int.from_bytes(record[:HASH_BYTES], "big") >> shift, record) for record in records
        )
        above = {}
        for page_number, group in groupby(numbered, _page_of):
            pairs: dict[int, list[bytes]] = {}
            for number, record in group:
                pairs.setdefault(number, []).append(record)
            nodes = {number: _pair_hash(pair, self.depth) for number, pair in pairs.items()}
            self.records[page_number] = b"".join(chain.from_iterable(pairs.values()))
            above.update(self._raise(0, nodes))
        self._raise_all(1, above)

    def absorb(self, above: "Pages") -> None:
        """Take over the pages of the layer above."""
        self.records.update(above.records)
        for mine, others in zip(self.nodes, above.nodes, strict=True):
            mine.update(others)
        self.count = above.count
        self.revision += 1

    def _raise_all(self, tier: int, nodes: Mapping[int, bytes]) -> None:
        for number in range(tier, len(self.nodes)):
            nodes = self._raise(number, nodes)

    def _raise(self, tier: int, nodes: Mapping[int, bytes]) -> dict[int, bytes]:
        """Write changed lowest nodes of a tier and hash upwards; return those of the next tier."""
        levels = min(_LEVELS, self.depth - tier * _LEVELS)
        changed: dict[int, list[int]] = {}
        for number in nodes:
            changed.setdefault(number >> _LEVELS, []).append(number)
        pages = self.nodes[tier]
        above = {}
        for page_number, numbers in changed.items():
            page = pages[page_number] = bytearray(self.node_page(tier, page_number))
            cells = memoryview(page)  # written to in a third of the bytearray's own time
            if len(numbers) == 1 and levels == _LEVELS:
                # Most pages have one changed cell, and its way up needs no sets.
                (number,) = numbers
                cell = _LEAVES | number & _LEAVES - 1
                cells[_AT[cell]] = nodes[number]
                for below, at in _UPWARDS[cell]:
                    hashed = _node()
                    hashed.update(cells[below])
                    cells[at] = hashed.digest()
            else:
                for number in numbers:
                    cells[_AT[_LEAVES | number & _LEAVES - 1]] = nodes[number]
                _rehash(cells, {_LEAVES | number & _LEAVES - 1 for number in numbers}, levels)
            above[page_number] = node_hash(cells[_BELOW[1]])
        return above

    def record_page(self, number: int) -> bytes:
        """Records of the buckets `32 * number` and the 31 after it."""
        page = self.records.get(number)
        if page is None:
            return self.below.record_page(number) if self.below else b""
        return page

    def node_page(self, tier: int, number: int) -> bytearray:
        """Heap over 16 nodes of level `4 * tier + 1`, from node `16 * number` on."""
        page = self.nodes[tier].get(number)
        if page is None:
            return self.below.node_page(tier, number) if self.below else _empty_page(tier)
        return page


@cache
def _empty_page(tier: int) -> bytearray:
    """Page of a tier in which nothing is bound; its levels may rise above the root, unused."""
    nodes = empty_nodes((tier + 1) * _LEVELS)
    cells = [nodes[-height - 1] * (2 << height) for height in range(_LEVELS)]
    return bytearray(2 * HASH_BYTES) + b"".join(cells)


def _rehash(cells: memoryview, changed: AbstractSet[int], levels: int) -> None:
    """Hash anew what stands in a page above its changed lowest cells, each cell once."""
    for _ in range(1, levels):
        changed = {cell >> 1 for cell in changed}
        for cell in changed:
            hashed = _node()
            hashed.update(cells[_BELOW[cell]])
            cells[_AT[cell]] = hashed.digest()


def _page_of(numbered: tuple[int, bytes]) -> int:
    return numbered[0] >> _LEVELS


def _pair_hash(records: Sequence[bytes], depth: int) -> bytes:
    """Hash over the two buckets to which these records belong: a node of level 1."""
    place, bit = divmod(depth - 1, 8)
    mask = 0x80 >> bit
    if len(records) == 1:  # what half of all pairs hold: the other bucket is empty
        (record,) = records
        one, none = record_hash(record), _EMPTY_BUCKET
        return node_hash(none + one if record[place] & mask else one + none)
    left = b"".join([record for record in records if not record[place] & mask])
    right = b"".join([record for record in records if record[place] & mask])
    return node_hash(records_hash(left) + records_hash(right))


def _within(page: Sequence[bytes], number: int, shift: int) -> Sequence[bytes]:
    """Those of the sorted records whose key, shifted so far, is this number."""
    first = (number << shift).to_bytes(HASH_BYTES, "big")
    last = ((number + 1 << shift) - 1).to_bytes(HASH_BYTES, "big") + _AFTER
    return page[bisect_left(page, first) : bisect_right(page, last)]


def _put(page: list[bytes], key: bytes, value: bytes) -> bool:
    """Write the record into its place; return whether the key is new."""
    place = bisect_left(page, key)
    is_new = place == len(page) or not page[place].startswith(key)
    page[place : place if is_new else place + 1] = [key + value]
    return is_new
