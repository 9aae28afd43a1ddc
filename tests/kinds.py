"""One well-formed record of every kind, made from the kind's own form for a ledger in a test.

Every text is a word of its own, so that a test can tell where it shows and where it must not.
"""

from dataclasses import dataclass
from typing import Any, Final

from ledger.canonical import JsonObject
from ledger.herbs.vocabulary import Element, Kind
from ledger.register.door import Parcel
from ledger.statements.statement import parse_claim
from tests.chain import Chain
from tests.herbs.whole import HEX, SAID

MARKET: Final = "urn:daodi:market:anguo"
KG: Final = 1_000
SEALED_NUMBER: Final = 98_765.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A record that is signed and not yet sent, the thing it is about, and what it seals."""

    parcel: Parcel
    thing: str
    outward: bool
    body: JsonObject
    secrets: tuple[str, ...]


def case_of(kind: Kind, chain: Chain, who: str = "cooperative") -> Case:
    """Sign a record of the kind as `who`, about things that are in the ledger already."""
    said = {e.key: _answer(e, chain) for e in kind.elements if e.at == "body"}
    secrets = tuple(_secret(e) for e in kind.elements if e.sealed)
    if kind.travels == "site.register":
        return _site(kind, chain, who, said, secrets)
    made = chain.lot()
    sides: dict[str, Any] = {}
    site = None
    if kind.event_type == "TransformationEvent":
        plot = chain.site(who)
        sides["inputs"] = {
            "SOW": [(seed(chain), 5 * KG), (plot, None)],
            "HARVEST": [(crop(chain, plot), None)],
        }.get(kind.code, [(seed(chain), 5 * KG)])
        made = chain.crop() if kind.makes == "crop" else made
        sides["outputs"] = [(made, None if kind.makes == "crop" else 4 * KG)]
    elif "ADD" in kind.actions:
        sides["outputs"] = [(made, 4 * KG)]
    elif kind.stands == "site_out":
        made = site = chain.site(who)
    else:
        made = _thing(kind, chain, who)
        sides["about"] = [(made, KG if "/lot/" in made else None)]
    parcel = chain.event(who, kind.code, site=site, **sides, **said)
    return _case(parcel, made, secrets)


def seed(chain: Chain) -> str:
    """A lot of seed that the nursery registered."""
    made = chain.lot()
    chain.do(
        "nursery", "SEED_REGISTER", outputs=[(made, 100 * KG)], herb="huaidihuang",
        species_latin="Rehmannia glutinosa", cultivar="金九", source="温县", germination=98,
    )  # fmt: skip
    return made


def crop(chain: Chain, plot: str) -> str:
    """A crop sown on a plot."""
    made = chain.crop()
    chain.do(
        "cooperative", "SOW", inputs=[(seed(chain), 5 * KG), (plot, None)],
        outputs=[(made, None)], area_m2=6_667,
    )  # fmt: skip
    return made


def _thing(kind: Kind, chain: Chain, who: str) -> str:
    if kind.things == "site":
        return chain.site(who)
    if kind.things == "crop":
        return crop(chain, chain.site(who))
    if kind.things == "actor":
        return chain.actors[who]
    return MARKET if kind.things == "market" else seed(chain)


def _site(
    kind: Kind, chain: Chain, who: str, said: dict[str, Any], secrets: tuple[str, ...]
) -> Case:
    site = chain.lot().replace("/lot/", "/site/")
    sealed = {e.key: said.pop(e.key) for e in kind.elements if e.sealed}
    body = {"site": site, "kind": "plot", **said, "county": "410825"}
    parcel = chain.write(who, kind.travels, body, [site], sealed=sealed)
    return _case(parcel, site, secrets)


def _case(parcel: Parcel, thing: str, secrets: tuple[str, ...]) -> Case:
    claim = parse_claim(parcel.envelope.payload)
    outward = thing not in claim.subjects
    return Case(parcel=parcel, thing=thing, outward=outward, body=claim.body, secrets=secrets)


def _answer(element: Element, chain: Chain) -> Any:  # noqa: ANN401 — any JSON value
    if element.sealed:
        return _sealed(element)
    if element.type == "uri":
        return chain.lot().replace("/lot/", "/site/")
    if element.type == "code":
        return chain.lot().rpartition("/")[2] + "000001222222"
    if element.choices and element.type != "flags":
        return element.choices[0][0]
    if element.type == "flags":
        return {word: True for word, _ in element.choices}
    return f"明文{element.key}" if element.type == "text" else SAID[element.type]


def _sealed(element: Element) -> Any:  # noqa: ANN401 — any JSON value
    secret = _secret(element)
    return {
        "text": secret,
        "texts": [secret],
        "number": SEALED_NUMBER,
        "file": {"sha256": HEX, "type": secret, "size": 1},
        "outline": {"type": "Polygon", "name": secret},
    }[element.type]


def _secret(element: Element) -> str:
    return str(SEALED_NUMBER) if element.type == "number" else f"密封{element.key}"
