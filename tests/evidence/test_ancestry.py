"""Checks 6 and 7: every thing back to its making, nothing of itself, nothing beside; openings."""

import json

import pytest

from ledger.canonical import JsonObject, JsonValue
from ledger.evidence.verdict import ANCESTORS_MAX
from ledger.statements.sealed import commitment
from tests.evidence.forge import LEDGER, ORIGIN, Forge
from tests.evidence.judges import CANNOT, HOLDS, UNKNOWN, fails, judge
from tests.evidence.people import COOP, FARMER, LOT, MILL, MILLER, SITE, a_season, judged

SALT = "AAECAwQFBgcICQoLDA0ODw"
LOTS = [f"https://ledger.example/lot/{number}" for number in range(3)]
LOST = fails("ancestry")


def test_a_thing_goes_back_to_its_first_making() -> None:
    forge = a_season()
    forge.say(FARMER, "site.register", {"site": SITE}, [SITE])
    forge.say(MILLER, "event", {}, [LOTS[0]])  # a test that arrived before the harvest
    forge.make(FARMER, LOTS[0], [SITE])
    forge.make(MILLER, LOTS[1], [LOTS[0]])
    forge.make(MILLER, LOTS[2], [LOTS[0], LOTS[1]])
    assert judged(forge, LOTS[2]) == HOLDS
    forge.make(MILLER, LOTS[2], ["https://ledger.example/lot/nobody-made"])
    assert judged(forge, LOTS[2]) == HOLDS  # a later making is a conflict and does not count


def test_an_ancestor_that_nobody_made_is_no_source() -> None:
    forge = a_season()
    forge.make(FARMER, LOT, [LOTS[0]])
    assert judged(forge) == LOST
    forge.say(FARMER, "event", {}, [LOTS[0]])
    assert judged(forge) == LOST
    tended = a_season()
    tended.say(FARMER, "event", {}, [LOT])
    assert judged(tended) == LOST
    blessed = a_season()
    blessed.say(FARMER, "bless", {}, [LOT])
    assert judged(blessed) == LOST  # an unknown kind makes nothing


@pytest.mark.parametrize("uri", [COOP, LEDGER])
def test_no_actor_or_ledger_is_a_source(uri: str) -> None:
    forge = a_season()
    forge.make(FARMER, LOT, [uri])
    assert judged(forge) == LOST
    assert judged(a_season(), uri) == LOST


def test_nothing_is_made_of_itself() -> None:
    forge = a_season()
    forge.make(FARMER, LOTS[0], [LOTS[1]])
    forge.make(FARMER, LOTS[1], [LOTS[0]])
    forge.make(FARMER, LOTS[2], [LOTS[1]])
    assert judged(forge, LOTS[0]) == LOST
    assert judged(forge, LOTS[2]) == LOST


def test_nothing_is_shown_that_nothing_needs() -> None:
    out = (f"{LOT}#out", f"{COOP}#out", f"{FARMER.uri}#out")
    for more in (LOTS[0], MILL, MILLER.uri, "x", *out):
        forge = a_season()
        forge.make(FARMER, LOT)
        forge.make(FARMER, LOTS[0], [LOT])
        assert judged(forge) == HOLDS
        assert judged(forge, LOT, more) == LOST
    unsure = a_season()
    unsure.make(FARMER, LOT)
    unsure.say(FARMER, "event", {}, [LOT], v=2)
    assert judged(unsure, LOT, LOTS[0]) == CANNOT  # it may be what the later version needs


def test_what_others_did_with_a_key_is_needed_by_nothing() -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    out = f"{FARMER.uri}#out"
    forge.say(MILLER, "event", {}, sorted([LOT, out]))
    assert judged(forge) == HOLDS
    assert judged(forge, LOT, out) == LOST


def test_a_key_that_nothing_but_its_own_retirement_keeps_is_needless() -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    forge.say(MILLER, "key.retire", {"kid": MILLER.kid, "reason": "x"}, [MILLER.uri])
    assert judged(forge, LOT, MILLER.uri, MILL) == LOST


def test_an_asked_thing_without_a_leaf_is_unknown_and_an_odd_name_too() -> None:
    forge = a_season()
    assert judged(forge) == UNKNOWN
    assert judged(forge, "no uri at all") == UNKNOWN
    assert judge(forge.bundle(LOT, [LEDGER, FARMER.uri]), forge.policy(LOT)) != UNKNOWN


def a_line_of(length: int) -> Forge:
    forge = a_season()
    uris = [f"https://ledger.example/lot/{number:04}" for number in range(length - 1)]
    for number, uri in enumerate(uris):
        forge.make(FARMER, uri, uris[number - 1 : number] if number else [])
    forge.make(FARMER, LOT, uris[-1:])
    return forge


def test_a_thousand_ancestors_are_followed_and_no_more() -> None:
    assert judged(a_line_of(ANCESTORS_MAX)) == HOLDS
    assert judged(a_line_of(ANCESTORS_MAX + 1)) == CANNOT


# Openings


def sealing(
    value: JsonValue, *, name: str = "buyer", **changes: object
) -> tuple[Forge, JsonObject]:
    """A lot whose making seals a value, and the opening."""
    forge = a_season()
    sealed = commitment(ledger=ORIGIN, key=FARMER.kid, seq=0, name=name, salt=SALT, value=value)
    index = forge.make(FARMER, LOT, sealed={name: sealed}, **changes)
    return forge, {"statement": forge.said[index][0], "name": name, "salt": SALT, "value": value}


def opened(forge: Forge, *openings: JsonObject) -> tuple[str, str | None]:
    bundle = forge.bundle(LOT)
    bundle["openings"] = list[JsonValue](openings)
    return judge(bundle, forge.policy(LOT))


@pytest.mark.parametrize(
    "value", ["张三", None, True, 7, -0.0, 1e-7, 1e21, 2.0**60, {"重": [1.5, {}]}, [[]]]
)
def test_any_json_value_that_was_sealed_opens(value: JsonValue) -> None:
    forge, opening = sealing(value)
    assert opened(forge, opening) == HOLDS
    assert opened(forge, opening, opening) == HOLDS
    assert opened(forge, {**opening, "value": [value]}) == fails("opening")


def test_a_value_is_nested_no_deeper_than_a_statement() -> None:
    deepest: JsonValue = []
    for _ in range(30):
        deepest = [deepest]
    forge, opening = sealing(deepest)
    assert opened(forge, opening) == HOLDS
    assert opened(forge, {**opening, "value": [deepest]}) == fails("opening")


def test_a_number_beyond_a_double_has_no_canonical_form() -> None:
    forge, opening = sealing(1)
    bundle = forge.bundle(LOT)
    bundle["openings"] = [{**opening, "value": 12345.5}]
    raw = json.dumps(bundle).encode().replace(b"12345.5", b"1e999")
    assert judge(raw, forge.policy(LOT)) == fails("opening")
    bundle["openings"] = [{**opening, "value": "\ud800"}]
    assert judge(bundle, forge.policy(LOT)) == fails("opening")


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "ab" * 32},
        {"statement": 1},
        {"salt": "A" * 21},
        {"salt": 1},
        {"name": 1},
        {"name": "seller"},
        {"more": 1},
    ],
)
def test_an_opening_is_of_what_is_shown(change: JsonObject) -> None:
    forge, opening = sealing("张三")
    assert opened(forge, {**opening, **change}) == fails("opening")


def test_what_a_later_version_sealed_cannot_be_opened_here() -> None:
    forge, opening = sealing("张三", v=2)
    assert opened(forge, opening) == CANNOT
    for change in ({"more": 1}, {"name": 1}, {"name": "\ud800"}, {"statement": 1}):
        assert opened(forge, {**opening, **change}) == fails("opening")
