"""What the scripts share: the environment is made once, and every failed step is told."""

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The scripts' own folder on the path, as when one of them runs."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield
    for name in ("environment", "steps"):
        sys.modules.pop(name, None)


@pytest.fixture
def environment(
    scripts: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[ModuleType, list[list[str]]]:
    """The module with an environment in a folder of the test, and the commands that it runs."""
    module = import_module("environment")
    ran: list[list[str]] = []
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "BIN", tmp_path / "venv" / "bin")
    monkeypatch.setattr(module, "STAMP", tmp_path / "venv" / "daodi.stamp")
    monkeypatch.setattr(module, "run", ran.append)
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "daodi").touch()
    return module, ran


def test_an_environment_is_made_once_for_a_lock(
    environment: tuple[ModuleType, list[list[str]]],
) -> None:
    module, ran = environment
    module.make_environment(module.TEST_LOCK)
    assert ["--require-hashes", "--requirement", str(module.TEST_LOCK)] == ran[-2][-3:]
    assert ran[-1][-4:-1] == ["--no-deps", "--no-build-isolation", "--editable"]
    ran.clear()
    module.make_environment(module.TEST_LOCK)
    module.make_environment(module.RUN_LOCK)  # the checks' environment serves too
    assert ran == []
    module.STAMP.write_text("of another lock")
    module.make_environment(module.RUN_LOCK)
    assert ran != []
    ran.clear()
    module.make_environment(module.TEST_LOCK)  # a server's environment checks nothing
    assert ran != []


def test_a_python_that_cannot_make_environments_says_what_to_install(
    environment: tuple[ModuleType, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _ = environment
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        module.make_environment(module.RUN_LOCK)


@pytest.mark.usefixtures("scripts")
def test_one_failed_step_fails_the_whole_and_the_last_line_has_pytests_summary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps = import_module("steps")
    told = [sys.executable, "-c", "print('=== 3 passed, 1 skipped in 0.12s ===')"]
    failing = [sys.executable, "-c", "raise SystemExit(3)"]
    with pytest.raises(SystemExit) as left:
        steps.run_all({"lint": failing, "pytest": told}, "scripts/test")
    assert left.value.code == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert "failed: lint" in last
    assert last.endswith("pytest: 3 passed, 1 skipped in 0.12s")
    with pytest.raises(SystemExit) as left:
        steps.run_all({"pytest": told}, "scripts/test")
    assert left.value.code == 0


def test_the_links_of_the_demonstration_stand_by_herb_and_fit_a_narrow_terminal(
    scripts: None, capsys: pytest.CaptureFixture[str]
) -> None:
    loader = SourceFileLoader("run", str(SCRIPTS / "run"))
    run = module_from_spec(spec_from_loader("run", loader) or pytest.fail("no such script"))
    loader.exec_module(run)
    cases = [
        {"herb": "怀地黄", "shows": "honest", "code": "a" * 32},
        {"herb": "怀牛膝", "shows": "dishonest", "code": "b" * 32},
        {"herb": "怀地黄", "shows": "corrected", "code": "c" * 32},
    ]
    run.print_cases(cases, "http://127.0.0.1:65535")
    lines = capsys.readouterr().out.splitlines()
    assert "演示数据" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == [
        "怀地黄", "honest", "corrected", "怀牛膝", "dishonest",
    ]  # fmt: skip
    assert max(len(line) + sum(ord(sign) > 0x2E80 for sign in line) for line in lines) <= 80
    run.print_cases([], "http://127.0.0.1:8000")
    assert capsys.readouterr().out == ""
