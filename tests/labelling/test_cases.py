"""Cases and pallets: an SSCC of the packer's prefix, stated, scanned, decoded; a pallet."""

from io import BytesIO

import pypdfium2
import pytest

from api import limits
from api.labelling import cases
from api.opened.ledger import OpenedLedger
from api.shown.lineages import trace_of
from ledger.audit.replay import audit
from ledger.errors import FormError
from ledger.herbs.check_digits import is_sscc, make_sscc
from ledger.herbs.identifiers import batch_key, code_of_uri, lot_uri, unit_code
from ledger.trace.judged import Reader
from ledger.trace.trace import Asked, Trace
from tests.http.served import Served, assert_problem
from tests.labelling.shelf import LICENCES, Clerk, Shelf
from tests.labels.batch import read
from tests.parcels import silent

BROWSER = {"accept": "text/html"}
PREFIX = "6901234"
STATING = "/v1/cases/stating"


def test_an_sscc_is_extension_prefix_serial_and_check_digit() -> None:
    # The example of GS1's EPC Tag Data Standard: urn:epc:id:sscc:0614141.3778224635
    assert make_sscc("0614141", 3_778_224_635) == "306141417782246356"
    assert make_sscc("0614141", 0)[:17] == "00614141000000000"
    assert all(is_sscc(make_sscc(PREFIX, n)) for n in (0, 7, 9_999_999_999))
    for prefix, serial in (("12", 0), ("69x1234", 0), (PREFIX, 10**10), (PREFIX, -1)):
        with pytest.raises(FormError):
            make_sscc(prefix, serial)


@pytest.fixture
def packer(served: Served) -> Clerk:
    """A works with a GS1 prefix of its own."""
    served.chain.admit("packer", "processor", licences=LICENCES | {"gs1_prefix": PREFIX})
    return Clerk(served=served, who="packer")


def packed(packer: Clerk, count: int = 1) -> list[str]:
    """Pack lots of the packer, 20 packs each."""
    chain = packer.served.chain
    lots = []
    for _ in range(count):
        lot = chain.lot()
        lots.append(lot)
        source = chain.lot()
        chain.do("cooperative", "HARVEST", inputs=[(chain.crop(), None)],
                 outputs=[(source, 10_000)], herb="huaidihuang", plot=chain.site("cooperative"),
                 area_m2=9, method="hand", pickers=["李四"])  # fmt: skip
        chain.do("packer", "PACK_LABEL", inputs=[(source, 10_000)], outputs=[(lot, 10_000)],
                 unit_g=500, count=20, code_range={"first": 1, "last": 20},
                 label_fields=[{"name": "品名", "value": "生地黄"}])  # fmt: skip
    return lots


def numbers(packer: Clerk, count: int) -> list[str]:
    answer = packer.ask("/v1/cases", {"count": count})
    assert answer.status_code == 201, answer.text
    found: list[str] = answer.json()["ssccs"]
    return found


def fill(packer: Clerk, sscc: str, *contents: str) -> None:
    answer = packer.ask(STATING, {"sscc": sscc, "contents": "\n".join(contents)})
    assert answer.status_code == 200, answer.text
    assert packer.sign(answer.json()["drafts"]) == []


def asked(packer: Clerk, text: str) -> dict[str, object]:
    found: dict[str, object] = packer.served.client.get("/v1/trace", params={"code": text}).json()
    return found


def unit(packer: Clerk, lot: str, serial: int) -> str:
    code = code_of_uri(lot)
    return unit_code(code, serial, batch_key(packer.served.beside.folder.secret(), code))


def test_a_case_of_one_lot_leads_to_its_page(packer: Clerk) -> None:
    (lot,), (sscc,) = packed(packer), numbers(packer, 1)
    assert is_sscc(sscc)
    assert sscc[1:8] == PREFIX
    assert_problem(packer.served.client.get(f"/00/{sscc}", headers={"accept": "application/json"}),
                   404, "unknown_code")  # fmt: skip
    fill(packer, sscc, unit(packer, lot, 1), unit(packer, lot, 2), unit(packer, lot, 2))
    typed = (sscc, f"(00){sscc}", f"(00) {sscc[0]} {sscc[1:]}", f"]C100{sscc}", f"/00/{sscc}",
             f"https://daodi.example/00/{sscc}", f"HTTPS://DAODI.EXAMPLE/00/{sscc}")  # fmt: skip
    assert {asked(packer, text)["lot"] for text in typed} == {lot}
    page = packer.served.client.get(f"/00/{sscc}", headers=BROWSER)
    assert page.status_code == 200
    assert page.url.path == f"/t/{code_of_uri(lot).upper()}"
    assert audit(packer.served.beside.store, progress=silent).clean


def test_a_pallet_of_cases_of_several_lots_lists_them(packer: Clerk) -> None:
    lots, (one, two, pallet) = packed(packer, 3), numbers(packer, 3)
    fill(packer, one, code_of_uri(lots[0]), code_of_uri(lots[1]))
    fill(packer, two, unit(packer, lots[2], 4))
    fill(packer, pallet, one, f"(00){two}")
    problem = packer.served.client.get("/v1/trace", params={"code": pallet})
    assert set(assert_problem(problem, 409, "ambiguous_code")["lots"]) == set(lots)  # type: ignore[arg-type]  # a list of URIs
    page = packer.served.client.get(f"/00/{pallet}", headers=BROWSER)
    assert page.status_code == 300
    assert all(code_of_uri(lot).upper() in page.text for lot in lots)
    assert asked(packer, two)["lot"] == lots[2]


def test_a_case_in_itself_by_somebodys_statement_ends(packer: Clerk) -> None:
    (lot,), (one, two) = packed(packer), numbers(packer, 2)
    fill(packer, one, code_of_uri(lot))
    fill(packer, two, one)
    answer = packer.ask(STATING, {"sscc": numbers(packer, 1)[0], "contents": two})
    draft = answer.json()["drafts"][0]
    draft["body"]["parentID"] = f"https://id.gs1.org/00/{one}"
    assert packer.sign([draft]) == []
    assert asked(packer, one)["lot"] == asked(packer, two)["lot"] == lot


def test_what_cannot_be_in_a_case_is_refused(packer: Clerk, shelf: Shelf) -> None:
    (lot,), (sscc, other) = packed(packer), numbers(packer, 2)
    for contents, status, code in (
        ("", 400, "bad_query"), (sscc, 400, "bad_code"), (other, 404, "unknown_code"),
        (shelf.code, 403, "not_your_lot"), ("81234567890123456789", 404, "unknown_code"),
    ):  # fmt: skip
        assert_problem(packer.ask(STATING, {"sscc": sscc, "contents": contents}), status, code)
    foreign = make_sscc("6909999", 1)
    for number, status, code in ((foreign, 403, "not_your_lot"), ("123", 400, "bad_code")):
        asked_ = packer.ask(STATING, {"sscc": number, "contents": code_of_uri(lot)})
        assert_problem(asked_, status, code)
    fill(packer, sscc, code_of_uri(lot))
    again = packer.ask(STATING, {"sscc": sscc, "contents": code_of_uri(lot)})
    assert_problem(again, 409, "already_registered")


def test_without_a_prefix_there_is_no_number(clerk: Clerk) -> None:
    assert_problem(clerk.ask("/v1/cases", {"count": 1}), 409, "label_incomplete")


def test_numbers_are_given_out_once(packer: Clerk) -> None:
    given = [*numbers(packer, 3), *numbers(packer, 2)]
    assert len(set(given)) == 5
    assert_problem(packer.ask("/v1/cases", {"count": 0}), 400, "bad_query")


def test_labels_of_cases_decode_and_lead_to_what_is_in_them(packer: Clerk) -> None:
    answer = packer.send(
        "/enterprise/cases/print", {"count": "2", "format": "pdf", "stock": "a4-2x4"}
    )
    assert answer.status_code == 200, answer.text
    document = pypdfium2.PdfDocument(BytesIO(answer.content))
    links = read(document[0].render(scale=203 / 72).to_pil())
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert len(links) == 2
    (lot,) = packed(packer)
    fill(packer, links[0], code_of_uri(lot))
    assert asked(packer, links[0])["lot"] == lot
    assert links[0].startswith("HTTPS://DAODI.EXAMPLE/00/")
    assert "(00)" in text
    uri = lot_uri(packer.served.chain.origin, code_of_uri(lot))
    assert uri == lot


def claim(packer: Clerk, sscc: str, lot: str) -> None:
    """The works say that a lot of theirs is in a case; the door admits what anybody says."""
    own = packer.ask(STATING, {"sscc": numbers(packer, 1)[0], "contents": packed(packer)[0]})
    (draft,) = own.json()["drafts"]
    draft["body"] |= {
        "parentID": f"https://id.gs1.org/00/{sscc}",
        "childQuantityList": [{"epcClass": lot}],
    }
    draft["subjects"] = [lot]
    assert Clerk(served=packer.served, who="works").sign([draft]) == []


def test_what_is_in_a_case_says_whose_prefix_its_number_has(packer: Clerk, shelf: Shelf) -> None:
    (lot,), (sscc, next_one) = packed(packer), numbers(packer, 2)
    fill(packer, sscc, code_of_uri(lot))
    for number in (sscc, next_one):  # numbers run on, so that a rival knows the next ones too
        claim(packer, number, shelf.dried)
    assert asked(packer, sscc)["lot"] == lot
    fill(packer, next_one, code_of_uri(lot))
    assert asked(packer, next_one)["lot"] == lot


def test_a_case_of_nobodys_prefix_is_as_somebody_says(packer: Clerk, shelf: Shelf) -> None:
    number = make_sscc("6909999", 1)
    claim(packer, number, shelf.dried)
    assert asked(packer, number)["lot"] == shelf.dried


def test_a_lot_in_a_case_is_traced_once_and_no_more_than_fit(
    packer: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lots, (sscc,) = packed(packer, 3), numbers(packer, 1)
    traced: list[str] = []

    def counting(opened: OpenedLedger, found: Asked, reader: Reader) -> Trace:
        traced.append(found.uri)
        return trace_of(opened, found, reader)

    monkeypatch.setattr(cases, "trace_of", counting)
    units = [unit(packer, lots[0], serial) for serial in range(1, 21)]
    answer = packer.ask(STATING, {"sscc": sscc, "contents": "\n".join(units)})
    assert (answer.status_code, traced) == (200, lots[:1])
    monkeypatch.setattr(cases, "CONTENTS_MAX", 2)
    codes = "\n".join(code_of_uri(lot) for lot in lots)
    assert_problem(packer.ask(STATING, {"sscc": sscc, "contents": codes}), 400, "bad_query")
    assert traced == [lots[0], *lots[:2]]


def test_one_actor_has_labels_drawn_at_once_once_at_a_time(
    packer: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAIT_S", 0)
    form = {"count": "2", "format": "pdf", "stock": "a4-2x4"}
    with limits.desk_turns.taken(packer.served.chain.actors["packer"]):
        for path in ("/enterprise/cases/print", "/enterprise/tags"):
            assert packer.send(path, form).status_code == 503
    for path in ("/enterprise/cases/print", "/enterprise/tags"):
        assert packer.send(path, form).status_code == 200
