"""Presses in company and in trouble: two on one folder, a killed server, ten thousand labels."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Event
from time import sleep

import httpx
import pypdfium2
import pytest

from api.labelling import press
from api.labelling.drawer import draw_file
from api.labelling.packs import faces_of, pack_lot
from api.labelling.press import CLEARED, REDRAWING, Press
from api.settings import Settings
from ledger.herbs.identifiers import lot_uri
from ledger.store.prints import note_job
from tests.http.forking import Forked, Nursery
from tests.http.served import Served, finish_printing, found, printing
from tests.http.server import Server
from tests.labelling.shelf import LICENCES, Clerk, Shelf, stock_shelf
from tests.labelling.test_printing import left, status
from tests.labels.batch import read

RAW = {"sort": "raw_herb", "unit": "5", "months": "", "standard": "", "storage": ""}
UNIT = re.compile(r"\b[0-9A-Z]{5} [0-9A-Z]{5} [0-9A-Z]{2}\b")  # as it stands below a symbol
MANY = 10_000
MEBIBYTES_MAX = 200
POLL_S = 0.02


def state_of(clerk: Clerk, job: str) -> dict[str, object]:
    headers = clerk.served.bearing(clerk.who)
    found: dict[str, object] = clerk.served.client.get(f"/v1/labels/{job}", headers=headers).json()
    return found


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every drawing that a press of this process began, by the serials."""
    begun: list[str] = []

    def noted(order: press.Order, *said: object, **named: object) -> None:
        begun.append(",".join(order.serials))
        draw_file(order, *said, **named)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(press, "draw_file", noted)
    return begun


def test_two_presses_that_are_asked_for_one_job_draw_it_once(
    clerk: Clerk, shelf: Shelf, drawings: list[str]
) -> None:
    lot = clerk.plan(shelf)
    beside = clerk.served.beside
    other = Press(beside)  # as another server has it: same database, same folder
    with press._alone(beside.folder.press, Event()):  # as a third draws something long
        job = clerk.ask("/v1/labels", {"lot": lot, "count": 5, "format": "csv"}).json()["job"]
        # Both saw it unfinished, and both wait for the lock to finish it.
        assert other.state(job, clerk.served.chain.actors["works"]).state == "waiting"
        assert state_of(clerk, job)["state"] == "waiting"
        assert len(printing()) == 2
        assert drawings == []
    finish_printing()
    assert drawings == ["1-5"]
    ready = state_of(clerk, job)
    assert ready["state"] == "ready"
    assert len(clerk.file(ready).splitlines()) == 6
    assert printing() == []
    assert left(clerk, lot) == 15


def test_a_job_that_was_ready_once_keeps_its_serials_whatever_becomes_of_it(
    clerk: Clerk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = clerk.plan(shelf)
    monkeypatch.setattr(press, "FILE_BYTES_MAX", 2_000)
    for cut_off in (False, True):
        monkeypatch.setattr(press, "FILE_BYTES_MAX", 200_000_000)
        job = clerk.print(lot, 5, format="zpl")["job"]
        (path,) = clerk.served.beside.folder.prints.glob(f"{job}.*")
        path.unlink()
        assert state_of(clerk, job)["state"] == CLEARED
        if cut_off:  # a server was killed while it drew the lost file again
            note_job(clerk.served.beside.store, job, drawn=2, state=REDRAWING)
        monkeypatch.setattr(press, "FILE_BYTES_MAX", 2_000)
        if not cut_off:
            begun = clerk.ask(f"/v1/labels/{job}/redraw", {})
            assert (begun.status_code, begun.json()["state"]) == (202, "drawing")
        state_of(clerk, job)
        finish_printing()
        assert state_of(clerk, job)["state"] == CLEARED
    assert left(clerk, lot) == 10


@contextmanager
def works_at(settings: Settings, nursery: Nursery) -> Iterator[tuple[Server, Clerk]]:
    """A clerk who works with a server process of its own."""
    beside, chain = found(settings)
    chain.admit("works", "processor", licences=LICENCES)
    server = Forked(settings=settings, nursery=nursery)
    try:
        server.start()
        with httpx.Client(base_url=server.url(""), trust_env=False, timeout=60) as client:
            served = Served(client=client, settings=settings, beside=beside, chain=chain)  # type: ignore[arg-type]  # asks alike, over a socket
            yield server, Clerk(served=served)
    finally:
        server.kill()
        server.log.close()
        beside.store.engine.dispose()


def cut_off(server: Server, clerk: Clerk, job: str) -> bool:
    """Kill the server in the middle of a job; False when the job was quicker."""
    while True:
        state = state_of(clerk, job)
        if state["state"] == "ready":
            return False
        if state["drawn"]:
            server.kill()
            return True
        sleep(POLL_S)


@pytest.mark.slow
def test_a_server_killed_in_the_middle_of_a_job_goes_on_to_the_same_bytes(
    database_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=database_url, requests_per_minute=0)
    with works_at(settings, nursery) as (server, clerk):
        lot = clerk.plan(stock_shelf(clerk.served.chain), **RAW, packed="5")
        whole = clerk.file(clerk.print(lot, 1_000, format="pdf"))
        again = {"lot": lot, "reprint": True, "from": 1, "to": 1_000, "format": "pdf"}
        for _ in range(5):
            job = str(clerk.ask("/v1/labels", again).json()["job"])
            if cut_off(server, clerk, job):
                break
        else:
            pytest.fail("five jobs were drawn before the server could be killed")
        server.start()
        after = clerk.wait(job)
        assert (after["state"], after["serials"]) == ("ready", ["1-1000"])
        assert clerk.file(after) == whole
        assert not list((tmp_path / "prints").glob("*.part"))
        assert left(clerk, lot) == 0


def mebibytes(pid: int) -> tuple[int, int]:
    """The peak of a server process, and of the process that draws for it, 0 where there is none."""
    own, drawing = 0, 0
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            said = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
            told = (path.parent / "cmdline").read_text()
        except OSError:  # it ended
            continue
        peak = int(said.get("VmHWM", "0").split()[0]) // 1024
        if int(said["Pid"]) == pid:
            own = peak
        elif int(said["PPid"]) == pid and "api.labelling.drawer" in told:
            drawing = max(drawing, peak)
    return own, drawing


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is Linux's to say")
def test_ten_thousand_labels_show_progress_stay_small_and_every_code_is_there_once(
    sqlite_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=sqlite_url, requests_per_minute=0)
    with works_at(settings, nursery) as (server, clerk):
        lot = clerk.plan(stock_shelf(clerk.served.chain), **RAW, packed="50")
        pid = server.pid  # type: ignore[attr-defined]  # it is a forked one
        before, _ = mebibytes(pid)
        begun = clerk.ask("/v1/labels", {"lot": lot, "count": MANY, "format": "pdf"})
        told, drawing, state = [], 0, begun.json()
        while state["state"] in {"waiting", "drawing"}:
            sleep(POLL_S * 2)
            own, peak = mebibytes(pid)
            drawing = max(drawing, peak)
            state = state_of(clerk, state["job"])
            told.append(state["drawn"])
        assert (state["state"], state["serials"]) == ("ready", [f"1-{MANY}"])
        assert told == sorted(told)
        assert len({*told} - {0, MANY}) >= 3
        assert 0 < drawing <= MEBIBYTES_MAX
        assert own - before <= 16  # the server itself keeps its size
        document = pypdfium2.PdfDocument(BytesIO(clerk.file(state)))
        try:
            links = [
                link
                for number in (0, len(document) // 2, len(document) - 1)
                for link in read(document[number].render(scale=203 / 72).to_pil())
            ]
            texts = [page.get_textpage().get_text_bounded() for page in document]
        finally:
            document.close()
        assert {status(clerk, link) for link in links[::5]} == {"code_unregistered"}
        beside = clerk.served.beside
        pack = pack_lot(beside, lot_uri(clerk.served.chain.origin, lot))
        meant = [one.code_lines[1] for _, one in faces_of(beside, pack).of([range(1, MANY + 1)])]
        assert sorted(UNIT.findall("\n".join(texts))) == sorted(meant)
        assert len({*meant}) == MANY
        assert left(clerk, lot) == 0
