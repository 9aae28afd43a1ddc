"""How many codes of a lot are printed, withdrawn, stated, and how many may still be printed.

Rule MB5's sum at every moment: codes that live times grams of a pack never exceed what was packed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from api.labelling.packs import PackLot
from api.opened.ledger import OpenedLedger
from ledger.errors import PrintingError
from ledger.herbs.identifiers import SERIAL_MAX
from ledger.herbs.serials import (
    count_of,
    format_serials,
    has,
    parse_serials,
    union,
    within,
    without,
)
from ledger.store.prints import JobRow, jobs_of
from ledger.trace.trace import Trace

FIRST: Final = 1  # the serial of a lot's first pack
FAILED: Final = "failed"  # a job's state, with the reason behind a colon: it never had a file
JOB_MAX: Final = 10_000  # labels of one job: a roll printer's night


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Where a lot's codes stand. Ranges are in order and do not overlap.

    `registered` is None until the packing is stated; `reprinted` counts labels printed again.
    """

    packed_g: int
    unit_g: int
    registered: range | None
    printed: tuple[range, ...]
    voided: tuple[range, ...]
    reprinted: int = 0

    @property
    def most(self) -> int:
        """Packs that the grams fill."""
        return self.packed_g // self.unit_g

    @property
    def live(self) -> int:
        """Codes printed and not withdrawn."""
        return count_of(without(self.printed, self.voided))

    @property
    def fresh(self) -> tuple[range, ...]:
        """Serials never printed nor withdrawn, in order; behind a stated packing, of its range."""
        every = self.registered or range(FIRST, SERIAL_MAX + 1)
        return without([every], union([*self.printed, *self.voided]))

    @property
    def left(self) -> int:
        """How many labels may still be printed."""
        return max(0, min(self.most - self.live, count_of(self.fresh)))

    @property
    def next_serial(self) -> int:
        """The serial that is printed next; SERIAL_MAX + 1 when there is none."""
        return self.fresh[0].start if self.fresh else SERIAL_MAX + 1

    @property
    def last_printed(self) -> int | None:
        """The greatest serial that went to a printer."""
        return self.printed[-1].stop - 1 if self.printed else None

    def choose_fresh(self, count: int, first: int | None = None) -> tuple[range, ...]:
        """Serials for so many new labels. Raises PrintingError `over_print`, `not_printed`."""
        wanted = min(count, JOB_MAX + 1)
        if count > self.left or wanted > JOB_MAX:
            raise PrintingError(
                "over_print",
                f"还能印 {min(self.left, JOB_MAX)} 张，要印 {count} 张",
                left=self.left,
            )
        start = self.next_serial if first is None else first
        found = take(within(self.fresh, range(start, SERIAL_MAX + 1)), count)
        if found and first is not None and found[0].start != first:
            raise PrintingError("not_printed", f"第 {first} 号印过或已作废，重印请选“重印”")
        if count_of(found) < count:
            raise PrintingError("over_print", f"从第 {start} 号起只剩 {count_of(found)} 张")
        return found

    def choose_printed(self, wanted: range) -> tuple[range, ...]:
        """Serials to print again, the withdrawn left out. Raises PrintingError `not_printed`."""
        inside = within(self.printed, wanted)
        again = without(inside, self.voided)
        if not again or count_of(inside) < len(wanted) or len(wanted) > JOB_MAX:
            raise PrintingError(
                "not_printed",
                f"第 {wanted.start} 到 {wanted.stop - 1} 号不都印过，或都已作废",
            )
        return again

    def require_range(self, stated: range, packed_g: int) -> None:
        """Raise PrintingError unless this range may be stated for so many grams packed.

        `not_printed` for serials that never went to a printer, `over_print` for too many.
        """
        if self.registered is not None:
            raise PrintingError("already_registered", f"{format_serials([self.registered])}")
        if count_of(within(self.printed, stated)) < len(stated):
            shown = "、".join(format_serials(self.printed)) or "没有"
            raise PrintingError("not_printed", f"印过的号：{shown}")
        require_grams(len(stated) - count_of(within(self.voided, stated)), self.unit_g, packed_g)

    def require_void(self, wanted: Sequence[range]) -> None:
        """Raise PrintingError `not_printed` for serials that are no codes, or withdrawn already."""
        known = union([*self.printed, *([self.registered] if self.registered else [])])
        for each in wanted:
            if count_of(within(known, each)) < len(each):
                raise PrintingError("not_printed", f"{format_serials([each])[0]} 不都是这批的号")
            if all(has(self.voided, serial) for serial in (each.start, each.stop - 1)) and not (
                without([each], self.voided)
            ):
                raise PrintingError("already_registered", f"{format_serials([each])[0]} 已经作废")


def require_grams(codes: int, unit_g: int, packed_g: int) -> None:
    """Raise PrintingError `over_print` when so many packs hold more than was packed."""
    if codes * unit_g > packed_g:
        raise PrintingError(
            "over_print", f"{codes} 件 × {unit_g} 克 = {codes * unit_g} 克，只包装了 {packed_g} 克"
        )


def take(ranges: Iterable[range], count: int) -> tuple[range, ...]:
    """The first so many serials of the ranges, or all when there are fewer."""
    taken: list[range] = []
    for each in ranges:
        part = each[: count - count_of(taken)]
        if part:
            taken.append(part)
    return tuple(taken)


def tally_of(pack: PackLot, voided: Iterable[range], jobs: Sequence[JobRow]) -> Tally:
    """Add up what jobs printed and statements withdrew.

    Nobody ever had the labels of a job that failed: its serials are as free as before.
    """
    drawable = [job for job in jobs if not job.state.startswith(FAILED)]
    first_prints = [job for job in drawable if not job.reprint]
    return Tally(
        packed_g=pack.packed_g,
        unit_g=pack.unit_g,
        registered=pack.registered,
        printed=union(each for job in first_prints for each in job_serials(job)),
        voided=union(voided),
        reprinted=sum(count_of(job_serials(job)) for job in drawable if job.reprint),
    )


def tally_in(opened: OpenedLedger, pack: PackLot, trace: Trace | None) -> Tally:
    """The tally of a lot as it stands now."""
    return tally_of(pack, voided_in(trace, pack.uri), jobs_of(opened.store, pack.uri))


def voided_in(trace: Trace | None, uri: str) -> tuple[range, ...]:
    """Serials that statements on the lot's own chain withdrew."""
    steps = trace.steps if trace else ()
    return union(
        each
        for step in steps
        if step.kind == "CODE_VOID" and step.subject == uri and step.event
        for each in parse_serials(step.event.elements.get("codes"))
    )


def job_serials(job: JobRow) -> tuple[range, ...]:
    """The serials of a job."""
    return parse_serials([*job.serials.split(",")])
