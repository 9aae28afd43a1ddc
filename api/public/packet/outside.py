"""What others piled on a thing's chains, told apart from its own history, a page at a time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.answers.pages import Display
from api.public.packet.steps import Setting, StepShown, actor_name, shown_step
from ledger.trace.steps import Step

QUERY: Final = "others"  # the word of a page's query that asks for more of them
ALL: Final = "all"
# So many travel with the page and are checked with all the rest: 30 KB more of page, 150 of
# evidence, a second of an old phone. Beyond, a phone checks when its owner asks for all.
CHECKED_MAX: Final = 500
SHOWN_MAX: Final = 50  # of a page that is not checked
NAMED_MAX: Final = 3  # of those who wrote them
STATEMENT_BYTES: Final = 300  # of evidence, as one statement more travels
MB: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where more of them are: links by their words; `megabytes` is the evidence for all."""

    links: tuple[tuple[str, str], ...]
    megabytes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Rows of one page in the order of time, of `count`; `who` wrote most of them.

    `whole` when no row is left out: only then can a phone hold page and log against each other.
    """

    count: int
    rows: tuple[StepShown, ...]
    kinds: tuple[tuple[str, int], ...]
    who: str
    open: str
    whole: bool
    too_large: bool
    pages: tuple[Pages, ...]


def outside_of(
    steps: Sequence[Step], setting: Setting, others: str, path: str, *, too_large: bool = False
) -> tuple[Outside, ...]:
    """One page of these steps, nothing where there are none. `path` is the page's own address.

    Where the evidence is `too_large` for any phone, none is asked to check.
    """
    if not steps:
        return ()
    display = setting.display
    whole = not too_large and (len(steps) <= CHECKED_MAX or others == ALL)
    last = -(-len(steps) // SHOWN_MAX)
    number = min(max(int(others), 1), last) if others.isdecimal() else 1
    chosen = steps if whole else steps[(number - 1) * SHOWN_MAX : number * SHOWN_MAX]
    rows = tuple(shown_step(step, setting, brief=True) for step in chosen)
    turns = {"上一页": number - 1, "下一页": number + 1}
    links = [
        (display.say(word), display.to(f"{path}?{QUERY}={to}#{QUERY}"))
        for word, to in turns.items()
        if 1 <= to <= last
    ]
    if not too_large:
        links.append((display.say("全部显示，让手机核对"), display.to(f"{path}?{QUERY}={ALL}")))
    megabytes = f"{len(steps) * STATEMENT_BYTES / MB:.1f}"
    return (
        Outside(
            count=len(steps),
            rows=rows,
            kinds=tuple(Counter(row.title for row in rows).items()),
            who=_named(steps, display),
            open="open" if others and not whole else "",
            whole=whole,
            too_large=too_large,
            pages=() if whole else (Pages(links=tuple(links), megabytes=megabytes),),
        ),
    )


def _named(steps: Sequence[Step], display: Display) -> str:
    """Who wrote most of them; of many the first few."""
    counts = Counter(actor_name(step.actor) for step in steps)
    names = [display.say(name) for name, _ in counts.most_common(NAMED_MAX)]
    more = display.say("等") if len(counts) > NAMED_MAX else ""
    return (", " if display.english else "、").join(names) + more
