"""The GS1 resolver over HTTP: description, CORS, link types, variants, queries passed on."""

import pytest

from tests import packets
from tests.http.served import Served, assert_problem
from tests.packets import Packet

GTIN = "06901234567892"
PAGE = {"accept": "text/html"}
PROGRAM = {"accept": "application/json"}


@pytest.fixture
def made(file_served: Served) -> Packet:
    return packets.packet(file_served.chain, file_served.beside.folder.secret())


def link(code: str, *, variant: str = "") -> str:
    middle = f"/22/{variant}" if variant else ""
    return f"/01/{GTIN}{middle}/10/{code[:20]}/21/{code[20:]}"


def test_the_resolver_describes_itself(file_served: Served, made: Packet) -> None:
    answer = file_served.client.get("/.well-known/gs1resolver")

    said = answer.json()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert said["supportedPrimaryKeys"] == ["00", "01"]
    assert said["resolverRoot"] == file_served.settings.printed_base_url
    for link_type in said["supportedLinkTypes"][0]["linkTypes"]:
        led = file_served.client.get(
            link(made.code), params={"linkType": link_type}, follow_redirects=False
        )
        assert led.status_code == 307, link_type
        shown = file_served.client.get(led.headers["location"], headers=PAGE)
        assert shown.status_code == 200, link_type


@pytest.mark.parametrize("variant", ["", "A-1", "A%25"])
def test_a_variant_may_stand_before_the_lot(
    file_served: Served, made: Packet, variant: str
) -> None:
    answer = file_served.client.get(link(made.code, variant=variant), headers=PROGRAM)

    assert answer.status_code == 200
    assert answer.json()["serial"] == 7
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_browser_of_another_site_may_ask_first(file_served: Served, made: Packet) -> None:
    for path in (link(made.code), f"/t/{made.code}", "/01/anything"):
        answer = file_served.client.options(path)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    other = file_served.client.get("/v1/ledger")
    assert "access-control-allow-origin" not in other.headers


def test_head_is_answered_like_get(file_served: Served, made: Packet) -> None:
    answer = file_served.client.head(link(made.code), headers=PROGRAM)

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("asked", ["linkset", "all"])
def test_a_linkset_lists_every_link_type(file_served: Served, made: Packet, asked: str) -> None:
    answer = file_served.client.get(link(made.code), params={"linkType": asked})

    (links,) = answer.json()["linkset"]
    names = {name.rpartition("/")[2] for name in links if name != "anchor"}
    assert names == {
        *("defaultLink", "pip", "traceability", "certificationInfo", "recallStatus"),
        "verificationService",
    }


def test_what_the_resolver_does_not_read_is_passed_on(file_served: Served, made: Packet) -> None:
    answer = file_served.client.get(
        link(made.code) + "?linkType=gs1:certificationInfo&17=280101&x=%26&x=2",
        follow_redirects=False,
    )

    assert answer.headers["location"] == f"/t/{made.code}?17=280101&x=%26&x=2#tests"


def test_a_wrong_check_digit_is_a_bad_request_to_programs_and_the_unknown_page_to_people(
    file_served: Served, made: Packet
) -> None:
    wrong = f"/01/06901234567890/10/{made.code[:20]}"

    assert_problem(file_served.client.get(wrong, headers=PROGRAM), 400, "bad_code")
    page = file_served.client.get(wrong, headers=PAGE)
    assert page.status_code == 404
    assert "再看一遍编号" in page.text


@pytest.mark.parametrize("link_type", ["gs1:epcis", "epcis", "gs1:instructions", "nonsense"])
def test_a_link_type_that_leads_nowhere_here_is_not_found(
    file_served: Served, made: Packet, link_type: str
) -> None:
    answer = file_served.client.get(
        link(made.code), params={"linkType": link_type}, headers=PROGRAM, follow_redirects=False
    )

    assert_problem(answer, 404, "not_found")
