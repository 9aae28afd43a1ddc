"""The house rules that no linter holds: sizes, door signs, names, and what no file may say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("api", "labels", "ledger", "migrations", "scripts", "tests", ".ci")
SOURCES = {".py", ".js", ".css", ".html"}
NO_TEXT = {".png", ".otf", ".ico", ".woff2", ".pyc", ".webp", ".jpg", ".pdf", ".svg"}

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
SIGN_LENGTH_MAX = 100

# A file of such a name has no concept of its own: everything ends up there.
DUMPING_GROUNDS = {
    *("base", "common", "core", "data", "helper", "helpers", "info", "lib", "manager", "managers"),
    *("misc", "process", "processor", "tool", "tools", "util", "utils"),
}
VAGUE = re.compile(r"(Manager|Helper|Utils?|Common|Info|Item|Processor)$")
# Written so that this file does not find itself.
PUT_OFF = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")
REGISTRY = re.compile(
    r"https?://[^\" ]+/(simple|packages|-)/[^\" ]*|index[-]url|registry *= *[\"']h"
)
THIS_MACHINE = re.compile(r"(^|[^.a-z])/(work|farm)/", re.MULTILINE)
WAVED_THROUGH = re.compile(r"#\s*(noqa|type: ignore|pragma: no cover)([^\n]*)")
REASON = re.compile(r"(—|#|-)\s+\w")


def files() -> Iterator[Path]:
    """Every text file that belongs to the project, locks and fixtures of bytes left out."""
    top = [ROOT / name for name in ("pyproject.toml", "README.md", ".gitignore")]
    below = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*")))
    for path in (*top, *below):
        hidden = "__pycache__" in path.parts or path.suffix in NO_TEXT
        if path.is_file() and not hidden and path.name != "requirements.lock":
            yield path


def sources() -> list[Path]:
    """What people wrote as code: by suffix, and the scripts that have none."""
    return [
        path
        for path in files()
        if path.suffix in SOURCES or (path.parent.name == "scripts" and not path.suffix)
    ]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every Python file, parsed."""
    for path in sources():
        if path.suffix == ".py" or not path.suffix:
            yield shown(path), ast.parse(path.read_text("utf-8"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{shown(path)}: {found.group().strip()}"
        for path in files()
        if (found := pattern.search(path.read_text("utf-8")))
    ]


def test_no_file_is_longer_than_one_can_read_in_one_go() -> None:
    lengths = {shown(path): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {name: n for name, n in lengths.items() if n > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_every_module_begins_with_its_door_sign() -> None:
    wrong = []
    for name, tree in modules():
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        if not first.endswith(".") or len(first) > SIGN_LENGTH_MAX:
            wrong.append(f"{name}: {first!r}")
    assert wrong == []


def test_no_file_or_folder_is_a_dumping_ground() -> None:
    found = [
        shown(path)
        for path in files()
        for parts in [path.relative_to(ROOT).parts]
        if DUMPING_GROUNDS & {*parts[:-1], path.stem.lower() if path.suffix != ".html" else ""}
    ]
    assert found == []  # a template of that name is one that pages extend


def test_no_class_hides_behind_a_vague_name() -> None:
    vague = [
        f"{name}: {node.name}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    assert vague == []


def test_nothing_is_put_off_in_a_comment() -> None:
    assert matching(PUT_OFF) == []


def test_no_file_names_a_package_registry() -> None:
    assert matching(REGISTRY) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert matching(THIS_MACHINE) == []


def test_no_lock_that_records_a_registry_is_there() -> None:
    assert [name for name in ("uv.lock", "pylock.toml") if (ROOT / name).exists()] == []


def test_every_check_that_is_waved_through_says_why() -> None:
    bare = [
        f"{shown(path)}: {found.group()}"
        for path in sources()
        if path.suffix in {".py", ""} and path != Path(__file__)
        for found in WAVED_THROUGH.finditer(path.read_text("utf-8"))
        if not REASON.search(found.group(2))
        # mypy reads no tests, where an ignore only tells an editor what a fake is for.
        and not (path.is_relative_to(ROOT / "tests") and found.group(1) == "type: ignore")
    ]
    assert bare == []


def test_what_people_run_is_executable() -> None:
    for name in ("scripts/run", "scripts/test", "scripts/check", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111, name
