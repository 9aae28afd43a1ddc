"""Tiles: names and bytes of C2SP tlog-tiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormError, NotFoundError
from ledger.log.merkle import MerkleTree, leaf_hash, tree_root
from ledger.log.tiles import (
    ENTRY_BYTES_MAX,
    Tile,
    format_entries,
    format_tile_path,
    parse_tile_path,
    tile_hashes,
)
from tests.log.bundles import leaves_in
from tests.log.mutation import mutated

SIZE = 600
HASHES = [leaf_hash(number.to_bytes(4, "big")) for number in range(SIZE)]
TREE = MerkleTree()
TREE.extend(HASHES)

TILES = st.builds(
    Tile,
    level=st.one_of(st.none(), st.integers(0, 63)),
    number=st.integers(0, 10**21 - 1),
    width=st.integers(1, 256),
)


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/x001/x234/067", Tile(level=0, number=1234067, width=256)),
        ("entries/x001/x234/067.p/12", Tile(level=None, number=1234067, width=12)),
        ("1/000.p/1", Tile(level=1, number=0, width=1)),
        ("63/999", Tile(level=63, number=999, width=256)),
    ],
)
def test_a_tile_has_the_name_that_c2sp_gives_it(path: str, tile: Tile) -> None:
    assert parse_tile_path(path) == tile
    assert format_tile_path(tile) == path


@given(tile=TILES)
def test_every_name_is_read_back_as_it_was_written(tile: Tile) -> None:
    assert parse_tile_path(format_tile_path(tile)) == tile


@given(data=st.data(), tile=TILES)
def test_a_changed_name_names_nothing_or_another_tile(data: st.DataObject, tile: Tile) -> None:
    raw = data.draw(mutated(format_tile_path(tile).encode()))
    path = raw.decode("latin-1")
    try:
        found = parse_tile_path(path)
    except NotFoundError:
        return
    assert format_tile_path(found) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "00/000",
        "64/000",
        "0/1234",
        "0/001/234",
        "0/x000/001",
        "0/x001/x234",
        "0/000.p/0",
        "0/000.p/00",
        "0/000.p/012",
        "0/000.p/256",
        "0/000.p/",
        "0/000\n",
        "0/../../etc",
        "data/000",
        "٣/000",
    ],
)
def test_what_is_no_tiles_name_is_not_found(path: str) -> None:
    with pytest.raises(NotFoundError) as refusal:
        parse_tile_path(path)
    assert refusal.value.code == "not_found"


def test_full_and_partial_tiles_hold_the_hashes_of_their_subtrees() -> None:
    def at(path: str) -> bytes:
        return tile_hashes(TREE, parse_tile_path(path), SIZE)

    assert at("0/000") == b"".join(HASHES[:256])
    assert at("0/002.p/88") == b"".join(HASHES[512:600])
    assert at("1/000.p/2") == tree_root(HASHES[:256]) + tree_root(HASHES[256:512])


def test_a_tile_that_the_size_does_not_fill_is_not_found() -> None:
    for path, size in [
        ("0/002", SIZE),
        ("0/002.p/89", SIZE),
        ("1/000.p/3", SIZE),
        ("2/000.p/1", SIZE),
        ("63/000.p/1", SIZE),
        ("0/000.p/11", 10),
        ("entries/000.p/1", SIZE),
    ]:
        with pytest.raises(NotFoundError):
            tile_hashes(TREE, parse_tile_path(path), size)


def test_an_entry_bundle_holds_each_leaf_after_its_length() -> None:
    assert format_entries([b"", b"abc"]) == b"\x00\x00\x00\x03abc"


@given(leaves=st.lists(st.binary(max_size=300), max_size=20))
def test_every_bundle_is_read_back_as_it_was_written(leaves: list[bytes]) -> None:
    assert leaves_in(format_entries(leaves)) == leaves


def test_an_entry_longer_than_its_prefix_can_say_is_refused() -> None:
    assert len(format_entries([bytes(ENTRY_BYTES_MAX)])) == ENTRY_BYTES_MAX + 2
    with pytest.raises(FormError):
        format_entries([bytes(ENTRY_BYTES_MAX + 1)])
