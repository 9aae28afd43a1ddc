"""What the phone's own check needs of the server: its script as it travels, a readable address."""

import re

import pytest

from api.public.script import PHONE, SCRIPTS, SECOND, WHOLE, lacking, script, script_link, sources
from ledger.herbs.identifiers import code_of_uri
from tests.http.served import Served


@pytest.mark.parametrize(
    ("taken", "coding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("identity", None)],
)
def test_the_phones_script_travels_as_the_browser_takes_it(
    served: Served, taken: str, coding: str | None
) -> None:
    answer = served.client.get(script_link(PHONE), headers={"accept-encoding": taken})

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == script(PHONE)


def test_what_is_typed_leads_to_an_address_that_a_phone_can_read(served: Served) -> None:
    nowhere = code_of_uri(served.chain.lot())
    asked = {"params": {"code": f"{nowhere[:5]}-{nowhere[5:]}"}, "follow_redirects": False}

    answer = served.client.get("/t", **asked, headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{nowhere.upper()}")
    # What has no code's form has no such address.
    assert served.client.get("/t?code=soup", headers={"accept": "text/html"}).status_code == 404


def test_what_the_first_script_lacks_it_only_calls() -> None:
    """To call it raises an error, upon which the page begins anew with the whole script."""
    lacked = lacking(SCRIPTS[PHONE])
    text = sources(SCRIPTS[PHONE])

    assert "tellTrouble" in lacked
    for name in lacked:
        uses = re.findall(rf"(?<![.\w])({name})\b(.)", text)
        assert {after for _, after in uses} == {";", "("}, name
        assert [after for _, after in uses].count(";") == 1, "declared, and empty"
    for whole in (WHOLE, SECOND):
        assert lacking(SCRIPTS[whole]) == []
