"""One season on a real ledger, whose evidence is then tampered with."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.canonical import JsonObject
from ledger.evidence.make import make_evidence
from ledger.evidence.verdict import Policy
from tests.chain import Chain, open_chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Seed, crop and two harvests: one was dried and packed, the other is `other`."""

    chain: Chain
    things: dict[str, str]
    bundle: JsonObject
    other: JsonObject

    @property
    def policy(self) -> Policy:
        """What a stranger asks for the pack."""
        return self.chain.policy(self.things["pack"])


@pytest.fixture(scope="session")
def season(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """The season's ledger and the bundles of a pack and of another lot; read only."""
    with open_season(sqlite_template, tmp_path_factory.mktemp("season")) as opened:
        yield opened


@contextmanager
def open_season(template: Path, folder: Path) -> Iterator[Season]:
    """Record the season in a copy of a migrated, empty database, and make its bundles."""
    shutil.copy(template, folder / "ledger.db")
    chain = open_chain(f"sqlite:///{folder / 'ledger.db'}", folder)
    things = grow(chain)
    pack = make_evidence(chain.store, chain.replica, things["pack"], openings=True)
    yield Season(chain=chain, things=things, bundle=pack, other=chain.evidence(things["other"]))
    chain.store.engine.dispose()


def grow(chain: Chain) -> dict[str, str]:
    """Record the season; the URI of each thing by a short name."""
    things = _field(chain)
    return {**things, **_mill(chain, things["first"])}


def _field(chain: Chain) -> dict[str, str]:
    """Seed, crop and two harvests of it."""
    plot = chain.site("cooperative")
    seed, crop, first, second = chain.lot(), chain.crop(), chain.lot(), chain.lot()
    chain.do(
        "nursery",
        "SEED_REGISTER",
        outputs=[(seed, 1_000_000)],
        herb="huaidihuang",
        species_latin="Rehmannia glutinosa",
        cultivar="金九",
        source="温县",
        purity_germ="98",
    )
    chain.do(
        "cooperative",
        "SOW",
        inputs=[(seed, 400_000), (plot, None)],
        outputs=[(crop, None)],
        area_m2=6667,
    )
    chain.do(
        "cooperative",
        "FERTILISE",
        about=[(crop, None)],
        product="有机肥",
        dose_kg_mu=100,
        area_m2=6667,
        operator="张三",
    )
    for lot in (first, second):
        chain.do(
            "cooperative",
            "HARVEST",
            inputs=[(crop, None)],
            outputs=[(lot, 3_000_000)],
            plot=plot,
            area_m2=3000,
            method="hand",
            pickers=["李四"],
            herb="huaidihuang",
        )
    return {"plot": plot, "seed": seed, "crop": crop, "first": first, "other": second}


def _mill(chain: Chain, first: str) -> dict[str, str]:
    """One harvest dried, packed and stored."""
    dried, pack = chain.lot(), chain.lot()
    chain.do(
        "mill",
        "DRY",
        inputs=[(first, 3_000_000)],
        outputs=[(dried, 700_000)],
        method="kiln",
        temperature_c=60,
        hours=70,
        final_moisture_pct=14,
    )
    chain.do(
        "mill",
        "PACK_LABEL",
        inputs=[(dried, 700_000)],
        outputs=[(pack, 700_000)],
        unit_g=500,
        count=1400,
        code_range={"first": 0, "last": 1399},
        label_fields=[{"name": "品名", "value": "生地黄"}],
    )
    chain.do("mill", "STORE_IN", about=[(pack, None)], zone="a", temperature_c=10, humidity=50)
    return {"dried": dried, "pack": pack}
