"""Who may see and do what on the desks: the public, an actor, another actor, a supervisor."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Response

from api.access import COOKIE
from ledger.herbs.identifiers import code_of_uri
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import generate_private_key
from tests.http.served import Served, assert_problem

SCRIPT_BYTES_MAX = 40_000  # gzipped, of one desk: platforms.md's budget for a county's old computer
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}
DESKS = ("/enterprise", "/enterprise/record", "/enterprise/record/HARVEST", "/supervisor",
         "/supervisor/trace", "/supervisor/audit")  # fmt: skip


@pytest.fixture
def served(file_served: Served) -> Iterator[Served]:
    """A ledger with an inspector besides its five actors."""
    file_served.chain.admit("inspector", "supervisor")
    file_served.client.follow_redirects = False
    return file_served


def packs(served: Served) -> str:
    """The code of a lot that the mill packed, with 20 serials from 1 on."""
    lot = served.chain.lot()
    served.chain.do(
        "mill", "PACK_LABEL", inputs=[(served.chain.lot(), 10_000)], outputs=[(lot, 10_000)],
        unit_g=500, count=20, code_range={"first": 1, "last": 20}, herb="huaidihuang",
        label_fields=[{"name": "品名", "value": "生地黄"}, {"name": "产地", "value": "温县"}],
    )  # fmt: skip
    return code_of_uri(lot)


def visit(served: Served, path: str, who: str | None = None) -> Response:
    """Ask for a page as a browser with the cookie of an actor does."""
    headers = dict(BROWSER)
    if who is not None:
        headers["cookie"] = f"{COOKIE}={served.token(who)}"
    return served.client.get(path, headers=headers)


@pytest.mark.parametrize("path", DESKS)
def test_the_public_is_sent_to_the_login_and_comes_back_where_it_wanted_to_go(
    served: Served, path: str
) -> None:
    answer = visit(served, path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
    login = served.client.post(
        "/login", data={"token": served.token("inspector"), "next": path}, headers=BROWSER
    )
    assert (login.status_code, login.headers["location"]) == (303, path)
    cookie = login.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_the_supervisors_desk_is_closed_to_other_actors(served: Served) -> None:
    for path in ("/supervisor", "/supervisor/trace", "/supervisor/audit"):
        assert visit(served, path, "mill").status_code == 403
        assert visit(served, path, "inspector").status_code == 200
    headers = served.bearing("mill")
    assert_problem(served.client.get("/v1/audit", headers=headers), 403, "forbidden")
    assert_problem(served.client.get("/v1/audit"), 401, "unauthorised")
    assert served.client.get("/v1/audit", headers=served.bearing("inspector")).status_code == 200


def test_labels_are_for_whoever_packed_the_lot_and_for_supervisors(served: Served) -> None:
    code = packs(served)
    for path in (f"/enterprise/labels/{code}.png?serial=7", f"/enterprise/printing/{code}"):
        assert visit(served, path).status_code == 303
        assert visit(served, path, "cooperative").status_code == 403
        assert visit(served, path, "mill").status_code == 200
        assert visit(served, path, "inspector").status_code == 200
    for serial in ("0", "21"):
        outside = visit(served, f"/enterprise/labels/{code}.png?serial={serial}", "mill")
        assert outside.status_code == 404


def test_a_voided_code_is_not_printed_again(served: Served) -> None:
    code = packs(served)
    svg = visit(served, f"/enterprise/labels/{code}.svg?serial=3", "mill").text
    printed = [line.partition("</text>")[0].rpartition(">")[2] for line in svg.splitlines()]
    unit = "".join(printed).replace(" ", "").lower()
    start = unit.index(code)
    served.chain.do(
        "mill", "CODE_VOID", about=[(served.chain.lot().rpartition("/")[0] + f"/{code}", None)],
        codes=[unit[start : start + 32]], reason="damaged",
    )  # fmt: skip
    assert visit(served, f"/enterprise/labels/{code}.svg?serial=3", "mill").status_code == 400
    assert visit(served, f"/enterprise/labels/{code}.svg?serial=4", "mill").status_code == 200


def test_sealed_values_are_shown_to_their_signer_and_to_supervisors_alone(served: Served) -> None:
    parcel = served.harvest(pickers=["李四"])
    lot = next(uri for uri in served.post(parcel).json()["links"] if "/lot/" in uri["subject"])
    page = f"/enterprise/lots/{code_of_uri(lot['subject'])}"
    assert "李四" in visit(served, page, "cooperative").text
    assert "李四" not in visit(served, page, "mill").text
    trace = f"/supervisor/trace?code={code_of_uri(lot['subject'])}"
    assert "李四" in visit(served, trace, "inspector").text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {},
    ],
)
def test_another_sites_form_changes_nothing(served: Served, headers: dict[str, str]) -> None:
    cookie = {"cookie": f"{COOKIE}={served.token('inspector')}", "accept": "application/json"}
    for path in ("/login", "/logout", "/supervisor/audit", "/v1/keys", "/v1/drafts"):
        answer = served.client.post(path, content=b"{}", headers=headers | cookie)
        assert_problem(answer, 403, "forbidden")


def test_a_form_of_an_old_browser_is_known_by_its_origin(served: Served) -> None:
    headers = {"origin": "http://testserver.local", "accept": "text/html"}
    answer = served.client.post(
        "/login", data={"token": served.token("mill"), "next": "//elsewhere.example"},
        headers=headers,
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/enterprise")
    wrong = served.client.post("/login", data={"token": "guessed"}, headers=headers)
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers


def test_the_cookie_of_a_ledger_that_was_here_before_is_nobodys(served: Served) -> None:
    stale = {"cookie": f"{COOKIE}=of-another-ledger"}
    assert served.client.get("/v1/ledger", headers=stale).status_code == 200
    missing = served.client.get(f"/v1/trace?code={served.chain.lot()}", headers=stale)
    assert_problem(missing, 404, "unknown_code")
    assert_problem(
        served.client.get("/v1/audit", headers={"authorization": "Bearer guessed"}),
        401,
        "unauthorised",
    )


def test_a_token_enrols_devices_of_its_own_actor_and_never_a_registrar(served: Served) -> None:
    key = generate_private_key("ES256")
    asked = {"alg": key.alg, "spki": encode_base64(key.spki)}
    assert_problem(
        served.client.post("/v1/keys", json=asked, headers={"sec-fetch-site": "same-origin"}),
        401,
        "unauthorised",
    )
    first = served.client.post("/v1/keys", json=asked, headers=served.bearing("mill"))
    assert first.status_code == 201
    known = served.client.get(f"/v1/keys/{key.key_id}").json()
    assert (known["actor"], known["roles"]) == (served.chain.actors["mill"], ["processor"])
    again = served.client.post("/v1/keys", json=asked, headers=served.bearing("mill"))
    assert (again.status_code, again.json()["status"]) == (200, "enrolled")
    stolen = served.client.post("/v1/keys", json=asked, headers=served.bearing("quality"))
    assert_problem(stolen, 409, "already_registered")
    bad = served.client.post("/v1/keys", json={"alg": "ES256"}, headers=served.bearing("mill"))
    assert_problem(bad, 400, "bad_body")


def test_a_draft_names_each_field_and_refuses_sealed_values_in_clear(served: Served) -> None:
    asked = {
        "kind": "HARVEST",
        "event_time": "2026-04-01T09:00:00+08:00",
        "inputs": [{"field": "crop", "uri": code_of_uri(served.chain.crop())}],
        "outputs": [{"field": "lot", "uri": code_of_uri(served.chain.lot()), "mass": "240斤"}],
        "site": code_of_uri(served.chain.lot()),
        "elements": {"area_m2": "2.5", "method": "人工", "pickers": "李四"},
    }
    headers = served.bearing("cooperative")
    answer = served.client.post("/v1/drafts", json=asked, headers=headers).json()
    assert {one["field"] for one in answer["refusals"]} == {"plot", "pickers"}
    assert "body" not in answer
    asked["elements"] = {
        "area_m2": "2.5", "method": "人工", "plot": code_of_uri(served.chain.lot())
    }  # fmt: skip
    asked["sealed"] = ["pickers"]
    good = served.client.post("/v1/drafts", json=asked, headers=headers).json()
    assert good["refusals"] == []
    assert good["body"]["daodi:area_m2"] == 1667
    assert good["body"]["outputQuantityList"][0]["quantity"] == 120
    assert good["body"]["daodi:method"] == "hand"
    assert any(uri.endswith("#out") for uri in good["subjects"])
    asked["kind"] = "SCAN"
    refused = served.client.post("/v1/drafts", json=asked, headers=headers)
    assert_problem(refused, 400, "unknown_kind")


def test_the_desks_scripts_stay_within_their_budget() -> None:
    folder = Path(__file__).parents[2] / "api/static/enterprise"
    scripts = [path.read_bytes() for path in folder.glob("*.js")]
    assert 0 < sum(len(gzip.compress(script)) for script in scripts) <= SCRIPT_BYTES_MAX
