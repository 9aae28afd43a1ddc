"""A week from four phones with one barred pesticide: all is recorded, and the lot is on hold."""

from hashlib import sha256
from time import monotonic, sleep
from typing import Any

from ledger.canonical import JsonObject
from ledger.herbs.bodies import event_body
from ledger.herbs.identifiers import code_of_uri
from ledger.register.door import Parcel
from ledger.statements.envelope import encode_base64
from ledger.statements.keys import generate_private_key
from ledger.statements.pen import Pen
from tests.attacker import attack
from tests.chain import Chain, clock_text
from tests.http.served import Served
from tests.packets import examine, release
from tests.season import Season, grow

WEEK = 50  # records of each phone
PATIENCE_S = 40


def phones(served: Served, season: Season) -> dict[str, list[Parcel]]:
    """A week of field work by four phones of the grower; one of them sprays what is barred."""
    chain = served.chain
    written: dict[str, list[Parcel]] = {}
    for number in range(4):
        enrol(chain, f"phone-{number}", "cooperative")
        written[f"phone-{number}"] = []
    for number in range(4 * WEEK):
        who = f"phone-{number % 4}"
        chain.now_ms += 60_000 * 40
        if number == 77:
            parcel = chain.event(
                who, "PESTICIDE", about=[(season.crop, None)], product="50%甲胺磷乳油",
                active_ingredient="甲胺磷", dose="40克/亩", reg_no="PD1", phi_days=1,
                toxicity="高毒", area_m2=6_667,
            )  # fmt: skip
        else:
            parcel = chain.event(who, "FIELD_WORK", about=[(season.crop, None)], work="除草")
        written[who].append(parcel)
    return written


def enrol(chain: Chain, phone: str, actor: str) -> None:
    """One more device of an actor; its pen is known by the phone's name."""
    key = generate_private_key("ES256")
    enrolment: JsonObject = {
        "kid": key.key_id, "alg": key.alg, "spki": encode_base64(key.spki),
        "actor": chain.actors[actor], "roles": [actor], "holder": f"holder-of-{phone}",
    }  # fmt: skip
    chains = [f"urn:daodi:key:{key.key_id}", f"{chain.actors[actor]}#out"]
    chain.record("root", "key.enrol", enrolment, chains)
    chain.pens[phone] = Pen(key, ledger=chain.origin, salts=chain.chance)


def deliver(served: Served, waiting: list[Parcel]) -> None:
    """Deliver in an order that is none; a gap is answered with what is missing, and tried again."""
    turn = 0
    while waiting:
        turn += 1
        waiting.sort(key=lambda parcel: sha256(b"%d" % turn + parcel.envelope.payload).digest())
        part = waiting[:40]
        answer = served.post(*part)
        assert answer.status_code in {201, 207}
        refused = []
        for parcel, receipt in zip(part, answer.json()["receipts"], strict=True):
            if "code" in receipt:
                assert receipt["code"] == "seq_gap"
                assert receipt["missing"]["from"] <= receipt["missing"]["to"]
                refused.append(parcel)
        waiting = [*waiting[40:], *refused]


def test_two_hundred_records_in_any_order_are_recorded_and_the_barred_pesticide_holds_the_lot(
    served: Served,
) -> None:
    season = grow(served.chain)
    written = phones(served, season)
    every = [parcel for parcels in written.values() for parcel in parcels]
    assert len(every) == 200

    deliver(served, [*every])

    again = served.post(*every[:3]).json()["receipts"]
    assert all("index" in receipt for receipt in again)
    code = code_of_uri(season.crop)
    answer = served.client.get(f"/v1/trace?code={code}").json()
    assert answer["judged"]
    assert answer["status"] == "held"
    assert answer["status_words"] == "使用了中药材上禁用的甲胺磷。"
    (found,) = [each for each in answer["findings"] if each["rule"] == "PB1"]
    assert (found["severity"], found["state"], found["holds"]) == ("hold", "standing", True)
    assert found["hook"] == "中医药法第22条、第58条；农药管理条例第34条"
    assert len(found["statement_ids"]) == 1
    served.chain.admit("bureau", "supervisor")
    bearing = served.bearing("bureau")
    listed = served.client.get("/v1/findings?severity=hold", headers=bearing).json()
    assert "PB1" in {each["rule"] for each in listed["findings"]}
    page = served.client.get("/supervisor/findings", headers=bearing)
    assert "今天需要处理" in page.text
    assert "使用了中药材上禁用的甲胺磷。" in page.text


def test_findings_are_for_supervisors_alone(file_served: Served) -> None:
    assert file_served.client.get("/v1/findings").status_code == 401
    bearing = file_served.bearing("mill")
    assert file_served.client.get("/v1/findings", headers=bearing).status_code == 403


def spray(chain: Chain, season: Season, event_ms: int) -> None:
    chain.do(
        "cooperative", "PESTICIDE", about=[(season.crop, None)], active_ingredient="甲胺磷",
        dose="40克/亩", reg_no="PD1", phi_days=0, area_m2=6_667, event_ms=event_ms,
    )  # fmt: skip


def traced(served: Served, thing: str) -> dict[str, Any]:
    answer: dict[str, Any] = served.client.get("/v1/trace", params={"code": thing}).json()
    return answer


def test_a_release_of_a_held_lot_has_no_effect_until_the_hold_is_lifted(served: Served) -> None:
    chain = served.chain
    chain.admit("bureau", "supervisor")
    season = grow(chain)
    spray(chain, season, event_ms=chain.now_ms - 3_600_000)
    answer = traced(served, season.pack)
    assert answer["status"] == "held"
    examine(chain, season.pack)
    release(chain, season.pack)
    assert traced(served, season.pack)["status"] == "held"
    held = [each for each in answer["findings"] if each["holds"]]
    body = event_body(
        "HOLD", event_time=clock_text(chain.now_ms), about=[(season.crop, None)], lifts=True,
        elements={"reason": "复核无误", "findings": [each["id"] for each in held]},
    )  # fmt: skip
    chain.record("bureau", "event", body, [season.crop])
    lifted = traced(served, season.pack)
    assert lifted["status"] not in {"held", "dormant"}, lifted["status_words"]
    assert {each["state"] for each in lifted["findings"] if each["rule"] == "PB1"} == {"lifted"}


def test_a_hold_reaches_what_was_made_since_and_not_what_was_made_before(served: Served) -> None:
    chain = served.chain
    season = grow(chain)
    chain.now_ms += 3_600_000
    spray(chain, season, event_ms=chain.now_ms)
    assert traced(served, season.crop)["status"] == "held"
    assert traced(served, season.pack)["status"] != "held"


def test_whoever_made_a_lot_reads_what_rules_found_on_its_page_and_the_desk_how_much_there_is(
    file_served: Served,
) -> None:
    chain = file_served.chain
    chain.admit("bureau", "supervisor")
    season = grow(chain)
    spray(chain, season, event_ms=chain.now_ms - 3_600_000)
    path = f"/enterprise/lots/{code_of_uri(season.crop)}"
    mine = file_served.client.get(path, headers=file_served.bearing("cooperative")).text
    assert "规则发现的问题" in mine
    assert "使用了中药材上禁用的甲胺磷。" in mine
    english = file_served.client.get(
        path, params={"lang": "en"}, headers=file_served.bearing("cooperative")
    ).text
    assert "What rules found" in english
    assert "barred on herbs" in english
    bearing = file_served.bearing("bureau")
    count = file_served.client.get("/v1/findings", headers=bearing).json()["count"]
    assert count
    today = file_served.client.get("/supervisor", headers=bearing).text
    assert f"今天需要处理 {count} 件" in today
    assert 'href="/supervisor/findings"' in today


def test_what_a_stranger_says_is_shown_as_his_claim_and_holds_nothing(served: Served) -> None:
    chain = served.chain
    chain.admit("bureau", "supervisor")
    chain.admit("rival", "farmer", "cooperative", called="邻村某社")
    season = grow(chain)
    examine(chain, season.pack)
    release(chain, season.pack)
    sprayed = chain.do(
        "rival", "PESTICIDE", about=[(season.crop, None)], active_ingredient="甲胺磷",
        dose="40克/亩", reg_no="PD1", phi_days=0, area_m2=6_667,
        event_ms=chain.now_ms - 3_600_000,
    ).leaf.statement_id.hex()  # fmt: skip

    answer = traced(served, season.pack)
    assert answer["status"] == "recorded"
    (found,) = [each for each in answer["findings"] if each["rule"] == "PB1"]
    assert (found["severity"], found["claim"], found["holds"]) == ("amber", True, False)
    assert [step["statement_id"] for step in answer["steps"] if step["claim"]] == [sprayed]
    page = served.client.get(f"/t/{code_of_uri(season.pack)}").text
    assert "只是声称" in page
    bearing = served.bearing("bureau")
    listed = served.client.get("/v1/findings", headers=bearing).json()["findings"]
    (one,) = [each for each in listed if each["rule"] == "PB1"]
    assert (one["claim"], one["holds"], one["claimed_by"]) == (
        True, False, [chain.actors["rival"]],
    )  # fmt: skip
    words = "只是声称：邻村某社 不是这批的责任人，没有因此暂停销售"
    assert words in served.client.get("/supervisor/findings", headers=bearing).text
    path = f"/enterprise/lots/{code_of_uri(season.crop)}"
    mine = served.client.get(path, headers=served.bearing("cooperative")).text
    assert "只是声称：说的人不是这批的责任人，没有因此暂停销售" in mine


def test_a_server_judges_anew_what_another_version_judged_while_pages_show_what_there_is(
    served: Served,
) -> None:
    chain, engine = served.chain, served.beside.store.engine
    chain.admit("bureau", "supervisor")
    season = grow(chain)
    spray(chain, season, event_ms=chain.now_ms - 3_600_000)
    now = traced(served, season.crop)
    attack(engine, "UPDATE finding SET message_cn = '旧规则的话', version = 0")
    attack(engine, "UPDATE judged SET version = 0")
    before = traced(served, season.crop)
    assert (before["status"], before["judged"]) == ("held", True)
    deadline = monotonic() + PATIENCE_S
    while not is_judged_by_this_version(served) and monotonic() < deadline:
        sleep(0.05)
    after = traced(served, season.crop)
    assert (after["status"], after["status_words"]) == ("held", now["status_words"])
    assert "旧规则的话" not in str(after)


def is_judged_by_this_version(served: Served) -> bool:
    with served.beside.store.reading() as reading:
        return reading.judged().is_ours


def test_a_supervisor_reads_that_findings_of_another_version_were_not_compared(
    file_served: Served,
) -> None:
    chain = file_served.chain
    chain.admit("bureau", "supervisor")
    bearing = file_served.bearing("bureau")
    # A newer one's: this server leaves it as it is.
    attack(file_served.beside.store.engine, "UPDATE judged SET version = 1000000")
    file_served.client.post("/supervisor/audit", headers=bearing, follow_redirects=False)
    while (state := file_served.client.get("/v1/audit", headers=bearing).json())["running"]:
        sleep(0.01)
    report = state["report"]
    assert (report["clean"], [each["code"] for each in report["unchecked"]]) == (
        True, ["judged_by_another_version"],
    )  # fmt: skip
    page = file_served.client.get("/supervisor/audit", headers={**bearing, "accept": "text/html"})
    assert "核对过的都对得上，还有没核对的" in page.text
    assert "全部对得上" not in page.text
    assert "规则发现由另一版本的规则判定" in page.text
