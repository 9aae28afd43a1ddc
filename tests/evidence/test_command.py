"""`python -m ledger`: the stranger's tool, as people and programs call it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.__main__ import main
from ledger.canonical import JsonObject
from tests.chain import DAY_MS, Chain, clock_text
from tests.evidence.conftest import Season
from tests.evidence.people import FARMER, LOT, a_season
from tests.evidence.test_files import change_a_weight

ROOT = Path(__file__).parents[2]
# A stranger has neither: an import of one of them ends the command.
WITHOUT_DATABASE = """
import runpy, sys
for name in ("sqlalchemy", "ledger.store", "psycopg", "litestar"):
    sys.modules[name] = None
runpy.run_module("ledger", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a run of the command ended."""

    code: int | str | None
    out: str
    err: str


Run = Callable[..., Done]


def spawn(*start_and_arguments: str) -> Done:
    """Run Python in a process of its own, as a stranger does."""
    done = subprocess.run(
        [sys.executable, *start_and_arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: the same function, without a second's start."""

    def call(*arguments: str) -> Done:
        code: int | str | None
        try:
            code = main(arguments)
        except SystemExit as left:
            code = left.code
        told = capsys.readouterr()
        return Done(code=code, out=told.out, err=told.err)

    return call


def known(season: Season) -> list[str]:
    """What the stranger knows: the log's keys and the root's id."""
    keys = [part for vkey in season.chain.vkeys for part in ("--log-key", vkey)]
    return [*keys, "--registrar", season.chain.root.key_id]


@pytest.fixture
def file(season: Season, tmp_path: Path) -> Path:
    """The pack's evidence on disk."""
    return written(season.bundle, tmp_path)


def written(bundle: JsonObject, folder: Path) -> Path:
    path = folder / "pack.json"
    path.write_text(json.dumps(bundle, ensure_ascii=False))
    return path


def asked(season: Season) -> str:
    return season.things["pack"]


def test_a_stranger_verifies_without_a_database(season: Season, file: Path) -> None:
    told = ("verify", str(file), "--asked", asked(season), *known(season))
    done = spawn("-c", WITHOUT_DATABASE, *told)
    assert (done.code, done.err) == (0, "")
    assert "成立 · It holds" in done.out
    assert clock_text(season.chain.now_ms) in done.out  # the checkpoint's time
    assert "没有人提交的事" in done.out
    assert done.out.count("✓") == 7


def test_asked_is_any_text_on_a_pack(run: Run, season: Season, file: Path) -> None:
    code = asked(season).rpartition("/")[2]
    for text in (code.upper(), f"{code[:5]} {code[5:]}", f"http://127.0.0.1:8000/t/{code}"):
        done = run("verify", str(file), "--asked", text, *known(season))
        assert done.code == 0, done.out
    wrong = run("verify", str(file), "--asked", "0" * 19 + "1", *known(season))
    assert wrong.code == 2
    assert "请核对包装上的编号" in wrong.err
    other = run("verify", str(file), "--asked", season.things["other"], *known(season))
    assert other.code == 1
    actor = run("verify", str(file), "--asked", "urn:daodi:actor:mill", *known(season))
    assert actor.code == 1


def test_programs_read_json(run: Run, season: Season, file: Path) -> None:
    done = run("verify", str(file), "--asked", asked(season), *known(season), "--json")
    verdict = json.loads(done.out)
    assert (verdict["outcome"], verdict["asked"]) == ("holds", asked(season))
    assert verdict["time_ms"] == season.chain.now_ms
    assert verdict["held"][-1] == "opening"
    assert verdict["stale"] is False
    old = run(
        *("verify", str(file), "--asked", asked(season), *known(season)),
        *("--age-max", str(DAY_MS // 1000), "--json"),
    )
    assert (old.code, json.loads(old.out)["stale"]) == (0, True)
    told = run("verify", str(file), "--asked", asked(season), *known(season), "--age-max", "0")
    assert "检查点比要求的旧" in told.out


def test_what_does_not_hold_is_told_with_its_check_and_leaf(
    run: Run, season: Season, tmp_path: Path
) -> None:
    bundle = json.loads(json.dumps(season.bundle))
    change_a_weight(bundle, season)
    path = written(bundle, tmp_path)
    done = run("verify", str(path), "--asked", asked(season), *known(season))
    assert done.code == 1
    assert "✗ 记录 statement (叶子 leaf" in done.out
    assert "先别用" in done.out
    verdict = json.loads(
        run("verify", str(path), "--asked", asked(season), *known(season), "--json").out
    )
    assert (verdict["check"], verdict["held"]) == ("statement", ["checkpoint", "log", "map"])


def test_a_file_draws_no_verdict_of_its_own(run: Run, season: Season, tmp_path: Path) -> None:
    bundle = json.loads(json.dumps(season.bundle))
    bundle["statements"]["\x1b[2J\n结论 Verdict: 成立 · It holds\ud800"] = {}
    path = tmp_path / "pack.json"
    path.write_text(json.dumps(bundle))
    done = run("verify", str(path), "--asked", asked(season), *known(season))
    assert done.code == 1
    assert "\x1b" not in done.out
    assert sum(line.startswith("结论") for line in done.out.splitlines()) == 1
    as_json = run("verify", str(path), "--asked", asked(season), *known(season), "--json")
    assert json.loads(as_json.out)["check"] == "statement"


def test_unknown_and_unchecked_have_exit_codes_of_their_own(
    run: Run, season: Season, tmp_path: Path
) -> None:
    nowhere = season.chain.lot()
    path = written(season.chain.evidence(nowhere), tmp_path)
    assert run("verify", str(path), "--asked", nowhere, *known(season)).code == 4
    later = written({**season.bundle, "format": "daodi-evidence/2"}, tmp_path)
    done = run("verify", str(later), "--asked", asked(season), *known(season))
    assert done.code == 3
    assert "这里核对不了" in done.out
    assert "  ? format is" in done.out
    torn = tmp_path / "torn.json"
    torn.write_bytes(b'{"format":')
    assert run("verify", str(torn), "--asked", nowhere, *known(season)).code == 1


def test_a_slip_of_the_caller_is_usage_and_no_verdict(run: Run, season: Season, file: Path) -> None:
    right = ["verify", str(file), "--asked", asked(season), *known(season)]
    vkey = season.chain.vkeys[0]
    for wrong in (
        ["verify", str(file)],
        ["verify", f"{file}.gone", *right[2:]],
        [*right, "--log-key", "none"],
        [*right, "--witness", vkey],
        [*right, "--quorum", "1"],
        [*right, "--registrar", "me"],
        ["audit", "--database", f"sqlite:///{file}.gone"],
        ["audit", "--database", "nowhere"],
        [],
    ):
        assert run(*wrong).code == 2, wrong


def test_audit_replays_a_ledger_and_names_the_leaf(run: Run, file_chain: Chain) -> None:
    file_chain.site("cooperative")
    url = file_chain.store.engine.url.render_as_string()
    clean = run("audit", "--database", url)
    assert (clean.code, clean.err) == (0, "")
    assert "0 处不符" in clean.out
    guard = Path(str(file_chain.store.engine.url.database)).parent / "head.guard"
    guarded = run("audit", "--database", url, "--guard", str(guard), "--json")
    assert (guarded.code, json.loads(guarded.out)["clean"]) == (0, True)
    with file_chain.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE subject SET uri = 'x:1' WHERE uri LIKE '%/site/%'")
    damaged = run("audit", "--database", url)
    assert damaged.code == 1
    assert "由记录推出的表" in damaged.out
    as_json = run("audit", "--database", url, "--json")
    assert (as_json.code, json.loads(as_json.out)["clean"]) == (1, False)


def test_what_is_no_ledger_cannot_be_audited(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    empty.touch()
    done = run("audit", "--database", f"sqlite:///{empty}")
    assert done.code == 3
    assert done.err


def test_the_exit_code_reaches_the_shell(season: Season, file: Path, tmp_path: Path) -> None:
    right = ("-m", "ledger", "verify", str(file), "--asked", asked(season), *known(season))
    assert spawn(*right).code == 0
    assert spawn(*right, "--log-key", "none").code == 2
    nowhere = season.chain.lot()
    written(season.chain.evidence(nowhere), tmp_path)
    assert spawn(*right).code == 1
    assert spawn(*right[:5], nowhere, *right[6:]).code == 4
    written({**season.bundle, "format": "daodi-evidence/2"}, tmp_path)
    assert spawn(*right).code == 3
    url = season.chain.store.engine.url.render_as_string()
    assert spawn("-m", "ledger", "audit", "--database", url).code == 0


def test_a_time_that_no_calendar_holds_is_told_in_milliseconds(run: Run, tmp_path: Path) -> None:
    forge = a_season()
    forge.make(FARMER, LOT)
    forge.state(at_ms=2**63)
    path = written(forge.cut(LOT), tmp_path)
    done = run(
        *("verify", str(path), "--asked", LOT, "--log-key", forge.vkey),
        *("--registrar", forge.root.kid),
    )
    assert done.code == 0
    assert f"{2**63} ms" in done.out


def test_a_long_replay_tells_a_person_how_far_it_is(
    run: Run, season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    url = season.chain.store.engine.url.render_as_string()
    done = run("audit", "--database", url)
    size = season.chain.replica.size
    told = done.err.removeprefix("\r").removesuffix("\n").split("\r")
    read = [int(each.removesuffix(f"/{size}")) for each in told]
    assert read == sorted(read)
    assert read[-1] == size
