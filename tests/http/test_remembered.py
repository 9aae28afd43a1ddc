"""What a server remembers of a page: nothing that a statement, a scan or a finding has changed."""

import re
from functools import partial
from html import unescape

import pytest
from httpx import Response

from api.opened import remembered as remembered_room
from api.opened.remembered import KEPT_MAX, SLICE_MS, Remembered
from tests import packets
from tests.http.served import Served


def look(served: Served, code: str, **query: str) -> Response:
    """Somebody else's look at a page: no cookie."""
    served.client.cookies.clear()
    return served.client.get(f"/t/{code}", params=query, headers={"accept": "text/html"})


def test_a_recall_and_a_hold_show_on_the_very_next_look(served: Served) -> None:
    made = packets.packet(served.chain, served.beside.folder.secret())
    assert 'data-status="recorded"' in look(served, made.code).text
    packets.hold(served.chain, made.season.pack)
    assert "暂停销售" in look(served, made.code).text
    packets.recall(served.chain, made.season.pack)
    shown = look(served, made.code)
    assert "已召回" in shown.text
    assert "RECALL" in served.client.get(f"/v1/trace?code={made.code}").text


def test_each_look_shows_its_own_count(served: Served) -> None:
    made = packets.packet(served.chain, served.beside.folder.secret())

    counts = [re.search(r"至今 (\d+) 次", unescape(look(served, made.code).text)) for _ in range(3)]

    assert [found and found.group(1) for found in counts] == ["1", "2", "3"]


def test_two_packs_of_a_lot_and_two_languages_keep_their_own_words(served: Served) -> None:
    secret = served.beside.folder.secret()
    made = packets.packet(served.chain, secret)
    other = packets.code_of(made.season.pack, secret, 8)

    for code, stranger in ((made.code, other), (other, made.code)):
        page = look(served, code).text
        assert f"code={code}" in page
        assert stranger not in page
    english = look(served, other, lang="en").text
    assert "Steps" in english or "steps" in english
    assert "从田间到手里" not in english
    assert "从田间到手里" in look(served, other).text


def test_a_void_code_is_void_although_its_sister_was_just_looked_at(served: Served) -> None:
    secret = served.beside.folder.secret()
    made = packets.voided(served.chain, secret)
    sister = packets.code_of(made.season.pack, secret, 8)

    assert 'data-status="recorded"' in look(served, sister).text
    assert 'data-status="voided"' in look(served, made.code).text


@pytest.mark.parametrize(("size", "now_ms"), [(8, 0), (7, SLICE_MS)])
def test_a_statement_or_half_a_minute_makes_it_anew(size: int, now_ms: int) -> None:
    remembered = Remembered()
    get = partial(remembered.get, "page")

    assert get(lambda: "old", size=7, now_ms=0) == "old"
    assert get(lambda: "new", size=7, now_ms=SLICE_MS - 1) == "old"
    assert get(lambda: "new", size=size, now_ms=now_ms) == "new"


def test_what_was_made_while_a_statement_came_in_is_not_kept() -> None:
    remembered = Remembered()

    def slowly() -> str:
        remembered.get("another", lambda: "", size=8, now_ms=0)
        return "old"

    assert remembered.get("page", slowly, size=7, now_ms=0) == "old"
    assert remembered.get("page", lambda: "new", size=8, now_ms=0) == "new"


def test_it_keeps_a_bounded_number_and_drops_what_was_not_asked_for_longest() -> None:
    remembered = Remembered()

    def get(key: object, value: str) -> str:
        return remembered.get(key, lambda: value, size=7, now_ms=0)

    for number in range(KEPT_MAX):
        get(number, "old")
    get(0, "new")
    get("one more", "old")

    assert get(0, "new") == "old"
    assert get(1, "new") == "new"


def test_what_could_not_be_made_is_not_remembered() -> None:
    remembered = Remembered()

    with pytest.raises(ZeroDivisionError):
        remembered.get("key", lambda: 1 // 0, size=7, now_ms=0)

    assert remembered.get("key", lambda: 1, size=7, now_ms=0) == 1


def test_what_is_remembered_is_bounded_by_its_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_room, "BYTES_MAX", 100)
    remembered, made = Remembered(), []

    def get(key: str, size: int = 1) -> str:
        return remembered.get(
            key, lambda: made.append(key) or key, size=size, now_ms=0, weigh=lambda _: 40
        )  # type: ignore[func-returns-value]  # None or the key

    for key in ("a", "b", "c", "c", "b"):
        get(key)
    assert made == ["a", "b", "c"]
    get("a")
    assert made == ["a", "b", "c", "a"]
    get("d", 2)
    assert remembered._bytes == 40
    remembered.get("huge", str, size=2, now_ms=0, weigh=lambda _: 1_000)
    assert (len(remembered._kept), remembered._bytes) == (0, 0)
