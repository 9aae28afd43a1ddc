"""Checks run one after another: each with its time, all of them even when one fails."""

import re
import subprocess
import sys
import time

from environment import BIN, ROOT

Steps = dict[str, list[str]]
SUMMARY = re.compile(r"\d+ (?:passed|failed|errors?)\b.* in [\d.]+s")


def tool(name: str, *arguments: str) -> list[str]:
    """A command of the environment."""
    return [str(BIN / name), *arguments]


# What both gates begin with; pytest differs.
FIRST: Steps = {
    "format": tool("ruff", "format", "--check", "."),
    "lint": tool("ruff", "check", "."),
    "types": tool("mypy"),
    "contracts": tool("lint-imports", "--no-cache"),
}


def run_all(steps: Steps, name: str) -> None:
    """Run every step and leave with 1 when one failed; the last line has pytest's own summary."""
    results: list[tuple[str, bool]] = []
    summary = ""
    for step, command in steps.items():
        print(f"── {step}: {' '.join(command[1:] if step == 'pytest' else command)}", flush=True)
        began = time.monotonic()
        code, found = _run(command)
        summary = found or summary
        results.append((step, code == 0))
        print(f"── {step} {'✓' if code == 0 else '✗'} {time.monotonic() - began:.1f} s", flush=True)
    failed = [step for step, held in results if not held]
    verdict = f"不通过 · failed: {', '.join(failed)}" if failed else "全部通过 · all passed"
    print(f"{name}: {verdict} · pytest: {summary or 'no summary'}")
    sys.exit(1 if failed else 0)


def _run(command: list[str]) -> tuple[int, str]:
    """Run one step, passing its output on; returns its exit code and pytest's summary if any."""
    summary = ""
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            found = SUMMARY.search(line)
            summary = found.group() if found else summary
    return running.returncode, summary
