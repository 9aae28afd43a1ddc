"""The environment that every script works in: `.venv` at the project's root, from a lock of hashes.

Only the standard library: this runs before anything is installed, and says so on an old Python.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_MIN = (3, 11)
if sys.version_info < PYTHON_MIN:  # before anything that an older Python cannot read
    sys.exit("需要 Python 3.11 或更新 · Python 3.11 or newer is needed, not " + sys.version)

import tomllib  # noqa: E402 — new in 3.11: an older Python was told so above

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "daodi.stamp"
START_S = 20  # a Python that has not started by then is none
RUN_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "tests" / "requirements.lock"  # holds all of the other too
# How many seconds a Python takes for a little work, if environments like this one's can be made of
# it. Builds without optimisation, as from source unless one asks, take half as long again.
ASKED = """
import importlib.util, sys, timeit
def work():
    found = {number: str(number) + "x" for number in range(300)}
    return sum(map(len, found.values()))
if sys.version_info[:2] == %r and importlib.util.find_spec("ensurepip"):
    print(min(timeit.repeat(work, number=10, repeat=200)))
"""
MUCH_FASTER = 0.8  # less is chance, or not worth leaving the Python that was asked for
NO_ENSUREPIP = (
    "Python 缺少 venv 与 pip（ensurepip）。Debian/Ubuntu：apt install python3-venv；或安装 uv。\n"
    "This Python cannot make environments. Debian/Ubuntu: apt install python3-venv; or install uv."
)


def make_environment(lock: Path) -> None:
    """Make or bring up to date `.venv`; does nothing where its stamp says that it is current."""
    # What the checks need includes what a server needs: `run` after `test` installs nothing.
    good = {_stamp(TEST_LOCK), _stamp(lock)}
    if STAMP.exists() and STAMP.read_text("utf-8") in good and (BIN / "daodi").exists():
        return
    print(f"准备环境 · making {VENV.name} from {lock.relative_to(ROOT)} …", flush=True)
    STAMP.unlink(missing_ok=True)
    uv = shutil.which("uv")
    install = _with_uv(uv) if uv else _with_pip()
    run([*install, "--require-hashes", "--requirement", str(lock)])
    run([*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    _name_the_project_from_here()
    STAMP.write_text(_stamp(lock), "utf-8")


def _name_the_project_from_here() -> None:
    """Let the environment find the project by a relative path, in plain ASCII.

    Python 3.11 reads .pth files in the locale's encoding: in a folder with a Chinese name, and with
    a locale that this machine lacks, nothing of the environment would start.
    """
    for packages in VENV.glob("lib/python*/site-packages"):
        for file in packages.glob("*daodi*.pth"):
            file.write_text(os.path.relpath(ROOT, packages) + "\n", "ascii")


def run(command: list[str]) -> None:
    """Run a command of the setting up; leave with its exit code when it fails."""
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code:
        sys.exit(f"失败 · failed ({code}): {' '.join(command)}")


def _with_uv(uv: str) -> list[str]:
    if not (BIN / "python").exists():
        run([uv, "venv", "--quiet", "--python", interpreter(), str(VENV)])
    return [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(BIN / "python")]


def _with_pip() -> list[str]:
    python = str(BIN / "python")
    if not _has_pip(python):
        chosen = interpreter()
        if chosen == sys.executable and importlib.util.find_spec("ensurepip") is None:
            sys.exit(NO_ENSUREPIP)
        run([chosen, "-m", "venv", str(VENV)])
    return [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]


def interpreter() -> str:
    """Choose this Python, or one of its version on the PATH that is much faster.

    A tenth of the ledger's speed hangs on how the interpreter was built.
    """
    names = (f"python{sys.version_info[0]}.{sys.version_info[1]}", "python3")
    # Of folders that are named whole: what lies in the current one was chosen by nobody.
    folders = [folder for folder in map(Path, os.get_exec_path()) if folder.is_absolute()]
    paths = [folder / name for folder in folders for name in names]
    others = {path.resolve(): str(path) for path in reversed(paths) if path.is_file()}
    taken: dict[str, float] = {}
    for path in [*others.values(), sys.executable] * 2:  # in turn: a busy moment hits one of them
        if (seconds := _seconds(path)) is not None:
            taken[path] = min(seconds, taken.get(path, seconds))
    fastest = min(taken, key=taken.__getitem__, default=sys.executable)
    here = taken.get(sys.executable)
    if here is None or taken[fastest] > MUCH_FASTER * here:
        return sys.executable
    print(f"用更快的 Python · a faster build is used: {fastest}", flush=True)
    return fastest


def _seconds(python: str) -> float | None:
    """What it takes for the work; None when it cannot be used."""
    command = [python, "-I", "-c", ASKED % (tuple(sys.version_info[:2]),)]
    try:
        asked = subprocess.run(command, check=False, capture_output=True, timeout=START_S)
        return float(asked.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


def _has_pip(python: str) -> bool:
    """Whether the environment is there and has pip: one that uv made has none."""
    asked = [python, "-m", "pip", "--version"]
    return (
        Path(python).exists()
        and not subprocess.run(asked, check=False, capture_output=True).returncode
    )


def _stamp(lock: Path) -> str:
    """What the environment depends on: the lock, this Python, and how the project is installed."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    installed = {"project": settings["project"], "hatch": settings["tool"]["hatch"]}
    parts = (lock.read_bytes(), json.dumps(installed, sort_keys=True).encode())
    digests = [hashlib.sha256(part).hexdigest() for part in parts]
    version = ".".join(str(part) for part in sys.version_info[:2])
    return f"python {version} {lock.name} {' '.join(digests)}\n"
