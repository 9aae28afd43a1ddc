"""LB1 and LB2: what a pack says of itself. Source: 药品管理法 articles 48 and 58, labels.json."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from ledger.herbs.labels import labels_for, sorts_of
from ledger.rules.findings.finding import Found, Reference
from ledger.rules.history.fact import Fact, happened, ids, rows
from ledger.rules.history.history import History

KEEPS_UNTIL: Final = "保质期至"
_PACKED: Final = ("包装日期", "生产日期")
_HARVESTED: Final = "采收日期"
_SELLING: Final = ("SALE_B2B", "SALE_RETAIL", "DISPENSE")
_MONTHS: Final = 12


def lb1(history: History, reference: Reference, _now_ms: int) -> Iterator[Found]:
    """A field that the law asks of the pack is empty, or its days contradict each other."""
    for fact in history.own_of_kind("PACK_LABEL"):
        said = _said(fact)
        for pack in sorts_of(said):
            for label in labels_for(pack, happened(fact), labels=reference.labels):
                missing = [field.cn for field in label.fields if not field.is_there(said)]
                if missing:
                    yield from _on_packs(
                        fact,
                        f"标签缺少{'、'.join(missing)}（{label.basis}）。",
                        f"The label lacks {', '.join(missing)} ({label.basis}).",
                        unverified=label.mark == "unverified",
                    )
        if wrong := _illogical(fact, said):
            yield from _on_packs(
                fact, f"标签日期矛盾：{wrong}。", f"Days on the label contradict: {wrong}."
            )


def lb2(history: History, _reference: Reference, _now_ms: int) -> Iterator[Found]:
    """Sold or dispensed after the last day that the label gives, or that the herb keeps."""
    for lot, made in history.own_makings("PACK_LABEL"):
        said = _said(made)
        stated = _day(said.get(KEEPS_UNTIL, ""))
        last = stated or _reckoned(history, lot, _day(said.get(_PACKED[0], "")) or happened(made))
        late = [fact for fact in history.on(lot, *_SELLING) if last and happened(fact) > last]
        if late:
            yield Found(
                subject=lot,
                statement_ids=ids(made, *late),
                cn=f"保质期到 {last}，{happened(late[0])} 还在销售。",
                en=f"It kept until {last} and was sold on {happened(late[0])}.",
                marks=() if stated else ("unverified",),
            )


def _said(fact: Fact) -> dict[str, str]:
    return {
        str(row.get("name")).strip(): str(row.get("value") or "").strip()
        for row in rows(fact, "label_fields")
    }


def _illogical(fact: Fact, said: Mapping[str, str]) -> str:
    """The two days that contradict each other, or "". A day that cannot be read is none."""
    harvested, until = _day(said.get(_HARVESTED, "")), _day(said.get(KEEPS_UNTIL, ""))
    for name in _PACKED:
        packed = _day(said.get(name, ""))
        if packed is None:
            continue
        if harvested is not None and packed < harvested:
            return f"{name} {packed} < {_HARVESTED} {harvested}"
        if until is not None and until <= packed:
            return f"{KEEPS_UNTIL} {until} ≤ {name} {packed}"
        if packed > happened(fact):
            return f"{name} {packed} > {happened(fact)}"
    return ""


def _on_packs(fact: Fact, cn: str, en: str, *, unverified: bool = False) -> Iterator[Found]:
    for thing in fact.event.outputs:
        yield Found(
            subject=thing.uri,
            statement_ids=ids(fact),
            cn=cn,
            en=en,
            marks=("unverified",) if unverified else (),
        )


def _reckoned(history: History, lot: str, packed: date) -> date | None:
    """The last day by the drug's shelf life in months, which is general knowledge."""
    herb, name = history.herb(lot), history.drug(lot)
    drug = herb.drug(name) if herb is not None and name is not None else None
    if drug is None:
        return None
    months = packed.year * _MONTHS + packed.month - 1 + drug.shelf_life_months
    year, month = divmod(months, _MONTHS)
    for day in range(packed.day, 0, -1):
        found = _day(f"{year:04}-{month + 1:02}-{day:02}")
        if found is not None:
            return found
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
