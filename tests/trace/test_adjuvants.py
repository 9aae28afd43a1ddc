"""Where a lot came from, where something else than the herb went in beside it."""

from datetime import date
from fractions import Fraction

import pytest

from ledger.trace.trace import Asked, trace
from tests.chain import Chain

KG = 1_000
DRIED_G, ADDED_G = 900 * KG, 300 * KG


def grown(chain: Chain, county: str) -> str:
    """A lot that was harvested in a county."""
    plot, crop, lot = chain.site("cooperative", county), chain.crop(), chain.lot()
    chain.do("cooperative", "SOW", inputs=[(plot, None)], outputs=[(crop, None)], area_m2=9)
    chain.do("cooperative", "HARVEST", inputs=[(crop, None)], outputs=[(lot, DRIED_G)], plot=plot)
    return lot


def steamed(chain: Chain, herb: str, added: str) -> dict[str, Fraction]:
    """Shares by county of what was steamed with something that is called an adjuvant."""
    made = chain.lot()
    chain.do(
        "mill", "STEAM_BOIL", inputs=[(herb, DRIED_G), (added, ADDED_G)],
        outputs=[(made, DRIED_G + ADDED_G)],
        adjuvants=[{"name": "黄酒", "lot": added, "mass_g": ADDED_G}],
    )  # fmt: skip
    asked = Asked(uri=made)
    return dict(trace(chain.store, chain.replica, asked, today=date(2027, 1, 1)).origin)


def test_wine_that_was_bought_has_no_part_in_the_origin_of_what_is_steamed_with_it(
    file_chain: Chain,
) -> None:
    wine = file_chain.lot()
    file_chain.do("mill", "PURCHASE", outputs=[(wine, ADDED_G)], drug="黄酒")
    assert steamed(file_chain, grown(file_chain, "410825"), wine) == {"410825": Fraction(1)}


@pytest.mark.parametrize("herb", ["huaidihuang", "生地黄"])
def test_a_herb_bought_outside_is_no_adjuvant_whatever_the_step_calls_it(
    file_chain: Chain, herb: str
) -> None:
    bought = file_chain.lot()
    file_chain.do("mill", "PURCHASE", outputs=[(bought, ADDED_G)], herb=herb)
    shares = steamed(file_chain, grown(file_chain, "410825"), bought)
    assert shares == {"410825": Fraction(3, 4), "": Fraction(1, 4)}


def test_a_lot_that_grew_on_the_ledger_is_no_adjuvant_either(file_chain: Chain) -> None:
    herb, other = grown(file_chain, "410825"), grown(file_chain, "410823")
    assert steamed(file_chain, herb, other) == {"410825": Fraction(3, 4), "410823": Fraction(1, 4)}
