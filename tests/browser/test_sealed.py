"""What is private in the demonstration is on no page of it, in no trace, evidence, feed or file."""

import json
import re
import sqlite3
from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.browser.live import Site, Visitor, fetched

pytestmark = pytest.mark.browser

WHAT = ("trace", "evidence")
CONTACT = "13800001234"
COMPLAINT = "门口那家店里买的，住在三号院的李四也买了"
PERSONAL = (
    *("pickers", "operator", "samplers", "witness", "farmer", "invoice", "rx_token"),
    *("geo", "outline"),
)
# Everything besides the codes' own pages.
PLACES = (
    *("/", "/?lang=en", "/recalls", "/recalls.json", "/recalls.atom", "/quota", "/privacy"),
    *("/complaint", "/photo", "/verify", "/v1/ledger", "/metrics", "/readyz", "/log/checkpoint"),
)


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


def test_nothing_private_is_in_any_statement_feed_or_list(demo: Site) -> None:
    private = {*personal_words(demo), *tokens(demo), CONTACT, COMPLAINT, complain(demo)}
    assert len(private) > 100
    for path, text in public_texts(demo):
        assert [word for word in private if word in text] == [], path


def test_no_file_of_the_demonstration_says_who_took_it_or_where(demo: Site) -> None:
    for path in (demo.folder / "blobs").iterdir():
        content = path.read_bytes()
        if content.startswith((b"\xff\xd8\xff", b"\x89PNG")):
            with Image.open(BytesIO(content)) as photo:
                assert dict(photo.getexif()) == {}, path.name
        assert b"GPS" not in content, path.name


def public_texts(demo: Site) -> Iterator[tuple[str, str]]:
    """Each public address besides those of codes, and what it answers to nobody in particular."""
    with httpx.Client(base_url=demo.url, trust_env=False, timeout=30) as client:
        quota = re.findall(r'href="(/quota/[^"]+)"', client.get("/quota").text)
        assert quota
        for path in (*PLACES, *quota):
            answer = client.get(path, headers={"accept": "text/html, */*;q=0.5"})
            assert answer.status_code == 200, path
            yield path, answer.text
        for statement_id in rows(demo, "SELECT statement_id FROM entry WHERE payload NOT NULL"):
            path = f"/v1/statements/{statement_id}"
            answer = client.get(path)
            assert answer.status_code in {200, 404}, path
            yield path, answer.text


def tokens(demo: Site) -> list[str]:
    """What the database keeps of bearer tokens."""
    return rows(demo, "SELECT token_hash FROM token")


def complain(demo: Site) -> str:
    """A report with a contact; its receipt number."""
    given = {"kind": "quality", "text": COMPLAINT, "contact": CONTACT}
    answer = httpx.post(
        f"{demo.url}/complaint", data=given, headers={"sec-fetch-site": "same-origin"},
        follow_redirects=False, trust_env=False,
    )  # fmt: skip
    assert answer.status_code == 303
    return str(answer.headers["location"].rpartition("/")[2])


def rows(demo: Site, query: str) -> list[str]:
    """The first column of a query."""
    connection = sqlite3.connect(demo.folder / "ledger.db")
    try:
        return [str(first) for first, *_ in connection.execute(query)]
    finally:
        connection.close()


def personal_words(demo: Site) -> set[str]:
    """Names of persons, papers' numbers and places among the sealed values, and every salt.

    Not the names of firms, which sign other statements in the open.
    """
    marks = ", ".join(f"'{name}'" for name in PERSONAL)
    found = rows(demo, f"SELECT value FROM opening WHERE name IN ({marks})")
    words = {word for value in found for word in texts_of(json.loads(value)) if len(word) > 1}
    places = {place for value in found for place in re.findall(r"\d+\.\d{3,}", value)}
    assert places
    return (words - {"Polygon"}) | places | set(rows(demo, "SELECT salt FROM opening"))


def sealed_words(demo: Site) -> set[str]:
    """Every text among the sealed values of a ledger, and every salt."""
    connection = sqlite3.connect(demo.folder / "ledger.db")
    try:
        found = connection.execute("SELECT salt, value FROM opening").fetchall()
    finally:
        connection.close()
    return {word for salt, value in found for word in (salt, *texts_of(json.loads(value)))}


def texts_of(value: object) -> set[str]:
    """Texts within a JSON value."""
    if isinstance(value, dict):
        return texts_of([*value.values()])
    if isinstance(value, list):
        return {word for each in value for word in texts_of(each)}
    return {value} if isinstance(value, str) else set()
