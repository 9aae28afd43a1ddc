"""Whom requests are counted for, and that counting itself is no way to fill a server's memory."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from api import limits
from api.limits import ADDRESSES_MAX, Turns, Window, address_of, in_turn
from api.public.guesses import WRONG_CODES_MAX, Guesses
from ledger.errors import AccessError, StoreError

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
