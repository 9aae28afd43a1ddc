"""Print jobs: serials are taken under a lock, labels drawn in a thread, the file kept to fetch.

A job survives its server: whoever asks for an unfinished one has it drawn on if nobody draws it,
with the same serials and the same bytes, so that nothing is counted twice. What was finished and
cleared away is drawn again when somebody orders it, never because somebody looks. One press of a
folder draws at a time, whichever server it belongs to.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final

import structlog

from api.labelling.drawer import Order, draw_file
from api.labelling.drawing import Paper, fitted
from api.labelling.packs import PackLot, faces_of
from api.labelling.planning import batch_of
from api.labelling.tally import FAILED, Tally, job_serials, tally_of
from api.opened.ledger import OpenedLedger
from labels.errors import LabelError
from labels.stocks import require_roll
from ledger.errors import DaodiError, NotFoundError, StoreError
from ledger.herbs.serials import count_of, format_serials
from ledger.store.prints import JobRow, add_job, job_of, note_job

WAITING: Final = "waiting"
DRAWING: Final = "drawing"
READY: Final = "ready"
REDRAWING: Final = "redrawing"  # it was ready once: people may have its labels
UNFINISHED: Final = frozenset({WAITING, DRAWING, REDRAWING})
CLEARED: Final = "cleared"  # its file is gone; its serials stay printed
WAITING_MAX: Final = 20  # jobs that wait for the one press: two minutes, and a thread each
WAITING_EACH: Final = 5  # of one actor: the press is there for the others too
FOLDER_BYTES_MAX: Final = 4 * 1024**3  # of all files kept
FILE_BYTES_MAX: Final = 200 * 1024 * 1024  # what a desk's old computer takes into its spooler
JOB_BYTES: Final = 12
DAY_MS: Final = 24 * 3_600_000
LOOK_AGAIN_S: Final = 0.05  # for the lock that another press holds
STOP_SECONDS: Final = 30  # at most, for the label that is being drawn on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """Where a job stands, as pages and programs are told."""

    row: JobRow
    total: int

    @property
    def state(self) -> str:
        """waiting, drawing, ready, cleared or failed."""
        known = self.row.state.partition(":")[0]
        return DRAWING if known == REDRAWING else known

    @property
    def failure(self) -> str:
        """Why it failed, in a sentence."""
        return self.row.state.partition(":")[2]

    @property
    def paper(self) -> Paper:
        """What it is printed on."""
        return paper_of(self.row.paper)

    @property
    def percent(self) -> int:
        """How much is drawn, in per cent."""
        return 100 * self.row.drawn // max(self.total, 1)


class _EndingError(Exception):
    """The server ends: a drawing is given up between two labels."""


class Press:
    """Draws jobs one at a time: a sheet of ten thousand takes a processor for seconds."""

    def __init__(self, opened: OpenedLedger) -> None:
        self._opened = opened
        self._drawing = Lock()
        self._lock = Lock()
        self._running: dict[str, str] = {}  # a job, and whose it is
        self._threads: list[Thread] = []
        self._ending = Event()

    def start(
        self,
        pack: PackLot,
        actor: str,
        paper: Paper,
        choose: Callable[[Tally], tuple[range, ...]],
        *,
        voided: tuple[range, ...] = (),
        reprint: bool = False,
    ) -> JobState:
        """Take serials for a job and begin to draw it. `choose` raises PrintingError.

        Raises StoreError `busy` when too many wait already.
        """
        self._require_room(actor)
        row = take_serials(self._opened, pack, actor, paper, choose, voided=voided, reprint=reprint)
        self._begin(row)
        return _state(row)

    def state(self, job: str, actor: str) -> JobState:
        """Where an actor's job stands; one that stopped with its server goes on.

        Raises NotFoundError `not_found`, also for another actor's.
        """
        row = job_of(self._opened.store, job)
        if row is None or row.actor != actor:
            raise NotFoundError("not_found", f"no print job {job!r}")
        if row.state in UNFINISHED:
            self._begin(row)
        elif row.state == READY and not self.path(row).exists():
            row = row._replace(state=CLEARED)
        return _state(row)

    def redraw(self, cleared: JobState) -> JobState:
        """Begin to draw a cleared job again, with its own serials. Raises StoreError `busy`."""
        self._require_room(cleared.row.actor)
        row = cleared.row._replace(drawn=0, state=REDRAWING)
        note_job(self._opened.store, row.job, drawn=row.drawn, state=row.state)
        self._begin(row)
        return _state(row)

    def path(self, row: JobRow) -> Path:
        """Where the file of a job is kept."""
        return self._opened.folder.prints / f"{row.job}.{paper_of(row.paper).kind}"

    def _require_room(self, actor: str) -> None:
        with self._lock:
            if self._is_full(actor):
                raise StoreError("busy", f"{len(self._running)} print jobs wait already")

    def _is_full(self, actor: str) -> bool:
        """Whether an actor's next job would be one too many; the caller has the lock."""
        own = sum(each == actor for each in self._running.values())
        return own >= WAITING_EACH or len(self._running) >= WAITING_MAX

    def _begin(self, row: JobRow) -> None:
        with self._lock:
            if row.job in self._running or self._is_full(row.actor) or self._ending.is_set():
                return  # whoever asks for it again begins it
            self._running[row.job] = row.actor
            thread = Thread(target=self._run, args=(row.job,), name="daodi-press", daemon=True)
            self._threads = [*(each for each in self._threads if each.is_alive()), thread]
            thread.start()

    def stop(self) -> None:
        """Begin nothing more and give up what is drawn, and wait: a thread holds a connection."""
        self._ending.set()
        with self._lock:
            threads = self._threads
        for thread in threads:
            thread.join(STOP_SECONDS)

    def _run(self, job: str) -> None:
        try:
            with self._drawing, _alone(self._opened.folder.press, self._ending) as lock:
                self._finish(job, lock)
                self._clear_old()
                self._make_room()
        except _EndingError:
            pass  # whoever is asked for it next draws it anew
        except Exception as error:  # noqa: BLE001 — a thread that dies silently looks like one that runs
            structlog.get_logger().error("press", exc_info=error)
        finally:
            with self._lock:
                self._running.pop(job, None)

    def _finish(self, job: str, lock: int) -> None:
        """Draw a job unless it was drawn since it was asked for, by this press or another's."""
        row = job_of(self._opened.store, job)
        if row is None or row.state not in UNFINISHED:
            return
        try:
            self._draw(row, lock)
        except _EndingError:
            raise
        except (DaodiError, LabelError) as error:
            self._note_failure(row, error.sentence_cn)
        except Exception as error:  # noqa: BLE001 — as above
            structlog.get_logger().error("press", exc_info=error)
            self._note_failure(row, "原因在服务器日志里。")

    def _note_failure(self, row: JobRow, why: str) -> None:
        """A job whose file people may have had keeps its serials: it never becomes a failed one."""
        state = CLEARED if row.state == REDRAWING else f"{FAILED}:{why}"
        note_job(self._opened.store, row.job, drawn=0, state=state)

    def _clear_old(self) -> None:
        """Delete files drawn longer ago than the setting says; 0 keeps them all."""
        days, folder = self._opened.settings.prints_kept_days, self._opened.folder.prints
        before_ms = self._opened.clock() - days * DAY_MS
        for path in folder.iterdir() if days and folder.exists() else ():
            row = job_of(self._opened.store, path.name.partition(".")[0])
            # Since it was drawn, not ordered: what was drawn again stays as long as what is new.
            if row is not None and path.stat().st_mtime * 1000 >= before_ms:
                continue
            path.unlink(missing_ok=True)
            if row is not None and row.state == READY:
                note_job(self._opened.store, row.job, drawn=row.drawn, state=CLEARED)

    def _make_room(self) -> None:
        """Delete the oldest files while all together are more than a disk should hold."""
        folder = self._opened.folder.prints
        files = sorted(folder.iterdir(), key=_age) if folder.exists() else []
        kept = sum(path.stat().st_size for path in files)
        for path in files[:-1]:
            if kept <= FOLDER_BYTES_MAX:
                return
            kept -= path.stat().st_size
            path.unlink()

    def _draw(self, row: JobRow, lock: int) -> None:
        state = REDRAWING if row.state == REDRAWING else DRAWING

        def progress(done: int, total: int) -> None:
            if self._ending.is_set():
                raise _EndingError
            if done < total:
                note_job(self._opened.store, row.job, drawn=done, state=state)

        progress(0, 1)
        path = self.path(row)
        path.parent.mkdir(parents=True, exist_ok=True)
        order = Order(
            faces=faces_of(self._opened, batch_of(self._opened, row.lot, None).pack),
            serials=tuple(row.serials.split(",")),
            paper=paper_of(row.paper),
            out=str(path),
            bytes_max=FILE_BYTES_MAX,
        )
        # While a process of its own draws it holds the lock too, also when this one is killed.
        draw_file(order, progress, inherited=(lock,))
        note_job(self._opened.store, row.job, drawn=order.count, state=READY)


@contextmanager
def _alone(path: Path, ending: Event) -> Iterator[int]:
    """Hold the one lock of the folder's presses; the kernel frees it however a holder ends.

    Several servers on one ledger are several presses, and each is asked about every job.
    Raises _EndingError when it is not to be had before the server ends.
    """
    with path.open("ab") as file:
        while not ending.is_set():
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                ending.wait(LOOK_AGAIN_S)
            else:
                yield file.fileno()
                return
    raise _EndingError


def _age(path: Path) -> tuple[float, str]:
    return path.stat().st_mtime, path.name


def take_serials(
    opened: OpenedLedger,
    pack: PackLot,
    actor: str,
    paper: Paper,
    choose: Callable[[Tally], tuple[range, ...]],
    *,
    voided: tuple[range, ...] = (),
    reprint: bool = False,
) -> JobRow:
    """Keep a job with the serials that `choose` takes of the tally, under the lot's lock."""
    paper = drawable(opened, pack, paper)  # before a serial is taken

    def chosen(jobs: Sequence[JobRow]) -> JobRow:
        return JobRow(
            job=secrets.token_hex(JOB_BYTES),
            lot=pack.uri,
            actor=actor,
            serials=",".join(format_serials(choose(tally_of(pack, voided, jobs)))),
            reprint=int(reprint),
            paper=json.dumps(asdict(paper)),
            created_ms=opened.clock(),
            drawn=0,
            state=WAITING,
        )

    return add_job(opened.store, pack.uri, chosen)


def drawable(opened: OpenedLedger, pack: PackLot, paper: Paper) -> Paper:
    """The paper, chosen where none was; raises LabelError where these labels do not read on it."""
    stock = paper.chosen
    stock.cell_corner_mm(paper.start_cell)
    if paper.kind in {"zpl", "tspl"}:
        require_roll(stock)
    ((_, label),) = faces_of(opened, pack).of([range(1)])
    return paper if paper.kind == "csv" else fitted(label, paper)


def paper_of(text: str) -> Paper:
    """Read a paper as it was kept."""
    kept = json.loads(text)
    return Paper(**{**kept, "shift_mm": tuple(kept["shift_mm"])})


def format_job(state: JobState) -> dict[str, Any]:
    """A job as JSON."""
    row = state.row
    return {
        "job": row.job,
        "lot": row.lot,
        "serials": row.serials.split(","),
        "count": state.total,
        "reprint": bool(row.reprint),
        "format": state.paper.kind,
        "state": state.state,
        "drawn": row.drawn,
        "failure": state.failure or None,
        "file": f"/v1/labels/{row.job}/file" if state.state == READY else None,
    }


def _state(row: JobRow) -> JobState:
    return JobState(row=row, total=count_of(job_serials(row)))
