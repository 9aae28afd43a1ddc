"""From the laboratory to the counter: sampled by two, tested, released by two, packed, sold."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from api.demonstration.fieldwork import KG, person, receive
from api.demonstration.papers import (
    UNIT_G,
    Printed,
    piece_fields,
    raw_herb_fields,
    report_rows,
    sale_fields,
)
from api.demonstration.stage import Stage

SHOP: Final = "shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A works with its quality head and the laboratory that it sends samples to."""

    works: str
    quality: str
    laboratory: str
    cma: str
    samplers: tuple[str, str]


JIAOZUO: Final = House(
    works="mill", quality="quality", laboratory="laboratory", cma="演示-CMA-0001",
    samplers=(person("吴质检"), person("郑复核")),
)  # fmt: skip
GUANGYUAN: Final = House(
    works="hill-mill", quality="hill-quality", laboratory="hill-laboratory", cma="演示-CMA-0002",
    samplers=(person("罗质检"), person("何复核")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A batch of packs that is listed: its herb, what it shows to whoever scans one, its lot."""

    herb: str
    shows: str
    lot: str
    drug: str
    place: str
    mass_kg: int


def examine(
    stage: Stage, house: House, lot: str, day: str, drug: str, values: tuple[float, ...]
) -> str:
    """Sample by two and test by a third party; returns the report's number."""
    number = f"{day[2:].replace('-', '')}-{drug}"
    report_no = f"演示-检-{number}"
    stage.do(
        house.quality, "SAMPLE", f"{day} 09:10", about=[(lot, None)], sample_id=f"样-{number}",
        sample_g=600, samplers=[*house.samplers], seal=f"封-{number}",
    )  # fmt: skip
    stage.do(
        house.laboratory, "TEST", f"{day} 16:00", about=[(lot, None)], sample_id=f"样-{number}",
        report_no=report_no, lab_cma=house.cma, items=report_rows(drug, values),
        method="中国药典2020年版一部", conclusion="pass",
        report=stage.paper(f"检验报告 {report_no} 结论：合格"),
    )  # fmt: skip
    return report_no


def release(
    stage: Stage,
    house: House,
    lot: str,
    mass_kg: int,
    day: str,
    drug: str,
    values: tuple[float, ...],
) -> None:
    """Test, then release by the quality head, approved by the works."""
    report_no = examine(stage, house, lot, day, drug, values)
    stage.do(
        house.quality, "RELEASE", f"{day} 17:00", name=f"release {report_no}",
        about=[(lot, mass_kg * KG)], report_no=report_no, decision="release",
    )  # fmt: skip
    stage.approve(house.works, f"{day} 17:20", f"release {report_no}")


def pack(
    stage: Stage,
    who: str,
    source: str,
    when: str,
    listed: Pack,
    *,
    harvested: str,
    keeps_days: int,
    pieces: bool = False,
) -> Pack:
    """Pack into packs of 500 g, with a code for each; `keeps_days` counts from the packing."""
    day = when[:10]
    batch = f"演{stage.day(day)[2:].replace('-', '')}{when[11:13]}"
    printed = Printed(
        drug=listed.drug,
        batch=batch,
        place=listed.place,
        harvested=stage.day(harvested),
        packed=stage.day(day),
        best_before=stage.day(day, days=keeps_days),
        firm=stage.full_name(who),
    )
    mass_g = listed.mass_kg * KG
    count = mass_g // UNIT_G
    stage.do(
        who, "PACK_LABEL", when, inputs=[(source, mass_g)], outputs=[(listed.lot, mass_g)],
        unit_g=UNIT_G, count=count, code_range={"first": 1, "last": count}, drug=listed.drug,
        label_fields=piece_fields(printed) if pieces else raw_herb_fields(printed),
        pack_material="演示-包材-01", display_name=batch,
    )  # fmt: skip
    return listed


def sell(stage: Stage, who: str, when: str, goods: Pack, mass_kg: int, *, to: str = SHOP) -> None:
    """Sell to somebody on the ledger, who receives it two days later; buyer and price sealed."""
    day = when[:10]
    stage.do(
        who, "SALE_B2B", when, about=[(goods.lot, mass_kg * KG)], buyer=stage.full_name(to),
        price=46.5, invoice=f"演示-发票-{day[2:].replace('-', '')}",
        label_pack=sale_fields(goods.drug, goods.place, stage.full_name(who)),
    )  # fmt: skip
    arrives = date.fromisoformat(day) + timedelta(days=2)
    receive(stage, to, f"{arrives} 15:00", goods.lot, mass_kg)
