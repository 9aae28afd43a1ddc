"""Where a code leads: RFC 9264 linksets with the link types of GS1 Digital Link 1.2."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from ledger.canonical import JsonObject, JsonValue

LINKSET_JSON: Final = "application/linkset+json"
LINKSETS: Final = frozenset({"linkset", "all"})  # the second as older resolvers call it
VOCABULARY: Final = "https://ref.gs1.org/voc/"
# By link type: the route, its media type, and its title.
_ROUTES: Final[Mapping[str, tuple[str, str, str]]] = {
    "gs1:defaultLink": ("/t/{code}", "text/html", "追溯页"),
    "gs1:pip": ("/t/{code}", "text/html", "追溯页"),
    "gs1:traceability": ("/v1/trace?code={code}", "application/json", "追溯记录"),
    "gs1:certificationInfo": ("/t/{code}#tests", "text/html", "检验结果"),
    "gs1:recallStatus": ("/recalls", "text/html", "召回"),
    "gs1:verificationService": ("/v1/evidence?code={code}", "application/json", "证据文件"),
}
_OF_PRODUCTS: Final = ("defaultLink", "pip")


def link_types() -> tuple[str, ...]:
    """Every type of link that is served."""
    return tuple(_ROUTES)


def target_of(link_type: str, code: str) -> str | None:
    """Where a link type leads for a code; None for a type that we do not serve."""
    known = _ROUTES.get(link_type if ":" in link_type else f"gs1:{link_type}")
    return known[0].format(code=quote(code, safe="")) if known else None


def format_linkset(anchor: str, code: str, base_url: str) -> JsonObject:
    """The linkset of a code. Source: RFC 9264 section 4.2, GS1 Digital Link 1.2 section 8.4."""
    links: JsonObject = {"anchor": anchor}
    for link_type, (route, media_type, title) in _ROUTES.items():
        target: JsonValue = {
            "href": base_url + route.format(code=quote(code, safe="")),
            "type": media_type,
            "title": title,
            "hreflang": ["zh", "en"] if media_type == "text/html" else ["zh"],
        }
        links[VOCABULARY + link_type.partition(":")[2]] = [target]
    return {"linkset": [links]}


def is_product_link(link_type: str) -> bool:
    """Whether a GTIN alone has a link of this type: it names no lot, and has no history."""
    return link_type.removeprefix("gs1:") in _OF_PRODUCTS


def format_product_linkset(address: str) -> JsonObject:
    """The linkset of a GTIN alone, whose page is at `address`. Source: as `format_linkset`."""
    target: JsonValue = {
        "href": address,
        "type": "text/html",
        "title": "商品条码",
        "hreflang": ["zh", "en"],
    }
    return {"linkset": [{"anchor": address, **{VOCABULARY + t: [target] for t in _OF_PRODUCTS}}]}
