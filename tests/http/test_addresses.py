"""Whom requests are counted for, and that counting itself is no way to fill a server's memory."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest
from litestar.types import Message, Receive, Scope, Send

from api import limits
from api.limits import ADDRESSES_MAX, Lanes, Turns, Window, address_of, in_turn, limit_requests
from api.public.counted.guesses import WRONG_CODES_MAX, Guesses
from ledger.errors import AccessError, StoreError

T = TypeVar("T")

FREE_AT = 3  # which try finds a turn free


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_ipv6_counts_as_its_network(host: str, counted: str) -> None:
    assert address_of((host, 1)) == counted
    assert address_of(None) == ""


def test_a_household_of_ipv6_has_one_window() -> None:
    window = Window(3)
    for last in range(3):
        window.refuse_haste(address_of((f"2001:db8::{last:x}", 1)))
    with pytest.raises(AccessError) as refused:
        window.refuse_haste(address_of(("2001:db8::ffff", 1)))
    assert refused.value.code == "rate_limited"
    window.refuse_haste(address_of(("2001:db8:0:1::1", 1)))


def test_a_window_forgets_the_oldest_of_too_many_addresses() -> None:
    window = Window(1, lambda: 0.0)
    for number in range(ADDRESSES_MAX + 10):
        window.refuse_haste(str(number))
    assert len(window._counts) == ADDRESSES_MAX
    window.refuse_haste("0")
    with pytest.raises(AccessError):
        window.refuse_haste(str(ADDRESSES_MAX))


def test_guesses_of_any_length_are_told_apart_and_not_kept() -> None:
    guesses = Guesses()
    for number in range(WRONG_CODES_MAX + 1):
        guesses.refuse_guessing("a", now_ms=0)
        guesses.count("a", "pad=" + "x" * 60_000 + str(number), now_ms=0)
    with pytest.raises(AccessError):
        guesses.refuse_guessing("a", now_ms=0)
    assert all(isinstance(each, int) for each in guesses._wrong["a"])


def waited_for(work: Callable[[str], str]) -> str:
    """In a thread of its own: a browser of another test may have a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(in_turn(work, "done"))).result()


def test_who_waits_for_a_turn_is_served_when_it_comes_and_is_refused_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns, tries = Turns(1), 0

    def work(word: str) -> str:
        nonlocal tries
        tries += 1
        if tries == FREE_AT:
            held.close()
        with turns.taken():
            return word

    with ExitStack() as held:
        held.enter_context(turns.taken())
        monkeypatch.setattr(limits, "PAUSE_S", 0.01)
        assert waited_for(work) == "done"
    assert tries == FREE_AT
    monkeypatch.setattr(limits, "WAIT_S", 0.05)
    with turns.taken(), pytest.raises(StoreError) as refused:
        waited_for(work)
    assert refused.value.code == "busy"


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own, as above."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work)).result()


def test_of_three_turns_one_is_for_each_who_is_named() -> None:
    turns = Turns(3, each=1)
    with ExitStack() as held:
        held.enter_context(turns.taken("a bad mill"))
        with pytest.raises(StoreError), turns.taken("a bad mill"):
            pass
        held.enter_context(turns.taken("an honest one"))
        held.enter_context(turns.taken())
        with pytest.raises(StoreError), turns.taken("a third"):
            pass
    with turns.taken("a bad mill"), turns.taken("a third"):
        assert set(turns._taken) == {"a bad mill", "a third"}
    assert not turns._taken


def scope_of(host: str, method: str = "GET") -> dict[str, Any]:
    return {
        "type": "http", "path": "/t/slow", "method": method, "client": (host, 1),
        "query_string": b"", "headers": [], "state": {},
    }  # fmt: skip


async def asked_at_once(hosts: Sequence[tuple[str, str]]) -> tuple[list[str], list[int]]:
    """Who is being answered when so many ask at once, and every status in the end."""
    inside: list[str] = []
    statuses: list[int] = []
    go_on = asyncio.Event()

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        inside.append(address_of(scope["client"]))
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    limited = limit_requests(app, requests=Window(0), guesses=Guesses(), clock=lambda: 0)
    tasks = [
        asyncio.ensure_future(limited(scope_of(*each), None, send))  # type: ignore[arg-type]  # a fake
        for each in hosts
    ]
    for _ in range(10):  # until each is inside, waits or was refused
        await asyncio.sleep(0)
    seen = [*inside]
    go_on.set()
    await asyncio.gather(*tasks)
    return seen, statuses


def test_whoever_asks_for_many_slow_pages_waits_for_himself_alone() -> None:
    many = [("192.0.2.1", "GET")] * 10
    inside, statuses = run(asked_at_once([*many, ("192.0.2.2", "GET"), ("192.0.2.1", "POST")]))
    assert sorted(inside) == ["192.0.2.1"] * 4 + ["192.0.2.2"]  # three readings and what is sent
    assert statuses == [200] * 12


def test_of_a_crowd_behind_one_address_who_is_too_many_is_told_so() -> None:
    crowd = limits.READINGS_AT_ONCE + limits.READINGS_WAITING
    _, statuses = run(asked_at_once([("192.0.2.1", "GET")] * (crowd + 2)))
    assert statuses.count(429) == 2
    assert statuses.count(200) == crowd


def test_a_lane_is_free_when_its_answer_begins_and_nobody_is_remembered() -> None:
    async def asked() -> dict[str, Any]:
        lanes = Lanes(1, waiting=1)
        first = await lanes.enter("a")
        second = asyncio.ensure_future(lanes.enter("a"))
        await asyncio.sleep(0)
        with pytest.raises(AccessError):
            await lanes.enter("a")
        second.cancel()  # a reader who went away while waiting
        with pytest.raises(asyncio.CancelledError):
            await second
        third = asyncio.ensure_future(lanes.enter("a"))
        first()
        first()
        (await third)()
        return lanes._lanes

    assert run(asked()) == {}
