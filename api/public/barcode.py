"""The bar code of a trade item alone: which product it is, and where lot and serial stand.

GS1 Digital Link 1.2 section 4.3: a GTIN needs no qualifier. It names no lot, so no history is told.
"""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.answers.pages import Display, display_of, page
from api.opened.ledger import OpenedLedger
from api.public.asking import HTML, TEMPORARY, guarded, wanted_form
from api.public.counted.watch import Watch
from api.public.field import field_of
from api.public.packet.page import BRIEFLY
from api.public.products import Product, ProductBook
from api.shown.values import shown_day, shown_mass
from api.standards.linkset import LINKSET_JSON, LINKSETS, format_product_linkset, is_product_link
from ledger.errors import FormError, NotFoundError
from ledger.herbs.check_digits import parse_gtin
from ledger.herbs.vocabulary import herb
from ledger.trace.answer import china_time
from ledger.trace.steps import shown_name

SHOWN_MAX: Final = 10  # packers of one bar code; honest ones are one
_HEADERS: Final = {"Cache-Control": BRIEFLY, "Vary": "Accept"}


@get("/01/{gtin:str}", sync_to_thread=True, include_in_schema=False)
def ask_product(
    request: Request[Any, Any, Any],
    opened: NamedDependency[OpenedLedger],
    watch: NamedDependency[Watch],
    product_book: NamedDependency[ProductBook],
    gtin: FromPath[str],
) -> Response[Any]:
    """What product a bar code is, and where its packs bear lot and serial; no scan."""

    def answer() -> Response[Any]:
        try:
            number = parse_gtin(gtin)
        except FormError as error:
            if wanted_form(request) != HTML:
                raise
            raise NotFoundError("unknown_code", error.message) from error
        products = product_book.named(number)
        if not products:
            raise NotFoundError("unknown_code", f"no label here bears the GTIN {number}")
        return _answer(request, opened, number, products)

    return guarded(request, opened, watch, f"/01/{quote(gtin, safe='')}", answer)


def _answer(
    request: Request[Any, Any, Any], opened: OpenedLedger, number: str, products: list[Product]
) -> Response[Any]:
    wanted, link_type = wanted_form(request), request.query_params.get("linkType", "")
    path = f"/01/{number}"
    if link_type in LINKSETS or (wanted == LINKSET_JSON and not link_type):
        linkset = format_product_linkset(opened.settings.printed_base_url + path)
        return Response(linkset, media_type=LINKSET_JSON, headers=_HEADERS)
    if link_type:
        if not is_product_link(link_type):
            raise NotFoundError("not_found", f"no link of type {link_type!r} for a GTIN alone")
        return Redirect(path, status_code=TEMPORARY)
    if wanted != HTML:
        told = [_format(each, opened) for each in products]
        return Response({"gtin": number, "products": told}, headers=_HEADERS)
    shown = display_of(request)
    rows = [_shown(each, opened, shown) for each in products[:SHOWN_MAX]]
    return page(
        request,
        "public/product.html",
        {"gtin": number.removeprefix("0"), "products": rows, **field_of(request)},
        headers=_HEADERS,
    )


def _packer(product: Product, opened: OpenedLedger) -> str:
    return shown_name(opened.replica.registry.actors.get(product.actor))


def _format(product: Product, opened: OpenedLedger) -> dict[str, object]:
    return {
        "herb": product.herb or None,
        "drug": product.drug or None,
        "packer": _packer(product, opened),
        "unit_g": product.unit_g or None,
        "last_packed": china_time(product.packed_ms),
    }


def _shown(product: Product, opened: OpenedLedger, shown: Display) -> dict[str, object]:
    named = herb(product.herb)
    name = (named.en if shown.english else named.cn) if named else product.herb
    weight = shown_mass(product.unit_g, english=shown.english) if product.unit_g else ""
    facts = {
        "药材": name if product.drug else "",
        "包装企业": _packer(product, opened),
        "每包净重": weight,
        "最近一次包装": shown_day(product.packed_ms, english=shown.english),
    }
    return {
        "title": product.drug or name or shown.say("没有写品种的商品"),
        "facts": [(shown.say(word), text) for word, text in facts.items() if text],
    }
