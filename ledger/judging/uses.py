"""Which uses of a thing count as taken from it: a stranger's is a claim, and leaves its grams."""

from ledger.judging.shelf import LedgerShelf, Memory
from ledger.rules.history.voices import strange_words
from ledger.rules.scopes.pool import Pool
from ledger.seam import Reading
from ledger.statements.standing import Registry


def claimed_uses(reading: Reading, registry: Registry, thing: str, *, reader: str) -> set[int]:
    """Leaf indices of statements that take of a thing to which nobody handed it on paper.

    Never those that `reader` signed, an actor: what he took he cannot take again. Of what is not
    judged yet, none. Balances give such a use what others leave, see `rules.strangers`.
    """
    pool = Pool(LedgerShelf(reading, registry, stop=reading.judged().through, memory=Memory()))
    uses = pool.approved(pool.of(["used"], [thing]))
    strange = strange_words(uses, pool)
    return {
        fact.index
        for fact in uses
        if (fact.statement_id, thing) in strange and reader not in fact.signers
    }
