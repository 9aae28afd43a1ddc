"""kill -9 under load: what was acknowledged is there once, and no checkpoint ever lied."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy.engine import make_url

from api.settings import Settings
from tests.chain import ACTORS, Chain
from tests.http.forking import Forked, Nursery, forked
from tests.http.load import Client, Seen, Watcher, Writer, check_audit, check_judgement, check_kept
from tests.http.served import as_json, found
from tests.http.server import Server
from tests.postgres import Postgres

pytestmark = pytest.mark.slow

KILLS = 20
KILLS_ON_POSTGRESQL = 5
LOAD_S = 0.25


@contextmanager
def under_load(chain: Chain, server: Server, seen: Seen) -> Iterator[None]:
    """Five devices write and one client watches while the block runs."""
    clients: list[Client] = [Watcher(seen, [server])]
    for many, who in enumerate(ACTORS, start=1):
        clients.append(Writer(seen, [server], chain, who, many=many))
    for client in clients:
        client.start()
    try:
        yield
    finally:
        for client in clients:
            client.end()


def survive(settings: Settings, nursery: Nursery, kills: int) -> None:
    """Found a ledger, and kill its server again and again while clients write."""
    beside, chain = found(settings)
    chain.do("cooperative", "PESTICIDE", about=[(chain.crop(), None)], phi_days=7,
             active_ingredient="甲胺磷 50%", toxicity="高毒", area_m2=667)  # fmt: skip
    beside.store.engine.dispose()
    seen = Seen()
    _survive(Forked(settings=settings, nursery=nursery), chain, seen, kills)
    check_kept(settings.database_url, seen, chain.vkeys)
    check_audit(settings.database_url)
    judged, findings = check_judgement(settings.database_url)
    assert judged.through  # servers judged between the kills, and what they kept is right
    assert [each.finding.rule for each in findings] == ["PB1"]


def _survive(server: Server, chain: Chain, seen: Seen, kills: int) -> None:
    database_url = server.settings.database_url
    try:
        server.start()
        with under_load(chain, server, seen):
            for number in range(kills):
                sleep(LOAD_S + number * 0.013 % 0.1)
                server.kill()
                check_kept(database_url, seen, chain.vkeys)
                server.start()
            sleep(LOAD_S)
        assert seen.wrong == []
        assert len(seen.receipts) > 5 * kills
        for identity, posted in [*seen.posted.items()][:: max(1, len(seen.posted) // 50)]:
            assert server.post(posted).json() == seen.receipts[identity]
        server.stop()
    finally:
        server.kill()
        server.log.close()


def test_twenty_kills_lose_nothing_and_fork_nothing(
    sqlite_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=sqlite_url, requests_per_minute=0)
    survive(settings, nursery, KILLS)


@pytest.mark.postgres
def test_kills_lose_nothing_on_postgresql(
    postgres_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=postgres_url, requests_per_minute=0)
    survive(settings, nursery, KILLS_ON_POSTGRESQL)


def refuse_to_start(settings: Settings) -> str:
    """Launch a server that must end by itself; what it said."""
    server = Server(settings=settings)
    try:
        server.launch()
        assert server.wait() != 0
        return server.said()
    finally:
        server.kill()
        server.log.close()


def serve_and_post(settings: Settings, nursery: Nursery, chain: Chain) -> None:
    """One server's life: start, record one statement, end."""
    with forked(nursery, settings) as server:
        parcel = chain.event("mill", "HOLD", about=[(chain.lot(), None)])
        assert server.post(as_json(parcel)).status_code == 201


def test_a_server_refuses_to_start_on_an_older_copy_of_its_file(
    sqlite_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=sqlite_url, requests_per_minute=0)
    beside, chain = found(settings)
    beside.store.engine.dispose()
    database, backup = tmp_path / "ledger.db", tmp_path / "backup.db"
    shutil.copy(database, backup)
    serve_and_post(settings, nursery, chain)
    newest = tmp_path / "newest.db"
    shutil.copy(database, newest)

    shutil.copy(backup, database)
    said = refuse_to_start(settings)
    assert "database_behind" in said
    assert "Restore a newer backup" in said
    assert "Traceback" not in said

    shutil.copy(newest, database)
    serve_and_post(settings, nursery, chain)


def copy_of(postgres: Postgres, url: str) -> str:
    """URL of another database with the same rows, as a backup has them."""
    copied = postgres.empty()
    postgres.drop(copied)
    names = (make_url(copied).database, make_url(url).database)
    postgres._execute("CREATE DATABASE {} TEMPLATE {}".format(*names))
    return copied


@pytest.mark.postgres
def test_a_server_refuses_to_start_on_an_older_copy_in_postgresql(
    postgres: Postgres, postgres_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=postgres_url, requests_per_minute=0)
    beside, chain = found(settings)
    beside.store.engine.dispose()
    backup = copy_of(postgres, postgres_url)
    serve_and_post(settings, nursery, chain)
    try:
        older = settings.model_copy(update={"database": backup})
        assert "database_behind" in refuse_to_start(older)
    finally:
        postgres.drop(backup)
