"""A file of labels, drawn here or, once they are many, by a process of its own.

Ten thousand labels hold a processor for seconds and eighty mebibytes that Python does not give
back: the server goes on answering meanwhile, and keeps its size. As `python -m
api.labelling.drawer` this is that process: an order on its standard input, lines of JSON out.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from api.labelling.drawing import Paper, counted, replacing, write_labels
from api.labelling.faces import Faces
from labels.errors import LabelError
from labels.layout import Label
from ledger.errors import FormError
from ledger.herbs.serials import count_of, parse_serials
from ledger.seam import Progress

APART_MIN: Final = 500  # labels: starting a process costs as much as drawing these
NOTED_EVERY: Final = 250  # labels between two notes of progress
STDOUT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to draw: the faces of these serials ("1-500", "503") on a paper, into the file `out`.

    With `bytes_max`, a file that outgrows it is refused.
    """

    faces: Faces
    serials: tuple[str, ...]
    paper: Paper
    out: str
    bytes_max: int | None = None

    @property
    def count(self) -> int:
        """How many labels."""
        return count_of(parse_serials([*self.serials]))


def draw_file(order: Order, progress: Progress, *, inherited: tuple[int, ...] = ()) -> None:
    """Draw a file whole, or leave what was there; `progress` is told now and then, and at the end.

    A process of its own inherits those descriptors. Raises LabelError, FormError `too_large`.
    """
    if order.count <= APART_MIN:
        _draw_here(order, progress)
    else:
        _draw_apart(order, progress, inherited)
    progress(order.count, order.count)


def _draw_here(order: Order, progress: Progress) -> None:
    def noted(done: int, total: int) -> None:
        if done % NOTED_EVERY == 0 and done < total:
            progress(done, total)

    labels = counted(order.faces.of(parse_serials([*order.serials])), noted, order.count)
    with replacing(Path(order.out)) as file:
        write_labels(_within(labels, file, order.bytes_max), file, order.paper)


def _within(
    labels: Iterator[tuple[int, Label]], file: BinaryIO, bytes_max: int | None
) -> Iterator[Label]:
    for _, label in labels:
        if bytes_max is not None and file.tell() > bytes_max:
            raise FormError("too_large", f"over {bytes_max} bytes: print fewer at once")
        yield label


def _draw_apart(order: Order, progress: Progress, inherited: tuple[int, ...]) -> None:
    said: dict[str, object] = {}
    with subprocess.Popen(
        [sys.executable, "-m", "api.labelling.drawer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=inherited,
    ) as child:
        assert child.stdin is not None  # both were opened as pipes
        assert child.stdout is not None
        with suppress(BrokenPipeError), child.stdin:  # it ended: below, that it did not say done
            child.stdin.write(msgspec.json.encode(order))
        for line in child.stdout:
            said = json.loads(line)
            if isinstance(drawn := said.get("drawn"), int):
                progress(drawn, order.count)
    match said:
        case {"done": True}:
            return
        case {"label": str(code), "message": str(message)}:
            raise LabelError(code, message)
        case {"form": str(code), "message": str(message)}:
            raise FormError(code, message)
        case _:
            raise RuntimeError(f"the drawing process ended with {child.returncode}")


def run() -> None:
    """Draw the order of standard input. Whoever gave it may be gone: then this ends too."""
    # An interrupt from the terminal is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    with suppress(BrokenPipeError):
        try:
            _draw_here(order, lambda done, _total: _say(drawn=done))
        except LabelError as error:
            _say(label=error.code, message=error.message)
        except FormError as error:
            _say(form=error.code, message=error.message)
        else:
            _say(done=True)


def _say(**said: object) -> None:
    # Past Python's buffers, which would complain at the end of a reader that is gone.
    os.write(STDOUT, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    run()
