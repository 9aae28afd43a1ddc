"""The store of Jiaozuo: goods in and out, a gateway's weekly readings, care taken of what stays."""

from collections.abc import Mapping
from typing import Final

from api.demonstration.fieldwork import KG, receive
from api.demonstration.market import Pack
from api.demonstration.papers import sale_fields
from api.demonstration.stage import Stage

GATEWAY: Final = "gateway"
# Day, ℃, per cent of relative humidity: a cool store in winter.
READINGS: Final = (
    ("2025-12-28", 11.8, 46), ("2026-01-04", 11.2, 44), ("2026-01-11", 10.6, 43),
    ("2026-01-18", 10.1, 45), ("2026-01-25", 10.9, 48), ("2026-02-01", 11.5, 51),
    ("2026-02-08", 12.3, 53), ("2026-02-15", 12.9, 50),
)  # fmt: skip


def play_storing(stage: Stage, places: Mapping[str, str], goods: Pack) -> None:
    """Plan the way of a batch through the store to a shop; buyer, price and invoice sealed."""
    lot, store = goods.lot, places["store"]
    stage.do(
        "mill", "STORE_OUT", "2025-12-27 08:00", about=[(lot, 300 * KG)],
        to_org=stage.full_name("warehouse"), doc_no="演示-入库-1227",
    )  # fmt: skip
    stage.do(
        "warehouse", "STORE_IN", "2025-12-27 09:00", about=[(lot, 300 * KG)], zone="passed",
        temperature_c=12, humidity=45, site=store,
    )  # fmt: skip
    stage.do(
        "mill", "SALE_B2B", "2025-12-28 10:00", about=[(lot, 100 * KG)], price=46.5,
        buyer=stage.full_name("shop"), invoice="演示-发票-1228",
        label_pack=sale_fields(goods.drug, goods.place, stage.full_name("mill")),
    )  # fmt: skip
    stage.do(
        "warehouse", "STORE_OUT", "2025-12-30 09:30", about=[(lot, 100 * KG)],
        to_org=stage.full_name("shop"), doc_no="演示-出库-1230", site=store,
    )  # fmt: skip
    receive(stage, "shop", "2025-12-31 15:00", lot, 100)
    stage.do(
        "warehouse", "STORE_CARE", "2026-01-20 10:00", about=[(lot, None)], action="ventilate",
        site=store,
    )  # fmt: skip
    for day, celsius, humidity in READINGS:
        for minute, metric, value, unit in (
            (10, "air_temperature", celsius, "℃"), (12, "air_humidity", humidity, "%"),
        ):  # fmt: skip
            stage.do(
                GATEWAY, "SENSOR", f"{day} 06:{minute}", site=store, metric=metric, value=value,
                unit=unit,
            )  # fmt: skip
