"""Uploads that no statement names go after ten days; a named one never does, however late."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from api.files.blobs import LOCK
from api.files.uploads import DAY_MS, remove_unnamed
from ledger.canonical import JsonObject
from ledger.seam import Reading, Writing
from ledger.store.database import SqlStore
from tests.http.served import Served
from tests.http.test_files import PDF, keep, stated_test

DAYS = 10


def sent(served: Served, content: bytes = PDF) -> JsonObject:
    """Upload a file; what a statement names it by."""
    named: JsonObject = keep(served, content).json()
    return named


def grow_old(served: Served, days: float = DAYS + 1) -> None:
    """Let so many days pass for every upload that waits."""
    folder = served.beside.folder.blobs
    for mark in folder.with_name(f"{folder.name}.waiting").iterdir():
        if mark.name != LOCK:
            when_ns = mark.stat().st_mtime_ns - int(days * DAY_MS * 1_000_000)
            os.utime(mark, ns=(when_ns, when_ns))


def kept(served: Served) -> list[str]:
    """Hashes of the files that are here."""
    return sorted(each.name for each in served.beside.folder.blobs.iterdir())


def test_what_nobody_names_goes_after_its_time_and_not_before(served: Served) -> None:
    digest = sent(served)["sha256"]
    grow_old(served, DAYS - 1)
    assert remove_unnamed(served.beside) == []
    assert kept(served) == [digest]
    grow_old(served, 2)
    assert remove_unnamed(served.beside) == [digest]
    assert kept(served) == []
    assert remove_unnamed(served.beside) == []


def test_what_a_statement_names_in_clear_or_sealed_stays_for_ever(served: Served) -> None:
    chain = served.chain
    report, invoice, photo = (sent(served, PDF + bytes([sign])) for sign in b"abc")
    stated_test(served, report)
    site = chain.site("cooperative")
    chain.do("cooperative", "INPUT_PURCHASE", site=site, product="尿素", invoice=invoice)
    chain.do("cooperative", "FIELD_WORK", about=[(chain.crop(), None)], work="weeding",
             files=[photo])  # fmt: skip
    for _ in range(2):
        grow_old(served)
        assert remove_unnamed(served.beside) == []
    assert kept(served) == sorted(str(each["sha256"]) for each in (report, invoice, photo))
    sent(served, PDF + b"a")  # sent again, and known again
    grow_old(served)
    assert remove_unnamed(served.beside) == []


def test_an_upload_that_is_sent_again_waits_anew(file_served: Served) -> None:
    digest = sent(file_served)["sha256"]
    grow_old(file_served)
    sent(file_served)
    assert remove_unnamed(file_served.beside) == []
    assert kept(file_served) == [digest]


def test_days_of_none_keep_every_upload(file_served: Served) -> None:
    sent(file_served)
    grow_old(file_served)
    settings = file_served.settings.model_copy(update={"uploads_kept_days": 0})
    assert remove_unnamed(replace(file_served.beside, settings=settings)) == []
    assert len(kept(file_served)) == 1


@dataclass
class LateStore:
    """A store in whose log something happens between the long look and the writer's lock."""

    store: SqlStore
    happens: Callable[[], object]

    def reading(self) -> AbstractContextManager[Reading]:
        """A snapshot of before."""
        return self.store.reading()

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """The lock, taken after it happened."""
        self.happens()
        with self.store.writing() as writing:
            yield writing


@pytest.mark.parametrize("what", ["named", "sent again"])
def test_what_arrives_while_the_sweep_runs_is_seen(served: Served, what: str) -> None:
    named = sent(served)
    unnamed = sent(served, PDF + b"other")
    grow_old(served)
    happens: dict[str, Callable[[], Any]] = {
        "named": lambda: stated_test(served, named),
        "sent again": lambda: sent(served),
    }
    late = cast("SqlStore", LateStore(served.beside.store, happens[what]))

    assert remove_unnamed(replace(served.beside, store=late)) == [unnamed["sha256"]]
    assert kept(served) == [named["sha256"]]
