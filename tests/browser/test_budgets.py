"""What the public's longest page carries: a lot steamed nine times has a budget of its own."""

import json

import httpx
import pytest

from tests.browser.live import Site, Visitor
from tests.browser.test_public import status_of

pytestmark = pytest.mark.browser

HERB = "怀地黄"
STEPS_MIN = 40
EVIDENCE_BYTES_MAX = 90 * 1024


def traced(demo: Site, code: str) -> list[object]:
    """The steps of a code."""
    answer = httpx.get(f"{demo.url}/v1/trace?code={code}", trust_env=False)
    steps: list[object] = answer.json()["steps"]
    return steps


def test_the_evidence_of_nine_steamings_is_light_and_is_checked(
    demo: Site, visitor: Visitor
) -> None:
    cases = json.loads((demo.folder / "demo.json").read_text(encoding="utf-8"))["cases"]
    codes = [one["code"] for one in cases if (one["herb"], one["shows"]) == (HERB, "honest")]
    longest = max(codes, key=lambda code: len(traced(demo, code)))
    page = visitor.visit(f"{demo.url}/t/{longest}")

    assert page.locator(".steps > li").count() >= STEPS_MIN
    assert status_of(page)[0] in {"checked", "partly"}
    carried = visitor.carried_bytes(page)
    evidence = sum(size for url, size in carried.items() if "/v1/evidence" in url)
    assert 0 < evidence <= EVIDENCE_BYTES_MAX
