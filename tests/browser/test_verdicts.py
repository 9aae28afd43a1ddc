"""The phone's verifier and Python's give every file, good or spoilt, one verdict."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random  # noqa: TID251 — seeded: the same in every run

import pytest
from playwright.sync_api import Browser, Page

from api.public.script import PHONE, WHOLE
from tests.browser.judging import SOURCES, Case, case, judged, judging_page
from tests.chain import Chain
from tests.evidence.conftest import Season, open_season
from tests.evidence.forge import Forge
from tests.evidence.mutations import mutated
from tests.evidence.people import LOT, MILL, SITE, a_season
from tests.evidence.test_files import ATTACKS
from tests.evidence.test_statements import COOP, FARMER, FORBIDDEN, a_ledger, a_lot
from tests.evidence.worlds import random_world

pytestmark = pytest.mark.browser

HOLDS, UNKNOWN = ("holds", None), ("unknown", None)
CANNOT = ("cannot_be_checked", None)
JUNK = (
    *(b"", b"[]", b"{", b"\xef\xbb\xbf{}", b'{"format":"\xff"}', b'{"a":1,"a":1}', b"null"),
    *(b'{"a":{"b":1,"\\u0062":2}}', b'{"a":NaN}', b'{"a":"\\"}', b'{"a":["x","x"]}'),
)


@pytest.fixture(scope="module")
def past(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """A season on a real ledger, whose evidence is then tampered with."""
    with open_season(sqlite_template, tmp_path_factory.mktemp("past")) as opened:
        yield opened


@pytest.fixture(scope="module", params=[PHONE, WHOLE])
def judge_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The verifier as phones load it: what most packets need, then the whole; or that at once."""
    page = judging_page(browser, request.param)
    yield page
    page.close()


def agree(page: Page, cases: list[Case]) -> list[tuple[str, str | None]]:
    """Both verdicts, which must be one."""
    found = judged(page, cases)
    differ = [
        (one.why, one.python, theirs)
        for one, theirs in zip(cases, found, strict=True)
        if one.python != theirs
    ]
    assert differ == []
    return found


def honest_cases(past: Season) -> list[Case]:
    nowhere = past.chain.lot()
    other = past.chain.policy(past.things["other"])
    return [
        case(past.bundle, past.policy),
        case(past.other, other),
        case(past.chain.evidence(nowhere), past.chain.policy(nowhere)),
    ]


def test_what_is_honest_holds_and_what_is_absent_is_unknown(past: Season, judge_page: Page) -> None:
    assert agree(judge_page, honest_cases(past)) == [HOLDS, HOLDS, UNKNOWN]


def test_every_attack_fails_at_the_check_that_python_names(past: Season, judge_page: Page) -> None:
    cases = []
    for why, (_, attack) in ATTACKS.items():
        bundle = deepcopy(past.bundle)
        attack(bundle, past)
        cases.append(case(bundle, past.policy, why))
    assert agree(judge_page, cases) == [("does_not_hold", check) for check, _ in ATTACKS.values()]


def test_a_statement_of_another_form_fails_in_both(judge_page: Page) -> None:
    forges = [a_lot(**changes) for changes in FORBIDDEN]
    cases = [told_of(LOT, forge) for forge in forges]
    assert set(agree(judge_page, cases)) == {("does_not_hold", "statement")}


def told_of(uri: str, forge: Forge) -> Case:
    return case(forge.bundle(uri), forge.policy(uri))


def test_whatever_a_sites_own_body_says_besides_it_stands_on_the_site(judge_page: Page) -> None:
    cases = []
    for member in ("actor", "kid", "registrar", "spki", ""):
        forge = a_ledger()
        forge.say(FARMER, "site.register", {"site": SITE, member: COOP}, [SITE])
        cases.append(told_of(SITE, forge))
    assert set(agree(judge_page, cases)) == {HOLDS}


def test_a_log_key_of_an_unknown_type_is_as_if_it_were_not_given(judge_page: Page) -> None:
    forge = a_lot()
    name, _, spelled = forge.vkey.split("+", 2)
    cases = []
    for tag in (b"\x00", b"\x04", b"\x10"):
        public = tag + b64decode(spelled)[1:]
        told = sha256(f"{name}\n".encode() + public).digest()[:4]
        vkey = f"{name}+{told.hex()}+{b64encode(public).decode()}"
        bundle = forge.bundle(LOT)
        text, _, line = str(bundle["checkpoint"]).rpartition(" ")
        line = b64encode(told + b64decode(line)[4:]).decode()
        policy = replace(forge.policy(LOT), log_keys=(vkey,))
        cases.append(case({**bundle, "checkpoint": f"{text} {line}\n"}, policy, vkey))
    assert set(agree(judge_page, cases)) == {("does_not_hold", "checkpoint")}


def test_what_is_no_json_object_of_ours_fails_at_the_checkpoint(
    past: Season, judge_page: Page
) -> None:
    found = agree(judge_page, [case(raw, past.policy, repr(raw)) for raw in JUNK])
    assert set(found) == {("does_not_hold", "checkpoint")}


def test_a_file_changed_anywhere_gets_one_verdict(past: Season, judge_page: Page) -> None:
    chances = [Random(f"phone {seed}") for seed in range(80)]  # noqa: S311 — no secret
    cases = [case(mutated(past.bundle, past.other, one), past.policy) for one in chances]
    assert len(set(agree(judge_page, cases))) > 5


def test_a_ledger_whose_keys_sign_anything_gets_one_verdict(judge_page: Page) -> None:
    worlds = [random_world(Random(f"phone {seed}")) for seed in range(80)]  # noqa: S311 — no secret
    found = agree(judge_page, [case(world.bundle, world.policy) for world in worlds])
    assert set(found) >= {HOLDS, CANNOT, ("does_not_hold", "standing")}


def test_the_sources_that_people_read_judge_as_the_script_that_phones_load(
    past: Season, browser: Browser
) -> None:
    page = judging_page(browser, SOURCES)
    agree(page, honest_cases(past))
    page.close()


def test_what_most_packets_need_is_in_the_first_script(past: Season, browser: Browser) -> None:
    page = judging_page(browser, PHONE)
    usual = [one for one in honest_cases(past) if not json.loads(one.raw)["openings"]]
    assert len(agree(page, usual)) == len(honest_cases(past)) - 1
    assert page.evaluate("window.anew") == 0

    agree(page, honest_cases(past))
    assert page.evaluate("window.anew") == 1, "openings are for the whole script"
    page.close()


def test_a_phone_without_ed25519_checks_by_p256(past: Season, browser: Browser) -> None:
    page = judging_page(browser, ed25519=False)
    # Everybody here signs with P-256, and the checkpoint has a line of that kind too.
    assert judged(page, honest_cases(past)) == [HOLDS, HOLDS, UNKNOWN]
    attacks = [deepcopy(past.bundle) for _ in ATTACKS]
    for bundle, (_, attack) in zip(attacks, ATTACKS.values(), strict=True):
        attack(bundle, past)
    found = judged(page, [case(bundle, past.policy) for bundle in attacks])
    assert {outcome for outcome, _ in found} == {"does_not_hold"}
    page.close()


def test_what_an_ed25519_key_signed_cannot_be_checked_without_ed25519(
    file_chain: Chain, browser: Browser
) -> None:
    file_chain.admit("weaver", "processor", alg="Ed25519")
    site = file_chain.site("weaver")
    page = judging_page(browser, ed25519=False)
    assert judged(page, [case(file_chain.evidence(site), file_chain.policy(site))]) == [CANNOT]
    page.close()


def test_a_forged_season_holds_in_both(judge_page: Page) -> None:
    forge = a_season()
    forge.make(next(iter(forge.signers.values())), LOT)
    cases = [case(forge.bundle(uri), forge.policy(uri)) for uri in (LOT, MILL)]
    assert agree(judge_page, cases)[0] == HOLDS
