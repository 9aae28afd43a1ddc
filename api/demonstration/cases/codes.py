"""Cases of CL1 to CL4: codes copied, sold twice, scanned too early, guessed."""

from typing import Final

from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.scene import KG, Scene
from ledger.rules.history.known import Guess

GUESSED: Final = 25
MISTYPED: Final = 6
SECOND_MS: Final = 1_000


def _shipped(scene: Scene) -> str:
    pack = scene.pack(scene.grow(), 100 * KG)
    scene.do("mill", "STORE_OUT", "2025-12-05", about=[(pack, 100 * KG)],
             to_org=scene.full_name("shop"))  # fmt: skip
    return pack


def _three_provinces(scene: Scene) -> None:
    pack = _shipped(scene)
    for day, province in (("2025-12-10", "河南"), ("2025-12-12", "四川"), ("2025-12-20", "广东")):
        scene.scan(pack, day, province)


def _taken_along(scene: Scene) -> None:
    """Bought in one province and shown to the family in another."""
    pack = _shipped(scene)
    scene.scan(pack, "2025-12-10", "河南", times=4)
    scene.scan(pack, "2025-12-12", "四川", times=3)


def _retail(scene: Scene, pack: str, day: str) -> None:
    scene.do("shop", "SALE_RETAIL", day, about=[(pack, None)], unit_code="演示-0007")


def _sold_twice(scene: Scene) -> None:
    pack = _shipped(scene)
    _retail(scene, pack, "2025-12-10")
    _retail(scene, pack, "2025-12-12")


def _sold_after_a_return(scene: Scene) -> None:
    pack = _shipped(scene)
    _retail(scene, pack, "2025-12-10")
    scene.do("shop", "RETURN", "2025-12-11", about=[(pack, 500)])
    _retail(scene, pack, "2025-12-12")


def _seen_before_it_left(scene: Scene) -> None:
    scene.scan(_shipped(scene), "2025-12-03", "河南")


def _display_sample(scene: Scene) -> None:
    scene.scan(_shipped(scene), "2025-12-09", "河南", times=40)


def _guesses(scene: Scene, many: int) -> None:
    start_ms = scene.ms("2025-12-10 09:00")
    scene.guesses += [
        Guess(connection="演示连接", code=f"CODE{number}", time_ms=start_ms + number * SECOND_MS)
        for number in range(many)
    ]


def _a_program_tries(scene: Scene) -> None:
    _guesses(scene, GUESSED)


def _old_eyes(scene: Scene) -> None:
    _guesses(scene, MISTYPED)


CASES: Final = (
    Case(
        rule="CL1",
        planted=Side(cn="一个码十天内在三个省被扫", plan=_three_provinces),
        alike=Side(cn="买回家乡的一包，两个省各扫几次", plan=_taken_along),
    ),
    Case(
        rule="CL2",
        planted=Side(cn="同一个码零售两次", plan=_sold_twice),
        alike=Side(cn="退货之后再卖一次", plan=_sold_after_a_return),
    ),
    Case(
        rule="CL3",
        planted=Side(cn="货还没出库，码已有人扫", plan=_seen_before_it_left),
        alike=Side(cn="店里的样品被扫 40 次", plan=_display_sample),
    ),
    Case(
        rule="CL4",
        planted=Side(cn="一个连接十分钟试 25 个没有的码", plan=_a_program_tries),
        alike=Side(cn="老人把码输错 6 次", plan=_old_eyes),
    ),
)
