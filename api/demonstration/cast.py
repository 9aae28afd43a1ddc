"""Who is on the stage: invented actors with their devices, and the places that they work in."""

from dataclasses import dataclass
from typing import Final

from api.demonstration.papers import LICENCES
from api.demonstration.stage import Stage
from ledger.canonical import JsonObject
from ledger.rules.history.outlines import Degrees

WEN: Final = "410825"
WUZHI: Final = "410823"
JIEFANG: Final = "410802"
SHANYANG: Final = "410811"
CANGXI: Final = "510824"
QINGCHUAN: Final = "510822"
LIZHOU: Final = "510802"
SIDE_DEGREES: Final = 0.002  # of the square that stands for a plot: about two hundred metres

# Short name, name, role, county. Whoever releases and whoever approves are two devices.
ACTORS: Final = (
    ("nursery", "温县怀药种苗站", "nursery", WEN),
    ("hill-nursery", "广元川药种苗站", "nursery", LIZHOU),
    ("cooperative", "温县垆土地黄合作社", "cooperative", WEN),
    ("neighbours", "武陟沁河怀药合作社", "cooperative", WUZHI),
    ("roots", "温县青垄牛膝合作社", "cooperative", WEN),
    ("yams", "温县垆土山药合作社", "cooperative", WEN),
    ("flowers", "武陟嘉菊合作社", "cooperative", WUZHI),
    ("cangxi", "苍溪云岭川明参合作社", "cooperative", CANGXI),
    ("qingchuan", "青川林下天麻合作社", "cooperative", QINGCHUAN),
    ("mill", "温县怀药加工厂", "processor", WEN),
    ("quality", "温县怀药加工厂质量部", "processor", WEN),
    ("hill-mill", "广元川药加工厂", "processor", LIZHOU),
    ("hill-quality", "广元川药加工厂质量部", "processor", LIZHOU),
    ("laboratory", "焦作怀药检测中心", "laboratory", SHANYANG),
    ("hill-laboratory", "广元川药检测站", "laboratory", LIZHOU),
    ("warehouse", "焦作怀药仓储站", "warehouse", JIEFANG),
    ("shop", "怀庆老药铺", "shop", JIEFANG),
    ("decoction", "焦作共享煎药中心", "decoction", SHANYANG),
    ("trader", "温县四通药材行", "trader", WEN),
    ("packer", "解放区北关分装社", "processor", JIEFANG),
    ("supervisor", "焦作药品监督站", "supervisor", JIEFANG),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A plot or works with whoever registers it. `at` is its south-western corner."""

    who: str
    kind: str
    name: str
    county: str
    area_m2: int
    when: str
    at: Degrees | None = None
    previous_crop: str = "小麦"


PLACES: Final = {
    "wen": Place(who="cooperative", kind="plot", name="垆土一号地", county=WEN, area_m2=8_000,
                 when="2025-03-05 10:00", at=(34.930, 113.040)),
    "wen_south": Place(who="cooperative", kind="plot", name="垆土二号地", county=WEN,
                       area_m2=6_000, when="2025-03-05 10:10", at=(34.925, 113.040)),
    "wen_river": Place(who="cooperative", kind="plot", name="蟒河滩地", county=WEN, area_m2=4_000,
                       when="2025-03-05 10:20", at=(34.915, 113.050)),
    "wuzhi": Place(who="neighbours", kind="plot", name="沁河堤南地", county=WUZHI, area_m2=5_333,
                   when="2025-03-06 09:00", at=(35.090, 113.380)),
    "wuzhi_north": Place(who="neighbours", kind="plot", name="沁河堤北地", county=WUZHI,
                         area_m2=4_000, when="2025-03-06 09:20", at=(35.095, 113.380)),
    "wuzhi_east": Place(who="neighbours", kind="plot", name="沁河堤东地", county=WUZHI,
                        area_m2=6_667, when="2025-06-20 09:00", at=(35.090, 113.390)),
    "roots": Place(who="roots", kind="plot", name="青垄二十五亩", county=WEN, area_m2=16_667,
                   when="2025-06-18 09:00", at=(34.950, 112.980)),
    "yams": Place(who="yams", kind="plot", name="垆土深沟地", county=WEN, area_m2=6_667,
                  when="2025-03-02 09:00", at=(34.960, 113.010), previous_crop="玉米"),
    "flowers": Place(who="flowers", kind="plot", name="嘉应菊园", county=WUZHI, area_m2=10_000,
                     when="2025-03-20 09:00", at=(35.110, 113.420), previous_crop="玉米"),
    "cangxi": Place(who="cangxi", kind="plot", name="云岭坡地", county=CANGXI, area_m2=8_000,
                    when="2023-07-20 09:00", at=(31.800, 106.010), previous_crop="油菜"),
    "qingchuan": Place(who="qingchuan", kind="plot", name="林下三号棚", county=QINGCHUAN,
                       area_m2=2_000, when="2024-10-10 09:00", at=(32.590, 105.210),
                       previous_crop="林地"),
    "works": Place(who="mill", kind="works", name="加工车间", county=WEN, area_m2=2_400,
                   when="2025-03-06 14:00"),
    "hill_works": Place(who="hill-mill", kind="works", name="加工车间", county=LIZHOU,
                        area_m2=1_800, when="2024-12-06 14:00"),
    "store": Place(who="warehouse", kind="store", name="阴凉库", county=JIEFANG, area_m2=1_200,
                   when="2025-03-07 09:00"),
}  # fmt: skip


def admit_cast(stage: Stage) -> None:
    """Plan the admission of everybody, with the devices that they sign with."""
    for name, cn, role, county in ACTORS:
        licences = LICENCES if role == "processor" else {}
        stage.admit(name, cn, role, county=county, licences=licences)
    stage.enrol("phone", "cooperative", "cooperative")
    stage.enrol("gateway", "warehouse", "warehouse")


def register_places(stage: Stage) -> dict[str, str]:
    """Plan the registration of plots, works and store; returns their URIs by short name."""
    return {name: _register(stage, place) for name, place in PLACES.items()}


def position(place: str) -> JsonObject:
    """What a phone in the middle of a plot states as its position."""
    at = PLACES[place].at
    assert at is not None  # only works and stores are not drawn
    half = SIDE_DEGREES / 2
    return {"lat": round(at[0] + half, 6), "lon": round(at[1] + half, 6), "accuracy_m": 15}


def _register(stage: Stage, place: Place) -> str:
    members: JsonObject = {"county": place.county, "area_m2": place.area_m2}
    if place.at is not None:
        six = ("seed", "inputs", "plan", "field", "process", "pack")
        members |= {
            "previous_crop": place.previous_crop,
            "gap_status": "self",
            "six_unify": dict.fromkeys(six, True),
        }
    outline = [] if place.at is None else _square(place.at)
    return stage.site(place.who, place.when, place.kind, place.name, members, outline=outline)


def _square(corner: Degrees) -> list[Degrees]:
    lat, lon = corner
    far = round(lat + SIDE_DEGREES, 6), round(lon + SIDE_DEGREES, 6)
    return [(lat, lon), (lat, far[1]), far, (far[0], lon)]
