"""Print jobs in trouble: too large, cut off by a restart, grown old; what becomes of serials."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from api.labelling import press
from api.labelling.drawing import ROLL, SHEET
from api.labelling.press import CLEARED, DRAWING, paper_of
from ledger.store.prints import job_of, note_job
from tests.http.served import Served, assert_problem, finish_printing, open_again, printing
from tests.labelling.shelf import Clerk, Shelf, hold
from tests.labelling.test_printing import code_of, left, status

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A job of three labels that was ready, what its file held, and the pack lot's code."""

    lot: str
    job: dict[str, Any]
    whole: bytes


def prints(clerk: Clerk) -> list[Path]:
    folder = clerk.served.beside.folder.prints
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_file_too_large_for_a_spooler_leaves_nothing_and_frees_its_serials(
    clerk: Clerk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = clerk.plan(shelf)
    assert press.FILE_BYTES_MAX == 200 * 1024 * 1024
    monkeypatch.setattr(press, "FILE_BYTES_MAX", 2_000)
    state = clerk.print(lot, 20, format="zpl")
    assert (state["state"], state["failure"], state["file"]) == ("failed", "内容太大。", None)
    assert prints(clerk) == []
    assert left(clerk, lot) == 20
    assert status(clerk, code_of(clerk, lot, 1)) == "unknown_code"
    monkeypatch.undo()
    assert clerk.print(lot, 20, format="zpl")["serials"] == ["1-20"]


@pytest.mark.parametrize("kind", ["pdf", "zpl", "csv"])
def test_a_job_cut_off_by_a_restart_goes_on_to_the_same_bytes(
    served: Served, clerk: Clerk, shelf: Shelf, kind: str
) -> None:
    lot = clerk.plan(shelf)
    state = clerk.print(lot, 9, format=kind)
    whole = clerk.file(state)
    (path,) = prints(clerk)
    # As a server leaves it that is killed while it draws: a part, a note of how far it came.
    path.unlink()
    path.with_name(f"{path.name}.part").write_bytes(whole[:100])
    note_job(served.beside.store, state["job"], drawn=3, state=DRAWING)
    with open_again(served) as again:
        after = Clerk(served=replace(served, client=again.client))  # whoever was logged in still is
        assert after.wait(state["job"])["state"] == "ready"
        assert after.file(after.wait(state["job"])) == whole
        assert prints(after) == [path]
        assert left(after, lot) == 11


def test_a_server_that_ends_leaves_no_thread_at_its_database(
    served: Served, clerk: Clerk, shelf: Shelf
) -> None:
    lot = clerk.plan(shelf)
    with open_again(served) as again:
        begun = Clerk(served=replace(served, client=again.client)).ask(
            "/v1/labels", {"lot": lot, "count": 9, "format": "pdf"}
        )
        assert begun.status_code == 202
    assert printing() == []
    # What it began is drawn to its end by whoever is asked next.
    assert clerk.wait(begun.json()["job"])["state"] == "ready"


def test_old_files_are_cleared_and_their_serials_stay_printed(clerk: Clerk, shelf: Shelf) -> None:
    lot = clerk.plan(shelf)
    old = clerk.print(lot, 5, format="csv")
    (path,) = prints(clerk)
    drawn_s = path.stat().st_mtime - 31 * DAY_S
    os.utime(path, (drawn_s, drawn_s))
    # The press tidies up behind each job before it draws the next.
    new = {clerk.print(lot, count, format="csv")["job"] for count in (4, 1)}
    assert {path.stem for path in prints(clerk)} == new
    found = look_at(clerk, old)
    assert (found["state"], found["file"]) == (CLEARED, None)
    assert "文件已清理" in clerk.see(f"/enterprise/printing/{lot}").text
    assert left(clerk, lot) == 10


def test_where_no_paper_was_chosen_one_is_taken_on_which_the_label_fits(
    clerk: Clerk, shelf: Shelf
) -> None:
    lot = clerk.plan(shelf)
    narrow = clerk.ask("/v1/labels", {"lot": lot, "count": 1, "format": "pdf", "stock": SHEET})
    assert_problem(narrow, 400, "bad_query")
    jobs = [clerk.print(lot, 1, format=kind) for kind in ("pdf", "zpl")]
    assert [job["state"] for job in jobs] == ["ready", "ready"]
    rows = [job_of(clerk.served.beside.store, job["job"]) for job in jobs]
    stocks = [paper_of(row.paper).stock for row in rows if row is not None]
    assert stocks == ["a4-2x4", ROLL]


def test_when_many_jobs_wait_another_is_refused_and_takes_no_serials(
    clerk: Clerk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = clerk.plan(shelf)
    monkeypatch.setattr(press, "WAITING_MAX", 0)
    refused = clerk.ask("/v1/labels", {"lot": lot, "count": 3, "format": "csv"})
    assert_problem(refused, 503, "busy")
    assert left(clerk, lot) == 20
    monkeypatch.undo()
    assert clerk.print(lot, 3, format="csv")["serials"] == ["1-3"]


@pytest.fixture
def cleared(clerk: Clerk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Cleared:
    """A job whose file went when the folder grew too large, and its neighbour whose file stayed."""
    lot = clerk.plan(shelf)
    first = clerk.print(lot, 3, format="csv")
    whole = clerk.file(first)
    monkeypatch.setattr(press, "FOLDER_BYTES_MAX", len(whole))
    second = clerk.print(lot, 3, format="csv")
    finish_printing()
    assert [path.stem for path in prints(clerk)] == [second["job"]]
    return Cleared(lot=lot, job=first, whole=whole)


def test_whoever_looks_at_jobs_has_no_cleared_file_drawn_again(
    clerk: Clerk, cleared: Cleared
) -> None:
    kept = prints(clerk)
    seen = clerk.see(f"/enterprise/printing/{cleared.lot}").text
    assert "文件已清理" in seen
    assert "再画一次" in seen
    told = look_at(clerk, cleared.job)
    assert (told["state"], told["file"]) == (CLEARED, None)
    headers = clerk.served.bearing("works")
    assert_problem(clerk.served.client.get(cleared.job["file"], headers=headers), 404, "not_found")
    assert printing() == []
    assert prints(clerk) == kept


@pytest.mark.parametrize("by_form", [True, False])
def test_a_cleared_file_is_drawn_again_to_the_same_bytes_when_it_is_ordered(
    clerk: Clerk, cleared: Cleared, *, by_form: bool
) -> None:
    name = cleared.job["job"]
    if by_form:
        sent = clerk.send(f"/enterprise/printing/{cleared.lot}/redraw", {"job": name})
        assert sent.status_code == 303
    else:
        assert clerk.ask(f"/v1/labels/{name}/redraw", {}).status_code == 202
    finish_printing()
    assert [path.stem for path in prints(clerk)] == [name]  # the other had to make room
    assert clerk.file(look_at(clerk, cleared.job)) == cleared.whole
    assert left(clerk, cleared.lot) == 14
    # Ordered once more it is there already, and nothing is drawn.
    assert clerk.ask(f"/v1/labels/{name}/redraw", {}).json()["state"] == "ready"
    assert printing() == []


def test_a_cleared_file_of_a_lot_that_is_held_or_of_others_is_not_drawn_again(
    clerk: Clerk, shelf: Shelf, cleared: Cleared
) -> None:
    kept, path = prints(clerk), f"/v1/labels/{cleared.job['job']}/redraw"
    others = replace(clerk, who="cooperative")
    assert_problem(others.ask(path, {}), 404, "not_found")
    hold(clerk.served.chain, shelf.dried)
    assert_problem(clerk.ask(path, {}), 409, "lot_held")
    assert "再画一次" not in clerk.see(f"/enterprise/printing/{cleared.lot}").text
    assert printing() == []
    assert prints(clerk) == kept


def test_when_many_jobs_wait_a_cleared_file_is_not_drawn_again_and_stays_cleared(
    clerk: Clerk, cleared: Cleared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "WAITING_MAX", 0)
    path = f"/v1/labels/{cleared.job['job']}/redraw"
    assert_problem(clerk.ask(path, {}), 503, "busy")
    assert look_at(clerk, cleared.job)["state"] == CLEARED


def look_at(clerk: Clerk, job: dict[str, Any]) -> dict[str, Any]:
    """Where a job stands, as a program is told."""
    headers = clerk.served.bearing(clerk.who)
    found: dict[str, Any] = clerk.served.client.get(
        f"/v1/labels/{job['job']}", headers=headers
    ).json()
    return found
