"""Packets in every state that the public may meet, made by doing the real thing."""

from dataclasses import dataclass

from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code
from tests.chain import Chain
from tests.season import LABEL, Season, grow

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One pack of a season's last lot: the code printed on it, and the season behind it."""

    code: str
    season: Season


def packet(chain: Chain, secret: bytes, *, serial: int = 7, released: bool = True) -> Packet:
    """Grow, dry, test and pack a lot; release it by two signatures unless told otherwise."""
    season = grow(chain)
    examine(chain, season.pack)
    if released:
        release(chain, season.pack)
    return Packet(code=code_of(season.pack, secret, serial), season=season)


def code_of(lot: str, secret: bytes, serial: int) -> str:
    """The code of one pack of a lot."""
    lot_code = code_of_uri(lot)
    return unit_code(lot_code, serial, batch_key(secret, lot_code))


def examine(chain: Chain, lot: str, *, passed: bool = True, **named: object) -> None:
    """The laboratory tests a lot for moisture and lead."""
    chain.do(
        "laboratory",
        "TEST",
        about=[(lot, None)],
        sample_id="S1",
        report_no="R-1",
        lab_cma="CMA-1",
        method="中国药典2020年版一部",
        conclusion="pass" if passed else "fail",
        items=[
            {
                "item": "水分",
                "op": "<=",
                "limit": 15,
                "value": 13.6 if passed else 18.2,
                "unit": "%",
                "passed": passed,
            },
            {
                "item": "铅",
                "op": "<=",
                "limit": 5,
                "value": 0.3,
                "unit": "mg/kg",
                "passed": True,
            },
        ],
        **named,
    )


def release(chain: Chain, lot: str) -> None:
    """Two people of the maker release a lot."""
    receipt = chain.do("quality", "RELEASE", about=[(lot, 700_000)], decision="release")
    chain.record("mill", "approve", {"statement": receipt.leaf.statement_id.hex()}, [lot])


def hold(chain: Chain, lot: str, words: str = "正在抽检，结果出来前暂停销售。") -> None:
    """The mill stops the sale of a lot."""
    chain.do("mill", "HOLD", about=[(lot, None)], reason="内部原因", public_words=words)


def recall(chain: Chain, lot: str, words: str = "封口不严，请停止使用。") -> None:
    """The mill takes a lot back."""
    chain.do(
        "mill",
        "RECALL",
        about=[(lot, None)],
        level="2",
        reason="内部原因",
        public_words=words,
        deadline="2030-01-01T00:00:00+08:00",
        recovered_g=0,
    )


def expired(chain: Chain, secret: bytes) -> Packet:
    """A released pack whose label's date has passed."""
    season = grow(chain, label=[*LABEL, {"name": "保质期至", "value": "2020-01-01"}])
    examine(chain, season.pack)
    release(chain, season.pack)
    return Packet(code=code_of(season.pack, secret, 1), season=season)


def backfilled(chain: Chain, secret: bytes) -> Packet:
    """A released pack with one step that was written down ten days after it happened."""
    return outdated(chain, secret, who="mill")


def outdated(chain: Chain, secret: bytes, *, who: str = "rival", approver: str = "") -> Packet:
    """A released pack of which somebody says ten days later what he did to it."""
    made = packet(chain, secret)
    if who not in chain.pens:
        chain.admit(who, "processor")
    said = chain.do(
        who, "SWEAT", about=[(made.season.pack, None)], days=3,
        event_ms=chain.now_ms - 10 * DAY_MS,
    )  # fmt: skip
    if approver:
        statement_id = said.leaf.statement_id.hex()
        chain.record(approver, "approve", {"statement": statement_id}, [made.season.pack])
    return made


def incomplete(chain: Chain, secret: bytes) -> Packet:
    """A released pack of a lot whose own making has not arrived."""
    made = packet(chain, secret)
    pack = chain.lot()
    chain.do(
        "mill",
        "PACK_LABEL",
        inputs=[(chain.lot(), 1_000)],
        outputs=[(pack, 1_000)],
        unit_g=500,
        count=2,
        code_range={"first": 0, "last": 1},
        label_fields=LABEL,
    )
    examine(chain, pack)
    release(chain, pack)
    return Packet(code=code_of(pack, secret, 1), season=made.season)


def voided(chain: Chain, secret: bytes) -> Packet:
    """A pack whose code was withdrawn."""
    made = packet(chain, secret)
    chain.do("mill", "CODE_VOID", about=[(made.season.pack, None)], codes=["7"], reason="印刷损坏")
    return made


def pile(chain: Chain, made: Packet, count: int, who: str = "neighbour") -> None:
    """Somebody who has no part in a season writes so many statements on its crop's chain."""
    if who not in chain.pens:
        chain.admit(who, "cooperative", called="竞争合作社")
    for start in range(0, count, 200):
        chain.send(
            *(
                chain.event(
                    who, "FIELD_WORK", about=[(made.season.crop, None)], work="weeding",
                    event_ms=chain.now_ms - DAY_MS + number,
                )
                for number in range(start, min(count, start + 200))
            )
        )  # fmt: skip
