"""Alembic's one history makes exactly the tables that the code describes."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from api.opened.judging import judge_of
from ledger.seam import Asking
from ledger.store import migrate as migrations
from ledger.store.engine import open_engine
from ledger.store.ledger import understand
from ledger.store.migrate import is_current, migrate, newest_revision
from ledger.store.tables import (
    JUDGEMENT,
    NO_RECORD,
    PROJECTIONS,
    case_number,
    entry,
    metadata,
    relation,
)
from ledger.store.tokens import bearer_of_token
from tests.attacker import attack, dump
from tests.chain import Chain
from tests.older import undo_0010, undo_0011
from tests.parcels import silent
from tests.season import grow


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a migrated, empty database."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


def test_the_history_makes_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_names_of_constraints_and_indices_are_those_of_the_code(engine: Engine) -> None:
    found = inspect(engine)
    for table in metadata.sorted_tables:
        assert found.get_pk_constraint(table.name)["name"] == table.primary_key.name
        stated = {index.name for index in table.indexes}
        assert {
            index["name"]
            for index in found.get_indexes(table.name)
            if "duplicates_constraint" not in index
        } == stated


def test_every_table_is_the_truth_a_projection_a_judgement_or_no_record() -> None:
    assert {*metadata.sorted_tables} == {entry, *PROJECTIONS, *JUDGEMENT, *NO_RECORD}


def test_migrating_twice_is_harmless(chain: Chain) -> None:
    before = dump(chain.store.engine, tuple(metadata.sorted_tables))
    migrate(chain.store.engine)
    migrate(chain.store.engine)
    assert dump(chain.store.engine, tuple(metadata.sorted_tables)) == before
    assert is_current(chain.store.engine)


def test_a_ledger_without_this_table_is_brought_up_to_date_and_replayed(chain: Chain) -> None:
    grow(chain)
    before = dump(chain.store.engine)
    assert before["alias"]
    if chain.store.engine.dialect.name == "sqlite":
        attack(chain.store.engine, "DROP TRIGGER opening_erased")
    else:
        attack(chain.store.engine, "DROP FUNCTION opening_is_erased CASCADE")
    later = ("alias", *(table.name for table in (*JUDGEMENT, case_number, relation)))
    for name in later:
        attack(chain.store.engine, f"DROP TABLE {name}")
    attack(chain.store.engine, "ALTER TABLE token DROP COLUMN holder")
    undo_0010(chain.store.engine)
    attack(chain.store.engine, "UPDATE alembic_version SET version_num = '0003'")
    assert not is_current(chain.store.engine)
    assert migrate(chain.store.engine)
    chain.store.rebuild(understand, silent)
    assert dump(chain.store.engine) == before
    assert not migrate(chain.store.engine)


def test_older_tokens_of_an_actor_are_all_one_persons(chain: Chain) -> None:
    engine = chain.store.engine
    attack(engine, "ALTER TABLE finding DROP COLUMN claimed_by")
    attack(engine, "ALTER TABLE token DROP COLUMN holder")
    for actor, number in (("mill", 1), ("mill", 2), ("quality", 3)):
        attack(engine, f"INSERT INTO token VALUES ('hash-{number}', '{actor}', 5)")
    undo_0011(engine)
    undo_0010(engine)
    attack(engine, "UPDATE alembic_version SET version_num = '0007'")
    assert migrate(engine)
    one, two, three = (bearer_of_token(chain.store, f"hash-{number}") for number in (1, 2, 3))
    assert one is not None
    assert three is not None
    assert one == two
    assert (one.actor, three.actor) == ("mill", "quality")
    assert one.holder.startswith("holder-")
    assert three.holder not in {one.holder, ""}


def test_what_stands_stays_where_an_index_and_a_column_go(chain: Chain) -> None:
    grow(chain)
    before = dump(chain.store.engine)
    undo_0011(chain.store.engine)
    undo_0010(chain.store.engine)
    assert "uq_subject_uri" in _unique(chain.store.engine, "subject")
    attack(chain.store.engine, "UPDATE alembic_version SET version_num = '0009'")
    assert migrate(chain.store.engine)
    assert dump(chain.store.engine) == before
    assert "uq_subject_uri" not in _unique(chain.store.engine, "subject")


def test_what_was_judged_before_versions_were_kept_stays_and_is_of_version_0(chain: Chain) -> None:
    season = grow(chain)
    chain.do("cooperative", "PESTICIDE", about=[(season.crop, None)], product="氧乐果",
             active_ingredient="氧乐果", dose="40克/亩", reg_no="PD1", phi_days=7, toxicity="高毒",
             area_m2=900)  # fmt: skip
    judge_of(chain.store, lambda: chain.now_ms).settle()
    with chain.store.reading() as reading:
        before = reading.findings(Asking())
    assert before
    undo_0011(chain.store.engine)
    attack(chain.store.engine, "UPDATE alembic_version SET version_num = '0010'")
    assert migrate(chain.store.engine)
    with chain.store.reading() as reading:
        assert reading.findings(Asking()) == before
        assert (reading.judged().version, reading.judged().through) == (0, chain.replica.size)


def _unique(engine: Engine, table: str) -> set[str | None]:
    return {found["name"] for found in inspect(engine).get_unique_constraints(table)}


def test_an_empty_database_is_not_current(tmp_path: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.db")
    assert not is_current(engine)
    engine.dispose()


def test_the_newest_version_is_the_head_of_alembics_history() -> None:
    history = ScriptDirectory.from_config(migrations._configuration("migrations"))
    assert newest_revision() == history.get_current_head()


def test_the_history_runs_forward_only(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        configuration = migrations._configuration("migrations")
        configuration.attributes["connection"] = connection
        with pytest.raises(RuntimeError, match="forward only"):
            command.downgrade(configuration, "base")
    assert is_current(engine)
