"""Cases of PH1, PB1, PB2 and TT1 to TT3: what was done in the field, and when it was signed."""

from typing import Final

from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.scene import KG, MU3_M2, Scene

IMIDACLOPRID: Final = {
    "product": "吡虫啉可湿性粉剂", "active_ingredient": "吡虫啉 10%", "reg_no": "演示-PD-9",
}  # fmt: skip
RECORDS: Final = 18


def _sprayed(scene: Scene, **said: object) -> None:
    scene.grow(
        tend=lambda crop: scene.do(
            "coop", "PESTICIDE", "2025-10-28", IMIDACLOPRID | said, about=[(crop, None)]
        )
    )


def _harvested_in_the_interval(scene: Scene) -> None:
    _sprayed(scene, phi_days=14)


def _harvested_when_it_was_over(scene: Scene) -> None:
    _sprayed(scene, phi_days=8)


def _carbofuran(scene: Scene) -> None:
    _sprayed(scene, product="呋喃丹颗粒剂", active_ingredient="克百威 3%", phi_days=3)


def _another_of_a_longer_name(scene: Scene) -> None:
    _sprayed(scene, product="硫双威（非高毒）", active_ingredient="硫双灭多威 75%", phi_days=3)


def _bought_and_used(scene: Scene, quantity: str) -> None:
    """100 g per 亩 on 3 亩 are 300 g."""
    scene.do("coop", "INPUT_PURCHASE", "2025-06-01", site=scene.plot("coop", kind="store"),
             product="吡虫啉可湿性粉剂", reg_no="演示-PD-9", quantity=quantity)  # fmt: skip
    _sprayed(scene, dose="100 克/亩", area_m2=MU3_M2)


def _used_more(scene: Scene) -> None:
    _bought_and_used(scene, "200 克")


def _used_all(scene: Scene) -> None:
    _bought_and_used(scene, "300 克")


def _weeded(scene: Scene, *, signed: str = "", arrives: str = "") -> None:
    scene.grow(
        tend=lambda crop: scene.do(
            "coop",
            "FIELD_WORK",
            "2025-09-01 08:00",
            about=[(crop, None)],
            signed=signed,
            arrives=arrives,
        )
    )


def _written_afterwards(scene: Scene) -> None:
    _weeded(scene, signed="2025-09-07 20:00")


def _no_signal(scene: Scene) -> None:
    _weeded(scene, arrives="2025-09-08 08:00")


def _dried(scene: Scene, when: str) -> None:
    fresh = scene.grow(cut="2025-11-05 10:00")
    scene.do("mill", "DRY", when, inputs=[(fresh, 3_000 * KG)], outputs=[(scene.lot(), 900 * KG)])


def _dried_before_harvest(scene: Scene) -> None:
    _dried(scene, "2025-11-04 10:00")


def _dried_at_once(scene: Scene) -> None:
    _dried(scene, "2025-11-05 10:00")


def _diary(scene: Scene, **said: object) -> None:
    """A fortnight and more of field work, signed within ten minutes by one hand."""

    def tend(crop: str) -> None:
        for number in range(RECORDS):
            scene.do(
                "coop", "FIELD_WORK", f"2025-08-{2 + number:02} 08:00", said, about=[(crop, None)],
                signed=f"2025-08-20 20:{number // 2:02}",
            )  # fmt: skip

    scene.grow(tend=tend)


def _in_one_go(scene: Scene) -> None:
    _diary(scene)


def _by_the_stations_clerk(scene: Scene) -> None:
    _diary(scene, note="站员代录")


CASES: Final = (
    Case(
        rule="PH1",
        planted=Side(cn="间隔期 14 天，第 8 天就采收", plan=_harvested_in_the_interval),
        alike=Side(cn="间隔期 8 天，第 8 天采收", plan=_harvested_when_it_was_over),
    ),
    Case(
        rule="PB1",
        planted=Side(cn="使用克百威", plan=_carbofuran),
        alike=Side(cn="名字里含禁用药名的另一种药", plan=_another_of_a_longer_name),
    ),
    Case(
        rule="PB2",
        planted=Side(cn="买 200 克，用 300 克", plan=_used_more),
        alike=Side(cn="买 300 克，正好用完", plan=_used_all),
    ),
    Case(
        rule="TT1",
        planted=Side(cn="六天以后才补写", plan=_written_afterwards),
        alike=Side(cn="当场签名，一周后有信号才送达", plan=_no_signal),
    ),
    Case(
        rule="TT2",
        planted=Side(cn="烘干写在采收前一天", plan=_dried_before_harvest),
        alike=Side(cn="采收与投料写同一时刻", plan=_dried_at_once),
    ),
    Case(
        rule="TT3",
        planted=Side(cn="十分钟签 18 天的田间记录", plan=_in_one_go),
        alike=Side(cn="站员代录，并写明代录", plan=_by_the_stations_clerk),
    ),
)
