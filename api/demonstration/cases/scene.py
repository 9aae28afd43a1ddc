"""A scene: the stage as the cases use it, with what a form would have asked filled in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.demonstration.stage import Amount, Stage
from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code
from ledger.rules.outlines import Degrees
from ledger.rules.season import Guess
from ledger.store.scans import count_scan

KG: Final = 1_000
MU3_M2: Final = 2_000  # 3 亩: the smallest whole number of both
WEN, WUZHI, CANGXI = "410825", "410823", "510824"
UNIT_G: Final = 500
NOW: Final = "2026-06-01 00:00"
ON_LABEL: Final = {
    "品名": "牛膝",
    "产地": "河南省焦作市温县",
    "采收日期": "2025-11-05",
    "包装日期": "2025-12-01",
    "保质期至": "2027-11-30",
    "企业名称": "演示加工厂",
    "质量": "合格",
}

# What a form asks for besides what the case is about.
_ASKED: Final[Mapping[str, Mapping[str, object]]] = {
    "SEED_REGISTER": {"cultivar": "演示一号", "species_latin": "Demonstratio ficta",
                      "source": "自留种", "germination": 90},
    "PESTICIDE": {"product": "演示制剂", "reg_no": "演示-PD-1", "active_ingredient": "枯草芽孢杆菌",
                  "manufacturer": "演示农化厂", "target": "叶斑病", "dose": "50 克/亩",
                  "method": "spray", "area_m2": MU3_M2, "phi_days": 3,
                  "earliest_harvest": "2025-11-01"},
    "INPUT_PURCHASE": {"product": "演示制剂", "reg_no": "演示-PD-1", "supplier": "演示农资店",
                       "quantity": "1 kg"},
    "FIELD_WORK": {"work": "weeding", "labour_h": 8},
    "HARVEST": {"method": "hand", "pickers": ["甲（演示人名）"]},
    "PURCHASE": {"seller": "场外卖家（演示人名）", "price": 12},
    "RECEIVE": {"appearance": "完好", "quarantine": "待验区"},
    "WASH_SORT": {"water_source": "well", "loss_g": 0},
    "SWEAT": {"days": 3},
    "STEAM_BOIL": {"temperature_c": 100, "minutes": 240},
    "DRY": {"method": "oven", "temperature_c": 55, "hours": 40, "final_moisture": 13},
    "CUT_GRADE": {"spec": "统货", "fresh_cut": False},
    "SAMPLE": {"sample_g": 500, "samplers": ["乙（演示人名）"], "seal": "演示-封"},
    "TEST": {"lab_cma": "演示-CMA-1", "method": "演示方法", "conclusion": "pass"},
    "RELEASE": {"report_no": "演示-检", "decision": "release"},
    "STORE_IN": {"zone": "passed", "temperature_c": 12, "humidity": 45},
    "STORE_OUT": {"to_org": "演示买方", "doc_no": "演示-出库"},
    "SALE_B2B": {"buyer": "演示买方", "price": 30},
    "SALE_RETAIL": {"store": "演示门店"},
    "DISPENSE": {"rx_token": "演示-处方"},
    "RETURN": {"reason": "受潮"},
    "CODE_VOID": {"reason": "damaged"},
    "SUPERVISE_SAMPLE": {"result": "pending"},
    "EQUIP": {"certificate_no": "演示-检定"},
}  # fmt: skip


@dataclass
class Scene:
    """A season of its own on a ledger of its own. `now` is the present that the rules see."""

    stage: Stage
    now: str = NOW
    guesses: list[Guess] = field(default_factory=list)
    complaints: dict[str, tuple[int, ...]] = field(default_factory=dict)
    scans: list[tuple[str, str, str, int]] = field(default_factory=list)

    def do(  # noqa: PLR0913 — one argument for each part of an event
        self,
        who: str,
        kind: str,
        when: str,
        told: Mapping[str, object] | None = None,
        *,
        name: str = "",
        signed: str = "",
        arrives: str = "",
        inputs: Sequence[Amount] = (),
        outputs: Sequence[Amount] = (),
        about: Sequence[Amount] = (),
        site: str | None = None,
        **said: object,
    ) -> None:
        """Plan an event. A bare day is its noon."""
        self.stage.do(
            who,
            kind,
            when if ":" in when else f"{when} 12:00",
            {**_ASKED.get(kind, {}), **self._papers(kind), **(told or {}), **said},
            name=name,
            signed=signed,
            arrives=arrives,
            inputs=inputs,
            outputs=outputs,
            about=about,
            site=site,
        )

    def lot(self) -> str:
        """A lot's URI nobody has used."""
        return self.stage.lot()

    def plot(
        self,
        who: str = "coop",
        *,
        county: str = WEN,
        area_m2: int = MU3_M2,
        outline: Sequence[Degrees] = (),
        kind: str = "plot",
    ) -> str:
        """Register a site."""
        where: JsonObject = {"county": county, "area_m2": area_m2}
        return self.stage.site(who, "2025-01-05 10:00", kind, "一号地", where, outline=outline)

    def grow(  # noqa: PLR0913 — a season has so many sides
        self,
        *,
        who: str = "coop",
        herb: str = "huainiuxi",
        sown: str = "2025-07-15",
        cut: str = "2025-11-05",
        area_m2: int = MU3_M2,
        fresh_g: int = 3_000 * KG,
        county: str = WEN,
        outline: Sequence[Degrees] = (),
        tend: Callable[[str], None] = lambda _crop: None,
        **said: object,
    ) -> str:
        """Sow and harvest a plot; `tend` is told the crop. Returns the fresh lot."""
        where = self.plot(who, county=county, area_m2=area_m2, outline=outline)
        crop, fresh = self.stage.crop(), self.lot()
        self.do(
            who, "SOW", sown, inputs=[(where, None)], outputs=[(crop, None)], area_m2=area_m2,
            herb=herb,
        )  # fmt: skip
        tend(crop)
        self.do(
            who, "HARVEST", cut, said, inputs=[(crop, None)], outputs=[(fresh, fresh_g)],
            plot=where, area_m2=area_m2, herb=herb,
        )  # fmt: skip
        return fresh

    def pack(
        self,
        source: str,
        mass_g: int,
        when: str = "2025-12-01",
        *,
        fields: Mapping[str, str] | None = None,
        **said: object,
    ) -> str:
        """Pack so many grams of a lot into packs of 500 g; `fields` change the label's."""
        pack, count = self.lot(), mass_g // UNIT_G
        told = {"code_range": {"first": 1, "last": count}, "count": count, "drug": "牛膝"} | said
        self.do(
            "mill", "PACK_LABEL", when, told, inputs=[(source, mass_g)], outputs=[(pack, mass_g)],
            unit_g=UNIT_G, label_fields=rows(ON_LABEL | dict(fields or {})),
        )  # fmt: skip
        return pack

    def examine(self, lot: str, when: str, *items: dict[str, JsonValue], **said: object) -> None:
        """A laboratory's result on a lot."""
        number = code_of_uri(lot)[:6]
        told = {"sample_id": f"样-{number}", "report_no": f"检-{number}"} | said
        report = self.stage.paper(f"检验报告 {told['report_no']} {number}")
        self.do(
            "laboratory", "TEST", when, told, about=[(lot, None)], report=report,
            items=[*items] or [found("水分", 12.1)],
        )  # fmt: skip

    def release(self, lot: str, day: str) -> None:
        """Release by the quality head and the mill's second signature, within the hour."""
        name = f"release {lot}"
        self.do("quality", "RELEASE", f"{day} 09:00", about=[(lot, KG)], name=name)
        self.stage.approve("mill", f"{day} 09:30", name)

    def sell(self, who: str, lot: str, mass_g: int, when: str, **said: object) -> None:
        """Sell so much of a lot to a firm."""
        self.do(who, "SALE_B2B", when, said, about=[(lot, mass_g)])

    def receive(self, who: str, lot: str, mass_g: int, when: str) -> None:
        """Receive so much of a lot, weighed as it was sent."""
        self.do(who, "RECEIVE", when, about=[(lot, mass_g)], sent_g=mass_g)

    def scan(self, pack: str, day: str, province: str, *, serial: int = 7, times: int = 1) -> None:
        """Somebody reads a pack's code; only day and province are kept."""
        secret = self.stage.opened.folder.secret()
        lot_code = code_of_uri(pack)
        code = unit_code(lot_code, serial, batch_key(secret, lot_code))
        self.scans.append((code, day, province, times))

    def play(self) -> None:
        """Record all that was planned."""
        self.stage.play(lambda _done, _of: None)
        for code, day, province, times in self.scans:
            for _ in range(times):
                count_scan(self.stage.opened.store, code, day, province)

    def _papers(self, kind: str) -> dict[str, object]:
        if kind == "PURCHASE":
            return {"certificate": self.stage.paper("承诺达标合格证")}
        if kind == "SALE_B2B":
            return {"label_pack": rows({"品名": "牛膝", "供货单位": "演示企业", "质量": "合格"})}
        return {}


def rows(fields: Mapping[str, str]) -> list[JsonValue]:
    """Fields of a label as a body writes them; an empty one is not printed."""
    return [{"name": name, "value": value} for name, value in fields.items() if value]


def found(
    item: str, value: JsonValue, *, limit: JsonValue = None, passed: bool = True
) -> dict[str, JsonValue]:
    """A row of a laboratory's report."""
    return {"item": item, "value": value, "limit": limit, "passed": passed}
