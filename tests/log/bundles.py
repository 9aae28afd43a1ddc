"""Entry bundles (C2SP tlog-tiles), taken apart as a reader of the log does: the log writes them."""

from io import BytesIO

PREFIX_BYTES = 2


def leaves_in(bundle: bytes) -> list[bytes]:
    """The bundle's leaves: each stands after its length, and nothing is left over."""
    rest = BytesIO(bundle)
    leaves = []
    while prefix := rest.read(PREFIX_BYTES):
        length = int.from_bytes(prefix, "big")
        leaves.append(rest.read(length))
        assert (len(prefix), len(leaves[-1])) == (PREFIX_BYTES, length)
    return leaves
