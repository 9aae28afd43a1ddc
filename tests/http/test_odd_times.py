"""Times at and beyond the calendar's ends: no statement ends the recalls' list or a lot's page."""

from datetime import UTC, datetime

import pytest

from ledger.canonical import JsonObject
from ledger.errors import FormError
from ledger.herbs.bodies import event_body
from ledger.herbs.epcis import CALENDAR_MS
from ledger.herbs.events import chains_of, parse_event, parse_recorded_event
from ledger.herbs.identifiers import code_of_uri
from ledger.herbs.vocabulary import herb
from ledger.trace.answer import china_time
from tests import packets
from tests.http.served import Served, assert_problem

PAGE = {"accept": "text/html"}
EXTREMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+08:00")
ENDS = ("0001-01-02T00:00:00Z", "9999-12-29T23:59:59.999Z")


def recall_of(lot: str, time: str, deadline: str) -> JsonObject:
    said = {"level": "1", "reason": "二氧化硫超标", "recovered_g": 0, "deadline": deadline}
    return event_body("RECALL", event_time=time, about=[(lot, None)], elements=said)


@pytest.mark.parametrize("time", EXTREMES)
@pytest.mark.parametrize("where", ["eventTime", "deadline"])
def test_a_time_on_no_calendar_is_refused_at_the_door_and_read_from_a_log(
    file_served: Served, time: str, where: str
) -> None:
    lot = packets.packet(file_served.chain, file_served.beside.folder.secret()).season.pack
    good = "2030-01-01T00:00:00+08:00"
    body = recall_of(lot, *((time, good) if where == "eventTime" else (good, time)))
    with pytest.raises(FormError) as refused:
        parse_event(body)
    assert refused.value.code == "bad_event"
    assert parse_recorded_event(body).text("deadline")
    assert_problem(
        file_served.post(file_served.chain.write("mill", "event", body, [lot])), 400, "bad_event"
    )


@pytest.mark.parametrize("time", ENDS)
def test_a_recall_at_the_calendars_ends_is_listed_and_shown(file_served: Served, time: str) -> None:
    chain = file_served.chain
    lot = packets.packet(chain, file_served.beside.folder.secret()).season.pack
    body = recall_of(lot, time, time)
    _, _, subjects = chains_of(parse_event(body))
    parcel = chain.write("laboratory", "event", body, subjects)
    assert file_served.post(parcel).status_code == 201
    for path in ("/recalls", "/recalls.json", "/recalls.atom", f"/t/{code_of_uri(lot)}"):
        for query in ("", "?lang=en"):
            assert file_served.client.get(path + query, headers=PAGE).status_code == 200, path
    for path in ("/v1/trace", "/v1/evidence"):
        assert file_served.client.get(path, params={"code": lot}).status_code == 200


@pytest.mark.parametrize("time_ms", [-(10**17), -62_135_600_000_000, 253_402_300_799_999, 10**17])
def test_what_no_calendar_holds_is_shown_as_its_end(time_ms: int) -> None:
    first, last = (datetime.fromtimestamp(ms / 1000, UTC).year for ms in CALENDAR_MS)
    assert china_time(time_ms)[:4] in {f"{first:04}", f"{last:04}"}


def test_a_herb_has_an_edition_at_any_time() -> None:
    for time_ms in (-(10**17), 10**17):
        assert herb("huaidihuang", time_ms) is not None
