"""The enterprise's routes, in the order of its day."""

from typing import Final

from litestar.types import ControllerRouterHandler

from api.enterprise import labels, pages

PAGES: Final[tuple[ControllerRouterHandler, ...]] = (
    pages.home,
    pages.record_index,
    pages.record_form,
    pages.lot_page,
    labels.print_page,
    labels.label_file,
)
