"""What is sealed in the demonstration is on no page of it, in no trace and in no evidence."""

import json
import sqlite3

import pytest

from tests.browser.live import Site, Visitor, fetched

pytestmark = pytest.mark.browser

WHAT = ("trace", "evidence")


def test_nothing_sealed_in_the_demonstration_is_on_any_page(demo: Site, visitor: Visitor) -> None:
    sealed = sealed_words(demo)
    assert len(sealed) > 10
    cases = json.loads((demo.folder / "demo.json").read_text("utf-8"))["cases"]
    assert {case["shows"] for case in cases} == demo.codes.keys()
    for code in (case["code"] for case in cases):
        page = visitor.visit(f"{demo.url}/t/{code}").content()
        english = fetched(f"{demo.url}/t/{code}?lang=en")
        traced, evidence = (fetched(f"{demo.url}/v1/{what}?code={code}") for what in WHAT)
        # A firm that signs a step in the open may be sealed elsewhere as somebody's seller.
        signers = {step["actor"] for step in json.loads(traced)["steps"]}
        hidden = {word for word in sealed if not any(word in signer for signer in signers)}
        public = (page, english, traced, evidence)
        assert [word for word in hidden for text in public if word in text] == [], code


def sealed_words(demo: Site) -> set[str]:
    """Every text among the sealed values of a ledger, and every salt."""
    connection = sqlite3.connect(demo.folder / "ledger.db")
    try:
        rows = connection.execute("SELECT salt, value FROM opening").fetchall()
    finally:
        connection.close()
    return {word for salt, value in rows for word in (salt, *texts_of(json.loads(value)))}


def texts_of(value: object) -> set[str]:
    """Texts within a JSON value."""
    if isinstance(value, dict):
        return texts_of([*value.values()])
    if isinstance(value, list):
        return {word for each in value for word in texts_of(each)}
    return {value} if isinstance(value, str) else set()
