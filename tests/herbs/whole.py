"""One whole body of every kind, for the tests of this room."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.canonical import JsonObject
from ledger.errors import FormError
from ledger.herbs.bodies import event_body
from ledger.herbs.events import Thing, parse_event
from ledger.herbs.vocabulary import KINDS, Kind

SEED = "https://ledger.example/lot/5e3dr00t7k2m9q4x8v1p"
FRESH = "https://ledger.example/lot/fr3sh9m1p3r5t7v9x2zq"
DRIED = "https://ledger.example/lot/dr1ed6k8n0q2s4w6w8yz"
CROP = "https://ledger.example/crop/2026wen0107c8j3h5k4"
PLOT = "https://ledger.example/site/wen-0107"
ACTOR = "urn:daodi:actor:wenxian-coop"
MARKET = "urn:daodi:market:anguo"
WHEN = "2026-10-28T09:30:00+08:00"
HEX = "ab" * 32

# One value of every type that stands in a body.
SAID: dict[str, Any] = {
    "text": "一等",
    "texts": ["甲", "乙"],
    "number": 60.5,
    "integer": 3,
    "amount": "40 g/亩",
    "mass": 1000,
    "area": 16_667,
    "bool": True,
    "date": "2026-10-01",
    "time": WHEN,
    "uri": PLOT,
    "adjuvants": [{"name": "黄酒", "mass_g": 30_000, "lot": "J-1"}, {"name": "水", "mass_g": 0}],
    "code": "FR3SH",
    "range": {"first": 1, "last": 2000},
    "pairs": [{"name": "品名", "value": "牛膝"}],
    "flags": {"same_base": True, "same_seed": False},
    "tests": [
        {"item": "水分", "op": "<=", "limit": 15.5, "value": 12.3, "unit": "%", "passed": True},
        {"item": "六六六", "limit": None, "op": "", "value": "未检出", "passed": True},
    ],
    "findings": [{"text": "台账缺页", "level": "一般"}],
    "file": {"sha256": HEX, "type": "application/pdf", "size": 31_000},
}
THINGS = {"crop": CROP, "site": PLOT, "actor": ACTOR, "market": MARKET, "none": None}
EVENTS = [kind for kind in KINDS.values() if kind.travels == "event"]


def whole_body(kind: Kind, **said: object) -> JsonObject:
    """A body of the kind with every element that it can say in clear."""
    elements = {
        e.key: SAID[e.type] if e.type in SAID else e.choices[0][0]
        for e in kind.elements
        if e.at == "body" and (e.type in SAID or e.choices)
    } | said
    sides: dict[str, Any] = {}
    if kind.event_type == "TransformationEvent":
        makings: dict[str, Any] = {"SOW": [PLOT, (SEED, 500_000)], "HARVEST": [CROP]}
        sides["inputs"] = makings.get(kind.code, [(FRESH, 41_250_500)])
        sides["outputs"] = [CROP] if kind.code == "SOW" else [(DRIED, 8_250_000)]
    elif "ADD" in kind.actions:
        sides["outputs"] = [Thing(uri=FRESH, mass_g=2_000_000)]
    elif thing := THINGS.get(kind.things, FRESH):
        sides["about"] = [(thing, 1500)] if thing == FRESH else [thing]
    return event_body(kind.code, event_time=WHEN, site=PLOT, elements=elements, **sides)


def refused(body: JsonObject, read: Callable[[JsonObject], object] = parse_event) -> str:
    with pytest.raises(FormError) as refusal:
        read(body)
    assert refusal.value.code == "bad_event"
    return refusal.value.message
