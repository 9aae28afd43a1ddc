"""Every route with every role: who may not is refused, and what is for one is kept by no proxy."""

import re
from collections.abc import Iterator
from typing import Final

import pytest
from httpx import Response
from litestar.routes import HTTPRoute

from tests.http.served import Served

# Least role of each route that is not anybody's. A new route stands in one of the three lists.
ACTORS: Final = (
    *("/enterprise", "/v1/balance", "/v1/cases", "/v1/drafts", "/v1/files", "/v1/keys"),
    *("/v1/labels", "/v1/packings", "/v1/relations"),
)
SUPERVISORS: Final = ("/supervisor", "/v1/audit", "/v1/findings")
ANYBODY: Final = (
    *("/.well-known", "/00", "/01", "/T", "/blob", "/complaint", "/crop", "/healthz", "/log"),
    *("/login", "/logout", "/lot", "/metrics", "/phone.js", "/photo", "/privacy", "/quota"),
    *("/readyz", "/recall", "/recalls", "/recalls.atom", "/recalls.json", "/scans", "/schema"),
    *("/second.js", "/site", "/static", "/t", "/verify"),
    *("/v1/evidence", "/v1/ledger", "/v1/statements", "/v1/trace"),
)
KEYS: Final = ("GET", "/v1/keys/{kid}")  # anybody asks where a key's chain stands
OWN_PAGE: Final = {"sec-fetch-site": "same-origin", "accept": "application/json"}
REFUSED: Final = {401, 303}
LEFT_OUT: Final = {"HEAD", "OPTIONS"}


def is_under(path: str, places: tuple[str, ...]) -> bool:
    return path in places or path.startswith(tuple(f"{place}/" for place in places))


@pytest.fixture
def routes(file_served: Served) -> list[tuple[str, str]]:
    """Method and path of everything that answers, and an inspector to ask it."""
    file_served.chain.admit("bureau", "supervisor")
    return sorted(_routes(file_served))


def _routes(served: Served) -> Iterator[tuple[str, str]]:
    for route in served.client.app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods - LEFT_OUT:
                    yield method, route.path_format


def ask(served: Served, method: str, path: str, who: str = "") -> Response:
    headers = {**OWN_PAGE, **(served.bearing(who) if who else {})}
    if method == "POST":
        is_json = path.startswith("/v1/") and path not in {"/v1/files", "/v1/relations"}
        headers["content-type"] = (
            "application/json" if is_json else "application/x-www-form-urlencoded"
        )
    place = re.sub(r"\{[^}]*\}", "2026", path)
    query = "?code=x" if path == "/v1/balance" else ""
    return served.client.request(
        method, place + query, headers=headers, content=b"{}" if method == "POST" else None,
        follow_redirects=False,
    )  # fmt: skip


def test_it_is_written_down_whose_each_route_is(routes: list[tuple[str, str]]) -> None:
    unknown = {
        path for _, path in routes
        if path != "/" and not is_under(path, (*ACTORS, *SUPERVISORS, *ANYBODY))
    }  # fmt: skip
    assert unknown == set()


def test_who_has_no_token_gets_nothing_that_is_an_actors(
    file_served: Served, routes: list[tuple[str, str]]
) -> None:
    asked = [one for one in routes if is_under(one[1], ACTORS + SUPERVISORS) and one != KEYS]
    assert len(asked) > 40
    for method, path in asked:
        answer = ask(file_served, method, path)
        assert answer.status_code in REFUSED, (method, path, answer.text)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login?next=/"), path


def test_who_is_no_supervisor_gets_nothing_of_theirs(
    file_served: Served, routes: list[tuple[str, str]]
) -> None:
    for method, path in routes:
        for who in ("mill", "laboratory", "cooperative"):
            answer = ask(file_served, method, path, who)
            refused = is_under(path, SUPERVISORS)
            assert (answer.status_code == 403) == refused, (method, path, who, answer.text)
        if path != "/login":  # which asks for a token of its form's
            assert ask(file_served, method, path, "bureau").status_code not in {401, 403}, path


def test_what_is_for_one_reader_is_kept_by_nobody_on_the_way(
    file_served: Served, routes: list[tuple[str, str]]
) -> None:
    for method, path in routes:
        answer = ask(file_served, method, path, "bureau")
        said = answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        if is_under(path, ACTORS + SUPERVISORS) or path in {"/v1/trace", "/login", "/logout"}:
            assert said.startswith(("no-store", "private")), (method, path, said)
        elif "public" in said:
            assert answer.text == ask(file_served, method, path).text, path  # alike for all


def test_a_sealed_value_is_kept_by_nobody_on_the_way(file_served: Served) -> None:
    made = file_served.post(file_served.harvest(pickers=["李四"])).json()
    path = f"/v1/statements/{made['statement_id']}"
    answer = file_served.client.get(path, headers=file_served.bearing("cooperative"))
    assert "李四" in answer.text
    assert answer.headers["cache-control"] == "no-store"
