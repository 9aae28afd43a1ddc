"""An audit's processes are forked only from a process of one thread without the ledger's file."""

import subprocess
import sys
from pathlib import Path

from ledger.audit.replay import audit
from tests.attacker import drop_triggers, write_entry
from tests.chain import Chain
from tests.parcels import silent
from tests.season import grow

# In a process of its own: the one that runs the tests has threads.
_AUDITED = """
import subprocess, sys
from ledger.audit.replay import audit
from ledger.store import pool
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine

def refused(*_, **__):
    raise AssertionError("a program was started")

pool.subprocess.Popen = refused
store = SqlStore(open_engine(sys.argv[1]), None)
with store.reading() as reading:
    reading.size()
with pool.examining_pool(store, 3) as examine_spans:
    report = audit(store, progress=lambda done, total: None, examine_spans=examine_spans)
print([(found.code, found.leaf) for found in report.findings])
"""

_MAY_FORK = """
import sqlite3, sys, threading
from ledger.store.forking import may_fork

file = sys.argv[1]
said = [may_fork(file), may_fork(None)]
connection = sqlite3.connect(file)
connection.execute("SELECT count(*) FROM entry").fetchall()
said += [may_fork(file), may_fork(None)]
connection.close()
said += [may_fork(file), may_fork(file + " that is not there")]
waiting = threading.Event()
thread = threading.Thread(target=waiting.wait)
thread.start()
said += [may_fork(file), may_fork(None)]
waiting.set()
print(said)
"""


def ran(script: str, *arguments: str) -> str:
    """What a script prints in a new process."""
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def test_forked_processes_find_the_same(chain: Chain) -> None:
    grow(chain)
    drop_triggers(chain.store.engine)
    for index in (5, 20, 30):
        write_entry(chain.store.engine, index, "signature", bytes(64))
    alone = [(f.code, f.leaf) for f in audit(chain.store, progress=silent).findings]
    assert len(alone) == 3
    url = chain.store.engine.url.set(drivername=chain.store.engine.url.get_backend_name())
    said = ran(_AUDITED, url.render_as_string(hide_password=False))
    assert said == f"{alone}\n"


def test_a_process_with_threads_or_with_the_file_open_does_not_fork(file_chain: Chain) -> None:
    grow(file_chain)
    file = Path(file_chain.store.engine.url.database or "")
    assert ran(_MAY_FORK, str(file)) == f"{[True, True, False, True, True, False, False, False]}\n"
