"""The log as C2SP tlog-tiles: checkpoint, tiles of hashes, entry bundles, under /log."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from api.answers.problems import refusals
from api.opened.ledger import OpenedLedger
from ledger.errors import NotFoundError
from ledger.evidence.make import follow
from ledger.log.tiles import format_entries, parse_tile_path, tile_hashes
from ledger.statements.envelope import encode_base64

FULL: Final = 256  # a full tile never changes; a partial one is of one moment
FOR_EVER: Final = "public, max-age=31536000, immutable"
BRIEFLY: Final = "public, max-age=5"
OCTETS: Final = "application/octet-stream"
TEXT: Final = "text/plain"  # the framework adds the charset


@get("/log/checkpoint", sync_to_thread=True, media_type=TEXT, responses=refusals())
def checkpoint(opened: NamedDependency[OpenedLedger]) -> Response[str]:
    """The newest signed checkpoint."""
    follow(opened.store, opened.replica)
    return Response(
        opened.replica.note,
        media_type=TEXT,
        headers={"Cache-Control": BRIEFLY, "Access-Control-Allow-Origin": "*"},
    )


@get(
    "/log/tile/{path:path}",
    sync_to_thread=True,
    media_type=OCTETS,
    responses=refusals("bad_query", "not_found"),
)
def tile(opened: NamedDependency[OpenedLedger], path: FromPath[str]) -> Response[bytes]:
    """A tile of hashes, or with level `entries` a bundle of leaves."""
    wanted = parse_tile_path(path.lstrip("/"))
    follow(opened.store, opened.replica)
    with opened.replica.mutex:
        size = opened.replica.size
        if wanted.level is not None:
            content = tile_hashes(opened.replica.tree, wanted, size)
        else:
            content = _entries(opened, wanted.number * FULL, wanted.width, size)
    headers = {"Cache-Control": FOR_EVER, "Access-Control-Allow-Origin": "*"}
    return Response(content, media_type=OCTETS, headers=headers)


@get("/log/consistency", sync_to_thread=True, responses=refusals("bad_query", "not_found"))
def consistency(
    opened: NamedDependency[OpenedLedger], old: FromQuery[int], new: FromQuery[int]
) -> Response[dict[str, list[str]]]:
    """The proof that the tree of size `new` continues that of size `old`; hashes in base64."""
    follow(opened.store, opened.replica)
    with opened.replica.mutex:
        if not 0 < old <= new <= opened.replica.size:
            raise NotFoundError("not_found", f"the log has {opened.replica.size} leaves")
        proof = opened.replica.tree.consistency_proof(old, new)
    return Response({"proof": [encode_base64(one) for one in proof]})


def _entries(opened: OpenedLedger, start: int, width: int, size: int) -> bytes:
    if start + width > size:
        raise NotFoundError("not_found", f"the log has {size} leaves")
    with opened.store.reading() as reading:
        return format_entries([entry.leaf for entry in reading.entries(start, start + width)])
