"""The trace as JSON: what `GET /v1/trace` answers, with names in Chinese and English."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.epcis import CALENDAR_MS
from ledger.herbs.vocabulary import county_name
from ledger.rules.supervision.recall import Closure
from ledger.trace.blends import BlendNote
from ledger.trace.judged import format_finding
from ledger.trace.steps import Step, public_elements, shown_name
from ledger.trace.trace import Trace

CHINA: Final = timezone(timedelta(hours=8))
DIGITS: Final = 4  # of a share: a ten-thousandth of a lot
# Statements in one answer of what others piled on a thing's chains, and of what was done with it.
MORE_MAX: Final = 500


def format_trace(
    trace: Trace,
    *,
    evidence_url: str,
    more_url: str = "",
    after: int = 0,
    most: int | None = MORE_MAX,
) -> JsonObject:
    """The answer for programs: the fields of architecture.md's interface, and ours besides.

    Of what others piled on its chains, and of `out_steps`, an answer has `most`, None for all:
    `more` is the address of the next, `more_url` with a number, where `steps` are those of others
    alone.
    """
    return {
        "code": trace.asked.code,
        "serial": trace.asked.serial,
        "status": trace.status.code,
        "status_words": trace.status.words,
        "status_statement": trace.status.statement_id,
        "complete": trace.complete,
        "lot": trace.asked.uri,
        "name": trace.thing.name if trace.thing else "",
        "aliases": [{"scheme": scheme, "number": number} for scheme, number in trace.aliases],
        "drug": trace.drug,
        "herb": _herb(trace),
        "origin": [*map(_share, trace.origin)],
        "net_g": trace.net_g,
        **_steps(trace, more_url, after, most),
        "tests": [*_tests(trace)],
        "lineage": {
            "lots": [
                {
                    "lot": thing.uri,
                    "kind": thing.kind,
                    "herb": thing.herb,
                    "name": thing.name,
                    "mass_g": thing.mass_g,
                }
                for thing in trace.things
            ],
            "edges": [[edge.parent, edge.child, edge.mass_g] for edge in trace.edges],
            "complete": trace.lineage_complete,
        },
        "blends": [_blend(note) for note in trace.blends],
        **({"recalls": [_closure(each) for each in trace.closures]} if trace.supervised else {}),
        "scans": {
            "count": trace.scans.count,
            "first": trace.scans.first,
            "provinces": [*trace.scans.provinces],
        },
        "findings": [format_finding(seen) for seen in trace.findings],
        "judged": trace.judged,
        "finality": trace.finality,
        "checkpoint": {"size": trace.size, "time": china_time(trace.time_ms)},
        "evidence": evidence_url,
    }


def _herb(trace: Trace) -> JsonObject:
    """The herb by its names; as it was written, where no dictionary has it."""
    herb = trace.herb
    return {
        "cn": herb.cn if herb else trace.herb_text,
        "en": herb.en if herb else "",
        "latin": herb.latin if herb else "",
    }


def _share(origin: tuple[str, Fraction]) -> JsonObject:
    """A county's share of what grew."""
    code, share = origin
    name = county_name(code) if code else ""
    return {"county": name, "county_code": code, "share": decimal(share)}


def _tests(trace: Trace) -> Iterator[JsonObject]:
    """Every reported item, but of reports in a pile of others."""
    for step, row in trace.tests:
        if step.claim.statement_id not in trace.outside:
            yield {**_tested(row), "statement_id": step.claim.statement_id}


def _steps(trace: Trace, more_url: str, after: int, most: int | None) -> JsonObject:
    """Its own steps with some of what others wrote, and where the rest is."""
    own = [] if after else [s for s in trace.steps if s.claim.statement_id not in trace.outside]
    others = [step for step in trace.steps if step.claim.statement_id in trace.outside]
    count = max(len(others), len(trace.out_steps))
    end = count if most is None else after + most
    steps = sorted((*own, *others[after:end]), key=lambda step: (step.event_ms, step.index))
    told = trace.out_steps[after:end]
    return {
        "steps": [_own_step(step, trace) for step in steps],
        "out_steps": [format_step(step, supervised=trace.supervised) for step in told],
        "others": len(others),
        "more": f"{more_url}&after={end}" if count > end else None,
    }


def _own_step(step: Step, trace: Trace) -> JsonObject:
    """A step of the thing; `claim` when it speaks against it and its signer may not."""
    claimed = step.claim.statement_id in trace.claims
    return {**format_step(step, supervised=trace.supervised), "claim": claimed}


def format_step(step: Step, *, supervised: bool = False) -> JsonObject:
    """One step, with both its times; for a supervisor also whether its signer's role fits."""
    marks: JsonObject = {"out_of_role": step.out_of_role} if supervised else {}
    cn, en = step.names
    actor = step.actor
    return {
        "statement_id": step.claim.statement_id,
        "index": step.index,
        "subject": step.subject,
        "kind": step.kind,
        "kind_cn": cn,
        "kind_en": en,
        "event_time": step.event_time,
        "record_time": china_time(step.recorded_ms),
        "signed_at": step.claim.signed_at,
        "actor": shown_name(actor),
        "actor_id": actor.actor if actor else "",
        "county": county_name(actor.county) if actor and actor.county else "",
        "key": step.claim.key,
        "late": step.lateness,
        "corrects": step.event.corrects if step.event else None,
        "corrected_by": step.corrected_by,
        "conflict": step.conflict,
        "approved": step.approved,
        "elements": [
            {"cn": name_cn, "en": name_en, "value": value}
            for name_cn, name_en, value in public_elements(step)
        ],
        "sealed": [*sorted(step.claim.sealed)],
        **marks,
    }


def china_clock(time_ms: int) -> datetime:
    """Milliseconds since 1970 as China's clock shows them.

    A statement may claim any time that can be written: beyond the calendar's ends, its ends.
    """
    first_ms, last_ms = CALENDAR_MS
    shown_ms = min(max(time_ms, first_ms), last_ms)
    return datetime.fromtimestamp(shown_ms / 1000, UTC).astimezone(CHINA)


def china_time(time_ms: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in China's zone."""
    return china_clock(time_ms).isoformat("T", "seconds")


def decimal(share: Fraction) -> int | float:
    """A share between 0 and 1 as a JSON number, rounded to a ten-thousandth."""
    rounded = round(share, DIGITS)
    return int(rounded) if rounded.denominator == 1 else float(rounded)


def _blend(note: BlendNote) -> JsonObject:
    """A merge: whether it is declared as a blend, and what speaks against one batch."""
    return {
        "lot": note.lot,
        "declared_blend": note.declared,
        "differences": [
            {"key": each.key, "cn": each.cn, "en": each.en} for each in note.differences
        ],
        "contradicted": [*note.contradicted],
    }


def _closure(closure: Closure) -> JsonObject:
    """How far a recall has closed: grams, and when everybody must have been told."""
    due_ms = closure.notice_due_ms
    return {
        "reached": [*closure.reached],
        "reached_g": closure.reached_g,
        "unweighed": [*closure.unweighed],
        "shipped_g": closure.shipped_g,
        "recovered_g": closure.recovered_g,
        "rate": None if closure.rate is None else decimal(closure.rate),
        "closed": closure.closed,
        "notice_due": None if due_ms is None else china_time(due_ms),
        "notice_mark": closure.notice_mark,
    }


def _tested(row: dict[str, JsonValue]) -> JsonObject:
    """One reported item: what was tested, its limit, what was found, and whether it passed."""
    return {name: row.get(name) for name in ("item", "op", "limit", "value", "unit", "passed")}
