"""Cases of MB6, MB7, GF1 to GF3, RO1 and TT4: what land can bear, where it is, when it bears."""

from typing import Final

from api.demonstration.cases.case import Case, Side
from api.demonstration.cases.scene import CANGXI, KG, MU3_M2, WUZHI, Scene, rows
from ledger.rules.history.outlines import Degrees

# Invented ground; a hundredth of a degree is about a kilometre.
SQUARE: Final[tuple[Degrees, ...]] = (
    (34.940, 113.080), (34.940, 113.090), (34.950, 113.090), (34.950, 113.080),
)  # fmt: skip
BESIDE: Final[tuple[Degrees, ...]] = (
    (34.940, 113.090), (34.940, 113.100), (34.950, 113.100), (34.950, 113.090),
)  # fmt: skip
ACROSS: Final[tuple[Degrees, ...]] = (
    (34.940, 113.085), (34.940, 113.095), (34.950, 113.095), (34.950, 113.085),
)  # fmt: skip
MU25_M2: Final = 16_667
FROM_WEN: Final = rows(
    {"品名": "牛膝", "产地": "河南省焦作市温县", "供货单位": "演示企业", "质量": "合格"}
)
GI_FIELDS: Final = {
    "专用标志": "有", "产品名": "怀山药", "用标企业统一社会信用代码": "演示-代码",
    "保护公告号": "演示-公告",
}  # fmt: skip


def _bought_as_wen(scene: Scene, mass_g: int) -> str:
    scene.grow(area_m2=MU25_M2, fresh_g=25_500 * KG)
    root = scene.lot()
    scene.do("trader", "PURCHASE", "2025-12-01", outputs=[(root, mass_g)], herb="huainiuxi",
             drug="牛膝", moisture=13)  # fmt: skip
    return root


def _more_than_the_county_bears(scene: Scene) -> None:
    root = _bought_as_wen(scene, 13_500 * KG)
    scene.sell("trader", root, 13_500 * KG, "2025-12-10", label_pack=FROM_WEN)


def _resold_kilograms(scene: Scene) -> None:
    """7,500 kg are sold twice over, and are the same 7,500 kg."""
    root = _bought_as_wen(scene, 7_500 * KG)
    scene.sell("trader", root, 7_500 * KG, "2025-12-10", label_pack=FROM_WEN)
    scene.receive("packer", root, 7_500 * KG, "2025-12-11")
    scene.sell("packer", root, 7_500 * KG, "2025-12-20", label_pack=FROM_WEN)


def _farmer(scene: Scene, *masses_kg: int) -> None:
    """Purchases from one farmer of 3 亩; the seller's name is sealed and opened to the rules."""
    scene.plot("farmer")
    for number, mass_kg in enumerate(masses_kg):
        scene.do("trader", "PURCHASE", f"2025-11-{10 + number}", herb="huainiuxi",
                 outputs=[(scene.lot(), mass_kg * KG)],
                 seller=scene.full_name("farmer"))  # fmt: skip


def _sells_the_neighbours_too(scene: Scene) -> None:
    _farmer(scene, 3_500, 3_200)


def _three_own_loads(scene: Scene) -> None:
    _farmer(scene, 1_400, 1_500, 1_300)


def _stated_far_away(scene: Scene) -> None:
    scene.grow(outline=SQUARE, geo={"lat": 34.975, "lon": 113.085, "accuracy_m": 12})


def _poor_signal(scene: Scene) -> None:
    scene.grow(outline=SQUARE, geo={"lat": 34.952, "lon": 113.085, "accuracy_m": 180})


def _overlapping(scene: Scene) -> None:
    scene.plot("coop", outline=SQUARE)
    scene.plot("neighbours", outline=ACROSS)


def _side_by_side(scene: Scene) -> None:
    scene.plot("coop", outline=SQUARE)
    scene.plot("neighbours", outline=BESIDE)


def _with_the_mark(scene: Scene, county: str, place: str) -> None:
    fresh = scene.grow(herb="huaishanyao", sown="2025-04-05", fresh_g=6_000 * KG, county=county)
    scene.pack(fresh, 100 * KG, fields={"品名": "山药", "产地": place, **GI_FIELDS}, drug="毛山药")


def _mark_on_cangxi(scene: Scene) -> None:
    _with_the_mark(scene, CANGXI, "四川省广元市苍溪县")


def _mark_on_wuzhi(scene: Scene) -> None:
    _with_the_mark(scene, WUZHI, "河南省焦作市武陟县")


def _sown_again(scene: Scene, again: str) -> None:
    where = scene.plot()
    for day in ("2023-04-05", again):
        scene.do("coop", "SOW", day, inputs=[(where, None)], outputs=[(scene.crop(), None)],
                 area_m2=MU3_M2, herb="huaishanyao")  # fmt: skip


def _too_soon(scene: Scene) -> None:
    _sown_again(scene, "2025-04-05")


def _two_halves_of_a_planting(scene: Scene) -> None:
    _sown_again(scene, "2023-04-25")


def _in_august(scene: Scene) -> None:
    scene.grow(sown="2025-05-15", cut="2025-08-28")


def _first_week_of_the_season(scene: Scene) -> None:
    scene.grow(sown="2025-07-05", cut="2025-10-03")


CASES: Final = (
    Case(
        rule="MB6",
        planted=Side(cn="25 亩的县，当季卖出 13.5 吨温县牛膝", plan=_more_than_the_county_bears),
        alike=Side(cn="同一批 7.5 吨先后被两家卖过", plan=_resold_kilograms),
    ),
    Case(
        rule="MB7",
        planted=Side(cn="3 亩的农户一年卖出 6.7 吨鲜根", plan=_sells_the_neighbours_too),
        alike=Side(cn="3 亩的农户分三次卖出 4.2 吨", plan=_three_own_loads),
    ),
    Case(
        rule="GF1",
        planted=Side(cn="采收定位离地块两公里多", plan=_stated_far_away),
        alike=Side(cn="信号差，定位误差 180 米", plan=_poor_signal),
    ),
    Case(
        rule="GF2",
        planted=Side(cn="两家登记的地块重叠一大片", plan=_overlapping),
        alike=Side(cn="两家地块挨着，共一条边", plan=_side_by_side),
    ),
    Case(
        rule="GF3",
        planted=Side(cn="苍溪产的山药贴怀山药地理标志", plan=_mark_on_cangxi),
        alike=Side(cn="武陟产的山药贴怀山药地理标志", plan=_mark_on_wuzhi),
    ),
    Case(
        rule="RO1",
        planted=Side(cn="同一块地隔两年又种怀山药", plan=_too_soon),
        alike=Side(cn="同一季分两次种完一块地", plan=_two_halves_of_a_planting),
    ),
    Case(
        rule="TT4",
        planted=Side(cn="怀牛膝八月就采收", plan=_in_august),
        alike=Side(cn="十月第一周采收，长够 90 天", plan=_first_week_of_the_season),
    ),
)
