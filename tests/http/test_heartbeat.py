"""A log that nobody writes to still says how old it is: a state leaf within each beat."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest

from api.app import clock_ms
from ledger.errors import StoreError
from ledger.log.checkpoint import parse_checkpoint, parse_note
from tests.http.served import Served, open_served, opened_in

PATIENCE_S = 60
AGO_MS = 20_000


def a_while_ago() -> int:
    """When the ledger was founded: its ten records are a second apart, and no beat is early."""
    return clock_ms() - AGO_MS


def size_of(served: Served) -> int:
    note = parse_note(served.client.get("/log/checkpoint").text)
    return parse_checkpoint(note.text).size


def wait(served: Served, *, beyond: int) -> int:
    """The size of the newest checkpoint once it has grown."""
    deadline = monotonic() + PATIENCE_S
    while (size := size_of(served)) <= beyond:
        assert monotonic() < deadline
        sleep(0.02)
    return size


def test_a_silent_log_signs_a_new_checkpoint_within_its_beat(
    database_url: str, tmp_path: Path
) -> None:
    with open_served(database_url, tmp_path, clock=a_while_ago, heartbeat_s=1) as served:
        before = size_of(served)
        assert wait(served, beyond=before) == before + 1
        with served.beside.store.reading() as reading:
            (entry,) = reading.entries(before, before + 1)
    assert entry.payload is None  # a state leaf, by which nobody says anything


def test_a_beat_that_the_database_misses_is_not_the_last(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_served(sqlite_url, tmp_path, clock=a_while_ago, heartbeat_s=1) as served:
        register = opened_in(served.client.app).register
        beat: Callable[..., object] = register.beat
        missed: list[int] = []

        def miss(*, now_ms: int) -> object:
            if not missed:
                missed.append(now_ms)
                raise StoreError("database_unavailable", "as while it restarts")
            return beat(now_ms=now_ms)

        monkeypatch.setattr(register, "beat", miss)
        wait(served, beyond=size_of(served))
        assert missed
