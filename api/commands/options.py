"""Options that commands share, and how results and progress are shown."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.settings import Settings
from ledger import seam
from ledger.canonical import JsonObject
from ledger.visible import visible, visible_json

Command = Callable[..., None]

json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def ledger_options(command: Command) -> Command:
    """Add `--data` and `--database`; the command is called with `settings`."""

    @wraps(command)
    def with_settings(
        *args: object, data: Path | None, database: str | None, **named: object
    ) -> None:
        given = {"data": data, "database": database}
        chosen = {name: value for name, value in given.items() if value is not None}
        command(*args, settings=Settings.model_validate(Settings().model_dump() | chosen), **named)

    named = click.option(
        "--database",
        metavar="URL",
        envvar="DAODI_DATABASE",
        show_envvar=True,
        help="Database elsewhere than in the folder: postgresql://… or sqlite:///…",
    )(with_settings)
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="DAODI_DATA",
        show_envvar=True,
        help="Folder of the ledger. Default: .daodi",
    )(named)


def print_json(value: JsonObject) -> None:
    """Print a result for programs, also where people look at it."""
    click.echo(visible_json(json.dumps(value, ensure_ascii=False, indent=2)))


def say(text: str, *, err: bool = False) -> None:
    """Print a line for people that may hold what strangers wrote."""
    click.echo(visible(text), err=err)


@contextmanager
def progress_bar(label: str) -> Iterator[seam.Progress]:
    """A bar on stderr for people; nothing where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(label, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show
