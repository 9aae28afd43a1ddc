"""Two server processes on one PostgreSQL append at once: no fork, no gap, no deadlock."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep

import pytest

from api.settings import Settings
from ledger.herbs.identifiers import code_of_uri
from tests.chain import ACTORS
from tests.http.forking import Nursery, forked
from tests.http.load import Client, Seen, Watcher, Writer, check_audit, check_judgement, check_kept
from tests.http.served import as_json, found
from tests.season import grow

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

STATEMENTS = 400
PATIENCE_S = 40


def test_two_servers_append_to_one_log_at_once(
    postgres_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=postgres_url, requests_per_minute=0)
    beside, chain = found(settings)
    beside.store.engine.dispose()
    seen = Seen()
    with forked(nursery, settings) as first, forked(nursery, settings) as second:
        servers = [first, second]
        clients: list[Client] = [Watcher(seen, [first]), Watcher(seen, [second])]
        # Each device turns from one server to the other with every request.
        for number, who in enumerate(ACTORS):
            turned = servers if number % 2 else servers[::-1]
            clients.append(Writer(seen, turned, chain, who, many=1 + number))
        for client in clients:
            client.start()
        deadline = monotonic() + PATIENCE_S
        while len(seen.receipts) < STATEMENTS and monotonic() < deadline and not seen.wrong:
            sleep(0.05)
        for client in clients:
            client.end()

        assert seen.wrong == []
        assert len(seen.receipts) >= STATEMENTS
        assert all(client.turns for client in clients)
        check_kept(postgres_url, seen, chain.vkeys)
        both = {server.get("/log/checkpoint").text for server in servers}
        assert len(both) == 1, "both servers serve the newest checkpoint"
        for who, pen in chain.pens.items():
            heads = [server.get(f"/v1/keys/{pen.key.key_id}").json() for server in servers]
            assert heads[0] == heads[1], who
            assert heads[0]["next_seq"] == pen.seq
    check_audit(postgres_url)


def test_two_servers_judge_one_ledger(postgres_url: str, tmp_path: Path, nursery: Nursery) -> None:
    settings = Settings(data=tmp_path, database=postgres_url, requests_per_minute=0)
    beside, chain = found(settings)
    season = grow(chain)
    beside.store.engine.dispose()
    with forked(nursery, settings) as first, forked(nursery, settings) as second:
        for number, server in zip(range(12), cycle((first, second)), strict=False):
            sprayed = chain.event(
                "cooperative", "PESTICIDE", about=[(season.crop, None)], phi_days=7,
                active_ingredient=f"甲胺磷 {number + 1}%", toxicity="高毒", area_m2=667,
                dose="40克/亩", reg_no=f"PD{number}",
            )  # fmt: skip
            assert server.post(as_json(sprayed)).status_code == 201
            # Whichever server took it, both know at once that the crop is on hold.
            for asked in (first, second):
                trace = asked.get(f"/v1/trace?code={code_of_uri(season.crop)}").json()
                assert trace["judged"]
                assert trace["status"] == "held"
    _, findings = check_judgement(postgres_url)
    assert len([each for each in findings if each.finding.rule == "PB1"]) == 12


def test_a_statement_repeated_at_the_other_server_gets_its_first_receipt(
    postgres_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=postgres_url, requests_per_minute=0)
    beside, chain = found(settings)
    beside.store.engine.dispose()
    with forked(nursery, settings) as first, forked(nursery, settings) as second:
        turns = cycle((first, second))
        for _ in range(3):
            posted = as_json(chain.event("mill", "HOLD", about=[(chain.lot(), None)]))
            here, there = next(turns), next(turns)
            next(turns)
            receipt = here.post(posted).json()
            assert receipt["finality"] == "recorded"
            assert there.post(posted).json() == receipt


def test_rival_statements_at_two_servers_leave_one_leaf_and_one_rival(
    postgres_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    settings = Settings(data=tmp_path, database=postgres_url, requests_per_minute=0)
    beside, chain = found(settings)
    pen = chain.pens["mill"]
    rivals = []
    for _ in range(2):
        pen.seq, pen.prev = 0, None
        rivals.append(as_json(chain.event("mill", "HOLD", about=[(chain.lot(), None)])))
    with (
        forked(nursery, settings) as first,
        forked(nursery, settings) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        waiting = [
            pool.submit(server.post, rival)
            for server, rival in zip((first, second), rivals, strict=True)
        ]
        answers = [one.result() for one in waiting]
    statuses = sorted(answer.status_code for answer in answers)
    with beside.store.reading() as reading:
        kept = reading.rivals()
    beside.store.engine.dispose()

    assert statuses == [201, 409]
    assert len(kept) == 1
