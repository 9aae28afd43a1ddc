"""What bases say that their land bears: members `caps` of site statements, read for the rules."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from ledger.canonical import JsonValue
from ledger.rules.history.days import day_of
from ledger.rules.history.known import BaseCap
from ledger.statements.statement import Claim

SITE_KINDS: Final = frozenset({"site.register", "site.amend"})
CAP_KG_MU_MAX: Final = 100_000  # fresh kg per 亩; no field bears a tenth of it


def base_caps(stated: Iterable[tuple[Claim, int]]) -> dict[str, tuple[BaseCap, ...]]:
    """Caps by site, from claims with the epoch milliseconds of their recording, in log order.

    Each is `{"herb", "fresh_kg_mu", "effective_from", "source"}`. Who may state them the log has
    judged: a site's actor or a registrar. What has another form says nothing.
    """
    found: dict[str, list[BaseCap]] = {}
    for claim, recorded_ms in stated:
        if claim.kind in SITE_KINDS:
            site = str(claim.body.get("site"))
            found.setdefault(site, []).extend(caps_of(claim, recorded_ms))
    return {site: tuple(caps) for site, caps in found.items()}


def caps_of(claim: Claim, recorded_ms: int) -> Iterator[BaseCap]:
    """Caps that one site statement states; they count from the day of its recording at first."""
    rows = claim.body.get("caps")
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        herb, fresh_kg_mu = row.get("herb"), row.get("fresh_kg_mu")
        since = _day(row.get("effective_from"))
        if isinstance(herb, str) and _is_cap(fresh_kg_mu) and since is not None:
            yield BaseCap(
                herb=herb,
                fresh_kg_mu=int(str(fresh_kg_mu)),
                effective_from=max(since, day_of(recorded_ms)),
                source=str(row.get("source", "")),
                statement_id=claim.statement_id,
            )


def _is_cap(value: JsonValue) -> bool:
    return type(value) is int and 0 < value <= CAP_KG_MU_MAX


def _day(value: JsonValue) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
