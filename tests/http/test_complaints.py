"""举报问题 over HTTP: without an account, answered by receipt number, and the contact can go."""

import re
from html import unescape

import pytest
from httpx import Response

from api.complaints import CONTACT_KEPT_MS
from api.public import complaining
from api.public.complaining import OF_A_CODE, PER_HOUR
from api.supervisor import complaints as desk_page
from ledger.errors import AccessError
from ledger.herbs.identifiers import new_code
from ledger.store.complaints import (
    CLOSED,
    Complaint,
    answer_complaint,
    complaint_of,
    complaints,
    forget_old_contacts,
    keep_complaint,
)
from tests import packets
from tests.chain import Chain
from tests.http.served import Served, assert_problem
from tests.packets import Packet

OWN = {"accept": "text/html", "sec-fetch-site": "same-origin"}
GIVEN = {"kind": "quality", "text": "有霉味", "contact": "13800001234"}


def made(served: Served) -> Packet:
    return packets.packet(served.chain, served.beside.folder.secret())


def send(served: Served, **given: str) -> Response:
    return served.client.post("/complaint", data=GIVEN | given, headers=OWN, follow_redirects=False)


def receipt_of(answer: Response) -> str:
    assert answer.status_code == 303, answer.text
    found: str = answer.headers["location"].rpartition("/")[2]
    return found


def desk(served: Served, path: str = "", **form: str) -> Response:
    served.chain.actors.get("supervisor") or served.chain.admit("supervisor", "supervisor")
    headers = {**OWN, **served.bearing("supervisor")}
    if form:
        return served.client.post(
            f"/supervisor/complaints{path}", data=form, headers=headers, follow_redirects=False
        )
    return served.client.get("/supervisor/complaints", headers=headers)


def test_the_page_of_a_pack_leads_to_a_form_that_names_it(file_served: Served) -> None:
    code = made(file_served).code
    page = unescape(file_served.client.get(f"/t/{code}", headers=OWN).text)
    (link,) = re.findall(r'href="(/complaint\?code=[^"]+)"', page)

    form = file_served.client.get(link, headers=OWN).text

    assert form.index("tel:12315") < form.index("<form")
    assert " ".join(re.findall(".{5}|.+$", code.upper())) in form
    assert (
        file_served.client.get("/complaint?code=%22%3E%3Cb%3E", headers=OWN).text.count("<b>") == 0
    )


def test_a_report_is_kept_and_answered_by_its_receipt(served: Served) -> None:
    code = made(served).code
    receipt = receipt_of(send(served, code=code.upper()))
    state = f"/complaint/{receipt}"

    assert "已收到" in served.client.get(state, headers=OWN).text
    assert "有霉味" in desk(served).text
    assert desk(served, f"/{receipt}", state="answered", note="已派人抽样").status_code == 303
    shown = served.client.get(state, headers=OWN).text
    assert "已答复" in shown
    assert "已派人抽样" in shown
    typed = served.client.get(
        "/complaint/state", params={"receipt": receipt.upper()}, headers=OWN, follow_redirects=False
    )
    assert typed.headers["location"] == state


def test_a_code_that_nobody_issued_can_be_reported_too(file_served: Served) -> None:
    receipt = receipt_of(send(file_served, code="假的 12345"))

    kept = complaint_of(file_served.beside.store, receipt)
    assert kept is not None
    assert (kept.code, kept.lot) == ("假的 12345", "")
    assert "没有这个码" in desk(file_served).text


@pytest.mark.parametrize("given", [{"kind": ""}, {"kind": "x"}, {"text": " \x00 "}])
def test_a_report_without_kind_or_words_is_asked_for_again(
    file_served: Served, given: dict[str, str]
) -> None:
    answer = send(file_served, **{"contact": "李四", **given})

    assert answer.status_code == 400
    assert "请选一个类别" in answer.text
    assert 'value="李四"' in answer.text
    assert complaints(file_served.beside.store, limit=9) == []


def test_what_somebody_writes_is_shown_as_text_and_without_control_characters(
    served: Served,
) -> None:
    receipt = receipt_of(send(served, text="<script>x</script>\x00\r\n第二行"))

    kept = complaint_of(served.beside.store, receipt)
    assert kept is not None
    assert kept.text == "<script>x</script>\n第二行"
    for page in (desk(served), served.client.get(f"/complaint/{receipt}", headers=OWN)):
        assert "<script>x" not in page.text


def test_whoever_has_the_receipt_erases_the_contact_and_nobody_else(served: Served) -> None:
    receipt = receipt_of(send(served))
    assert "13800001234" in served.client.get(f"/complaint/{receipt}", headers=OWN).text
    wrong = served.client.post(f"/complaint/{new_code(bytes(12))}/forget", headers=OWN)

    answer = served.client.post(f"/complaint/{receipt}/forget", headers=OWN, follow_redirects=False)

    assert wrong.status_code == 404
    assert answer.status_code == 303
    kept = complaint_of(served.beside.store, receipt)
    assert kept is not None
    assert kept.contact is None
    assert kept.text == "有霉味"


def test_the_desk_erases_a_contact(file_served: Served) -> None:
    receipt = receipt_of(send(file_served))

    desk(file_served, f"/{receipt}", forget="1")

    assert "13800001234" not in desk(file_served).text


def test_contacts_are_erased_ninety_days_after_the_first_closing(chain: Chain) -> None:
    given = Complaint(receipt="r", code="", lot="", kind="other", text="t", contact="电话",
                      received_ms=0)  # fmt: skip
    keep_complaint(chain.store, given)
    answer_complaint(chain.store, "r", state=CLOSED, note="", now_ms=1_000)
    answer_complaint(chain.store, "r", state=CLOSED, note="补充", now_ms=9_000)

    assert forget_old_contacts(chain.store, closed_before_ms=1_000) == 0
    assert forget_old_contacts(chain.store, closed_before_ms=1_001) == 1
    kept = complaint_of(chain.store, "r")
    assert kept is not None
    assert (kept.contact, kept.note) == (None, "补充")
    assert CONTACT_KEPT_MS == 90 * 86_400_000


def test_an_open_report_keeps_its_contact(chain: Chain) -> None:
    given = Complaint(receipt="r", code="", lot="", kind="other", text="t", contact="电话",
                      received_ms=0)  # fmt: skip
    keep_complaint(chain.store, given)

    assert forget_old_contacts(chain.store, closed_before_ms=10**15) == 0


def test_rules_learn_when_a_lot_was_complained_of(chain: Chain) -> None:
    for receipt, lot, received_ms in (("a", "l1", 30), ("b", "l2", 20), ("c", "l1", 10)):
        keep_complaint(chain.store, Complaint(receipt=receipt, code="", lot=lot, kind="other",
                       text="t", contact=None, received_ms=received_ms))  # fmt: skip

    with chain.store.reading() as reading:
        assert reading.complained(["l1", "l3"]) == {"l1": [10, 30]}
        assert reading.complained([f"l{n}" for n in range(1_200)]) == {"l1": [10, 30], "l2": [20]}


def test_the_desk_shows_open_reports_first_and_the_oldest_of_them_first(chain: Chain) -> None:
    for receipt, received_ms in (("closed", 1), ("young", 3), ("old", 2)):
        keep_complaint(chain.store, Complaint(receipt=receipt, code="", lot="", kind="other",
                       text="t", contact=None, received_ms=received_ms))  # fmt: skip
    answer_complaint(chain.store, "closed", state=CLOSED, note="", now_ms=4)

    assert [each.receipt for each in complaints(chain.store, limit=9)] == ["old", "young", "closed"]


def test_a_town_behind_one_address_reports_and_one_packet_three_times_an_hour(
    file_served: Served,
) -> None:
    packet = made(file_served)
    for _ in range(OF_A_CODE):
        receipt_of(send(file_served, code=packet.code))
    again = send(file_served, code=packet.code.lower(), text="第四次说的话")
    assert again.status_code == 429
    assert "第四次说的话</textarea>" in again.text
    assert "同一个码从您这里已经报过三次" in again.text
    assert "12315" in again.text
    assert int(again.headers["retry-after"]) > 0
    # Neighbours of his have other packets, and he took nothing from them.
    for _ in range(3 * OF_A_CODE):
        assert send(file_served, code=packet.code).status_code == 429
    for number in range(PER_HOUR - OF_A_CODE):
        receipt_of(send(file_served, code=f"另一包 {number}"))
    assert send(file_served, code="再一包").status_code == 429


def test_beyond_sixty_an_hour_what_was_written_is_kept_in_the_form(file_served: Served) -> None:
    for _ in range(PER_HOUR):
        receipt_of(send(file_served))

    hasty = send(file_served, text="写了很久的话")
    assert hasty.status_code == 429
    assert len(complaints(file_served.beside.store, limit=99)) == PER_HOUR
    # What was written is not lost: it stands in the form, to be sent later.
    assert "写了很久的话</textarea>" in hasty.text
    assert "还没有提交" in hasty.text
    assert int(hasty.headers["retry-after"]) > 0


def test_another_site_cannot_send_a_report(file_served: Served) -> None:
    headers = {"accept": "text/html", "sec-fetch-site": "cross-site"}

    assert file_served.client.post("/complaint", data=GIVEN, headers=headers).status_code == 403


def test_the_desk_is_for_supervisors_alone(file_served: Served) -> None:
    receipt = receipt_of(send(file_served))
    headers = {"sec-fetch-site": "same-origin", **file_served.bearing("mill")}

    answer = file_served.client.get("/supervisor/complaints", headers=headers)
    assert_problem(answer, 403, "forbidden")
    answer = file_served.client.post(
        f"/supervisor/complaints/{receipt}", data={"state": CLOSED}, headers=headers
    )
    assert_problem(answer, 403, "forbidden")


def test_a_receipt_number_that_was_never_given_is_not_found(file_served: Served) -> None:
    for path in (f"/complaint/{new_code(bytes(12))}", "/complaint/x", "/complaint/state?receipt=1"):
        answer = file_served.client.get(path, headers={"accept": "application/json"})
        assert_problem(answer, 404, "not_found")


def test_the_desk_takes_no_state_that_does_not_exist(file_served: Served) -> None:
    receipt = receipt_of(send(file_served))

    assert desk(file_served, f"/{receipt}", state="gone").status_code == 400
    assert desk(file_served, "/unknown", state=CLOSED).status_code == 404


def test_a_thousand_addresses_do_not_fill_the_desk(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complaining, "PER_DAY", 3)
    window = complaining.ComplaintWindow()
    for number in range(3):
        window.refuse_haste(f"192.0.2.{number}")
    with pytest.raises(AccessError) as refused:
        window.refuse_haste("192.0.2.9")
    assert refused.value.code == "rate_limited"


def test_a_flood_of_reports_hides_none_that_comes_after_it(
    file_served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_page, "SHOWN_MAX", 3)
    for number in range(5):
        receipt_of(send(file_served, text=f"第{number}件"))
    first = desk(file_served).text
    assert "等待答复 5 件" in first
    (link,) = re.findall(r'href="(/supervisor/complaints\?start=[^"]+)"', unescape(first))
    headers = {**OWN, **file_served.bearing("supervisor")}
    second = file_served.client.get(link, headers=headers).text
    assert [f"第{number}件" in first for number in range(5)] == [True] * 3 + [False] * 2
    assert [f"第{number}件" in second for number in range(5)] == [False] * 3 + [True] * 2
    assert "start=" not in second.partition("</ol>")[2].partition("</main>")[0]
