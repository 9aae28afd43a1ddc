"""Cases of SV1, SV2, CU1 and CC1: sales that jump, goods that nobody received, old scales."""

from typing import Final

from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.scene import KG, WEN, Scene

MONTHS: Final = 24
USUAL_KG: Final = 100
PEERS: Final = 20


def _monthly(scene: Scene, who: str, lot: str, *, last_kg: int, harvest_kg: int = USUAL_KG) -> None:
    """Two years of sales from January 2024 on, then January 2026; December is harvest."""
    for month in range(MONTHS):
        year, of_year = 2024 + month // 12, month % 12 + 1
        mass_kg = harvest_kg if of_year == 1 else USUAL_KG + month % 3
        scene.sell(who, lot, mass_kg * KG, f"{year}-{of_year:02}-05")
    scene.sell(who, lot, last_kg * KG, "2026-01-05")


def _two_firms(scene: Scene, *, harvest_kg: int) -> None:
    mill, peer = scene.lot(), scene.lot()
    _monthly(scene, "mill", mill, last_kg=900, harvest_kg=harvest_kg)
    _monthly(scene, "packer", peer, last_kg=USUAL_KG)


def _nine_times_the_usual(scene: Scene) -> None:
    _two_firms(scene, harvest_kg=USUAL_KG)


def _as_every_january(scene: Scene) -> None:
    _two_firms(scene, harvest_kg=850)


def _newcomer(scene: Scene, mass_kg: int) -> None:
    """Twenty old firms sell within the newcomer's first sixty days."""
    lot = scene.lot()
    for number in range(PEERS):
        scene.admit(f"peer{number}", f"演示商行{number}", "trader", county=WEN)
        scene.sell(f"peer{number}", lot, USUAL_KG * KG, f"2026-01-{10 + number // 2}")
    scene.admit("new", "演示新商行", "trader", county=WEN, when="2026-01-05 09:00")
    scene.sell("new", lot, mass_kg * KG, "2026-01-20")


def _a_newcomers_mountain(scene: Scene) -> None:
    _newcomer(scene, 5_000)


def _a_newcomers_first_load(scene: Scene) -> None:
    _newcomer(scene, 80)


def _sold_to_the_shop(scene: Scene, received: str) -> None:
    lot = scene.pack(scene.grow(), 100 * KG)
    scene.sell("mill", lot, 100 * KG, "2025-12-01", buyer=scene.full_name("shop"))
    if received:
        scene.receive("shop", lot, 100 * KG, received)


def _never_received(scene: Scene) -> None:
    _sold_to_the_shop(scene, "")


def _a_slow_courier(scene: Scene) -> None:
    _sold_to_the_shop(scene, "2025-12-07")


def _weighed(scene: Scene, *certified: tuple[str, str]) -> None:
    works = scene.plot("mill", kind="works")
    for day, valid_to in certified:
        scene.do("mill", "EQUIP", day, site=works, equipment="电子秤", valid_to=valid_to)
    scene.do("mill", "STORE_IN", "2025-12-01", about=[(scene.grow(), KG)], site=works)


def _an_old_scale(scene: Scene) -> None:
    _weighed(scene, ("2024-10-01", "2025-10-01"))


def _certified_again(scene: Scene) -> None:
    _weighed(scene, ("2024-10-01", "2025-10-01"), ("2025-09-20", "2026-09-20"))


CASES: Final = (
    Case(
        rule="SV1",
        planted=Side(cn="平时每月 100 公斤，忽然卖 900 公斤", plan=_nine_times_the_usual),
        alike=Side(cn="每年一月都卖得多", plan=_as_every_january),
    ),
    Case(
        rule="SV2",
        planted=Side(cn="入网半月的新户卖 5 吨，同行 100 公斤", plan=_a_newcomers_mountain),
        alike=Side(cn="新户第一笔卖 80 公斤", plan=_a_newcomers_first_load),
    ),
    Case(
        rule="CU1",
        planted=Side(cn="卖给账本里的药铺，一直没有接收", plan=_never_received),
        alike=Side(cn="快递走了六天才接收", plan=_a_slow_courier),
    ),
    Case(
        rule="CC1",
        planted=Side(cn="检定过期两个月的秤还在用", plan=_an_old_scale),
        alike=Side(cn="旧证到期前已重新检定", plan=_certified_again),
    ),
)
