"""What older rules judged is judged anew; what newer ones judged is left alone."""

import pytest
from structlog.testing import capture_logs

from api.opened.judging import Judge, with_judgement
from ledger.audit.findings import AuditReport
from ledger.audit.replay import audit
from ledger.judging import anew, follow
from ledger.judging.follow import Follower, Pass
from ledger.rules.rulebook import RULES
from ledger.rules.scopes.bench import OF_ALL
from ledger.rules.version import VERSION
from ledger.seam import Judged
from ledger.store.ledger import understand
from ledger.store.tables import finding, topic, waiting
from tests.attacker import attack, dump
from tests.chain import Chain
from tests.judging.test_following import (
    Held,
    differences,
    kept,
    settle,
    spray,
    two_actors_use_the_same_kilograms,
)
from tests.parcels import silent
from tests.season import Season, grow

OF_A_RULE_THAT_IS_GONE = (
    "INSERT INTO finding SELECT 'market|x', 0, 'gone', 'XX9', severity, subject, statement_ids,"
    " message_cn, message_en, hook, holds, unverified, raised_ms, since_ms, lifted_by,"
    " claimed_by, 0 FROM finding WHERE rule = 'PB1'"
)
OF_AN_OLDER_VERSION = (
    "UPDATE finding SET version = 0",
    "UPDATE judged SET version = 0",
)


@pytest.fixture
def season(chain: Chain) -> Season:
    """A season with a hold and a red finding, judged by rules that are older than this program.

    They found other words, knew rules that are gone, and looked statements up by other topics.
    """
    season = grow(chain)
    spray(chain, season)
    two_actors_use_the_same_kilograms(chain, season)
    settle(chain)
    for command in (
        *OF_AN_OLDER_VERSION,
        "UPDATE finding SET message_cn = '旧规则的话', severity = 'amber' WHERE rule = 'PB1'",
        "DELETE FROM finding WHERE rule = 'MB4'",
        OF_A_RULE_THAT_IS_GONE,
        "INSERT INTO waiting VALUES ('market|x', 5)",
        "DELETE FROM topic WHERE substr(topic, 1, 5) = 'made|'",
        "INSERT INTO topic VALUES ('market|wenxian', 3)",
    ):
        attack(chain.store.engine, command)
    return season


def judged(chain: Chain) -> Judged:
    with chain.store.reading() as reading:
        return reading.judged()


def audited(chain: Chain) -> AuditReport:
    return with_judgement(audit(chain.store, progress=silent), chain.store)


def a_pass(chain: Chain, follower: Follower | None = None, *, renewing: bool = True) -> Pass:
    return (follower or Follower(chain.store)).judge(
        chain.replica.registry, size=chain.replica.size, now_ms=chain.now_ms, sweep_ms=0,
        renewing=renewing,
    )  # fmt: skip


def judge_of(chain: Chain) -> Judge:
    return Judge(chain.store, chain.replica, lambda: chain.now_ms)


def judgement(chain: Chain) -> object:
    """All that is judged but when: findings, topics, what waits."""
    return dump(chain.store.engine, (finding, topic, waiting))


@pytest.mark.usefixtures("season")
def test_what_older_rules_judged_is_judged_anew_as_if_for_the_first_time(chain: Chain) -> None:
    settle(chain)
    renewed = judgement(chain)
    assert {each.finding.rule for each in kept(chain)} >= {"PB1", "MB4"}
    assert differences(chain) == []
    assert judged(chain).is_ours
    chain.store.rebuild(understand, silent)
    settle(chain)
    assert judgement(chain) == renewed


def test_a_hold_stays_at_every_moment_until_new_rules_have_judged_it(
    chain: Chain, season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LEAVES_MAX", 2)
    monkeypatch.setattr(anew, "INDEXED_MAX", 5)
    words = []
    while not words or a_pass(chain).more:  # each time by a process that remembers nothing
        (held,) = kept(chain, "PB1")
        assert held.stands
        assert held.finding.subject == season.crop
        words.append(held.finding.message_cn)
    assert words[0] == "旧规则的话"
    assert words[-1] != "旧规则的话"
    assert len(words) > chain.replica.size // 2
    settle(chain)
    assert differences(chain) == []


@pytest.mark.usefixtures("season")
def test_an_audit_in_between_says_who_judged_and_finds_no_differences(chain: Chain) -> None:
    before = audited(chain)
    assert (before.clean, [each.code for each in before.unchecked]) == (
        True, ["judged_by_another_version"],
    )  # fmt: skip
    assert f"version 0 of the rules, this program has {VERSION}" in before.unchecked[0].reason
    a_pass(chain)
    assert "is being judged anew" in audited(chain).unchecked[0].reason
    settle(chain)
    after = audited(chain)
    assert (after.clean, after.unchecked) == (True, ())


def test_who_only_reads_waits_for_new_statements_and_not_for_old_ones(
    chain: Chain, season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LEAVES_MAX", 5)
    judge = judge_of(chain)
    assert not judge.catch_up()
    assert judged(chain).version == 0, "who asks for a page does not take the ledger over"
    while judged(chain).to_index or judged(chain).version == 0:
        judge.step()
    left = judged(chain).to_judge
    assert left > 5
    spray(chain, season, dose="50克/亩")
    assert not judge.catch_up(), "what is shown is not all judged by these rules"
    assert judged(chain).through == chain.replica.size
    assert judged(chain).to_judge == left
    assert [each.stands for each in kept(chain, "PB1")] == [True, True]
    judge.settle()
    assert judge.catch_up()
    assert differences(chain) == []


@pytest.mark.usefixtures("season")
def test_the_log_says_once_that_another_version_judged(chain: Chain) -> None:
    judge = judge_of(chain)
    with capture_logs() as lines:
        judge.settle()
        judge.settle()
    assert [line for line in lines if line["event"] == "judged_by_another_version"] == [
        {"event": "judged_by_another_version", "log_level": "warning", "judged_by": 0,
         "this_program": VERSION, "anew": True},
    ]  # fmt: skip


def test_what_newer_rules_judged_is_left_alone_until_a_rebuild(chain: Chain) -> None:
    season = grow(chain)
    settle(chain)
    spray(chain, season)
    attack(chain.store.engine, f"UPDATE judged SET version = {VERSION + 1}")
    before, found = judged(chain), judgement(chain)
    judge = judge_of(chain)
    with capture_logs() as lines:
        assert not judge.catch_up()
        judge.settle()
    assert (judged(chain), judgement(chain)) == (before, found)
    assert [(line["judged_by"], line["anew"]) for line in lines] == [(VERSION + 1, False)]
    assert "`daodi rebuild`" in audited(chain).unchecked[0].reason
    chain.store.rebuild(understand, silent)
    judge.settle()
    assert [each.stands for each in kept(chain, "PB1")] == [True]
    assert (audited(chain).clean, audited(chain).unchecked) == (True, ())


def test_of_two_versions_at_one_database_the_newer_judges_and_the_older_stops(
    chain: Chain,
) -> None:
    """The older one is under way with a pass when the newer one takes the ledger over."""
    season = grow(chain)
    settle(chain)
    spray(chain, season)
    older = Held(chain.store)
    assert (
        Follower(older)
        .judge(chain.replica.registry, size=chain.replica.size, now_ms=chain.now_ms, sweep_ms=0)
        .more
    )
    newer = f"UPDATE judged SET version = {VERSION + 1}, to_index = through, to_judge = through"
    attack(chain.store.engine, newer)
    assert older.verdicts is not None
    assert not chain.store.keep_verdicts(older.verdicts)
    taken = judged(chain)
    for _ in range(3):
        assert not a_pass(chain).more
        assert not Follower(chain.store).sweep(chain.replica.registry, now_ms=chain.now_ms).wide_due
    assert judged(chain) == taken


@pytest.mark.usefixtures("season")
def test_two_processes_of_one_version_judge_anew_side_by_side(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LEAVES_MAX", 3)
    one, other = Follower(chain.store), Follower(chain.store)
    slow = Held(chain.store)
    while a_pass(chain, Follower(slow)).more:
        assert slow.verdicts is not None
        a_pass(chain, one)
        assert not chain.store.keep_verdicts(slow.verdicts), "somebody else has done that"
        a_pass(chain, other)
        if judged(chain).is_ours:
            break
    settle(chain)
    assert differences(chain) == []


def test_every_rule_that_the_sweep_judges_is_a_rule() -> None:
    """What an older version found by these stays until the sweep that ends judging anew."""
    assert {rule.id for rule in RULES} >= OF_ALL
