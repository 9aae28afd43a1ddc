"""怀地黄, fresh to 生地黄: a good season, a blend, a week without signal, a slip of the pen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from api.demonstration.cast import PLACES
from api.demonstration.fieldwork import (
    KG,
    Grown,
    Tending,
    buy_fresh,
    hand_over_seed,
    harvest,
    person,
    register_seed,
    sow,
    tend,
)
from api.demonstration.market import JIAOZUO, Pack, pack, release, sell
from api.demonstration.stage import Said, Stage
from api.demonstration.storing import play_storing

HERB: Final = "huaidihuang"
HERB_CN: Final = "怀地黄"
WEN_PLACE: Final = "河南省焦作市温县"
WUZHI_PLACE: Final = "河南省焦作市武陟县"
SEED_KG_MU: Final = 40
MU_M2: Final = 2_000 / 3
SLIP_AREA_M2: Final = 26_680  # one nought too many: corrected the next day
RIGHT_AREA_M2: Final = 2_668
THREE_YEARS: Final = 3 * 365
TENDED: Final[tuple[Tending, ...]] = (
    ("FIELD_WORK", "2025-05-18 07:30", {"work": "weeding", "labour_h": 36}),
    ("FIELD_WORK", "2025-08-05 07:00", {"work": "drainage", "labour_h": 20}),
    ("IRRIGATE", "2025-07-02 18:00", {"source": "well", "volume_m3": 240}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dried:
    """Lots of 生地黄 ready for testing, and the fresh lot that is sold as 鲜地黄."""

    fresh: str
    wen: str
    corrected: str
    late: str
    wuzhi: str
    watched: str


def play_rehmannia(stage: Stage, places: Mapping[str, str]) -> tuple[list[Pack], str]:
    """Plan the season and the market of 怀地黄; returns the packs listed, and the seed lot."""
    seed = register_seed(
        stage, "nursery", "2025-03-20 09:00", 2_400, herb=HERB, cultivar="金九",
        species_latin="Rehmannia glutinosa (Gaertn.) DC.", source="温县种苗基地", purity=98,
        germination=92, display_name="种栽-金九",
    )  # fmt: skip
    hand_over_seed(stage, "nursery", "2025-04-08 08:30", seed, 1_080, "cooperative")
    hand_over_seed(stage, "nursery", "2025-04-09 08:30", seed, 720, "neighbours")
    dried = _season(stage, places, seed)
    return _market(stage, places, dried), seed


def grow(stage: Stage, plot: str, name: str, seed: str, sown: str) -> Grown:
    """Plough, sow and tend one plot; the same good practice everywhere."""
    place = PLACES[name]
    field = Grown(
        who="phone" if name == "wen_river" else place.who, place=name, plot=plot,
        crop=stage.crop(), area_m2=place.area_m2, herb=HERB,
    )  # fmt: skip
    seed_kg = round(place.area_m2 * SEED_KG_MU / MU_M2)
    ground = f"{sown[:8]}01 08:00"
    sow(stage, field, sown, (seed, seed_kg), ground=ground, density_per_mu=8_000)
    tend(stage, field, TENDED)
    fertilised: Tending = (
        "FERTILISE", "2025-06-10 08:00",
        {"product": "生物有机肥", "dose": "80 公斤/亩", "area_m2": place.area_m2,
         "operator": person("王大田")},
    )  # fmt: skip
    tend(stage, field, [fertilised])
    return field


def dry(stage: Stage, works: str, fresh: str, fresh_kg: int, begins: str) -> str:
    """Wash and sort, dry, sweat, dry again: 生地黄 at a fifth of the weight, in ten days."""
    washed, half, dried = stage.lot(), stage.lot(), stage.lot()
    washed_kg, half_kg, dried_kg = fresh_kg * 97 // 100, fresh_kg * 31 // 100, fresh_kg // 5
    kiln, sweated, again = (
        f"{date.fromisoformat(begins) + timedelta(days=days)}" for days in (4, 8, 10)
    )
    stage.do(
        "mill", "WASH_SORT", f"{begins} 09:00", site=works, inputs=[(fresh, fresh_kg * KG)],
        outputs=[(washed, washed_kg * KG)], water_source="well",
        loss_g=(fresh_kg - washed_kg) * KG, operator=person("周分拣"),
    )  # fmt: skip
    stage.do(
        "mill", "DRY", f"{kiln} 08:00", site=works, inputs=[(washed, washed_kg * KG)],
        outputs=[(half, half_kg * KG)], method="kiln", temperature_c=60, hours=66,
        final_moisture=38, fuel="gas",
    )  # fmt: skip
    stage.do("mill", "SWEAT", f"{sweated} 08:30", site=works, about=[(half, None)], days=4)
    stage.do(
        "mill", "DRY", f"{again} 09:00", site=works, inputs=[(half, half_kg * KG)],
        outputs=[(dried, dried_kg * KG)], method="kiln", temperature_c=50, hours=40,
        final_moisture=13.6, fuel="gas", drug="生地黄",
        display_name=f"生地-{again[5:].replace('-', '')}",
    )  # fmt: skip
    return dried


def _season(stage: Stage, places: Mapping[str, str], seed: str) -> Dried:
    wen = grow(stage, places["wen"], "wen", seed, "2025-04-12 09:00")
    river = grow(stage, places["wen_river"], "wen_river", seed, "2025-04-15 09:00")
    wuzhi = grow(stage, places["wuzhi"], "wuzhi", seed, "2025-04-20 09:00")
    watched = grow(stage, places["wuzhi_north"], "wuzhi_north", seed, "2025-04-22 09:00")
    _spray(stage, places, wen)
    fresh, main = stage.lot(), stage.lot()
    harvest(stage, wen, "2025-11-08 16:30", [(main, 15_800), (fresh, 200)], area_m2=5_332,
            method="machine", grade="统货", drug="鲜地黄", display_name="鲜-1108",
            pickers=[person("王大田"), person("李秋收")])  # fmt: skip
    slip = _harvest_with_a_slip(stage, wen)
    offline = _harvest_offline(stage, river)
    third = _harvest(stage, wuzhi, "2025-11-15", 15_200, "孙沁南")
    fourth = _harvest(stage, watched, "2025-11-16", 9_000, "钱沁北")
    loads = (("cooperative", "2025-11-09", main, 15_800), ("cooperative", "2025-11-10", fresh, 200),
             ("cooperative", "2025-11-21", slip, 7_400), ("cooperative", "2025-11-13", offline,
             11_000), ("neighbours", "2025-11-16", third, 15_200),
             ("neighbours", "2025-11-17", fourth, 9_000))  # fmt: skip
    for seller, day, lot, mass_kg in loads:
        buy_fresh(stage, "mill", day, lot, mass_kg, seller=seller, price=3.6)
    works = places["works"]
    return Dried(
        fresh=fresh,
        wen=dry(stage, works, main, 15_800, "2025-11-10"),
        corrected=dry(stage, works, slip, 7_400, "2025-11-22"),
        late=dry(stage, works, offline, 11_000, "2025-11-14"),
        wuzhi=dry(stage, works, third, 15_200, "2025-11-17"),
        watched=dry(stage, works, fourth, 9_000, "2025-11-18"),
    )


def _spray(stage: Stage, places: Mapping[str, str], field: Grown) -> None:
    """Bought in June, used in July, and the packs brought back."""
    stage.do(
        "cooperative", "INPUT_PURCHASE", "2025-06-28 10:00", site=places["wen"],
        product="枯草芽孢杆菌可湿性粉剂", reg_no="演示-PD-0720", supplier="演示农资店",
        quantity="1 kg",
    )  # fmt: skip
    stage.do(
        "cooperative", "PESTICIDE", "2025-07-20 17:30", about=[(field.crop, None)],
        product="枯草芽孢杆菌可湿性粉剂", reg_no="演示-PD-0720", manufacturer="演示生物制剂厂",
        active_ingredient="枯草芽孢杆菌 1000亿芽孢/克", target="枯萎病",
        dose="50 克/亩，兑水 45 升", method="spray", area_m2=field.area_m2, weather="晴",
        phi_days=7, earliest_harvest=stage.day("2025-07-27"),
    )  # fmt: skip


def _harvest(stage: Stage, field: Grown, day: str, mass_kg: int, picker: str) -> str:
    lot = stage.lot()
    harvest(
        stage, field, f"{day} 15:00", [(lot, mass_kg)], method="machine", drug="鲜地黄",
        pickers=[person(picker)], display_name=f"鲜-{day[5:].replace('-', '')}",
    )  # fmt: skip
    return lot


def _harvest_with_a_slip(stage: Stage, field: Grown) -> str:
    """The rest of the field; the clerk types one nought too many and corrects it the next day."""
    lot = stage.lot()
    harvest(
        stage, field, "2025-11-20 16:00", [(lot, 7_400)], area_m2=SLIP_AREA_M2, method="machine",
        drug="鲜地黄", display_name="鲜-1120", pickers=[person("李秋收")], name="slip",
    )  # fmt: skip
    stage.do(
        field.who, "HARVEST", "2025-11-21 08:20", about=[(lot, 7_400 * KG)], area_m2=RIGHT_AREA_M2,
        corrects=Said(act="slip"), correct_reason="采收面积多写了一个零",
    )  # fmt: skip
    return lot


def _harvest_offline(stage: Stage, field: Grown) -> str:
    """No signal on the river flats: signed in the field, delivered a week later."""
    lot, arrives = stage.lot(), "2025-11-19 10:00"
    stage.do(
        "phone", "FIELD_WORK", "2025-11-11 07:30", arrives=arrives, about=[(field.crop, None)],
        work="topping", labour_h=16,
    )  # fmt: skip
    harvest(
        stage, field, "2025-11-12 15:20", [(lot, 11_000)], arrives=arrives, drug="鲜地黄",
        pickers=[person("赵河滩"), person("钱早起")], display_name="鲜-1112",
    )  # fmt: skip
    return lot


def _blend(stage: Stage, dried: Dried) -> str:
    """Two counties in one lot: a blend is shown as a blend, with the share of each."""
    lot = stage.lot()
    stage.do(
        "mill", "BLEND", "2025-12-11 09:00",
        inputs=[(dried.wen, 720 * KG), (dried.wuzhi, 480 * KG)], outputs=[(lot, 1_200 * KG)],
        drug="生地黄", display_name="生地-合-1211",
        same_batch={
            "same_base": False, "same_seed": True, "same_cycle": True,
            "same_management": True, "same_harvest": True, "same_processing": True,
        },
    )  # fmt: skip
    return lot


def _market(stage: Stage, places: Mapping[str, str], dried: Dried) -> list[Pack]:
    blend = _blend(stage, dried)
    tested = (
        (dried.fresh, 200, "2025-11-10", "鲜地黄", (0.62, 3, 0.14, 0.05)),
        (dried.wen, 3_160, "2025-12-05", "生地黄",
         (13.6, 4.8, 1.13, 71.4, 0.41, 0.17, 6, 0.31, 0.12)),
        (dried.late, 2_200, "2025-12-06", "生地黄",
         (13.1, 5.3, 1.27, 70.2, 0.38, 0.19, 5, 0.28, 0.16)),
        (dried.corrected, 1_480, "2025-12-08", "生地黄",
         (12.9, 4.5, 0.98, 72.7, 0.47, 0.22, 4, 0.35, 0.09)),
        (dried.wuzhi, 3_040, "2025-12-09", "生地黄",
         (14.2, 5.6, 1.38, 68.9, 0.33, 0.14, 8, 0.42, 0.13)),
        (dried.watched, 1_800, "2025-12-10", "生地黄",
         (13.8, 5.1, 1.19, 69.5, 0.36, 0.16, 7, 0.37, 0.18)),
        (blend, 1_200, "2025-12-15", "生地黄",
         (13.9, 5.2, 1.24, 70.8, 0.39, 0.15, 7, 0.36, 0.11)),
    )  # fmt: skip
    for lot, mass_kg, day, drug, values in tested:
        release(stage, JIAOZUO, lot, mass_kg, day, drug, values)
    both = f"{WEN_PLACE} 60%、武陟县 40%"
    honest = _packed(stage, "honest", dried.wen, "2025-12-20 09:00", 600, WEN_PLACE, "2025-11-08")
    packs = [
        honest,
        _packed(stage, "blend", blend, "2025-12-20 10:00", 500, both, "2025-11-08"),
        _packed(stage, "late", dried.late, "2025-12-20 11:00", 400, WEN_PLACE, "2025-11-12"),
        _packed(stage, "corrected", dried.corrected, "2025-12-20 13:30", 400, WEN_PLACE,
                "2025-11-20"),
        _packed(stage, "held", dried.watched, "2025-12-20 14:30", 300, WUZHI_PLACE, "2025-11-16"),
        _packed(stage, "recalled", dried.wen, "2025-12-20 15:30", 200, WEN_PLACE, "2025-11-08"),
        _packed(stage, "expired", dried.fresh, "2025-11-12 09:00", 200, WEN_PLACE, "2025-11-08"),
    ]  # fmt: skip
    play_storing(stage, places, honest)
    for goods in packs[1:6]:
        sell(stage, "mill", "2025-12-29 10:00", goods, 100)
    sell(stage, "mill", "2025-11-13 09:30", packs[6], 60)
    return packs


def _packed(
    stage: Stage, shows: str, source: str, when: str, mass_kg: int, place: str, harvested: str
) -> Pack:
    drug, days = ("鲜地黄", 56) if shows == "expired" else ("生地黄", THREE_YEARS)
    listed = Pack(
        herb=HERB_CN, shows=shows, lot=stage.lot(), drug=drug, place=place, mass_kg=mass_kg
    )
    return pack(stage, "mill", source, when, listed, harvested=harvested, keeps_days=days)
