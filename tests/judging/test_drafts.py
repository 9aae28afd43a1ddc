"""What rules would say of a draft, also where a finding rests on more than it lists."""

from ledger.herbs.bodies import event_body
from ledger.herbs.events import parse_recorded_event
from ledger.judging.would import Would, would_raise
from ledger.rules.findings.finding import EVIDENCE_MAX
from tests.chain import Chain, clock_text
from tests.judging.test_following import settle
from tests.season import Season, grow

HOUR_MS = 3_600_000


def draft(chain: Chain, season: Season, mass_g: int | None, event_ms: int) -> Would:
    body = event_body(
        "STORE_OUT", event_time=clock_text(event_ms), about=[(season.dried, mass_g)], elements={}
    )
    with chain.store.reading() as reading:
        return would_raise(reading, chain.replica.registry, parse_recorded_event(body),
                           actor=chain.actors["mill"], now_ms=chain.now_ms)  # fmt: skip


def test_a_form_refuses_what_overdraws_a_lot_of_many_sales_though_no_finding_lists_it(
    file_chain: Chain,
) -> None:
    chain = file_chain
    season = grow(chain)
    first_ms = chain.now_ms
    chain.now_ms += (EVIDENCE_MAX + 100) * HOUR_MS  # no receipt is waited for any more
    chain.do("mill", "RECEIVE", about=[(season.dried, 9_000)], sent_g=9_000, event_ms=first_ms)
    chain.send(
        *(
            chain.event("mill", "STORE_OUT", about=[(season.dried, 100)],
                        event_ms=first_ms + number * HOUR_MS)
            for number in range(1, EVIDENCE_MAX + 20)
        )
    )  # fmt: skip
    settle(chain)
    among_ms = first_ms + EVIDENCE_MAX * HOUR_MS + 60_000
    assert draft(chain, season, 100, among_ms).refusing == ()
    refused = draft(chain, season, 900_000, among_ms).refusing
    assert {finding.rule for finding in refused} == {"MB4"}

    chain.do("mill", "STORE_OUT", about=[(season.dried, 900_000)], event_ms=among_ms)
    settle(chain)
    assert draft(chain, season, 1, chain.now_ms).refusing  # it makes more gone than there was
    assert (
        draft(chain, season, None, first_ms).refusing == ()
    )  # what stood before is none of the draft's doing
