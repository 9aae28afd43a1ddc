"""What lies in a ledger's folder after it was served: nobody else on the machine reads it."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from api.access import hash_of
from api.cli import main
from api.settings import Settings
from ledger.store.tokens import Bearer, keep_token
from tests.http.served import as_json, found
from tests.http.server import Server, running
from tests.http.test_files import PDF

pytestmark = pytest.mark.slow

OTHERS = stat.S_IRWXG | stat.S_IRWXO
USUAL = 0o022  # what most machines leave to others: everything may be read
CLERK = "of-the-mills-clerk"


@contextmanager
def usual_machine() -> Iterator[None]:
    """A process's files are everybody's to read, unless it says otherwise."""
    before = os.umask(USUAL)
    try:
        yield
    finally:
        os.umask(before)


def readable_by_others(folder: Path) -> list[str]:
    """Files and folders from here on that others may read, write or enter."""
    return sorted(
        str(path.relative_to(folder.parent))
        for path in (folder, *folder.rglob("*"))
        if path.stat().st_mode & OTHERS
    )


def drive(server: Server) -> None:
    """Upload, give numbers out, draw labels."""
    with httpx.Client(
        base_url=server.url(""), headers={"authorization": f"Bearer {CLERK}"}, trust_env=False
    ) as client:
        kept = client.post("/v1/files", content=PDF, headers={"content-type": "application/pdf"})
        assert kept.status_code == 201
        assert client.post("/v1/cases", json={"count": 2}).status_code in {201, 409}


def test_nobody_else_reads_what_a_ledger_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    settings = Settings(data=folder)
    with usual_machine():
        beside, chain = found(settings)
    bearer = Bearer(actor=chain.actors["mill"], holder="clerk")
    keep_token(beside.store, hash_of(CLERK), bearer, created_ms=chain.now_ms)
    sealed = chain.event(
        "cooperative", "HARVEST", inputs=[(chain.crop(), None)], outputs=[(chain.lot(), 3_000)],
        plot="urn:example:plot", area_m2=667, method="hand", pickers=["李四"],
    )  # fmt: skip
    beside.store.engine.dispose()
    with usual_machine(), running(settings, "--tls") as server:
        pass
    with usual_machine(), running(settings) as server:
        drive(server)
        assert server.post(as_json(sealed)).status_code == 201
        assert readable_by_others(folder) == []
        copied = CliRunner().invoke(
            main,
            ["backup", "--data", str(folder), "--to", str(tmp_path / "copy"), "--with-keys"],
            obj=beside.clock,
        )
        assert copied.exit_code == 0, copied.output
    assert readable_by_others(folder) == []
    assert readable_by_others(tmp_path / "copy") == []
    for key in (folder / "keys").iterdir():
        if "key" in key.name or key.name in {"registrar.pem", "labels.secret"}:
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
