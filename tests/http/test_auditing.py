"""A supervisor has the ledger audited: one audit at a time, and what becomes of one that fails."""

from collections.abc import Callable
from threading import Event
from time import sleep
from typing import Any

import pytest

from api.supervisor import auditing
from ledger.audit.findings import AuditReport
from ledger.errors import StoreError
from tests.attacker import drop_triggers, write_entry
from tests.http.served import Served
from tests.season import grow

Audit = Callable[..., AuditReport]


@pytest.fixture
def watched(served: Served) -> Served:
    """A ledger with a season in it, and with an inspector."""
    served.chain.admit("inspector", "supervisor")
    grow(served.chain)
    return served


def start(served: Served) -> None:
    answer = served.client.post(
        "/supervisor/audit", headers=served.bearing("inspector"), follow_redirects=False
    )
    assert answer.status_code == 303


def told(served: Served) -> dict[str, Any]:
    state: dict[str, Any] = served.client.get(
        "/v1/audit", headers=served.bearing("inspector")
    ).json()
    return state


def finished(served: Served) -> dict[str, Any]:
    """The state once no audit runs."""
    while (state := told(served))["running"]:
        sleep(0.01)
    return state


def page(served: Served) -> str:
    headers = {**served.bearing("inspector"), "accept": "text/html"}
    return served.client.get("/supervisor/audit", headers=headers).text


def test_the_report_says_how_much_was_read_and_names_what_was_changed(watched: Served) -> None:
    start(watched)
    first = finished(watched)
    assert (first["failure"], first["report"]["clean"]) == (None, True)
    assert first["done"] == first["total"] == watched.chain.replica.size
    drop_triggers(watched.beside.store.engine)
    write_entry(watched.beside.store.engine, 12, "signature", bytes(64))
    start(watched)
    found = finished(watched)["report"]["findings"]
    assert [(one["code"], one["leaf"]) for one in found] == [("signature_false", 12)]
    assert found[0]["sentence_cn"] in page(watched)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (StoreError("database_unavailable", "it went away"), "数据库暂时不可用，请稍后再试。"),
        (ZeroDivisionError("of our own making"), "审计没有做完，原因在服务器日志里。"),
    ],
)
def test_an_audit_that_fails_says_so_and_keeps_the_last_report(
    watched: Served, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    start(watched)
    report = finished(watched)["report"]

    def fail(*_: object, **__: object) -> AuditReport:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(auditing, "audit", fail)
        start(watched)
        failed = finished(watched)
    assert (failed["failure"], failed["report"]) == (sentence, report)
    assert sentence in page(watched)
    assert "of our own making" not in page(watched)
    start(watched)
    assert finished(watched)["failure"] is None
    assert sentence not in page(watched)


def test_who_asks_while_an_audit_runs_is_shown_that_one(
    watched: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    going_on, real = Event(), auditing.audit

    def slow(*given: Any, **named: Any) -> AuditReport:  # noqa: ANN401 — as it is called
        begun.append("audit")
        going_on.wait(30)
        return real(*given, **named)

    monkeypatch.setattr(auditing, "audit", slow)
    for _ in range(3):
        start(watched)
    assert told(watched)["running"]
    assert "http-equiv" in page(watched)
    going_on.set()
    assert finished(watched)["report"]["clean"]
    assert begun == ["audit"]
