"""A token speaks for one person: whoever has it approves nothing that the same person signed."""

import shlex
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from httpx import Response

from api.app import clock_ms
from api.cli import main
from api.records import enrolling
from ledger.canonical import JsonObject
from ledger.evidence.make import follow
from ledger.herbs.bodies import event_body
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import PrivateKey, generate_private_key
from ledger.statements.pen import Pen
from ledger.store.tokens import Bearer, keep_token
from tests.chain import clock_text
from tests.http.served import Served, assert_problem, open_served
from tests.packets import examine
from tests.season import Season, grow

Logins = Sequence[tuple[str, str]]  # of each browser: a token, and the person whose it is

ONE_PERSON = pytest.mark.parametrize(
    "logins",
    [(("token-1", "zhang"), ("token-1", "zhang")), (("token-1", "zhang"), ("token-2", "zhang"))],
    ids=["one token", "two tokens"],
)
TWO_PEOPLE: Logins = (("token-1", "zhang"), ("token-2", "li"))


def ask(served: Served, token: str, key: PrivateKey, **named: str) -> Response:
    """Ask by a token for a device's key to be enrolled."""
    asked = {"alg": key.alg, "spki": encode_base64(key.spki), **named}
    bearing = {"authorization": f"Bearer {token}"}
    return served.client.post("/v1/keys", json=asked, headers=bearing)


def sit_down(served: Served, who: str, logins: Logins) -> list[str]:
    """Enrol a browser for each login; the names by which the chain knows their pens."""
    for token, holder in {*logins}:
        bearer = Bearer(actor=served.chain.actors[who], holder=holder)
        digest = sha256(token.encode()).hexdigest()
        keep_token(served.beside.store, digest, bearer, created_ms=clock_ms())
    names = []
    for number, (token, holder) in enumerate(logins):
        key = generate_private_key("ES256")
        answer = ask(served, token, key)
        assert answer.status_code == 201, answer.text
        assert served.client.get(f"/v1/keys/{key.key_id}").json()["status"] == "enrolled"
        names.append(f"browser-{number} of {holder}")
        pen = Pen(key, ledger=served.chain.origin, salts=served.chain.chance)
        served.chain.pens[names[-1]] = pen
    return names


def release(served: Served, season: Season, author: str, approver: str) -> Response:
    """One browser releases a season's packs; what the server says to the other's approval."""
    about = [(season.pack, 700_000)]
    event = served.chain.event(author, "RELEASE", about=about, decision="release")
    return approve(served, served.post(event), season.pack, approver)


def lift(served: Served, season: Season, author: str, approver: str) -> Response:
    """The same with the lifting of whatever holds a season's crop."""
    held = [each["id"] for each in traced(served, season.crop)["findings"] if each["holds"]]
    body = event_body(
        "HOLD", event_time=clock_text(served.chain.now_ms), about=[(season.crop, None)],
        lifts=True, elements={"reason": "复核无误", "findings": held},
    )  # fmt: skip
    lifting = served.chain.write(author, "event", body, [season.crop])
    return approve(served, served.post(lifting), season.crop, approver)


def approve(served: Served, posted: Response, thing: str, approver: str) -> Response:
    """The server's answer to an approval of what was posted; refused, its number is free again."""
    assert posted.status_code == 201, posted.text
    said = {"statement": posted.json()["statement_id"]}
    pen = served.chain.pens[approver]
    before = pen.seq, pen.prev
    answer = served.post(served.chain.write(approver, "approve", said, [thing]))
    if answer.status_code != 201:
        pen.seq, pen.prev = before
    return answer


def spray(served: Served, season: Season) -> None:
    """What the cooperative must not: a rule holds its crop."""
    served.chain.do(
        "cooperative", "PESTICIDE", about=[(season.crop, None)], active_ingredient="甲胺磷",
        dose="40克/亩", reg_no="PD1", phi_days=0, area_m2=6_667,
    )  # fmt: skip


def traced(served: Served, thing: str) -> dict[str, Any]:
    """What a reader of the trace finds."""
    answer: dict[str, Any] = served.client.get("/v1/trace", params={"code": thing}).json()
    return answer


@ONE_PERSON
def test_one_person_with_two_browsers_neither_releases_nor_lifts_alone(
    served: Served, logins: Logins
) -> None:
    season = grow(served.chain)
    examine(served.chain, season.pack)
    first, second = sit_down(served, "mill", logins)
    assert_problem(release(served, season, first, second), 403, "not_allowed")
    assert traced(served, season.pack)["status"] == "dormant"
    spray(served, season)
    assert_problem(lift(served, season, first, second), 403, "not_allowed")
    assert traced(served, season.crop)["status"] == "held"


def test_two_people_of_a_mill_release_and_two_of_the_grower_lift(served: Served) -> None:
    season = grow(served.chain)
    examine(served.chain, season.pack)
    first, second = sit_down(served, "mill", TWO_PEOPLE)
    assert release(served, season, first, second).status_code == 201
    assert traced(served, season.pack)["status"] == "recorded"
    spray(served, season)
    assert traced(served, season.crop)["status"] == "held"
    assert lift(served, season, second, first).status_code == 201
    assert traced(served, season.crop)["status"] == "held"  # it is not the mill's crop
    grower, other = sit_down(served, "cooperative", (("token-3", "wang"), ("token-4", "zhao")))
    assert lift(served, season, grower, other).status_code == 201
    assert traced(served, season.crop)["status"] != "held"


@ONE_PERSON
def test_a_supervisors_browsers_do_not_approve_each_other(
    file_served: Served, logins: Logins
) -> None:
    file_served.chain.admit("bureau", "supervisor")
    season = grow(file_served.chain)
    first, second = sit_down(file_served, "bureau", logins)
    assert_problem(release(file_served, season, first, second), 403, "not_allowed")


def test_a_token_enrols_no_device_of_another_holder(file_served: Served) -> None:
    sit_down(file_served, "mill", [("token-1", "zhang")])
    key = generate_private_key("ES256")
    refused = ask(file_served, "token-1", key, holder="li")
    assert_problem(refused, 403, "another_holder")
    assert file_served.client.get(f"/v1/keys/{key.key_id}").status_code == 404
    assert ask(file_served, "token-1", key, holder="zhang").status_code == 201
    assert_problem(ask(file_served, "token-1", key, name="zhang"), 400, "bad_body")


def test_where_tokens_enrol_nothing_the_operator_is_told_the_command(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_served(sqlite_url, tmp_path, tokens_enrol=False) as served:
        key, token = generate_private_key("ES256"), served.token("mill")
        answer = ask(served, token, key)
        assert answer.status_code == 202
        told = answer.json()
        assert (told["kid"], told["status"]) == (key.key_id, "waiting")
        assert served.client.get(f"/v1/keys/{key.key_id}").status_code == 404
        monkeypatch.chdir(tmp_path)
        Path(told["file"]).write_text(told["pem"])
        daodi, *typed = shlex.split(told["command"])
        assert daodi == "daodi"
        ran = CliRunner().invoke(main, typed, obj=clock_ms)
        assert ran.exit_code == 0, ran.output
        again = ask(served, token, key)
        assert (again.status_code, again.json()["status"]) == (200, "enrolled")
        enrolled = served.client.get(f"/v1/keys/{key.key_id}").json()
        assert enrolled["actor"] == served.chain.actors["mill"]


def test_a_token_makes_no_registrar(file_served: Served) -> None:
    file_served.chain.admit("office", "registrar")
    key = generate_private_key("ES256")
    refused = ask(file_served, file_served.token("office"), key)
    assert_problem(refused, 403, "not_allowed")


def test_a_stolen_token_does_not_fill_the_roll_with_keys(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling, "DEVICES_MAX", 2)
    lost, _ = sit_down(served, "mill", [("token-1", "zhang"), ("token-1", "zhang")])
    key = generate_private_key("ES256")
    assert_problem(ask(served, "token-1", key), 403, "too_many_devices")
    sit_down(served, "mill", [("token-2", "li")])  # another person of the mill
    kid = served.chain.pens[lost].key.key_id
    body: JsonObject = {"kid": kid, "reason": "lost"}
    follow(served.beside.store, served.beside.replica)  # the server signed as registrar meanwhile
    served.beside.state(served.chain.root, "key.retire", body, [f"urn:daodi:key:{kid}"])
    assert ask(served, "token-1", key).status_code == 201
