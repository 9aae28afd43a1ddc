"""Evidence as the ledger cuts it: whole, of one moment, and only when the history is there."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore

import pytest

import ledger.evidence.make as making
from ledger.errors import CannotCheckError, NotFoundError, StoreError
from ledger.evidence.make import make_evidence
from ledger.replica import Replica
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.guard import Guard
from ledger.store.ledger import find_claim
from tests.attacker import attack, drop_triggers
from tests.chain import Chain
from tests.evidence.conftest import Season, grow
from tests.evidence.judges import HOLDS, UNKNOWN, judge

BUNDLES = 20
APPENDED_AHEAD = 5  # statements, for each bundle


def refused(chain: Chain, uri: str) -> str:
    with pytest.raises(NotFoundError) as caught:
        chain.evidence(uri)
    return caught.value.code


def fertilise(chain: Chain, crop: str) -> None:
    chain.do(
        "cooperative",
        "FERTILISE",
        about=[(crop, None)],
        product="有机肥",
        dose_kg_mu=100,
        area_m2=6667,
        operator="张三",
    )


def test_every_thing_of_a_season_is_proved_on_both_databases(chain: Chain) -> None:
    for uri in grow(chain).values():
        assert judge(chain.evidence(uri), chain.policy(uri)) == HOLDS


def test_what_no_leaf_names_is_proved_absent(season: Season) -> None:
    lot = season.chain.lot()
    assert judge(season.chain.evidence(lot), season.chain.policy(lot)) == UNKNOWN


def test_evidence_waits_for_the_making_of_the_thing_and_of_its_ancestors(
    file_chain: Chain,
) -> None:
    chain = file_chain
    seed, crop, plot = chain.lot(), chain.crop(), chain.site("cooperative")
    fertilise(chain, crop)
    assert refused(chain, crop) == "evidence_not_ready"  # a fact about it, and no making yet
    chain.do(
        "cooperative",
        "SOW",
        inputs=[(seed, 400_000), (plot, None)],
        outputs=[(crop, None)],
        area_m2=6667,
    )
    assert refused(chain, crop) == "evidence_not_ready"  # the seed's own making is on its way
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
    assert judge(chain.evidence(crop), chain.policy(crop)) == HOLDS


def test_more_ancestors_than_a_stranger_follows_are_not_served(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "ANCESTORS_MAX", 3)
    with pytest.raises(CannotCheckError) as refusal:
        season.chain.evidence(season.things["pack"])
    assert refusal.value.code == "evidence_too_large"


@pytest.mark.parametrize("lost", ["leaf", "payload", "chain"])
def test_a_making_that_the_database_lost_is_damage_and_not_on_its_way(
    chain: Chain, lost: str
) -> None:
    pack = grow(chain)["pack"]
    with chain.store.reading() as reading:
        (thing,) = reading.things([pack]).values()
    drop_triggers(chain.store.engine)
    attack(chain.store.engine, {
        "leaf": f"DELETE FROM entry WHERE leaf_index = {thing.made_index}",
        "payload": f"UPDATE entry SET payload = leaf WHERE leaf_index = {thing.made_index}",
        "chain": f"DELETE FROM chain WHERE leaf_index = {thing.made_index}",
    }[lost])  # fmt: skip
    with pytest.raises(StoreError) as refusal:
        chain.evidence(pack)
    assert refusal.value.code == "database_damaged"


def test_a_thing_whose_whole_chain_was_removed_is_damage_and_not_unknown(chain: Chain) -> None:
    site = chain.site("cooperative")
    whose = f"(SELECT id FROM subject WHERE uri = '{site}')"
    attack(chain.store.engine, f"DELETE FROM chain WHERE subject_id = {whose}")
    with pytest.raises(StoreError) as refusal:
        chain.evidence(site)
    assert refusal.value.code == "database_damaged"


def test_openings_are_shown_to_those_who_may_see_them(season: Season) -> None:
    pack = season.things["pack"]
    assert season.bundle["openings"]
    assert season.chain.evidence(pack)["openings"] == []
    for bundle in (season.bundle, season.chain.evidence(pack)):
        assert judge(bundle, season.policy) == HOLDS


def test_a_process_that_is_behind_catches_up_before_it_cuts(file_chain: Chain) -> None:
    reader = Replica(find_claim=find_claim(file_chain.store))
    for _ in range(2):
        site = file_chain.site("cooperative")
        bundle = make_evidence(file_chain.store, reader, site)
        assert judge(bundle, file_chain.policy(site)) == HOLDS
    assert reader.size == file_chain.replica.size


def test_a_ledger_without_a_genesis_has_no_evidence(sqlite_url: str, tmp_path: Path) -> None:
    store = SqlStore(open_engine(sqlite_url), Guard(tmp_path / "head.guard"))
    with pytest.raises(StoreError) as caught:
        make_evidence(store, Replica(find_claim=find_claim(store)), "https://h.example/lot/x")
    assert caught.value.code == "not_set_up"
    store.engine.dispose()


def test_a_statement_that_is_gone_from_the_database_is_no_evidence(file_chain: Chain) -> None:
    site = file_chain.site("cooperative")
    with file_chain.store.engine.begin() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(
            "UPDATE entry SET payload = NULL, statement_id = NULL, signature = NULL"
            " WHERE instr(payload, CAST('site.register' AS BLOB)) > 0"
        )
    with pytest.raises(StoreError) as caught:
        file_chain.evidence(site)
    assert caught.value.code == "database_damaged"


@pytest.mark.slow
def test_evidence_cut_while_others_append_always_holds(chain: Chain) -> None:
    uri = grow(chain)["crop"]
    # A few for each bundle: on a fast disk the chain would grow beyond what a bundle may hold.
    ahead = Semaphore(0)

    def append() -> None:
        for _ in range(BUNDLES * APPENDED_AHEAD):
            ahead.acquire()
            fertilise(chain, uri)

    with ThreadPoolExecutor(1) as pool:
        appended = pool.submit(append)
        try:
            sizes = set()
            for _ in range(BUNDLES):
                ahead.release(APPENDED_AHEAD)
                bundle = chain.evidence(uri)
                assert judge(bundle, chain.policy(uri)) == HOLDS
                sizes.add(str(bundle["checkpoint"]).split("\n")[1])
        finally:
            ahead.release(BUNDLES * APPENDED_AHEAD)
        appended.result()
    assert len(sizes) > 1
