"""What a verifying process runs: packed work from standard input, its word to standard output.

Run as `python -m api.verifying.program` by the pool alone. It opens no file, database or socket,
and ends with its input, however its parent ends.
"""

import os
import signal
import sys

from api.memory import settle
from ledger.register.apart import verify_packed
from ledger.store.frames import read_frame, write_frame


def run() -> None:
    """Answer until the input ends."""
    # An interrupt from the terminal is the parent's to handle: it still answers what it accepted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settle()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    write_frame(answers, b"")  # ready: importing took half a second
    while (packed := read_frame(asked)) is not None:
        write_frame(answers, verify_packed(packed))


if __name__ == "__main__":
    try:
        run()
    except BrokenPipeError:  # a parent that was killed: there is nobody to tell
        os._exit(0)  # nor anything to flush, which would fail with a traceback
