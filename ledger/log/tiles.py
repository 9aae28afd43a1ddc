"""Names and bytes of the log's static files: C2SP tlog-tiles, height 8."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import FormError, NotFoundError
from ledger.log.merkle import MerkleTree

HEIGHT: Final = 8
WIDTH_MAX: Final = 1 << HEIGHT
LEVEL_MAX: Final = 63
ENTRY_BYTES_MAX: Final = 0xFFFF  # what the length prefix can say; the largest leaf has 13,687

# Seven groups of three digits name more leaves than u64 can count.
_PATH: Final = re.compile(
    r"(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?"
)
_PREFIX_BYTES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`width` hashes (entries when `level` is None) from `number * 256` on; 256 is a full tile."""

    level: int | None
    number: int
    width: int


def parse_tile_path(path: str) -> Tile:
    """Return the tile named by what stands after `tile/`. NotFoundError when it names none."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise NotFoundError("not_found", f"{path!r} names no tile")
    level, number, width = match.groups()
    tile = Tile(
        level=None if level == "entries" else int(level),
        number=int(number.replace("x", "").replace("/", "")),
        width=WIDTH_MAX if width is None else int(width),
    )
    if (tile.level or 0) > LEVEL_MAX or format_tile_path(tile) != path or tile.width == 0:
        raise NotFoundError("not_found", f"{path!r} names no tile")
    return tile


def format_tile_path(tile: Tile) -> str:
    """Return the tile's name after `tile/`, such as `0/x001/x234/067.p/12`."""
    number, last = divmod(tile.number, 1000)
    groups = f"{last:03}"
    while number:
        number, group = divmod(number, 1000)
        groups = f"x{group:03}/{groups}"
    level = "entries" if tile.level is None else tile.level
    partial = "" if tile.width == WIDTH_MAX else f".p/{tile.width}"
    return f"{level}/{groups}{partial}"


def tile_hashes(tree: MerkleTree, tile: Tile, size: int) -> bytes:
    """Return the tile's 32-byte hashes, joined, as the tree of `size` leaves has them.

    NotFoundError when that tree has not filled the tile as far as its width, or has no such tile.
    """
    complete = 0 if tile.level is None else size >> HEIGHT * tile.level
    start = tile.number * WIDTH_MAX
    if tile.level is None or start + tile.width > complete:
        raise NotFoundError("not_found", f"{format_tile_path(tile)} is not there at size {size}")
    return tree.hashes(HEIGHT * tile.level, start, tile.width)


def format_entries(leaves: Sequence[bytes]) -> bytes:
    """Return the bundle: each leaf after its length as u16. FormError("bad_leaf") beyond 65,535."""
    if any(len(leaf) > ENTRY_BYTES_MAX for leaf in leaves):
        raise FormError("bad_leaf", f"an entry has at most {ENTRY_BYTES_MAX} bytes")
    return b"".join([len(leaf).to_bytes(_PREFIX_BYTES, "big") + leaf for leaf in leaves])
