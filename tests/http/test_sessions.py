"""A browser's session: its own secret, hard to plant, and ended for good by logging out."""

from http.cookies import Morsel, SimpleCookie

import pytest
from httpx import Response
from sqlalchemy import select

from api.access import COOKIE, SECURE_COOKIE, SESSION, SESSION_S, hash_of
from ledger.store.tables import token
from ledger.store.tokens import Bearer, keep_session
from tests.http.served import Served

HTTPS = "https://testserver.local"
PAGE = {"accept": "text/html", "sec-fetch-site": "same-origin"}
CLERK = "mill"


def log_in(served: Served, secret: str, *, base: str = "", **headers: str) -> Response:
    served.client.cookies.clear()
    return served.client.post(
        f"{base}/login",
        data={"token": secret, "next": "/enterprise"},
        headers={**PAGE, **headers},
        follow_redirects=False,
    )


def cookie_of(answer: Response) -> Morsel[str]:
    """The one cookie that an answer sets."""
    (found,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return found


def status(served: Served, name: str, session: str, *, base: str = "") -> int:
    """What the first page of a desk answers to a cookie."""
    served.client.cookies.clear()
    headers = {**PAGE, "cookie": f"{name}={session}"}
    return served.client.get(
        f"{base}/enterprise", headers=headers, follow_redirects=False
    ).status_code


def test_over_https_no_other_page_can_set_or_read_the_cookie(served: Served) -> None:
    answer = log_in(served, served.token(CLERK), base=HTTPS)
    found = cookie_of(answer)

    # RFC 6265bis section 4.1.3.2: Secure, the whole host's, and no neighbour's.
    assert found.key == SECURE_COOKIE == "__Host-daodi_token"
    assert found["secure"]
    assert found["path"] == "/"
    assert found["domain"] == ""
    assert found["httponly"]
    assert found["samesite"].lower() == "strict"
    assert status(served, SECURE_COOKIE, found.value, base=HTTPS) == 200


def test_on_loopback_without_tls_the_plain_name_serves(served: Served) -> None:
    found = cookie_of(log_in(served, served.token(CLERK)))
    assert found.key == COOKIE
    assert (found["secure"], found["httponly"]) == ("", True)
    assert found["samesite"].lower() == "strict"
    assert status(served, COOKIE, found.value) == 200


def test_a_cookie_that_a_page_of_http_planted_counts_for_nothing_over_https(
    served: Served,
) -> None:
    session = cookie_of(log_in(served, served.token(CLERK))).value
    assert status(served, COOKIE, session, base=HTTPS) == 303


def test_the_cookie_is_not_the_token_and_the_token_is_in_no_answer(served: Served) -> None:
    secret = served.token(CLERK)
    answer = log_in(served, secret)
    session = cookie_of(answer).value

    assert session.startswith(SESSION)
    assert secret not in str(answer.headers)
    assert secret not in answer.text
    assert answer.headers["location"] == "/enterprise"
    with served.beside.store.engine.connect() as connection:
        kept = [str(row) for row in connection.execute(select(token))]
    assert not any(secret in row or session in row for row in kept)


def test_what_was_planted_before_the_login_is_not_taken_over(served: Served) -> None:
    planted = SESSION + "planted-by-somebody-else"
    session = cookie_of(log_in(served, served.token(CLERK), cookie=f"{COOKIE}={planted}")).value
    assert session != planted
    assert status(served, COOKIE, planted) == 303
    other = cookie_of(log_in(served, served.token(CLERK))).value
    assert other != session


def test_logging_out_ends_the_session_wherever_its_cookie_is(served: Served) -> None:
    session = cookie_of(log_in(served, served.token(CLERK))).value
    another = cookie_of(log_in(served, served.token(CLERK))).value
    served.client.cookies.clear()
    left = served.client.post(
        "/logout", headers={**PAGE, "cookie": f"{COOKIE}={session}"}, follow_redirects=False
    )

    assert cookie_of(left)["max-age"] == "0"
    assert cookie_of(left).value == ""
    assert status(served, COOKIE, session) == 303
    # The same person's other browser, and its programs, go on.
    assert status(served, COOKIE, another) == 200
    bearing = {**PAGE, **served.bearing(CLERK)}
    assert served.client.get("/enterprise", headers=bearing).status_code == 200


def test_another_site_logs_nobody_out(served: Served) -> None:
    session = cookie_of(log_in(served, served.token(CLERK))).value
    served.client.cookies.clear()
    foreign = {"cookie": f"{COOKIE}={session}", "sec-fetch-site": "cross-site"}
    assert served.client.post("/logout", headers=foreign).status_code == 403
    assert status(served, COOKIE, session) == 200


def test_a_session_ends_after_a_month_and_begets_no_other(served: Served) -> None:
    session = cookie_of(log_in(served, served.token(CLERK))).value
    assert log_in(served, session).status_code == 401

    old = SESSION + "of-last-month"
    bearer = Bearer(actor=served.chain.actors[CLERK], holder="holder")
    made_ms = served.beside.clock() - SESSION_S * 1000 - 1
    keep_session(served.beside.store, hash_of(old), bearer, created_ms=made_ms)
    assert status(served, COOKIE, old) == 303
    bearing = {"authorization": f"Bearer {old}", "accept": "application/json"}
    assert served.client.get("/v1/balance?code=x", headers=bearing).status_code == 401
    # The next login tidies up behind it.
    log_in(served, served.token(CLERK))
    with served.beside.store.engine.connect() as connection:
        kept = {row.token_hash for row in connection.execute(select(token))}
    assert not any(hash_of(old) in row for row in kept)


@pytest.mark.parametrize("name", ["token", "access_token", "authorization"])
def test_a_token_in_an_address_opens_nothing(served: Served, name: str) -> None:
    served.client.cookies.clear()
    asked = f"/enterprise?{name}={served.token(CLERK)}"
    answer = served.client.get(asked, headers=PAGE, follow_redirects=False)
    assert answer.status_code == 303
    assert (
        served.client.get(
            f"/login?{name}={served.token(CLERK)}", headers=PAGE, follow_redirects=False
        ).status_code
        == 200
    )
