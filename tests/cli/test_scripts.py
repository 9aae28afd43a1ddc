"""What the scripts share: the environment is made once, and every failed step is told."""

import shlex
import socket
import sys
from argparse import Namespace
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


def script(name: str) -> ModuleType:
    """A script as a module; what it would do when it is run is not done."""
    loader = SourceFileLoader(name, str(SCRIPTS / name))
    module = module_from_spec(spec_from_loader(name, loader) or pytest.fail("no such script"))
    loader.exec_module(module)
    return module


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
    monkeypatch.setattr(module, "interpreter", lambda: sys.executable)
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        module.make_environment(module.RUN_LOCK)


@pytest.mark.usefixtures("scripts")
@pytest.mark.parametrize(
    ("here", "others", "chosen"),
    [
        (0.9, {"a": "exit 1", "b": "echo 0.8", "c": "echo 0.5", "d": "echo 0.6"}, "c"),
        (0.9, {"a": "echo 0.8"}, None),
        (0.9, {"a": "echo", "b": "echo no number"}, None),
        (None, {"a": "echo 0.5"}, None),
    ],
    ids=["a faster one", "hardly a faster one", "none that would do", "this one would not do"],
)
def test_the_environment_is_made_by_a_much_faster_python_where_there_is_one(
    here: float | None,
    others: dict[str, str],
    chosen: str | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    module = import_module("environment")
    others |= {"this": "exit 1" if here is None else f"echo {here}"}
    for folder, answer in others.items():
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "python3"
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
    (tmp_path / "python3").write_text("#!/bin/sh\necho 0.1\n")  # fastest, and nobody's choice
    (tmp_path / "python3").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ":".join(["", ".", *(str(tmp_path / each) for each in others)]))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "this" / "python3"))
    assert module.interpreter() == str(tmp_path / (chosen or "this") / "python3")


@pytest.mark.usefixtures("scripts")
def test_a_python_is_asked_what_it_takes_and_one_of_another_version_would_not_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = import_module("environment")
    taken = module._seconds(sys.executable)
    assert taken is not None
    assert taken > 0
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert module._seconds(sys.executable) is None


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
    run = script("run")
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


def test_the_environment_finds_a_project_whose_folder_has_a_chinese_name(
    environment: tuple[ModuleType, list[list[str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python 3.11 reads .pth files by the locale, which may be plain ASCII."""
    module, _ = environment
    root = tmp_path / "道地 源码"
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    installed = packages / "_editable_impl_daodi.pth"
    installed.write_text(f"{root}\n", "utf-8")
    (packages / "another.pth").write_text("import os\n")
    root.mkdir()
    monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(module, "VENV", root / ".venv")
    (tmp_path / "venv").rename(root / ".venv")
    module._name_the_project_from_here()
    moved = root / ".venv" / "lib" / "python3.11" / "site-packages"
    assert (moved / installed.name).read_bytes() == b"../../../..\n"
    assert (moved / "another.pth").read_text() == "import os\n"


def test_a_used_port_is_told_before_anything_is_set_up(scripts: None) -> None:
    run = script("run")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"端口 {port} 已被占用"):
            run.refuse_used_port("127.0.0.1", port)
    run.refuse_used_port("127.0.0.1", 0)
    with pytest.raises(SystemExit, match="没有端口 99999"):
        run.refuse_used_port("127.0.0.1", 99_999)


def test_the_command_for_more_tokens_can_be_copied_from_a_folder_with_blanks(
    scripts: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = tmp_path / "道地 数据"
    script("run").print_links(data, Namespace(host="127.0.0.1", port=8000, tls=False))
    (line,) = [each for each in capsys.readouterr().out.splitlines() if "更多令牌" in each]
    assert str(data) in shlex.split(line)
