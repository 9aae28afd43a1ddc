"""The recall feed: every recall with its lots and packs, as page, Atom and JSON."""

from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from httpx import Response

from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import code_of_uri
from tests import packets
from tests.chain import Chain, clock_text
from tests.http.served import Served, assert_problem
from tests.packets import Packet

ATOM = "{http://www.w3.org/2005/Atom}"
PAGE = {"accept": "text/html"}
SEASON_PACKS = 1_400


def made(served: Served) -> Packet:
    return packets.packet(served.chain, served.beside.folder.secret())


def lift(chain: Chain, lot: str, who: str = "mill") -> None:
    chain.do(who, "RECALL", about=[(lot, None)], level="2", reason="查清", recovered_g=0,
             deadline="2030-01-01T00:00:00+08:00", lifts=True)  # fmt: skip


def listed(served: Served) -> list[dict[str, object]]:
    found: list[dict[str, object]] = served.client.get("/recalls.json").json()["recalls"]
    return found


def seconds_kept(answer: Response) -> int:
    (kept,) = [
        int(part.partition("=")[2])
        for part in answer.headers["cache-control"].split(",")
        if "max-age" in part
    ]
    return kept


def test_a_ledger_without_recalls_says_so(file_served: Served) -> None:
    assert listed(file_served) == []
    assert "还没有召回。" in file_served.client.get("/recalls", headers=PAGE).text
    feed = ET.fromstring(file_served.client.get("/recalls.atom").content)  # noqa: S314 — our own
    assert feed.findall(f"{ATOM}entry") == []


def test_a_recall_is_listed_with_words_herb_lot_and_packs(served: Served) -> None:
    packet = made(served)
    listed(served)
    packets.recall(served.chain, packet.season.dried)

    (recall,) = listed(served)

    assert recall["stands"] is True
    assert recall["public_words"] == "封口不严，请停止使用。"
    assert (recall["level"], recall["by"]) == ("2", "mill")
    (lot,) = recall["lots"]  # type: ignore[misc]
    assert lot["herb"]["cn"] == "怀地黄"
    assert lot["packs"] == SEASON_PACKS
    assert lot["lot"] == packet.season.dried
    page = served.client.get("/recalls", headers=PAGE).text
    assert "封口不严，请停止使用。" in page
    assert "1400 包" in page
    assert f'href="/t/{code_of_uri(packet.season.dried)}"' in page


def test_what_came_back_is_told_with_the_recall_and_is_no_second_one(served: Served) -> None:
    packet = made(served)
    packets.recall(served.chain, packet.season.dried)
    (first,) = listed(served)
    said = {"level": "2", "reason": "进度", "deadline": "2030-01-01T00:00:00+08:00"}
    report = served.chain.do("mill", "RECALL", about=[(packet.season.dried, None)],
                             recovered_g=97_000, **said)  # fmt: skip

    (recall,) = listed(served)

    assert recall["id"] == first["id"]
    assert recall["recovered_g"] == 97_000
    assert recall["reports"] == [report.leaf.statement_id.hex()]
    for named in (recall["id"], report.leaf.statement_id.hex()):
        page = served.client.get(f"/recall/{named}", headers=PAGE).text
        assert "已收回 97 公斤" in page
    served.chain.do("quality", "RECALL", about=[(packet.season.pack, None)], recovered_g=1, **said)
    assert len(listed(served)) == 2  # somebody else's is a recall of its own


def test_a_lifted_recall_stays_and_is_marked(served: Served) -> None:
    packet = made(served)
    packets.recall(served.chain, packet.season.pack)
    packets.recall(served.chain, packet.season.dried, words="第二次")
    lift(served.chain, packet.season.pack)

    second, first = listed(served)

    assert (first["stands"], second["stands"]) == (False, True)
    assert first["lots"][0]["lifted"]  # type: ignore[index]
    assert "召回已解除" in served.client.get(f"/recall/{first['id']}", headers=PAGE).text


def test_a_recall_that_a_stranger_lifts_still_stands(file_served: Served) -> None:
    packet = made(file_served)
    packets.recall(file_served.chain, packet.season.pack)
    lift(file_served.chain, packet.season.pack, "laboratory")
    assert [each["stands"] for each in listed(file_served)] == [True]
    lift(file_served.chain, packet.season.pack)
    assert [each["stands"] for each in listed(file_served)] == [False]


def test_a_recall_is_not_ended_by_a_supervisor_who_was_handed_the_goods(
    file_served: Served,
) -> None:
    chain, lot = file_served.chain, made(file_served).season.pack
    chain.admit("both", "supervisor", "shop")
    chain.admit("bureau", "supervisor")
    chain.do("mill", "SALE_B2B", about=[(lot, 900)], buyer="both")
    packets.recall(chain, lot)
    lift(chain, lot, "both")
    assert [each["stands"] for each in listed(file_served)] == [True]
    lift(chain, lot, "bureau")
    assert [each["stands"] for each in listed(file_served)] == [False]


def test_each_recall_has_a_page_with_a_twin_for_programs(file_served: Served) -> None:
    packet = made(file_served)
    packets.recall(file_served.chain, packet.season.pack)
    (recall,) = listed(file_served)
    path = f"/recall/{recall['id']}"

    page = file_served.client.get(path, headers=PAGE)
    assert "已召回，请停止使用" in page.text
    assert page.text.index("<title>已召回") > 0
    assert file_served.client.get(path, headers={"accept": "application/json"}).json() == recall
    assert file_served.client.get(path + ".json", headers=PAGE).json() == recall
    assert str(recall["url"]).endswith(path)
    pack = file_served.client.get(f"/t/{packet.code}", headers=PAGE).text
    assert f'href="{path}"' in pack
    for wrong in ("/recall/x", f"/recall/{'ab' * 32}"):
        assert_problem(file_served.client.get(wrong), 404, "not_found")


def test_the_feed_is_atom(file_served: Served) -> None:
    """Source: RFC 4287 sections 4.1.1 and 4.1.2: what a feed and an entry must contain."""
    packet = made(file_served)
    packets.recall(file_served.chain, packet.season.pack, words='封口 <不严> & "受潮"\u0085')
    answer = file_served.client.get("/recalls.atom")
    feed = ET.fromstring(answer.content)  # noqa: S314 — our own feed

    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert feed.tag == f"{ATOM}feed"
    (entry,) = feed.findall(f"{ATOM}entry")
    for element in (feed, entry):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(ATOM + name)
            assert found.text
        written = element.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(written).tzinfo is not None
        assert element.findtext(f"{ATOM}author/{ATOM}name")
    (own,) = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert (own.get("href") or "").endswith("/recalls.atom")
    assert '封口 <不严> & "受潮"' in (entry.findtext(f"{ATOM}content") or "")


def test_a_correction_by_its_own_actor_changes_what_the_feed_says(file_served: Served) -> None:
    chain = file_served.chain
    packet = made(file_served)
    packets.recall(chain, packet.season.pack)
    target = str(listed(file_served)[0]["id"])
    for who, words in (("laboratory", "别人写的"), ("mill", "改过的话")):
        body = event_body("RECALL", event_time=clock_text(chain.now_ms),
                          about=[(packet.season.pack, None)],
                          elements={"corrects": target, "correct_reason": "写错",
                                    "public_words": words})  # fmt: skip
        chain.record(who, "event", body, [packet.season.pack])

    (recall,) = listed(file_served)

    assert recall["public_words"] == "改过的话"


@pytest.mark.parametrize("path", ["/recalls", "/recalls.json", "/recalls.atom"])
def test_a_recall_shows_within_a_minute_and_unchanged_feeds_are_not_sent_again(
    file_served: Served, path: str
) -> None:
    packet = made(file_served)
    packets.recall(file_served.chain, packet.season.pack)
    first = file_served.client.get(path, headers=PAGE)
    known = {**PAGE, "if-none-match": first.headers["etag"]}

    assert seconds_kept(first) <= 60
    assert file_served.client.get(path, headers=known).status_code == 304
    packets.recall(file_served.chain, packet.season.dried, words="又一次")
    again = file_served.client.get(path, headers=known)
    assert again.status_code == 200
    assert "又一次" in again.text


def test_a_rivals_recall_is_told_as_his_claim_and_is_no_recall(served: Served) -> None:
    packet = made(served)
    served.chain.admit("rival", "processor")
    said = {"level": "1", "reason": "有毒", "deadline": "2030-01-01T00:00:00+08:00"}
    claim = served.chain.do(
        "rival", "RECALL", about=[(packet.season.pack, None)], recovered_g=0, **said
    ).leaf.statement_id.hex()

    feed = served.client.get("/recalls.json").json()
    assert feed["recalls"] == []
    assert [(one["id"], one["stands"], one["claimed"]) for one in feed["claims"]] == [
        (claim, False, True)
    ]
    assert claim not in served.client.get("/recalls.atom").text
    for path in ("/recalls", f"/recall/{claim}"):
        page = served.client.get(path, headers=PAGE).text
        assert "已召回，请停止使用" not in page
        assert "只是声称，没有召回" in page
    page = served.client.get(f"/t/{packet.code}", headers=PAGE).text
    assert 'data-status="recorded"' in page
    assert "rival没有做过、也没有放行过这一批，也不是监管部门：这只是它的说法。" in page
    steps = served.client.get("/v1/trace", params={"code": packet.code}).json()["steps"]
    assert [step["statement_id"] for step in steps if step["claim"]] == [claim]
