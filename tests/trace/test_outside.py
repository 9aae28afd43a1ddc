"""What others pile on a lot's chains is told apart, and only a pile is."""

from datetime import date

from ledger.trace.claims import OUTSIDE_MAX
from ledger.trace.trace import Asked, Trace, trace
from tests import packets
from tests.chain import Chain
from tests.packets import Packet

SECRET = bytes(32)


def traced(chain: Chain, made: Packet) -> Trace:
    asked = Asked(uri=made.season.pack, serial=7)
    return trace(chain.store, chain.replica, asked, today=date(2026, 4, 2))


def kinds(found: Trace) -> set[tuple[str, str]]:
    """Who wrote what of what is told apart."""
    return {
        (step.actor.name if step.actor else "", step.kind)
        for step in found.steps
        if step.claim.statement_id in found.outside
    }


def test_a_few_statements_of_others_stand_where_they_happened(file_chain: Chain) -> None:
    made = packets.packet(file_chain, SECRET)
    packets.pile(file_chain, made, OUTSIDE_MAX)
    assert traced(file_chain, made).outside == frozenset()

    packets.pile(file_chain, made, 1)
    assert len(traced(file_chain, made).outside) == OUTSIDE_MAX + 1
    assert kinds(traced(file_chain, made)) == {("竞争合作社", "FIELD_WORK")}


def test_who_grew_made_released_or_tested_it_is_never_told_apart(file_chain: Chain) -> None:
    made = packets.packet(file_chain, SECRET)
    for _ in range(OUTSIDE_MAX + 1):
        packets.examine(file_chain, made.season.pack)
    packets.pile(file_chain, made, OUTSIDE_MAX + 1, who="cooperative")
    file_chain.admit("bureau", "supervisor")
    packets.pile(file_chain, made, OUTSIDE_MAX + 1, who="bureau")

    assert traced(file_chain, made).outside == frozenset()


def test_a_test_by_who_is_no_laboratory_is_told_apart_with_the_pile(file_chain: Chain) -> None:
    made = packets.packet(file_chain, SECRET)
    packets.pile(file_chain, made, OUTSIDE_MAX)
    file_chain.do(
        "neighbour", "RETEST", about=[(made.season.pack, None)], conclusion="pass", items=[]
    )

    assert kinds(traced(file_chain, made)) == {
        ("竞争合作社", "FIELD_WORK"),
        ("竞争合作社", "RETEST"),
    }


def test_the_newest_claim_stays_among_the_steps(file_chain: Chain) -> None:
    made = packets.packet(file_chain, SECRET)
    packets.pile(file_chain, made, OUTSIDE_MAX)
    for _ in range(2):
        file_chain.do("neighbour", "HOLD", about=[(made.season.pack, None)], reason="声称")

    found = traced(file_chain, made)

    newest = [step for step in found.steps if step.claim.statement_id in found.claims][-1]
    assert len(found.claims) == 2
    assert len(found.claims & found.outside) == 1
    assert newest.claim.statement_id not in found.outside
    assert found.status.code == "recorded"
