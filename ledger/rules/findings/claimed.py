"""What a rule finds, and what it finds only by the words of strangers: the claims among findings.

A rule reads a history twice where strangers spoke in it: with their words and without. What stands
without them stands. A cheat does not escape by what others say for him, nor is he accused by it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ledger.rules.findings.finding import Found, Reference, Rule
from ledger.rules.history.fact import Fact, ids
from ledger.rules.history.history import History


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
    said, took = history.strangers.said, history.strangers.took
    known: dict[str, list[frozenset[str]]] = {}
    for each in firm:
        known.setdefault(each.subject, []).append(frozenset(each.statement_ids))
    for each in found:
        # The same finding, but for what strangers add to it, is none of theirs.
        named = frozenset(each.statement_ids)
        if any(firmly <= named for firmly in known.get(each.subject, ())):
            continue
        by = _signers(said, each.statement_ids) or _signers(took, each.statement_ids)
        by = by or _signers(said, [each.subject]) or _signers(took, [each.subject])
        # Whoever accuses his own lot by what he says of another's is heard.
        claimed_by = tuple(sorted(by)) if by - {history.owner(each.subject)} else ()
        yield replace(each, claimed_by=claimed_by)


def _signers(strangers: Mapping[str, frozenset[str]], names: Iterable[str]) -> set[str]:
    return {actor for name in names for actor in strangers.get(name, ())}
