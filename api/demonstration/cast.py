"""Who is on the stage: invented actors with their devices, and the places that they work in."""

from dataclasses import dataclass
from typing import Final

from api.demonstration.stage import Stage
from ledger.canonical import JsonObject, JsonValue

WEN: Final = "410825"
WUZHI: Final = "410823"
JIEFANG: Final = "410802"
SHANYANG: Final = "410811"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """URIs of the sites. Plots: one in 温县 for the main crop, one for the phone, one in 武陟."""

    wen: str
    wen_river: str
    wuzhi: str
    works: str
    store: str


def admit_cast(stage: Stage) -> None:
    """Plan the admission of everybody, with the devices that they sign with."""
    stage.admit("nursery", "温县怀药种苗站", "nursery", county=WEN)
    stage.admit("cooperative", "温县垆土地黄合作社", "cooperative", county=WEN)
    stage.enrol("phone", "cooperative", "cooperative")
    stage.admit("neighbours", "武陟沁河怀药合作社", "cooperative", county=WUZHI)
    stage.admit("mill", "温县怀药加工厂", "processor", county=WEN)
    stage.admit("quality", "温县怀药加工厂质量部", "processor", county=WEN)
    stage.admit("laboratory", "焦作怀药检测中心", "laboratory", county=SHANYANG)
    stage.admit("warehouse", "焦作怀药仓储站", "warehouse", county=JIEFANG)
    stage.admit("shop", "怀庆老药铺", "shop", county=JIEFANG)
    stage.admit("supervisor", "焦作药品监督站", "supervisor", county=JIEFANG)


def register_places(stage: Stage) -> Places:
    """Plan the registration of plots, works and store."""
    six: JsonValue = {
        "seed": True,
        "inputs": True,
        "plan": True,
        "field": True,
        "process": True,
        "pack": True,
    }
    plot: JsonObject = {"previous_crop": "小麦", "gap_status": "self", "six_unify": six}
    return Places(
        wen=stage.site(
            "cooperative", "03-05 10:00", "plot", "垆土一号地", county=WEN, area_m2=8_000, **plot
        ),
        wen_river=stage.site(
            "cooperative", "03-05 10:20", "plot", "蟒河滩地", county=WEN, area_m2=4_000, **plot
        ),
        wuzhi=stage.site(
            "neighbours", "03-06 09:00", "plot", "沁河堤南地", county=WUZHI, area_m2=5_333, **plot
        ),
        works=stage.site("mill", "03-06 14:00", "works", "加工车间", county=WEN, area_m2=2_400),
        store=stage.site(
            "warehouse", "03-07 09:00", "store", "阴凉库", county=JIEFANG, area_m2=1_200
        ),
    )
