"""From a lot to a plan of packs, and from a plan or a packing to what may be printed now."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from api.access import Caller
from api.codes import asked_of
from api.labelling.contents import (
    VALUES,
    Contents,
    Source,
    Wish,
    always,
    contents_of,
    fields_of,
    missing_in,
)
from api.labelling.packs import PackLot, pack_lot
from api.labelling.permits import packing_of, require_holder, require_packer, require_printable
from api.labelling.tally import Tally, tally_in
from api.opened.ledger import OpenedLedger
from api.scans import china_day
from api.shown.lineages import trace_of
from ledger.errors import FormError, NotFoundError, PrintingError
from ledger.herbs.identifiers import CHANCE_BYTES, code_of_uri, lot_uri, new_code
from ledger.herbs.labels import labels_for, sorts_of
from ledger.herbs.units import format_mass_cn
from ledger.judging.uses import claimed_uses
from ledger.statements.roll import ActorRecord
from ledger.store.prints import PlanRow, add_plan, plans_from
from ledger.trace.judged import Reader
from ledger.trace.steps import Step
from ledger.trace.trace import Asked, Trace

PLANS_MAX: Final = 1_000  # of one actor from one lot: a lot that nobody weighed has no other end
OPERATOR: Final = Reader(supervisor=True)  # whoever has the ledger's folder sees every chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Packs to print: what they say, how many there are, and the traces that decide.

    `trace` is the pack lot's own, None until something is stated of it; `source` is that of the
    lot which is packed, None where the packing is stated already.
    """

    pack: PackLot
    tally: Tally
    trace: Trace | None
    source: Trace | None
    lacking: tuple[str, ...] = ()

    def require_printable(self, today: date) -> None:
        """Raise PrintingError for a lot that is held, failed or expired, and for a label's gaps."""
        for trace in (self.source, self.trace):
            if trace is not None:
                require_printable(trace, today)
        if self.lacking:
            raise PrintingError("label_incomplete", "缺少" + "、".join(self.lacking))

    @property
    def voided(self) -> tuple[range, ...]:
        """Serials that were withdrawn."""
        return self.tally.voided


def source_of(
    opened: OpenedLedger, caller: Caller, trace: Trace, wish: Wish, *, code: str = ""
) -> Source:
    """Whence the label of a packing planned now takes what it says."""
    registry = opened.replica.registry
    return Source(
        trace=trace,
        packer=registry.actors[str(caller.actor)],
        sites=registry.sites,
        wish=wish,
        today=china_day(opened.clock()),
        code=code,
    )


def remaining_g(opened: OpenedLedger, trace: Trace, actor: str | None) -> int | None:
    """Grams of a lot neither used nor planned to be packed; None where nobody weighed it.

    An actor's own plans count: nobody signed a plan, and whoever says that he received a lot could
    keep its maker from packing by one that the maker does not even see. What is used by somebody to
    whom nobody handed it does not count either.
    """
    if trace.thing is None or trace.thing.mass_g is None:
        return None
    uri = trace.asked.uri
    uses = [edge for edge in trace.edges if edge.parent == uri]
    if uses:
        with opened.store.reading() as reading:
            claimed = claimed_uses(reading, opened.replica.registry, uri, reader=actor or "")
        uses = [edge for edge in uses if edge.index not in claimed]
    used_g = sum(edge.mass_g or 0 for edge in uses)
    plans = [row for row in plans_from(opened.store, uri) if row.actor == actor]
    return trace.thing.mass_g - used_g - _planned_g(opened, plans)


def plan_packs(
    opened: OpenedLedger, caller: Caller, trace: Trace, wish: Wish
) -> tuple[str, Contents]:
    """Plan packs of a lot; returns the new pack lot's URI and what its labels will say.

    Raises PrintingError: `not_your_lot`, `lot_held`, `lot_failed`, `lot_expired`,
    `label_illogical`, `label_incomplete`, `over_print`.
    """
    require_holder(trace, caller.actor)
    require_printable(trace, china_day(opened.clock()))
    code = new_code(secrets.token_bytes(CHANCE_BYTES))
    contents = contents_of(source_of(opened, caller, trace, wish, code=code))
    contents.require()
    plan = {
        "unit_g": wish.unit_g,
        "packed_g": wish.packed_g,
        "sort": wish.sort,
        "batch": wish.said.get("batch", ""),
        "drug": trace.drug,
        "site": wish.site,
        "fields": contents.fields,
    }
    row = PlanRow(
        lot=lot_uri(opened.origin, code),
        actor=str(caller.actor),
        source=trace.asked.uri,
        plan=json.dumps(plan, ensure_ascii=False),
        created_ms=opened.clock(),
    )

    def allow(others: list[PlanRow]) -> None:
        if sum(each.actor == caller.actor for each in others) >= PLANS_MAX:
            raise FormError("bad_query", f"一批最多 {PLANS_MAX} 个包装计划，请先放弃不用的")
        left_g = remaining_g(opened, trace, caller.actor)
        if left_g is not None and wish.packed_g > left_g:
            left = format_mass_cn(max(left_g, 0))
            wished = format_mass_cn(wish.packed_g)
            raise PrintingError("over_print", f"这批只剩 {left}，要包装 {wished}")

    add_plan(opened.store, row, allow)
    return row.lot, contents


def batch_of(opened: OpenedLedger, text: str, caller: Caller | None) -> Batch:
    """The packs that a text names, for whoever packs them; without a caller, for the operator.

    Raises NotFoundError `unknown_code`, PrintingError `not_your_lot`.
    """
    uri = asked_of(text, opened).uri
    reader = caller.reader if caller else OPERATOR
    pack = pack_lot(opened, uri)
    own = _trace_if_any(opened, uri, reader)
    if pack.registered is None:
        if caller is not None and pack.actor != caller.actor:
            raise PrintingError("not_your_lot", uri)
        source = trace_of(opened, Asked(uri=pack.source, code=code_of_uri(pack.source)), reader)
        return Batch(pack=pack, tally=tally_in(opened, pack, own), trace=own, source=source)
    assert own is not None  # its packing is on its chain
    if caller is not None and not caller.supervisor:
        require_packer(own, caller.actor)
    packing = packing_of(own)
    lacking: list[str] = []
    if packing is not None and packing.actor is not None:
        pack = replace(pack, fields=_completed(opened, pack, own, packing, packing.actor))
        day = date.fromisoformat(packing.event_time[:10])
        lacking = missing_in({name: value for name, value in pack.fields if value}, day)
    tally = tally_in(opened, pack, own)
    return Batch(pack=pack, tally=tally, trace=own, source=None, lacking=tuple(lacking))


def _completed(
    opened: OpenedLedger, pack: PackLot, trace: Trace, packing: Step, packer: ActorRecord
) -> tuple[tuple[str, str], ...]:
    """What the packing states, and from the lot's history what it left out."""
    said = {name: value for name, value in fields_of(packing).items() if value}
    source = Source(
        trace=trace,
        packer=packer,
        sites=opened.replica.registry.sites,
        wish=Wish(unit_g=pack.unit_g, packed_g=pack.packed_g),
        today=date.fromisoformat(packing.event_time[:10]),
        code=pack.code,
    )
    for sort in sorts_of(said):
        for provision in labels_for(sort, source.today):
            for each in provision.fields:
                if each.is_there(said) or each.of in {"attribute", "gi_mark"}:
                    continue
                if value := VALUES[each.of](source):
                    said[each.shown or each.cn] = value
    return tuple((said | always(source, said)).items())


def _trace_if_any(opened: OpenedLedger, uri: str, reader: Reader) -> Trace | None:
    try:
        return trace_of(opened, Asked(uri=uri, code=code_of_uri(uri)), reader)
    except NotFoundError:
        return None


def _planned_g(opened: OpenedLedger, plans: list[PlanRow]) -> int:
    """Grams that plans not stated yet will take."""
    with opened.store.reading() as reading:
        stated = reading.things([row.lot for row in plans])
    waiting: list[Mapping[str, int]] = [
        json.loads(row.plan) for row in plans if row.lot not in stated
    ]
    return sum(plan["packed_g"] for plan in waiting)
