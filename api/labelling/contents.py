"""What a pack must say, each item from the lot's own history; what is missing or wrong is named.

Which items a sort of pack needs stands in labels.json, and of what in a history each one is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from api.labelling.faces import GTIN
from api.labelling.history import is_prepared, is_released, stands
from ledger.errors import PrintingError
from ledger.herbs.check_digits import parse_gtin
from ledger.herbs.labels import ATTRIBUTE, GAP_WORDS, PackSort, labels_for, lane_of, sorts_of
from ledger.herbs.labels import Label as Provision
from ledger.herbs.pesticides import barred_pesticides
from ledger.herbs.units import format_mass_cn
from ledger.herbs.vocabulary import CITIES, COUNTIES, Drug
from ledger.statements.roll import ActorRecord
from ledger.statements.standing import SiteRecord
from ledger.trace.steps import Step
from ledger.trace.trace import PACKING, Trace

KEEPS: Final = "保质期至"
MARK: Final = "标志"
AWAITS_RELEASE: Final = "待放行，扫码查验"
BATCH_SIGNS: Final = 10  # of a lot's code, where people gave it no number
EVERY_PACK: Final = (
    ("unit", "规格", ("装量", "净含量", "净重", "数量或重量")),
    ("batch", "批号", ("产品批号",)),
)
TESTING: Final = ("TEST", "RETEST")
INSPECTED: Final = "inspected"  # the GAP status of a base that the authority looked at
MONTHS: Final = 12
# Why an item may be missing, in the words that tell what to do.
WHY: Final[Mapping[str, str]] = {
    "name": "没有记录品种",
    "origin": "有来源没有记录产地",
    "harvested": "没有采收记录",
    "keeps": "请填保质期",
    "grade": "请填等级",
    "standard": "请填执行标准",
    "storage": "请填贮藏条件",
    "species": "没有记录品种",
    "licence": "主体登记里没有药品生产许可证号",
    "address": "主体登记里没有地址",
    "contact": "主体登记里没有联系方式",
    "uscc": "主体登记里没有统一社会信用代码",
    "gi_name": "这个品种没有地理标志",
    "gi_notice": "主体登记里没有这个地理标志的用标核准",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a packer decides about a packing, and no history can tell.

    `said` holds texts by the words of labels.json: `grade`, `standard`, `storage`, `batch`, `gtin`.
    """

    sort: PackSort = "raw_herb"
    unit_g: int
    packed_g: int
    months: int | None = None
    gap: bool = False
    gi: bool = False
    site: str = ""
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def sorts(self) -> tuple[PackSort, ...]:
        """The provisions that the pack comes under."""
        marks: list[PackSort] = [self.sort]
        marks += ["gap"] if self.gap else []
        marks += ["gi"] if self.gi else []
        return tuple(marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The fields in the order of the law; what is missing, with why; what is wrong."""

    fields: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    wrong: tuple[str, ...]

    def require(self) -> None:
        """Raise PrintingError `label_illogical` or `label_incomplete` that names every item."""
        if self.wrong:
            raise PrintingError("label_illogical", "；".join(self.wrong))
        if self.missing:
            raise PrintingError("label_incomplete", "缺少" + "、".join(self.missing))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whence the items come: the lot's trace, the packer's registration, sites, the wish, a day."""

    trace: Trace
    packer: ActorRecord
    sites: Mapping[str, SiteRecord]
    wish: Wish
    today: date
    code: str = ""

    @property
    def licences(self) -> Mapping[str, object]:
        """What the registrar put down of the packer's licences."""
        found = self.packer.body.get("licences")
        return found if isinstance(found, dict) else {}

    @property
    def harvests(self) -> list[Step]:
        """Every harvest that the lot came from, by when it was."""
        return [step for step in self.trace.steps if step.kind == "HARVEST" and stands(step)]


def contents_of(source: Source) -> Contents:
    """Put a label together. Nothing is typed that a record says already."""
    said: dict[str, str] = {}
    missing: list[str] = []
    for provision in _provisions(source):
        for each in provision.fields:
            if each.is_there(said):
                continue
            value = VALUES[each.of](source)
            if value:
                said[each.shown or each.cn] = value
            else:
                missing.append(f"{each.cn}（{WHY.get(each.of, '没有记录')}）")
        if provision.attribute and provision.pack == source.wish.sort:
            said.setdefault(ATTRIBUTE, provision.attribute)
    said |= always(source, said)
    if source.wish.months and KEEPS not in said:
        said[KEEPS] = _keeps(source)
    if gtin := source.wish.said.get("gtin"):
        said[GTIN] = parse_gtin(gtin)
    if source.wish.gap:
        said[MARK] = GAP_WORDS
    return Contents(
        fields=tuple(said.items()), missing=tuple(missing), wrong=tuple(wrong_in(source))
    )


def always(source: Source, said: Mapping[str, str]) -> dict[str, str]:
    """Weight and number of the batch, which every pack says, where no provision asked for them."""
    said_already = set(said)
    return {
        name: VALUES[of](source)
        for of, name, also in EVERY_PACK
        if not said_already & {name, *also}
    }


def missing_in(said: Mapping[str, str], day: date) -> list[str]:
    """What a signed label lacks by provisions that were seen in a source; the others only warn."""
    provisions = [
        label
        for sort in sorts_of(said)
        for label in labels_for(sort, day)
        if label.mark != "unverified"
    ]
    lacking = [f.cn for label in provisions for f in label.fields if not f.is_there(said)]
    return [*dict.fromkeys(lacking)]


def wrong_in(source: Source) -> list[str]:
    """What contradicts itself, or may not stand on this pack, each in a sentence."""
    return [*_wrong_days(source), *_wrong_lane(source), *_wrong_marks(source), *_barred(source)]


def _provisions(source: Source) -> list[Provision]:
    return [each for sort in source.wish.sorts for each in labels_for(sort, source.today)]


def _wrong_days(source: Source) -> list[str]:
    wrong = []
    if not 0 < source.wish.unit_g <= source.wish.packed_g:
        wrong.append("每件的重量应大于零，且不超过包装的重量")
    days = [step.event_time[:10] for step in source.harvests]
    if days and max(days) > source.today.isoformat():
        wrong.append(f"采收日期 {max(days)} 晚于包装日期 {source.today}")
    return wrong


def _wrong_lane(source: Source) -> list[str]:
    """A drug's pack and a food's are kept apart, also behind each other."""
    lane = lane_of(source.wish.sort)
    wrong = []
    for step in source.trace.steps:
        if step.kind == PACKING and step.event is not None and stands(step):
            before = sorts_of(fields_of(step))[0]
            if lane_of(before) != lane:
                wrong.append("药品和食品不能互相改装：这批先前包装成另一类")
    if lane == "food" and is_prepared(source.trace):
        wrong.append("炮制过的是饮片，不能当食用农产品包装")
    return wrong[:1]


def _wrong_marks(source: Source) -> list[str]:
    wrong = []
    held = source.trace.status.code in {"recalled", "failed", "voided", "held"}
    counties = {county for county, _ in source.trace.origin}
    if source.wish.gap and (held or not _is_gap(source)):
        wrong.append("不能标“药材符合GAP要求”：不是每块地都经延伸检查符合")
    herb = source.trace.herb
    if source.wish.gi and (held or herb is None or not counties <= herb.counties):
        wrong.append("不能用地理标志：原料不全产自保护地域")
    return wrong


def _is_gap(source: Source) -> bool:
    plots = {(step.event.text("plot") or "") if step.event else "" for step in source.harvests}
    return bool(plots) and all(
        plot in source.sites and source.sites[plot].body.get("gap_status") == INSPECTED
        for plot in plots
    )


def _barred(source: Source) -> list[str]:
    """A pledge is no pledge where the field's own record names a barred pesticide."""
    for step in source.trace.steps if source.wish.sort == "agri_product" else ():
        if step.kind != "PESTICIDE" or step.event is None or not stands(step):
            continue
        ingredient = step.event.text("active_ingredient") or ""
        day = date.fromisoformat(step.event_time[:10])
        if found := barred_pesticides(ingredient, day):
            return [f"不能开承诺达标合格证：{day} 用过禁用的{found[0].cn}"]
    return []


def fields_of(step: Step) -> dict[str, str]:
    """What the label of a packing says, by name."""
    rows = step.event.elements.get("label_fields") if step.event else None
    return {
        str(row.get("name", "")).strip(): str(row.get("value") or "").strip()
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    }


def _name(source: Source) -> str:
    trace = source.trace
    return trace.drug or (trace.herb.cn if trace.herb else trace.herb_text)


def _origin(source: Source) -> str:
    counties = [county for county, _ in source.trace.origin]
    if not counties or not all(counties):
        return ""
    named = [
        f"{COUNTIES[code].city}{COUNTIES[code].cn}" if code in COUNTIES else CITIES.get(code, code)
        for code in counties
    ]
    return "、".join(sorted(named))


def _harvested(source: Source) -> str:
    days = sorted({step.event_time[:10] for step in source.harvests})
    return f"{days[0]}至{days[-1]}" if len(days) > 1 else "".join(days)


def _keeps(source: Source) -> str:
    """The last day: so many months behind the packing."""
    if not source.wish.months:
        return ""
    months = source.today.year * MONTHS + source.today.month - 1 + source.wish.months
    year, month = divmod(months, MONTHS)
    for day in range(source.today.day, 0, -1):
        try:
            return date(year, month + 1, day).isoformat()
        except ValueError:
            continue  # a shorter month ends where it ends
    raise AssertionError("every month has a first day")


def _quality(source: Source) -> str:
    """合格 is a laboratory's own word on a released lot; no figure of ours ever prints it."""
    if not is_released(source.trace):
        return AWAITS_RELEASE
    tests = [s for s in source.trace.steps if s.kind in TESTING and s.event and stands(s)]
    if not tests or tests[-1].event is None:
        return ""
    last = tests[-1].event
    report = last.text("report_no") or ""
    if last.text("conclusion") == "pass":
        return "合格"
    return f"见检验报告 {report}" if report else ""


def drug_of(trace: Trace) -> Drug | None:
    """The drug of the dictionary that a traced lot is."""
    return trace.herb.drug(trace.drug) if trace.herb else None


def _species(source: Source) -> str:
    herb = source.trace.herb
    if herb is None:
        return ""
    return f"{herb.latin} 的{herb.part}" if herb.part else herb.latin


def _storage(source: Source) -> str:
    """What the packer typed, else what was seen in a source; nothing unverified is printed."""
    drug = drug_of(source.trace)
    return source.wish.said.get("storage") or (drug.printed_storage if drug else "")


def _grade(source: Source) -> str:
    graded = [s.event.text("grade") for s in source.trace.steps if s.event and stands(s)]
    return next((g for g in reversed(graded) if g), "") or source.wish.said.get("grade", "")


def _pledge(source: Source) -> str:
    tests = [s.event for s in source.trace.steps if s.kind in TESTING and s.event]
    report = tests[-1].text("report_no") if tests else None
    basis = f"委托检测 {report}" if report else "自我承诺"
    return f"不使用禁用农药，常规农药残留不超标，对真实性负责；依据：{basis}"


def _gi_notice(source: Source) -> str:
    users = source.licences.get("gi")
    herb = source.trace.herb
    found = users.get(herb.id) if isinstance(users, dict) and herb else None
    return str(found or "")


def _licensed(key: str) -> Callable[[Source], str]:
    return lambda source: str(source.licences.get(key) or "")


def _stated(key: str) -> Callable[[Source], str]:
    return lambda source: source.wish.said.get(key, "").strip()


def _attribute(source: Source) -> str:
    return next(p.attribute for p in _provisions(source) if p.pack == source.wish.sort)


VALUES: Final[Mapping[str, Callable[[Source], str]]] = {
    "name": _name,
    "origin": _origin,
    "harvested": _harvested,
    "packed": lambda source: source.today.isoformat(),
    "keeps": _keeps,
    "unit": lambda source: format_mass_cn(source.wish.unit_g),
    "batch": lambda s: s.wish.said.get("batch") or s.code[:BATCH_SIGNS].upper(),
    "maker": lambda source: source.packer.name,
    "quality": _quality,
    "symbol": lambda _: "本签二维码",
    "species": _species,
    "storage": _storage,
    "standard": _stated("standard"),
    "grade": _grade,
    "attribute": _attribute,
    "pledge": _pledge,
    "licence": _licensed("drug_production"),
    "address": _licensed("address"),
    "contact": _licensed("contact"),
    "uscc": _licensed("uscc"),
    "gi_mark": lambda source: "地理标志专用标志" if source.trace.herb else "",
    "gi_name": lambda s: s.trace.herb.gi_name if s.trace.herb else "",
    "gi_notice": _gi_notice,
}
