"""One SQLite file has one server: a second is refused, and nothing of the first outlives it."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from api.opened.alone import served_alone
from api.settings import Settings
from ledger.errors import StoreError
from tests.cli.desk import Desk
from tests.http.served import found
from tests.http.server import Server, running

CANNOT_BE_CHECKED = 3


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """A founded ledger that nobody serves."""
    settings = Settings(data=tmp_path, database=sqlite_url, requests_per_minute=0)
    beside, _ = found(settings)
    beside.store.engine.dispose()
    return settings


@pytest.mark.slow
def test_a_second_server_on_one_file_says_what_to_do_and_the_first_goes_on(
    settings: Settings,
) -> None:
    with running(settings) as first:
        second = Server(settings=settings)
        second.launch()
        assert second.wait() == CANNOT_BE_CHECKED
        said = second.said()
        second.log.close()
        assert "已经有一个服务在运行" in said
        assert "[served_already]" in said
        assert "PostgreSQL" in said
        assert first.get("/readyz").status_code == 200


@pytest.mark.slow
def test_commands_work_beside_a_server(settings: Settings, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk")
    desk.data = settings.data
    with running(settings):
        assert desk.answer("audit")["clean"]
        assert desk.answer("ledger", "show")["size"]
        desk.on("findings")
        desk.on("backup", "--to", tmp_path / "copy")
    assert not list((tmp_path / "copy").glob("*.serving"))


@pytest.mark.slow
def test_after_kill_9_of_the_first_a_second_server_starts(settings: Settings) -> None:
    first = Server(settings=settings)
    try:
        first.start()
        first.kill()
        with running(settings) as second:
            assert second.get("/readyz").json()["status"] == "ready"
    finally:
        first.kill()
        first.log.close()


def test_a_file_by_two_names_is_one_file(settings: Settings, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere"
    link.symlink_to(settings.data)
    other = settings.model_copy(update={"database": f"sqlite:///{link / 'ledger.db'}"})
    with served_alone(settings):
        with pytest.raises(StoreError) as refused, served_alone(other):
            raise AssertionError
        assert refused.value.code == "served_already"
    with served_alone(other):
        pass


@pytest.mark.postgres
def test_postgresql_has_as_many_servers_as_one_likes(postgres_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database=postgres_url)
    with ExitStack() as both:
        both.enter_context(served_alone(settings))
        both.enter_context(served_alone(settings))
    assert not [*tmp_path.iterdir()]
