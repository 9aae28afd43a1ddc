"""A second opinion over HTTP: the form without a script, its limits, and the operator's list."""

import json
import re
from pathlib import Path

import pytest
from httpx import Response

from api import limits
from api.public import second
from api.public.second import AGE_MAX_S, PER_MINUTE, VALUES_MAX, parse_ledgers
from ledger.errors import StoreError
from ledger.evidence.verdict import FILE_BYTES_MAX
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.migrate import migrate
from tests import packets
from tests.chain import ACTORS, Chain
from tests.http.served import Served, open_served

PAGE = {"accept": "text/html"}
HOUR_MS = 3_600_000


def pins(served: Served) -> dict[str, str]:
    root = served.chain.root.key_id
    return {"ledger": "typed", "registrar": root, "log_keys": " ".join(served.chain.vkeys)}


def send(served: Served, raw: bytes, **given: str) -> Response:
    files = {"file": ("evidence.json", raw, "application/json")}
    return served.client.post("/verify", files=files, data=given, headers=PAGE)


def test_the_server_judges_a_file_and_answers_in_the_readers_language(file_served: Served) -> None:
    made = packets.packet(file_served.chain, file_served.beside.folder.secret())
    raw = json.dumps(file_served.chain.evidence(made.season.pack)).encode()

    answer = send(file_served, raw, code=made.code, **pins(file_served))

    assert answer.status_code == 200
    assert 'data-outcome="holds_own"' in answer.text.partition("<template")[0]
    assert answer.headers["cache-control"] == "no-store"
    english = file_served.client.get("/verify?lang=en", headers=PAGE).text
    body = english.partition("<main")[2]
    assert "成立" not in body


@pytest.mark.parametrize(
    ("later_ms", "outcome"),
    [
        (0, "holds"),
        (AGE_MAX_S * 1_000 - HOUR_MS, "holds"),
        (AGE_MAX_S * 1_000 + HOUR_MS, "holds_old"),
        (HOUR_MS - AGE_MAX_S * 1_000, "holds"),
        (-HOUR_MS - AGE_MAX_S * 1_000, "holds_old"),  # signed in a time that is to come
    ],
)
def test_only_a_checkpoint_of_these_days_makes_another_ledgers_word_green(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later_ms: int, outcome: str
) -> None:
    maker = Chain(store=SqlStore(open_engine("sqlite://"), None), origin="other.example/herbs")
    migrate(maker.store.engine)
    maker.found()
    for name, role in ACTORS.items():
        maker.admit(name, role)
    lot = maker.lot()
    maker.do("mill", "SEED_REGISTER", outputs=[(lot, 1_000)], herb="huaidihuang")
    raw = json.dumps(maker.evidence(lot)).encode()
    maker.store.engine.dispose()
    monkeypatch.setattr("api.app.clock_ms", lambda: maker.now_ms + later_ms)
    known = f"{maker.root.key_id} {' '.join(maker.vkeys)}"
    with open_served(sqlite_url, tmp_path, known_ledgers=known) as served:
        answer = send(served, raw, code=lot, ledger="other.example/herbs")
    assert answer.status_code == 200
    assert f'data-outcome="{outcome}"' in answer.text.partition("<template")[0]


def test_what_is_no_question_is_told_and_nothing_is_judged(file_served: Served) -> None:
    given = pins(file_served)
    for raw, changed in (
        (b"", {"code": "0" * 20}),
        (b"{}", {"code": "not a code"}),
        (b"{}", {"code": "0" * 20, "log_keys": "no key"}),
        (b"{}", {"code": "0" * 20, "registrar": "abc"}),
        (b"{}", {"code": "0" * 20, "log_keys": ""}),
    ):
        answer = send(file_served, raw, **{**given, **changed})
        assert answer.status_code == 422
        assert "data-outcome" not in answer.text.partition("<template")[0]


def test_a_file_over_eight_mebibytes_is_refused(file_served: Served) -> None:
    given = {"code": "0" * 20, **pins(file_served)}
    assert send(file_served, b" " * (FILE_BYTES_MAX + 1), **given).status_code == 422
    assert send(file_served, b" " * (FILE_BYTES_MAX + 100_000), **given).status_code == 413


def test_one_connection_may_not_keep_the_server_busy(file_served: Served) -> None:
    answers = [send(file_served, b"").status_code for _ in range(PER_MINUTE + 1)]
    assert set(answers[:-1]) == {422}
    assert answers[-1] == 429


@pytest.mark.parametrize("text", ["abc", "abc vkey", f"{'0' * 64}", f"{'0' * 64} no+key"])
def test_a_list_of_ledgers_with_a_slip_stops_the_start(text: str) -> None:
    with pytest.raises(StoreError, match="DAODI_KNOWN_LEDGERS"):
        parse_ledgers(text)


def test_a_pack_leads_to_the_pages_of_other_ledgers(file_served: Served) -> None:
    made = packets.packet(file_served.chain, file_served.beside.folder.secret())
    page = file_served.client.get(f"/t/{made.code}", headers=PAGE).text
    assert re.search(r'href="/verify\?code=\w+', page)
    assert 'download="evidence.json"' in page


def test_a_file_of_nothing_but_commas_is_not_read_for_ten_seconds(file_served: Served) -> None:
    given = {"code": "0" * 20, **pins(file_served)}
    answer = send(file_served, b"[" + b"1," * VALUES_MAX + b"1,1]", **given)
    assert answer.status_code == 422
    assert "这里不核对" in answer.text


def test_files_are_checked_one_after_another(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"code": "0" * 20, **pins(file_served)}
    monkeypatch.setattr(limits, "WAIT_S", 0)
    with second.verifying.taken():
        answer = send(file_served, b"{}", **given)
    assert answer.status_code == 422
    assert "现在核对文件的人太多" in answer.text.partition("<template")[0]
    assert send(file_served, b"{}", **given).status_code == 200
