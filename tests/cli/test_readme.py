"""README's walks typed as they stand, in a folder that looks like the project's root."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.app import clock_ms
from tests.cli.desk import Desk

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
WALKS = README.partition("\n## Four walks\n")[2].partition("\n## ")[0]


@pytest.mark.slow
def test_the_four_walks_of_the_readme_can_be_typed_as_they_stand(tmp_path: Path) -> None:
    frames = re.findall(r"^```sh\n(.*?)^```", WALKS, flags=re.MULTILINE | re.DOTALL)
    assert len(frames) == len(re.findall(r"^\*\*A ", WALKS, flags=re.MULTILINE)) == 4
    desk = Desk(tmp_path, now_ms=clock_ms())
    desk.on("demo")
    desk.data.rename(tmp_path / ".daodi")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for name in ("api", "labels", "ledger"):
        (tmp_path / name).symlink_to(ROOT / name)

    typed = subprocess.run(
        ["bash", "-eu", "-c", "".join(frames)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert typed.returncode == 0, typed.stdout + typed.stderr
    told = typed.stdout
    for said in ("我家合作社", "成立 · It holds", "全部相符", "33 条规则中 33 条相符"):
        assert said in told
    assert (tmp_path / "label.png").read_bytes().startswith(b"\x89PNG")
