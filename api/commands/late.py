"""A click group whose commands are imported when they are called, and listed from their source."""

import ast
from collections.abc import Iterator, Mapping, MutableMapping
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import Final

import click
from click.shell_completion import CompletionItem


class Late(MutableMapping[str, click.Command]):
    """Commands by name, each given as a place such as `api.commands.keys:key`."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._known: Final[dict[str, click.Command | str]] = {**places}

    def __getitem__(self, name: str) -> click.Command:
        known = self._known[name]
        if isinstance(known, str):
            known = self._known[name] = resolve_name(known)
        assert isinstance(known, click.Command), f"{name} is no command"
        return known

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._known[name] = command

    def __delitem__(self, name: str) -> None:
        del self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def outlines(self) -> list[click.Command]:
        """Every command as a list shows it: its name and its help, and nothing to run."""
        return [click.Command(name, help=self._help(name)) for name in self]

    def _help(self, name: str) -> str | None:
        known = self._known[name]
        return _written_help(known) if isinstance(known, str) else known.help


class LateGroup(click.Group):
    """A group of late commands: to list them, for help or for a shell, imports none."""

    commands: Late

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and sentences."""
        self._outline().format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names and options that begin so."""
        return self._outline().shell_complete(ctx, incomplete)

    def _outline(self) -> click.Group:
        return click.Group(self.name, params=self.params, commands=self.commands.outlines())


def _written_help(place: str) -> str | None:
    """The help of a command that is not imported: the docstring of its function, from its file."""
    module, _, function = place.partition(":")
    found = find_spec(module)
    assert found is not None, place
    assert found.origin is not None, place
    for node in ast.parse(Path(found.origin).read_bytes()).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return ast.get_docstring(node)
    raise AssertionError(f"{place} is no function of that file")
