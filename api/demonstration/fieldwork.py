"""What every season shares: seed, ground, tending, and the way from the field to the works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.demonstration.cast import position
from api.demonstration.mark import MARK
from api.demonstration.stage import Stage

KG: Final = 1_000

Tending = tuple[str, str, dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A field under one crop: who works it, where by its short name and URI, the crop, herb."""

    who: str
    place: str
    plot: str
    crop: str
    area_m2: int
    herb: str


def register_seed(stage: Stage, who: str, when: str, mass_kg: int, **said: object) -> str:
    """A nursery's lot of seed, seedlings or spawn."""
    seed = stage.lot()
    number = when[5:10].replace("-", "")
    papers = {"quarantine_no": f"演示-检疫-{number}", "license_no": "演示-种苗-0001"}
    stage.do(who, "SEED_REGISTER", when, papers | said, outputs=[(seed, mass_kg * KG)])
    return seed


def hand_over_seed(stage: Stage, who: str, when: str, seed: str, mass_kg: int, to: str) -> None:
    """Seed leaves the nursery for a grower, whose name is sealed."""
    stage.do(
        who, "SEED_TRANSFER", when, about=[(seed, mass_kg * KG)], to_org=stage.full_name(to)
    )  # fmt: skip


def sow(
    stage: Stage, field: Grown, when: str, seed: tuple[str, int], *, ground: str, **said: object
) -> None:
    """Prepare the ground on the day that `ground` says, and sow so many kilograms."""
    lot, seed_kg = seed
    stage.do(
        field.who, "LAND_PREP", ground, about=[(field.plot, None)], method="深耕起垄", depth_cm=30,
        base_fertiliser="腐熟有机肥 3000 公斤/亩",
    )  # fmt: skip
    stage.do(
        field.who, "SOW", when, said, inputs=[(lot, seed_kg * KG), (field.plot, None)],
        outputs=[(field.crop, None)], site=field.plot, area_m2=field.area_m2, herb=field.herb,
    )  # fmt: skip


def tend(stage: Stage, field: Grown, tending: Sequence[Tending]) -> None:
    """Everything done to a crop between sowing and harvest."""
    for kind, when, said in tending:
        stage.do(field.who, kind, when, said, about=[(field.crop, None)])


def harvest(
    stage: Stage,
    field: Grown,
    when: str,
    lots: Sequence[tuple[str, int]],
    *,
    area_m2: int = 0,
    arrives: str = "",
    name: str = "",
    **said: object,
) -> None:
    """Lots of so many fresh kilograms, stated where the plot is."""
    usual = {"method": "hand", "weather": "晴", "geo": position(field.place), "herb": field.herb}
    stage.do(
        field.who, "HARVEST", when, usual | said, arrives=arrives, name=name, site=field.plot,
        inputs=[(field.crop, None)], outputs=[(lot, mass_kg * KG) for lot, mass_kg in lots],
        plot=field.plot, area_m2=area_m2 or field.area_m2,
    )  # fmt: skip


def buy_fresh(
    stage: Stage, buyer: str, day: str, lot: str, mass_kg: int, *, seller: str, price: float
) -> None:
    """A works buys at the field's edge, seller and price sealed, and receives by weight."""
    name = stage.full_name(seller)
    stage.do(
        buyer, "PURCHASE", f"{day} 08:00", about=[(lot, mass_kg * KG)], seller=name, price=price,
        certificate=stage.paper(f"承诺达标合格证 {name} {mass_kg} 公斤"),
    )  # fmt: skip
    receive(stage, buyer, f"{day} 11:00", lot, mass_kg)


def receive(stage: Stage, who: str, when: str, lot: str, mass_kg: int) -> None:
    """Goods arrive and weigh what was sent."""
    stage.do(
        who, "RECEIVE", when, about=[(lot, mass_kg * KG)], sent_g=mass_kg * KG,
        appearance="外观完好，与单据相符", quarantine="待验区一",
    )  # fmt: skip


def person(name: str) -> str:
    """An invented person's name, which says so."""
    return name + MARK.replace("演示", "演示人名")
