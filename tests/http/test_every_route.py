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
    *("/login", "/logout", "/lot", "/phone.js", "/photo", "/privacy", "/proof", "/quota"),
    *("/readyz", "/recall", "/recalls", "/recalls.atom", "/recalls.json", "/scans", "/schema"),
    *("/second.js", "/site", "/static", "/t", "/verify", "/whole.js"),
    *("/v1/evidence", "/v1/ledger", "/v1/statements", "/v1/trace"),
)
OPERATORS: Final = ("/metrics",)  # by a token of their own
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


def ask(
    served: Served, method: str, path: str, who: str = "", accept: str = "application/json"
) -> Response:
    headers = {**OWN_PAGE, "accept": accept, **(served.bearing(who) if who else {})}
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
        if path != "/" and not is_under(path, (*ACTORS, *SUPERVISORS, *OPERATORS, *ANYBODY))
    }  # fmt: skip
    assert unknown == set()


def test_who_has_no_token_gets_nothing_that_is_an_actors(
    file_served: Served, routes: list[tuple[str, str]]
) -> None:
    kept = ACTORS + SUPERVISORS + OPERATORS
    asked = [one for one in routes if is_under(one[1], kept) and one != KEYS]
    assert len(asked) > 40
    for method, path in asked:
        answer = ask(file_served, method, path)
        assert answer.status_code in REFUSED, (method, path, answer.text)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login?next=/"), path


def test_who_is_no_supervisor_gets_nothing_of_theirs(
    file_served: Served, routes: list[tuple[str, str]]
) -> None:
    routes = [one for one in routes if one[1] not in OPERATORS]
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


def test_nobodys_token_reads_what_is_the_operators(
    file_served: Served, routes: list[tuple[str, str]]
) -> None:
    for method, path in routes:
        if path in OPERATORS:
            assert ask(file_served, method, path, "bureau").status_code == 401


PAGES_POLICY: Final = "default-src 'none'; script-src 'self';"


def test_every_answer_says_what_browsers_may_do_with_it(
    file_served: Served, routes: list[tuple[str, str]]
) -> None:
    """Over HTTP; `test_tls` has what HTTPS adds."""
    for method, path in [*routes, ("GET", "/nowhere"), ("PUT", "/v1/statements")]:
        for accept in ("text/html", "application/json"):
            answer = ask(file_served, method, path, "bureau", accept=accept)
            said = answer.headers
            assert said["x-content-type-options"] == "nosniff", path
            assert said["referrer-policy"] in {"no-referrer", "same-origin"}, path
            assert said["cross-origin-opener-policy"] == "same-origin", path
            assert said["cross-origin-resource-policy"] == "same-origin", path
            assert "strict-transport-security" not in said, path
            policy = said["content-security-policy"]
            assert "frame-ancestors 'none'" in policy or "sandbox" in policy, (path, policy)
            is_ours = not path.startswith("/schema")  # the framework's page without any script
            if is_ours and said.get("content-type", "").startswith("text/html"):
                assert policy.startswith(PAGES_POLICY), (path, policy)
            assert "server" not in said
            assert "unsafe-eval" not in policy


def test_a_sealed_value_is_kept_by_nobody_on_the_way(file_served: Served) -> None:
    made = file_served.post(file_served.harvest(pickers=["李四"])).json()
    path = f"/v1/statements/{made['statement_id']}"
    answer = file_served.client.get(path, headers=file_served.bearing("cooperative"))
    assert "李四" in answer.text
    assert answer.headers["cache-control"] == "no-store"


SECRETS: Final = {
    "token": "a-token-that-nobody-may-read",
    "session": "session.that-nobody-may-read",
    "typed": "what-somebody-typed-by-mistake",
}


def test_the_log_holds_no_secret_whatever_is_asked(
    file_served: Served,
    routes: list[tuple[str, str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain, client = file_served.chain, file_served.client
    own = {**file_served.bearing("cooperative"), **OWN_PAGE}
    for method, path in routes:
        for accept in ("text/html", "application/json"):
            client.cookies.clear()
            place = re.sub(r"\{[^}]*\}", SECRETS["typed"], path)
            headers = {
                **OWN_PAGE, "accept": accept, "cookie": f"daodi_token={SECRETS['session']}",
                "authorization": f"Bearer {SECRETS['token']}", "referer": SECRETS["typed"],
                "content-type": "application/x-www-form-urlencoded",
            }  # fmt: skip
            client.request(
                method, f"{place}?code={SECRETS['typed']}&next={SECRETS['typed']}",
                headers=headers, content=f"token={SECRETS['token']}" if method == "POST" else None,
                follow_redirects=False,
            )  # fmt: skip
    assert file_served.post(file_served.harvest(pickers=["不可记下的名字"])).status_code == 201
    report = client.post(
        "/complaint", data={"kind": "quality", "text": "不可记下的话", "contact": "13800000000"},
        headers={**OWN_PAGE, "accept": "text/html"}, follow_redirects=False,
    )  # fmt: skip
    assert report.status_code == 303
    receipt = report.headers["location"].rpartition("/")[2].partition("?")[0]
    # What breaks inside is told with its trace, and without the address that somebody asked for.
    monkeypatch.setattr("api.public.complaining.complaint_of", _broken, raising=False)
    client.get(f"/complaint/{receipt}", headers={"accept": "text/html"})
    client.get("/v1/statements/" + "0" * 64, headers=own)

    said = capsys.readouterr().err
    assert said.count('"event":"request"') > 2 * len(routes) - 10
    assert "broken on purpose" in said
    seeds = [pen.key.to_pem().decode().splitlines()[1] for pen in chain.pens.values()]
    tokens = [file_served.token("cooperative")]
    told = ["不可记下的名字", "不可记下的话", "13800000000", receipt]
    for secret in (*SECRETS.values(), *seeds, *tokens, *told):
        assert secret not in said, secret


def _broken(*_: object, **__: object) -> object:
    raise RuntimeError("broken on purpose")
