"""A row that is gone since the server read it: refused by name, never a stumble, never left out."""

import pytest

from api.opened.judging import JudgeThread
from tests.attacker import attack, drop_triggers
from tests.http.served import Served, assert_problem
from tests.packets import packet


@pytest.mark.parametrize("lost", ["DELETE FROM entry", "UPDATE entry SET payload = NULL"])
def test_what_a_chain_names_and_the_log_lacks_is_a_damaged_database(
    served: Served, lost: str
) -> None:
    made = packet(served.chain, served.beside.folder.secret())
    assert served.client.get("/v1/ledger").json()["size"] == served.chain.replica.size
    with served.beside.store.reading() as reading:
        index = reading.things([made.season.dried])[made.season.dried].made_index
    drop_triggers(served.beside.store.engine)
    attack(served.beside.store.engine, f"{lost} WHERE leaf_index = {index}")

    assert_problem(
        served.client.get("/v1/trace", params={"code": made.code}), 503, "database_damaged"
    )
    page = served.client.get(f"/t/{made.code}", headers={"accept": "text/html"})
    assert page.status_code == 503
    assert served.client.get("/healthz").status_code == 200


@pytest.fixture(autouse=True)
def _asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server reads only what it is asked for, so that it has read the row before it goes."""
    monkeypatch.setattr(JudgeThread, "_run", lambda _thread: None)
