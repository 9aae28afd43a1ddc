"""The log over HTTP as C2SP tlog-tiles: whoever reads the tiles gets the tree that was signed."""

from itertools import pairwise

import pytest

from ledger.log.checkpoint import (
    Checkpoint,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verified_keys,
)
from ledger.log.leaves import StateLeaf, parse_leaf
from ledger.log.merkle import leaf_hash, node_hash, tree_root, verify_consistency
from ledger.log.tiles import Tile, format_tile_path
from ledger.statements.envelope import decode_base64
from ledger.statements.keys import verify_note_line
from tests.http.served import Served, assert_problem
from tests.log.bundles import leaves_in

HASH_BYTES = 32
WIDTH = 256
IMMUTABLE = "public, max-age=31536000, immutable"


def newest(served: Served) -> Checkpoint:
    answer = served.client.get("/log/checkpoint")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return parse_checkpoint(parse_note(answer.text).text)


def grow(served: Served, leaves: int) -> None:
    """Post until the log has at least so many leaves."""
    while (missing := leaves - newest(served).size) > 0:
        parcels = [served.harvest("mill") for _ in range(min(missing + 1, 1000))]
        assert served.post(*parcels).status_code == 201


def read_tiles(served: Served, level: int | None, count: int) -> list[bytes]:
    """The contents of all tiles of a level that has `count` hashes or entries."""
    widths = [WIDTH] * (count // WIDTH) + ([count % WIDTH] if count % WIDTH else [])
    contents = []
    for number, width in enumerate(widths):
        path = format_tile_path(Tile(level=level, number=number, width=width))
        answer = served.client.get(f"/log/tile/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == IMMUTABLE
        contents.append(answer.content)
    return contents


def hashes_of(tiles: list[bytes]) -> list[bytes]:
    joined = b"".join(tiles)
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]


def test_the_checkpoint_is_signed_by_every_log_key(lasting: Served) -> None:
    note = parse_note(lasting.client.get("/log/checkpoint").text)
    ledger = lasting.client.get("/v1/ledger").json()
    keys = [parse_vkey(vkey) for vkey in ledger["log_keys"]]
    checkpoint = parse_checkpoint(note.text)

    assert verified_keys(note, keys, verify_note_line) == tuple(keys)
    assert {key.algorithm for key in keys} == {1, 2}  # Ed25519, and P-256 for phones
    assert (checkpoint.origin, checkpoint.size) == (ledger["origin"], ledger["size"])
    assert checkpoint.root == decode_base64(ledger["root"])


def test_the_tiles_give_the_root_that_the_checkpoint_signs(lasting: Served) -> None:
    grow(lasting, 2 * WIDTH + 7)
    checkpoint = newest(lasting)

    leaves = hashes_of(read_tiles(lasting, 0, checkpoint.size))
    upper = hashes_of(read_tiles(lasting, 1, checkpoint.size // WIDTH))

    assert len(leaves) == checkpoint.size
    assert tree_root(leaves) == checkpoint.root
    assert upper == [
        tree_root(leaves[at * WIDTH : (at + 1) * WIDTH]) for at in range(checkpoint.size // WIDTH)
    ]
    assert node_hash(upper[0], upper[1]) == tree_root(leaves[: 2 * WIDTH])


def test_the_entries_are_the_leaves_behind_the_hashes(lasting: Served) -> None:
    grow(lasting, 2 * WIDTH + 7)
    size = newest(lasting).size

    entries = [leaf for tile in read_tiles(lasting, None, size) for leaf in leaves_in(tile)]

    assert [leaf_hash(leaf) for leaf in entries] == hashes_of(read_tiles(lasting, 0, size))
    assert [parse_leaf(leaf).index for leaf in entries] == list(range(size))
    assert isinstance(parse_leaf(entries[-1]), StateLeaf)


def test_a_partial_tile_is_the_beginning_of_a_wider_one(lasting: Served) -> None:
    grow(lasting, WIDTH + 1)
    for level in ("0", "entries"):
        full = lasting.client.get(f"/log/tile/{level}/000").content
        part = lasting.client.get(f"/log/tile/{level}/000.p/100").content
        assert full.startswith(part)
        assert full != part


def test_every_checkpoint_continues_the_ones_before(lasting: Served) -> None:
    notes = []
    for _ in range(6):
        notes.append(lasting.post(lasting.harvest()).json()["checkpoint"])
        notes.append(lasting.client.get("/log/checkpoint").text)
    seen = [parse_checkpoint(parse_note(note).text) for note in notes]

    assert [one.size for one in seen] == sorted(one.size for one in seen)
    for old, new in pairwise(seen):
        answer = lasting.client.get(f"/log/consistency?old={old.size}&new={new.size}")
        verify_consistency(
            old_size=old.size,
            new_size=new.size,
            old_root=old.root,
            new_root=new.root,
            proof=[decode_base64(one) for one in answer.json()["proof"]],
        )


def test_what_another_process_appended_is_served(lasting: Served) -> None:
    before = newest(lasting).size
    lasting.chain.send(lasting.harvest("nursery"))  # past this server
    assert newest(lasting).size == before + 2


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/01",
        "tile/0/000.P/1",
        "tile/0/999",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/64/000",
        "tile/63/000.p/1",
        "tile/8/000.p/1",
        "tile/00/000",
        "tile/-1/000",
        "tile/leaves/000",
        "tile/entries/999",
        "tile/entries/000.p/",
        "tile/0/%00",
        "tile/0/000%2Ep",
        "tile/",
        "tile",
        "checkpoint/000",
        "Checkpoint",
    ],
)
def test_a_path_that_names_no_tile_is_not_found(file_lasting: Served, path: str) -> None:
    assert_problem(file_lasting.client.get(f"/log/{path}"), 404, "not_found")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("old=0&new=1", 404, "not_found"),
        ("old=2&new=1", 404, "not_found"),
        ("old=1&new=999999999999999999999999", 404, "not_found"),
        ("old=-1&new=1", 404, "not_found"),
        ("old=a&new=1", 400, "bad_query"),
        ("old=1", 400, "bad_query"),
    ],
)
def test_consistency_is_proved_between_sizes_that_were(
    file_lasting: Served, query: str, status: int, code: str
) -> None:
    assert_problem(file_lasting.client.get(f"/log/consistency?{query}"), status, code)


def test_the_newest_checkpoint_is_cached_for_seconds_only(file_lasting: Served) -> None:
    answer = file_lasting.client.get("/log/checkpoint")
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_tile_that_is_not_there_yet_is_not_cached(file_lasting: Served) -> None:
    answer = file_lasting.client.get("/log/tile/0/900")
    assert "immutable" not in answer.headers.get("cache-control", "")
