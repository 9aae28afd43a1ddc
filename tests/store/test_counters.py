"""Tables beside the log: scans, tokens, and the counts of first pages."""

from ledger.store.recent import kinds_at, statement_count, statements_by_kind, things_made_by
from ledger.store.scans import count_scan, scans
from ledger.store.tokens import Bearer, bearer_of_token, keep_token, revoke_tokens
from tests.chain import Chain
from tests.season import grow, store_in


def test_scans_of_a_code_are_counted_by_day_and_province(chain: Chain) -> None:
    for day, province in (("1", "河南"), ("1", "河南"), ("1", "四川"), ("2", "河南")):
        count_scan(chain.store, "code", f"2026-11-0{day}", province)
    count_scan(chain.store, "other", "2026-11-01", "河南")
    found = scans(chain.store, "code")
    assert sorted(found) == [
        ("2026-11-01", "四川", 1),
        ("2026-11-01", "河南", 2),
        ("2026-11-02", "河南", 1),
    ]
    assert [row.day for row in found] == sorted(row.day for row in found)


def test_a_token_stands_for_one_person_of_an_actor_and_another_for_nobody(chain: Chain) -> None:
    first, second = (Bearer(actor=chain.actors["mill"], holder=each) for each in ("one", "two"))
    keep_token(chain.store, "ab" * 32, first, created_ms=chain.now_ms)
    keep_token(chain.store, "cd" * 32, second, created_ms=chain.now_ms)
    assert bearer_of_token(chain.store, "ab" * 32) == first
    assert bearer_of_token(chain.store, "ef" * 32) is None
    assert revoke_tokens(chain.store, first.actor, first.holder) == 1
    assert bearer_of_token(chain.store, "ab" * 32) is None
    assert bearer_of_token(chain.store, "cd" * 32) == second


def test_things_are_found_by_the_keys_that_made_them(chain: Chain) -> None:
    season = grow(chain)
    mill = chain.pens["mill"].key.key_id
    made = things_made_by(chain.store, [mill], limit=9)
    assert [thing.uri for thing in made] == [season.pack, season.dried]
    assert [thing.uri for thing in things_made_by(chain.store, [mill], limit=1)] == [season.pack]
    assert things_made_by(chain.store, [], limit=9) == []


def test_statements_are_counted_by_kind_and_since_a_time(chain: Chain) -> None:
    season = grow(chain)
    since = chain.now_ms
    store_in(chain, season.pack)
    assert statements_by_kind(chain.store, since_ms=since + 1) == {"STORE_IN": 1}
    counted = statements_by_kind(chain.store, since_ms=0)
    assert counted["STORE_IN"] == 2
    assert sum(counted.values()) == statement_count(chain.store)
    assert counted[""] == 12  # genesis, five admissions and enrolments, a site


def test_kinds_are_read_by_index(chain: Chain) -> None:
    season = grow(chain)
    with chain.store.reading() as reading:
        made = reading.things([season.dried])[season.dried].made_index
    assert kinds_at(chain.store, [0, made]) == {0: "", made: "DRY"}
    assert kinds_at(chain.store, []) == {}
