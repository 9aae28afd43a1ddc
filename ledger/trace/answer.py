"""The trace as JSON: what `GET /v1/trace` answers, with names in Chinese and English."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Final

from ledger.canonical import JsonObject, JsonValue
from ledger.herbs.vocabulary import county_name
from ledger.trace.judged import format_finding
from ledger.trace.steps import Step, public_elements, shown_name
from ledger.trace.trace import Trace

CHINA: Final = timezone(timedelta(hours=8))
DIGITS: Final = 4  # of a share: a ten-thousandth of a lot


def format_trace(trace: Trace, *, evidence_url: str) -> JsonObject:
    """The answer for programs: the fields of architecture.md's interface, and ours besides."""
    herb = trace.herb
    return {
        "code": trace.asked.code,
        "serial": trace.asked.serial,
        "status": trace.status.code,
        "status_words": trace.status.words,
        "status_statement": trace.status.statement_id,
        "complete": trace.complete,
        "lot": trace.asked.uri,
        "name": trace.thing.name if trace.thing else "",
        "drug": trace.drug,
        "herb": {
            "cn": herb.cn if herb else trace.herb_text,
            "en": herb.en if herb else "",
            "latin": herb.latin if herb else "",
        },
        "origin": [
            {
                "county": county_name(code) if code else "",
                "county_code": code,
                "share": decimal(share),
            }
            for code, share in trace.origin
        ],
        "net_g": trace.net_g,
        "steps": [format_step(step) for step in trace.steps],
        "out_steps": [format_step(step) for step in trace.out_steps],
        "tests": [
            {**_tested(row), "statement_id": step.claim.statement_id} for step, row in trace.tests
        ],
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


def format_step(step: Step) -> JsonObject:
    """One step, with both its times."""
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
    }


def china_time(time_ms: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in China's zone."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(CHINA).isoformat("T", "seconds")


def decimal(share: Fraction) -> int | float:
    """A share between 0 and 1 as a JSON number, rounded to a ten-thousandth."""
    rounded = round(share, DIGITS)
    return int(rounded) if rounded.denominator == 1 else float(rounded)


def _tested(row: dict[str, JsonValue]) -> JsonObject:
    """One reported item: what was tested, its limit, what was found, and whether it passed."""
    return {name: row.get(name) for name in ("item", "op", "limit", "value", "unit", "passed")}
