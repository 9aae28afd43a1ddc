"""The public address over HTTP: pages for browsers, JSON for programs, nothing for guessers."""

from json import dumps
from pathlib import Path

import pytest
from httpx import Response

from api.answers.pages import CONTENT_SECURITY_POLICY
from api.public.counted.guesses import WRONG_CODES_MAX, Guesses
from api.public.counted.provinces import province_of
from api.scans import scans_of
from ledger.audit.replay import audit
from ledger.errors import AccessError
from ledger.herbs.identifiers import code_of_uri, new_code
from ledger.store.scans import scans
from tests import packets
from tests.attacker import attack, drop_triggers
from tests.http.served import Served, assert_problem, open_served
from tests.packets import Packet

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PROGRAM = {"accept": "application/json"}
GTIN = "06901234567892"
# What statements seal: the pickers of tests/season.py.
SEALED = ("李四",)


@pytest.fixture
def made(file_served: Served) -> Packet:
    """One released packet in the ledger."""
    return packets.packet(file_served.chain, secret_of(file_served))


def secret_of(served: Served) -> bytes:
    return served.beside.folder.secret()


def seen(served: Served, path: str, **headers: str) -> Response:
    """What a browser is shown."""
    return served.client.get(path, headers={**BROWSER, **headers}, follow_redirects=False)


def counted(served: Served, code: str) -> int:
    return scans_of(served.beside.store, code, now_ms=served.beside.clock()).count


def test_a_browser_gets_the_page_with_its_policy(file_served: Served, made: Packet) -> None:
    answer = seen(file_served, f"/t/{made.code}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "怀地黄" in answer.text
    assert "您的手机没有核对" in answer.text


def test_the_policy_is_the_one_that_the_platform_promises() -> None:
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def test_a_program_gets_the_trace_at_the_same_address(file_served: Served, made: Packet) -> None:
    answer = file_served.client.get(f"/t/{made.code}", headers=PROGRAM)
    traced = file_served.client.get("/v1/trace", params={"code": made.code})

    assert answer.json() == traced.json()
    assert "Accept" in answer.headers["vary"]


def test_a_client_that_does_not_say_gets_the_page(file_served: Served, made: Packet) -> None:
    answer = file_served.client.get(f"/t/{made.code}", headers={"accept": "*/*"})

    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("prefix", ["/t/", "/T/"])
@pytest.mark.parametrize("written", [str.lower, str.upper])
def test_case_does_not_matter(
    file_served: Served, made: Packet, prefix: str, written: object
) -> None:
    assert callable(written)
    assert seen(file_served, prefix + written(made.code)).status_code == 200


def test_head_says_what_get_would_without_a_body_or_a_scan(
    file_served: Served, made: Packet
) -> None:
    answer = file_served.client.head(f"/t/{made.code}", headers=BROWSER)

    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"].startswith("text/html")
    assert counted(file_served, made.code) == 0


def test_a_lots_own_uri_leads_to_its_page(file_served: Served, made: Packet) -> None:
    lot = code_of_uri(made.season.pack)

    answer = seen(file_served, f"/lot/{lot}")

    assert answer.headers["location"] == f"/t/{lot}"
    assert seen(file_served, answer.headers["location"]).status_code == 200


def test_gs1_links_lead_to_the_same_page(file_served: Served, made: Packet) -> None:
    lot, serial = made.code[:20], made.code[20:]

    for path in (f"/01/{GTIN}/10/{lot}", f"/01/{GTIN}/10/{lot.upper()}/21/{serial.upper()}"):
        answer = seen(file_served, path)
        assert answer.status_code == 200, path
        assert "怀地黄" in answer.text


def test_a_gs1_link_with_a_wrong_check_digit_is_no_code(file_served: Served, made: Packet) -> None:
    answer = seen(file_served, f"/01/06901234567890/10/{made.code[:20]}")

    assert answer.status_code == 404


def test_a_foreign_lot_of_gs1_is_unknown_until_somebody_states_it(file_served: Served) -> None:
    answer = file_served.client.get(f"/01/{GTIN}/10/AB-12", headers=PROGRAM)

    assert_problem(answer, 404, "unknown_code")


@pytest.mark.parametrize("asked", ["by link type", "by accept"])
def test_a_linkset_says_where_a_code_leads(file_served: Served, made: Packet, asked: str) -> None:
    if asked == "by link type":
        answer = seen(file_served, f"/t/{made.code}?linkType=linkset")
    else:
        headers = {"accept": "application/linkset+json"}
        answer = file_served.client.get(f"/t/{made.code}", headers=headers)

    assert answer.headers["content-type"].startswith("application/linkset+json")
    (links,) = answer.json()["linkset"]
    (target,) = links["https://ref.gs1.org/voc/traceability"]
    # Absolute, so that a saved linkset still says whose it is.
    own = file_served.settings.printed_base_url
    assert links["anchor"] == f"{own}/t/{made.code}"
    assert target["href"].startswith(own)
    assert file_served.client.get(target["href"]).json()["code"] == made.code


def test_a_link_type_that_nobody_serves_is_not_found(file_served: Served, made: Packet) -> None:
    path = f"/t/{made.code}?linkType=gs1:instructions"

    assert_problem(file_served.client.get(path, headers=PROGRAM), 404, "not_found")


def test_a_link_type_leads_to_its_target(file_served: Served, made: Packet) -> None:
    answer = seen(file_served, f"/t/{made.code}?linkType=gs1:verificationService")

    assert answer.headers["location"] == f"/v1/evidence?code={made.code}"


def test_an_unknown_code_is_a_page_for_people_and_a_problem_for_programs(
    file_served: Served,
) -> None:
    page = seen(file_served, "/t/ABCDE")

    assert page.status_code == 404
    assert "没有这个码，请核对包装上的编号" in page.text
    assert 'value="ABCDE"' in page.text
    answer = file_served.client.get("/t/ABCDE", headers=PROGRAM)
    assert_problem(answer, 404, "unknown_code")


def test_a_serial_that_was_never_packed_is_unknown(file_served: Served, made: Packet) -> None:
    code = packets.code_of(made.season.pack, secret_of(file_served), 1_400)

    assert seen(file_served, f"/t/{code}").status_code == 404


def test_what_is_typed_is_taken_with_blanks_dashes_and_lookalikes(
    file_served: Served, made: Packet
) -> None:
    upper = made.code.upper()
    typed = " ".join(upper[at : at + 5] for at in range(0, len(upper), 5))
    typed = typed.replace("0", "O").replace("1", "I").replace(" ", "－", 1)

    answer = file_served.client.get(
        "/t", params={"code": typed}, headers=BROWSER, follow_redirects=False
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/t/{upper}"


def test_typing_keeps_the_language(file_served: Served, made: Packet) -> None:
    answer = seen(file_served, f"/t?code={made.code}&lang=en&big=1")

    assert answer.headers["location"] == f"/t/{made.code.upper()}?lang=en&big=1"


def test_typing_nothing_shows_the_field_again(file_served: Served) -> None:
    assert seen(file_served, "/t?code=").headers["location"] == "/"
    assert 'name="code"' in seen(file_served, "/").text


def test_what_is_typed_is_shown_as_text(file_served: Served) -> None:
    answer = file_served.client.get(
        "/t", params={"code": '"><script>alert(1)</script>'}, headers=BROWSER
    )

    assert answer.status_code == 404
    assert "<script" not in answer.text


def test_other_errors_are_pages_for_browsers(file_served: Served) -> None:
    page = seen(file_served, "/nothing-here")

    assert page.status_code == 404
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "没有找到" in page.text
    assert "not_found" in page.text
    assert_problem(file_served.client.get("/nothing-here", headers=PROGRAM), 404, "not_found")


def test_a_page_that_has_not_changed_is_not_sent_again(file_served: Served, made: Packet) -> None:
    first = seen(file_served, f"/t/{made.code}")

    again = seen(file_served, f"/t/{made.code}", **{"if-none-match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""
    assert counted(file_served, made.code) == 1


def test_a_recall_shows_though_the_browser_has_the_page(file_served: Served, made: Packet) -> None:
    first = seen(file_served, f"/t/{made.code}")
    packets.recall(file_served.chain, made.season.pack)

    again = seen(file_served, f"/t/{made.code}", **{"if-none-match": first.headers["etag"]})

    assert again.status_code == 200
    assert "<title>已召回，请停止使用" in again.text
    kept = dict(
        part.strip().partition("=")[::2] for part in again.headers["cache-control"].split(",")
    )
    assert int(kept["max-age"]) <= 60


def test_opening_a_packets_page_is_one_scan(file_served: Served, made: Packet) -> None:
    seen(file_served, f"/t/{made.code}")

    assert counted(file_served, made.code) == 1


def test_a_scan_stores_a_day_and_a_province_and_nothing_else(
    tmp_path: Path, sqlite_url: str
) -> None:
    with open_served(sqlite_url, tmp_path, province_header="x-province") as served:
        made = packets.packet(served.chain, secret_of(served))

        seen(served, f"/t/{made.code}", **{"x-province": "%E6%B2%B3%E5%8D%97%E7%9C%81"})
        served.client.cookies.clear()  # somebody else
        seen(served, f"/t/{made.code}", **{"x-province": "34.93,113.08"})

        rows = scans(served.beside.store, made.code)
        assert sorted((row.province, row.times) for row in rows) == [("", 1), ("河南", 1)]


@pytest.mark.parametrize(
    ("named", "province"),
    [
        ("河南省焦作市温县", "河南"),
        ("%E5%9B%9B%E5%B7%9D", "四川"),
        ("410825", "河南"),
        ("CN-51", "四川"),
        ("温县", ""),
        ("34.93,113.08", ""),
        ("", ""),
    ],
)
def test_a_place_comes_down_to_a_province_or_to_nothing(named: str, province: str) -> None:
    assert province_of(named) == province


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"sec-fetch-mode": "cors"},
        {"sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate"},
        PROGRAM,
    ],
    ids=["prefetch", "old prefetch", "fetched by a script", "framed", "asked by a program"],
)
def test_what_no_person_opened_is_no_scan(
    file_served: Served, made: Packet, headers: dict[str, str]
) -> None:
    assert seen(file_served, f"/t/{made.code}", **headers).status_code == 200

    assert counted(file_served, made.code) == 0


@pytest.mark.parametrize("display", ["lang=en", "lang=zh", "big=1", "big=0"])
def test_changing_the_display_is_no_scan(file_served: Served, made: Packet, display: str) -> None:
    seen(file_served, f"/t/{made.code}?{display}")

    assert counted(file_served, made.code) == 0


def test_looking_at_a_lot_is_no_scan(file_served: Served, made: Packet) -> None:
    lot = code_of_uri(made.season.pack)

    seen(file_served, f"/t/{lot}")

    assert counted(file_served, lot) == 0


def test_guessing_is_stopped_for_codes_that_exist_too(file_served: Served, made: Packet) -> None:
    for number in range(WRONG_CODES_MAX + 1):
        wrong = new_code((2 * number).to_bytes(12))
        assert seen(file_served, f"/t/{wrong}").status_code == 404

    refused = seen(file_served, f"/t/{made.code}")

    assert refused.status_code == 429
    assert "请求太频繁，请稍后再试" in refused.text


def test_typing_one_wrong_code_again_and_again_is_not_guessing(
    file_served: Served, made: Packet
) -> None:
    for _ in range(WRONG_CODES_MAX + 5):
        seen(file_served, "/t/ABCDE")

    assert seen(file_served, f"/t/{made.code}").status_code == 200


def test_guesses_are_forgotten_after_ten_minutes() -> None:
    guesses = Guesses()
    for number in range(WRONG_CODES_MAX + 1):
        guesses.count("192.0.2.1", str(number), now_ms=0)

    with pytest.raises(AccessError):
        guesses.refuse_guessing("192.0.2.1", now_ms=599_999)
    guesses.refuse_guessing("192.0.2.1", now_ms=600_000)
    guesses.refuse_guessing("192.0.2.2", now_ms=0)


def test_nothing_sealed_is_in_any_public_answer(file_served: Served, made: Packet) -> None:
    for path in (f"/t/{made.code}", f"/t/{made.code}?lang=en", f"/v1/trace?code={made.code}"):
        for headers in (BROWSER, PROGRAM):
            text = file_served.client.get(path, headers=headers).text
            assert not [word for word in SEALED if word in text or dumps(word) in text]


def test_being_logged_in_opens_nothing_on_the_public_page(
    file_served: Served, made: Packet
) -> None:
    answer = seen(file_served, f"/t/{made.code}", **file_served.bearing("cooperative"))

    assert not [word for word in SEALED if word in answer.text]


def test_a_farmers_own_name_is_not_shown(file_served: Served) -> None:
    chain = file_served.chain
    chain.admit("wang-xiaoming", "farmer")
    lot = chain.lot()
    chain.do("wang-xiaoming", "HARVEST", inputs=[(chain.crop(), None)], outputs=[(lot, 1_000)],
             plot="urn:example:plot", area_m2=667, method="hand", herb="huaidihuang")  # fmt: skip

    answer = seen(file_served, f"/t/{code_of_uri(lot)}")

    assert "农户" in answer.text
    assert "wang-xiaoming" not in answer.text


def test_the_page_of_a_changed_database_claims_nothing_and_audit_finds_it(
    file_served: Served, made: Packet
) -> None:
    store = file_served.beside.store
    # The server has read the leaves while they were good; this page it does not remember.
    seen(file_served, f"/t/{code_of_uri(made.season.dried)}")
    drop_triggers(store.engine)
    attack(store.engine, "UPDATE entry SET payload = replace(payload, '金九', '金八')")
    attack(store.engine, "UPDATE entry SET payload = CAST(payload AS BLOB)")

    page = seen(file_served, f"/t/{made.code}")

    assert page.status_code == 200
    assert "金八" in page.text
    assert "您的手机没有核对" in page.text
    assert '<section class="status is-grey"' in page.text
    assert audit(store, progress=lambda _done, _of: None).findings
