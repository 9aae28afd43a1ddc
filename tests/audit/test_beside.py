"""What is kept beside the log: a changed opening or rival is named; an erased one is no finding."""

import pytest

from ledger.audit.findings import Finding
from ledger.audit.replay import audit
from tests.attacker import attack, drop_triggers, write_entry
from tests.chain import Chain
from tests.parcels import silent, stored
from tests.season import grow

CHANGED = {
    "statement_id": "'00'",
    "name": "'buyer'",
    "salt": "'AAAAAAAAAAAAAAAAAAAAAA'",
    "value": "'[\"somebody else\"]'",
}


def findings(chain: Chain) -> tuple[Finding, ...]:
    return audit(chain.store, progress=silent).findings


@pytest.mark.parametrize("column", CHANGED)
def test_a_changed_opening_is_named(chain: Chain, column: str) -> None:
    grow(chain)
    attack(chain.store.engine, f"UPDATE opening SET {column} = {CHANGED[column]}")
    (found,) = findings(chain)
    assert (found.code, found.table) == ("opening_differs", "opening")
    assert (found.leaf is None) == (column == "statement_id")


def test_an_opening_that_is_no_json_is_named(chain: Chain) -> None:
    grow(chain)
    attack(chain.store.engine, "UPDATE opening SET value = '['")
    (found,) = findings(chain)
    assert (found.code, "is no JSON" in found.reason) == ("opening_differs", True)


def test_an_erased_opening_is_no_finding(chain: Chain) -> None:
    grow(chain)
    attack(chain.store.engine, "DELETE FROM opening")
    assert findings(chain) == ()


def test_an_opening_of_a_statement_that_is_gone_is_named_once_by_its_leaf(chain: Chain) -> None:
    grow(chain)
    with chain.store.reading() as reading:
        (index,) = reading.index_of(reading.opened(after="", limit=1)).values()
    drop_triggers(chain.store.engine)
    write_entry(chain.store.engine, index, "payload", None)
    told = [(one.code, one.leaf) for one in findings(chain)]
    assert ("statement_damaged", index) in told
    assert "opening_differs" not in {code for code, _ in told}


@pytest.mark.parametrize(
    "change", ["statement_id = '00'", "key_seq = key_seq + 1", "payload = signature"]
)
def test_a_changed_rival_is_named(chain: Chain, change: str) -> None:
    phone = chain.pens["mill"]
    head = (phone.seq, phone.prev)
    first = stored(chain)
    phone.seq, phone.prev = head
    chain.send(first, stored(chain))
    assert findings(chain) == ()
    attack(chain.store.engine, f"UPDATE rival SET {change}")
    (found,) = findings(chain)
    assert (found.code, found.table) == ("rival_damaged", "rival")
