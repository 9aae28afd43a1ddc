"""No statement that the door takes ends a page or a proof: odd values are shown or left out."""

import sys
from collections.abc import Mapping
from typing import Final

import pytest

from ledger.canonical import INTEGER_MAX, JsonObject, JsonValue
from ledger.herbs.events import PREFIX
from ledger.herbs.identifiers import code_of_uri
from ledger.herbs.vocabulary import COMMON_ELEMENTS, KINDS, Kind
from ledger.statements.statement import parse_claim
from tests.http.served import Served
from tests.kinds import case_of

MANY_DIGITS: Final = "9" * (sys.get_int_max_str_digits() + 1)  # what Python makes no number of
TEXTS: Final = (
    "9" * 900, "1-999999999999999999999", "²", "①", "1e999999999", "NaN", "Infinity",
    "0001-01-01", "9999-12-31", "2026-99-99T99:99", "2026-02-30", "\u202e\u0007<b>", "urn:x:", "https://[",
    "http://a:b:c/", "%", "{}{0}", "1-0",
)  # fmt: skip
ODD: Final[tuple[JsonValue, ...]] = (
    *TEXTS, "", INTEGER_MAX, -INTEGER_MAX, 4503599627370495.5, -0.5, True, None, [], {}, [[]], [{}],
    [None, 7, "x"],
    {"first": INTEGER_MAX, "last": -1}, {"first": [], "last": {}}, {"first": 1, "last": 10**12},
    [{"item": {}, "value": "9" * 400, "limit": "1e999", "passed": "no", "name": [], "lot": {}}],
    [{"name": "保质期至", "value": "9999-12-31"}, {"name": "规格", "value": 0.5}],
    {"sha256": "x", "type": "application/pdf", "size": -1},
)  # fmt: skip
# Values that the door takes for an element of each type, and nobody would write.
OF_TYPE: Final[Mapping[str, tuple[JsonValue, ...]]] = {
    "number": (INTEGER_MAX, -INTEGER_MAX, 0, -0.5, 4503599627370495.5),
    **dict.fromkeys(("integer", "mass", "area"), (0, 1, INTEGER_MAX)),
    "bool": (True, False),
    "date": ("0001-01-01", "9999-12-31"),
    "time": ("0001-01-02T00:00:00Z", "9999-12-29T22:59:59.999-01:00"),
    "uri": ("urn:x:y", "https://[/", "http://a:b:c/", "https://ledger.example/lot/%2e%2e"),
    "lots": tuple([each] for each in ODD),
    "adjuvants": tuple([{"name": each, "mass_g": INTEGER_MAX, "lot": each}] for each in TEXTS),
    "range": ({"first": 0, "last": INTEGER_MAX}, {"first": INTEGER_MAX, "last": INTEGER_MAX}),
    "pairs": tuple([{"name": n, "value": v}] for v in TEXTS for n in ("保质期至", "规格", v)),
    "tests": (
        [{"item": "二氧化硫", "value": INTEGER_MAX, "limit": -INTEGER_MAX, "passed": True}],
        *(
            [{"item": v, "value": v, "limit": v, "op": v, "unit": v, "passed": False}]
            for v in TEXTS
        ),
    ),
    "findings": tuple([{"text": each, "level": each}] for each in TEXTS),
    "file": ({"sha256": "ab" * 32, "type": "text/html", "size": INTEGER_MAX, "name": {}},),
    "files": ([{"sha256": "ab" * 32, "type": "\u202e", "size": 0}] * 50,),
    "geo": ({"lat": INTEGER_MAX, "lon": -0.5}, {"lat": [], "lon": None}, {"lat": True}),
    "outline": tuple({"type": "Polygon", "coordinates": each} for each in ODD),
    "flags": ({"x": True}, {"<b>": False}),
    "statement": ("ab" * 32,),
    "texts": tuple([each] for each in TEXTS),
}
KEYS: Final = sorted({e.key for kind in KINDS.values() for e in kind.elements} - {"kind"})
TURNS: Final = 3
PAGE: Final = {"accept": "text/html"}
EVENTS: Final = [kind for kind in KINDS.values() if kind.travels == "event"]


def spoiled(body: JsonObject, kind: Kind, turn: int) -> JsonObject:
    """The body with odd values of the right type for its kind, and anything for other elements."""
    own = {element.key: element for element in (*kind.elements, *COMMON_ELEMENTS)}
    odd: JsonObject = {}
    for number, element in enumerate(own.values()):
        values = OF_TYPE.get(element.type, TEXTS)
        if (
            element.type != "verdict"
            and not element.sealed
            and not element.key.startswith("correct")
        ):
            odd[PREFIX + element.key] = values[(number + turn) % len(values)]
    left = [key for key in KEYS if key not in own]
    for number in range(0, len(left), 6):
        key = left[(number + turn) % len(left)]
        odd[PREFIX + key] = ODD[(number + turn * 5) % len(ODD)]
    return {**body, **odd}


def shown(served: Served, uri: str) -> None:
    """Everything that shows the thing answers."""
    code = uri if uri.startswith("urn:") else code_of_uri(uri)
    for path, params, headers in (
        ("/v1/trace", {"code": uri}, served.bearing("bureau")),
        ("/v1/evidence", {"code": uri}, {}),
        (f"/t/{code}", {}, PAGE),
        (f"/enterprise/lots/{code}", {}, PAGE | served.bearing("bureau")),
    ):
        answer = served.client.get(path, params=params, headers=headers)
        assert answer.status_code in {200, 404}, (path, answer.status_code, answer.text[-500:])


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.code)
def test_whatever_a_statement_says_its_thing_can_be_shown(file_lasting: Served, kind: Kind) -> None:
    served, chain = file_lasting, file_lasting.chain
    if "bureau" not in chain.actors:
        chain.admit("bureau", "supervisor")
    case = case_of(kind, chain)
    claim = parse_claim(case.parcel.envelope.payload)
    pen = chain.pens["cooperative"]
    pen.seq, pen.prev = claim.seq, claim.prev  # another statement takes the place of that one
    for turn in range(TURNS):
        body = spoiled(case.body, kind, EVENTS.index(kind) + turn * len(ODD) // TURNS)
        parcel = chain.write(
            "cooperative",
            "event",
            body,
            claim.subjects,
            inputs=claim.inputs,
            outputs=claim.outputs,
        )
        answer = served.post(parcel)
        assert answer.status_code == 201, answer.text
        shown(served, case.thing)
    for path in ("/recalls", "/recalls.json", "/recalls.atom"):
        assert served.client.get(path, headers=PAGE).status_code == 200, path
    for path in ("/supervisor", "/supervisor/findings", "/v1/findings", "/enterprise"):
        assert served.client.get(path, headers=served.bearing("bureau")).status_code == 200, path


def test_a_number_that_python_reads_not_is_no_code_either(file_lasting: Served) -> None:
    for route in (
        "/v1/trace",
        "/v1/evidence",
        "/v1/statements/",
        "/t/",
        "/00/",
        "/01/",
        "/complaint/",
    ):
        path = route if "?" in route else f"{route}{MANY_DIGITS}"
        answer = file_lasting.client.get(path, headers=PAGE)
        assert answer.status_code in {400, 404}, (path[:20], answer.status_code)
