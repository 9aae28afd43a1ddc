"""The bar code of a trade item alone: its product, not a lot; and whose word counts for it."""

import pytest

from tests.chain import DAY_MS, Chain
from tests.http.served import Served, assert_problem
from tests.season import LABEL, Season, grow

EAN = "6901234567892"
GTIN = f"0{EAN}"
PAGE = {"accept": "text/html"}
PROGRAM = {"accept": "application/json"}
LINKSET = {"accept": "application/linkset+json"}
FIELD = {"name": "商品条码", "value": EAN}


@pytest.fixture
def season(served: Served) -> Season:
    """A pack whose label bears a bar code, and one whose label bears none."""
    grow(served.chain)
    return grow(served.chain, label=[*LABEL, FIELD])


def pack(chain: Chain, who: str, **said: object) -> str:
    """Another packing with the bar code, a day later; the statement's id."""
    chain.now_ms += DAY_MS
    named: dict[str, object] = {"unit_g": 250, "count": 4, "label_fields": [*LABEL, FIELD]}
    receipt = chain.do(
        who, "PACK_LABEL", inputs=[(chain.lot(), 1_000)], outputs=[(chain.lot(), 1_000)],
        code_range={"first": 0, "last": 3}, **(named | said),
    )  # fmt: skip
    return receipt.leaf.statement_id.hex()


def told(served: Served, gtin: str = GTIN) -> list[dict[str, object]]:
    answer = served.client.get(f"/01/{gtin}", headers=PROGRAM)
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()["products"]
    return found


@pytest.mark.usefixtures("season")
def test_a_bar_code_tells_its_product_and_how_to_find_the_lot(served: Served) -> None:
    page = served.client.get(f"/01/{GTIN}", headers=PAGE)
    assert page.status_code == 200
    assert "怀地黄" in page.text
    assert "500 克" in page.text
    assert "mill" in page.text
    assert f"商品条码 {EAN}" in page.text
    assert "不说明是哪一批、哪一包" in page.text
    assert "二维码下面的编号" in page.text
    assert 'name="code"' in page.text
    assert page.headers["access-control-allow-origin"] == "*"
    english = served.client.get(f"/01/{GTIN}?lang=en", headers=PAGE).text
    assert f"Bar code {EAN}" in english
    assert "Scan the QR code" in english
    (product,) = told(served)
    assert (product["herb"], product["unit_g"]) == ("huaidihuang", 500)
    assert str(product["last_packed"]).endswith("+08:00")


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("written", [EAN, f" {EAN[:7]} {EAN[7:]} "])
def test_a_bar_code_that_was_typed_or_scanned_leads_to_its_product(
    served: Served, written: str
) -> None:
    answer = served.client.get("/t", params={"code": written}, headers=PAGE)
    assert answer.url.path == f"/01/{GTIN}"
    assert answer.status_code == 200
    assert told(served, EAN) == told(served)


def test_an_unknown_bar_code_is_the_usual_page_with_its_words(served: Served) -> None:
    page = served.client.get("/01/04006381333931", headers=PAGE)
    assert page.status_code == 404
    assert "没有这个码" in page.text
    assert "12315" in page.text
    answer = served.client.get("/01/04006381333931", headers=PROGRAM)
    assert_problem(answer, 404, "unknown_code")


def test_a_mistyped_bar_code_is_named_to_programs_and_shown_to_people(served: Served) -> None:
    wrong = f"{GTIN[:-1]}3"
    assert_problem(served.client.get(f"/01/{wrong}", headers=PROGRAM), 400, "bad_code")
    page = served.client.get(f"/01/{wrong}", headers=PAGE)
    assert (page.status_code, "没有这个码" in page.text) == (404, True)


@pytest.mark.usefixtures("season")
def test_a_linkset_of_a_bar_code_has_the_links_that_need_no_lot(served: Served) -> None:
    (links,) = served.client.get(f"/01/{GTIN}", headers=LINKSET).json()["linkset"]
    assert {name.rpartition("/")[2] for name in links} == {"anchor", "defaultLink", "pip"}
    assert links["anchor"].endswith(f"/01/{GTIN}")
    led = served.client.get(f"/01/{GTIN}?linkType=gs1:pip", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, f"/01/{GTIN}")
    answer = served.client.get(f"/01/{GTIN}?linkType=gs1:traceability", headers=PROGRAM)
    assert_problem(answer, 404, "not_found")


@pytest.mark.usefixtures("season")
def test_a_later_packing_and_its_correction_are_read_on(served: Served) -> None:
    assert [each["unit_g"] for each in told(served)] == [500]
    wrong = pack(served.chain, "mill")
    assert [each["unit_g"] for each in told(served)] == [250]
    said = {"corrects": wrong, "correct_reason": "抄错"}
    served.chain.do("cooperative", "PACK_LABEL", unit_g=1, about=[(served.chain.lot(), 1)], **said)
    assert [each["unit_g"] for each in told(served)] == [250], "another's correction counts not"
    served.chain.do("mill", "PACK_LABEL", about=[(served.chain.lot(), 1)], label_fields=LABEL,
                    **said)  # fmt: skip
    assert [each["unit_g"] for each in told(served)] == [500], "that one never had the bar code"


@pytest.mark.usefixtures("season")
def test_several_packers_are_listed_until_the_registrar_knows_whose_prefix_it_is(
    served: Served,
) -> None:
    served.chain.admit("rival", "processor", called="别家饮片厂")
    pack(served.chain, "rival")
    assert [each["packer"] for each in told(served)] == ["别家饮片厂", "mill"]
    page = served.client.get(f"/01/{GTIN}", headers=PAGE).text
    assert "不止一家单位在标签上写了这个条码" in page
    served.chain.admit(
        "owner", "processor", called="条码的主人", licences={"gs1_prefix": "6901234"}
    )
    assert served.client.get(f"/01/{GTIN}", headers=PAGE).status_code == 404
    pack(served.chain, "owner")
    assert [each["packer"] for each in told(served)] == ["条码的主人"]
