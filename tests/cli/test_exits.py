"""Exit codes of the command: 0 yes, 1 no, 2 usage, 3 cannot be checked, 4 unknown."""

import json
from collections.abc import Callable

import click
import pytest

from api import cli
from api.cli import main
from api.commands import relations
from api.commands.exits import exit_code
from ledger.errors import CannotCheckError, FormError, NotFoundError, StoreError
from ledger.store.engine import open_engine
from tests.attacker import attack
from tests.cli.desk import Desk
from tests.older import undo_0010, undo_0011


def test_every_refusal_has_its_exit_code() -> None:
    codes = {
        1: FormError("bad_event", "no"),
        3: StoreError("database_behind", "older"),
        4: NotFoundError("unknown_code", "never seen"),
    }
    assert {exit_code(error): code for code, error in codes.items()} == {1: 1, 3: 3, 4: 4}
    assert exit_code(CannotCheckError("of another version")) == 3
    assert exit_code(NotFoundError("evidence_not_ready", "not yet")) == 3


@pytest.mark.parametrize(
    "typed",
    [
        ("trace", "x"), ("evidence", "x"), ("audit",), ("rebuild",), ("export",), ("migrate",),
        ("ledger", "show"), ("witness", "checkpoint"), ("token", "--actor", "urn:daodi:actor:x"),
        ("serve",),
    ],
)  # fmt: skip
def test_a_ledger_that_is_not_there_cannot_be_checked(bare: Desk, typed: tuple[str, ...]) -> None:
    refused = bare.on(*typed, expect=3)
    assert "not_set_up" in refused.stderr
    assert "账本还没有建立" in refused.stderr
    assert not bare.data.exists()


@pytest.mark.parametrize(
    "typed",
    [
        ("record",), ("trace",), ("no-such-command",), ("key", "new"), ("ledger", "show", "--jsn"),
        ("record", "--key", "/nowhere", "--event", "-"), ("verify",), ("backup",),
    ],
)  # fmt: skip
def test_wrong_usage_is_2(desk: Desk, typed: tuple[str, ...]) -> None:
    desk.run(*typed, expect=2)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "not_json"),
        (b"[]", "wrong_type"),
        (b"{}", "missing_member"),
        (b'{"kind":"DANCE","body":{}}', "unknown_kind"),
        (b'{"kind":"HARVEST","when":"today"}', "unknown_member"),
        (b'{"kind":"HARVEST","outputs":[1]}', "wrong_type"),
        (b'{"kind":"HARVEST","outputs":"x"}', "wrong_type"),
        (b'{"kind":"HARVEST","outputs":["x"],"event_time":"yesterday"}', "bad_event"),
        (b'{"kind":"HARVEST","event_time":1}', "wrong_type"),
        (b'{"kind":"HARVEST","elements":[]}', "wrong_type"),
        (b'{"kind":"site.register","body":{"site":"x"}}', "bad_body"),
        (b'{"kind":"actor.admit","body":{},"subjects":[1]}', "wrong_type"),
    ],
)
def test_an_event_file_that_says_nothing_recordable_is_refused_by_name(
    desk: Desk, raw: bytes, code: str
) -> None:
    typed = ("record", "--key", desk.folder / "device.pem", "--event", "-")
    assert f"[{code}]" in desk.on(*typed, expect=1, stdin=raw).stderr
    assert desk.answer("audit")["statements"] == 3  # genesis, actor, key: nothing was added


def test_a_folder_that_holds_a_ledger_is_not_founded_again(desk: Desk) -> None:
    before = desk.answer("ledger", "show")
    refused = desk.on("ledger", "found", "--origin", "other.example/log", expect=1)
    assert "already_registered" in refused.stderr
    assert desk.answer("ledger", "show") == before


def test_a_ledger_of_an_older_version_is_opened_once_it_is_migrated(desk: Desk) -> None:
    pack = desk.season()
    before = desk.answer("trace", pack)
    engine = open_engine(f"sqlite:///{desk.data / 'ledger.db'}")
    undo_0011(engine)
    undo_0010(engine)
    attack(engine, "ALTER TABLE finding DROP COLUMN claimed_by")
    attack(engine, "ALTER TABLE token DROP COLUMN holder")
    attack(engine, "UPDATE alembic_version SET version_num = '0007'")
    attack(engine, "DELETE FROM thing")  # of an older version a projection may lack anything
    engine.dispose()
    assert "daodi migrate" in desk.on("trace", pack, expect=3).stderr
    for _ in range(2):
        assert "最新版本" in desk.on("migrate").stdout
        assert desk.answer("trace", pack) == before
    assert desk.answer("audit")["clean"]


def test_evidence_whose_making_has_not_arrived_cannot_be_given_yet(desk: Desk) -> None:
    lot, crop = desk.lot(), desk.lot().replace("/lot/", "/crop/")
    desk.record({"kind": "HARVEST", "inputs": [crop], "outputs": [[lot, 1_000]]})
    assert "evidence_not_ready" in desk.on("evidence", lot, expect=3).stderr


def test_a_file_that_is_not_there_is_a_slip_of_usage(desk: Desk) -> None:
    desk.run("verify", desk.folder / "none", "--asked", "x", expect=2)
    desk.on("import", desk.folder / "none", expect=2)


def test_a_key_that_others_can_read_is_not_used(desk: Desk) -> None:
    key = desk.folder / "device.pem"
    key.chmod(0o644)
    refused = desk.record({"kind": "SEED_REGISTER", "outputs": [desk.lot()]}, expect=3)
    assert "0644" in refused.stderr


def test_what_nobody_foresaw_is_no_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def burst(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("api.opened.ledger.OpenedLedger.described", burst)
    refused = desk.on("ledger", "show", expect=3)
    assert "[internal] ZeroDivisionError: of all things" in refused.stderr


def test_every_command_explains_itself(bare: Desk) -> None:
    for words in every_command(main, ()):
        assert "Usage" in bare.run(*words, "--help").stdout or words == ("verify",)


def test_every_command_that_prints_a_result_prints_json_too() -> None:
    # Of these, some print nothing to read and others print JSON alone.
    silent = {"export", "migrate", "serve", "verify", "bench", "draw", "credit"}
    named = dict(cli.main.commands)
    for words in every_command(main, ()):
        command: click.Command = named[words[0]]
        for word in words[1:]:
            assert isinstance(command, click.Group)
            command = command.commands[word]
        has_json = any("--json" in option.opts for option in command.params)
        assert has_json or silent.intersection(words), words


def every_command(group: click.Group, above: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The words of every command below a group."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        words = (*above, name)
        found += every_command(command, words) if isinstance(command, click.Group) else [words]
    return found


def test_a_finding_is_told_to_people_in_a_line_and_to_programs_as_json(desk: Desk) -> None:
    crop = desk.lot().replace("/lot/", "/crop/")
    assert desk.answer("findings") == {"count": 0, "findings": []}
    desk.record({"kind": "PESTICIDE", "about": [crop],
                 "elements": {"active_ingredient": "甲胺磷", "dose": "40克/亩", "reg_no": "PD1",
                              "phi_days": 7, "area_m2": 6_667}})  # fmt: skip
    told = desk.answer("findings")
    assert told["count"] == len(told["findings"]) >= 1
    assert told["findings"][0]["rule"] == "PB1"
    assert "PB1" in desk.on("findings").stdout


def test_a_retired_key_signs_nothing_more(desk: Desk) -> None:
    keys = [desk.device(name) for name in ("first", "second")]
    kids = [desk.run("key", "show", key).stdout.partition("\n")[0] for key in keys]
    assert desk.answer("key", "retire", kids[0], "--reason", "lost")["kid"] == kids[0]
    assert desk.on("key", "retire", kids[1], "--reason", "lost").stdout == f"{kids[1]}\n"
    for name in ("first", "second"):
        seed = {"kind": "SEED_REGISTER", "outputs": [desk.lot()]}
        assert "key_retired" in desk.record(seed, key=name, expect=1).stderr


@pytest.mark.parametrize(
    ("typed", "exit_code", "told"),
    [
        (("labels", "--out", "x.png"), 2, "--lot and --count"),
        (("labels", "--out", "x.png", "--lot", "x"), 2, "--lot and --count"),
        (("actor", "admit", "--id", "urn:daodi:actor:x", "--name", "x", "--role", "shop",
          "--credit-code", "91410825MA0000000X"), 1, "bad_code"),
        (("relations", "import", "-", "--actor", "urn:daodi:actor:nobody"), 1, "unknown_actor"),
        (("labels", "--out", "x.png", "--lot", "x", "--count", "1", "--actor", "nobody"), 1,
         "unknown_actor"),
    ],
)  # fmt: skip
def test_a_slip_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...], exit_code: int, told: str
) -> None:
    monkeypatch.chdir(desk.folder)
    assert told in desk.on(*typed, expect=exit_code, stdin=b"").stderr
    assert not (desk.folder / "x.png").exists()


def test_a_table_of_relations_has_a_size(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "FILE_BYTES_MAX", 5)
    refused = desk.on("relations", "import", "-", stdin=b"a,b\nc,d\n", expect=1)
    assert "too_large" in refused.stderr


def test_json_on_stdout_is_nothing_but_json(desk: Desk) -> None:
    print_nothing_else: Callable[[str], object] = json.loads
    for typed in (("ledger", "show"), ("audit",), ("rebuild",), ("witness", "checkpoint")):
        print_nothing_else(desk.on(*typed, "--json").stdout)
