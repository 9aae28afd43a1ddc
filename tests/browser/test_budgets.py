"""What the public's longest pages carry: sixty steps and a pot of four herbs have own budgets."""

import pytest

from tests.browser.live import Site, Visitor
from tests.browser.test_long import code_of
from tests.browser.test_public import later, status_of

pytestmark = pytest.mark.browser

# Steps, bytes of page and style, bytes of evidence.
BUDGETS = {"怀地黄": (60, 24 * 1024, 56 * 1024), "代煎汤剂": (100, 36 * 1024, 100 * 1024)}


@pytest.mark.parametrize("herb", BUDGETS)
def test_a_long_history_is_light_and_is_checked(demo: Site, visitor: Visitor, herb: str) -> None:
    steps_min, page_bytes_max, evidence_bytes_max = BUDGETS[herb]
    page = visitor.visit(f"{demo.url}/t/{code_of(demo, herb)}")

    assert page.locator(".steps > li").count() >= steps_min
    assert status_of(page)[0] in {"checked", "partly"}
    carried = visitor.carried_bytes(page)
    own = sum(size for url, size in carried.items() if not later(url))
    evidence = sum(size for url, size in carried.items() if "/v1/evidence" in url)
    assert 0 < own <= page_bytes_max
    assert 0 < evidence <= evidence_bytes_max
