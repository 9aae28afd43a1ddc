"""A supervisor reads on a recalled lot's trace how far the recall has closed; nobody else does."""

from typing import Any

from tests.chain import clock_text
from tests.http.served import Served
from tests.kinds import KG
from tests.season import grow


def recalls(served: Served, lot: str, who: str = "") -> list[dict[str, Any]] | None:
    headers = served.bearing(who) if who else {}
    found: list[dict[str, Any]] | None = (
        served.client.get("/v1/trace", params={"code": lot}, headers=headers).json().get("recalls")
    )
    return found


def test_a_recall_is_followed_to_what_was_sold_and_what_came_back(served: Served) -> None:
    chain = served.chain
    chain.admit("inspector", "supervisor")
    chain.admit("shop", "shop", called="怀庆堂")
    chain.admit("rival", "shop")
    season = grow(chain)
    chain.do("mill", "SALE_B2B", about=[(season.pack, 400 * KG)], buyer="怀庆堂")
    chain.now_ms += 60_000
    chain.do("inspector", "RECALL", about=[(season.dried, None)], level="2", reason="二氧化硫",
             deadline=clock_text(chain.now_ms))  # fmt: skip
    chain.now_ms += 60_000
    chain.do("shop", "RETURN", about=[(season.pack, 100 * KG)], reason="召回")
    # What somebody who never had it says that he brought back closes nothing.
    chain.do("rival", "RETURN", about=[(season.pack, 400 * KG)], reason="召回")
    chain.do("rival", "RECALL", about=[(season.dried, None)], level="2", reason="x",
             deadline=clock_text(chain.now_ms), recovered_g=400 * KG)  # fmt: skip

    (closure,) = recalls(served, season.dried, "inspector") or []
    assert closure["reached"] == [season.dried, season.pack]
    assert closure["reached_g"] == 700 * KG
    assert (closure["shipped_g"], closure["recovered_g"]) == (400 * KG, 100 * KG)
    assert (closure["rate"], closure["closed"]) == (0.25, False)
    assert closure["notice_mark"] == "unverified"
    for who in ("", "mill"):
        assert recalls(served, season.dried, who) is None
    assert recalls(served, season.fresh, "inspector") == []
