"""A scene: the stage as the cases use it, with what a form would have asked filled in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from api.demonstration.stage import Company, Stage
from api.opened.ledger import OpenedLedger
from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.identifiers import batch_key, code_of_uri, unit_code
from ledger.rules.history.known import Guess
from ledger.rules.history.outlines import Degrees
from ledger.seam import Progress
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


class Scene(Stage):
    """A season of its own on a ledger of its own. `now` is the present that the rules see."""

    def __init__(self, opened: OpenedLedger, *, company: Company) -> None:
        super().__init__(opened, company=company)
        self.now = NOW
        self.guesses: list[Guess] = []
        self.complaints: dict[str, tuple[int, ...]] = {}
        self.scans: list[tuple[str, str, str, int]] = []

    def ms(self, when: str) -> int:
        """As the stage reads it; a bare day is its noon."""
        return super().ms(when if ":" in when else f"{when} 12:00")

    def usual(self, kind: str) -> Mapping[str, object]:
        """What a form asks for besides what the case is about."""
        papers: dict[str, object] = {}
        if kind == "PURCHASE":
            papers = {"certificate": self.paper("承诺达标合格证")}
        if kind == "SALE_B2B":
            papers = {"label_pack": rows({"品名": "牛膝", "供货单位": "演示企业", "质量": "合格"})}
        return {**_ASKED.get(kind, {}), **papers}

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
        return self.site(who, "2025-01-05 10:00", kind, "一号地", where, outline=outline)

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
        crop, fresh = self.crop(), self.lot()
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

    def examine(
        self,
        lot: str,
        when: str,
        *items: dict[str, JsonValue],
        who: str = "laboratory",
        arrives: str = "",
        **said: object,
    ) -> None:
        """A laboratory's result on a lot."""
        number = code_of_uri(lot)[:6]
        told = {"sample_id": f"样-{number}", "report_no": f"检-{number}"} | said
        report = self.paper(f"检验报告 {told['report_no']} {number}")
        self.do(
            who, "TEST", when, told, about=[(lot, None)], report=report, arrives=arrives,
            items=[*items] or [found("水分", 12.1)],
        )  # fmt: skip

    def release(self, lot: str, day: str) -> None:
        """Release by the quality head and the mill's second signature, within the hour."""
        name = f"release {lot}"
        self.do("quality", "RELEASE", f"{day} 09:00", about=[(lot, KG)], name=name)
        self.approve("mill", f"{day} 09:30", name)

    def sell(self, who: str, lot: str, mass_g: int, when: str, **said: object) -> None:
        """Sell so much of a lot to a firm."""
        self.do(who, "SALE_B2B", when, said, about=[(lot, mass_g)])

    def receive(self, who: str, lot: str, mass_g: int, when: str) -> None:
        """Receive so much of a lot, weighed as it was sent."""
        self.do(who, "RECEIVE", when, about=[(lot, mass_g)], sent_g=mass_g)

    def scan(self, pack: str, day: str, province: str, *, serial: int = 7, times: int = 1) -> None:
        """Somebody reads a pack's code; only day and province are kept."""
        secret = self.opened.folder.secret()
        lot_code = code_of_uri(pack)
        code = unit_code(lot_code, serial, batch_key(secret, lot_code))
        self.scans.append((code, day, province, times))

    def play(self, progress: Progress = lambda _done, _of: None) -> None:
        """Record all that was planned, and what was scanned."""
        super().play(progress)
        for code, day, province, times in self.scans:
            for _ in range(times):
                count_scan(self.opened.store, code, day, province)


def rows(fields: Mapping[str, str]) -> list[JsonValue]:
    """Fields of a label as a body writes them; an empty one is not printed."""
    return [{"name": name, "value": value} for name, value in fields.items() if value]


def found(
    item: str, value: JsonValue, *, limit: JsonValue = None, passed: bool = True
) -> dict[str, JsonValue]:
    """A row of a laboratory's report."""
    return {"item": item, "value": value, "limit": limit, "passed": passed}
