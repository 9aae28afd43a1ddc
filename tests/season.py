"""One season of one lot, from seed to packet: the smallest ledger in which everything happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.chain import Chain

# What the law asks of a pack of raw herb: without it the rules hold the lot.
LABEL = [
    {"name": "品名", "value": "生地黄"},
    {"name": "产地", "value": "河南温县"},
    {"name": "日期", "value": "2026-03-31"},
    {"name": "供货单位", "value": "mill"},
    {"name": "质量", "value": "合格"},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """URIs of the things of a season, in the order in which they came from each other."""

    plot: str
    seed: str
    crop: str
    fresh: str
    dried: str
    pack: str


def grow(chain: Chain, *, label: Sequence[Mapping[str, str]] = LABEL) -> Season:
    """Record a season: seven statements by three actors, one with a sealed value.

    `label` is what the pack's label says.
    """
    season = Season(
        plot=chain.site("cooperative"),
        seed=chain.lot(),
        crop=chain.crop(),
        fresh=chain.lot(),
        dried=chain.lot(),
        pack=chain.lot(),
    )
    chain.do(
        "nursery",
        "SEED_REGISTER",
        outputs=[(season.seed, 1_000_000)],
        herb="huaidihuang",
        species_latin="Rehmannia glutinosa",
        cultivar="金九",
        source="温县",
        purity_germ="98",
    )
    chain.do(
        "cooperative",
        "SOW",
        inputs=[(season.seed, 400_000), (season.plot, None)],
        outputs=[(season.crop, None)],
        area_m2=6_667,
    )
    chain.do(
        "cooperative",
        "HARVEST",
        inputs=[(season.crop, None)],
        outputs=[(season.fresh, 3_000_000)],
        plot=season.plot,
        area_m2=6_667,
        method="hand",
        pickers=["李四"],
        herb="huaidihuang",
    )
    dry(chain, season.fresh, season.dried)
    chain.do(
        "mill",
        "PACK_LABEL",
        inputs=[(season.dried, 700_000)],
        outputs=[(season.pack, 700_000)],
        unit_g=500,
        count=1_400,
        code_range={"first": 0, "last": 1_399},
        label_fields=[dict(field) for field in label],
        aliases=[{"name": "自编号", "value": "YN-2026-0117"}],
    )
    store_in(chain, season.pack)
    return season


def dry(chain: Chain, fresh: str, dried: str) -> None:
    """The mill dries three tonnes to seven hundred kilograms."""
    chain.do(
        "mill",
        "DRY",
        inputs=[(fresh, 3_000_000)],
        outputs=[(dried, 700_000)],
        method="kiln",
        temperature_c=60,
        hours=70,
        final_moisture_pct=14,
    )


def store_in(chain: Chain, lot: str) -> None:
    """The mill takes a lot into its warehouse: the shortest event there is."""
    chain.do("mill", "STORE_IN", about=[(lot, 700_000)], zone="a", temperature_c=10, humidity=50)
