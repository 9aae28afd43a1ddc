"""What a rule finds, and what it finds only by the words of strangers: the claims among findings.

A rule reads a history twice where strangers spoke in it: with their words and without. What stands
without them stands. A cheat does not escape by what others say for him, nor is he accused by it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ledger.rules.findings import Found, Reference, Rule, ids
from ledger.rules.history import Fact
from ledger.rules.season import History


def found_and_claimed(
    rule: Rule, history: History, reference: Reference, now_ms: int
) -> list[Found]:
    """What a rule finds in a history; what only strangers say has them in `claimed_by`."""
    found = list(rule.judge(history, reference, now_ms))
    if history.quiet is None or rule.hears:
        return found
    firm = list(rule.judge(history.quiet, reference, now_ms))
    return [*firm, *_resting_on_others(found, firm, history)]


def told_apart(facts: Iterable[Fact], found: Found, history: History) -> Iterator[Found]:
    """A finding by each of these facts: one by those that count, one by those of strangers.

    `found` has the statements that it rests on besides, and its words.
    """
    given = list(facts)
    odd = [fact for fact in given if (fact.statement_id, found.subject) in history.strange]
    firm = [fact for fact in given if fact not in odd]
    if firm:
        yield replace(found, statement_ids=ids(*firm) + found.statement_ids)
    if odd:
        by = {actor for fact in odd for actor in fact.signers}
        yield replace(
            found,
            statement_ids=ids(*odd) + found.statement_ids,
            claimed_by=tuple(sorted(by)),
        )


def _resting_on_others(
    found: Iterable[Found], firm: Sequence[Found], history: History
) -> Iterator[Found]:
    """What was not found without strangers: claims, and what somebody says of his own things."""
    said, took = _strangers(history)
    for each in found:
        if any(_covers(known, each) for known in firm):
            continue
        by = _signers(said, each.statement_ids) or _signers(took, each.statement_ids)
        by = by or _signers(said, [each.subject]) or _signers(took, [each.subject])
        # Whoever accuses his own lot by what he says of another's is heard.
        claimed_by = tuple(sorted(by)) if by - {history.owner(each.subject)} else ()
        yield replace(each, claimed_by=claimed_by)


def _covers(firm: Found, found: Found) -> bool:
    """Whether it is the same finding, but for what strangers add to it."""
    return firm.subject == found.subject and set(firm.statement_ids) <= set(found.statement_ids)


def _strangers(history: History) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By statement and by thing: strangers who say something of a thing, and who took of it."""
    facts = {fact.statement_id: fact for fact in history.facts}
    said: dict[str, set[str]] = {}
    took: dict[str, set[str]] = {}
    for statement, thing in history.strange:
        fact = facts[statement]
        taken = any(each.uri == thing for each in fact.event.inputs)
        for name in (statement, thing):
            (took if taken else said).setdefault(name, set()).update(fact.signers)
    return said, took


def _signers(strangers: Mapping[str, set[str]], names: Iterable[str]) -> set[str]:
    return {actor for name in names for actor in strangers.get(name, ())}
