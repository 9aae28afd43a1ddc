"""What is too much of a body: every route that reads one has its limit, also those of tomorrow."""

from collections.abc import Iterator
from typing import Final

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from api.answers.forms import BODY_BYTES_MAX, FRAME_BYTES, PARTS_MAX
from api.enterprise.printing.relations import TABLE_BYTES_MAX
from api.files.blobs import FILE_BYTES_MAX
from api.files.photos import PHOTO_BYTES_MAX
from api.settings import BODY_BYTES_MAX as STATEMENTS_BYTES_MAX
from ledger.evidence.verdict import FILE_BYTES_MAX as EVIDENCE_BYTES_MAX
from tests.http.served import Served, assert_problem

WIDER: Final = {
    "/v1/statements": STATEMENTS_BYTES_MAX,
    "/v1/files": FILE_BYTES_MAX,
    "/photo": PHOTO_BYTES_MAX + FRAME_BYTES,
    "/verify": EVIDENCE_BYTES_MAX + FRAME_BYTES,
    "/enterprise/relations": TABLE_BYTES_MAX,
    "/v1/relations": TABLE_BYTES_MAX,
}
# Routes that read none of a body: what is sent is left where it is.
BODILESS: Final = {
    "/logout",
    "/complaint/{receipt}/forget",
    "/v1/labels/{job}/redraw",
    "/supervisor/audit",
}
FORM: Final = "application/x-www-form-urlencoded"
OWN_PAGE: Final = {"sec-fetch-site": "same-origin"}
OPEN: Final = {"/v1/statements", "/photo", "/verify"}  # signed, or they change nothing


def posts(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Every route that takes a body, with what answers there."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods & {"POST", "PUT", "PATCH", "DELETE", "QUERY"}:
                    yield route.path_format, handler


def filled(path: str) -> str:
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


@pytest.fixture
def paths(file_served: Served) -> list[str]:
    """The routes that take a body, and a supervisor to ask them."""
    file_served.chain.admit("bureau", "supervisor")
    found = sorted({path for path, _ in posts(file_served.client.app)})
    assert len(found) > 15
    return found


def test_every_route_that_takes_a_body_has_a_limit_that_fits(file_served: Served) -> None:
    limits = {
        path: handler.resolve_request_max_body_size()
        for path, handler in posts(file_served.client.app)
    }
    assert WIDER.keys() <= limits.keys()
    assert limits == {path: WIDER.get(path, BODY_BYTES_MAX) for path in limits}


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_its_routes_limit_is_refused_by_every_route(
    file_served: Served, paths: list[str], *, announced: bool
) -> None:
    for path in paths:
        body = b"x" * (WIDER.get(path, BODY_BYTES_MAX) + 1)
        sent = (
            body if announced else (body[at : at + 500_000] for at in range(0, len(body), 500_000))
        )
        headers = {**file_served.bearing("bureau"), "content-type": FORM}
        answer = file_served.client.post(
            filled(path), content=sent, headers=headers, follow_redirects=False
        )
        if path in BODILESS:
            assert answer.status_code in {303, 404, 202, 201}, path
        else:
            assert_problem(answer, 413, "too_large")


def test_who_sent_too_much_by_a_page_reads_so_in_chinese(file_served: Served) -> None:
    headers = {**OWN_PAGE, "accept": "text/html", "content-type": FORM}
    answer = file_served.client.post("/complaint", content=b"x" * 70_000, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "太大" in answer.text


def test_a_stranger_is_turned_away_before_a_body_of_a_desk_is_read(
    file_served: Served, paths: list[str]
) -> None:
    for path in (each for each in paths if each.startswith(("/enterprise", "/supervisor"))):
        answer = file_served.client.post(filled(path), content=b"x" * 70_000, headers=OWN_PAGE)
        assert_problem(answer, 401, "unauthorised")
    answer = file_served.client.post("/v1/files", content=b"x" * (FILE_BYTES_MAX + 1))
    assert_problem(answer, 401, "unauthorised")


@pytest.mark.parametrize("route", ["/verify", "/photo", "/login", "/complaint"])
def test_a_form_of_too_many_parts_is_refused(file_served: Served, route: str) -> None:
    parts = [(f"part-{number}", (None, "x")) for number in range(PARTS_MAX + 1)]
    answer = file_served.client.post(route, files=parts, headers=OWN_PAGE)
    assert_problem(answer, 413, "too_large")


@pytest.mark.parametrize("route", ["/verify", "/photo", "/login", "/complaint"])
@pytest.mark.parametrize(
    "part",
    [
        b'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=rot13',
        b'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=no-such',
        b'Content-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=hex',
        b'Content-Disposition: form-data; name="text"\r\n',
    ],
)
def test_a_form_in_no_encoding_is_bad_input(file_served: Served, route: str, part: bytes) -> None:
    body = b"--x\r\n" + part + b"\r\n\r\n\xff\xfe\r\n--x--\r\n"
    headers = {**OWN_PAGE, "content-type": "multipart/form-data; boundary=x"}
    answer = file_served.client.post(route, content=body, headers=headers)
    assert_problem(answer, 400, "bad_query")


def test_a_file_where_a_text_belongs_is_no_text(file_served: Served) -> None:
    files = {"text": ("a.txt", b"x", "text/plain"), "kind": (None, "other")}
    answer = file_served.client.post("/complaint", files=files, headers=OWN_PAGE)
    assert answer.status_code == 400
    answer = file_served.client.post("/photo", files={"photo": (None, "x")})
    assert answer.status_code == 422


@pytest.mark.parametrize("origin", [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": "https://elsewhere.example"},
    {"origin": "null"},
    {},
    {"sec-fetch-site": "cross-site", "authorization": "Basic eDp5"},
])  # fmt: skip
def test_no_other_site_makes_a_browser_post_anything_here(
    file_served: Served, paths: list[str], origin: dict[str, str]
) -> None:
    for path in sorted(set(paths) - OPEN):
        file_served.client.cookies.set("daodi_token", file_served.token("bureau"))
        answer = file_served.client.post(
            filled(path), headers={**origin, "content-type": FORM}, follow_redirects=False
        )
        refused = {401, 403} if "authorization" in origin else {403}
        assert answer.status_code in refused, (path, answer.text)
        assert "set-cookie" not in answer.headers
