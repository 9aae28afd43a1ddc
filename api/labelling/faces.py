"""The face of every pack of a lot: its own link and code, and the fields that all of them share.

Knows no ledger: whatever draws labels, in this process or in one of its own, is given this alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from labels.layout import Label
from ledger.herbs.check_digits import is_gtin, parse_gtin
from ledger.herbs.identifiers import CODE_LENGTH, grouped, unit_code

TITLE: Final = "品名"
GTIN: Final = "商品条码"  # of the trade item; its check digit was verified when it was planned
NOTICE: Final = "声明"  # said by the demonstration mark instead
UNNAMED: Final = "道地药材"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """What a lot's labels say, and what their codes are made of: the lot's code and its key."""

    base_url: str
    code: str
    key: bytes
    fields: tuple[tuple[str, str], ...]
    demo: bool

    def of(self, serials: Iterable[range]) -> Iterator[tuple[int, Label]]:
        """Serials with their labels, one by one."""
        return (
            (serial, self.with_code(unit_code(self.code, serial, self.key)))
            for each in serials
            for serial in each
        )

    def with_code(self, code: str) -> Label:
        """The label of a unit code."""
        titles = [value for name, value in self.fields if name == TITLE]
        gtin = next((value for name, value in self.fields if name == GTIN and is_gtin(value)), "")
        shown = (pair for pair in self.fields if pair[0] not in {TITLE, NOTICE} and pair[1])
        return Label(
            url=printed_link(self.base_url, code, gtin),
            code_lines=(grouped(code[:CODE_LENGTH]), grouped(code[CODE_LENGTH:])),
            fields=tuple(shown),
            title=titles[0] if titles else UNNAMED,
            demo=self.demo,
        )


def printed_link(base_url: str, code: str, gtin: str = "") -> str:
    """Return the link in a pack's symbol; with a GTIN a GS1 Digital Link that resolves here too.

    All in capitals where only host and code are in it: then the symbol is a third smaller.
    """
    path = f"/t/{code}"
    if gtin:
        path = f"/01/{parse_gtin(gtin)}/10/{code[:CODE_LENGTH]}/21/{code[CODE_LENGTH:]}"
    _, _, rest = base_url.partition("://")
    return base_url + path if "/" in rest else (base_url + path).upper()
