"""The installed `daodi` and the scripts as processes: exit codes, signals, and a real server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.cli.desk import ORIGIN, Desk

ROOT = Path(__file__).resolve().parents[2]
DAODI = Path(sys.executable).parent / "daodi"
START_S = 60


def daodi(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    typed = [str(argument) for argument in arguments]
    return subprocess.run(
        [DAODI, *typed],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def serving(desk: Desk) -> Iterator[str]:
    """A server on the desk's ledger; it must end well when it is asked to."""
    port = free_port()
    server = subprocess.Popen(
        [DAODI, "serve", "--data", desk.data, "--port", str(port)], stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_S
        while not answers(port):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(START_S) in {0, -signal.SIGTERM}


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v1/ledger")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.mark.slow
def test_the_installed_command_ends_with_the_code_that_belongs_to_the_answer(desk: Desk) -> None:
    shown = daodi("ledger", "show", "--json", DAODI_DATA=str(desk.data))
    assert (shown.returncode, json.loads(shown.stdout)["origin"]) == (0, ORIGIN)
    unknown = daodi("trace", desk.lot(), "--data", desk.data)
    assert (unknown.returncode, unknown.stdout) == (4, "")
    missing = daodi("audit", "--data", desk.folder / "none", LC_ALL="C")
    assert missing.returncode == 3
    assert "账本还没有建立" in missing.stderr
    assert daodi("no-such").returncode == 2


@pytest.mark.slow
def test_an_output_that_nobody_reads_on_is_no_traceback(desk: Desk) -> None:
    for _ in range(5):
        desk.season()
    ran = subprocess.run(
        ["bash", "-c", f"{DAODI} export --data {desk.data} | head -c 1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "{"
    assert "Traceback" not in ran.stderr


@pytest.mark.slow
def test_a_device_records_over_http_and_beside_the_running_server(desk: Desk) -> None:
    with serving(desk) as url:
        first, second = desk.lot(), desk.lot()
        key = desk.folder / "device.pem"
        raw = json.dumps({"kind": "SEED_REGISTER", "outputs": [first]}).encode()
        far = desk.run("record", "--url", url, "--key", key, "--event", "-", "--json", stdin=raw)
        assert json.loads(far.stdout)["finality"] == "recorded"
        # The folder's own command is a second writer: it catches up under the lock, and so
        # does the server afterwards.
        desk.record({"kind": "SEED_REGISTER", "outputs": [second]})
        raw = json.dumps({"kind": "HOLD", "about": [second], "elements": {"reason": "抽检"}})
        typed = ("record", "--url", url, "--key", key, "--event", "-")
        desk.run(*typed, stdin=raw.encode())
        assert desk.answer("trace", second)["status"] == "held"
        refused = desk.run(*typed, stdin=b'{"kind":"event","body":{}}', expect=1)
        assert "bad_event" in refused.stderr
        stranger = desk.folder / "stranger.pem"
        desk.run("key", "new", "--out", stranger)
        typed = ("record", "--url", url, "--key", stranger, "--event", "-")
        assert "not_found" in desk.run(*typed, stdin=raw.encode(), expect=4).stderr
    assert "cannot be reached" in desk.run(*typed, stdin=raw.encode(), expect=3).stderr
    assert desk.answer("audit")["clean"]


@pytest.mark.slow
def test_the_scripts_explain_themselves_before_anything_is_installed() -> None:
    for name in ("run", "test", "check"):
        told = subprocess.run(
            [sys.executable, "-E", "-S", ROOT / "scripts" / name, "--help"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        assert "usage" in told.stdout


def test_an_address_that_is_no_servers_is_a_slip_of_usage(desk: Desk) -> None:
    typed = ("record", "--url", "ftp://x", "--key", desk.folder / "device.pem", "--event", "-")
    desk.run(*typed, stdin=b"{}", expect=2)
