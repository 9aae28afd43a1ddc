"""A packet's evidence is its own history's: siblings of the same seed or lot are not in it."""

from gzip import compress
from typing import Final

import msgspec

from ledger.canonical import JsonObject
from tests import packets
from tests.chain import Chain
from tests.parcels import receipts

SIBLINGS: Final = 300
BYTES_MAX: Final = 40_000  # gzipped: a second on a slow phone's line


def size_of(bundle: JsonObject) -> int:
    """Bytes that a phone loads."""
    return len(compress(msgspec.json.encode(bundle)))


def test_hundreds_of_siblings_do_not_make_a_packets_evidence_larger(chain: Chain) -> None:
    made = packets.packet(chain, b"secret").season
    alone = chain.evidence(made.pack)
    assert size_of(alone) <= BYTES_MAX

    plot = chain.site("cooperative")
    sowings = [
        chain.event("cooperative", "SOW", inputs=[(made.seed, 1), (plot, None)],
                    outputs=[(chain.crop(), None)], area_m2=1)
        for _ in range(SIBLINGS)
    ]  # fmt: skip
    receipts(chain.send(*sowings))
    other, blend = chain.lot(), chain.lot()
    chain.do("mill", "PURCHASE", outputs=[(other, 500_000)])
    chain.do("mill", "BLEND", inputs=[(made.dried, 500), (other, 500_000)],
             outputs=[(blend, 500_500)], same_batch={"same_base": False})  # fmt: skip
    packs = [chain.lot() for _ in range(SIBLINGS)]
    packed = [
        chain.event("mill", "PACK_LABEL", inputs=[(blend, 1_000)], outputs=[(pack, 1_000)],
                    unit_g=500, count=2, code_range={"first": 0, "last": 1})
        for pack in packs
    ]  # fmt: skip
    receipts(chain.send(*packed))

    again = chain.evidence(made.pack)
    assert len(again["leaves"]) == len(alone["leaves"])  # type: ignore[arg-type]  # both are objects
    for pack in (made.pack, packs[0], packs[-1]):
        assert size_of(chain.evidence(pack)) <= BYTES_MAX
