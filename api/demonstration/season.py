"""From seed roots to dried 生地黄: the season of two cooperatives and one mill."""

from dataclasses import dataclass
from typing import Final

from api.demonstration.cast import WEN, WUZHI, Places
from api.demonstration.papers import certificate
from api.demonstration.stage import Said, Stage

HERB: Final = "huaidihuang"
KG: Final = 1_000
MU_M2: Final = 2_000 / 3
SEED_KG_MU: Final = 40
WEN_AREA_M2: Final = 8_000
RIVER_AREA_M2: Final = 2_668
SLIP_AREA_M2: Final = 26_680  # one nought too many: corrected the next day


@dataclass(frozen=True, slots=True, kw_only=True)
class Dried:
    """Lots of 生地黄 ready for testing, and the fresh lot sold as 鲜地黄."""

    fresh: str
    wen: str
    corrected: str
    late: str
    wuzhi: str


def play_season(stage: Stage, places: Places) -> Dried:
    """Plan everything before the laboratory."""
    seed = _seed(stage)
    wen = _grow(stage, "cooperative", places.wen, seed, "04-12", WEN_AREA_M2)
    river = _grow(stage, "phone", places.wen_river, seed, "04-15", 4_000)
    wuzhi = _grow(stage, "neighbours", places.wuzhi, seed, "04-20", 5_333)
    _spray(stage, wen)
    fresh, first = _harvest_main(stage, places, wen)
    second = _harvest_with_a_slip(stage, places, wen)
    offline = _harvest_offline(stage, places, river)
    third = _harvest_wuzhi(stage, places, wuzhi)
    return Dried(
        fresh=fresh,
        wen=_dry(stage, places, first, 15_800, ("11-10", "11-14", "11-18", "11-20")),
        corrected=_dry(stage, places, second, 7_400, ("11-22", "11-26", "11-30", "12-02")),
        late=_dry(stage, places, offline, 11_000, ("11-14", "11-18", "11-22", "11-24")),
        wuzhi=_dry(stage, places, third, 15_200, ("11-17", "11-21", "11-25", "11-27")),
    )


def _seed(stage: Stage) -> str:
    seed = stage.lot()
    stage.do(
        "nursery", "SEED_REGISTER", "03-20 09:00", outputs=[(seed, 2_000 * KG)],
        herb=HERB, species_latin="Rehmannia glutinosa (Gaertn.) DC.", cultivar="金九",
        source="温县种苗基地", purity=98, germination=92, quarantine_no="演示-检疫-0320",
        license_no="演示-种苗-0001", display_name="种栽-金九",
    )  # fmt: skip
    for day, mass_kg, to_org in (
        ("04-08 08:30", 720, "温县垆土地黄合作社"), ("04-09 08:30", 320, "武陟沁河怀药合作社"),
    ):  # fmt: skip
        stage.do(
            "nursery", "SEED_TRANSFER", day, about=[(seed, mass_kg * KG)], to_org=to_org,
        )  # fmt: skip
    return seed


def _grow(stage: Stage, who: str, plot: str, seed: str, sown: str, area_m2: int) -> str:
    """Plough, sow and tend one plot; the same good practice everywhere."""
    crop = stage.crop()
    seed_kg = round(area_m2 * SEED_KG_MU / MU_M2)
    stage.do(
        who, "LAND_PREP", f"{sown[:3]}01 08:00", about=[(plot, None)],
        method="深耕起垄", depth_cm=30, base_fertiliser="腐熟有机肥 3000 公斤/亩",
    )  # fmt: skip
    stage.do(
        who, "SOW", f"{sown} 09:00", inputs=[(seed, seed_kg * KG), (plot, None)],
        outputs=[(crop, None)], site=plot, area_m2=area_m2, density_per_mu=8_000, herb=HERB,
    )  # fmt: skip
    stage.do(
        who, "FIELD_WORK", "05-18 07:30", about=[(crop, None)], work="weeding", labour_h=36,
    )  # fmt: skip
    stage.do(
        who, "FERTILISE", "06-10 08:00", about=[(crop, None)], product="生物有机肥",
        dose="80 公斤/亩", area_m2=area_m2, operator="王大田（演示人名）",
    )  # fmt: skip
    stage.do(
        who, "IRRIGATE", "07-02 18:00", about=[(crop, None)], source="well", volume_m3=240,
    )  # fmt: skip
    stage.do(
        who, "FIELD_WORK", "08-05 07:00", about=[(crop, None)], work="drainage", labour_h=20,
    )  # fmt: skip
    return crop


def _spray(stage: Stage, crop: str) -> None:
    stage.do(
        "cooperative", "PESTICIDE", "07-20 17:30", about=[(crop, None)],
        product="枯草芽孢杆菌可湿性粉剂", reg_no="演示-PD-0720", manufacturer="演示生物制剂厂",
        active_ingredient="枯草芽孢杆菌 1000亿芽孢/克", target="枯萎病",
        dose="50 克/亩，兑水 45 升", method="spray", area_m2=WEN_AREA_M2, weather="晴", phi_days=7,
        earliest_harvest=stage.day("07-27"),
    )  # fmt: skip


def _harvest_main(stage: Stage, places: Places, crop: str) -> tuple[str, str]:
    """The main field, of which 200 kg are sold fresh."""
    fresh, lot = stage.lot(), stage.lot()
    stage.do(
        "cooperative", "HARVEST", "11-08 16:30", site=places.wen, inputs=[(crop, None)],
        outputs=[(lot, 15_800 * KG), (fresh, 200 * KG)], plot=places.wen, area_m2=5_332,
        method="machine", grade="统货", weather="晴", herb=HERB, drug="鲜地黄",
        pickers=["王大田（演示人名）", "李秋收（演示人名）"], display_name="鲜-1108",
    )  # fmt: skip
    _sell_fresh(stage, lot, 15_800, "11-09", ("cooperative", "温县垆土地黄合作社"))
    _sell_fresh(stage, fresh, 200, "11-09", ("cooperative", "温县垆土地黄合作社"))
    return fresh, lot


def _harvest_with_a_slip(stage: Stage, places: Places, crop: str) -> str:
    """The rest of the field; the clerk types one nought too many and corrects it the next day."""
    lot = stage.lot()
    stage.do(
        "cooperative", "HARVEST", "11-20 16:00", name="slip", site=places.wen,
        inputs=[(crop, None)], outputs=[(lot, 7_400 * KG)], plot=places.wen,
        area_m2=SLIP_AREA_M2, method="machine", weather="多云", herb=HERB, drug="鲜地黄",
        pickers=["李秋收（演示人名）"], display_name="鲜-1120",
    )  # fmt: skip
    stage.do(
        "cooperative", "HARVEST", "11-21 08:40", about=[(lot, 7_400 * KG)], site=places.wen,
        plot=places.wen, area_m2=RIVER_AREA_M2, method="machine", weather="多云", herb=HERB,
        drug="鲜地黄", display_name="鲜-1120", corrects=Said(act="slip"),
        correct_reason="采收面积多写了一个零",
    )  # fmt: skip
    _sell_fresh(stage, lot, 7_400, "11-21", ("cooperative", "温县垆土地黄合作社"))
    return lot


def _harvest_offline(stage: Stage, places: Places, crop: str) -> str:
    """No signal on the river flats: signed in the field, delivered a week later."""
    lot, arrives = stage.lot(), "11-19 10:00"
    stage.do(
        "phone", "FIELD_WORK", "11-11 07:30", arrives=arrives, about=[(crop, None)],
        work="topping", labour_h=16,
    )  # fmt: skip
    stage.do(
        "phone", "HARVEST", "11-12 15:20", arrives=arrives, site=places.wen_river,
        inputs=[(crop, None)], outputs=[(lot, 11_000 * KG)], plot=places.wen_river,
        area_m2=4_000, method="hand", weather="晴", herb=HERB, drug="鲜地黄",
        pickers=["赵河滩（演示人名）", "钱早起（演示人名）"], display_name="鲜-1112",
    )  # fmt: skip
    _sell_fresh(stage, lot, 11_000, "11-13", ("cooperative", "温县垆土地黄合作社"))
    return lot


def _harvest_wuzhi(stage: Stage, places: Places, crop: str) -> str:
    lot = stage.lot()
    stage.do(
        "neighbours", "HARVEST", "11-15 15:00", site=places.wuzhi, inputs=[(crop, None)],
        outputs=[(lot, 15_200 * KG)], plot=places.wuzhi, area_m2=5_333, method="machine",
        weather="晴", herb=HERB, drug="鲜地黄", pickers=["孙沁南（演示人名）"],
        display_name="鲜-1115",
    )  # fmt: skip
    _sell_fresh(stage, lot, 15_200, "11-16", ("neighbours", "武陟沁河怀药合作社"))
    return lot


def _sell_fresh(stage: Stage, lot: str, mass_kg: int, day: str, seller: tuple[str, str]) -> None:
    """The mill buys at the field's edge, with seller and price sealed, and receives by weight."""
    who, name = seller
    stage.do(
        "mill", "PURCHASE", f"{day} 08:00", about=[(lot, mass_kg * KG)], seller=name, price=3.6,
        certificate=certificate(stage, name, mass_kg), county=WUZHI if who == "neighbours" else WEN,
    )  # fmt: skip
    stage.do(
        "mill", "RECEIVE", f"{day} 11:00", about=[(lot, mass_kg * KG)], sent_g=mass_kg * KG,
        appearance="块根完整，断面黄白", quarantine="待验区一",
    )  # fmt: skip


def _dry(
    stage: Stage, places: Places, fresh: str, fresh_kg: int, days: tuple[str, str, str, str]
) -> str:
    """Wash and sort, dry, sweat, dry again: 生地黄 at a fifth of the weight; `days` end each."""
    washed, half, dried = stage.lot(), stage.lot(), stage.lot()
    washed_kg, half_kg, dried_kg = fresh_kg * 97 // 100, fresh_kg * 31 // 100, fresh_kg // 5
    sorting, kiln, sweated, again = days
    stage.do(
        "mill", "WASH_SORT", f"{sorting} 09:00", site=places.works, inputs=[(fresh, fresh_kg * KG)],
        outputs=[(washed, washed_kg * KG)], water_source="well",
        loss_g=(fresh_kg - washed_kg) * KG, operator="周分拣（演示人名）",
    )  # fmt: skip
    stage.do(
        "mill", "DRY", f"{kiln} 08:00", site=places.works, inputs=[(washed, washed_kg * KG)],
        outputs=[(half, half_kg * KG)], method="kiln", temperature_c=60, hours=66,
        final_moisture=38, fuel="gas",
    )  # fmt: skip
    stage.do("mill", "SWEAT", f"{sweated} 08:30", site=places.works, about=[(half, None)], days=4)
    stage.do(
        "mill", "DRY", f"{again} 09:00", site=places.works, inputs=[(half, half_kg * KG)],
        outputs=[(dried, dried_kg * KG)], method="kiln", temperature_c=50, hours=40,
        final_moisture=13.6, fuel="gas", drug="生地黄",
        display_name=f"生地-{again.replace('-', '')}",
    )  # fmt: skip
    return dried
